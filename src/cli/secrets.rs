//! What comes in beside the arguments: environment variables, files, standard input, secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use promenade::ci::{Files, SourceError, Sources};
use promenade::event::expression::RunContext;
use promenade::model::SecretSource;
use secrecy::{ExposeSecret, SecretString};

use super::output::Output;

/// No settings, event or notes are nearly as large.
const LARGEST: u64 = 1024 * 1024;
/// No key or token is nearly as large.
const LARGEST_SECRET: u64 = 64 * 1024;
/// How long a command may take to print a secret.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);
/// Variables that hold secrets by their name; what they hold is redacted even where settings do not name them.
const SECRET_VARIABLES: [&str; 5] = [
    "OCTOPUS_API_KEY",
    "OCTOPUS_ACCESS_TOKEN",
    "OCTOPUS_CLI_API_KEY",
    "OCTOPUS_CLI_PASSWORD",
    "OCTOPUS_PASSWORD",
];

/// Variables in which CI servers give a step credentials of its own. They are redacted too, and yet a command that
/// fetches an identity token, or the server's own program, cannot do without them.
pub(super) const SERVER_VARIABLES: [&str; 14] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "BITBUCKET_STEP_OIDC_TOKEN",
    "BUILDKITE_AGENT_ACCESS_TOKEN",
    "CIRCLE_OIDC_TOKEN",
    "CIRCLE_OIDC_TOKEN_V2",
    "CI_DEPLOY_PASSWORD",
    "CI_JOB_TOKEN",
    "CI_NETRC_PASSWORD",
    "CI_REGISTRY_PASSWORD",
    "DRONE_NETRC_PASSWORD",
    "GITEA_TOKEN",
    "GITHUB_TOKEN",
    "SYSTEM_ACCESSTOKEN",
];

/// The environment variables and arguments of the process.
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    /// The names of variables whose values are not Unicode, and so of no use to us.
    unreadable: BTreeSet<String>,
    arguments: Vec<OsString>,
}

impl Environment {
    /// Reads them.
    pub(crate) fn of_process() -> Self {
        let (mut variables, mut unreadable) = (BTreeMap::new(), BTreeSet::new());
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(variables.insert(name, value)),
                Err(_) => drop(unreadable.insert(name)),
            }
        }
        Self { variables, unreadable, arguments: std::env::args_os().collect() }
    }

    /// An environment of these variables alone.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            variables: variables.iter().map(owned).collect(),
            unreadable: BTreeSet::new(),
            arguments: Vec::new(),
        }
    }

    /// The arguments, the program's name first.
    pub(crate) fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// All variables.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The names of variables whose values are not Unicode.
    pub(crate) fn unreadable(&self) -> &BTreeSet<String> {
        &self.unreadable
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }

    /// Secrets that are there whatever the settings say: the credentials of Octopus's own tools and of CI servers,
    /// and the passwords of proxies.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        let names = SECRET_VARIABLES.iter().chain(&SERVER_VARIABLES);
        let by_name = names.filter_map(|it| self.get(it)).map(SecretString::from);
        let proxies = self.variables.iter().filter(|(name, _)| is_proxy(name));
        by_name.chain(proxies.flat_map(|(_, url)| proxy_secrets(url))).collect()
    }

    /// The names of the variables that hold one of these secrets, or one of [`Self::secrets`].
    fn holders(&self, more: &[SecretString]) -> impl Iterator<Item = &str> {
        let holds = |name: &str, value: &str| {
            SECRET_VARIABLES.contains(&name)
                || is_proxy(name) && !proxy_secrets(value).is_empty()
                || more.iter().any(|it| it.expose_secret().trim() == value.trim())
        };
        let servers = |name: &str| SERVER_VARIABLES.contains(&name);
        let held = self.variables.iter().filter(move |(name, value)| !servers(name) && holds(name, value));
        held.map(|(name, _)| name.as_str())
    }
}

fn is_proxy(name: &str) -> bool {
    name.to_lowercase().ends_with("_proxy")
}

/// The password in a proxy's address, or the user name that stands for one: as it is written there, and as it is sent.
fn proxy_secrets(url: &str) -> Vec<SecretString> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return Vec::new() };
    let password = user.split_once(':').map_or(user, |(_, password)| password);
    let sent = percent_encoding::percent_decode_str(password).decode_utf8_lossy().into_owned();
    [password.to_owned(), sent].into_iter().filter(|it| !it.is_empty()).map(SecretString::from).collect()
}

/// Reads what settings only name, and remembers every secret that it has read.
pub(crate) struct Reader<'a> {
    environment: &'a Environment,
    /// Secrets of this run that are known without having been read here.
    known: Vec<SecretString>,
    read: Mutex<Vec<SecretString>>,
    /// What knows every secret of the run; without it, as in a world without any, no text is changed.
    output: Option<&'a Output>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, known: Vec::new(), read: Mutex::default(), output: None }
    }

    /// The same, where this output knows the run's secrets.
    pub(crate) fn redacting(self, output: &'a Output) -> Self {
        Self { output: Some(output), ..self }
    }

    /// The same, with secrets of this run that are read elsewhere.
    pub(crate) fn knowing(mut self, known: impl IntoIterator<Item = SecretString>) -> Self {
        self.known.extend(known);
        self
    }

    /// Every secret that was read so far.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The variables that a child process must not see: those that hold a secret of this run.
    pub(crate) fn withheld(&self) -> Vec<String> {
        let secrets = [self.secrets(), self.known.clone()].concat();
        self.environment.holders(&secrets).map(str::to_owned).collect()
    }
}

