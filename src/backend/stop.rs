//! Being told to stop: by a signal, or by the program around the library.

use tokio::sync::watch;

/// The end that tells actions to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The end that actions listen to. Clones hear the same word.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// Both ends.
    #[must_use]
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Tells every action to stop, now and from now on.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// A word that never comes.
    #[must_use]
    pub fn never() -> Self {
        Stopper::new().1
    }

    /// Ends when the word comes; never, where nobody is left to give it.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|told| *told).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether the word has come.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}
