//! Where everything stands in the SVG, in pixels.

use crate::flow::picture::graph::{Graph, GraphNode};
use crate::flow::picture::shape::{Layout, ROW};
use crate::flow::picture::words;

/// The space around the picture.
const MARGIN: i64 = 16;
/// The space between two columns, in which lines turn.
const GAP: i64 = 64;
/// The space between two nodes below each other.
const SPACE: i64 = 20;
/// The height of a line of text.
pub(super) const LINE: i64 = 18;
/// The space within a node, to the left and right of its texts and above and below them.
pub(super) const INSIDE: i64 = 12;
/// About the width of a letter at 13 pixels. Fonts differ; the longest line is a little narrower than its box.
const LETTER: i64 = 8;

/// Where a node stands.
pub(super) struct Place {
    pub(super) left: i64,
    pub(super) top: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Where everything stands.
pub(super) struct Measures {
    pub(super) nodes: Vec<Place>,
    /// The middle of each spot.
    pub(super) middle: Vec<i64>,
    /// The left and the right side of each column.
    pub(super) columns: Vec<(i64, i64)>,
    pub(super) width: i64,
    pub(super) height: i64,
}

impl Measures {
    pub(super) fn of(layout: &Layout, graph: &Graph) -> Self {
        let heights: Vec<i64> = graph.nodes.iter().map(|it| 2 * INSIDE + LINE * lines(it)).collect();
        let row = heights.iter().max().map_or(0, |it| it + SPACE);
        let middle: Vec<i64> = layout.spots.iter().map(|it| MARGIN + it.y * row / ROW).collect();
        let mut widths = vec![0; layout.columns];
        for (node, spot) in graph.nodes.iter().zip(&layout.spots) {
            widths[spot.column] = widths[spot.column].max(width(node));
        }
        let (mut columns, mut left) = (Vec::new(), MARGIN);
        for width in &widths {
            columns.push((left, left + width));
            left += width + GAP;
        }
        let place = |(at, height): (usize, &i64)| {
            let (left, right) = columns[layout.spots[at].column];
            Place { left, top: middle[at] - height / 2, width: right - left, height: *height }
        };
        let nodes = heights.iter().enumerate().map(place).collect();
        let width = columns.last().map_or(0, |it| it.1) + MARGIN;
        Self { nodes, middle, columns, width, height: layout.height * row / ROW + 2 * MARGIN }
    }
}

fn lines(node: &GraphNode) -> i64 {
    let count = 1 + words::details(node).len() + usize::from(node.state.is_some());
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn width(node: &GraphNode) -> i64 {
    let state = node.state.map(|it| format!("{} {}", it.mark(), it.word()));
    let lines = std::iter::once(words::heading(node)).chain(words::details(node)).chain(state);
    let longest = lines.map(|it| words::width(&it)).max().unwrap_or(0);
    i64::try_from(longest).unwrap_or(0) * LETTER + 2 * INSIDE
}
