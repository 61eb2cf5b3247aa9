//! What a driver reports while it works.

use crate::backend::Notice;
use crate::flow::admission::PromotionId;
use crate::flow::course::Attempt;
use crate::flow::promotion::Event;

/// Receives what a driver reports.
pub type Say = dyn Fn(DriverEvent) + Send + Sync;

/// What a driver reports. What other processes decide is not among it: journals have everything.
#[derive(Debug, Clone)]
pub enum DriverEvent {
    /// A promotion moved.
    Moved {
        /// The promotion.
        promotion: PromotionId,
        /// What was decided; empty = it moved because another one did, and its journal says how.
        events: Vec<Event>,
    },
    /// A home said something about an attempt.
    Notice {
        /// The promotion.
        promotion: PromotionId,
        /// The attempt.
        attempt: Attempt,
        /// What it said.
        notice: Box<Notice>,
    },
    /// Something did not work and is tried again.
    Trouble {
        /// The promotion that it concerns; `None` = all.
        promotion: Option<PromotionId>,
        /// The attempt that it concerns.
        attempt: Option<Attempt>,
        /// What did not work.
        message: String,
        /// What to do about it; `None` = nothing needs to be done.
        advice: Option<String>,
    },
}
