//! Speaks to the CI server: prints its lines, writes its files, runs its program.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use promenade::ci::servers::{Act, CiServer, Message, MessageContext, Variables};
use secrecy::{ExposeSecret, SecretString};

use super::child;
use super::process::SERVER_VARIABLES;

/// How long a program of the server's may take to be told something.
const PROGRAM_LIMIT: Duration = Duration::from_secs(20);

/// One run's way of speaking to one server.
pub(crate) struct Speaker {
    server: CiServer,
    variables: Variables,
    run: String,
}

impl Default for Speaker {
    fn default() -> Self {
        Self::new(CiServer::Shell, Variables::new())
    }
}

impl Speaker {
    pub(crate) fn is_shell(&self) -> bool {
        self.server == CiServer::Shell
    }

    pub(crate) fn new(server: CiServer, variables: Variables) -> Self {
        // Each holds a key that the operating system has drawn.
        let random = || RandomState::new().build_hasher().finish();
        let run = format!("{:016x}{:016x}", random(), random());
        Self { server, variables, run }
    }

    /// What is to be done so that the server hears this.
    pub(crate) fn acts(&self, message: &Message<'_>, outputs_file: Option<&str>) -> Vec<Act> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let now = i64::try_from(now).unwrap_or_default();
        let context = MessageContext { variables: &self.variables, now, run: &self.run, outputs_file };
        self.server.render(message, &context)
    }

    /// Runs a program of the server's, not for long. It sees no variable that holds one of these secrets, but its
    /// server's own; it may need the way through a proxy.
    ///
    /// # Errors
    /// Why it could not be told, in words.
    pub(crate) fn tell(
        &self,
        program: &str,
        arguments: &[String],
        input: &str,
        secrets: &[SecretString],
    ) -> Result<(), String> {
        let words = || format!("`{program} {}`", arguments.first().map_or("", String::as_str));
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let held = |value: &str| secrets.iter().any(|it| it.expose_secret().trim() == value.trim());
        for (name, _) in self.variables.iter().filter(|(_, value)| held(value)) {
            if !SERVER_VARIABLES.contains(&name.as_str()) {
                command.env_remove(name);
            }
        }
        let started = command.spawn();
        let mut child = started.map_err(|error| format!("{} could not be started: {error}", words()))?;
        let deadline = Instant::now() + PROGRAM_LIMIT;
        if let Some(mut pipe) = child.stdin.take() {
            let input = input.to_owned();
            // A program that does not read must not hold us up; its own end closes the pipe.
            std::thread::spawn(move || pipe.write_all(input.as_bytes()).ok());
        }
        match child::wait_until(&mut child, deadline) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("{} failed with {status}", words())),
            None => Err(format!("{} took longer than {} s", words(), PROGRAM_LIMIT.as_secs())),
        }
    }
}

/// Adds this text to the end of a file.
///
/// # Errors
/// Why it could not be written, in words.
pub(crate) fn append(path: &str, text: &str) -> Result<(), String> {
    let open = std::fs::OpenOptions::new().append(true).create(true).open(path);
    let written = open.and_then(|mut it| it.write_all(text.as_bytes()));
    written.map_err(|error| format!("{path} cannot be written: {error}"))
}

/// Makes this the text of a file.
///
/// # Errors
/// Why it could not be written, in words.
pub(crate) fn write(path: &str, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{path} cannot be written: {error}"))
}
