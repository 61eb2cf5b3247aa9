//! The leave to change something.

use tokio::time::Instant;

/// The leave to send one request that changes something. It cannot be copied, and it may run out.
#[derive(Debug)]
pub struct Permit {
    until: Option<Instant>,
}

impl Permit {
    /// Leave that never runs out, for an action that nobody else carries out at the same time.
    #[must_use]
    pub fn always() -> Self {
        Self { until: None }
    }

    /// Leave until this moment.
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
