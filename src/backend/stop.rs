//! The stop signal: from the operating system, or from the program around the library.

use tokio::sync::watch;

/// The sending end of the stop signal.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The receiving end of the stop signal. Clones receive the same signal.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// Both ends.
    #[must_use]
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
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

    /// Ends when the signal comes; never ends if the sending end is gone.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|told| *told).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether the signal has come.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}
