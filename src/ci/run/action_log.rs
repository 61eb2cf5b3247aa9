//! What happens while one action runs: passed on to the listener, and kept as far as the run's result needs it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::backend::{Deployment, Notice};
use crate::ci::plan::Planned;

use super::event::{Listener, RunEvent};

/// The notices of one action.
pub(super) struct ActionLog<'a> {
    action: &'a Planned,
    listener: &'a Listener<'a>,
    warnings: Mutex<Vec<String>>,
    accepted: Mutex<Vec<Deployment>>,
    /// Whether the last notice was of trouble.
    in_trouble: AtomicBool,
}

impl<'a> ActionLog<'a> {
    pub(super) fn new(action: &'a Planned, listener: &'a Listener<'a>) -> Self {
        Self {
            action,
            listener,
            warnings: Mutex::default(),
            accepted: Mutex::default(),
            in_trouble: AtomicBool::new(false),
        }
    }

    /// Takes in a notice and passes it on.
    pub(super) fn record(&self, notice: &Notice) {
        if let Notice::Deployment(it) = notice {
            self.accepted.lock().unwrap_or_else(PoisonError::into_inner).push(it.clone());
        }
        if let Notice::Warning(text) = notice {
            self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text.clone());
        }
        let is_trouble = matches!(notice, Notice::Retrying(_));
        let repeated = self.in_trouble.swap(is_trouble, Ordering::Relaxed) && is_trouble;
        (self.listener)(&RunEvent::Notice { action: self.action, notice, repeated });
    }

    /// The deployments that the server has accepted so far.
    pub(super) fn accepted(&self) -> Vec<Deployment> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
