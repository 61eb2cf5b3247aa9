//! The real program, in an environment that holds nothing of the developer's own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_promenade");

/// A command that inherits nothing but a way to find other programs.
pub(crate) fn scrubbed(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
    command
}

/// A running sandbox, ended when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Sandbox {
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) space: String,
    process: Child,
}

impl Sandbox {
    /// Starts `promenade sandbox` with these further arguments and waits until it says where it is.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut process = scrubbed(PROGRAM)
            .args(["sandbox", "--listen", "127.0.0.1:0", "--json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("its output is a pipe");
        BufReader::new(output).read_line(&mut line).expect("its first line is text");
        let ready: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("the sandbox said {line:?}: {e}"));
        let field =
            |name: &str| ready[name].as_str().unwrap_or_else(|| panic!("{name} in {line}")).to_owned();
        Self { url: field("url"), api_key: field("apiKey"), space: field("space"), process }
    }

    /// Tells a command of this server, in the variables that Octopus's own tools read.
    pub(crate) fn introduce(&self, command: &mut Command) {
        command.env("OCTOPUS_URL", &self.url).env("OCTOPUS_API_KEY", &self.api_key);
        command.env("OCTOPUS_SPACE", &self.space);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
