//! What can be wrong with a store, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the store. Nothing was written where a method returns one, but for [`Trouble::Unclear`].
#[derive(Debug, thiserror::Error)]
#[error("the store {}: {trouble}", path.display())]
pub struct StoreError {
    /// The file of the store.
    pub path: PathBuf,
    /// What is wrong.
    pub trouble: Trouble,
}

/// What is wrong with a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The folder of the file does not exist.
    #[error("its folder does not exist")]
    NoFolder,
    /// The file does not exist, and the access may not create it.
    #[error("the file does not exist")]
    NoFile,
    /// The path leads to something that is not a file.
    #[error("it is not a file")]
    NotAFile,
    /// The file is not an SQLite database.
    #[error("the file is not an SQLite database, or it is damaged")]
    NotADatabase,
    /// The file is an SQLite database that promenade did not make.
    #[error("the file is a database of another program")]
    NotAStore,
    /// A newer promenade changed the store in a way that this one does not understand.
    #[error("a newer promenade wrote it (version {found}; this program reads up to {known})")]
    Newer {
        /// The version that a program has to know to read the store.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },
    /// The store was made by an older promenade, and the access may not change it.
    #[error("an older promenade wrote it, and it was opened only for reading")]
    Older,
    /// The file lies on a file system of another machine.
    #[error("it lies on a network file system ({kind})")]
    Network {
        /// The name of the file system's type.
        kind: String,
    },
    /// SQLite cannot keep its journal of changes here.
    #[error("its file system does not let several processes share it (SQLite answers `{mode}` for `wal`)")]
    NoSharing {
        /// The mode that SQLite stays in.
        mode: String,
    },
    /// This user may not read or write the file, or the files next to it.
    #[error("no permission to open it")]
    Denied,
    /// The file, its folder or its file system cannot be written to.
    #[error("it cannot be written to")]
    ReadOnly,
    /// The disk is full, or the quota is used up.
    #[error("the disk is full")]
    Full,
    /// Another process keeps the store locked for longer than this one waits.
    #[error("another process keeps it locked")]
    Busy,
    /// The answer to the last change is lost, and looking for it failed as well.
    #[error("it is not known whether the last change was written")]
    Unclear,
    /// The disk reported an error.
    #[error("the disk reports an error: {0}")]
    Disk(String),
    /// What is written does not fit together.
    #[error("its content is damaged: {0}")]
    Damaged(String),
    /// Another error of the file.
    #[error("{0}")]
    File(io::Error),
    /// Another error of the database.
    #[error("{0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    pub(super) fn new(path: &Path, trouble: Trouble) -> Self {
        Self { path: path.to_owned(), trouble }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::new(path, Trouble::Damaged(what.into()))
    }

    /// What the user can do; `None` where the message says everything.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        Some(match &self.trouble {
            Trouble::NoFolder => "create the folder, or set `path` in `[store]`",
            Trouble::NoFile => "start a promotion flow first, or set `path` in `[store]`",
            Trouble::NotAFile | Trouble::NotAStore => "set `path` in `[store]` to a file of promenade's own",
            Trouble::NotADatabase => {
                "restore the file from a copy, or set `path` in `[store]` to another file"
            }
            Trouble::Newer { .. } => "update promenade on this machine",
            Trouble::Older => "run a command that writes, such as `promenade run`, once with this version",
            Trouble::Network { .. } | Trouble::NoSharing { .. } => {
                "set `path` in `[store]` to a file on a disk of this machine"
            }
            Trouble::Denied => "run promenade as the user who owns the file and may write to its folder",
            Trouble::ReadOnly => "make the file and its folder writable for this user",
            Trouble::Full => {
                "free space on the disk; what was decided before is kept, and work continues by itself"
            }
            Trouble::Busy => "wait until that process continues, or end it",
            Trouble::Unclear => "ask for the same again; what was written already is recognised",
            Trouble::Disk(_) => "check the disk, then run `promenade store check`",
            Trouble::Damaged(_) => "run `promenade store check`",
            Trouble::File(_) | Trouble::Database(_) => return None,
        })
    }

    /// Whether the same request may succeed later without a change to the settings.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self.trouble,
            Trouble::Full | Trouble::Busy | Trouble::Unclear | Trouble::Disk(_) | Trouble::ReadOnly
        )
    }
}

impl Trouble {
    pub(super) fn of_file(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NoFile,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::IsADirectory => Self::NotAFile,
            _ => Self::File(error),
        }
    }

    /// By SQLite's result code: the lower eight bits are its kind.
    pub(super) fn of_database(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(answer) = &error else { return Self::Database(error) };
        let code = answer.code().and_then(|it| it.parse::<i32>().ok()).unwrap_or_default();
        match code & 0xff {
            3 | 23 => Self::Denied,
            5 | 6 => Self::Busy,
            8 => Self::ReadOnly,
            10 => Self::Disk(answer.message().to_owned()),
            11 => Self::Damaged(answer.message().to_owned()),
            13 => Self::Full,
            14 => Self::Denied,
            26 => Self::NotADatabase,
            _ => Self::Database(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_of_files_are_told_apart() {
        let of = |kind: io::ErrorKind| Trouble::of_file(io::Error::from(kind));
        assert!(matches!(of(io::ErrorKind::NotFound), Trouble::NoFile));
        assert!(matches!(of(io::ErrorKind::PermissionDenied), Trouble::Denied));
        assert!(matches!(of(io::ErrorKind::ReadOnlyFilesystem), Trouble::ReadOnly));
        assert!(matches!(of(io::ErrorKind::StorageFull), Trouble::Full));
        assert!(matches!(of(io::ErrorKind::IsADirectory), Trouble::NotAFile));
        assert!(matches!(of(io::ErrorKind::TimedOut), Trouble::File(_)));
    }

    #[test]
    fn an_error_names_the_file_and_what_to_do() {
        let error = StoreError::new(Path::new("/s.db"), Trouble::Newer { found: 9, known: 1 });
        let text = "the store /s.db: a newer promenade wrote it (version 9; this program reads up to 1)";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.advice(), Some("update promenade on this machine"));
        assert!(!error.may_pass());
        assert!(StoreError::new(Path::new("/s.db"), Trouble::Full).may_pass());
    }
}
