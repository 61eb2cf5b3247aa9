//! The picture as a flowchart for Mermaid, which documents and merge requests show.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::graph::{Graph, GraphNode};
use super::state::State;
use super::words;

/// Writes a graph as a flowchart. The ids of the nodes are numbers; names stand in labels only, and every letter there
/// that could mean something to Mermaid, to Markdown or to HTML is written as its number.
#[must_use]
pub fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (at, node) in graph.nodes.iter().enumerate() {
        let (open, close) = if node.is_trigger { ("([", "])") } else { ("[", "]") };
        let class = node.state.map(|it| format!(":::{}", it.key())).unwrap_or_default();
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "    n{at}{open}\"{}\"{close}{class}", label(node));
    }
    for (from, to) in graph.dependencies() {
        let _ = writeln!(text, "    n{from} --> n{to}");
    }
    let states: BTreeSet<State> = graph.nodes.iter().filter_map(|it| it.state).collect();
    for state in states {
        let _ = writeln!(text, "    classDef {} stroke:{},stroke-width:2px", state.key(), state.solid().0);
    }
    text
}

fn label(node: &GraphNode) -> String {
    let state = node.state.map(|it| format!("{} {}", it.mark(), it.word()));
    let lines = std::iter::once(words::heading(node)).chain(words::details(node)).chain(state);
    lines.map(|it| escaped(&it)).collect::<Vec<_>>().join("<br/>")
}

/// A text in which only letters, digits and spaces stand for themselves, and dots and dashes within words.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let within_word = letters.peek().is_some_and(|it| it.is_alphanumeric());
        let plain =
            letter.is_alphanumeric() || letter == ' ' || matches!(letter, '.' | '-' | '_') && within_word;
        if plain {
            escaped.push(letter);
        } else {
            let _ = write!(escaped, "#{};", u32::from(letter));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_a_flowchart_with_its_names_in_labels() {
        let mut graph = Graph {
            nodes: vec![GraphNode::new("dev").as_trigger(), GraphNode::new("prod-eu"), GraphNode::new("end")],
            edges: vec![(1, 2), (0, 1), (0, 1)],
        };
        graph.nodes[1].state = Some(State::Passed);
        graph.nodes[1].lines = vec!["2.1.0".into()];
        insta::assert_snapshot!(mermaid(&graph), @r#"
        flowchart LR
            n0(["dev #40;trigger#41;"])
            n1["prod-eu<br/>2.1.0<br/>#10003; Passed"]:::passed
            n2["end"]
            n0 --> n1
            n1 --> n2
            classDef passed stroke:#159c78,stroke-width:2px
        "#);
    }

    #[test]
    fn no_name_ends_its_label_or_begins_something_else() {
        for name in [
            "a\"]; click n0 href \"javascript:x\"",
            "<b>&amp;</b>",
            "`1. a`",
            "- a",
            "#quot;",
            "%%{init}%%",
            "a\n\u{1b}[31m",
        ] {
            let text = mermaid(&Graph { nodes: vec![GraphNode::new(name)], edges: vec![] });
            let label = text.lines().nth(1).and_then(|it| it.strip_prefix("    n0[\"")?.strip_suffix("\"]"));
            let label = label.unwrap_or_else(|| panic!("{text}"));
            assert!(!label.contains(['"', '<', '>', '&', '`', '%', '{', '[', ']', '\\']), "{label}");
            assert_eq!(text.lines().count(), 2, "{text}");
            // What Mermaid reads is the name again.
            assert_eq!(decoded(label), words::shown(name));
        }
    }

    fn decoded(label: &str) -> String {
        let mut parts = label.split('#');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (number, rest) = part.split_once(';').expect("a number ends with a semicolon");
            text.extend(char::from_u32(number.parse().expect("a number")));
            text.push_str(rest);
        }
        text
    }
}
