//! What the environment adds to a connection, under what file and flags say.

use std::collections::{BTreeMap, BTreeSet};

use super::layers::{has_credential, lay_over};
use crate::document::{Entry, Node, Origin, Problem, Table, Value};

/// Variables that settings fall back to: the key of `[connection]`, and its variables, the first first.
const FALLBACKS: [(&str, &[&str]); 2] =
    [("url", &["OCTOPUS_URL", "OCTOPUS_CLI_SERVER"]), ("space", &["OCTOPUS_SPACE"])];
const KEY_FALLBACKS: [(&str, &[&str]); 2] =
    [("api-key", &["OCTOPUS_API_KEY", "OCTOPUS_CLI_API_KEY"]), ("access-token", &["OCTOPUS_ACCESS_TOKEN"])];
const PASSWORDS: [&str; 4] =
    ["OCTOPUS_CLI_USERNAME", "OCTOPUS_CLI_PASSWORD", "OCTOPUS_USERNAME", "OCTOPUS_PASSWORD"];

/// Adds what the environment says to a document, under what file and flags say.
///
/// A credential in file or flags stands alone: the environment's own is then not looked at.
pub(super) fn with_environment(root: &Node, environment: &BTreeMap<String, String>) -> Node {
    let mut table = Table::new();
    let set = |name: &&&str| environment.get(**name).is_some_and(|it| !it.trim().is_empty());
    let mut add = |key: &str, name: &str, node: Node| {
        let origin = Origin::Variable(name.to_owned());
        table.insert(key.to_owned(), Entry { key: origin, node });
    };
    for (key, names) in FALLBACKS {
        if let Some(name) = names.iter().find(set) {
            let text = environment.get(*name).map(String::as_str).unwrap_or_default();
            add(key, name, Node::text(text.trim(), &Origin::Variable((*name).to_owned())));
        }
    }
    let connection = root.get("connection");
    if !has_credential(connection) {
        for (key, names) in KEY_FALLBACKS {
            if let Some(name) = names.iter().find(set) {
                let origin = Origin::Variable((*name).to_owned());
                add(key, name, Node::entry("env", Node::text(*name, &origin)));
            }
        }
    }
    let below = Node::new(Value::Table(table), connection.map_or(&root.origin, |it| &it.origin));
    let mut whole = Node::entry("connection", below);
    whole.origin = root.origin.clone();
    lay_over(&mut whole, root.clone());
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
    let keys = FALLBACKS.iter().filter(|(key, _)| !has(key));
    let credentials = KEY_FALLBACKS.iter().filter(|_| !has_credential(connection));
    let is_set = |name: &&str| environment.get(*name).is_some_and(|it| !it.trim().is_empty());
    let first = |names: &'static [&'static str]| {
        names.iter().copied().find(|it| unreadable.contains(*it) || is_set(it))
    };
    let taken = keys.chain(credentials).filter_map(|(_, names)| first(names));
    let lost = taken.filter(|it| unreadable.contains(*it)).map(|name| {
        let origin = Origin::Variable(name.to_owned());
        Problem::new(&origin, "it is not Unicode text", "set it anew, or leave it out")
    });
    lost.collect()
}

/// What the environment asks for that cannot be done.
pub(super) fn password_problem(root: &Node, environment: &BTreeMap<String, String>) -> Option<Problem> {
    let connection = root.get("connection");
    let name = PASSWORDS.iter().find(|it| environment.get(**it).is_some_and(|it| !it.is_empty()))?;
    let advice = "make an API key on the server (your profile, API keys) and set OCTOPUS_API_KEY";
    (!has_credential(connection)).then(|| {
        let origin = Origin::Variable((*name).to_owned());
        Problem::new(&origin, "user name and password are not supported", advice)
    })
}
