//! `promenade step`: what the inputs of a CI server's step ask for.

use std::ffi::OsString;

use promenade::ci::inputs::{Reading, is_plugin_call, read};
use promenade::ci::invocation::{Command, Invocation};
use promenade::ci::servers::Overrides;
use secrecy::SecretString;

use super::output::{Manner, Output};
use super::process::Process;
use super::recognise;
use super::refusal::Unready;

/// The inputs of this process.
pub(crate) struct Step(Reading);

/// The arguments of the process. Drone and Woodpecker start a plugin without any: it is configured by its inputs.
pub(crate) fn arguments(process: &Process) -> Vec<OsString> {
    let mut arguments = process.arguments().to_vec();
    if is_plugin_call(arguments.len().saturating_sub(1), process.variables()) {
        arguments.push("step".into());
    }
    arguments
}

impl Step {
    /// Reads the inputs of this process.
    pub(crate) fn read(process: &Process) -> Self {
        Self(read(process.variables(), process.unreadable()))
    }

    /// How much is printed, and in which form: as an argument or an input says.
    pub(crate) fn manner(&self, argument: Manner) -> Manner {
        Manner {
            json: argument.json || self.0.json,
            quiet: argument.quiet || self.0.quiet,
            verbose: argument.verbose || self.0.verbose,
        }
    }

    /// The secrets among the inputs, to be hidden before anything is printed.
    pub(crate) fn secrets(&self, process: &Process) -> Vec<SecretString> {
        let values = self.0.secrets.iter().filter_map(|it| process.variable(it));
        values.map(|it| SecretString::from(it.trim().to_owned())).collect()
    }

    /// What the inputs ask for.
    ///
    /// # Errors
    /// Every problem of the inputs. From then on the output is in the form of the CI server.
    pub(crate) fn asked(self, process: &Process, output: &Output) -> Result<(Command, Invocation), Unready> {
        self.0.asked.map_err(|problems| {
            let overrides = Overrides { server: self.0.server, ..Overrides::default() };
            recognise::speak(&overrides, process, output);
            problems.into()
        })
    }
}
