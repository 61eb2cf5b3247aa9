//! Command-line flags, made from the schema of the settings: the same options by the same names.

use serde_json::Value as Json;

use crate::document::Origin;
use crate::document::schema::{keyword, target, variants};

use super::schema::{default_of, help, part, section_schema, settings_schema};
use crate::model::ActionKind;

/// A flag and the key of the settings that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its name with the dashes, such as `--force-redeployment`.
    pub name: String,
    /// The key it sets, from the root of the settings.
    pub path: Vec<String>,
    /// What it takes.
    pub kind: FlagKind,
    /// What it does.
    pub help: String,
    /// What holds without it, where that has a name.
    pub default: Option<String>,
}

/// What a flag takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagKind {
    /// Nothing; it sets this value.
    Switch(bool),
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A duration such as `30m`.
    Duration,
    /// A time with an offset.
    Time,
    /// One of these values, each with what it means.
    Choice(Vec<(String, String)>),
    /// A text, and the flag may be repeated.
    List,
    /// `NAME=VALUE`, and the flag may be repeated.
    Map,
    /// The name of an environment variable that holds the value.
    FromEnvironment,
    /// The path of a file that holds the value.
    FromFile,
    /// `NAME=VARIABLE`, where the environment variable holds the value; may be repeated.
    MapFromEnvironment,
    /// `NAME=PATH`, where the file holds the value; may be repeated.
    MapFromFile,
}

impl FlagKind {
    /// Whether it takes names and values.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self, Self::Map | Self::MapFromEnvironment | Self::MapFromFile)
    }
}

/// What was given with a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagValue {
    /// It stood there.
    Present,
    /// It had this value.
    One(String),
    /// It had these values.
    Many(Vec<String>),
}

/// A flag that was given, or an input that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagArgument {
    /// The flag.
    pub flag: Flag,
    /// Its value.
    pub value: FlagValue,
    /// Where it was given; problems name this place.
    pub origin: Origin,
}

/// The flags that all commands share: the connection's, and how the result is reported.
#[must_use]
pub fn connection_flags() -> Vec<Flag> {
    let schema = settings_schema();
    let mut flags = Vec::new();
    for section in ["connection", "report"] {
        Maker { root: schema, flags: &mut flags }.section(section, part(schema, section));
    }
    flags
}

/// The flags of one action.
#[must_use]
pub fn flags(action: ActionKind) -> Vec<Flag> {
    let schema = settings_schema();
    let mut flags = Vec::new();
    Maker { root: schema, flags: &mut flags }.section(action.name(), section_schema(schema, action));
    let tables: &[&str] = match action {
        ActionKind::Create => &["edit-project-variables"],
        ActionKind::Deploy | ActionKind::Promote => &["prompted-variables", "edit-project-variables"],
    };
    for table in tables {
        Maker { root: schema, flags: &mut flags }.key(&[], "", table, part(schema, table));
    }
    flags
}

struct Maker<'a> {
    root: &'a Json,
    flags: &'a mut Vec<Flag>,
}

impl Maker<'_> {
    fn section(&mut self, section: &str, schema: &Json) {
        self.keys(&[section.to_owned()], "", schema);
    }

    fn keys(&mut self, path: &[String], prefix: &str, schema: &Json) {
        let properties = target(self.root, schema).get("properties").and_then(Json::as_object);
        for (key, schema) in properties.into_iter().flatten() {
            self.key(path, prefix, key, schema);
        }
    }

    fn key(&mut self, path: &[String], prefix: &str, key: &str, schema: &Json) {
        let word = |name: &str| keyword(self.root, schema, name);
        let name = match schema.get("x-flag") {
            Some(Json::Bool(false)) => return,
            Some(Json::String(name)) => name.clone(),
            _ => format!("{prefix}{key}"),
        };
        let path: Vec<String> = path.iter().cloned().chain([key.to_owned()]).collect();
        let help = help(self.root, schema);
        let default = default_of(schema);
        let list_of_text = word("items").is_some_and(|it| it.get("type").is_some_and(|it| it == "string"));
        let kind = match word("x-kind").and_then(Json::as_str) {
            Some("secret") => {
                let from = |ending: &str, kind, place: &str| Flag {
                    name: format!("--{name}-{ending}"),
                    path: path.clone(),
                    kind,
                    help: format!("{help} It is read from {place}."),
                    default: None,
                };
                self.flags.push(from("env", FlagKind::FromEnvironment, "this environment variable"));
                return self.flags.push(from("file", FlagKind::FromFile, "this file"));
            }
            Some("duration") => FlagKind::Duration,
            Some("time") => FlagKind::Time,
            _ => match word("type").and_then(Json::as_str) {
                _ if !variants(self.root, schema).is_empty() => {
                    FlagKind::Choice(owned(variants(self.root, schema)))
                }
                Some("boolean") => return self.switch(name, path, help, schema),
                Some("array") if list_of_text => FlagKind::List,
                Some("integer") => FlagKind::Integer,
                Some("object") if word("properties").is_some() => {
                    return self.keys(&path, &format!("{name}-"), schema);
                }
                Some("object") => return self.map(&name, &path, &help, schema),
                Some("string") => FlagKind::Text,
                _ => return,
            },
        };
        self.flags.push(Flag { name: format!("--{name}"), path, kind, help, default });
    }

    fn switch(&mut self, name: String, path: Vec<String>, help: String, schema: &Json) {
        let off = schema.get("default").is_some_and(|it| it == true);
        let help = schema.get("x-off").and_then(Json::as_str).map_or(help, str::to_owned);
        let name = if off { format!("--no-{name}") } else { format!("--{name}") };
        self.flags.push(Flag { name, path, kind: FlagKind::Switch(!off), help, default: None });
    }

    fn map(&mut self, name: &str, path: &[String], help: &str, schema: &Json) {
        let may_hide = keyword(self.root, schema, "additionalProperties")
            .is_some_and(|it| keyword(self.root, it, "anyOf").is_some());
        let mut add = |ending: &str, kind| {
            let name = format!("--{name}{ending}");
            self.flags.push(Flag { name, path: path.to_vec(), kind, help: help.to_owned(), default: None });
        };
        add("", FlagKind::Map);
        if may_hide {
            add("-env", FlagKind::MapFromEnvironment);
            add("-file", FlagKind::MapFromFile);
        }
    }
}

fn owned(variants: Vec<(&str, &str)>) -> Vec<(String, String)> {
    variants.into_iter().map(|(name, help)| (name.to_owned(), help.to_owned())).collect()
}
