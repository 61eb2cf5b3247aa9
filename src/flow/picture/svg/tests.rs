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
    insta::assert_snapshot!(drawn(&diamond()), @r#"
    <svg xmlns="http://www.w3.org/2000/svg" width="464" height="252" viewBox="0 0 464 252" class="flow-picture" role="img" aria-labelledby="flow-title flow-description">
    <title id="flow-title">Promotion flow: 4 steps after dev</title>
    <desc id="flow-description">dev (trigger), Passed. qa, 2.1.0, Running, after dev. staging, after dev. prod, after dev, qa, staging. prod-eu, after dev, qa, staging</desc>
    <style>.flow-picture{color-scheme:light dark}.flow-picture .ground{fill:#fafaf8}.flow-picture .box{fill:#ffffff;stroke:#85878e}.flow-picture .box.trigger{stroke-dasharray:4 3}.flow-picture .line{fill:none;stroke:#85878e;stroke-width:1.5}.flow-picture .tip{fill:#85878e}.flow-picture text{font:13px Inter,system-ui,sans-serif;fill:#4a4c52}.flow-picture .name{font-weight:600;fill:#1b1c1f}.flow-picture .box.running{stroke:#2158bd;stroke-width:2}.flow-picture .state.running{fill:#1c4fae}.flow-picture .box.passed{stroke:#159c78;stroke-width:2}.flow-picture .state.passed{fill:#0a6650}@media (prefers-color-scheme:dark){.flow-picture .ground{fill:#131416}.flow-picture .box{fill:#1a1b1e;stroke:#72757d}.flow-picture .line{stroke:#72757d}.flow-picture .tip{fill:#72757d}.flow-picture text{fill:#b6b8bd}.flow-picture .name{fill:#ececea}.flow-picture .box.running{stroke:#428df0}.flow-picture .state.running{fill:#8ebbf8}.flow-picture .box.passed{stroke:#49cab5}.flow-picture .state.passed{fill:#74d8c6}}</style>
    <rect class="ground" width="100%" height="100%"/>
    <path class="line" d="M208 224H304"/>
    <path class="line" d="M144 150C172 150 172 65 201 65M144 150C172 150 172 163 201 163"/>
    <path class="tip" d="M201 61L208 65L201 69Z"/>
    <path class="tip" d="M201 159L208 163L201 167Z"/>
    <path class="line" d="M144 150C176 150 176 224 208 224"/>
    <path class="line" d="M304 65C320 65 320 145 336 145M304 163C320 163 320 145 336 145M304 224C320 224 320 145 336 145M336 145C348 145 348 89 361 89M336 145C348 145 348 187 361 187"/>
    <circle class="tip" cx="336" cy="145" r="3"/>
    <path class="tip" d="M361 85L368 89L361 93Z"/>
    <path class="tip" d="M361 183L368 187L361 191Z"/>
    <g><rect class="box trigger passed" x="16" y="120" width="128" height="60" rx="6"/><text class="name" x="28" y="145">dev (trigger)</text><text class="state passed" x="28" y="163">✓ Passed</text></g>
    <g><rect class="box running" x="208" y="26" width="96" height="78" rx="6"/><text class="name" x="220" y="51">qa</text><text class="detail" x="220" y="69">2.1.0</text><text class="state running" x="220" y="87">◔ Running</text></g>
    <g><rect class="box" x="208" y="142" width="96" height="42" rx="6"/><text class="name" x="220" y="167">staging</text></g>
    <g><rect class="box" x="368" y="68" width="80" height="42" rx="6"/><text class="name" x="380" y="93">prod</text></g>
    <g><rect class="box" x="368" y="166" width="80" height="42" rx="6"/><text class="name" x="380" y="191">prod-eu</text></g>
    </svg>
    "#);
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
    // Where it stands within a page, its style sheet stays within it.
    let sheet = read.texts.iter().find(|it| it.starts_with(".flow-picture")).expect("a style sheet");
    assert!(!sheet.contains("url("), "{sheet}");
    for rule in sheet.split(['}', '{']).filter(|it| it.contains('.') && !it.contains(':')) {
        assert!(rule.starts_with(".flow-picture"), "{rule}");
    }
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
            "dev (trigger), Passed. qa, 2.1.0, Running, after dev. staging, after dev. \
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
