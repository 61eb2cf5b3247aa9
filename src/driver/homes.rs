//! The homes of releases that promotions reach, each made when it is first needed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::backend::Backend;
use crate::flow::course::Target;
use crate::model::{ConnectionName, SpaceName};

/// Makes a home: the space of the server that a connection of the settings names.
pub type MakeHome = dyn Fn(&ConnectionName, Option<&SpaceName>) -> Result<Backend, HomeError> + Send + Sync;

/// Why there is no home: the settings lack the connection, or a secret cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HomeError {
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty if the message says it.
    pub advice: String,
}

/// A connection and a space on it; `None` = the space of the connection.
pub(super) type HomeKey = (ConnectionName, Option<SpaceName>);

/// The homes of releases, by connection and space. Their connections are kept.
pub struct Homes {
    make: Box<MakeHome>,
    made: Mutex<BTreeMap<HomeKey, Arc<Backend>>>,
}

impl Homes {
    /// Homes that are made by this function. What it made is kept; after an error it is called again.
    #[must_use]
    pub fn new(make: Box<MakeHome>) -> Self {
        Self { make, made: Mutex::default() }
    }

    /// The home of a target, which remembers nothing yet: what names mean may have changed since the last piece of work.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn of(&self, target: &Target) -> Result<Backend, HomeError> {
        Ok(self.at(&(target.connection.clone(), target.space.clone()))?.without_memory())
    }

    /// The home at a connection and space, with what it remembers: for questions about ids alone.
    pub(super) fn at(&self, key: &HomeKey) -> Result<Arc<Backend>, HomeError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(home) = made.get(key) {
            return Ok(Arc::clone(home));
        }
        let home = Arc::new((self.make)(&key.0, key.1.as_ref())?);
        made.insert(key.clone(), Arc::clone(&home));
        Ok(home)
    }
}

impl fmt::Debug for Homes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Homes").finish_non_exhaustive()
    }
}
