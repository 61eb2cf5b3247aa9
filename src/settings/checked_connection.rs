//! Checks the connection beyond its schema.

use std::path::PathBuf;

use super::connection::{ClientCertificate, ConnectionSettings, CredentialSource, Proxy, ServerSettings};
use super::layers::has_credential;
use super::wire;
use crate::document::{Node, Problem, Value};
use crate::event::expression;
use crate::http::ServerUrl;
use crate::model::{ChannelName, ProjectName, SecretSource, SpaceName};

/// Where a connection stands in the settings, such as `connection` or `connections.eu`.
pub(super) const OWN: &str = "connection";

/// The connection of a document that fits the schema; `None` if it has a problem.
pub(super) fn connection(
    wire: &wire::Connection,
    node: &Node,
    problems: &mut Vec<Problem>,
) -> Option<ConnectionSettings> {
    let mut check = Check { wire, node, table: OWN, found: Vec::new() };
    check.project();
    let server = check.server();
    problems.append(&mut check.found);
    let channel = wire.channel.as_deref().map(str::trim).filter(|it| !it.is_empty());
    Some(ConnectionSettings {
        server: server?,
        project: ProjectName::new(wire.project.as_deref()?.trim()),
        channel: channel.map(ChannelName::from),
    })
}

/// The server of a connection that fits the schema; `None` if it has a problem. `table` is where it stands.
pub(super) fn server(
    wire: &wire::Connection,
    node: &Node,
    table: &str,
    problems: &mut Vec<Problem>,
) -> Option<ServerSettings> {
    let mut check = Check { wire, node, table, found: Vec::new() };
    let server = check.server();
    problems.append(&mut check.found);
    server
}

/// A sound server with its texts trimmed.
fn settings(wire: &wire::Connection, proxy: Proxy, credential: CredentialSource) -> Option<ServerSettings> {
    Some(ServerSettings {
        url: wire.url.clone()?.trim().to_owned(),
        space: wire.space.as_deref().map(|it| SpaceName::from(it.trim())),
        credential,
        ca_file: wire.ca_file.as_ref().map(PathBuf::from),
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

/// The source that a checked secret names.
fn source(secret: &wire::Secret) -> Option<SecretSource> {
    match secret {
        wire::Secret { env: Some(name), .. } => Some(SecretSource::Variable(name.clone())),
        wire::Secret { file: Some(path), .. } => Some(SecretSource::File(path.into())),
        wire::Secret { command: Some(words), .. } => Some(SecretSource::Command(words.clone())),
        _ => None,
    }
}

/// A connection while it is checked.
struct Check<'a> {
    wire: &'a wire::Connection,
    node: &'a Node,
    /// Where it stands in the settings.
    table: &'a str,
    found: Vec<Problem>,
}

impl Check<'_> {
    fn say(&mut self, key: &str, message: impl Into<String>, remedy: &str) {
        let origin = self.node.get(key).map_or(&self.node.origin, |it| &it.origin);
        self.found.push(Problem::new(origin, message, remedy));
    }

    /// Values that are blank, or contain an expression.
    fn values(&mut self) {
        let wire = self.wire;
        for (key, value) in [
            ("url", &wire.url),
            ("project", &wire.project),
            ("space", &wire.space),
            ("ca-file", &wire.ca_file),
        ] {
            if value.as_ref().is_some_and(|it| it.trim().is_empty()) {
                self.say(
                    key,
                    format!("{}.{key} is blank", self.table),
                    "write a value, or leave the key out",
                );
            }
        }
        for key in ["project", "space", "channel"] {
            if let Some(Value::Text(text)) = self.node.get(key).map(|it| &it.value)
                && text.has_expressions()
                && expression::names(text.as_str())
            {
                let message = format!(
                    "{}.{key} holds an expression, and expressions do not work in the connection",
                    self.table
                );
                self.say(key, message, "write the value, or pass it as a flag");
            }
        }
    }

    /// The server, if nothing is wrong with this connection.
    fn server(&mut self) -> Option<ServerSettings> {
        self.values();
        self.url();
        let proxy = self.proxy();
        let credential = self.credential();
        if self.found.is_empty() { settings(self.wire, proxy, credential?) } else { None }
    }

    fn url(&mut self) {
        if self.node.get("url").is_none() {
            let otherwise = self.otherwise(", or set OCTOPUS_URL, or give `--url`");
            let remedy = format!("add `url = \"https://…\"` to `[{}]`{otherwise}", self.table);
            self.say("url", "no server is named", &remedy);
        }
        if let Some(url) = self.wire.url.as_ref().filter(|it| !it.trim().is_empty()) {
            self.address("url", url);
        }
    }

    /// Other ways to give a value: flags and variables are for the connection that every action uses.
    fn otherwise<'w>(&self, ways: &'w str) -> &'w str {
        if self.table == OWN { ways } else { "" }
    }

    fn project(&mut self) {
        if self.node.get("project").is_none() {
            let remedy = "add `project = \"…\"` to `[connection]`, or give `--project`";
            self.say("project", "no project is named", remedy);
        }
    }

    fn proxy(&mut self) -> Proxy {
        match self.wire.proxy.trim() {
            "" | "system" => Proxy::System,
            "none" => Proxy::None,
            address => {
                self.address("proxy", address);
                Proxy::Url(address.to_owned())
            }
        }
    }

    /// An address of a server or of a proxy.
    fn address(&mut self, key: &str, url: &str) {
        let name = format!("{}.{key}", self.table);
        let rest = url.trim().strip_prefix("https://").or_else(|| url.trim().strip_prefix("http://"));
        let Some(rest) = rest else {
            let message = format!("{name} is not an address");
            return self.say(key, message, "begin it with `https://` or `http://`");
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            let message =
                format!("{name} holds a user name or password, and secrets do not belong in settings");
            self.say(key, message, "leave it out; a proxy's own goes into HTTPS_PROXY");
        } else if authority.is_empty() {
            let message = format!("{name} names no server");
            self.say(key, message, "write `https://` and the server's name");
        } else if key == "url" && rest.contains(['?', '#']) {
            let remedy = "write only the server's address, up to its base path";
            self.say(key, format!("{name} has a query"), remedy);
        } else if ServerUrl::parse(url).is_err() {
            let message = format!("{name} is not an address: its server's name or its port is invalid");
            let remedy = "write it such as `https://octopus.example` or `https://octopus.example:8443`";
            self.say(key, message, remedy);
        }
    }

    fn credential(&mut self) -> Option<CredentialSource> {
        let wire = self.wire;
        let key = wire.api_key.as_ref().and_then(source).map(CredentialSource::ApiKey);
        let token = wire.access_token.as_ref().and_then(source).map(CredentialSource::AccessToken);
        let oidc = wire.oidc.as_ref().and_then(|it| {
            let service_account = it.service_account.trim().to_owned();
            Some(CredentialSource::Oidc { service_account, token: source(&it.token)? })
        });
        let mut given: Vec<_> = [key, token, oidc].into_iter().flatten().collect();
        match given.len() {
            0 if has_credential(Some(self.node)) => {}
            0 => {
                let otherwise = self.otherwise(", or set OCTOPUS_API_KEY");
                let remedy = format!(
                    "add `api-key = {{ env = \"OCTOPUS_API_KEY\" }}` to `[{}]`{otherwise}",
                    self.table
                );
                self.say("api-key", "no credential is named", &remedy);
            }
            1 => {}
            _ => self.say(
                "access-token",
                "more than one credential is named",
                "keep one of `api-key`, `access-token` and `oidc`",
            ),
        }
        given.pop()
    }
}
