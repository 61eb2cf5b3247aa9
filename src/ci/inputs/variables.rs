//! The variables that inputs arrive in, on each kind of CI server.
//!
//! Drone and Woodpecker write a setting as `PLUGIN_NAME`: plain values as text, Woodpecker lists and maps as JSON,
//! Drone lists with commas between. Buildkite gives a plugin's whole configuration as JSON. Bitbucket splits an array
//! into `NAME_0`, `NAME_1`, … and `NAME_COUNT`. Everywhere else a package writes `PROMENADE_INPUT_NAME` itself, or
//! `PROMENADE_INPUT_NAME_JSON`, where the server itself would put values into the JSON of a list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::list::{Input, PREFIX, suffix};
use super::references::filled;
use super::way::{BUILDKITE, PLUGIN, Way};
use crate::document::{Origin, Problem};
use crate::text::{choices, nearest};

/// What the variable of an input ends in where its value is JSON.
const AS_JSON: &str = "_JSON";

/// An input as it arrived.
#[derive(Clone, PartialEq)]
pub(super) struct Raw {
    /// The input's name.
    pub(super) name: String,
    /// The variable.
    pub(super) variable: String,
    /// What it holds.
    pub(super) value: RawValue,
}

/// What a variable holds, before it is known what is wanted. No `Debug`: it may be a secret.
#[derive(Clone, PartialEq)]
pub(super) enum RawValue {
    /// Text.
    Text(String),
    /// Text in which commas part the items of a list.
    Commas(String),
    /// The items of an array.
    Items(Vec<String>),
    /// A value of JSON.
    Json(Json),
}

impl RawValue {
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) | Self::Commas(text) => text.trim().is_empty(),
            Self::Items(items) => items.iter().all(|it| it.trim().is_empty()),
            Self::Json(Json::Null) => true,
            Self::Json(Json::String(text)) => text.trim().is_empty(),
            Self::Json(Json::Array(items)) => items.is_empty(),
            Self::Json(Json::Object(entries)) => entries.is_empty(),
            Self::Json(Json::Bool(_) | Json::Number(_)) => false,
        }
    }
}

/// Whether the environment has inputs in variables of their own.
pub(super) fn has_inputs(environment: &BTreeMap<String, String>) -> bool {
    let is_plugin = matches!(Way::of(environment), Way::Drone | Way::Woodpecker);
    environment.keys().any(|it| it.starts_with(PREFIX) || is_plugin && it.starts_with(PLUGIN))
}

/// Every input that arrived and is not blank, and what is wrong with the variables. What a plugin itself is given
/// stands above variables with our prefix. `unreadable` are the variables whose values are not Unicode.
pub(super) fn collect(
    environment: &BTreeMap<String, String>,
    unreadable: &BTreeSet<String>,
    known: &[Input],
) -> (Vec<Raw>, Vec<Problem>) {
    let way = Way::of(environment);
    let mut found = Collector { known, way, raws: Vec::new(), problems: Vec::new() };
    found.prefixed(environment, PREFIX, RawValue::Text);
    match way {
        Way::Variables | Way::GitLab | Way::Azure => {}
        Way::Woodpecker => found.prefixed(environment, PLUGIN, RawValue::Text),
        Way::Drone => found.prefixed(environment, PLUGIN, RawValue::Commas),
        Way::Buildkite => {
            found.configuration(environment.get(BUILDKITE).map(String::as_str).unwrap_or_default());
        }
    }
    let prefixes: &[&str] = match way {
        Way::Drone | Way::Woodpecker => &[PREFIX, PLUGIN],
        Way::Variables | Way::Buildkite | Way::GitLab | Way::Azure => &[PREFIX, BUILDKITE],
    };
    for name in unreadable.iter().filter(|it| prefixes.iter().any(|prefix| it.starts_with(prefix))) {
        found.say(name, "it is not Unicode text", "write it anew");
    }
    found.raws.retain(|it| !it.value.is_blank());
    let mut raws: Vec<Raw> = Vec::new();
    for raw in std::mem::take(&mut found.raws) {
        if let Some(other) = raws.iter().find(|it| format!("{}{AS_JSON}", it.variable) == raw.variable) {
            found.say(&raw.variable, format!("{} says the same already", other.variable), "keep one of them");
        }
        raws.retain(|it| it.name != raw.name);
        raws.push(raw);
    }
    (raws, found.problems)
}

struct Collector<'a> {
    known: &'a [Input],
    way: Way,
    raws: Vec<Raw>,
    problems: Vec<Problem>,
}

