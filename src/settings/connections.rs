//! The connections of the settings: the one that every action uses, and those with a name.

use std::collections::BTreeMap;

use super::checked_connection::{self, OWN};
use super::connection::{ConnectionSettings, ServerSettings};
use super::schema::{part, settings_schema};
use super::{checks, wire};
use crate::document::{Entry, Node, Problem, Texts, Value, schema, validate};
use crate::model::{ConnectionName, SecretSource, SpaceName};

/// The name of the connection that every action uses.
pub(super) const DEFAULT: &str = "default";

/// A connection as far as it says where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedConnection {
    /// The server's address, as written; `None` = it is not in the settings.
    pub url: Option<String>,
    /// The space; `None` = the server's default.
    pub space: Option<SpaceName>,
}

/// The sections that name secrets.
const WITH_SECRETS: [&str; 5] =
    ["connection", "connections", "store", "prompted-variables", "edit-project-variables"];

/// Every environment variable and file that holds a secret.
pub(super) fn secret_sources(root: &Node) -> Vec<SecretSource> {
    let mut sources = Vec::new();
    for section in WITH_SECRETS {
        let keys = root.get(section).and_then(Node::table).into_iter().flatten();
        keys.for_each(|(_, it)| add_sources(&it.node, &mut sources));
    }
    sources
}

fn add_sources(node: &Node, sources: &mut Vec<SecretSource>) {
    let text = |key| node.get(key).and_then(Node::as_text);
    match (text("env"), text("file")) {
        (Some(name), None) => sources.push(SecretSource::Variable(name.to_owned())),
        (None, Some(path)) => sources.push(SecretSource::File(path.into())),
        _ => node.table().into_iter().flatten().for_each(|(_, it)| add_sources(&it.node, sources)),
    }
}

/// The connection that every action uses, if it can be read; its problems are added once.
pub(super) fn own(root: &Node, problems: &mut Vec<Problem>) -> Option<ConnectionSettings> {
    let absent = Node::new(Value::Table(BTreeMap::new()), &root.origin);
    let node = root.get(OWN).unwrap_or(&absent);
    checked_connection::connection(&sound(node)?, node, problems)
}

/// The server of the connection that every action uses.
pub(super) fn own_server(node: &Node, problems: &mut Vec<Problem>) -> Option<ServerSettings> {
    checked_connection::server(&sound(node)?, node, OWN, problems)
}

/// The servers of the connections with a name, those that have no problem.
pub(super) fn named(root: &Node, problems: &mut Vec<Problem>) -> BTreeMap<ConnectionName, ServerSettings> {
    let table = root.get("connections").and_then(Node::table);
    checks::names(root.get("connections"), "connection", problems);
    let mut servers = BTreeMap::new();
    for (name, Entry { key, node }) in table.into_iter().flatten() {
        let plain = name.trim();
        if plain == DEFAULT {
            let message = "the connection `default` is given twice: `[connection]` has this name";
            problems.push(Problem::new(key, message, "keep one of them"));
        } else if plain.eq_ignore_ascii_case(DEFAULT) {
            let message = format!("`{plain}` is not the connection `default`, and looks like it");
            problems.push(Problem::new(key, message, "write `default`, or another name"));
        } else if plain != name {
            let message = "a connection's name has white space around it";
            problems.push(Problem::new(key, message, "remove it"));
        }
        let server = sound(node).and_then(|wire| {
            checked_connection::server(&wire, node, &format!("connections.{plain}"), problems)
        });
        servers.extend(server.map(|it| (ConnectionName::new(plain), it)));
    }
    servers
}

/// Where the connections lead, as far as the settings say it. `default` is one of them where it is given, or where no
/// other connection is.
pub(super) fn places(root: &Node) -> BTreeMap<ConnectionName, NamedConnection> {
    let place = |node: Option<&Node>| {
        let text = |key| node?.get(key)?.as_text().map(str::trim).filter(|it| !it.is_empty());
        NamedConnection { url: text("url").map(str::to_owned), space: text("space").map(SpaceName::new) }
    };
    let named = root.get("connections").and_then(Node::table).into_iter().flatten();
    let mut places: BTreeMap<_, _> =
        named.map(|(name, it)| (ConnectionName::new(name.trim()), place(Some(&it.node)))).collect();
    if places.is_empty() || is_given(root) {
        places.insert(DEFAULT.into(), place(root.get(OWN)));
    }
    places
}

/// Whether the connection that every action uses is given, by the settings or by the environment.
pub(super) fn is_given(root: &Node) -> bool {
    root.get(OWN).and_then(Node::table).is_some_and(|it| !it.is_empty())
}

/// What can be read of a connection. A key that is invalid by itself was reported already; the other keys are still
/// checked.
fn sound(node: &Node) -> Option<wire::Connection> {
    let root = settings_schema();
    let known = schema::target(root, part(root, OWN)).get("properties");
    let sound = |(key, entry): (&String, &Entry)| {
        let schema = known.and_then(|it| it.get(key));
        let sound = schema.is_some_and(|it| validate(root, it, &entry.node, key, Texts::Final).is_empty());
        sound.then(|| (key.clone(), entry.node.to_json()))
    };
    let entries: serde_json::Map<_, _> = node.table().into_iter().flatten().filter_map(sound).collect();
    serde_json::from_value(entries.into()).ok()
}
