//! Reads the secrets that settings name: from a variable, a file, or what a command prints.

use std::io::Read;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use promenade::ci::{Files, SourceError, Sources};
use promenade::event::expression::RunContext;
use promenade::model::SecretSource;
use secrecy::{ExposeSecret, SecretString};

use super::output::Output;
use super::process::Process;
use super::{child, files};

/// The size limit of a secret, in bytes. No key or token is nearly as large.
const LARGEST_SECRET: u64 = 64 * 1024;
/// How long a command may take to print a secret.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);

/// Reads what settings only name, and remembers every secret that it has read.
pub(crate) struct Reader<'a> {
    process: &'a Process,
    /// Secrets of this run that were not read here.
    known: Vec<SecretString>,
    read: Mutex<Vec<SecretString>>,
    /// Knows every secret of the run. Without it no text is redacted.
    output: Option<&'a Output>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(process: &'a Process) -> Self {
        Self { process, known: Vec::new(), read: Mutex::default(), output: None }
    }

    /// The same, which redacts texts as this output does.
    pub(crate) fn redacting(self, output: &'a Output) -> Self {
        Self { output: Some(output), ..self }
    }

    /// The same, with secrets of this run that were read elsewhere.
    pub(crate) fn knowing(mut self, known: impl IntoIterator<Item = SecretString>) -> Self {
        self.known.extend(known);
        self
    }

    /// Every secret that it has read so far.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The variables that a child process must not see: those that hold a secret of this run.
    pub(crate) fn withheld(&self) -> Vec<String> {
        let secrets = [self.secrets(), self.known.clone()].concat();
        self.process.holders(&secrets).map(str::to_owned).collect()
    }
}

impl RunContext for Reader<'_> {
    fn redacted(&self, text: &str) -> String {
        self.output.map_or_else(|| text.to_owned(), |it| it.redacted(text))
    }

    fn is_unreadable(&self, variable: &str) -> bool {
        self.process.unreadable().contains(variable)
    }
}

impl Files for Reader<'_> {
    fn text(&self, path: &Path) -> Result<String, SourceError> {
        files::text(path, files::LARGEST)
    }
}

impl Sources for Reader<'_> {
    fn secret(&self, source: &SecretSource) -> Result<SecretString, SourceError> {
        let text = match source {
            SecretSource::Variable(name) => match self.process.variable(name) {
                Some(value) => value.to_owned(),
                None if self.process.unreadable().contains(name) => {
                    let message = format!("the environment variable {name} is not Unicode text");
                    return Err(SourceError::new(message, "set it again"));
                }
                None => {
                    let message = format!("the environment variable {name} is not set, or empty");
                    return Err(SourceError::new(message, "set it, or name another"));
                }
            },
            SecretSource::File(path) => files::text(path, LARGEST_SECRET)?,
            SecretSource::Command(words) => printed_by(words, &self.withheld())?,
        };
        let secret = SecretString::from(text.trim().to_owned());
        if secret.expose_secret().is_empty() {
            return Err(SourceError::new("it is empty", "put the secret where the settings point to"));
        }
        self.read.lock().unwrap_or_else(PoisonError::into_inner).push(secret.clone());
        Ok(secret)
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Runs a program, without a shell and without our credentials, for at most [`COMMAND_LIMIT`]; returns what it prints.
fn printed_by(words: &[String], withheld: &[String]) -> Result<String, SourceError> {
    const BY_HAND: &str = "run it by hand to see why";
    let Some((program, arguments)) = words.split_first() else {
        return Err(SourceError::new("the command is empty", "write the program and its arguments"));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    for name in withheld {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(|error| {
        SourceError::new(format!("`{program}` could not be started: {error}"), "check its path")
    })?;
    let Some(output) = child.stdout.take() else {
        return Err(SourceError::new(format!("`{program}` has no output"), BY_HAND));
    };
    let deadline = Instant::now() + COMMAND_LIMIT;
    let read = reading(output).recv_timeout(deadline.saturating_duration_since(Instant::now()));
    // Without its output it is not waited for any longer.
    let status = child::wait_until(&mut child, if read.is_ok() { deadline } else { Instant::now() });
    let (Some(status), Ok(Ok(bytes))) = (status, read) else {
        let message = format!("`{program}` took longer than {} s", COMMAND_LIMIT.as_secs());
        return Err(SourceError::new(message, BY_HAND));
    };
    if bytes.len() as u64 > LARGEST_SECRET {
        let message = format!("`{program}` printed more than {LARGEST_SECRET} bytes");
        return Err(SourceError::new(message, "let it print the secret alone"));
    }
    if !status.success() {
        return Err(SourceError::new(format!("`{program}` failed with {status}"), BY_HAND));
    }
    String::from_utf8(files::without_mark(bytes)).map_err(|_| {
        let message = format!("what `{program}` printed is not UTF-8 text");
        SourceError::new(message, "let it print the secret alone")
    })
}

/// Reads a program's output on a thread of its own, so that the wait for it can have a limit.
fn reading(output: ChildStdout) -> Receiver<std::io::Result<Vec<u8>>> {
    let (printed, reading) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(LARGEST_SECRET + 1).read_to_end(&mut bytes).map(|_| bytes);
        // After the limit nobody receives it.
        printed.send(read).ok();
    });
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_hold_a_secret_are_withheld() {
        let variables = [
            ("OCTOPUS_API_KEY", "API-1"),
            ("MY_KEY", " hunter2\n"),
            ("HTTPS_PROXY", "http://ann:pass@proxy.example"),
            ("NO_PROXY", "localhost"),
            ("PATH", "/bin"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "hunter2"),
        ];
        let process = Process::with(&variables);
        let mut withheld = Reader::new(&process).knowing(["hunter2".into()]).withheld();
        withheld.sort();
        assert_eq!(withheld, ["HTTPS_PROXY", "MY_KEY", "OCTOPUS_API_KEY"]);
    }
}
