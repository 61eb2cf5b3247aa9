//! Reads files and standard input, up to a size limit.

use std::io::{ErrorKind, Read};
use std::path::Path;

use promenade::ci::SourceError;

use super::refusal::Refusal;

/// The size limit of settings, events and notes, in bytes.
pub(super) const LARGEST: u64 = 1024 * 1024;

/// The bytes of a settings file or event: at most one more than [`LARGEST`], by which its reader sees that it is too
/// large.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Refusal> {
    Ok(beginning(path, LARGEST)?)
}

/// The same; `None` where there is no such file.
pub(crate) fn bytes_if_there(path: &Path) -> Result<Option<Vec<u8>>, Refusal> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => bytes(path).map(Some),
    }
}

/// The bytes of standard input, with the same limit.
pub(crate) fn standard_input() -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| {
        let message = format!("standard input cannot be read: {error}");
        Refusal::new(message, "pipe the event into promenade, or name its file")
    })?;
    Ok(without_mark(bytes))
}

/// The text of a file of at most `largest` bytes.
pub(super) fn text(path: &Path, largest: u64) -> Result<String, SourceError> {
    let bytes = beginning(path, largest)?;
    let path = path.display();
    if bytes.len() as u64 > largest {
        let message = format!("{path} is larger than {largest} bytes");
        return Err(SourceError::new(message, "check that it is the right file"));
    }
    String::from_utf8(bytes).map_err(|_| SourceError::new(format!("{path} is not UTF-8"), "save it as UTF-8"))
}

/// The bytes without the byte order mark that some programs put before a text.
pub(super) fn without_mark(bytes: Vec<u8>) -> Vec<u8> {
    match bytes.strip_prefix("\u{feff}".as_bytes()) {
        Some(rest) => rest.to_vec(),
        None => bytes,
    }
}

/// The first `largest` bytes of a file, and one more.
fn beginning(path: &Path, largest: u64) -> Result<Vec<u8>, SourceError> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(largest + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map(without_mark).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::NotFound => "check the path, which is relative to the working folder",
            ErrorKind::IsADirectory => "name a file",
            ErrorKind::PermissionDenied => "let the user that runs promenade read it",
            _ => "check that it is a file that can be read",
        };
        SourceError::new(format!("{} cannot be read: {error}", path.display()), remedy)
    })
}
