//! `promenade step`: what the inputs of a CI server's step ask for.

use std::ffi::OsString;
use std::sync::Arc;

use promenade::ci::inputs::{Reading, is_plugin_call, read};
use promenade::ci::servers::Overrides;
use secrecy::SecretString;

use super::output::{Manner, Output};
use super::secrets::Environment;
use super::{event, handle};

/// The inputs of this process.
pub(crate) struct Step(Reading);

/// The arguments of the process. Drone and Woodpecker start a plugin without any, and mean its settings.
pub(crate) fn arguments(environment: &Environment) -> Vec<OsString> {
    let mut arguments = environment.arguments().to_vec();
    if is_plugin_call(arguments.len().saturating_sub(1), environment.variables()) {
        arguments.push("step".into());
    }
    arguments
}

impl Step {
    /// Reads them.
    pub(crate) fn read(environment: &Environment) -> Self {
        Self(read(environment.variables(), environment.unreadable()))
    }

    /// How much is told, and in which form: as an argument or an input says.
    pub(crate) fn manner(&self, argument: Manner) -> Manner {
        Manner {
            json: argument.json || self.0.json,
            quiet: argument.quiet || self.0.quiet,
            verbose: argument.verbose || self.0.verbose,
        }
    }

    /// The secrets among them, to be hidden before anything is said.
    pub(crate) fn secrets(&self, environment: &Environment) -> Vec<SecretString> {
        let values = self.0.secrets.iter().filter_map(|it| environment.get(it));
        values.map(|it| SecretString::from(it.trim().to_owned())).collect()
    }

    /// Does what they say.
    pub(crate) async fn run(self, environment: &Environment, output: &Arc<Output>) -> u8 {
        match self.0.asked {
            Ok((command, asked)) => super::perform(command, &asked, environment, output).await,
            Err(problems) => {
                let overrides = Overrides { server: self.0.server, ..Overrides::default() };
                event::speak(&overrides, environment, output);
                handle::refuse(&problems.into(), output)
            }
        }
    }
}
