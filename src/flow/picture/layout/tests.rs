//! Properties that every layout has.

use proptest::prelude::*;

use super::*;
use crate::flow::picture::graph::GraphNode;
use crate::flow::picture::shape::{LANE, ROW};
use crate::flow::picture::state::State;

/// Flows of any shape: a trigger, and steps that wait for some of those before them.
fn flow() -> impl Strategy<Value = Graph> {
    (2_usize..24).prop_flat_map(|count| {
        let pair = (0..count, 0..count);
        let edges = prop::collection::vec(pair, 0..3 * count);
        edges.prop_map(move |edges| {
            let forward = edges.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b)));
            Graph { nodes: nodes(count), edges: forward.collect() }
        })
    })
}

fn nodes(count: usize) -> Vec<GraphNode> {
    let node = |it: usize| GraphNode { is_trigger: it == 0, ..GraphNode::new(format!("s{it}")) };
    (0..count).map(node).collect()
}

fn size(layout: &Layout, spot: usize) -> i64 {
    if layout.is_lane(spot) { LANE } else { ROW }
}

/// The spots of each column, from top to bottom.
fn by_column(layout: &Layout) -> Vec<Vec<usize>> {
    let mut columns = vec![Vec::new(); layout.columns];
    for (at, spot) in layout.spots.iter().enumerate() {
        columns[spot.column].push(at);
    }
    for column in &mut columns {
        column.sort_by_key(|it| layout.spots[*it].y);
    }
    columns
}

/// The pairs of nodes that the wires join, lanes followed to their end.
fn joined(layout: &Layout) -> Vec<(usize, usize)> {
    let mut sources: Vec<Vec<usize>> = (0..layout.spots.len()).map(|_| Vec::new()).collect();
    let mut found = Vec::new();
    for wire in &layout.wires {
        let mut from = Vec::new();
        for spot in &wire.from {
            match layout.is_lane(*spot) {
                true => from.extend(sources[*spot].clone()),
                false => from.push(*spot),
            }
        }
        for to in &wire.to {
            assert_eq!(layout.spots[*to].column, wire.column + 1);
            match layout.is_lane(*to) {
                true => sources[*to].extend(from.clone()),
                false => found.extend(from.iter().map(|it| (*it, *to))),
            }
        }
    }
    found.sort_unstable();
    found
}

proptest! {
    #[test]
    fn nothing_overlaps_and_the_height_is_that_of_the_tallest_column(graph in flow()) {
        let layout = layout(&graph);
        let mut tallest = 0;
        for column in by_column(&layout) {
            let mut end = 0;
            for spot in &column {
                let (y, half) = (layout.spots[*spot].y, size(&layout, *spot) / 2);
                prop_assert!(y - half >= end, "{spot} at {y} overlaps what ends at {end}");
                end = y + half;
            }
            prop_assert!(end <= layout.height);
            tallest = tallest.max(column.iter().map(|it| size(&layout, *it)).sum());
        }
        prop_assert_eq!(layout.height, tallest);
    }

    #[test]
    fn a_column_is_right_of_everything_that_its_nodes_wait_for(graph in flow()) {
        let layout = layout(&graph);
        for (from, to) in &graph.edges {
            prop_assert!(layout.spots[*from].column < layout.spots[*to].column);
        }
    }

    #[test]
    fn the_lines_join_what_the_flow_joins_and_nothing_else(graph in flow()) {
        prop_assert_eq!(joined(&layout(&graph)), graph.dependencies());
    }

    #[test]
    fn the_order_of_dependencies_and_the_states_move_nothing(graph in flow(), states in prop::collection::vec(0_usize..11, 24)) {
        let mut other = graph.clone();
        other.edges.reverse();
        other.edges.extend(graph.edges.iter().take(3));
        for (node, state) in other.nodes.iter_mut().zip(states) {
            node.state = State::ALL.get(state).copied();
            node.lines = vec!["a line".into(); state];
        }
        prop_assert_eq!(layout(&graph), layout(&other));
    }

    #[test]
    fn adding_a_last_step_moves_no_other_column(graph in flow(), parents in prop::collection::vec(0_usize..24, 0..4)) {
        let mut longer = graph.clone();
        let last = graph.nodes.len();
        longer.nodes.push(GraphNode::new("last"));
        longer.edges.extend(parents.into_iter().filter(|it| *it < last).map(|it| (it, last)));
        let (before, after) = (layout(&graph), layout(&longer));
        let columns = |it: &Layout| it.spots[..last].iter().map(|it| it.column).collect::<Vec<_>>();
        prop_assert_eq!(columns(&before), columns(&after));
    }

    #[test]
    fn any_pairs_of_numbers_have_a_layout(count in 0_usize..12, edges in prop::collection::vec((0_usize..14, 0_usize..14), 0..60)) {
        let graph = Graph { nodes: nodes(count), edges };
        let layout = layout(&graph);
        let mut drawn = joined(&layout);
        drawn.extend(&layout.closing);
        drawn.sort_unstable();
        prop_assert_eq!(drawn, graph.dependencies());
        let unknown = layout.closing.iter().any(|it| layout.spots[it.0].column < layout.spots[it.1].column);
        prop_assert!(!unknown, "a dependency that could be drawn was left out");
    }
}