impl Collector<'_> {
    fn say(&mut self, variable: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(&Origin::Variable(variable.to_owned()), message, remedy));
    }

    fn prefixed(
        &mut self,
        environment: &BTreeMap<String, String>,
        prefix: &str,
        value: impl Fn(String) -> RawValue,
    ) {
        let mut arrays: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
        for (variable, text) in environment {
            let Some(rest) = variable.strip_prefix(prefix) else { continue };
            if let Some(name) = self.name_of(rest) {
                self.raws.push(Raw { name, variable: variable.clone(), value: value(text.clone()) });
            } else if prefix == PREFIX
                && let Some(name) = rest.strip_suffix(AS_JSON).and_then(|it| self.name_of(it))
            {
                self.json(name, variable, text, environment);
            } else if let Some((name, place)) = rest.rsplit_once('_')
                && let Some(name) = self.name_of(name)
                && (place == "COUNT" || place.parse::<usize>().is_ok())
            {
                let items = arrays.entry(name).or_default();
                // The number of items says nothing that the items do not say.
                place.parse().ok().map(|place| items.insert(place, text.clone()));
            } else {
                let remedy = self.advice(rest, |it| format!("{prefix}{}", suffix(&it.name)));
                self.say(variable, "there is no such input", remedy);
            }
        }
        for (name, items) in arrays {
            let variable = format!("{prefix}{}_0", suffix(&name));
            let whole = format!("{prefix}{}", suffix(&name));
            if environment.get(&whole).is_some_and(|it| !it.trim().is_empty()) && !items.is_empty() {
                self.say(&variable, format!("{whole} says the same already"), "keep one of them");
            }
            let items = items.into_values().collect();
            self.raws.push(Raw { name, variable, value: RawValue::Items(items) });
        }
    }

    /// An input as JSON, into which no server has put values yet.
    fn json(&mut self, name: String, variable: &str, text: &str, environment: &BTreeMap<String, String>) {
        if text.trim().is_empty() {
            return;
        }
        let Ok(json) = serde_json::from_str(text) else {
            return self.say(variable, "it is not JSON", "write it anew");
        };
        let json = match filled(&json, self.way, environment) {
            Ok(json) => json,
            Err(missing) => {
                let message = format!("{} stands for a variable that is not there", missing.reference);
                let remedy = match self.way {
                    Way::Azure => format!(
                        "give the step a variable {}; a secret one is mapped in the template's `env`, and named by \
                         the input whose name ends in `-env`",
                        missing.variable
                    ),
                    _ => format!(
                        "give the job a variable {}, or write `$$` for a dollar sign",
                        missing.variable
                    ),
                };
                return self.say(variable, message, remedy);
            }
        };
        let is_list = self.known.iter().any(|it| it.name == name && it.kind.is_several());
        let value = match json {
            // The parts of one text, each a line or several.
            Json::Array(parts) if !is_list && parts.iter().all(Json::is_string) => {
                let parts: Vec<_> = parts.iter().filter_map(Json::as_str).map(str::trim_end).collect();
                RawValue::Text(parts.join("\n"))
            }
            json => RawValue::Json(json),
        };
        self.raws.push(Raw { name, variable: variable.to_owned(), value });
    }

    /// The input whose variable ends so.
    fn name_of(&self, rest: &str) -> Option<String> {
        self.known.iter().find(|it| suffix(&it.name) == rest).map(|it| it.name.clone())
    }

    fn configuration(&mut self, text: &str) {
        let entries = match serde_json::from_str(text) {
            Ok(Json::Object(entries)) => entries,
            // A plugin without any configuration.
            Ok(Json::Null) => return,
            _ if text.trim().is_empty() => return,
            _ => {
                return self.say(
                    BUILDKITE,
                    "it is no JSON object",
                    "give the plugin's configuration as a map",
                );
            }
        };
        for (name, value) in entries {
            let variable = Way::Buildkite.variable(&name);
            if self.known.iter().any(|it| it.name == name) {
                self.raws.push(Raw { name, variable, value: RawValue::Json(value) });
            } else {
                let remedy = self.advice(&name, |it| it.name.clone());
                self.say(&variable, "there is no such input", remedy);
            }
        }
    }

    /// Which input was probably meant.
    fn advice(&self, written: &str, call: impl Fn(&Input) -> String) -> String {
        let name = written.to_lowercase().replace('_', "-");
        let near = nearest(&name, self.known.iter().map(|it| it.name.as_str()));
        match near.and_then(|near| self.known.iter().find(|it| it.name == near)) {
            Some(near) => format!("did you mean `{}`?", call(near)),
            None => format!("known are {}", choices(self.known.iter().map(|it| it.name.as_str()))),
        }
    }
}
