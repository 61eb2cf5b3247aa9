//! Settings in layers: flags over the file, and the file over the environment.

use crate::document::{Node, Origin, Problems, Table, Value, read_toml};
use crate::model::ActionKind;

/// A settings file, flags and environment, read but not yet checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// All settings in one tree.
    pub(crate) root: Node,
}

impl Document {
    /// Reads a settings file. `name` is its name in problems.
    ///
    /// # Errors
    ///
    /// All locations where the text is not TOML; or the text is larger than 1 MiB or not UTF-8.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, Problems> {
        read_toml(bytes, name).map(|root| Self { root: with_one_default(root) })
    }

    /// Settings without a file, only from flags and environment.
    #[must_use]
    pub fn empty() -> Self {
        let root = Node::new(Value::Table(Table::new()), &Origin::Nowhere);
        Self { root }
    }

    /// The same settings, overridden by those of flags.
    ///
    /// A promotion in flags overrides the file's only one, or the one with the same `from`. A credential in flags
    /// replaces the file's.
    #[must_use]
    pub fn overlay(mut self, mut over: Self) -> Self {
        let connection = over.root.get("connection");
        if has_credential(connection)
            && let Some(Value::Table(below)) = self.root.get_mut("connection").map(|it| &mut it.value)
        {
            below.retain(|key, _| key == "oidc" || !CREDENTIALS.contains(&key.as_str()));
            if connection.is_none_or(|it| it.get("oidc").is_none()) {
                below.remove("oidc");
            }
        }
        if let Some(Value::List(flags)) = over.root.get_mut("promote").map(|it| &mut it.value)
            && let Some(flags) = flags.first_mut()
            && let Some(below) = self.promotion_like(flags)
        {
            let mut whole = below.clone();
            lay_over(&mut whole, flags.clone());
            *flags = whole;
        }
        for path in NAMED {
            drop_same_names(&mut self.root, &over.root, path);
        }
        lay_over(&mut self.root, over.root);
        self
    }

    /// The same settings with an empty section for the requested action, if they have none: then missing keys are
    /// reported and defaults apply, instead of nothing being done. `origin` is where it was requested.
    #[must_use]
    pub fn with_section(mut self, kind: ActionKind, origin: &Origin) -> Self {
        if self.root.get(kind.name()).is_none() {
            let empty = Node::new(Value::Table(Table::new()), origin);
            let section = match kind {
                ActionKind::Create | ActionKind::Deploy => empty,
                ActionKind::Promote => Node::new(Value::List(vec![empty]), origin),
            };
            lay_over(&mut self.root, Node::entry(kind.name(), section));
        }
        self
    }

    /// The promotion that flags are about.
    fn promotion_like(&self, flags: &Node) -> Option<&Node> {
        match self.root.get("promote").and_then(Node::list)? {
            [only] => Some(only),
            several => {
                let from = flags.get("from").and_then(Node::as_text)?;
                several.iter().find(|it| it.get("from").and_then(Node::as_text) == Some(from))
            }
        }
    }
}

/// The connection that every action uses has two names; a file that gives it only as `[connections.default]` means the
/// same as one with `[connection]`.
fn with_one_default(mut root: Node) -> Node {
    let is_given = root.get("connection").is_some();
    if let Value::Table(table) = &mut root.value
        && !is_given
        && let Some(Value::Table(named)) = table.get_mut("connections").map(|it| &mut it.node.value)
        && let Some(entry) = named.remove("default")
    {
        table.insert("connection".to_owned(), entry);
    }
    root
}

/// Lays a tree over another: tables are merged key by key, everything else is replaced. The sources of a value (`{ env
/// = … }`, `{ file = … }`, `{ command = … }`) also replace each other.
pub(super) fn lay_over(under: &mut Node, over: Node) {
    match (&mut under.value, over.value) {
        (Value::Table(under), Value::Table(over)) => {
            for (key, entry) in over {
                match under.get_mut(&key) {
                    Some(below) if !is_source(&entry.node) => lay_over(&mut below.node, entry.node),
                    _ => drop(under.insert(key, entry)),
                }
            }
        }
        (_, value) => *under = Node { value, origin: over.origin },
    }
}

fn is_source(node: &Node) -> bool {
    let sources = ["env", "file", "command"];
    node.table().is_some_and(|it| it.len() == 1 && it.keys().all(|key| sources.contains(&key.as_str())))
}

/// The credentials that a connection may name: one of them.
pub(super) const CREDENTIALS: [&str; 3] = ["api-key", "access-token", "oidc"];

/// Whether a connection names a credential.
pub(super) fn has_credential(connection: Option<&Node>) -> bool {
    connection.is_some_and(|it| CREDENTIALS.iter().any(|key| it.get(key).is_some()))
}

/// Tables whose keys are names on the server, which ignores case.
const NAMED: [&[&str]; 3] =
    [&["prompted-variables"], &["edit-project-variables"], &["create", "custom-fields"]];

/// Removes keys from a table that the same table of another tree also has, ignoring case.
fn drop_same_names(under: &mut Node, over: &Node, path: &[&str]) {
    match path.split_first() {
        Some((key, rest)) => {
            if let (Some(under), Some(over)) = (under.get_mut(key), over.get(key)) {
                drop_same_names(under, over, rest);
            }
        }
        None => {
            if let (Value::Table(under), Some(over)) = (&mut under.value, over.table()) {
                under.retain(|name, _| !over.keys().any(|it| same_name(it, name)));
            }
        }
    }
}

/// Whether two names are the same to the server.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
