//! What an action has asked the server for, kept where it outlives the work that is cut off.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Deployment;

/// What an action has asked the server for so far. Whoever cuts the action off reads here what goes on.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// A request that changes something is on its way, or its answer was lost.
    is_open: bool,
    has_sent: bool,
    /// A request that changes something was answered well.
    is_answered: bool,
    accepted: Vec<Deployment>,
}

impl Ledger {
    /// The deployments that are known to have been accepted or taken over.
    #[must_use]
    pub fn accepted(&self) -> Vec<Deployment> {
        self.state().accepted.clone()
    }

    /// Whether something may have been done that does not stand here: the answer to a request is not known, or it
    /// is known to have been carried out and not yet what it made.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        let state = self.state();
        state.is_open || (state.is_answered && state.accepted.is_empty())
    }

    /// Whether it is unknown what became of a request that changes something.
    pub(super) fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Whether any request that changes something was sent.
    #[must_use]
    pub fn has_sent(&self) -> bool {
        self.state().has_sent
    }

    /// A request that changes something is about to be sent, or it is known what became of all of them.
    pub(super) fn set_open(&self, is_open: bool) {
        let mut state = self.state();
        state.has_sent |= is_open;
        state.is_open = is_open;
    }

    /// What became of every request is known.
    pub(crate) fn settled(&self) {
        self.set_open(false);
    }

    /// A request that changes something was answered well.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        (state.is_open, state.is_answered) = (false, true);
    }

    /// These were accepted. One that was noted before is replaced: by then more is known of it.
    pub fn accept(&self, deployments: &[Deployment]) {
        let mut state = self.state();
        for deployment in deployments {
            match state.accepted.iter_mut().find(|it| it.task == deployment.task) {
                Some(noted) => noted.clone_from(deployment),
                None => state.accepted.push(deployment.clone()),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole after every statement, so a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{EnvironmentName, TenantTarget};

    use super::*;

    fn deployment(task: &str, environment: &str) -> Deployment {
        Deployment {
            id: "Deployments-1".into(),
            task: task.into(),
            target: TenantTarget { environment: EnvironmentName::new(environment), tenant: None },
            url: String::new(),
            adopted: None,
        }
    }

    #[test]
    fn what_is_learned_later_replaces_what_was_noted_first() {
        let ledger = Ledger::default();
        ledger
            .accept(&[deployment("ServerTasks-1", "Development, Test"), deployment("ServerTasks-2", "Test")]);
        ledger.accept(&[deployment("ServerTasks-1", "Development")]);
        let accepted = ledger.accepted();
        let names: Vec<_> = accepted.iter().map(|it| it.target.environment.as_str()).collect();
        assert_eq!(names, ["Development", "Test"]);
    }

    #[test]
    fn what_is_not_known_yet_is_unclear() {
        let ledger = Ledger::default();
        assert!(!ledger.is_unclear() && !ledger.has_sent());
        ledger.set_open(true);
        assert!(ledger.is_unclear() && ledger.has_sent());
        ledger.set_open(false);
        assert!(!ledger.is_unclear(), "it was not carried out");
        ledger.answered();
        assert!(ledger.is_unclear(), "it was carried out, and what it made is not known");
        ledger.accept(&[deployment("ServerTasks-1", "Test")]);
        assert!(!ledger.is_unclear());
    }
}