/// Groups in a row, each completely joined to the next.
fn groups(count: usize, size: usize) -> Graph {
    let edges = (1..count).flat_map(|group| {
        let of = move |group: usize| (0..size).map(move |it| 1 + group * size + it);
        of(group - 1).flat_map(move |from| of(group).map(move |to| (from, to)))
    });
    let first = (1..=size).map(|it| (0, it));
    Graph { nodes: nodes(1 + count * size), edges: first.chain(edges).collect() }
}

#[test]
fn many_groups_have_one_wire_between_two_of_them() {
    let graph = groups(150, 4);
    let layout = layout(&graph);
    assert_eq!((layout.nodes, layout.columns, layout.wires.len()), (601, 151, 150));
    assert_eq!(layout.height, 4 * ROW);
    assert_eq!(layout.spots.len(), 601);
    assert_eq!(layout.spots[0].y, 2 * ROW);
}

#[test]
fn a_fan_of_many_steps_has_one_wire_and_the_trigger_in_its_middle() {
    let layout = layout(&Graph { nodes: nodes(601), edges: (1..601).map(|it| (0, it)).collect() });
    assert_eq!((layout.columns, layout.wires.len()), (2, 1));
    assert_eq!(layout.spots[0].y, layout.height / 2);
    assert!(layout.spots[1..].is_sorted_by_key(|it| it.y));
}

#[test]
fn steps_that_all_wait_for_all_before_them_need_one_lane_for_each_column_passed() {
    let count = 120;
    let edges = (0..count).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
    let layout = layout(&Graph { nodes: nodes(count), edges });
    assert_eq!(layout.columns, count);
    // The step in column n has a lane in each column between the trigger's and its own.
    assert_eq!(layout.spots.len() - count, (count - 2) * (count - 1) / 2);
    assert_eq!(layout.closing, []);
}

#[test]
fn of_two_steps_that_stand_equally_the_first_in_the_file_is_above() {
    let layout = layout(&Graph { nodes: nodes(4), edges: vec![(0, 3), (0, 1), (0, 2)] });
    let heights: Vec<i64> = layout.spots.iter().map(|it| it.y).collect();
    assert_eq!(heights, [36, 12, 36, 60]);
}

#[test]
fn a_step_stands_beside_what_it_waits_for_whatever_the_order_of_the_file() {
    // 3 waits for 2 and 4 for 1: the order of their columns is that of their parents.
    let layout = layout(&Graph { nodes: nodes(5), edges: vec![(0, 1), (0, 2), (2, 3), (1, 4)] });
    let heights: Vec<i64> = layout.spots.iter().map(|it| it.y).collect();
    assert_eq!(heights, [24, 12, 36, 36, 12]);
}
