//! Pictures as terminals show them.

mod followed;

use insta::assert_snapshot;

use super::*;
use crate::flow::picture::graph::GraphNode;
use crate::flow::picture::layout::layout;
use crate::flow::picture::state::State;

const WIDE: Screen = Screen { width: Some(100), colour: false, unicode: true };
const ASCII: Screen = Screen { unicode: false, ..WIDE };

/// A flow in words: each step and, after a colon, what it waits for. The first one is the trigger.
fn graph(steps: &[&str]) -> Graph {
    let split =
        |it: &str| it.split_once(':').map_or((it.to_owned(), String::new()), |(a, b)| (a.into(), b.into()));
    let steps: Vec<(String, String)> = steps.iter().map(|it| split(it)).collect();
    let index = |name: &str| steps.iter().position(|(it, _)| it == name).expect("a step that exists");
    let edges = steps.iter().enumerate().flat_map(|(to, (_, after))| {
        after.split_whitespace().map(move |it| (it, to)).map(|(it, to)| (index(it), to)).collect::<Vec<_>>()
    });
    let edges = edges.collect();
    let mut nodes: Vec<GraphNode> = steps.iter().map(|(it, _)| GraphNode::new(it.clone())).collect();
    nodes[0].is_trigger = true;
    Graph { nodes, edges }
}

fn drawn(graph: &Graph, screen: &Screen) -> String {
    terminal(&layout(graph), graph, screen)
}

