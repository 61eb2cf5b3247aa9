//! What must not be lost: promotions, their journals, what is to be done for them, and who holds which place.
//!
//! The journal is the truth. Everything else is derived from it in the same transaction: the state of a promotion, its
//! status in lists, and the rows that say what is to be done. One transaction, a *turn*, decides and records; any process
//! may take one, since it works on the present state.
//!
//! The database is SQLite in a file. Each connection has a thread of its own, so that no statement blocks the runtime.

mod db;
mod driver_lock;
mod error;
mod files;
mod migrate;
mod network;
mod open;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Mutex;

use db::Db;

pub use driver_lock::{Driver, DriverLock, Driving, last_driver};
pub use error::{StoreError, Trouble};
pub use open::Access;

/// An open store.
pub struct Store {
    path: Arc<Path>,
    writer: Mutex<Db>,
    reader: Mutex<Db>,
}

impl Store {
    fn new(path: Arc<Path>, writer: Mutex<Db>, reader: Mutex<Db>) -> Self {
        Self { path, writer, reader }
    }

    /// The file, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number that changes with every commit of any process. Its value means nothing by itself.
    ///
    /// # Errors
    ///
    /// Where the database does not answer.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        let answer = self.reader.lock().await.pragma("PRAGMA data_version").await?;
        let number = answer.and_then(|it| it.parse().ok());
        number.ok_or_else(|| StoreError::damaged(&self.path, "it has no data version"))
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}
