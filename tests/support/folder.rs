//! A folder for the files of one scenario, and what the program said when it ran there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::program::{PROGRAM, scrubbed};

/// A folder that is gone when the scenario is over.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the scenario's files"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and says where it is.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).expect("the file is written");
        path
    }

    /// The text of a file, byte sequences that are no text replaced.
    pub(crate) fn read(&self, name: &str) -> String {
        let bytes = std::fs::read(self.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The program with these arguments, in this folder.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = scrubbed(PROGRAM);
        command.args(arguments).current_dir(self.path());
        command
    }

    /// Runs the program with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        Told::by(&mut self.program(arguments))
    }
}

/// What a program said, and how it ended.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The exit code; -1 where a signal ended it.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Told {
    pub(crate) fn by(command: &mut Command) -> Self {
        command.output().expect("the program starts").into()
    }

    /// Both outputs, one after the other.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl From<Output> for Told {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
