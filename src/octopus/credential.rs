//! How to log in: an API key, an access token, or the CI server's identity token.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;

use super::credential_error::CredentialError;

/// How to log in. Exactly one header is sent for each.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key, `API-…`.
    ApiKey(SecretString),
    /// An access token that was obtained elsewhere.
    AccessToken(SecretString),
    /// A token of the CI server that the Octopus server exchanges for an access token of its own.
    Oidc(OidcLogin),
}

/// Logs a service account in by the CI server's identity token.
#[derive(Debug, Clone)]
pub struct OidcLogin {
    /// The service account's id, a UUID, or an audience of its own.
    pub audience: String,
    /// Where the CI server's token comes from. It is read again for each exchange, as such tokens are
    /// short-lived.
    pub jwt: JwtSource,
}

/// Where the CI server's identity token comes from.
#[derive(Debug, Clone)]
pub enum JwtSource {
    /// The token itself.
    Text(SecretString),
    /// A file that holds it, and may hold a fresher one later.
    File(PathBuf),
    /// A command that prints it.
    Command(JwtCommand),
}

/// A command that prints an identity token.
#[derive(Debug, Clone)]
pub struct JwtCommand {
    /// The program: a path, or a name that is looked for in `PATH`.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Environment variables that it must not see: those that hold other secrets. The names that Octopus's
    /// own tools read are withheld in any case.
    pub withheld: Vec<String>,
    /// How long it may take. Default: 10 s.
    pub limit: Duration,
}

impl JwtCommand {
    /// A command that may take 10 s; `None` for an empty line.
    #[must_use]
    pub fn new(line: &[String]) -> Option<Self> {
        let (program, arguments) = line.split_first()?;
        Some(Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
            withheld: Vec::new(),
            limit: Duration::from_secs(10),
        })
    }
}

/// Variables that hold credentials for Octopus.
const WITHHELD: [&str; 4] =
    ["OCTOPUS_API_KEY", "OCTOPUS_ACCESS_TOKEN", "OCTOPUS_CLI_API_KEY", "OCTOPUS_CLI_PASSWORD"];

/// The largest identity token that is read, in bytes; none in use comes near.
const MAX_JWT: u64 = 64 * 1024;

impl JwtSource {
    /// The token as it is now, without white space around it.
    pub(super) async fn read(&self) -> Result<SecretString, CredentialError> {
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::File(path) => file(path).await?,
            Self::Command(command) => run(command).await?,
        };
        let token = text.expose_secret().trim_start_matches('\u{feff}').trim();
        if token.is_empty() { Err(CredentialError::Empty) } else { Ok(token.into()) }
    }
}

async fn file(path: &Path) -> Result<SecretString, CredentialError> {
    let failed = |reason: String| CredentialError::File { path: path.display().to_string(), reason };
    // A token's file is small and near; an asynchronous read would only move this to another thread.
    let size = std::fs::metadata(path).map_err(|it| failed(it.to_string()))?.len();
    if size > MAX_JWT {
        return Err(failed(format!("it is larger than {MAX_JWT} bytes")));
    }
    std::fs::read_to_string(path).map(SecretString::from).map_err(|it| failed(it.to_string()))
}

