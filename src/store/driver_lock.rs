//! Which process drives: a lock that the kernel frees with the process.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{StoreError, Trouble};

/// The longest text that is read of a process: a file that something else wrote is not read as a whole.
const LONGEST: u64 = 4096;

/// A process that drives, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driver {
    /// The number of the process.
    pub pid: u32,
    /// The machine; `None` = not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When it began to drive.
    pub since: Timestamp,
}

/// The right to drive what one store holds. It ends when it is dropped, and with the process at the latest.
///
/// It saves double work. Nothing relies on it for being right: that nothing is deployed twice is the begin protocol's.
#[derive(Debug)]
pub struct DriverLock {
    file: File,
}

/// Who drives after an attempt to get the lock.
#[derive(Debug)]
pub enum Driving {
    /// This process.
    Here(DriverLock),
    /// Another process; `None` = it has not written yet who it is.
    Elsewhere(Option<Driver>),
}

impl DriverLock {
    /// Takes the lock for a store, if no other process has it. `store` is the path of the store's file.
    ///
    /// # Errors
    ///
    /// Where the file of the lock cannot be opened or written.
    pub fn take(store: &Path, me: &Driver) -> Result<Driving, StoreError> {
        let failed = |it| StoreError::new(store, Trouble::of_file(it));
        let path = lock_path(store).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = super::files::private(&mut options).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Driving::Elsewhere(written(&file))),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let text = serde_json::to_string(me).map_err(|it| failed(it.into()))?;
        file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).map_err(failed)?;
        Ok(Driving::Here(Self { file }))
    }
}

impl Drop for DriverLock {
    /// Whoever reads the file afterwards finds nobody. Where that fails, the lock is free all the same.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// The process that holds the store or held it last: it says so itself, so this is for messages only.
#[must_use]
pub fn last_driver(store: &Path) -> Option<Driver> {
    written(&File::open(lock_path(store).ok()?).ok()?)
}

/// The file of the lock stands next to the file itself, not next to a symbolic link to it.
fn lock_path(store: &Path) -> std::io::Result<PathBuf> {
    let mut path = OsString::from(store.canonicalize()?);
    path.push(".driver");
    Ok(path.into())
}

fn written(file: &File) -> Option<Driver> {
    let mut file = file;
    file.rewind().ok()?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me(pid: u32) -> Driver {
        Driver { pid, host: Some("here".into()), since: "2026-05-01T10:00:00Z".parse().unwrap() }
    }

    fn store() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        std::fs::write(&path, "").unwrap();
        (folder, path)
    }

    #[test]
    fn one_drives_and_the_others_learn_who() {
        let (_folder, path) = store();
        assert_eq!(last_driver(&path), None);
        let Driving::Here(lock) = DriverLock::take(&path, &me(1)).unwrap() else { panic!("it is free") };
        let second = DriverLock::take(&path, &me(2)).unwrap();
        assert!(matches!(second, Driving::Elsewhere(Some(it)) if it == me(1)));
        assert_eq!(last_driver(&path), Some(me(1)));
        drop(lock);
        assert_eq!(last_driver(&path), None);
        assert!(matches!(DriverLock::take(&path, &me(2)).unwrap(), Driving::Here(_)));
    }

    #[test]
    fn what_a_killed_process_left_does_not_keep_the_lock() {
        let (_folder, path) = store();
        std::fs::write(lock_path(&path).unwrap(), "a longer text than what is written over it {".repeat(9))
            .unwrap();
        let Driving::Here(_lock) = DriverLock::take(&path, &me(3)).unwrap() else { panic!("it is free") };
        assert_eq!(last_driver(&path), Some(me(3)));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_store_leads_to_the_same_lock() {
        let (folder, path) = store();
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let _lock = DriverLock::take(&path, &me(1)).unwrap();
        assert!(matches!(DriverLock::take(&link, &me(2)).unwrap(), Driving::Elsewhere(Some(_))));
    }
}
