//! The types of the manifest: what a CI server needs to know to offer promenade as a build event handler.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A build event handler for CI servers: who it is, how it is run, which events it answers, and the fields of its
/// settings. A host shows the tabs, writes what people fill in as a TOML file, and runs the command on each event
/// that the handler answers, with the event as JSON on standard input (schemas/event.json). Exit code 0 is a pass.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "promenade plugin manifest")]
pub(super) struct Manifest {
    /// The version of this format. A host refuses one that it does not know.
    pub(super) manifest: u32,
    /// The handler's id.
    pub(super) id: String,
    /// The handler's name, for people.
    pub(super) name: String,
    /// What it does.
    pub(super) description: String,
    /// Its version.
    pub(super) version: String,
    /// The program and its arguments. `{settings}` stands for the path of the settings file that the host writes.
    pub(super) command: Vec<String>,
    /// The events it answers.
    #[serde(rename = "event")]
    pub(super) events: Vec<Event>,
    /// The tabs of its settings, in order.
    #[serde(rename = "tab")]
    pub(super) tabs: Vec<Tab>,
}

/// An event that the handler answers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Event {
    /// Its name in events and settings.
    pub(super) name: String,
    /// What happened, for people.
    pub(super) help: String,
    /// Whether an action may ask for one stage.
    pub(super) stage: bool,
    /// Whether an action may ask for a status.
    pub(super) status: bool,
}

/// A tab: some fields of one table of the settings.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Tab {
    /// Its title.
    pub(super) title: String,
    /// The table that its fields are written to, such as `deploy` or `conditions.all`; blank = the root. Tabs of the
    /// same table write to the same one.
    pub(super) table: String,
    /// Whether the table may be given several times (`[[promote]]`), each with its own fields.
    pub(super) repeats: bool,
    /// Whether the table is written only when a person asks for it, such as by a tick beside its name.
    pub(super) optional: bool,
    /// What the tab is about.
    pub(super) help: String,
    /// Its fields, in order.
    #[serde(rename = "field")]
    pub(super) fields: Vec<Field>,
}

/// A field. One that is left blank is not written.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Field {
    /// The key within the tab's table; dots lead into tables within it.
    pub(super) key: String,
    /// What it holds.
    pub(super) kind: Kind,
    /// Its label.
    pub(super) label: String,
    /// Whether it must be filled.
    pub(super) required: bool,
    /// What holds when it is blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Default>,
    /// The values of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) choices: Vec<String>,
    /// Keys of the same table that must be blank when this one is filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) excludes: Vec<String>,
    /// Keys of the same table that must be filled, or on, when this one is filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) needs: Vec<String>,
    /// What it means.
    pub(super) help: String,
}

/// What holds when a field is blank.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Default {
    /// On or off.
    Bool(bool),
    /// A number.
    Integer(i64),
    /// A choice, a duration or another text.
    Text(String),
}

/// What a field holds, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A line of text.
    Text,
    /// Text of several lines.
    Memo,
    /// A secret. The host keeps it, hands it to the command in an environment variable of its own choice, and writes
    /// `{ env = "THAT VARIABLE" }`; it never writes the secret itself.
    Secret,
    /// On or off, written `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A duration, written as text: `90s`, `30m` or `2h`.
    Duration,
    /// One of `choices`, written as text.
    Choice,
    /// Several lines, written as an array of texts.
    List,
    /// Names and values, written as a table of texts. A value that is secret is written as a secret is.
    Map,
}
