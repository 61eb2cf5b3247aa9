//! Texts that are meant to cost memory, time or the stack. The test runner ends what takes too long.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::document::yaml::anchors::MOST_VALUES;
use crate::document::yaml::builder::DEEPEST;
use crate::document::yaml::parse;
use crate::document::{Format, Node, Source, read};

fn count(node: &Node) -> usize {
    let inner = |it: &Node| count(it);
    let listed: usize = node.list().unwrap_or_default().iter().map(inner).sum();
    let entered: usize = node.table().into_iter().flatten().map(|(_, it)| count(&it.node)).sum();
    1 + listed + entered
}

/// What is wrong with a text; the trees stay within the limit, whatever it is.
fn problems_in(text: &str) -> Vec<String> {
    let (documents, problems) = parse(text, &"f".into());
    assert!(documents.iter().map(count).sum::<usize>() <= MOST_VALUES);
    problems.into_iter().map(|it| it.message).collect()
}

const TOO_LARGE: &str = "the file comes to more than 100000 values, aliases included";
const TOO_DEEP: &str = "values are nested more than 128 levels deep here";

#[test]
fn a_billion_laughs_are_refused_before_they_are_made() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let _ = write!(text, "a{level}: &a{level} [");
        text.push_str(&vec![format!("*a{}", level - 1); 10].join(", "));
        text.push_str("]\n");
    }
    assert_eq!(problems_in(&text), [TOO_LARGE]);
}

#[test]
fn copies_of_a_long_text_count_by_its_length() {
    let long = "x".repeat(500_000);
    let text = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 2_000].join(", "));
    assert_eq!(problems_in(&text), [TOO_LARGE]);
    let few = format!("a: &a {}\nb: [*a, *a, *a]\n", "x".repeat(10_000));
    assert_eq!(problems_in(&few), [""; 0]);
}

#[test]
fn anchors_around_anchors_are_not_kept_without_end() {
    let opening: String = (0..100).map(|it| format!("&a{it} [")).collect();
    let text = format!("{opening}{}{}", vec!["x"; 20_000].join(","), "]".repeat(100));
    assert_eq!(problems_in(&text), [TOO_LARGE]);
}

#[test]
fn aliases_of_aliases_do_not_nest_deeper_than_collections_may() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..DEEPEST + 10 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    assert_eq!(problems_in(&text), [TOO_LARGE]);
    let nested =
        format!("a: &a {}x{}\nb: {}*a{}\n", "[".repeat(90), "]".repeat(90), "[".repeat(90), "]".repeat(90));
    assert_eq!(problems_in(&nested), [TOO_LARGE]);
}

#[test]
fn depth_has_an_end_in_every_notation() {
    let blocks: String = (0..1_000).map(|it| format!("{}a:\n", " ".repeat(it))).collect();
    for text in
        ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), blocks]
    {
        assert_eq!(problems_in(&text), [TOO_DEEP], "{}", &text[..20]);
    }
    let mixed = format!("{}{}{}", "- ".repeat(100), "[".repeat(100), "]".repeat(100));
    assert_eq!(problems_in(&mixed), [TOO_DEEP]);
    let deep = format!("{}1{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
    assert_eq!(problems_in(&deep), [""; 0]);
}

#[test]
fn the_number_of_values_has_an_end() {
    assert_eq!(problems_in(&format!("[{}]", vec!["1"; MOST_VALUES].join(","))), [TOO_LARGE]);
    assert_eq!(problems_in(&vec!["1\n"; MOST_VALUES + 1].join("---\n")), [TOO_LARGE]);
    assert_eq!(problems_in(&format!("[{}]", vec!["1"; MOST_VALUES - 1].join(","))), [""; 0]);
}

#[test]
fn a_file_that_is_wrong_everywhere_is_read_no_further() {
    assert_eq!(problems_in(&"1: 2\n".repeat(10_000)).len(), 100);
    assert_eq!(problems_in(&"[\n---\n".repeat(10_000)).len(), 100);
}

#[test]
fn long_and_odd_texts_are_read_within_the_limit() {
    for part in [
        "a", " ", "\n", "? ", "*a ", "&a ", "!a ", "'", "\"", "|", ">\n", "- ", "#", "%", "a: ", "[]", ": ",
        "é", "\t", "\r",
    ] {
        drop(problems_in(&part.repeat(300_000 / part.len())));
    }
}

#[test]
fn more_than_a_mebibyte_is_not_read() {
    let text = "x".repeat(1024 * 1024 + 1);
    let source = Source { name: "f", bytes: text.as_bytes(), format: Format::Yaml };
    let problems = read(&source).expect_err("too large").to_string();
    assert!(problems.contains("at most 1048576 are read"), "{problems}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(read(&Source { name: "f", bytes: &bytes, format: Format::Yaml }));
    }

    #[test]
    fn no_text_of_its_signs_makes_it_panic(text in "[-?:,\\[\\]{}#&*!|>'\"%@`<~ \n\t0-2a-cé\\\\]{0,60}") {
        let (documents, problems) = parse(&text, &"f".into());
        prop_assert!(problems.len() <= 100);
        prop_assert!(documents.iter().map(count).sum::<usize>() <= text.len() * text.len() + 1);
    }
}
