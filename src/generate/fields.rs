//! The tabs and fields of the manifest, from the settings' schema.
//!
//! Titles, labels and the split into tabs stand here; everything else about a field is in the schema. A key that
//! no tab names would be lost to hosts, so the last tab of a table takes what its others leave.

use serde_json::Value;

use super::plugin::{Field, Kind, Tab};
use crate::document::schema::{keyword, target, variants};

/// A tab before its fields are known.
struct Sketch {
    title: &'static str,
    table: &'static str,
    repeats: bool,
    optional: bool,
    /// The keys it takes.
    keys: Keys,
}

/// Which keys of its table a tab takes.
#[derive(Clone, Copy)]
enum Keys {
    /// When and how an action runs.
    Running,
    /// All the others.
    Others,
    /// These, of the root.
    These(&'static [&'static str]),
}

/// The keys of an action that say when and how it runs.
const RUNNING: [&str; 8] =
    ["when", "wait", "fail-build", "log", "time-limit", "on-timeout", "on-interrupt", "when-person-needed"];

const SKETCHES: [Sketch; 11] = [
    sketch("Octopus Deploy", "connection", Keys::Others),
    action("Create", "create", Keys::Others),
    action("Create options", "create", Keys::Running),
    action("Deploy", "deploy", Keys::Others),
    action("Deploy options", "deploy", Keys::Running),
    Sketch { repeats: true, ..action("Promote", "promote", Keys::Others) },
    Sketch { repeats: true, ..action("Promote options", "promote", Keys::Running) },
    sketch("Variables", "", Keys::These(&["prompted-variables", "edit-project-variables"])),
    Sketch { repeats: true, ..action("Conditions (all)", "conditions.all", Keys::Others) },
    Sketch { repeats: true, ..action("Conditions (any)", "conditions.any", Keys::Others) },
    sketch("Report", "report", Keys::Others),
];

const fn sketch(title: &'static str, table: &'static str, keys: Keys) -> Sketch {
    Sketch { title, table, repeats: false, optional: false, keys }
}

const fn action(title: &'static str, table: &'static str, keys: Keys) -> Sketch {
    Sketch { optional: true, ..sketch(title, table, keys) }
}

/// Labels that are not simply the key's words.
const LABELS: [(&str, &str); 17] = [
    ("connection.url", "Octopus Deploy URL"),
    ("connection.api-key", "API key"),
    ("connection.ca-file", "Certificate authorities"),
    ("connection.verify-tls", "Verify the server's certificate"),
    ("connection.oidc.service-account", "Service account id"),
    ("connection.oidc.token", "Identity token"),
    ("connection.client-certificate.certificate", "Client certificate"),
    ("connection.client-certificate.key", "Client certificate's key"),
    ("create.version", "Release version"),
    ("create.package-version", "Default package version"),
    ("create.packages", "Step package versions"),
    ("create.skip-if-exists", "Skip if the release exists"),
    ("deploy.to", "Deploy to"),
    ("deploy.version", "Release version"),
    ("promote.version", "Release version"),
    ("promote.from", "Promote from"),
    ("promote.to", "Promote to"),
];

/// Labels of keys wherever they stand.
const COMMON_LABELS: [(&str, &str); 13] = [
    ("when.event", "Build event"),
    ("when.stage", "Stage"),
    ("when.status", "Build status"),
    ("wait", "Wait for results"),
    ("fail-build", "Fail build on error"),
    ("log", "Log build messages"),
    ("on-timeout", "On time-out"),
    ("machines", "Specific machines"),
    ("freeze-override.freezes", "Freezes to override"),
    ("freeze-override.reason", "Reason for the override"),
    ("op", "Operator"),
    ("as", "Compare as"),
    ("again", "Deploy again"),
];

/// All tabs with their fields.
pub(super) fn tabs(settings: &Value) -> Vec<Tab> {
    SKETCHES.iter().map(|it| tab(settings, it)).collect()
}