fn prepared(command: &JwtCommand) -> tokio::process::Command {
    let mut process = tokio::process::Command::new(&command.program);
    process.args(&command.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    process.kill_on_drop(true);
    for name in WITHHELD.into_iter().chain(command.withheld.iter().map(String::as_str)) {
        process.env_remove(name);
    }
    process
}

async fn run(command: &JwtCommand) -> Result<SecretString, CredentialError> {
    let failed = |reason: String| CredentialError::Command { program: command.program.clone(), reason };
    let mut child = prepared(command).spawn().map_err(|it| failed(it.to_string()))?;
    let Some(stdout) = child.stdout.take() else { return Err(failed("it has no output".to_owned())) };
    let finished = tokio::time::timeout(command.limit, async {
        let mut text = String::new();
        let read = stdout.take(MAX_JWT + 1).read_to_string(&mut text).await;
        // A command that prints too much would wait for ever for a reader of the rest.
        let ended = if text.len() as u64 > MAX_JWT {
            child.kill().await.and(child.wait().await)
        } else {
            child.wait().await
        };
        (SecretString::from(text), read, ended)
    });
    match finished.await {
        Err(_) => Err(failed(format!("it took longer than {} s", command.limit.as_secs_f32()))),
        Ok((_, Err(error), _)) | Ok((_, _, Err(error))) => Err(failed(error.to_string())),
        Ok((text, _, _)) if text.expose_secret().len() as u64 > MAX_JWT => {
            Err(failed(format!("it printed more than {MAX_JWT} bytes")))
        }
        Ok((_, _, Ok(status))) if !status.success() => Err(failed(status.to_string())),
        Ok((text, _, _)) => Ok(text),
    }
}

/// The header that carries an API key.
pub(super) fn api_key(key: &SecretString) -> Result<(HeaderName, HeaderValue), CredentialError> {
    let value = sensitive(key.expose_secret().trim()).ok_or(CredentialError::Unsendable("API key"))?;
    Ok((HeaderName::from_static("x-octopus-apikey"), value))
}

/// The header that carries an access token.
pub(super) fn bearer(token: &SecretString) -> Result<(HeaderName, HeaderValue), CredentialError> {
    let text = SecretString::from(format!("Bearer {}", token.expose_secret().trim()));
    let value = sensitive(text.expose_secret()).ok_or(CredentialError::Unsendable("access token"))?;
    Ok((AUTHORIZATION, value))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> JwtSource {
        let line = ["sh", "-c", script].map(str::to_owned);
        JwtSource::Command(JwtCommand::new(&line).unwrap())
    }

    async fn token(source: &JwtSource) -> Result<String, CredentialError> {
        source.read().await.map(|it| it.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn a_token_comes_from_text_file_or_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwt");
        std::fs::write(&path, "first\n").unwrap();
        let source = JwtSource::File(path.clone());
        assert_eq!(token(&source).await.unwrap(), "first");
        std::fs::write(&path, "second\n").unwrap();
        assert_eq!(token(&source).await.unwrap(), "second", "the file is read again");
        assert_eq!(token(&JwtSource::Text(" third ".into())).await.unwrap(), "third");
        assert_eq!(token(&sh("echo fourth")).await.unwrap(), "fourth");
    }

    #[tokio::test]
    async fn a_source_that_fails_says_why_and_shows_nothing() {
        let failures = [
            JwtSource::Text("  ".into()),
            JwtSource::File("/nowhere/jwt".into()),
            sh("echo hunter2; exit 3"),
            sh("yes hunter2"),
        ];
        for source in failures {
            let error = token(&source).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let mut slow = JwtCommand::new(&["sleep".to_owned(), "60".to_owned()]).unwrap();
        slow.limit = Duration::from_millis(20);
        let error = token(&JwtSource::Command(slow)).await.unwrap_err();
        assert!(error.to_string().contains("longer than"), "{error}");
    }

    #[test]
    fn credentials_are_withheld_from_the_command() {
        let mut command = JwtCommand::new(&["printenv".to_owned()]).unwrap();
        command.withheld.push("MY_KEY".to_owned());
        let process = prepared(&command);
        let removed: Vec<_> =
            process.as_std().get_envs().filter(|it| it.1.is_none()).map(|it| it.0).collect();
        for name in WITHHELD.into_iter().chain(["MY_KEY"]) {
            assert!(removed.contains(&name.as_ref()), "{name}");
        }
    }

    #[test]
    fn headers_are_one_for_each_kind() {
        let (name, value) = api_key(&"API-1\n".into()).unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-octopus-apikey", "API-1"));
        let (name, value) = bearer(&"ey1".into()).unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("authorization", "Bearer ey1"));
        assert!(value.is_sensitive());
        let error = api_key(&"API-HUNTER2\nX".into()).unwrap_err().to_string();
        assert!(!error.contains("HUNTER2"));
    }
}
