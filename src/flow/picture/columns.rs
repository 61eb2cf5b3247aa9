//! Which column each node of a picture stands in: the longest path that leads to it.

use super::graph::Graph;

/// The columns of the nodes, and the dependencies that decided them.
pub(super) struct Columns {
    /// The column of each node.
    pub(super) column: Vec<usize>,
    /// What each node waits for, in the order of the file, without the dependencies that close a ring.
    pub(super) parents: Vec<Vec<usize>>,
    /// The dependencies that close a ring.
    pub(super) closing: Vec<(usize, usize)>,
}

/// Puts each node to the right of everything that it waits for.
///
/// A flow has no rings, but a picture of a draft has to cope with one: a dependency that leads back to where the walk
/// came from, in the order of the file and from the trigger, is left out and reported.
pub(super) fn columns(graph: &Graph) -> Columns {
    let dependencies = graph.dependencies();
    let walk = Walk::over(graph, &dependencies);
    let drawn = |it: &&(usize, usize)| walk.closing.binary_search(it).is_err();
    let mut parents = vec![Vec::new(); graph.nodes.len()];
    for (from, to) in dependencies.iter().filter(drawn) {
        parents[*to].push(*from);
    }
    let first = |node: usize| graph.nodes[node].is_trigger && parents[node].is_empty();
    // A step that nothing leads to is not drawn as a second trigger.
    let rest = usize::from((0..graph.nodes.len()).any(first));
    let mut column: Vec<usize> = (0..graph.nodes.len()).map(|it| if first(it) { 0 } else { rest }).collect();
    for node in walk.finished.iter().rev().copied() {
        let beyond = parents[node].iter().map(|it| column[*it] + 1).max();
        column[node] = column[node].max(beyond.unwrap_or(0));
    }
    Columns { column, parents, closing: walk.closing }
}

/// A walk along the dependencies, from each node to those that wait for it.
struct Walk {
    /// The nodes in the order in which everything behind them had been seen.
    finished: Vec<usize>,
    /// The dependencies that lead back to a node that the walk was still behind, sorted.
    closing: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    No,
    Open,
    Done,
}

impl Walk {
    fn over(graph: &Graph, dependencies: &[(usize, usize)]) -> Self {
        let count = graph.nodes.len();
        let mut children = vec![Vec::new(); count];
        let mut leads_here = vec![false; count];
        for (from, to) in dependencies {
            children[*from].push(*to);
            leads_here[*to] = true;
        }
        let mut starts: Vec<usize> = (0..count).collect();
        starts.sort_by_key(|it| (!graph.nodes[*it].is_trigger, leads_here[*it], *it));
        let mut walk = Self { finished: Vec::with_capacity(count), closing: Vec::new() };
        let mut seen = vec![Seen::No; count];
        for start in starts {
            walk.from(start, &children, &mut seen);
        }
        walk.closing.sort_unstable();
        walk
    }

    /// Goes on from one node. Keeps its own stack, since a flow may be longer than the program's.
    fn from(&mut self, start: usize, children: &[Vec<usize>], seen: &mut [Seen]) {
        if seen[start] != Seen::No {
            return;
        }
        seen[start] = Seen::Open;
        let mut open = vec![(start, children[start].iter())];
        while let Some((node, rest)) = open.last_mut() {
            match rest.next().copied() {
                None => {
                    seen[*node] = Seen::Done;
                    self.finished.push(*node);
                    open.pop();
                }
                Some(next) if seen[next] == Seen::Open => self.closing.push((*node, next)),
                Some(next) if seen[next] == Seen::No => {
                    seen[next] = Seen::Open;
                    open.push((next, children[next].iter()));
                }
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::picture::graph::GraphNode;

    fn graph(trigger: Option<usize>, count: usize, edges: &[(usize, usize)]) -> Graph {
        let node =
            |it: usize| GraphNode { is_trigger: trigger == Some(it), ..GraphNode::new(it.to_string()) };
        Graph { nodes: (0..count).map(node).collect(), edges: edges.to_vec() }
    }

    #[test]
    fn a_column_is_the_longest_path_and_not_the_shortest() {
        let found = columns(&graph(Some(0), 4, &[(0, 3), (0, 1), (1, 2), (2, 3)]));
        assert_eq!(found.column, [0, 1, 2, 3]);
        assert_eq!(found.parents[3], [0, 2]);
    }

    #[test]
    fn a_step_that_nothing_leads_to_stands_behind_the_trigger() {
        assert_eq!(columns(&graph(Some(1), 3, &[(1, 2)])).column, [1, 0, 1]);
        assert_eq!(columns(&graph(None, 2, &[])).column, [0, 0]);
        // A trigger that waits for something is in no first column; the first column is not left empty.
        assert_eq!(columns(&graph(Some(1), 2, &[(0, 1)])).column, [0, 1]);
    }

    #[test]
    fn a_ring_is_opened_where_it_comes_back_to_the_trigger() {
        let found = columns(&graph(Some(0), 3, &[(0, 1), (1, 2), (2, 0), (1, 1), (0, 1), (9, 1)]));
        assert_eq!(found.column, [0, 1, 2]);
        assert_eq!(found.closing, [(1, 1), (2, 0)]);
        assert_eq!(found.parents, [vec![], vec![0], vec![1]]);
    }

    #[test]
    fn a_very_long_flow_does_not_exhaust_the_stack() {
        let edges: Vec<(usize, usize)> = (1..100_000).map(|it| (it - 1, it)).collect();
        assert_eq!(columns(&graph(Some(0), 100_000, &edges)).column[99_999], 99_999);
    }
}
