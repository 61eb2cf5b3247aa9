//! The connection, checked: which server, who asks, for which project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::backend::is_address;
use crate::ci::document::{Node, Origin, Table, Value};
use crate::ci::problem::Problem;
use crate::model::{ChannelName, ProjectName, SecretSource, SpaceName};

use super::wire;

/// How the server is reached, and for which project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// The server's address as it was written.
    pub url: String,
    /// The space; `None` = the server's default.
    pub space: Option<SpaceName>,
    /// The project.
    pub project: ProjectName,
    /// The channel; `None` = the server's choice, or any.
    pub channel: Option<ChannelName>,
    /// Who asks.
    pub credential: CredentialSource,
    /// Further certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
    /// By which this client shows who it is.
    pub client_certificate: Option<ClientCertificate>,
    /// The way to the server.
    pub proxy: Proxy,
    /// Whether the server's certificate is verified.
    pub verify_tls: bool,
    /// How long making a connection may take.
    pub connect_limit: Duration,
    /// How long the server may stay silent.
    pub read_limit: Duration,
    /// How long a call that fails in passing is repeated outside of a wait.
    pub retry_limit: Duration,
}

/// Who asks, and where the proof of it is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// An API key.
    ApiKey(SecretSource),
    /// An access token, sent as it is.
    AccessToken(SecretSource),
    /// An identity token of the CI server, exchanged for an access token.
    Oidc {
        /// The service account's id, which is the token's audience.
        service_account: String,
        /// The identity token.
        token: SecretSource,
    },
}

/// A certificate by which this client shows who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The file of the certificate and its chain (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: SecretSource,
}

/// The way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxy {
    /// As HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
    System,
    /// None.
    None,
    /// This one.
    Url(String),
}

/// Variables that settings fall back to: the key of `[connection]`, and its variables, the first first.
const FALLBACKS: [(&str, &[&str]); 2] =
    [("url", &["OCTOPUS_URL", "OCTOPUS_CLI_SERVER"]), ("space", &["OCTOPUS_SPACE"])];
const KEY_FALLBACKS: [(&str, &[&str]); 2] =
    [("api-key", &["OCTOPUS_API_KEY", "OCTOPUS_CLI_API_KEY"]), ("access-token", &["OCTOPUS_ACCESS_TOKEN"])];
const PASSWORDS: [&str; 4] =
    ["OCTOPUS_CLI_USERNAME", "OCTOPUS_CLI_PASSWORD", "OCTOPUS_USERNAME", "OCTOPUS_PASSWORD"];
const CREDENTIALS: [&str; 3] = ["api-key", "access-token", "oidc"];

/// Adds what the environment says to a document, under what file and flags say.
///
/// A credential in file or flags stands alone: the environment's own is then not looked at.
pub(super) fn with_environment(root: &Node, environment: &BTreeMap<String, String>) -> Node {
    let mut table = Table::new();
    let set = |name: &&&str| environment.get(**name).is_some_and(|it| !it.trim().is_empty());
    let mut add = |key: &str, name: &str, node: Node| {
        let origin = Origin::Environment(name.to_owned());
        table.insert(key.to_owned(), crate::ci::document::Entry { key: origin, node });
    };
    for (key, names) in FALLBACKS {
        if let Some(name) = names.iter().find(set) {
            let text = environment.get(*name).map(String::as_str).unwrap_or_default();
            add(key, name, Node::text(text.trim(), &Origin::Environment((*name).to_owned())));
        }
    }
    let connection = root.get("connection");
    if !CREDENTIALS.iter().any(|it| connection.is_some_and(|connection| connection.get(it).is_some())) {
        for (key, names) in KEY_FALLBACKS {
            if let Some(name) = names.iter().find(set) {
                let origin = Origin::Environment((*name).to_owned());
                add(key, name, Node::entry("env", Node::text(*name, &origin)));
            }
        }
    }
    let below = Node::new(Value::Table(table), connection.map_or(&root.origin, |it| &it.origin));
    let mut whole = Node::entry("connection", below);
    whole.origin = root.origin.clone();
    whole.overlay(root.clone());
    whole
}

/// Variables that would be taken if they could be read. To go on without one would be another server, space or user
/// than was meant.
pub(super) fn unreadable_problems(
    root: &Node,
    environment: &BTreeMap<String, String>,
    unreadable: &BTreeSet<String>,
) -> Vec<Problem> {
    let connection = root.get("connection");
    let has = |key: &str| connection.is_some_and(|it| it.get(key).is_some());
    let has_credential = CREDENTIALS.iter().any(|it| has(it));
    let keys = FALLBACKS.iter().filter(|(key, _)| !has(key));
    let credentials = KEY_FALLBACKS.iter().filter(|_| !has_credential);
    let is_set = |name: &&str| environment.get(*name).is_some_and(|it| !it.trim().is_empty());
    let first = |names: &'static [&'static str]| {
        names.iter().copied().find(|it| unreadable.contains(*it) || is_set(it))
    };
    let taken = keys.chain(credentials).filter_map(|(_, names)| first(names));
    let lost = taken.filter(|it| unreadable.contains(*it)).map(|name| {
        let origin = Origin::Environment(name.to_owned());
        Problem::new(&origin, "it is not Unicode text", "set it anew, or leave it out")
    });
    lost.collect()
}

/// What the environment asks for that cannot be done.
pub(super) fn password_problem(root: &Node, environment: &BTreeMap<String, String>) -> Option<Problem> {
    let connection = root.get("connection");
    let has_other =
        CREDENTIALS.iter().any(|it| connection.is_some_and(|connection| connection.get(it).is_some()));
    let name = PASSWORDS.iter().find(|it| environment.get(**it).is_some_and(|it| !it.is_empty()))?;
    let advice = "make an API key on the server (your profile, API keys) and set OCTOPUS_API_KEY";
    (!has_other).then(|| {
        let origin = Origin::Environment((*name).to_owned());
        Problem::new(&origin, "user name and password are not supported", advice)
    })
}

