//! The servers that promotions reach, by the connections of the settings, each connected when it is first needed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use promenade::backend::Backend;
use promenade::driver::{HomeError, Homes};
use promenade::model::{ConnectionName, SpaceName};
use promenade::octopus::Client;
use promenade::settings::{Document, FlowSettings, ServerSettings};

use crate::cli::connect;
use crate::cli::output::Output;
use crate::cli::process::Process;
use crate::cli::refusal::Unready;

/// The homes of the connections that the settings have. Nothing is read or sent before one is needed.
///
/// # Errors
/// The settings have a problem.
pub(crate) fn homes(document: &Document, process: &Process, output: &Arc<Output>) -> Result<Homes, Unready> {
    let settings = FlowSettings::load(document, process.variables(), process.unreadable())?;
    let (process, output) = (process.clone(), Arc::clone(output));
    let clients: Mutex<BTreeMap<ConnectionName, Client>> = Mutex::default();
    Ok(Homes::new(Box::new(move |name: &ConnectionName, space: Option<&SpaceName>| {
        let server = settings.servers.get(name).ok_or_else(|| HomeError {
            message: format!("the settings have no connection `{name}`"),
            advice: format!("add `[connections.{name}]` to the settings"),
        })?;
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match clients.get(name) {
            Some(client) => client.clone(),
            None => {
                let client = connected(name, server, &process, &output)?;
                clients.insert(name.clone(), client.clone());
                client
            }
        };
        let space = space.or(server.space.as_ref()).cloned();
        Ok(Backend::new(client, space, server.retry_limit))
    })))
}

fn connected(
    name: &ConnectionName,
    server: &ServerSettings,
    process: &Process,
    output: &Arc<Output>,
) -> Result<Client, HomeError> {
    connect::client(server, process, output).map_err(|it| HomeError {
        message: format!("connection `{name}`: {}", it.message),
        advice: it.remedy,
    })
}
