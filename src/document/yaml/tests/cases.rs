//! What each form of YAML becomes, where it stands, and what is refused.

use serde_json::{Value as Json, json};

use crate::document::yaml::parse;
use crate::document::{Node, Origin, Value};

fn read(text: &str) -> (Vec<Node>, Vec<String>) {
    let (documents, problems) = parse(text, &"f".into());
    let described = |it: &crate::document::Problem| match &it.origin {
        Origin::File { line, column, .. } => format!("{line}:{column} {}; {}", it.message, it.remedy),
        other => panic!("{other:?}"),
    };
    (documents, problems.iter().map(described).collect())
}

fn json_of(text: &str) -> Vec<Json> {
    let (documents, problems) = read(text);
    assert!(problems.is_empty(), "{text}: {problems:?}");
    documents.iter().map(Node::to_json).collect()
}

fn problems_of(text: &str) -> Vec<String> {
    read(text).1
}

#[test]
fn plain_scalars_follow_the_core_schema_and_quoted_ones_are_text() {
    for (text, expected) in [
        ("no", json!("no")),
        ("on", json!("on")),
        ("Yes", json!("Yes")),
        ("y", json!("y")),
        ("true", json!(true)),
        ("False", json!(false)),
        ("tRue", json!("tRue")),
        ("null", Json::Null),
        ("Null", Json::Null),
        ("nUll", json!("nUll")),
        ("0123", json!(123)),
        ("0o17", json!(15)),
        ("0x1F", json!(31)),
        ("1e5", json!(1e5)),
        ("1_000", json!("1_000")),
        ("12:30:45", json!("12:30:45")),
        ("2024-01-01", json!("2024-01-01")),
        ("1.2.3", json!("1.2.3")),
        ("-", json!([null])),
        (".inf", json!(".inf")),
        ("'no'", json!("no")),
        ("\"1\"", json!("1")),
        ("'true'", json!("true")),
        ("'~'", json!("~")),
        ("\"a\\tb\\u00e9\\x41\"", json!("a\tb\u{e9}A")),
        ("!!str 1.10", json!("1.10")),
        ("! 1.10", json!("1.10")),
        ("!!str", json!("")),
        ("!!int 12", json!(12)),
        ("!!int '12'", json!(12)),
        ("!!float 1", json!(1)),
        ("!!bool TRUE", json!(true)),
        ("!!null ''", Json::Null),
        ("!!seq [1]", json!([1])),
        ("!!map {a: 1}", json!({"a": 1})),
        ("|\n  a\n   b\n", json!("a\n b\n")),
        ("|-\n  a\n", json!("a")),
        (">\n  a\n  b\n\n  c\n", json!("a b\nc\n")),
        ("a #b", json!("a")),
        ("a#b", json!("a#b")),
    ] {
        assert_eq!(json_of(text), [expected], "{text}");
    }
}

#[test]
fn a_number_keeps_the_text_that_was_written() {
    for text in ["1.10", "0123", "1e5", "0x1F", "+5", ".5", "-.INF", "12345678901234567890123"] {
        let (documents, _) = read(text);
        assert_eq!(documents[0].value, Value::Number(text.to_owned()), "{text}");
    }
}

#[test]
fn collections_have_two_notations_and_a_value_may_be_left_out() {
    let expected = json!({"a": [1, {"b": "c"}, null], "d": {}, "e": [], "f": null});
    for text in [
        "a:\n- 1\n- b: c\n-\nd: {}\ne: []\nf:\n",
        "a:\n  - 1\n  - b: c\n  - ~\nd: {}\ne: [\n]\nf: null\n",
        "{a: [1, {b: c}, null], d: {}, e: [], f}",
        "---\n\"a\": [1, b: c, ~]\n'd': {}\ne: []\n? f\n...\n",
        "a: # one\r\n  - 1\r\n  - b: c\r\n  -\r\nd: {}\r\ne: []\r\nf:\r\n",
    ] {
        assert_eq!(json_of(text), std::slice::from_ref(&expected), "{text}");
    }
}

#[test]
fn a_file_holds_any_number_of_documents_and_blank_ones_do_not_count() {
    for (text, expected) in [
        ("", vec![]),
        ("# a comment\n", vec![]),
        ("---\n", vec![]),
        ("---\n---\n# x\n---\na: 1\n---\n", vec![json!({"a": 1})]),
        ("a: 1\n---\n- 2\n...\n---\n~\n", vec![json!({"a": 1}), json!([2]), Json::Null]),
        ("&a\n---\n&b # x\n", vec![Json::Null, Json::Null]),
        ("%YAML 1.2\n---\na: 1\n", vec![json!({"a": 1})]),
    ] {
        assert_eq!(json_of(text), expected, "{text}");
    }
}

#[test]
fn values_and_keys_know_where_they_are() {
    let (documents, problems) =
        read("# é\nsteps:\n  - name: \"é\"\n    to: [Dev, Tést, 5]\n---\nb: |\n  text\n");
    assert!(problems.is_empty(), "{problems:?}");
    let at = |node: &Node| match &node.origin {
        Origin::File { file, line, column } => format!("{file}:{line}:{column}"),
        other => panic!("{other:?}"),
    };
    let steps = documents[0].get("steps").expect("steps");
    let step = &steps.list().expect("a list")[0];
    let to = step.get("to").and_then(Node::list).expect("a list");
    assert_eq!([at(&documents[0]), at(step)], ["f:2:1", "f:3:5"]);
    assert_eq!([at(&to[0]), at(&to[1]), at(&to[2])], ["f:4:10", "f:4:15", "f:4:21"]);
    let entry = &step.table().expect("a table")["to"];
    assert_eq!(entry.key, Origin::File { file: "f".into(), line: 4, column: 5 });
    assert_eq!(at(&documents[1]), "f:6:1");
    assert_eq!(at(documents[1].get("b").expect("b")), "f:7:3");
}

