//! The picture as a list by columns, where the drawing is too wide.

use super::canvas::painted;
use super::measures::lines;
use super::signs::{Signs, style};
use crate::flow::picture::graph::Graph;
use crate::flow::picture::shape::Layout;
use crate::flow::picture::words;

/// The least width that lines are folded for. A terminal that is narrower wraps them.
const LEAST_WIDTH: usize = 16;

/// Lists the nodes column by column, each with what it waits for.
pub(super) fn list(
    layout: &Layout,
    graph: &Graph,
    width: Option<usize>,
    colour: bool,
    signs: &Signs,
) -> String {
    let mut order: Vec<usize> = (0..layout.nodes).collect();
    order.sort_by_key(|it| (layout.spots[*it].column, layout.spots[*it].y, *it));
    let parents = words::parents(graph, &layout.closing);
    let names: Vec<String> = graph.nodes.iter().map(words::name).collect();
    let room = width.map(|it| it.max(LEAST_WIDTH));
    let number = layout.columns.to_string().len();
    let (mut text, mut before) = (String::new(), None);
    for node in order {
        let column = layout.spots[node].column;
        let label = if before == Some(column) { String::new() } else { (column + 1).to_string() };
        before = Some(column);
        for (at, (line, state)) in lines(&graph.nodes[node], signs).iter().enumerate() {
            let (head, indent) = if at == 0 { (label.as_str(), 2) } else { ("", 4) };
            let start = format!("{head:<width$}", width = number + indent);
            let kept = room.map_or_else(
                || line.clone(),
                |it| words::cut(line, it - start.len().min(it), signs.ellipsis),
            );
            let style = state.map_or(anstyle::Style::new(), style);
            text.push_str(&format!("{start}{}\n", painted(&kept, style, colour)));
        }
        let after: Vec<&str> = parents[node].iter().map(|it| names[*it].as_str()).collect();
        if !after.is_empty() {
            let indent = " ".repeat(number + 4);
            folded(&mut text, &format!("after {}", after.join(", ")), &indent, room, signs);
        }
    }
    text
}

/// Adds a sentence, folded between words. A word that is too long is cut in its middle.
pub(super) fn folded(text: &mut String, sentence: &str, indent: &str, width: Option<usize>, signs: &Signs) {
    let room = width.map(|it| it.max(LEAST_WIDTH).saturating_sub(indent.len()));
    let (mut line, mut taken) = (String::new(), 0);
    for word in sentence.split(' ') {
        let word = room.map_or_else(|| word.to_owned(), |it| words::cut(word, it, signs.ellipsis));
        let columns = words::width(&word);
        if line.is_empty() {
            (line, taken) = (word, columns);
        } else if room.is_none_or(|it| taken + 1 + columns <= it) {
            line.push(' ');
            line.push_str(&word);
            taken += 1 + columns;
        } else {
            text.push_str(&format!("{indent}{line}\n"));
            (line, taken) = (word, columns);
        }
    }
    text.push_str(&format!("{indent}{line}\n"));
}
