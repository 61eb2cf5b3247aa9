//! Converts numbers to text if the schema wants text: YAML writes `version: 1.10` without quotes.

use serde_json::Value as Json;

use super::schema::{keyword, target, variants};
use super::text::Text;
use super::tree::{Node, Value};

/// The same tree, in which each number becomes the text that was written, if the schema wants text and admits no
/// number.
///
/// Only for trees of YAML: in TOML and JSON text has quotes, so that a number there is a mistake.
#[must_use]
pub fn numbers_as_texts(root: &Json, schema: &Json, mut node: Node) -> Node {
    change(root, schema, &mut node);
    node
}

fn change(root: &Json, schema: &Json, node: &mut Node) {
    match &mut node.value {
        Value::Number(written) if wants_text(root, schema) => {
            node.value = Value::Text(Text::of_settings(std::mem::take(written)));
        }
        Value::List(items) => {
            let schema = branches(root, schema).into_iter().find_map(|it| keyword(root, it, "items"));
            if let Some(schema) = schema {
                items.iter_mut().for_each(|it| change(root, schema, it));
            }
        }
        Value::Table(table) => {
            let objects: Vec<&Json> = branches(root, schema).into_iter().map(|it| target(root, it)).collect();
            for (key, entry) in table {
                let named = objects.iter().find_map(|it| it.get("properties")?.get(key));
                let others = || {
                    objects.iter().find_map(|it| it.get("additionalProperties")).filter(|it| it.is_object())
                };
                if let Some(schema) = named.or_else(others) {
                    change(root, schema, &mut entry.node);
                }
            }
        }
        _ => {}
    }
}

fn wants_text(root: &Json, schema: &Json) -> bool {
    let branches = branches(root, schema);
    let is_any = |kinds: &[&str]| branches.iter().any(|it| kinds.iter().any(|kind| is_of(root, it, kind)));
    let has_names = branches.iter().any(|it| !variants(root, it).is_empty());
    (is_any(&["string"]) || has_names) && !is_any(&["integer", "number"])
}

fn is_of(root: &Json, schema: &Json, kind: &str) -> bool {
    match keyword(root, schema, "type") {
        Some(Json::String(only)) => only == kind,
        Some(Json::Array(any)) => any.iter().any(|it| it == kind),
        _ => false,
    }
}

/// The schemas of which one has to fit.
fn branches<'a>(root: &'a Json, schema: &'a Json) -> Vec<&'a Json> {
    match keyword(root, schema, "anyOf").and_then(Json::as_array) {
        Some(any) => any.iter().flat_map(|it| branches(root, it)).collect(),
        None => vec![schema],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::{Format, Source, Texts, read, validate};

    fn schema() -> Json {
        json!({
            "type": "object",
            "properties": {
                "version": { "type": "string" },
                "count": { "type": "integer" },
                "either": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
                "to": { "type": "array", "items": { "$ref": "#/$defs/name" } },
                "value": { "anyOf": [{ "type": "string" }, { "type": "object", "properties": { "env": { "type": "string" } } }] },
                "fields": { "type": "object", "additionalProperties": { "type": "string" } },
                "mode": { "enum": ["1", "2"] },
                "free": {},
            },
            "additionalProperties": false,
            "$defs": { "name": { "type": "string" } },
        })
    }

    fn read_yaml(text: &str) -> Node {
        let source = Source { name: "a.yaml", bytes: text.as_bytes(), format: Format::Yaml };
        read(&source).expect("YAML").pop().expect("a document")
    }

    #[test]
    fn a_number_is_the_text_that_was_written_where_text_is_wanted() {
        let text = "version: 1.10\ncount: 010\neither: 7\nto: [2024, x, 0x1F]\nvalue: 1e5\nfields: {a: .5, b: +1}\nmode: 2\nfree: 1.0";
        let schema = schema();
        let node = numbers_as_texts(&schema, &schema, read_yaml(text));
        let expected = json!({
            "version": "1.10", "count": 10, "either": 7, "to": ["2024", "x", "0x1F"], "value": "1e5",
            "fields": { "a": ".5", "b": "+1" }, "mode": "2", "free": 1.0,
        });
        assert_eq!(node.to_json(), expected);
        assert_eq!(validate(&schema, &schema, &node, "", Texts::Final), []);
        let nested = numbers_as_texts(&schema, &schema, read_yaml("value: {env: 5}"));
        assert_eq!(nested.to_json(), json!({ "value": { "env": "5" } }));
    }

    #[test]
    fn true_false_and_null_are_no_text_without_quotes() {
        let schema = schema();
        let node =
            numbers_as_texts(&schema, &schema, read_yaml("version: true\nto: [~, no, on]\ncount: .inf"));
        let problems = validate(&schema, &schema, &node, "", Texts::Final);
        let found: Vec<_> = problems.iter().map(|it| (it.message.as_str(), it.remedy.as_str())).collect();
        assert_eq!(
            found,
            [
                ("count must be a whole number, and this is a number", "write a whole number"),
                ("to must be text, and this is null", "write text"),
                ("version must be text, and this is true or false", "write it in quotes"),
            ]
        );
    }
}
