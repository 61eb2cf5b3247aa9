//! The SVG is valid XML, holds every text as a text, and says in words what it shows.

use proptest::prelude::*;

use super::*;
use crate::flow::picture::graph::GraphNode;
use crate::flow::picture::layout::layout;
use crate::flow::picture::state::State;

fn drawn(graph: &Graph) -> String {
    svg(&layout(graph), graph)
}

fn diamond() -> Graph {
    let nodes = ["dev", "qa", "staging", "prod", "prod-eu"];
    let mut nodes: Vec<GraphNode> = nodes.into_iter().map(GraphNode::new).collect();
    nodes[0].is_trigger = true;
    nodes[0].state = Some(State::Passed);
    nodes[1].state = Some(State::Running);
    nodes[1].lines = vec!["2.1.0".into()];
    Graph { nodes, edges: vec![(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (1, 4), (2, 4), (0, 4)] }
}

#[test]
fn a_flow_under_way() {
    insta::assert_snapshot!(drawn(&diamond()), @"");
}

#[test]
fn it_runs_nothing_and_fetches_nothing() {
    let mut graph = diamond();
    graph.nodes[1].title = "</text><script>alert(1)</script><image href='https://x.example'/>\"'&".into();
    graph.nodes[2].lines = vec!["]]></style>\u{1b}[31m\u{0}\u{ffff}".into()];
    let text = drawn(&graph);
    let read = read(&text);
    let allowed = ["svg", "title", "desc", "style", "rect", "path", "circle", "g", "text"];
    assert!(read.elements.iter().all(|it| allowed.contains(&it.as_str())), "{:?}", read.elements);
    assert!(read.attributes.iter().all(|it| !it.contains("href") && !it.starts_with("on")));
    // What is read is what was named, with what steers made visible.
    assert!(read.texts.contains(&words::shown(&graph.nodes[1].title)), "{:?}", read.texts);
    assert!(read.texts.iter().any(|it| it == "]]></style>\\u{1b}[31m\\u{0}\\u{ffff}"), "{:?}", read.texts);
}

#[test]
fn it_says_in_words_what_it_shows() {
    let read = read(&drawn(&diamond()));
    let at = |name: &str| read.elements.iter().position(|it| it == name).map(|it| read.texts_of[it].as_str());
    assert_eq!(at("title"), Some("Promotion flow: 4 steps after dev"));
    assert_eq!(
        at("desc"),
        Some(
            "dev, trigger, Passed. qa, 2.1.0, Running, after dev. staging, after dev. \
             prod, after dev, qa, staging. prod-eu, after dev, qa, staging"
        )
    );
}

#[test]
fn two_groups_that_are_completely_joined_meet_in_one_point() {
    assert_eq!(drawn(&diamond()).matches("<circle").count(), 1);
    let mut partly = diamond();
    partly.edges.pop();
    assert_eq!(drawn(&partly).matches("<circle").count(), 0);
}

#[test]
fn a_graph_without_nodes_and_one_with_a_ring_are_valid() {
    read(&drawn(&Graph::default()));
    let ring = Graph { nodes: vec![GraphNode::new("a"), GraphNode::new("b")], edges: vec![(0, 1), (1, 0)] };
    let text = drawn(&ring);
    assert!(
        read(&text).texts.iter().any(|it| it.contains("not drawn, since it closes a ring: b -> a")),
        "{text}"
    );
}

proptest! {
    #[test]
    fn whatever_a_name_holds_the_xml_is_valid_and_holds_it(name in any::<String>()) {
        let graph = Graph { nodes: vec![GraphNode { title: name, ..GraphNode::new("id") }], edges: vec![] };
        let read = read(&drawn(&graph));
        let expected = words::name(&graph.nodes[0]).replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}");
        prop_assert!(read.texts.contains(&expected), "{:?}", read.texts);
    }
}

/// What a strict reader of XML finds.
#[derive(Default)]
struct Read {
    elements: Vec<String>,
    attributes: Vec<String>,
    /// The texts that are not empty.
    texts: Vec<String>,
    /// The text directly within each element.
    texts_of: Vec<String>,
}

/// Reads XML of elements, attributes and texts; panics where it is not well formed. There is one root, elements nest,
/// attributes are quoted and unique, and `&` begins only what XML itself knows.
fn read(xml: &str) -> Read {
    let (mut read, mut open, mut rest) = (Read::default(), Vec::<usize>::new(), xml.trim_end());
    assert!(rest.starts_with("<svg "), "no root: {xml}");
    while !rest.is_empty() {
        let start = rest.find('<').unwrap_or(rest.len());
        let text = unescaped(&rest[..start]);
        if !text.trim().is_empty() {
            let within = *open.last().expect("a text outside of the root");
            read.texts_of[within].push_str(&text);
            read.texts.push(text);
        }
        let end = start + rest[start..].find('>').expect("a tag that is closed");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop().expect("an element that is open");
            assert_eq!(read.elements[closed], name);
            assert!(!open.is_empty() || rest.is_empty(), "something behind the root: {rest}");
        } else {
            let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |it| (it, true));
            element(tag, &mut read);
            if !is_empty {
                open.push(read.elements.len() - 1);
            }
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    read
}

fn element(tag: &str, read: &mut Read) {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    assert!(!name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric()), "{tag}");
    let mut seen = std::collections::BTreeSet::new();
    while !rest.trim_start().is_empty() {
        let (attribute, behind) = rest.trim_start().split_once("=\"").expect("an attribute with its value");
        assert!(attribute.bytes().all(|it| it.is_ascii_alphabetic() || it == b'-'), "{attribute}");
        assert!(seen.insert(attribute.to_owned()), "{attribute} twice");
        let (value, behind) = behind.split_once('"').expect("a value that ends");
        unescaped(value);
        assert!(behind.is_empty() || behind.starts_with(' '), "{tag}");
        rest = behind;
    }
    read.elements.push(name.to_owned());
    read.attributes.extend(seen);
    read.texts_of.push(String::new());
}

fn unescaped(text: &str) -> String {
    let valid = |it: char| matches!(it, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(valid), "a character that XML does not permit: {text:?}");
    assert!(!text.contains("]]>"), "{text:?}");
    let mut parts = text.split('&');
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').expect("a reference that ends");
        all.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            _ => panic!("{name} is not known"),
        });
        all.push_str(rest);
    }
    all
}
