//! The file of a store before the database opens it: who may read it, and where it lies.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::{StoreError, Trouble};
use super::network::network_file_system;

/// Lets only the owner read and write a file that these options create.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// The file, created where `write` allows it: its path without symbolic links.
///
/// A file that exists is not opened here: closing it would free the locks that the database holds on it in this process.
pub(super) fn prepared(path: &Path, write: bool) -> Result<PathBuf, StoreError> {
    let failed = |trouble| StoreError::new(path, trouble);
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(failed(Trouble::NoFolder));
    }
    // The file system is looked at before a file is created on it.
    let place = folder.canonicalize().map_err(|it| failed(Trouble::of_file(it)))?;
    refuse_network(path, &place)?;
    if write {
        create(path).map_err(|it| failed(Trouble::of_file(it)))?;
    }
    let found = std::fs::metadata(path).map_err(|it| failed(Trouble::of_file(it)))?;
    if !found.is_file() {
        return Err(failed(Trouble::NotAFile));
    }
    let whole = path.canonicalize().map_err(|it| failed(Trouble::of_file(it)))?;
    refuse_network(path, &whole)?;
    Ok(whole)
}

/// Creates the file, for its owner only, unless it exists.
fn create(path: &Path) -> std::io::Result<()> {
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Only Linux has the table of mounts; elsewhere nothing is refused.
fn refuse_network(path: &Path, place: &Path) -> Result<(), StoreError> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    match network_file_system(&mounts, place) {
        Some(kind) => Err(StoreError::new(path, Trouble::Network { kind })),
        None => Ok(()),
    }
}