fn tab(settings: &Value, sketch: &Sketch) -> Tab {
    let path: Vec<_> = sketch.table.split('.').filter(|it| !it.is_empty()).collect();
    let mut table = settings;
    let mut about = "";
    for key in &path {
        let schema = property(settings, table, key);
        about = description(settings, schema);
        table = target(settings, schema.get("items").unwrap_or(schema));
    }
    let mut maker = Maker { settings, table: sketch.table, fields: Vec::new() };
    for (key, schema) in properties(table) {
        let taken = match sketch.keys {
            Keys::These(keys) => keys.contains(&key.as_str()),
            Keys::Running => RUNNING.contains(&key.as_str()),
            Keys::Others => !RUNNING.contains(&key.as_str()),
        };
        if taken {
            maker.field(table, key, key, schema, true);
        }
    }
    Tab {
        title: sketch.title.to_owned(),
        table: sketch.table.to_owned(),
        repeats: sketch.repeats,
        optional: sketch.optional,
        help: plain(match sketch.keys {
            Keys::Running => "When the action runs, and how it is waited for.",
            Keys::Others => about,
            Keys::These(_) => "Values of the project's variables.",
        }),
        fields: maker.fields,
    }
}

struct Maker<'a> {
    settings: &'a Value,
    table: &'a str,
    fields: Vec<Field>,
}

impl Maker<'_> {
    /// Adds the field of a key, or those of the table that it holds. `whole` = the tables above are there anyway,
    /// so that what is required in this one is required of people.
    fn field(&mut self, parent: &Value, path: &str, key: &str, schema: &Value, whole: bool) {
        if schema.get("x-field").is_some_and(|it| it == false) {
            return;
        }
        let Some(kind) = kind(self.settings, schema) else {
            for (inner, schema) in properties(target(self.settings, schema)) {
                let parent = target(self.settings, property(self.settings, parent, key));
                self.field(parent, &format!("{path}.{inner}"), inner, schema, false);
            }
            return;
        };
        let required =
            parent.get("required").and_then(Value::as_array).into_iter().flatten().any(|it| it == key);
        let required = required || schema.get("x-required").is_some_and(|it| it == true);
        let words = |name: &str| -> Vec<String> {
            let list = schema.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        let mut needs = words("x-needs");
        if required && !whole {
            needs.extend(siblings(parent, path, key));
        }
        self.fields.push(Field {
            key: path.to_owned(),
            kind,
            label: label(self.table, path),
            required: required && whole,
            default: schema.get("default").and_then(|it| serde_json::from_value(it.clone()).ok()),
            choices: choices(self.settings, schema),
            excludes: words("x-excludes"),
            needs,
            help: plain(description(self.settings, schema)),
        });
    }
}

/// The other required keys of a table that a field stands in: filling one means filling all.
fn siblings(parent: &Value, path: &str, key: &str) -> Vec<String> {
    let above = path.strip_suffix(key).unwrap_or_default();
    let required = parent.get("required").and_then(Value::as_array).into_iter().flatten();
    required.filter_map(Value::as_str).filter(|it| *it != key).map(|it| format!("{above}{it}")).collect()
}

fn choices(settings: &Value, schema: &Value) -> Vec<String> {
    variants(settings, schema).into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// What a field of this schema holds; `None` for a table of fields.
pub(super) fn kind(settings: &Value, schema: &Value) -> Option<Kind> {
    let word = |name| keyword(settings, schema, name);
    Some(match word("x-kind").and_then(Value::as_str) {
        Some("memo") => Kind::Memo,
        Some("secret") => Kind::Secret,
        Some("duration") => Kind::Duration,
        _ if !variants(settings, schema).is_empty() => Kind::Choice,
        _ => match word("type").and_then(Value::as_str) {
            Some("boolean") => Kind::Bool,
            Some("integer") => Kind::Integer,
            Some("array") => Kind::List,
            Some("object") if word("properties").is_some() => return None,
            Some("object") => Kind::Map,
            _ => Kind::Text,
        },
    })
}

fn label(table: &str, path: &str) -> String {
    let full = format!("{table}.{path}");
    let own = LABELS.iter().find(|(it, _)| *it == full);
    let common = COMMON_LABELS.iter().find(|(it, _)| *it == path);
    if let Some((_, label)) = own.or(common) {
        return (*label).to_owned();
    }
    let words = path.replace(['-', '.'], " ");
    let mut letters = words.chars();
    letters.next().map(|it| it.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub(super) fn properties(table: &Value) -> impl Iterator<Item = (&String, &Value)> {
    table.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn property<'a>(settings: &'a Value, table: &'a Value, key: &str) -> &'a Value {
    let table = target(settings, table);
    table.get("properties").and_then(|it| it.get(key)).unwrap_or(&Value::Null)
}

pub(super) fn description<'a>(settings: &'a Value, schema: &'a Value) -> &'a str {
    keyword(settings, schema, "description").and_then(Value::as_str).unwrap_or_default()
}

/// Help without emphasis, for places that show it as it is.
fn plain(text: &str) -> String {
    text.replace("**", "")
}
