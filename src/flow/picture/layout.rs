//! The layout of a graph: columns, then lines, then heights.

use super::graph::Graph;
use super::shape::Layout;
use super::{bundles, columns, rows};

/// Lays out a graph.
///
/// A node's column is the longest path that leads to it. Within a column, nodes are ordered by the mean height of what
/// they wait for, then by the order of the file, and stand as near to their neighbours' middle as that order allows. A
/// dependency that skips columns has a narrow lane in each of them. All arithmetic is in whole numbers.
#[must_use]
pub fn layout(graph: &Graph) -> Layout {
    let found = columns::columns(graph);
    let mut bundles = bundles::bundles(&found);
    let nodes = graph.nodes.len();
    let columns = found.column.iter().max().map_or(0, |it| it + 1);
    let height = rows::place(&mut bundles, nodes, columns);
    Layout { nodes, spots: bundles.spots, wires: bundles.wires, columns, height, closing: found.closing }
}

#[cfg(test)]
mod tests;
