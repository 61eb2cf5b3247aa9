//! Opens a store: the file, its connections, and what is asked of them.

use std::path::Path;
use std::sync::Arc;

use super::db::{Db, How, Watch, watch};
use super::error::{StoreError, Trouble};
use super::handle::Store;
use super::rules::Rules;
use super::{files, migrate};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading and writing. The file is created if it does not exist.
    ReadWrite,
    /// For reading only. Nothing is created or changed.
    ReadOnly,
}

/// "prom" in ASCII: the mark by which a database is known as promenade's.
const MARK: &str = "1886547821";
const SET_MARK: &str = "PRAGMA application_id = 1886547821";

impl Store {
    /// Opens the store in a file.
    ///
    /// # Errors
    ///
    /// Where the file is not a store, or this process may not or cannot use it.
    pub async fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        Self::open_with(path, access, watch(), Rules::engine()).await
    }

    pub(super) async fn open_with(
        path: &Path,
        access: Access,
        watch: Watch,
        rules: Rules,
    ) -> Result<Self, StoreError> {
        let write = access == Access::ReadWrite;
        let whole = files::prepared(path, write)?;
        let address = address(path, &whole, write)?;
        let path: Arc<Path> = whole.into();
        let connect = |begin, settings| {
            let (address, path, watch) = (address.clone(), Arc::clone(&path), Arc::clone(&watch));
            Db::connect(How { address, path, begin, settings, watch })
        };
        let mut writer = connect("BEGIN IMMEDIATE", if write { &WRITING } else { &READING }).await?;
        prepare(&mut writer, &path, write).await?;
        let mut reader = connect("BEGIN", &READING).await?;
        migrate::readable(&mut reader.begin().await?).await?;
        Ok(Self::new(path, writer, reader, rules))
    }
}

/// The settings of a connection that writes: what was committed survives a loss of power.
const WRITING: [&str; 3] =
    ["PRAGMA busy_timeout = 5000", "PRAGMA foreign_keys = 1", "PRAGMA synchronous = FULL"];
/// The settings of a connection that only reads.
const READING: [&str; 2] = ["PRAGMA busy_timeout = 5000", "PRAGMA query_only = 1"];

/// The tables, after a look whether the file is promenade's own.
async fn prepare(db: &mut Db, path: &Path, write: bool) -> Result<(), StoreError> {
    // In this order: another process that makes the store meanwhile sets its mark before it makes tables.
    let empty = db.pragma("PRAGMA schema_version").await?.as_deref() == Some("0");
    let mark = db.pragma("PRAGMA application_id").await?;
    if !empty && mark.as_deref() != Some(MARK) {
        return Err(StoreError::new(path, Trouble::NotAStore));
    }
    if !write {
        return Ok(());
    }
    let mode = db.pragma("PRAGMA journal_mode = wal").await?.unwrap_or_default();
    if mode != "wal" {
        return Err(StoreError::new(path, Trouble::NoSharing { mode }));
    }
    if empty {
        db.pragma(SET_MARK).await?;
    }
    migrate::migrate(db.begin().await?).await
}

/// The path as an address. Every byte that could mean something in an address is written as a number.
fn address(path: &Path, whole: &Path, write: bool) -> Result<String, StoreError> {
    let text = whole.to_str().ok_or_else(|| {
        let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, "the path is not valid UTF-8");
        StoreError::new(path, Trouble::File(error))
    })?;
    let mode = if write { "rw" } else { "ro" };
    Ok(format!("sqlite://{}?mode={mode}", utf8_percent_encode(text, NON_ALPHANUMERIC)))
}
