//! A layout: where each node stands and which lines lead where, in numbers that every drawing scales.

use serde::Serialize;

/// The height of a node with the space around it. All heights are counted in the same unit.
pub const ROW: i64 = 24;

/// The height of a lane, in which a line passes a column, with the space around it.
pub const LANE: i64 = 6;

/// Where the nodes and lines of a graph go. It depends on the graph's shape and order, never on states or texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// How many of the `spots` are nodes.
    pub nodes: usize,
    /// One for each node, with the index that it has in the graph, then one for each lane.
    pub spots: Vec<Spot>,
    /// The lines between neighbouring columns, from left to right.
    pub wires: Vec<Wire>,
    /// The number of columns.
    pub columns: usize,
    /// The height of the whole: that of the tallest column.
    pub height: i64,
    /// The dependencies that close a ring, which have no wire.
    pub closing: Vec<(usize, usize)>,
}

/// Where a node or a lane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// The column, counted from 0.
    pub column: usize,
    /// Its middle, counted from the top.
    pub y: i64,
}

/// Lines between two neighbouring columns that meet: each of `to` waits for each of `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wire {
    /// The column on the left.
    pub column: usize,
    /// The spots on the left.
    pub from: Vec<usize>,
    /// The spots on the right.
    pub to: Vec<usize>,
}

impl Layout {
    /// Whether a spot is a lane, which has a line in place of a node.
    #[must_use]
    pub fn is_lane(&self, spot: usize) -> bool {
        spot >= self.nodes
    }

    /// The wires between a column and the next one.
    pub(super) fn gap(&self, column: usize) -> &[Wire] {
        let start = self.wires.partition_point(|it| it.column < column);
        let end = self.wires.partition_point(|it| it.column <= column);
        &self.wires[start..end]
    }
}
