//! Results of earlier actions, which later ones depend on.

use crate::actions::{ActionError, Outcome, Verdict};
use crate::ci::plan::{Planned, PlannedAction, SkipReason};
use crate::ci::report::record;
use crate::ci::report::result::{ActionResult, RunResult, RunVerdict};
use crate::model::ActionKind;
use crate::model::Release;

/// The results of a run's actions so far.
#[derive(Default)]
pub(super) struct History {
    /// One for each action in the order of the plan; nothing for one that was skipped or has no outcome.
    outcomes: Vec<Option<Outcome>>,
    created: Option<Release>,
    create_failed: bool,
    results: Vec<ActionResult>,
    warnings: Vec<String>,
    /// Of the first failure that counts.
    verdict: Option<RunVerdict>,
}

impl History {
    pub(super) fn outcomes(&self) -> &[Option<Outcome>] {
        &self.outcomes
    }

    /// The release that a create of this run made or found.
    pub(super) fn created(&self) -> Option<&Release> {
        self.created.as_ref()
    }

    /// Whether a create ran and did not succeed, so that no release is this build's, whatever has its version.
    pub(super) fn create_failed(&self) -> bool {
        self.create_failed
    }

    /// Whether an action failed in a way that counts, so that nothing more is begun.
    pub(super) fn has_failed(&self) -> bool {
        self.verdict.is_some()
    }

    pub(super) fn add_warnings(&mut self, warnings: Vec<String>) {
        self.warnings.extend(warnings);
    }

    pub(super) fn add_skipped(&mut self, planned: &Planned, because: &SkipReason) {
        self.outcomes.push(None);
        self.results.push(ActionResult::skipped(planned, because));
    }

    /// Adds the result of an action. `is_stopped`: the run was asked to stop, which ends it whatever is tolerated.
    pub(super) fn add_ended(
        &mut self,
        planned: &Planned,
        action: &PlannedAction,
        result: Result<Outcome, ActionError>,
        is_stopped: bool,
    ) {
        let verdict = verdict_of(&result);
        let is_tolerated = verdict != Verdict::Passed && !action.fail_build;
        self.warnings.extend(record::warnings(planned, &result, is_tolerated));
        self.results.push(ActionResult::ended(planned, &result));
        let outcome = result.ok();
        if planned.kind == ActionKind::Create {
            self.create_failed |= outcome.is_none();
            if let Some(outcome) = &outcome {
                self.created = outcome.releases.first().cloned();
            }
        }
        self.outcomes.push(outcome);
        if verdict != Verdict::Passed && (action.fail_build || is_stopped) {
            self.verdict = Some(verdict.into());
        }
    }

    /// Adds an action of which a name means nothing. No such mistake is tolerated, and the first one counts.
    pub(super) fn add_refused(
        &mut self,
        planned: &Planned,
        action: &PlannedAction,
        refusal: Result<Outcome, ActionError>,
        is_stopped: bool,
    ) {
        let verdict = verdict_of(&refusal).into();
        self.add_ended(planned, action, refusal, is_stopped);
        self.verdict.get_or_insert(verdict);
    }

    /// The result of the run. `warnings_exit` is the exit code of a pass with warnings.
    pub(super) fn into_result(self, warnings_exit: u8) -> RunResult {
        let mut result = RunResult::new(self.verdict.unwrap_or(RunVerdict::Passed));
        (result.warnings, result.actions) = (self.warnings, self.results);
        if result.passed_with_warnings() {
            result.exit_code = warnings_exit;
        }
        result
    }
}

fn verdict_of(result: &Result<Outcome, ActionError>) -> Verdict {
    result.as_ref().map_or_else(ActionError::verdict, Outcome::verdict)
}
