//! The CI server that started the process: what its variables say, and in which form it is written to.

use promenade::ci::servers::{CiServer, EventError, Field, Overrides, Recognised, recognise};

use super::output::Output;
use super::process::Process;
use super::refusal::Refusal;
use super::secrets::Reader;
use super::speaker::Speaker;

/// Writes for this CI server from now on.
pub(crate) fn speak(overrides: &Overrides, process: &Process, output: &Output) {
    let found = CiServer::recognised(process.variables()).map(|(server, _)| server);
    let server = overrides.server.or(found).unwrap_or(CiServer::Shell);
    output.speak_to(Speaker::new(server, process.variables().clone()));
}

/// What the environment says of the build.
///
/// # Errors
/// No server is recognised, or the command line contradicts it.
pub(crate) fn recognised(overrides: &Overrides, process: &Process) -> Result<Recognised, EventError> {
    recognise(process.variables(), overrides, &Reader::new(process))
}

/// Refuses an environment in which a variable that describes the build is set and is not Unicode text: it must not
/// pass for unset. Who started the build decides nothing, so that one may be unreadable.
pub(crate) fn all_readable(found: &Recognised, process: &Process) -> Result<(), Refusal> {
    let looked = found.looked.iter().filter(|(field, _)| **field != Field::StartedBy);
    let mut named = looked.flat_map(|(field, names)| names.iter().map(move |name| (field, name)));
    match named.find(|(_, name)| process.unreadable().contains(*name)) {
        None => Ok(()),
        Some((field, name)) => Err(Refusal::new(
            format!("the environment variable {name}, which says {field}, is not Unicode text"),
            "set it again, or pass the build event with `--event FILE`",
        )),
    }
}
