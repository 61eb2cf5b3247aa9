//! The tables of options in the documentation.

use std::fmt::Write;

use serde_json::Value;

use super::fields::{description, properties};
use crate::document::schema::{keyword, target, variants};
use crate::flow::definition::documents_schema;
use crate::model::ActionKind;
use crate::settings::{Flag, FlagKind, connection_flags, default_of, flags, part, settings_schema};

const BEGIN: &str = "<!-- options:begin -->";
const END: &str = "<!-- options:end -->";

/// A page of the documentation and the tables that stand between its markers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The page's path within the repository, with `/`.
    pub path: &'static str,
    /// What stands between the markers.
    pub tables: String,
}

/// Every page with tables that are made.
#[must_use]
pub fn pages() -> Vec<Page> {
    let settings = settings_schema();
    let action = |path, kind: ActionKind| {
        let section = part(settings, kind.name());
        let items = section.get("items").unwrap_or(section);
        Page { path, tables: table(settings, items, &flags(kind)) }
    };
    vec![
        action("docs/create.md", ActionKind::Create),
        action("docs/deploy.md", ActionKind::Deploy),
        action("docs/promote.md", ActionKind::Promote),
        Page { path: "docs/handler.md", tables: handler(settings) },
        Page { path: "docs/flows.md", tables: flows(settings) },
        Page { path: "docs/ci-servers.md", tables: super::servers::tables() },
    ]
}

/// A page's text with its tables put between its markers; `None` where it has no markers.
#[must_use]
pub fn splice(text: &str, tables: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{tables}\n{END}{after}"))
}

/// The tables of what all actions share.
fn handler(settings: &Value) -> String {
    let mut text = String::new();
    let shared = connection_flags();
    for (heading, key) in [("`[connection]`", "connection"), ("`[report]`", "report")] {
        let rows = table(settings, part(settings, key), &shared);
        let _ = write!(text, "### {heading}\n\n{rows}\n");
    }
    for key in ["prompted-variables", "edit-project-variables"] {
        let help = description(settings, part(settings, key));
        let flags = flags(ActionKind::Deploy);
        let flags = flags_of(&flags, key);
        let _ = write!(
            text,
            "### `[{key}]`\n\n{help} Any name, and its value: text, `{{ env = \"NAME\" }}` or \
                              `{{ file = \"path\" }}`. Flags: {flags}.\n\n"
        );
    }
    let when = properties(target(settings, part(settings, "deploy"))).find(|(key, _)| *key == "when");
    if let Some((_, when)) = when {
        let _ = write!(text, "### `when`\n\n{}\n", table(settings, when, &[]));
    }
    let conditions = target(settings, part(settings, "conditions"));
    let _ = write!(text, "### `[conditions]`\n\n{}\n\n", description(settings, conditions));
    if let Some(row) = properties(conditions).find_map(|(_, it)| it.get("items")) {
        text.push_str(&table(settings, row, &[]));
    }
    text
}

/// The tables of the documents of promotion flows, and of what settings say for them.
fn flows(settings: &Value) -> String {
    let documents = documents_schema();
    let mut text = String::new();
    for (heading, name) in [
        ("`metadata` of every document", "Metadata"),
        ("`PromotionFlow` of `promenade/v1`: `spec`", "FlowSpec"),
        ("`PromotionFlow` of `codefresh.io/v1beta1`: `spec`", "CodefreshFlowSpec"),
        ("Each of a flow's `steps`", "FlowStep"),
        ("`Environment` of `promenade/v1`: `spec`", "EnvironmentSpec"),
        ("`Product` of `promenade/v1`: `spec`", "ProductSpec"),
        ("Each of a product's `applications`", "ProductApplication"),
    ] {
        let schema = documents.get("$defs").and_then(|it| it.get(name)).unwrap_or(&Value::Null);
        let _ = write!(text, "### {heading}\n\n{}\n", table(documents, schema, &[]));
    }
    let _ =
        write!(text, "### `[store]` of the settings\n\n{}", table(settings, part(settings, "store"), &[]));
    text
}

/// One table of a section's keys.
fn table(settings: &Value, section: &Value, flags: &[Flag]) -> String {
    let with_flags = !flags.is_empty();
    let (head, rule) = if with_flags { (" Flag |", " --- |") } else { ("", "") };
    let mut text = format!("| Key | Value | Default | Meaning |{head}\n| --- | --- | --- | --- |{rule}\n");
    rows(settings, target(settings, section), "", flags, with_flags, &mut text);
    text
}

