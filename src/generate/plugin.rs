//! The manifest: what a CI server needs to know to offer promenade as a build event handler.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields;
use crate::document::schema;
use crate::event::Moment;
use crate::settings::settings_schema;
use crate::settings::wire::TriggerEvent;

/// A build event handler for CI servers: who it is, how it is run, which events it answers, and the fields of its
/// settings. A host shows the tabs, writes what people fill in as a TOML file, and runs the command on each event
/// that the handler answers, with the event as JSON on standard input (schemas/event.json). Exit code 0 is a pass.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "promenade plugin manifest")]
pub(super) struct Manifest {
    /// The version of this format. A host refuses one that it does not know.
    manifest: u32,
    /// The handler's id.
    id: String,
    /// The handler's name, for people.
    name: String,
    /// What it does.
    description: String,
    /// Its version.
    version: String,
    /// The program and its arguments. `{settings}` stands for the path of the settings file that the host writes.
    command: Vec<String>,
    /// The events it answers.
    #[serde(rename = "event")]
    events: Vec<Event>,
    /// The tabs of its settings, in order.
    #[serde(rename = "tab")]
    tabs: Vec<Tab>,
}

/// An event that the handler answers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Event {
    /// Its name in events and settings.
    name: String,
    /// What happened, for people.
    help: String,
    /// Whether an action may ask for one stage.
    stage: bool,
    /// Whether an action may ask for a status.
    status: bool,
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

/// The manifest of this version.
pub(super) fn manifest() -> Manifest {
    Manifest {
        manifest: 1,
        id: env!("CARGO_PKG_NAME").to_owned(),
        name: "Octopus Deploy".to_owned(),
        description: env!("CARGO_PKG_DESCRIPTION").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: ["promenade", "handle", "--config", "{settings}", "--event", "-"].map(str::to_owned).into(),
        events: events(),
        tabs: fields::tabs(settings_schema()),
    }
}

/// The events that may start an action, with what settings say of them.
fn events() -> Vec<Event> {
    let schema = schema::of_json::<TriggerEvent>();
    let event = |(name, help): (&str, &str)| {
        let moment = Moment::named(name).ok()?;
        Some(Event {
            name: name.to_owned(),
            help: help.to_owned(),
            stage: moment.has_stage(),
            status: moment.has_status(),
        })
    };
    schema::variants(&schema, &schema).into_iter().filter_map(event).collect()
}

/// The manifest as TOML.
pub(super) fn text(manifest: &Manifest) -> String {
    let head = "# Made from the types of the settings by `cargo run --example generate`; do not edit.\n\
                # schemas/plugin.json describes this format.\n\n";
    // Plain values alone are written, so that there is nothing that TOML could not say.
    format!("{head}{}", toml::to_string(manifest).unwrap_or_default())
}
