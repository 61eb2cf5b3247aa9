//! How many cells everything takes on a terminal.

use super::signs::Signs;
use super::tracks::{Ends, Tracks, tracks};
use crate::flow::picture::graph::{Graph, GraphNode};
use crate::flow::picture::shape::{Layout, ROW};
use crate::flow::picture::state::State;
use crate::flow::picture::words;

/// The most cells that a picture may have. A larger one is a list.
const MOST_CELLS: usize = 2_000_000;

/// A line of a box, and the state that it tells.
pub(super) type Line = (String, Option<State>);

/// The box of one node.
pub(super) struct NodeBox {
    pub(super) lines: Vec<Line>,
    /// The number of lines within the frame.
    pub(super) inner: usize,
}

impl NodeBox {
    /// The lines of the box above the one at which a single line enters it.
    pub(super) fn above(&self) -> usize {
        self.inner.div_ceil(2)
    }
}

/// A gap between two columns: the ends of its wires, as lines, and their tracks.
pub(super) struct Gap {
    pub(super) ends: Vec<Ends>,
    pub(super) tracks: Tracks,
}

/// Where everything goes.
pub(super) struct Measures {
    pub(super) boxes: Vec<NodeBox>,
    /// The line at the middle of each spot.
    pub(super) middle: Vec<usize>,
    /// The first cell and the width of each column.
    pub(super) columns: Vec<(usize, usize)>,
    pub(super) gaps: Vec<Gap>,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Measures {
    /// Measures a picture; `None` where it does not fit or its lines could not be followed.
    pub(super) fn of(layout: &Layout, graph: &Graph, room: Option<usize>, signs: &Signs) -> Option<Self> {
        let boxes = boxes(layout, graph, signs);
        let row = boxes.iter().map(|it| it.inner + 3).max()?;
        let scaled = |y: i64| usize::try_from(y).unwrap_or(0) * row / ROW.unsigned_abs() as usize;
        let height = scaled(layout.height) + 1;
        let widths = widths(layout, &boxes);
        let fits = |width: usize| {
            room.is_none_or(|it| width <= it) && width.checked_mul(height).is_some_and(|it| it <= MOST_CELLS)
        };
        // The least that the gaps take; what cannot fit is not measured further.
        if !fits(widths.iter().sum::<usize>() + 4 * widths.len().saturating_sub(1)) {
            return None;
        }
        let middle = layout.spots.iter().map(|it| scaled(it.y)).collect();
        let mut measures = Self { boxes, middle, columns: Vec::new(), gaps: Vec::new(), width: 0, height };
        for (column, width) in widths.into_iter().enumerate() {
            measures.columns.push((measures.width, width));
            measures.width += width;
            if column + 1 < layout.columns {
                let ends = measures.ends(layout, column);
                let tracks = tracks(&ends)?;
                measures.width += 2 * tracks.count.max(1) + 2;
                measures.gaps.push(Gap { ends, tracks });
            }
        }
        fits(measures.width).then_some(measures)
    }

    /// The ends of the wires of a gap. A node that several wires leave has a line for each, in the order of where they
    /// lead, so that each can be followed by itself.
    fn ends(&self, layout: &Layout, column: usize) -> Vec<Ends> {
        let wires = layout.gap(column);
        let middle = |it: &usize| self.middle[*it];
        let mut order: Vec<usize> = (0..wires.len()).collect();
        order.sort_by_key(|it| (wires[*it].to.iter().map(middle).min(), *it));
        let mut ends: Vec<Ends> = wires
            .iter()
            .map(|it| Ends { from: Vec::new(), to: it.to.iter().map(middle).collect() })
            .collect();
        let leaving = leaving(layout, column);
        let mut left = vec![0; self.boxes.len()];
        for wire in order {
            for spot in &wires[wire].from {
                let line = match self.boxes.get(*spot) {
                    None => self.middle[*spot],
                    Some(node) => {
                        left[*spot] += 1;
                        let first = self.middle[*spot] + 1 + (node.inner - leaving[*spot]) / 2;
                        first + left[*spot] - 1 - node.above()
                    }
                };
                ends[wire].from.push(line);
            }
        }
        ends
    }
}

/// How many wires of a gap leave each node.
fn leaving(layout: &Layout, column: usize) -> Vec<usize> {
    let mut found = vec![0; layout.nodes];
    for spot in layout.gap(column).iter().flat_map(|it| &it.from).filter(|it| !layout.is_lane(**it)) {
        found[*spot] += 1;
    }
    found
}

fn boxes(layout: &Layout, graph: &Graph, signs: &Signs) -> Vec<NodeBox> {
    let mut leaving = vec![0; layout.nodes];
    for spot in layout.wires.iter().flat_map(|it| &it.from).filter(|it| !layout.is_lane(**it)) {
        leaving[*spot] += 1;
    }
    let make = |(node, leaving): (&GraphNode, usize)| {
        let lines = lines(node, signs);
        NodeBox { inner: lines.len().max(leaving), lines }
    };
    graph.nodes.iter().zip(leaving).map(make).collect()
}

/// The lines of a node: name, details, state.
pub(super) fn lines(node: &GraphNode, signs: &Signs) -> Vec<Line> {
    let texts = std::iter::once(words::heading(node)).chain(words::details(node));
    let state = node.state.map(|it| (signs.state(it), Some(it)));
    texts.map(|it| (it, None)).chain(state).collect()
}

/// The width of each column: that of its widest box.
fn widths(layout: &Layout, boxes: &[NodeBox]) -> Vec<usize> {
    let mut widths = vec![1; layout.columns];
    for (node, spot) in boxes.iter().zip(&layout.spots) {
        let text = node.lines.iter().map(|(it, _)| words::width(it)).max().unwrap_or(0);
        widths[spot.column] = widths[spot.column].max(text + 4);
    }
    widths
}
