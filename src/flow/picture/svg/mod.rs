//! The picture as SVG that stands for itself: its colours are within it, and it fetches and runs nothing.

mod drawing;
mod escape;
mod measures;
mod style;

use std::fmt::Write as _;

use super::graph::Graph;
use super::shape::Layout;
use super::words;
use escape::escaped;

/// Draws a graph with the layout that was made from it. Light and dark follow what the reader's system prefers.
#[must_use]
pub fn svg(layout: &Layout, graph: &Graph) -> String {
    let measures = measures::Measures::of(layout, graph);
    let (width, height) = (measures.width, measures.height);
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = writeln!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" class=\"flow-picture\" role=\"img\" aria-labelledby=\"flow-title flow-description\">"
    );
    let _ = writeln!(text, "<title id=\"flow-title\">{}</title>", escaped(&title(graph)));
    let _ = writeln!(text, "<desc id=\"flow-description\">{}</desc>", escaped(&description(layout, graph)));
    text.push_str(&style::style(graph));
    text.push_str(&drawing::wires(layout, &measures));
    for (node, place) in graph.nodes.iter().zip(&measures.nodes) {
        text.push_str(&drawing::node(node, place));
    }
    text.push_str("</svg>\n");
    text
}

fn title(graph: &Graph) -> String {
    let names = |wanted: bool| graph.nodes.iter().filter(move |it| it.is_trigger == wanted);
    let trigger: Vec<String> = names(true).map(words::name).collect();
    let count = names(false).count();
    let steps = if count == 1 { "step" } else { "steps" };
    match trigger.is_empty() {
        true => format!("Promotion flow: {count} {steps}"),
        false => format!("Promotion flow: {count} {steps} after {}", trigger.join(", ")),
    }
}

/// The picture in words, node by node in the order of the columns.
fn description(layout: &Layout, graph: &Graph) -> String {
    let parents = words::parents(graph, &layout.closing);
    let names: Vec<String> = graph.nodes.iter().map(words::name).collect();
    let mut order: Vec<usize> = (0..layout.nodes).collect();
    order.sort_by_key(|it| (layout.spots[*it].column, layout.spots[*it].y, *it));
    let sentence = |at: &usize| {
        let node = &graph.nodes[*at];
        let after: Vec<&str> = parents[*at].iter().map(|it| names[*it].as_str()).collect();
        let after = (!after.is_empty()).then(|| format!("after {}", after.join(", ")));
        let state = node.state.map(|it| it.word().to_owned());
        let parts: Vec<String> = std::iter::once(words::heading(node))
            .chain(words::details(node))
            .chain(state)
            .chain(after)
            .collect();
        parts.join(", ")
    };
    let nodes = order.iter().map(sentence).chain(words::closing(graph, &layout.closing));
    nodes.collect::<Vec<_>>().join(". ")
}

#[cfg(test)]
mod tests;
