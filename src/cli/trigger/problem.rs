//! Reports why a promotion was not started, with the exit code that fits.

use promenade::backend::BackendError;
use promenade::ci::report;
use promenade::ci::report::releases::{CandidateReport, PromotionResult};
use promenade::ci::report::result::RunVerdict;
use promenade::driver::start::StartProblem;
use promenade::store::StartError;

use crate::cli::output::Output;
use crate::cli::refusal::unlocated;
use crate::cli::started::finish;

/// Reports it, and gives back the exit code.
pub(super) fn reported(problem: &StartProblem, output: &Output) -> u8 {
    let advice = advice(problem);
    output.lines(&report::plain_error("flow", problem, advice.clone()));
    let mut result = PromotionResult::new(verdict(problem));
    result.problems = vec![unlocated(problem.to_string(), advice.unwrap_or_default())];
    if let StartProblem::Choose(candidates) = problem {
        result.candidates = candidates.iter().map(CandidateReport::from).collect();
    }
    finish(result, output)
}

/// What a problem means. Nothing was started in any case.
fn verdict(problem: &StartProblem) -> RunVerdict {
    match problem {
        StartProblem::Unsupported(_)
        | StartProblem::NoApplication { .. }
        | StartProblem::Choose(_)
        | StartProblem::Compile(_)
        | StartProblem::Home(_) => RunVerdict::BadSettings,
        StartProblem::Backend(error) => of_server(std::slice::from_ref(error)),
        StartProblem::Names(errors) => of_server(errors),
        StartProblem::Store(StartError::Store(_) | StartError::Engine(_))
        | StartProblem::Unread(_)
        | StartProblem::Bug(_) => RunVerdict::NoAnswer,
        _ => RunVerdict::Failed,
    }
}

fn of_server(errors: &[BackendError]) -> RunVerdict {
    if errors.iter().any(BackendError::is_transient) { RunVerdict::NoAnswer } else { RunVerdict::Failed }
}

fn advice(problem: &StartProblem) -> Option<String> {
    match problem {
        StartProblem::Unsupported(_) => {
            Some("remove that from the flow; `promenade flow validate` says where it is".to_owned())
        }
        StartProblem::NothingThere { environment, .. } => {
            Some(format!("deploy a release to {environment} first, and let it succeed"))
        }
        StartProblem::Backend(error) => error.advice(),
        StartProblem::Names(errors) => errors.iter().find_map(BackendError::advice),
        StartProblem::Home(error) => Some(error.advice.clone()).filter(|it| !it.is_empty()),
        StartProblem::Store(StartError::Store(error)) | StartProblem::Unread(error) => {
            error.advice().map(str::to_owned)
        }
        _ => None,
    }
}
