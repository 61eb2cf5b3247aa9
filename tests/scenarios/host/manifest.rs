//! A host that knows `plugin.toml` and nothing else of promenade: it turns what a person fills in into a settings
//! file, and runs the declared command.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Stdio};

use serde::Deserialize;
use toml::{Table, Value};

use crate::support::program::{PROGRAM, scrubbed};
use crate::support::tree;

#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    command: Vec<String>,
    #[serde(rename = "event")]
    pub(super) events: Vec<Event>,
    #[serde(rename = "tab")]
    tabs: Vec<Tab>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) stage: bool,
    pub(super) status: bool,
}

#[derive(Debug, Deserialize)]
struct Tab {
    table: String,
    repeats: bool,
    #[serde(rename = "field")]
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    key: String,
    kind: String,
    required: bool,
    #[serde(default)]
    choices: Vec<String>,
    #[serde(default)]
    excludes: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
}

/// What a person filled into a field: its tab's table, its key, and the text; lists and maps have a line for each
/// item.
pub(super) type Filled<'a> = (&'a str, &'a str, &'a str);

/// A settings file, and the variables that its run sees: they hold its secrets.
#[derive(Debug, Default)]
pub(super) struct Written {
    root: Table,
    variables: BTreeMap<String, String>,
}

impl Written {
    /// Adds a variable of the machine that the host runs on.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }
}

impl Manifest {
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string(tree::root().join("plugin.toml")).expect("plugin.toml is there");
        toml::from_str(&text).expect("plugin.toml is a manifest")
    }

    /// Every field, by its tab's table and its key.
    pub(super) fn fields(&self) -> BTreeSet<(String, String)> {
        let of = |tab: &'_ Tab| {
            tab.fields.iter().map(|it| (tab.table.clone(), it.key.clone())).collect::<Vec<_>>()
        };
        self.tabs.iter().flat_map(of).collect()
    }

    /// The settings that a person filled in.
    pub(super) fn write(&self, filled: &[Filled<'_>]) -> Written {
        let mut written = Written::default();
        for (table, key, text) in filled {
            let tab =
                self.tabs.iter().find(|it| it.table == *table && it.fields.iter().any(|it| it.key == *key));
            let tab = tab.unwrap_or_else(|| panic!("the manifest has no field {key} in [{table}]"));
            let field = tab.fields.iter().find(|it| it.key == *key).expect("it was found by its key");
            let there =
                |key: &String| filled.iter().any(|it| it.0 == *table && it.1 == key && it.2 != "false");
            assert!(!field.excludes.iter().any(there), "{table}.{key} excludes another that is filled");
            let on = |key: &String| {
                there(key) || (key == "wait" && !filled.iter().any(|it| it.0 == *table && it.1 == "wait"))
            };
            assert!(field.needs.iter().all(on), "{table}.{key} needs {:?}", field.needs);
            let value =
                value(field, text, &format!("HOST_{}", written.variables.len()), &mut written.variables);
            put(place(&mut written.root, table, tab.repeats), key, value);
        }
        self.assert_required(filled);
        written
    }

    fn assert_required(&self, filled: &[Filled<'_>]) {
        let tables: BTreeSet<&str> = filled.iter().map(|it| it.0).collect();
        for tab in self.tabs.iter().filter(|it| tables.contains(it.table.as_str())) {
            for field in tab.fields.iter().filter(|it| it.required) {
                let there = filled.iter().any(|it| it.0 == tab.table && it.1 == field.key);
                assert!(there, "{}.{} is required", tab.table, field.key);
            }
        }
    }

    /// Runs the declared command on an event.
    pub(super) fn run(&self, written: &Written, event: &str, folder: &Path) -> Child {
        let settings = folder.join("host.toml");
        std::fs::write(&settings, toml::to_string(&written.root).expect("TOML")).expect("it is written");
        let path = settings.to_string_lossy();
        let words: Vec<_> = self.command.iter().map(|it| it.replace("{settings}", &path)).collect();
        assert_eq!(words[0], "promenade");
        let mut command = scrubbed(PROGRAM);
        command.args(&words[1..]).current_dir(folder).envs(&written.variables);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        child.stdin.take().expect("a pipe").write_all(event.as_bytes()).expect("it reads the event");
        child
    }
}

/// What is written for a field, by its kind alone.
fn value(field: &Field, text: &str, variable: &str, secrets: &mut BTreeMap<String, String>) -> Value {
    let lines = || text.lines().filter(|it| !it.is_empty());
    match field.kind.as_str() {
        "text" | "memo" | "duration" => Value::from(text),
        "choice" => {
            assert!(field.choices.iter().any(|it| it == text), "{text} is no choice of {}", field.key);
            Value::from(text)
        }
        "bool" => Value::from(text.parse::<bool>().expect("true or false")),
        "integer" => Value::from(text.parse::<i64>().expect("a number")),
        "list" => lines().collect::<Vec<_>>().into(),
        "map" => {
            let pair = |line: &str| {
                let (name, value) = line.split_once('=').expect("NAME=VALUE");
                (name.to_owned(), Value::from(value))
            };
            Value::Table(lines().map(pair).collect())
        }
        "secret" => {
            secrets.insert(variable.to_owned(), text.to_owned());
            Value::Table(Table::from_iter([("env".to_owned(), Value::from(variable))]))
        }
        kind => panic!("a host does not know the kind {kind}"),
    }
}

/// The table of a tab; of one that repeats, its only row.
fn place<'a>(root: &'a mut Table, path: &str, repeats: bool) -> &'a mut Table {
    let mut table = root;
    let keys: Vec<_> = path.split('.').filter(|it| !it.is_empty()).collect();
    for (at, key) in keys.iter().enumerate() {
        let last = at + 1 == keys.len();
        let empty = if last && repeats { Value::from(vec![Table::new()]) } else { Table::new().into() };
        let value = table.entry(*key).or_insert(empty);
        table = match value {
            Value::Array(rows) => rows[0].as_table_mut().expect("a row"),
            other => other.as_table_mut().expect("a table"),
        };
    }
    table
}

/// Writes a value under a key; dots lead into tables.
fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(table.insert(key.to_owned(), value)),
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert(Table::new().into());
            put(inner.as_table_mut().expect("a table"), rest, value);
        }
    }
}
