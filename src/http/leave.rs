//! The leave to send a request, asked for immediately before its bytes are written.

use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;

/// The leave to send a request. The client asks for it twice: before it looks for a connection, and again when the
/// connection stands and the request's body is about to be written. Looking for a connection can take long (name,
/// TCP, TLS, proxy), and the process can be halted meanwhile; only the second question comes after all that.
///
/// A request without a body is asked for once, before the connection: see [`Client::send_with`](super::Client::send_with).
#[derive(Clone, Default)]
pub struct Leave {
    ends: Option<Instant>,
    given: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

impl Leave {
    /// A leave that is always given.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// A leave that is given as long as `given` returns `true`. `given` may be called several times, also from the task
    /// that writes to the connection, so it must return quickly.
    #[must_use]
    pub fn when(given: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { ends: None, given: Some(Arc::new(given)) }
    }

    /// The same leave, which ends at this moment of the monotonic clock at the latest; `None` = no end.
    #[must_use]
    pub fn until(self, ends: Option<Instant>) -> Self {
        Self { ends, ..self }
    }

    /// When the leave ends at the latest; `None` = no end.
    #[must_use]
    pub fn ends(&self) -> Option<Instant> {
        self.ends
    }

    /// Whether the request may be sent now.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.ends.is_none_or(|ends| Instant::now() < ends) && self.given.as_ref().is_none_or(|given| given())
    }
}

impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leave").field("ends", &self.ends).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_leave_needs_both_time_and_consent() {
        let (over, later) = (Instant::now(), Instant::now() + Duration::from_secs(600));
        assert!(Leave::always().is_given());
        assert!(Leave::when(|| true).until(Some(later)).is_given());
        assert!(!Leave::when(|| true).until(Some(over)).is_given());
        assert!(!Leave::when(|| false).until(Some(later)).is_given());
        assert!(!Leave::when(|| false).is_given());
    }
}