#[test]
fn an_alias_is_a_copy_of_the_value_above_it() {
    let text = "base: &base {to: [&dev Dev, Test], n: 1}\nother: *base\nname: *dev\n";
    let (documents, problems) = read(text);
    assert!(problems.is_empty(), "{problems:?}");
    let base = json!({"to": ["Dev", "Test"], "n": 1});
    assert_eq!(documents[0].to_json(), json!({"base": base, "other": base, "name": "Dev"}));
    let other = documents[0].get("other").expect("other");
    assert_eq!(other.origin, Origin::File { file: "f".into(), line: 2, column: 8 }, "the alias");
    let n = other.get("n").expect("n");
    assert_eq!(n.origin, Origin::File { file: "f".into(), line: 1, column: 39 }, "what was written");
    assert_eq!(json_of("a: &x 1\nb: &x 2\nc: *x\n"), [json!({"a": 1, "b": 2, "c": 2})]);
    assert_eq!(json_of("&k key: *k\n"), [json!({"key": "key"})]);
}

#[test]
fn what_cannot_be_kept_or_is_a_guess_is_refused_with_its_place() {
    for (text, expected) in [
        ("a: 1\nb: 2\na: 3\n", "3:1 this key is given twice, first in line 1, column 1; keep one of them"),
        (
            "x: {a: 1,\n  'a': 3}\n",
            "2:3 this key is given twice, first in line 1, column 5; keep one of them",
        ),
        ("1: a\n", "1:1 a key must be text, and this is a number; write it in quotes"),
        ("true: a\n", "1:1 a key must be text, and this is true or false; write it in quotes"),
        ("~: a\n", "1:1 a key must be text, and this is null; write it in quotes"),
        ("a: {: b}\n", "1:5 a key must be text, and this is null; write it in quotes"),
        ("? [a]\n: b\n", "1:3 a key must be text, and this is a list; write a text before the `:`"),
        ("? {a: b}\n: c\n", "1:3 a key must be text, and this is a table; write a text before the `:`"),
        ("a: &x b\n*x : c\n", "2:1 a key cannot be an alias; write its text"),
        ("b: &b {c: 1}\na:\n  <<: *b\n", "3:3 merge keys (`<<`) are not supported; write the keys out"),
        ("a: !Ref b\n", "1:9 the tag `!Ref` is not supported; write the value without it"),
        ("a: !!binary aGk=\n", "1:13 the tag `!!binary` is not supported; write the value without it"),
        (
            "a: !!python/object:os.system {b: c}\n",
            "1:30 the tag `!!python/object:os.system` is not supported; write the value without it",
        ),
        ("!vault [a]\n", "1:8 the tag `!vault` is not supported; write the value without it"),
        ("a: !!int x\n", "1:10 the tag `!!int` does not fit this value; leave the tag out"),
        ("a: !!int 1.5\n", "1:10 the tag `!!int` does not fit this value; leave the tag out"),
        ("a: !!map [b]\n", "1:10 the tag `!!map` does not fit this value; leave the tag out"),
        ("a: !!seq b\n", "1:10 the tag `!!seq` does not fit this value; leave the tag out"),
        ("a: *b\n", "1:4 there is no anchor `&b` above; correct the name, or write the value"),
        ("a: &x 1\n---\nb: *x\n", "3:4 there is no anchor `&x` above; correct the name, or write the value"),
        ("a: &a [b, *a]\n", "1:11 the value of this alias contains the alias itself; write the value"),
    ] {
        assert_eq!(problems_of(text), [expected], "{text}");
    }
    assert_eq!(json_of("'<<': 1\n'1': 2\nno: 3\non: 4\n"), [json!({"<<": 1, "1": 2, "no": 3, "on": 4})]);
}

#[test]
fn every_problem_of_every_document_is_found_in_one_reading() {
    let text = "a: !x 1\n2: b\nc: {d: 1, d: 2}\n---\ne: [1, 2\n---\nf: *g\n---\n\"h\n";
    let problems = problems_of(text);
    let places: Vec<_> =
        problems.iter().filter_map(|it| it.split_once(' ')).map(|(place, _)| place).collect();
    assert_eq!(places, ["1:7", "2:1", "3:11", "5:4", "7:4", "9:1"], "{problems:#?}");
}

#[test]
fn a_mistake_of_syntax_has_its_place() {
    let mut others = Vec::new();
    for (text, place) in [
        ("a: b: c\n", "1:5"),
        ("a: [1, 2\nb: 3\n", "2:2"),
        ("a: \"b\n", "1:4"),
        ("a:\n\t- b\n", "2:2"),
        ("- a\n b\n- c: d\n e\n", "4:2"),
        ("a: @b\n", "1:4"),
        ("a: `b`\n", "1:4"),
        ("%FOO\n", "2:1"),
    ] {
        let problems = problems_of(text);
        let begins = problems.len() == 1 && problems[0].starts_with(&format!("{place} this is not YAML: "));
        if !begins || !problems[0].ends_with("; correct the syntax here") {
            others.push(format!("{text:?} {place}: {problems:?}"));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}