fn rows(settings: &Value, table: &Value, prefix: &str, flags: &[Flag], with_flags: bool, text: &mut String) {
    let required =
        |key: &str| table.get("required").and_then(Value::as_array).into_iter().flatten().any(|it| it == key);
    for (key, schema) in properties(table) {
        let path = format!("{prefix}{key}");
        let value = value(settings, schema);
        let default = match default_of(schema) {
            Some(default) => format!("`{default}`"),
            None if required(key) => "required".to_owned(),
            None => match schema.get("default") {
                Some(Value::Bool(default)) => format!("`{default}`"),
                _ => String::new(),
            },
        };
        let meaning = format!("{}{}", description(settings, schema), meanings(settings, schema));
        let flag = if with_flags { format!(" {} |", flags_of(flags, &path)) } else { String::new() };
        let cells = [format!("`{path}`"), value, default, meaning].map(|it| it.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |{flag}", cells.join(" | "));
        if holds_keys(settings, schema) && key != "when" {
            rows(settings, target(settings, schema), &format!("{path}."), flags, with_flags, text);
        }
    }
}

/// A table with keys of its own, other than a source of secrets, which is one value to people.
fn holds_keys(settings: &Value, schema: &Value) -> bool {
    keyword(settings, schema, "properties").is_some() && keyword(settings, schema, "x-kind").is_none()
}

fn value(settings: &Value, schema: &Value) -> String {
    let names: Vec<_> = variants(settings, schema).into_iter().map(|(name, _)| format!("`{name}`")).collect();
    if !names.is_empty() {
        return names.join(", ");
    }
    let word = |name| keyword(settings, schema, name);
    match word("x-kind").and_then(Value::as_str) {
        Some("duration" | "period") => return "duration".to_owned(),
        Some("time") => return "time".to_owned(),
        Some("secret")
            if keyword(settings, schema, "properties").is_some_and(|it| it.get("command").is_none()) =>
        {
            return "`{ env = … }` or `{ file = … }`".to_owned();
        }
        Some("secret") => return "`{ env = … }`, `{ file = … }` or `{ command = […] }`".to_owned(),
        _ => {}
    }
    match word("type").and_then(Value::as_str) {
        Some("boolean") => "`true` or `false`",
        Some("integer") => "number",
        Some("array") => "list",
        Some("object") if word("properties").is_none() => "table of texts",
        Some("object") => "table",
        _ if word("anyOf").is_some() => "text or list",
        _ => "text",
    }
    .to_owned()
}

/// What each of a closed set of values means.
fn meanings(settings: &Value, schema: &Value) -> String {
    let meaning = |(name, help): &(&str, &str)| (!help.is_empty()).then(|| format!("<br>`{name}`: {help}"));
    variants(settings, schema).iter().filter_map(meaning).collect()
}

fn flags_of(flags: &[Flag], path: &str) -> String {
    let is = |flag: &&Flag| {
        let own: Vec<_> =
            flag.path.iter().skip(usize::from(flag.path.len() > 1)).map(String::as_str).collect();
        own.join(".") == path
    };
    let written = |flag: &Flag| {
        let value = match &flag.kind {
            FlagKind::Switch(_) => "",
            FlagKind::Map => " NAME=VALUE",
            FlagKind::MapFromEnvironment => " NAME=VARIABLE",
            FlagKind::MapFromFile => " NAME=PATH",
            FlagKind::FromEnvironment => " VARIABLE",
            FlagKind::FromFile => " PATH",
            FlagKind::Integer => " NUMBER",
            FlagKind::Duration => " DURATION",
            FlagKind::Time => " TIME",
            FlagKind::Choice(_) => " VALUE",
            FlagKind::Text | FlagKind::List => " TEXT",
        };
        format!("`{}{value}`", flag.name)
    };
    flags.iter().filter(is).map(written).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_go_between_the_markers_and_nowhere_else() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let once = splice(&page, "| new |\n").expect("markers");
        assert_eq!(once, format!("a\n{BEGIN}\n\n| new |\n\n{END}\nb\n"));
        assert_eq!(splice(&once, "| new |\n"), Some(once.clone()));
        assert_eq!(splice("no markers", "x"), None);
    }

    #[test]
    fn every_key_of_an_action_is_in_its_table() {
        let pages = pages();
        let promote = &pages[2].tables;
        for row in [
            "| `from` | text | required |",
            "| `to` | list | required |",
            "| `time-limit` | duration | `30m` |",
            "| `wait` | `true` or `false` | `true` |",
            "| `freeze-override.reason` | text | required |",
            "`--no-wait` |",
            "`--tenant-tag TEXT` |",
            "<br>`retry`: Answers guided failure: try the step again.",
        ] {
            assert!(promote.contains(row), "{row} is not in\n{promote}");
        }
        assert!(
            pages[3].tables.contains("`--api-key-env VARIABLE`, `--api-key-file PATH` |"),
            "{}",
            pages[3].tables
        );
    }
}
