//! The clock that promotions go by.

use jiff::Timestamp;

use crate::flow::time::Time;

/// Now, by the clock of this machine.
#[must_use]
pub fn now() -> Time {
    Timestamp::now().into()
}
