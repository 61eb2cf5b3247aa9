//! A tree of values that know where they were written: what settings and events are read into.
//!
//! TOML and JSON become the same tree, so that one check and one wording of problems serve both.

mod json;
mod text;
mod toml;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

pub(crate) use crate::ci::problem::Origin;
use crate::ci::problem::{Problem, Problems};
use crate::ci::settings::ActionKind;

pub(crate) use json::parse as parse_json;
pub(crate) use text::Text;

/// The largest text that is read, in bytes: 1 MiB.
const LARGEST: usize = 1024 * 1024;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// The value.
    pub(crate) value: Value,
    /// Where it begins.
    pub(crate) origin: Origin,
}

/// A value. Its `Debug` form shows what kind it is and never its text, which may be a secret in the wrong place.
#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    /// Text; a TOML time is text as well.
    Text(Text),
    /// A number in decimal notation, as it was written.
    Number(String),
    /// True or false.
    Bool(bool),
    /// JSON's `null`.
    Null,
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
}

/// The entries of a table by their keys.
pub(crate) type Table = BTreeMap<String, Entry>;

/// One entry of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Where the key was written.
    pub(crate) key: Origin,
    /// Its value.
    pub(crate) node: Node,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Table(table) => f.debug_map().entries(table).finish(),
            other => f.write_str(other.kind()),
        }
    }
}

impl Value {
    /// What kind of value this is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::Null => "null",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    pub(crate) fn new(value: Value, origin: &Origin) -> Self {
        Self { value, origin: origin.clone() }
    }

    /// A text in which nothing is read.
    pub(crate) fn text(text: impl Into<String>, origin: &Origin) -> Self {
        Self::new(Value::Text(Text::plain(text)), origin)
    }

    /// A table of one entry that was written in the same place.
    pub(crate) fn entry(key: &str, node: Self) -> Self {
        let origin = node.origin.clone();
        let entry = Entry { key: origin.clone(), node };
        Self { value: Value::Table(Table::from([(key.to_owned(), entry)])), origin }
    }

    /// The value under a key, where this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.table().and_then(|it| it.get(key)).map(|it| &it.node)
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Value::Table(table) = &mut self.value else { return None };
        table.get_mut(key).map(|it| &mut it.node)
    }

    pub(crate) fn table(&self) -> Option<&Table> {
        if let Value::Table(table) = &self.value { Some(table) } else { None }
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        if let Value::List(list) = &self.value { Some(list) } else { None }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text.as_str()) } else { None }
    }

    /// The same table without some of its keys.
    pub(crate) fn without(&self, keys: &[&str]) -> Self {
        let mut rest = self.clone();
        if let Value::Table(table) = &mut rest.value {
            table.retain(|key, _| !keys.contains(&key.as_str()));
        }
        rest
    }

    /// Whether this is a text whose expressions are still to be replaced.
    pub(crate) fn is_open(&self) -> bool {
        matches!(&self.value, Value::Text(text) if text.is_open())
    }

    /// Lays another tree over this one: tables are joined key by key, all else is replaced. The two ways to say
    /// where a value is read from (`{ env = … }`, `{ file = … }`) replace each other too.
    pub(crate) fn overlay(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Table(under), Value::Table(over)) => {
                for (key, entry) in over {
                    match under.get_mut(&key) {
                        Some(below) if !entry.node.is_source() => below.node.overlay(entry.node),
                        _ => drop(under.insert(key, entry)),
                    }
                }
            }
            (_, value) => *self = Self { value, origin: over.origin },
        }
    }

    fn is_source(&self) -> bool {
        let sources = ["env", "file", "command"];
        self.table().is_some_and(|it| it.len() == 1 && it.keys().all(|key| sources.contains(&key.as_str())))
    }

    /// The same tree with every text replaced. `path` is what this tree is called; each text is handed over with its
    /// place and with the path of its key, such as `deploy.to`.
    pub(crate) fn map_texts(&self, path: &str, change: &mut dyn FnMut(&Text, &Origin, &str) -> Text) -> Self {
        let value = match &self.value {
            Value::Text(text) => Value::Text(change(text, &self.origin, path)),
            Value::List(items) => Value::List(items.iter().map(|it| it.map_texts(path, change)).collect()),
            Value::Table(table) => {
                let entry = |(key, it): (&String, &Entry)| {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    (key.clone(), Entry { key: it.key.clone(), node: it.node.map_texts(&path, change) })
                };
                Value::Table(table.iter().map(entry).collect())
            }
            other => other.clone(),
        };
        Self { value, origin: self.origin.clone() }
    }

    /// The same values without their places.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Text(text) => text.as_str().into(),
            Value::Number(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.clone()))
            }
            Value::Bool(it) => (*it).into(),
            Value::Null => serde_json::Value::Null,
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(table) => table.iter().map(|(key, it)| (key.clone(), it.node.to_json())).collect(),
        }
    }
}

