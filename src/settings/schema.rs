//! The schema of the settings file, and its parts. Flags, checks and plans all start from it.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::wire::SettingsFile;
use crate::document::schema::{self, keyword, target};
use crate::model::ActionKind;

/// The schema of the settings file, made once.
pub(crate) fn settings_schema() -> &'static Json {
    static SCHEMA: LazyLock<Json> = LazyLock::new(schema::of_toml::<SettingsFile>);
    &SCHEMA
}

/// The schema of one action's section.
pub(crate) fn section_schema(schema: &Json, action: ActionKind) -> &Json {
    let part = part(schema, action.name());
    target(schema, part.get("items").unwrap_or(part))
}

/// The schema of a key at the root.
pub(crate) fn part<'a>(schema: &'a Json, key: &str) -> &'a Json {
    schema.get("properties").and_then(|it| it.get(key)).unwrap_or(&Json::Null)
}

/// What a key of the settings does, from the root of the settings.
pub(crate) fn help_of(path: &[String]) -> String {
    let root = settings_schema();
    let mut schema = root;
    for key in path {
        let table = target(root, schema.get("items").unwrap_or(schema));
        schema = table.get("properties").and_then(|it| it.get(key)).unwrap_or(&Json::Null);
    }
    help(root, schema)
}

/// The help text of a key.
pub(super) fn help(root: &Json, schema: &Json) -> String {
    let help = schema.get("description").or_else(|| keyword(root, schema, "description"));
    help.and_then(Json::as_str).unwrap_or_default().replace("**", "")
}

/// The default of a key as people write it; `None` for a default that only means "off".
pub(crate) fn default_of(schema: &Json) -> Option<String> {
    match schema.get("default")? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
