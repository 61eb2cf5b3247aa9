//! Reads TOML into a tree with locations.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lines::Lines;
use super::problem::{Origin, Problem};
use super::text::Text;
use super::tree::{Entry, Node, Table, Value};

/// Reads as much as possible, and reports every error; `file` is the text's name in locations.
pub(super) fn parse(text: &str, file: &Arc<str>) -> (Node, Vec<Problem>) {
    let lines = Lines::of(text, file);
    let (document, errors) = DeTable::parse_recoverable(text);
    let root =
        Node { value: Value::Table(table(document.get_ref(), &lines)), origin: Origin::start_of(file) };
    let problem = |error: &toml::de::Error| {
        let origin = lines.origin(error.span().map_or(0, |it| it.start));
        let message = format!("this is not TOML: {}", error.message().replace('\n', " "));
        Problem::new(&origin, message, "correct the syntax here")
    };
    (root, errors.iter().map(problem).collect())
}

fn table(table: &DeTable<'_>, lines: &Lines<'_>) -> Table {
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let entry = Entry { key: lines.origin(key.span().start), node: node(value, lines) };
        (text(key), entry)
    };
    table.iter().map(entry).collect()
}

fn text(key: &Spanned<std::borrow::Cow<'_, str>>) -> String {
    key.get_ref().clone().into_owned()
}

fn node(value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Node {
    let origin = lines.origin(value.span().start);
    let value = match value.get_ref() {
        DeValue::String(it) => Value::Text(Text::of_settings(it.clone().into_owned())),
        DeValue::Integer(it) => {
            let decimal = i128::from_str_radix(it.as_str(), it.radix());
            Value::Number(decimal.map_or_else(|_| it.to_string(), |it| it.to_string()))
        }
        DeValue::Float(it) => Value::Number(it.as_str().to_owned()),
        DeValue::Boolean(it) => Value::Bool(*it),
        DeValue::Datetime(it) => Value::Text(Text::plain(it.to_string())),
        DeValue::Array(items) => Value::List(items.iter().map(|it| node(it, lines)).collect()),
        DeValue::Table(it) => Value::Table(table(it, lines)),
    };
    Node { value, origin }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Node, Vec<Problem>) {
        super::parse(text, &"t".into())
    }

    fn at(line: usize, column: usize) -> Origin {
        Origin::File { file: "t".into(), line, column }
    }

    #[test]
    fn values_know_where_they_are() {
        let (root, problems) = parse("[deploy]\nto = [\"Dev\", \"Tést\"]\nwait = false # é\n");
        assert!(problems.is_empty(), "{problems:?}");
        let deploy = root.get("deploy").expect("a table");
        let to = deploy.get("to").and_then(Node::list).expect("a list");
        assert_eq!(to[1].as_text(), Some("Tést"));
        assert_eq!(to[1].origin, at(2, 14));
        assert_eq!(deploy.table().expect("a table")["wait"].key, at(3, 1));
    }

    #[test]
    fn several_mistakes_of_syntax_are_reported_together() {
        let (_, problems) = parse("a = \nb = 1\nc = 'x\nd == 2\n");
        for line in [1, 3, 4] {
            let found =
                problems.iter().any(|it| matches!(it.origin, Origin::File { line: at, .. } if at == line));
            assert!(found, "line {line}: {problems:?}");
        }
    }

    #[test]
    fn a_time_is_text_and_a_number_is_decimal() {
        let (root, _) = parse("at = 2026-12-01T22:00:00+01:00\nn = 0xff\n");
        assert_eq!(root.get("at").and_then(Node::as_text), Some("2026-12-01T22:00:00+01:00"));
        assert_eq!(root.get("n").map(|it| &it.value), Some(&Value::Number("255".into())));
    }
}
