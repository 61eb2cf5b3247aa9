//! The shapes of the SVG.

use std::fmt::Write as _;

use super::escape::escaped;
use super::measures::{INSIDE, LINE, Measures, Place};
use crate::flow::picture::graph::GraphNode;
use crate::flow::picture::shape::{Layout, Wire};
use crate::flow::picture::words;

/// The length of an arrow's tip.
const TIP: i64 = 7;

/// The ground and all lines.
pub(super) fn wires(layout: &Layout, measures: &Measures) -> String {
    let mut text = "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n".to_owned();
    for (spot, y) in layout.spots.iter().zip(&measures.middle).skip(layout.nodes) {
        let (left, right) = measures.columns[spot.column];
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "<path class=\"line\" d=\"M{left} {y}H{right}\"/>");
    }
    for wire in &layout.wires {
        text.push_str(&lines(layout, measures, wire));
    }
    text
}

/// The lines of one wire. Two groups that are completely joined meet in one point; otherwise each line goes its own way.
fn lines(layout: &Layout, measures: &Measures, wire: &Wire) -> String {
    let (left, right) = (measures.columns[wire.column].1, measures.columns[wire.column + 1].0);
    let end = |it: &usize| if layout.is_lane(*it) { right } else { right - TIP };
    let mut paths = String::new();
    let mut text = String::new();
    if wire.from.len() > 1 && wire.to.len() > 1 {
        let all = || wire.from.iter().chain(&wire.to);
        let sum: i64 = all().map(|it| measures.middle[*it]).sum();
        let count = i64::try_from(all().count()).unwrap_or(1);
        let (x, y) = ((left + right) / 2, sum / count);
        wire.from.iter().for_each(|it| curve(&mut paths, (left, measures.middle[*it]), (x, y)));
        wire.to.iter().for_each(|it| curve(&mut paths, (x, y), (end(it), measures.middle[*it])));
        let _ = writeln!(text, "<circle class=\"tip\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>");
    } else {
        for from in &wire.from {
            let start = (left, measures.middle[*from]);
            wire.to.iter().for_each(|it| curve(&mut paths, start, (end(it), measures.middle[*it])));
        }
    }
    for y in wire.to.iter().filter(|it| !layout.is_lane(**it)).map(|it| measures.middle[*it]) {
        let (back, above, below) = (right - TIP, y - 4, y + 4);
        let _ = writeln!(text, "<path class=\"tip\" d=\"M{back} {above}L{right} {y}L{back} {below}Z\"/>");
    }
    format!("<path class=\"line\" d=\"{paths}\"/>\n{text}")
}

fn curve(text: &mut String, (x1, y1): (i64, i64), (x2, y2): (i64, i64)) {
    let turn = (x1 + x2) / 2;
    let _ = match y1 == y2 {
        true => write!(text, "M{x1} {y1}H{x2}"),
        false => write!(text, "M{x1} {y1}C{turn} {y1} {turn} {y2} {x2} {y2}"),
    };
}

/// The box of a node and its texts.
pub(super) fn node(node: &GraphNode, place: &Place) -> String {
    let Place { left, top, width, height } = place;
    let trigger = if node.is_trigger { " trigger" } else { "" };
    let state = node.state.map(|it| format!(" {}", it.key())).unwrap_or_default();
    let mut text = format!(
        "<g><rect class=\"box{trigger}{state}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" \
         rx=\"6\"/>"
    );
    let mut lines = vec![("name".to_owned(), words::heading(node))];
    lines.extend(words::details(node).into_iter().map(|it| ("detail".to_owned(), it)));
    lines
        .extend(node.state.map(|it| (format!("state {}", it.key()), format!("{} {}", it.mark(), it.word()))));
    // A text stands on its base line, which is some pixels above the end of its line.
    let (x, mut y) = (left + INSIDE, top + INSIDE - 5);
    for (class, line) in lines {
        y += LINE;
        let _ = write!(text, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(&line));
    }
    text.push_str("</g>\n");
    text
}