/// The connection of a document that fits the schema.
pub(super) fn connection(
    wire: &wire::Connection,
    node: &Node,
    problems: &mut Vec<Problem>,
) -> Option<ConnectionSettings> {
    let found = problems.len();
    let mut say = |key: &str, message: String, remedy: &str| {
        let origin = node.get(key).map_or(&node.origin, |it| &it.origin);
        problems.push(Problem::new(origin, message, remedy));
    };
    for (key, value) in [
        ("url", &wire.url),
        ("project", &wire.project),
        ("space", &wire.space),
        ("channel", &wire.channel),
        ("ca-file", &wire.ca_file),
    ] {
        if value.as_ref().is_some_and(|it| it.trim().is_empty()) && key != "channel" {
            say(key, format!("connection.{key} is blank"), "write a value, or leave the key out");
        }
    }
    for key in ["project", "space", "channel"] {
        if let Some(Value::Text(text)) = node.get(key).map(|it| &it.value)
            && text.names_expressions()
        {
            let message = format!(
                "connection.{key} holds an expression, and expressions do not work in the connection"
            );
            say(key, message, "write the value, or hand it in as a flag");
        }
    }
    if node.get("url").is_none() {
        let remedy = "add `url = \"https://…\"` to `[connection]`, or set OCTOPUS_URL, or give `--url`";
        say("url", "no server is named".to_owned(), remedy);
    }
    if node.get("project").is_none() {
        let remedy = "add `project = \"…\"` to `[connection]`, or give `--project`";
        say("project", "no project is named".to_owned(), remedy);
    }
    if let Some(url) = wire.url.as_ref().filter(|it| !it.trim().is_empty()) {
        check_url("url", url, &mut say);
    }
    let proxy = match wire.proxy.trim() {
        "" | "system" => Proxy::System,
        "none" => Proxy::None,
        address => {
            check_url("proxy", address, &mut say);
            Proxy::Url(address.to_owned())
        }
    };
    let credential = credential(wire, node, &mut say);
    if problems.len() > found {
        return None;
    }
    let path = |it: &Option<String>| it.as_ref().map(PathBuf::from);
    Some(ConnectionSettings {
        url: wire.url.clone()?.trim().to_owned(),
        space: wire.space.as_deref().map(|it| SpaceName::from(it.trim())),
        project: ProjectName::new(wire.project.as_deref()?.trim()),
        channel: wire.channel.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(ChannelName::from),
        credential: credential?,
        ca_file: path(&wire.ca_file),
        client_certificate: wire.client_certificate.as_ref().and_then(|it| {
            let certificate = PathBuf::from(&it.certificate);
            Some(ClientCertificate { certificate, key: source(&it.key)? })
        }),
        proxy,
        verify_tls: wire.verify_tls,
        connect_limit: wire.connect_limit.0,
        read_limit: wire.read_limit.0,
        retry_limit: wire.retry_limit.0,
    })
}

fn check_url(key: &str, url: &str, say: &mut dyn FnMut(&str, String, &str)) {
    let rest = url.trim().strip_prefix("https://").or_else(|| url.trim().strip_prefix("http://"));
    let Some(rest) = rest else {
        return say(key, format!("connection.{key} is no address"), "begin it with `https://` or `http://`");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        let message = format!(
            "connection.{key} holds a user name or password, and secrets do not belong into settings"
        );
        say(key, message, "leave it out; a proxy's own goes into HTTPS_PROXY");
    } else if authority.is_empty() {
        say(key, format!("connection.{key} names no server"), "write `https://` and the server's name");
    } else if key == "url" && rest.contains(['?', '#']) {
        say(
            key,
            "connection.url has a query".to_owned(),
            "write the server's address up to its base path alone",
        );
    } else if !is_address(url) {
        let message = format!("connection.{key} is no address: its server's name or its port is wrong");
        say(key, message, "write it such as `https://octopus.example` or `https://octopus.example:8443`");
    }
}

fn credential(
    wire: &wire::Connection,
    node: &Node,
    say: &mut dyn FnMut(&str, String, &str),
) -> Option<CredentialSource> {
    let key = wire.api_key.as_ref().and_then(source).map(CredentialSource::ApiKey);
    let token = wire.access_token.as_ref().and_then(source).map(CredentialSource::AccessToken);
    let oidc = wire.oidc.as_ref().and_then(|it| {
        Some(CredentialSource::Oidc {
            service_account: it.service_account.trim().to_owned(),
            token: source(&it.token)?,
        })
    });
    let mut given: Vec<_> = [key, token, oidc].into_iter().flatten().collect();
    match given.len() {
        0 if CREDENTIALS.iter().any(|it| node.get(it).is_some()) => {}
        0 => say(
            "api-key",
            "no credential is named".to_owned(),
            "add `api-key = { env = \"OCTOPUS_API_KEY\" }` to `[connection]`, or set OCTOPUS_API_KEY",
        ),
        1 => {}
        _ => say(
            "access-token",
            "more than one credential is named".to_owned(),
            "keep one of `api-key`, `access-token` and `oidc`",
        ),
    }
    given.pop()
}

/// The source that a checked secret names.
fn source(secret: &wire::Secret) -> Option<SecretSource> {
    match secret {
        wire::Secret { env: Some(name), .. } => Some(SecretSource::Environment(name.clone())),
        wire::Secret { file: Some(path), .. } => Some(SecretSource::File(path.into())),
        wire::Secret { command: Some(words), .. } => Some(SecretSource::Command(words.clone())),
        _ => None,
    }
}
