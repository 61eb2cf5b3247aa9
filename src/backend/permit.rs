//! The permission to send a mutating request.

use tokio::time::Instant;

/// The permission to send one mutating request. It cannot be copied, and it can expire. It is looked at last when the
/// connection stands, immediately before the request is written.
#[derive(Debug)]
pub struct Permit {
    until: Option<Instant>,
}

impl Permit {
    /// A permit that never expires, for an action that no other process carries out at the same time.
    #[must_use]
    pub fn always() -> Self {
        Self { until: None }
    }

    /// A permit that expires at this moment of the monotonic clock.
    #[must_use]
    pub fn until(until: Instant) -> Self {
        Self { until: Some(until) }
    }

    /// When it expires; `None` = never.
    pub(super) fn ends(&self) -> Option<Instant> {
        self.until
    }

    /// Whether the request may still be sent.
    pub(super) fn holds(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_expires() {
        assert!(Permit::always().holds());
        assert!(!Permit::until(Instant::now()).holds());
    }
}
