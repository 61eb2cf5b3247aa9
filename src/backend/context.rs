//! On whose behalf, and until when, a verb works.

use tokio::time::Instant;

use crate::model::BuildIdentity;

use super::ledger::Ledger;
use super::notice::Say;
use super::stop::Stop;

/// What every verb needs to know about the action that calls it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// When the action's time is over; no request outlives it.
    pub deadline: Instant,
    /// The build that runs the action, if one is known.
    pub build: Option<&'a BuildIdentity>,
    /// The name of the attempt, if a promotion makes several; its deployments carry the name. `None` = a single action.
    pub attempt: Option<&'a str>,
    /// Receives the notices.
    pub say: &'a Say<'a>,
    /// The stop signal. After it no mutating request is sent, except to cancel.
    pub stop: &'a Stop,
    /// The mutating requests of the action so far.
    pub ledger: &'a Ledger,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A context of nobody in particular, until this moment.
    pub(in crate::backend) fn context<'a>(
        deadline: Instant,
        stop: &'a Stop,
        ledger: &'a Ledger,
    ) -> Context<'a> {
        Context { deadline, build: None, attempt: None, say: &|_| {}, stop, ledger }
    }
}
