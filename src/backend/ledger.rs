//! The mutating requests of an action, kept outside the work so that they survive when it is cut off.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Deployment;

/// The mutating requests that an action has sent so far. The code that cuts the action off reads here which deployments
/// keep running.
#[derive(Debug, Default)]
pub struct Ledger(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// A mutating request is in flight, or its answer was lost.
    is_open: bool,
    has_sent: bool,
    /// A request that changes something was answered well.
    is_answered: bool,
    accepted: Vec<Deployment>,
}

impl Ledger {
    /// The same ledger, for a task that may outlive the borrow.
    pub(super) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// The deployments that are known to have been accepted or taken over.
    #[must_use]
    pub fn accepted(&self) -> Vec<Deployment> {
        self.state().accepted.clone()
    }

    /// Whether deployments may exist that are not listed here: the answer to a request is not known, or the request was
    /// carried out and its deployments are not known yet.
    #[must_use]
    pub fn is_unclear(&self) -> bool {
        let state = self.state();
        state.is_open || (state.is_answered && state.accepted.is_empty())
    }

    /// Whether the outcome of a mutating request is unknown.
    pub(super) fn is_open(&self) -> bool {
        self.state().is_open
    }

    /// Whether any mutating request was sent.
    #[must_use]
    pub fn has_sent(&self) -> bool {
        self.state().has_sent
    }

    /// Records that a mutating request is about to be sent (`true`), or that the outcome of all of them is known
    /// (`false`).
    pub(super) fn set_open(&self, is_open: bool) {
        let mut state = self.state();
        state.has_sent |= is_open;
        state.is_open = is_open;
    }

    /// Records that the outcome of every request is known.
    pub(crate) fn settled(&self) {
        self.set_open(false);
    }

    /// A request that changes something was answered well.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        (state.is_open, state.is_answered) = (false, true);
    }

    /// Adds accepted deployments. One that was added before is replaced, since more is known about it by then.
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
        // The state is consistent after every statement, so a panic elsewhere does no harm.
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
