//! The texts of a picture: harmless, on one line each, and measured in columns of a terminal.

use unicode_width::UnicodeWidthStr;

use super::graph::{Graph, GraphNode};
use crate::text::clean;

/// A text of users on one line, which steers nothing.
pub(super) fn shown(text: &str) -> String {
    clean(text).replace('\t', " ").trim().to_owned()
}

/// The node's name for people: its title, or its id where it has none.
pub(super) fn name(node: &GraphNode) -> String {
    let title = shown(&node.title);
    if title.is_empty() { shown(&node.id) } else { title }
}

/// The first line of a node: its name, and whether it is the trigger.
pub(super) fn heading(node: &GraphNode) -> String {
    if node.is_trigger { format!("{} (trigger)", name(node)) } else { name(node) }
}

/// The lines between the first one and the state of a node.
pub(super) fn details(node: &GraphNode) -> Vec<String> {
    node.lines.iter().map(|it| shown(it)).filter(|it| !it.is_empty()).collect()
}

/// The dependencies that close a ring, for people.
pub(super) fn closing(graph: &Graph, closing: &[(usize, usize)]) -> Vec<String> {
    let sentence = |(from, to): &(usize, usize)| {
        format!(
            "not drawn, since it closes a ring: {} -> {}",
            name(&graph.nodes[*from]),
            name(&graph.nodes[*to])
        )
    };
    closing.iter().map(sentence).collect()
}

/// What each node waits for, in the order of the file. `without` is sorted.
pub(super) fn parents(graph: &Graph, without: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new(); graph.nodes.len()];
    for (from, to) in graph.dependencies().iter().filter(|it| without.binary_search(it).is_err()) {
        found[*to].push(*from);
    }
    found
}

/// How many columns of a terminal a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text within so many columns. What does not fit is cut out of the middle: names that begin alike often differ at
/// their end.
pub(super) fn cut(text: &str, room: usize, ellipsis: &str) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let kept = room.saturating_sub(width(ellipsis));
    let head = fitting(text.chars(), kept.div_ceil(2));
    let tail: String = fitting(text.chars().rev(), kept - width(&head)).chars().rev().collect();
    let all = format!("{head}{ellipsis}{tail}");
    if width(&all) <= room { all } else { String::new() }
}

/// The first letters that fit. Measured as a text, since letters may join.
fn fitting(letters: impl Iterator<Item = char>, room: usize) -> String {
    let mut found = String::new();
    for letter in letters {
        found.push(letter);
        if width(&found) > room {
            found.pop();
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_keeps_both_ends_and_never_exceeds_its_room() {
        assert_eq!(cut("prod", 4, "…"), "prod");
        assert_eq!(cut("production-eu-west-1", 9, "…"), "prod…st-1");
        assert_eq!(cut("production-eu-west-1", 9, "..."), "pro...t-1");
        assert_eq!(cut("生产环境东部", 7, "…"), "生…东部");
        for room in 0..12 {
            assert!(width(&cut("生产a环境b东部", room, "…")) <= room, "{room}");
        }
    }

    #[test]
    fn a_text_is_one_line_that_steers_nothing() {
        assert_eq!(shown(" a\tb\n\u{1b}[31m "), "a b\\u{a}\\u{1b}[31m");
        let node = GraphNode { title: " ".into(), ..GraphNode::new("qa") };
        assert_eq!(name(&node), "qa");
    }
}
