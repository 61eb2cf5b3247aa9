//! On whose behalf, and until when, a verb works.

use tokio::time::Instant;

use crate::model::BuildIdentity;

use super::ledger::Ledger;
use super::notice::Say;
use super::stop::Stop;

/// What every verb needs to know of the action that calls it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// When the action's time is over; no call outlives it.
    pub deadline: Instant,
    /// The build that asks, where one is known.
    pub build: Option<&'a BuildIdentity>,
    /// The name of the attempt that asks, where a promotion makes several: what it makes carries it. `None` = an action of
    /// its own.
    pub attempt: Option<&'a str>,
    /// Where notices go.
    pub say: &'a Say<'a>,
    /// The word to stop. After it no request that changes something is begun, but to cancel.
    pub stop: &'a Stop,
    /// What the action has asked for so far.
    pub ledger: &'a Ledger,
}
