//! The permission to send a mutating request.

use tokio::time::Instant;

/// The permission to send one mutating request. It cannot be copied, and it can expire.
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

    /// A permit that expires at this moment.
    #[must_use]
    pub fn until(until: Instant) -> Self {
        Self { until: Some(until) }
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
    fn leave_runs_out() {
        assert!(Permit::always().holds());
        assert!(!Permit::until(Instant::now()).holds());
    }
}