/// A settings file, flags and environment, read but not yet understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What the file is called in problems.
    pub(crate) name: String,
    pub(crate) root: Node,
}

impl Document {
    /// Reads a settings file. `name` is what problems call it.
    ///
    /// # Errors
    /// All places where the text is not TOML, or that it is larger than 1 MiB or not UTF-8.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, Problems> {
        let text = as_text(bytes, name)?;
        let (root, problems) = toml::parse(text);
        Problems::or(name, problems, Self { name: name.to_owned(), root })
    }

    /// Settings without a file: what flags and environment say is all there is.
    #[must_use]
    pub fn empty() -> Self {
        let root = Node::new(Value::Table(Table::new()), &Origin::Nowhere);
        Self { name: "settings".to_owned(), root }
    }

    /// The same settings with those of flags over them, which win.
    ///
    /// A promotion in flags is laid over the file's only one, or over the one with the same `from`. A credential in
    /// flags takes the place of whichever the file names.
    #[must_use]
    pub fn overlay(mut self, mut over: Self) -> Self {
        let credentials = ["api-key", "access-token", "oidc"];
        let connection = over.root.get("connection");
        if credentials.iter().any(|it| connection.is_some_and(|connection| connection.get(it).is_some()))
            && let Some(Value::Table(connection)) = self.root.get_mut("connection").map(|it| &mut it.value)
        {
            connection.retain(|key, _| key == "oidc" || !credentials.contains(&key.as_str()));
            if over.root.get("connection").is_none_or(|it| it.get("oidc").is_none()) {
                connection.remove("oidc");
            }
        }
        if let Some(Value::List(flags)) = over.root.get_mut("promote").map(|it| &mut it.value)
            && let Some(flags) = flags.first_mut()
            && let Some(below) = self.promotion_like(flags)
        {
            let mut whole = below.clone();
            whole.overlay(flags.clone());
            *flags = whole;
        }
        for path in NAMED {
            drop_same_names(&mut self.root, &over.root, path);
        }
        self.root.overlay(over.root);
        self
    }

    /// The same settings with an empty section for the action that is asked for, where they have none: what it needs
    /// is then missed, or defaults hold, instead of nothing being done. `origin` is where it was asked for.
    #[must_use]
    pub fn with_section(mut self, kind: ActionKind, origin: &Origin) -> Self {
        if self.root.get(kind.name()).is_none() {
            let empty = Node::new(Value::Table(Table::new()), origin);
            let section = match kind {
                ActionKind::Create | ActionKind::Deploy => empty,
                ActionKind::Promote => Node::new(Value::List(vec![empty]), origin),
            };
            self.root.overlay(Node::entry(kind.name(), section));
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

/// Tables whose keys are names of the server's, which does not tell upper from lower case.
const NAMED: [&[&str]; 3] =
    [&["prompted-variables"], &["edit-project-variables"], &["create", "custom-fields"]];

/// Takes out of a table what the same table of another tree names too, perhaps in other letters.
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
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// The sign that some programs put before a text to say how it is encoded. It is no part of the text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The bytes as text that is not too large.
pub(crate) fn as_text<'a>(bytes: &'a [u8], name: &str) -> Result<&'a str, Problems> {
    if bytes.len() > LARGEST {
        let origin = Origin::File { line: 1, column: 1 };
        let message = format!("the text has {} bytes, and at most {LARGEST} are read", bytes.len());
        return Err(Problems::one(name, Problem::new(&origin, message, "check that this is the right file")));
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
        let origin = Lines::of(&valid).origin(valid.len());
        Problems::one(name, Problem::new(&origin, "the text is not UTF-8", "save the file as UTF-8"))
    })
}

/// Turns byte offsets of a text into lines and columns.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// The place that was asked for last, as offset and column: texts are read forwards, and counting the
    /// characters of a long line from its start each time would be quadratic.
    last: Cell<(usize, usize)>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts, last: Cell::new((0, 1)) }
    }

    /// The place of a byte; a place behind the end is the end.
    pub(crate) fn origin(&self, offset: usize) -> Origin {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|it| *it <= offset);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let (last, last_column) = self.last.get();
        let (from, before) = if (start..=offset).contains(&last) { (last, last_column) } else { (start, 1) };
        let passed = self.text.get(from..offset).map_or(offset - from, |it| it.chars().count());
        let column = before + passed;
        self.last.set((offset, column));
        Origin::File { line, column }
    }
}