impl RunContext for Reader<'_> {
    fn redacted(&self, text: &str) -> String {
        self.output.map_or_else(|| text.to_owned(), |it| it.redacted(text))
    }

    fn is_unreadable(&self, variable: &str) -> bool {
        self.environment.unreadable.contains(variable)
    }
}

impl Files for Reader<'_> {
    fn text(&self, path: &Path) -> Result<String, SourceError> {
        read(path, LARGEST)
    }
}

impl Sources for Reader<'_> {
    fn secret(&self, source: &SecretSource) -> Result<SecretString, SourceError> {
        let text = match source {
            SecretSource::Environment(name) => match self.environment.get(name) {
                Some(value) => value.to_owned(),
                None if self.environment.unreadable.contains(name) => {
                    let message = format!("the environment variable {name} is not Unicode text");
                    return Err(SourceError::new(message, "set it anew"));
                }
                None => {
                    let message = format!("the environment variable {name} is not set, or empty");
                    return Err(SourceError::new(message, "set it, or name another"));
                }
            },
            SecretSource::File(path) => read(path, LARGEST_SECRET)?,
            SecretSource::Command(words) => print_of(words, &self.withheld())?,
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

/// The bytes of a settings file or event, one more than is allowed at the most, so that too large a file is
/// noticed by whoever reads it.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    begun(path, LARGEST).map_err(|it| it.to_string())
}

/// The same; `None` where there is no such file.
pub(crate) fn bytes_if_there(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => bytes(path).map(Some),
    }
}

/// The bytes of standard input, limited likewise.
pub(crate) fn standard_input() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| {
        format!("standard input cannot be read: {error}; hand the event in by a pipe, or name its file")
    })?;
    Ok(unmarked(bytes))
}

/// The bytes without the sign that some programs put before a text to say how it is encoded.
fn unmarked(bytes: Vec<u8>) -> Vec<u8> {
    match bytes.strip_prefix("\u{feff}".as_bytes()) {
        Some(rest) => rest.to_vec(),
        None => bytes,
    }
}

fn begun(path: &Path, largest: u64) -> Result<Vec<u8>, SourceError> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(largest + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map(unmarked).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::NotFound => "check the path, which counts from the working folder",
            ErrorKind::IsADirectory => "name a file",
            ErrorKind::PermissionDenied => "let the user that runs promenade read it",
            _ => "check that it is a file that can be read",
        };
        SourceError::new(format!("{} cannot be read: {error}", path.display()), remedy)
    })
}

fn read(path: &Path, largest: u64) -> Result<String, SourceError> {
    let bytes = begun(path, largest)?;
    let path = path.display();
    if bytes.len() as u64 > largest {
        let message = format!("{path} is larger than {largest} bytes");
        return Err(SourceError::new(message, "check that it is the right file"));
    }
    String::from_utf8(bytes).map_err(|_| SourceError::new(format!("{path} is not UTF-8"), "save it as UTF-8"))
}

/// What a program prints; run without a shell, without our credentials, and not for long.
fn print_of(words: &[String], withheld: &[String]) -> Result<String, SourceError> {
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
    let by_hand = "run it by hand to see why";
    let Some(output) = child.stdout.take() else {
        return Err(SourceError::new(format!("`{program}` has no output"), by_hand));
    };
    let deadline = Instant::now() + COMMAND_LIMIT;
    let (printed, reading) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(LARGEST_SECRET + 1).read_to_end(&mut bytes).map(|_| bytes);
        // Nobody listens any more where the time is over.
        printed.send(read).ok();
    });
    let too_long = || {
        let message = format!("`{program}` took longer than {} s", COMMAND_LIMIT.as_secs());
        SourceError::new(message, by_hand)
    };
    let read = reading.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if read.is_ok() && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
            }
            _ => {
                // It may have ended by itself just now; either way it does not run on.
                child.kill().ok();
                child.wait().ok();
                return Err(too_long());
            }
        }
    };
    let Ok(Ok(bytes)) = read else { return Err(too_long()) };
    if bytes.len() as u64 > LARGEST_SECRET {
        let message = format!("`{program}` printed more than {LARGEST_SECRET} bytes");
        return Err(SourceError::new(message, "let it print the secret alone"));
    }
    if !status.success() {
        return Err(SourceError::new(format!("`{program}` failed with {status}"), by_hand));
    }
    String::from_utf8(unmarked(bytes)).map_err(|_| {
        let message = format!("what `{program}` printed is not UTF-8 text");
        SourceError::new(message, "let it print the secret alone")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_proxy_is_found_wherever_it_is_written() {
        let found = |url: &str| -> Vec<String> {
            proxy_secrets(url).iter().map(|it| it.expose_secret().to_owned()).collect()
        };
        assert_eq!(found("http://ann:p%40ss:word@proxy.example:8080/"), ["p%40ss:word", "p@ss:word"]);
        assert_eq!(found("ann:hunter@2@proxy.example"), ["hunter@2", "hunter@2"]);
        assert_eq!(found("http://token@proxy.example"), ["token", "token"]);
        for open in [
            "http://proxy.example:8080",
            "proxy.example:8080",
            "http://proxy.example/a@b",
            "localhost,.example",
            "",
        ] {
            assert!(found(open).is_empty(), "{open}");
        }
    }

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
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let environment = Environment { variables, unreadable: BTreeSet::new(), arguments: Vec::new() };
        let mut withheld = Reader::new(&environment).knowing(["hunter2".into()]).withheld();
        withheld.sort();
        assert_eq!(withheld, ["HTTPS_PROXY", "MY_KEY", "OCTOPUS_API_KEY"]);
    }
}
