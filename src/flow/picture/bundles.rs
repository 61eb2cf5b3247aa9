//! The lines of a picture: steps that wait for exactly the same steps share their lines, and lines that skip columns
//! have a lane there.

use std::collections::BTreeMap;

use super::columns::Columns;
use super::shape::{Spot, Wire};

/// Which nodes and lanes there are, and the wires between neighbouring columns.
pub(super) struct Bundles {
    /// The nodes in the order of the file, then the lanes.
    pub(super) spots: Vec<Spot>,
    /// For each spot, what decides between two that stand equally: the first step that it leads to or is.
    pub(super) tie: Vec<usize>,
    /// The wires, by column, then in the order of the file.
    pub(super) wires: Vec<Wire>,
}

/// Ties the columns together.
///
/// There is one wire for each set of steps that others wait for, not one for each dependency: the lines of two groups
/// that are completely joined meet in one junction, and what looks joined in the picture is joined in the flow.
pub(super) fn bundles(columns: &Columns) -> Bundles {
    let spots = columns.column.iter().map(|column| Spot { column: *column, y: 0 }).collect();
    let mut found = Bundles { spots, tie: (0..columns.column.len()).collect(), wires: Vec::new() };
    let mut waiting: BTreeMap<&[usize], Vec<usize>> = BTreeMap::new();
    for (node, parents) in columns.parents.iter().enumerate().filter(|(_, parents)| !parents.is_empty()) {
        waiting.entry(parents).or_default().push(node);
    }
    let mut groups: Vec<(&[usize], Vec<usize>)> = waiting.into_iter().collect();
    groups.sort_by_key(|(_, children)| children[0]);
    for (parents, children) in groups {
        found.lead(columns, parents, children);
    }
    found.wires.sort_by_key(|it| it.column);
    found
}

impl Bundles {
    /// Leads the lines of one group from its leftmost parent to its children, one wire in each gap between columns.
    fn lead(&mut self, columns: &Columns, parents: &[usize], children: Vec<usize>) {
        let mut starting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for parent in parents {
            starting.entry(columns.column[*parent]).or_default().push(*parent);
        }
        let (tie, end) = (children[0], columns.column[children[0]]);
        let Some(mut column) = starting.keys().next().copied() else { return };
        let mut lane: Option<usize> = None;
        while column + 1 < end {
            let mut from = starting.remove(&column).unwrap_or_default();
            from.extend(lane);
            let next = self.spots.len();
            self.spots.push(Spot { column: column + 1, y: 0 });
            self.tie.push(tie);
            self.wires.push(Wire { column, from, to: vec![next] });
            lane = Some(next);
            column += 1;
        }
        let mut from = starting.remove(&column).unwrap_or_default();
        from.extend(lane);
        self.wires.push(Wire { column, from, to: children });
    }
}
