//! JSON is YAML: what is written in either way reads to the same tree.

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::document::{Format, Node, Source, Value, read};

/// A tree without places, and without what is known of its texts.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Text(String),
    Number(String),
    Bool(bool),
    Null,
    List(Vec<Shape>),
    Table(Vec<(String, Shape)>),
}

fn shape(node: &Node) -> Shape {
    match &node.value {
        Value::Text(text) => Shape::Text(text.as_str().to_owned()),
        Value::Number(text) => Shape::Number(text.clone()),
        Value::Bool(it) => Shape::Bool(*it),
        Value::Null => Shape::Null,
        Value::List(items) => Shape::List(items.iter().map(shape).collect()),
        Value::Table(table) => {
            Shape::Table(table.iter().map(|(key, it)| (key.clone(), shape(&it.node))).collect())
        }
    }
}

fn read_as(text: &str, format: Format) -> Result<Vec<Shape>, String> {
    let source = Source { name: "f", bytes: text.as_bytes(), format };
    read(&source).map(|it| it.iter().map(shape).collect()).map_err(|it| format!("{it}\n{text}"))
}

/// A value as JSON with escapes for what YAML counts as not printable. Its specification lets such signs stand in quotes
/// by themselves; the parser does not.
fn printable(json: &str) -> String {
    let sign = |it: char| match it {
        '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => format!("\\u{:04x}", u32::from(it)),
        it => it.to_string(),
    };
    json.chars().map(sign).collect()
}

/// A value in block notation, as people write it.
fn block(value: &Json, indent: usize) -> String {
    let margin = " ".repeat(indent);
    match value {
        Json::Array(items) if !items.is_empty() => {
            items.iter().map(|it| format!("\n{margin}-{}", inner(it, indent + 2))).collect()
        }
        Json::Object(entries) if !entries.is_empty() => {
            let entry = |(key, it): (&String, &Json)| {
                format!(
                    "\n{margin}{}:{}",
                    serde_json::to_string(key).expect("serialises"),
                    inner(it, indent + 2)
                )
            };
            entries.iter().map(entry).collect()
        }
        other => format!("\n{margin}{other}"),
    }
}

fn inner(value: &Json, indent: usize) -> String {
    match value {
        Json::Array(items) if !items.is_empty() => block(value, indent),
        Json::Object(entries) if !entries.is_empty() => block(value, indent),
        other => format!(" {other}"),
    }
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
        "[-?:,#&*!|>'\"%@`<~ 0-9a-z\n\r\t\u{85}\u{a0}\u{2028}\u{feff}\u{7f}\u{0}]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::btree_map(".{0,6}", inner, 0..5)
                .prop_map(|it| Json::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_reads_to_the_same_tree_as_yaml(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = printable(&text.expect("serialises"));
        let expected = read_as(&text, Format::Json);
        prop_assert!(expected.is_ok(), "{:?}", expected);
        prop_assert_eq!(read_as(&text, Format::Yaml), expected.clone());
        prop_assert_eq!(read_as(&printable(&format!("---{}\n", block(&value, 0))), Format::Yaml), expected);
    }

    #[test]
    fn several_documents_are_read_one_after_the_other(values in proptest::collection::vec(json(), 0..4)) {
        let whole: String = values.iter().map(|it| format!("--- {it}\n")).collect();
        let each: Result<Vec<_>, _> = values.iter().map(|it| read_as(&it.to_string(), Format::Json)).collect();
        prop_assert_eq!(read_as(&printable(&whole), Format::Yaml), each.map(|it| it.into_iter().flatten().collect()));
    }
}
