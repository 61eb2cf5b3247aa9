//! Carries out a plan: the actions in order, what one hands to the next, and the verdict.
//!
//! A run reports facts ([`RunEvent`]); whoever listens words them.

mod action_log;
mod carry_out;
mod clock;
mod event;
mod feed;
mod history;
mod names;
mod needs;
mod own_release;
mod reach;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::actions::{ActionError, Outcome, Session, Stop, edit_variables};
use crate::backend::{Backend, BackendError, Notice};
use crate::model::{BuildIdentity, ProjectName};

use super::plan::{Decision, Plan, Planned, PlannedAction, SkipReason};
use super::report::result::RunResult;
use action_log::ActionLog;
use carry_out::Situation;
use clock::Clock;
pub use event::{Listener, RunEvent};
use feed::{FeedDecision, SourceState};
use history::History;
use names::Names;

/// What a run needs besides its plan.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Where releases live.
    pub backend: &'a Backend,
    /// The project, for the variables that are edited.
    pub project: &'a ProjectName,
    /// The build that asks.
    pub build: Option<&'a BuildIdentity>,
    /// The word to stop.
    pub stop: &'a Stop,
    /// The exit code of a pass with warnings.
    pub warnings_exit: u8,
    /// Whoever listens to what happens.
    pub listener: &'a Listener<'a>,
}

/// Carries out a plan. After the first failure that counts, nothing more is begun.
pub async fn run(plan: &Plan, run: Run<'_>) -> RunResult {
    let mut runner = Runner {
        plan,
        run,
        names: Names::Unknown,
        edits_pending: !plan.edit_project_variables.is_empty(),
        history: History::default(),
    };
    for (at, planned) in plan.actions.iter().enumerate() {
        match &planned.decision {
            Decision::Skip(because) => runner.skip(planned, because),
            Decision::Run(action) => runner.admit(at, planned, action).await,
        }
    }
    let result = runner.history.into_result(run.warnings_exit);
    (run.listener)(&RunEvent::Finished(&result));
    result
}

/// Carries out one plan.
struct Runner<'a> {
    plan: &'a Plan,
    run: Run<'a>,
    names: Names,
    /// Whether the project's variables are still to be edited.
    edits_pending: bool,
    history: History,
}

impl Runner<'_> {
    /// Carries out an action, unless what came before keeps it from beginning.
    async fn admit(&mut self, at: usize, planned: &Planned, action: &PlannedAction) {
        if self.history.has_failed() && !matches!(self.names, Names::Invalid(_)) {
            return self.skip(planned, &SkipReason::EarlierFailed);
        }
        let fed = match &mut self.names {
            Names::Unknown => Ok(SourceState::default()),
            Names::Invalid(errors) => {
                let error = errors.remove(&at);
                return self.refuse(planned, action, error);
            }
            Names::Known(reaches) => {
                match feed::feed(at, self.plan, reaches, self.history.outcomes(), self.run.backend) {
                    FeedDecision::Free(fed) => Ok(fed),
                    FeedDecision::Cannot(because) => Err(BackendError::Impossible(because)),
                    FeedDecision::NeedNot(because) => {
                        return self.skip(planned, &SkipReason::NothingToPromote(because));
                    }
                }
            }
        };
        self.begin(at, planned, action, fed).await;
    }

    /// Carries out an action. `fed` is what the run brought to its source, or why that is not known.
    async fn begin(
        &mut self,
        at: usize,
        planned: &Planned,
        action: &PlannedAction,
        fed: Result<SourceState, BackendError>,
    ) {
        (self.run.listener)(&RunEvent::Began { action: planned, at });
        let log = ActionLog::new(planned, self.run.listener);
        let say = |notice: Notice| log.record(&notice);
        let Run { backend, build, stop, .. } = self.run;
        let session = Session { backend, build, say: &say, stop };
        let clock = Clock::start(action.time_limit());
        if matches!(self.names, Names::Unknown) {
            // Before anything is changed, and so before the variables are edited.
            self.names = Box::pin(Names::find_out(self.plan, &session, clock.left())).await;
        }
        if let Names::Invalid(errors) = &mut self.names {
            let error = errors.remove(&at);
            self.history.add_warnings(log.into_warnings());
            return self.refuse(planned, action, error);
        }
        // On the heap: the stack of a server's thread is small.
        let work = Box::pin(self.carry_out(action, fed, clock, &session));
        // A bug of ours ends the action and not the process: what was accepted is in the result.
        let done = AssertUnwindSafe(work).catch_unwind().await;
        let done = done.unwrap_or_else(|_| Err(ActionError::Bug { accepted: log.accepted() }));
        self.history.add_warnings(log.into_warnings());
        (self.run.listener)(&RunEvent::Ended { action: planned, result: &done });
        self.history.add_ended(planned, action, done, self.run.stop.is_requested());
    }

    /// Edits the project's variables where that was not done yet, and carries out the action.
    async fn carry_out(
        &mut self,
        action: &PlannedAction,
        fed: Result<SourceState, BackendError>,
        clock: Clock,
        session: &Session<'_>,
    ) -> Result<Outcome, ActionError> {
        if self.edits_pending {
            let edits = &self.plan.edit_project_variables;
            edit_variables(session, self.run.project, edits, clock.left()).await?;
            self.edits_pending = false;
        }
        let situation = Situation { plan: self.plan, history: &self.history, clock, session };
        situation.carry_out(&action.work, fed?).await
    }

    /// Reports that nothing is begun, since names of the actions mean nothing: this one's, or those of another.
    fn refuse(&mut self, planned: &Planned, action: &PlannedAction, error: Option<ActionError>) {
        let Some(error) = error else {
            return self.skip(planned, &SkipReason::OtherNamesInvalid);
        };
        let result = Err(error);
        (self.run.listener)(&RunEvent::Ended { action: planned, result: &result });
        self.history.add_refused(planned, action, result, self.run.stop.is_requested());
    }

    fn skip(&mut self, planned: &Planned, because: &SkipReason) {
        (self.run.listener)(&RunEvent::Skipped { action: planned, because });
        self.history.add_skipped(planned, because);
    }
}
