//! What all connections share: the world, the fault scripts, the recorded requests, and the running tasks.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, task::JoinSet};

use crate::sandbox::{World, recorded::RequestLog, scripts::Scripts};

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    contents: Mutex<Contents>,
    started: Instant,
    /// The factor by which tasks play faster than real time; a world that replaces this one gets it too.
    scale: f64,
    /// Requests to close the listener for this long.
    outages: mpsc::UnboundedSender<Duration>,
    /// Everything that runs, so that stopping leaves nothing behind: the listener, connections, late writes.
    /// `None` once the sandbox has stopped.
    tasks: Mutex<Option<JoinSet<()>>>,
}

/// What changes while the sandbox runs.
pub(crate) struct Contents {
    pub(crate) world: World,
    pub(crate) scripts: Scripts,
    pub(crate) requests: RequestLog,
}

impl Shared {
    pub(crate) fn new(world: World, scale: f64, outages: mpsc::UnboundedSender<Duration>) -> Self {
        let contents = Contents { world, scripts: Scripts::default(), requests: RequestLog::default() };
        Self {
            contents: Mutex::new(contents),
            started: Instant::now(),
            scale,
            outages,
            tasks: Mutex::new(Some(JoinSet::new())),
        }
    }

    /// A panic while the lock was held has been reported where it happened, and the contents are plain values:
    /// the lock is taken even where it is poisoned.
    pub(crate) fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn scale(&self) -> f64 {
        self.scale
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Closes the listener for a while and resets every connection.
    pub(crate) fn go_away(&self, time: Duration) {
        // The receiver lives as long as the listener; once that has stopped, there is nothing to close.
        let _ = self.outages.send(time);
    }

    /// Runs a task that ends with the sandbox at the latest.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = tasks.as_mut() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    /// Refuses new tasks from now on and returns those that run, so that the caller can end them.
    pub(crate) fn close(&self) -> JoinSet<()> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents").field("scripts", &self.scripts).finish_non_exhaustive()
    }
}
