//! A tree of values with their locations.

use std::collections::BTreeMap;
use std::fmt;

use super::number;
use super::problem::Origin;
use super::text::Text;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins.
    pub origin: Origin,
}

/// A value. Its `Debug` form shows its kind and never its text, which may be a misplaced secret.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Text; a TOML time is text as well.
    Text(Text),
    /// A number as it was written; of TOML in decimal notation.
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
pub type Table = BTreeMap<String, Entry>;

/// One entry of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the key was written.
    pub key: Origin,
    /// Its value.
    pub node: Node,
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
    pub fn kind(&self) -> &'static str {
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
    /// A value that was written in this place.
    pub fn new(value: Value, origin: &Origin) -> Self {
        Self { value, origin: origin.clone() }
    }

    /// A text in which nothing is read.
    pub fn text(text: impl Into<String>, origin: &Origin) -> Self {
        Self::new(Value::Text(Text::plain(text)), origin)
    }

    /// A table of one entry that was written in the same place.
    pub fn entry(key: &str, node: Self) -> Self {
        let origin = node.origin.clone();
        let entry = Entry { key: origin.clone(), node };
        Self { value: Value::Table(Table::from([(key.to_owned(), entry)])), origin }
    }

    /// The value of a key, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.table().and_then(|it| it.get(key)).map(|it| &it.node)
    }

    /// The same, mutable.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Value::Table(table) = &mut self.value else { return None };
        table.get_mut(key).map(|it| &mut it.node)
    }

    /// Its entries, if it is a table.
    pub fn table(&self) -> Option<&Table> {
        if let Value::Table(table) = &self.value { Some(table) } else { None }
    }

    /// Its items, if it is a list.
    pub fn list(&self) -> Option<&[Self]> {
        if let Value::List(list) = &self.value { Some(list) } else { None }
    }

    /// Its text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text.as_str()) } else { None }
    }

    /// The same table without some of its keys.
    pub fn without(&self, keys: &[&str]) -> Self {
        let mut rest = self.clone();
        if let Value::Table(table) = &mut rest.value {
            table.retain(|key, _| !keys.contains(&key.as_str()));
        }
        rest
    }

    /// The same tree with every text replaced. `path` is the path of this tree; each text is passed with its location
    /// and with the path of its key, such as `deploy.to`.
    pub fn map_texts(&self, path: &str, change: &mut dyn FnMut(&Text, &Origin, &str) -> Text) -> Self {
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

    /// The same values without their locations.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Text(text) => text.as_str().into(),
            Value::Number(text) => number::json(text),
            Value::Bool(it) => (*it).into(),
            Value::Null => serde_json::Value::Null,
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(table) => table.iter().map(|(key, it)| (key.clone(), it.node.to_json())).collect(),
        }
    }
}
