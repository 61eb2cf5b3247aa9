//! Why nothing was begun: reported to people, and as the result of the command.

use std::fmt;

use promenade::backend::BackendError;
use promenade::ci::report::result::{ReportedProblem, RunResult, RunVerdict};
use promenade::ci::servers::EventError;
use promenade::ci::{SourceError, report};
use promenade::document::{Origin, Problem, Problems};
use promenade::event::UnknownName;
use promenade::octopus;
use promenade::settings::Settings;

use super::output::Output;

/// A problem without a location, for which nothing is begun.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// What is wrong, without a full stop.
    pub(crate) message: String,
    /// How to fix it, without a full stop; empty where the message says enough.
    pub(crate) remedy: String,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into() }
    }

    /// The same, about this setting.
    pub(crate) fn about(self, setting: &str) -> Self {
        Self { message: format!("{setting}: {}", self.message), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "; {}", self.remedy) }
    }
}

impl From<SourceError> for Refusal {
    fn from(SourceError { message, remedy }: SourceError) -> Self {
        Self { message, remedy }
    }
}

impl From<UnknownName> for Refusal {
    fn from(UnknownName { message, remedy }: UnknownName) -> Self {
        Self { message, remedy }
    }
}

impl From<EventError> for Refusal {
    fn from(error: EventError) -> Self {
        Self::new(error.message(), error.remedy())
    }
}

impl From<octopus::Error> for Refusal {
    fn from(error: octopus::Error) -> Self {
        Self::new(error.to_string(), error.advice().unwrap_or_default())
    }
}

/// Why nothing was begun.
pub(crate) enum Unready {
    /// Something is wrong with a text that a person wrote.
    Problems(Vec<Problems>),
    /// Something else is wrong.
    Refused(Refusal),
}

impl From<Problems> for Unready {
    fn from(problems: Problems) -> Self {
        Self::Problems(vec![problems])
    }
}

impl From<Refusal> for Unready {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Reports why nothing was begun, and returns the exit code.
pub(crate) fn refuse(unready: &Unready, output: &Output) -> u8 {
    let result = reported(unready, output);
    let code = result.exit_code;
    output.result(result);
    code
}

/// The same for a run, which also leaves outputs and a summary for the CI server.
pub(crate) fn refuse_run(unready: &Unready, settings: Option<&Settings>, output: &Output) -> u8 {
    let result = reported(unready, output);
    let code = result.exit_code;
    output.leave(&result, settings);
    output.result(result);
    code
}

fn reported(unready: &Unready, output: &Output) -> RunResult {
    let problems = match unready {
        Unready::Problems(several) => {
            several.iter().for_each(|it| output.problems(it));
            several.iter().flat_map(|of| of.iter().map(located)).collect()
        }
        Unready::Refused(refusal) => {
            output.refusal(&refusal.to_string());
            vec![unlocated(refusal.message.clone(), refusal.remedy.clone())]
        }
    };
    let result = not_begun(problems);
    output.lines(&report::verdict(result.verdict, false, result.exit_code));
    result
}

/// The result of a command that was not begun, since settings, event or arguments are invalid.
pub(crate) fn not_begun(problems: Vec<ReportedProblem>) -> RunResult {
    RunResult { problems, ..RunResult::new(RunVerdict::BadSettings) }
}

/// A backend's error as results show it.
pub(crate) fn backend_problem(error: &BackendError) -> ReportedProblem {
    unlocated(error.to_string(), error.advice().unwrap_or_default())
}

/// A problem that has no location in a text.
pub(crate) fn unlocated(message: String, remedy: String) -> ReportedProblem {
    ReportedProblem { source: None, line: None, column: None, message, remedy }
}

fn located(problem: &Problem) -> ReportedProblem {
    let (source, line, column) = match &problem.origin {
        Origin::File { file, line, column } => (Some(file.to_string()), Some(*line), Some(*column)),
        Origin::Flag(name) | Origin::Variable(name) => (Some(name.clone()), None, None),
        Origin::Nowhere => (None, None, None),
    };
    ReportedProblem { source, line, column, message: problem.message.clone(), remedy: problem.remedy.clone() }
}