#[test]
fn a_chain() {
    assert_snapshot!(drawn(&graph(&["dev", "qa:dev", "prod:qa"]), &WIDE), @r#"
    ┌───────────────┐    ┌────┐    ┌──────┐
    │ dev (trigger) ├───►│ qa ├───►│ prod │
    └───────────────┘    └────┘    └──────┘
    "#);
}

#[test]
fn a_chain_in_ascii() {
    assert_snapshot!(drawn(&graph(&["dev", "qa:dev", "prod:qa"]), &ASCII), @r#"
    +---------------+    +----+    +------+
    | dev (trigger) +--->| qa +--->| prod |
    +---------------+    +----+    +------+
    "#);
}

#[test]
fn a_diamond() {
    assert_snapshot!(drawn(&graph(&["dev", "qa:dev", "staging:dev", "prod:qa staging"]), &WIDE), @r#"
                         ┌─────────┐
                      ┌─►│ qa      ├─┐
    ┌───────────────┐ │  └─────────┘ │  ┌──────┐
    │ dev (trigger) ├─┤              ├─►│ prod │
    └───────────────┘ │  ┌─────────┐ │  └──────┘
                      └─►│ staging ├─┘
                         └─────────┘
    "#);
}

#[test]
fn three_regions_after_qa() {
    assert_snapshot!(drawn(&graph(&["dev", "qa:dev", "prod:qa", "prod-eu:qa", "prod-asia:qa"]), &WIDE), @r#"
                                   ┌───────────┐
                                ┌─►│ prod      │
                                │  └───────────┘
                                │
    ┌───────────────┐    ┌────┐ │  ┌───────────┐
    │ dev (trigger) ├───►│ qa ├─┼─►│ prod-eu   │
    └───────────────┘    └────┘ │  └───────────┘
                                │
                                │  ┌───────────┐
                                └─►│ prod-asia │
                                   └───────────┘
    "#);
}

#[test]
fn a_dependency_that_skips_a_column_passes_it_on_a_lane() {
    assert_snapshot!(drawn(&graph(&["dev", "qa:dev", "staging:qa", "prod:staging dev"]), &WIDE), @r#"
                         ┌────┐    ┌─────────┐
    ┌───────────────┐ ┌─►│ qa ├───►│ staging ├─┐  ┌──────┐
    │ dev (trigger) ├─┘  └────┘    └─────────┘ ├─►│ prod │
    │               ├─┐                        │  └──────┘
    └───────────────┘ └────────────────────────┘
    "#);
}

#[test]
fn two_groups_that_are_completely_joined_meet_in_one_line() {
    assert_snapshot!(drawn(&graph(&["dev", "a:dev", "b:dev", "c:dev", "x:a b c", "y:a b c"]), &WIDE), @r#"
                         ┌───┐
                      ┌─►│ a ├─┐
                      │  └───┘ │  ┌───┐
                      │        ├─►│ x │
    ┌───────────────┐ │  ┌───┐ │  └───┘
    │ dev (trigger) ├─┼─►│ b ├─┤
    └───────────────┘ │  └───┘ │  ┌───┐
                      │        ├─►│ y │
                      │  ┌───┐ │  └───┘
                      └─►│ c ├─┘
                         └───┘
    "#);
}

#[test]
fn groups_that_are_partly_joined_keep_their_lines_apart() {
    assert_snapshot!(drawn(&graph(&["dev", "qa:dev", "perf:dev", "eu:qa", "prod:qa perf", "us:perf"]), &WIDE), @r#"
                                     ┌──────┐
                                  ┌─►│ eu   │
                                  │  └──────┘
                         ┌──────┐ │
                      ┌─►│ qa   ├─┘
    ┌───────────────┐ │  │      ├─┐  ┌──────┐
    │ dev (trigger) ├─┤  └──────┘ ├─►│ prod │
    └───────────────┘ │           │  └──────┘
                      │  ┌──────┐ │
                      └─►│ perf ├─┘
                         │      ├─┐  ┌──────┐
                         └──────┘ └─►│ us   │
                                     └──────┘
    "#);
}

#[test]
fn the_same_in_ascii() {
    assert_snapshot!(drawn(&graph(&["dev", "qa:dev", "perf:dev", "eu:qa", "prod:qa perf", "us:perf"]), &ASCII), @r#"
                                     +------+
                                  +->| eu   |
                                  |  +------+
                         +------+ |
                      +->| qa   +-+
    +---------------+ |  |      +-+  +------+
    | dev (trigger) +-+  +------+ +->| prod |
    +---------------+ |           |  +------+
                      |  +------+ |
                      +->| perf +-+
                         |      +-+  +------+
                         +------+ +->| us   |
                                     +------+
    "#);
}

#[test]
fn long_names_and_wide_letters_keep_their_boxes_closed() {
    let graph =
        graph(&["開発環境", "qa-of-the-whole-platform-in-western-europe:開発環境", "👩‍👩‍👧-prod:開発環境"]);
    assert_snapshot!(drawn(&graph, &WIDE), @r#"
                              ┌────────────────────────────────────────────┐
                           ┌─►│ qa-of-the-whole-platform-in-western-europe │
    ┌────────────────────┐ │  └────────────────────────────────────────────┘
    │ 開発環境 (trigger) ├─┤
    └────────────────────┘ │  ┌────────────────────────────────────────────┐
                           └─►│ 👩‍👩‍👧-prod                                    │
                              └────────────────────────────────────────────┘
    "#);
}

#[test]
fn a_picture_that_is_too_wide_is_a_list() {
    let graph = graph(&["dev", "qa:dev", "production-of-western-europe:qa dev", "prod:qa"]);
    assert_snapshot!(drawn(&graph, &Screen { width: Some(20), ..WIDE }), @r#"
    1  dev (trigger)
    2  qa
         after dev
    3  prod
         after qa
       producti…n-europe
         after dev, qa
    "#);
}

/// A release under way, with every state.
fn every_state() -> Graph {
    let mut graph =
        graph(&["dev", "a:dev", "b:dev", "c:dev", "d:a b c", "e:d", "f:d", "g:d", "h:e f g", "i:h"]);
    for (node, state) in graph.nodes.iter_mut().zip(State::ALL) {
        node.state = Some(state);
    }
    graph.nodes[1].lines = vec!["2.1.0".into(), "3 min".into()];
    graph
}

#[test]
fn every_state_has_its_mark_and_its_word() {
    assert_snapshot!(drawn(&every_state(), &Screen { width: Some(120), ..WIDE }), @r#"
                         ┌──────────────────┐
                         │ a                │                    ┌─────────────┐
                      ┌─►│ 2.1.0            ├─┐               ┌─►│ e           ├─┐
                      │  │ 3 min            │ │               │  │ ✗ Failed    │ │
                      │  │ ◔ Running        │ │               │  └─────────────┘ │
                      │  └──────────────────┘ │               │                  │
                      │                       │               │                  │
                      │                       │               │                  │
    ┌───────────────┐ │  ┌──────────────────┐ │  ┌──────────┐ │  ┌─────────────┐ │  ┌───────────┐    ┌─────────────┐
    │ dev (trigger) ├─┼─►│ b                ├─┼─►│ d        ├─┼─►│ f           ├─┼─►│ h         ├───►│ i           │
    │ ◌ Not started │ │  │ ◷ Waiting        │ │  │ ✓ Passed │ │  │ ⊘ Refused   │ │  │ » Skipped │    │ ? No answer │
    └───────────────┘ │  └──────────────────┘ │  └──────────┘ │  └─────────────┘ │  └───────────┘    └─────────────┘
                      │                       │               │                  │
                      │                       │               │                  │
                      │                       │               │                  │
                      │  ┌──────────────────┐ │               │  ┌─────────────┐ │
                      └─►│ c                ├─┘               └─►│ g           ├─┘
                         │ ◆ Needs a person │                    │ ■ Cancelled │
                         └──────────────────┘                    └─────────────┘
    "#);
}

#[test]
fn colours_are_added_to_the_states_and_nothing_else_changes() {
    let plain = drawn(&every_state(), &Screen { width: None, ..WIDE });
    let coloured = drawn(&every_state(), &Screen { colour: true, width: None, ..WIDE });
    assert!(coloured.contains("\u{1b}[31m✗ Failed\u{1b}[0m"), "{coloured}");
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(without_colours(&coloured), plain);
    assert!(drawn(&every_state(), &ASCII).is_ascii());
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, it| all + it.split_once('m').map_or(it, |(_, rest)| rest))
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let graphs = [
        every_state(),
        graph(&[
            "dev",
            "qa-of-the-whole-platform-in-western-europe:dev",
            "x:qa-of-the-whole-platform-in-western-europe",
        ]),
        graph(&["開発環境開発環境開発環境", "prod:開発環境開発環境開発環境"]),
    ];
    for graph in graphs {
        for width in 16..120 {
            let text = drawn(&graph, &Screen { width: Some(width), ..WIDE });
            for line in text.lines() {
                assert!(words::width(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn a_ring_is_drawn_without_the_dependency_that_closes_it_and_says_so() {
    assert_snapshot!(drawn(&graph(&["dev:prod", "qa:dev", "prod:qa"]), &WIDE), @r#"
    ┌───────────────┐    ┌────┐    ┌──────┐
    │ dev (trigger) ├───►│ qa ├───►│ prod │
    └───────────────┘    └────┘    └──────┘
    not drawn, since it closes a ring: prod -> dev
    "#);
}

#[test]
fn nothing_in_a_name_steers_the_terminal() {
    let mut graph = graph(&["dev", "qa:dev"]);
    graph.nodes[1].title = "\u{1b}[2Jqa\r\n\u{202e}x\u{7}\u{9b}".into();
    graph.nodes[1].lines = vec!["##vso[task.complete]".into(), "a\tb".into()];
    for width in [None, Some(30)] {
        let text = drawn(&graph, &Screen { width, ..WIDE });
        assert!(!text.chars().any(|it| it != '\n' && crate::text::steers(it)), "{text}");
        assert!(!text.contains("##vso["), "{text}");
    }
}

#[test]
fn a_graph_without_nodes_is_an_empty_text() {
    assert_eq!(drawn(&Graph::default(), &WIDE), "");
    assert_eq!(drawn(&Graph::default(), &Screen { width: None, ..WIDE }), "");
}

#[test]
fn a_picture_beyond_all_measure_is_a_list_even_where_no_width_is_given() {
    let nodes = (0..300).map(|it| GraphNode::new(format!("s{it}"))).collect();
    let edges = (0..300).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
    let graph = Graph { nodes, edges };
    let text = drawn(&graph, &Screen { width: None, ..WIDE });
    assert!(
        text.starts_with("1    s0\n2    s1\n       after s0\n3    s2\n       after s0, s1\n"),
        "{}",
        &text[..80]
    );
}

#[test]
fn many_groups_are_drawn_where_the_screen_has_room() {
    let names: Vec<String> = (0..601).map(|it| format!("s{it}")).collect();
    let after = |it: usize| -> Vec<usize> {
        if it == 0 {
            vec![]
        } else if it <= 4 {
            vec![0]
        } else {
            (0..4).map(|at| ((it - 1) / 4 - 1) * 4 + 1 + at).collect()
        }
    };
    let edges = (0..601).flat_map(|to| after(to).into_iter().map(move |from| (from, to))).collect();
    let graph = Graph { nodes: names.iter().cloned().map(GraphNode::new).collect(), edges };
    let text = drawn(&graph, &Screen { width: None, ..WIDE });
    assert!(text.lines().count() <= 4 * 4, "{}", text.lines().count());
    assert!(names.iter().all(|it| text.contains(&format!(" {it} "))));
}
