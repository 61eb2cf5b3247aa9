//! The stop signal: from the operating system, or from the program around the library.

use futures_util::future::select_all;
use tokio::sync::watch;

/// The sending end of the stop signal.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The receiving end of the stop signal. Clones receive the same signal.
#[derive(Debug, Clone)]
pub struct Stop(Vec<watch::Receiver<bool>>);

impl Stopper {
    /// Both ends.
    #[must_use]
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(vec![receiver]))
    }

    /// Stops every action, running or started later.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// A stop signal that never comes.
    #[must_use]
    pub fn never() -> Self {
        Stopper::new().1
    }

    /// A signal that comes as soon as one of the two comes.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Ends when the signal comes; never ends if the sending end is gone.
    pub async fn requested(&self) {
        let told = self.0.iter().cloned().map(|mut receiver| {
            Box::pin(async move {
                if receiver.wait_for(|told| *told).await.is_err() {
                    std::future::pending().await
                }
            })
        });
        select_all(told).await;
    }

    /// Whether the signal has come.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.iter().any(|it| *it.borrow())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_of_two_signals_is_enough() {
        for first in [true, false] {
            let ((one, of_one), (two, of_two)) = (Stopper::new(), Stopper::new());
            let either = of_one.or(&of_two);
            assert!(!either.is_requested());
            let (told, silent) = if first { (one, two) } else { (two, one) };
            drop(silent);
            told.stop();
            assert!(either.is_requested());
            either.requested().await;
        }
    }
}
