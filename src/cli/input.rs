//! What comes in beside the arguments: environment variables, files, standard input, secrets.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use promenade::ci::Sources;
use promenade::ci::settings::SecretSource;
use secrecy::{ExposeSecret, SecretString};

/// No settings, event or notes are nearly as large.
const LARGEST: u64 = 1024 * 1024;
/// No key or token is nearly as large.
const LARGEST_SECRET: u64 = 64 * 1024;
/// How long a command may take to print a secret.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);
/// Variables that hold secrets by their name; what they hold is redacted even where settings do not name them.
const SECRET_VARIABLES: [&str; 4] =
    ["OCTOPUS_API_KEY", "OCTOPUS_ACCESS_TOKEN", "OCTOPUS_CLI_API_KEY", "OCTOPUS_CLI_PASSWORD"];

/// The environment variables and arguments of the process.
pub(crate) struct Environment {
    variables: BTreeMap<String, String>,
    arguments: Vec<OsString>,
}

impl Environment {
    /// Reads them; a variable that is not Unicode is of no use to us.
    pub(crate) fn of_process() -> Self {
        let text =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self {
            variables: std::env::vars_os().filter_map(text).collect(),
            arguments: std::env::args_os().collect(),
        }
    }

    /// An environment of these variables alone.
    pub(crate) fn with(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { variables: variables.iter().map(owned).collect(), arguments: Vec::new() }
    }

    /// The arguments, the program's name first.
    pub(crate) fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// All variables.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }

    /// Secrets that are there whatever the settings say: the credentials of Octopus's own tools, and the
    /// passwords of proxies.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        let by_name = SECRET_VARIABLES.iter().filter_map(|it| self.get(it)).map(str::to_owned);
        let proxies = self.variables.iter().filter(|(name, _)| name.to_lowercase().ends_with("_proxy"));
        let password = |(_, url): (&String, &String)| {
            let (_, rest) = url.split_once("://")?;
            let (user, _) = rest.rsplit_once('@')?;
            Some(user.split_once(':')?.1.to_owned())
        };
        by_name.chain(proxies.filter_map(password)).map(SecretString::from).collect()
    }
}

/// Reads what settings only name, and remembers every secret that it has read.
pub(crate) struct Reader<'a> {
    environment: &'a Environment,
    read: Mutex<Vec<SecretString>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(environment: &'a Environment) -> Self {
        Self { environment, read: Mutex::default() }
    }

    /// Every secret that was read so far.
    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Sources for Reader<'_> {
    fn secret(&self, source: &SecretSource) -> Result<SecretString, String> {
        let text = match source {
            SecretSource::Environment(name) => match self.environment.get(name) {
                Some(value) => value.to_owned(),
                None => return Err(format!("the environment variable {name} is not set, or empty")),
            },
            SecretSource::File(path) => read(path, LARGEST_SECRET)?,
            SecretSource::Command(words) => print_of(words)?,
        };
        let secret = SecretString::from(text.trim().to_owned());
        if secret.expose_secret().is_empty() {
            return Err("it is empty".to_owned());
        }
        self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(secret.clone());
        Ok(secret)
    }

    fn text(&self, path: &Path) -> Result<String, String> {
        read(path, LARGEST)
    }
}

/// The bytes of a settings file or event, one more than is allowed at the most, so that too large a file is
/// noticed by whoever reads it.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// The bytes of standard input, limited likewise.
pub(crate) fn standard_input() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("standard input cannot be read: {error}"))?;
    Ok(bytes)
}

fn read(path: &Path, largest: u64) -> Result<String, String> {
    let read = || -> std::io::Result<String> {
        let mut text = String::new();
        std::fs::File::open(path)?.take(largest + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read().map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    if text.len() as u64 > largest {
        return Err(format!("{} is larger than {largest} bytes", path.display()));
    }
    Ok(text)
}

/// What a program prints; run without a shell, without our credentials, and not for long.
fn print_of(words: &[String]) -> Result<String, String> {
    let Some((program, arguments)) = words.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    for name in SECRET_VARIABLES {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(|error| format!("`{program}` could not be started: {error}"))?;
    let Some(output) = child.stdout.take() else {
        return Err(format!("`{program}` has no output"));
    };
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        output.take(LARGEST_SECRET).read_to_string(&mut text).map(|_| text)
    });
    let deadline = Instant::now() + COMMAND_LIMIT;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                // It may have ended by itself just now; either way it does not run on.
                child.kill().ok();
                child.wait().ok();
                return Err(format!("`{program}` took longer than {} s", COMMAND_LIMIT.as_secs()));
            }
        }
    };
    if !status.success() {
        return Err(format!("`{program}` failed with {status}"));
    }
    match reading.join() {
        Ok(Ok(text)) => Ok(text),
        _ => Err(format!("what `{program}` printed is not text")),
    }
}
