//! Reads JSON into a tree with locations.
//!
//! `serde_json` decides what is valid JSON, and how deep it may be nested; it does not give the locations of values. So
//! a second walk over the valid text finds them.

use std::sync::Arc;

use super::lines::Lines;
use super::problem::{Origin, Problem};
use super::text::Text;
use super::tree::{Entry, Node, Table, Value};

/// Reads a JSON text; `file` is its name in locations.
///
/// # Errors
///
/// The first location where the text is not JSON or has a duplicate key.
pub(super) fn parse(text: &str, file: &Arc<str>) -> Result<Node, Problem> {
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let origin = Origin::File { file: Arc::clone(file), line, column };
        let whole = error.to_string();
        let message = whole.split(" at line ").next().unwrap_or_default();
        Problem::new(&origin, format!("this is not JSON: {message}"), "correct the syntax here")
    })?;
    let mut walk = Walk { text, at: 0, lines: Lines::of(text, file), twice: None };
    let root = walk.value();
    walk.twice.map_or(Ok(root), Err)
}

/// A walk over a text that is valid JSON.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    lines: Lines<'a>,
    /// The first duplicate key of an object. Readers of JSON do not agree on which value counts.
    twice: Option<Problem>,
}

impl<'a> Walk<'a> {
    /// The next byte that is not white space; 0 after the end.
    fn peek(&mut self) -> u8 {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|it| it.is_ascii_whitespace()).count();
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn value(&mut self) -> Node {
        let first = self.peek();
        let origin = self.lines.origin(self.at);
        let value = match first {
            b'{' => Value::Table(self.table()),
            b'[' => Value::List(self.list()),
            b'"' => Value::Text(Text::plain(self.string())),
            _ => match self.word() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                number => Value::Number(number.to_owned()),
            },
        };
        Node { value, origin }
    }

    fn table(&mut self) -> Table {
        self.at += 1;
        let mut table = Table::new();
        while self.peek() == b'"' {
            let key_origin = self.lines.origin(self.at);
            let key = self.string();
            self.skip(b':');
            let node = self.value();
            if table.contains_key(&key) {
                let problem = || Problem::new(&key_origin, "this key is given twice", "keep one of them");
                self.twice.get_or_insert_with(problem);
            }
            table.insert(key, Entry { key: key_origin, node });
            self.skip(b',');
        }
        self.skip(b'}');
        table
    }

    fn list(&mut self) -> Vec<Node> {
        self.at += 1;
        let mut list = Vec::new();
        while !matches!(self.peek(), b']' | 0) {
            list.push(self.value());
            self.skip(b',');
        }
        self.skip(b']');
        list
    }

    fn string(&mut self) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|it| {
            let ends = it == b'"' && !escaped;
            escaped = it == b'\\' && !escaped;
            ends
        });
        let length = end.map_or(rest.len(), |it| it + 2);
        self.at += length;
        rest.get(..length).and_then(|it| serde_json::from_str(it).ok()).unwrap_or_default()
    }

    fn word(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip(&mut self, sign: u8) {
        if self.peek() == sign {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Node, Problem> {
        super::parse(text, &"j".into())
    }

    fn at(line: usize, column: usize) -> Origin {
        Origin::File { file: "j".into(), line, column }
    }

    #[test]
    fn values_know_where_they_are_and_numbers_keep_their_digits() {
        let text = "{\n \"a\": [1, {\"b\\\"\": 12345678901234567890123}],\n \"é\": null }";
        let root = parse(text).expect("valid");
        let list = root.get("a").and_then(Node::list).expect("a list");
        let inner = list[1].get("b\"").expect("a number");
        assert_eq!(inner.value, Value::Number("12345678901234567890123".into()));
        assert_eq!(inner.origin, at(2, 19));
        assert_eq!(root.get("é").map(|it| it.origin.clone()), Some(at(3, 7)));
    }

    #[test]
    fn a_mistake_has_its_place_and_depth_has_an_end() {
        let problem = parse("{\n \"a\": }").expect_err("not JSON");
        assert!(matches!(problem.origin, Origin::File { line: 2, .. }), "{problem:?}");
        parse(&"[".repeat(100_000)).expect_err("too deep");
    }

    #[test]
    fn a_key_that_is_given_twice_is_no_guess() {
        let problem = parse("{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2}}").expect_err("`c` twice");
        assert_eq!(problem.origin, at(2, 16));
        assert!(problem.message.contains("given twice"), "{problem:?}");
        parse("[{\"a\": 1}, {\"a\": 1}]").expect("once in each");
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                proptest::collection::btree_map(".{0,6}", inner, 0..5)
                    .prop_map(|it| serde_json::Value::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_walk_reads_what_serde_reads(value in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let node = parse(&text.expect("serialises")).expect("valid");
            prop_assert_eq!(node.to_json(), value);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]{}\":,0-9a-e\\\\ \n]{0,40}") {
            drop(parse(&text));
        }
    }
}
