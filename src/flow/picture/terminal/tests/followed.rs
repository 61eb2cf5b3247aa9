//! A reader follows the lines of drawings with a finger, and finds the dependencies of the flow: all, and no others.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What a finger that moves in one direction meets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Up,
    Down,
    Left,
    Right,
}

use Way::{Down, Left, Right, Up};

impl Way {
    fn back(self) -> Self {
        match self {
            Up => Down,
            Down => Up,
            Left => Right,
            Right => Left,
        }
    }
}

/// A drawing of letters that are all one cell wide.
struct Drawing(Vec<Vec<char>>);

/// Where a box is: its first and last line, and its left and right side.
struct Frame {
    lines: std::ops::RangeInclusive<usize>,
    left: usize,
    right: usize,
}

impl Drawing {
    fn at(&self, line: usize, column: usize) -> char {
        self.0.get(line).and_then(|it| it.get(column)).copied().unwrap_or(' ')
    }

    /// The box of a node, found by its name.
    fn frame(&self, name: &str) -> Frame {
        let name: Vec<char> = format!("│ {name} ").chars().collect();
        let starts = |it: &Vec<char>| it.windows(name.len()).position(|it| it == name);
        let (line, left) = self
            .0
            .iter()
            .enumerate()
            .find_map(|(at, it)| Some((at, starts(it)?)))
            .expect("a box of that name");
        let right = (left + 1..).find(|it| "│├".contains(self.at(line, *it))).expect("a right side");
        let first = (0..=line).rev().find(|it| self.at(*it, left) == '┌').expect("a corner");
        let last = (line..).find(|it| self.at(*it, left) == '└').expect("a corner");
        Frame { lines: first..=last, left, right }
    }

    /// The arrows that the lines from this side of a box lead to.
    fn followed(&self, from: &Frame) -> BTreeSet<(usize, usize)> {
        let ports = from.lines.clone().filter(|it| self.at(*it, from.right) == '├');
        let mut open: Vec<(usize, usize, Way)> = ports.map(|it| (it, from.right + 1, Right)).collect();
        let (mut seen, mut arrows) = (BTreeSet::new(), BTreeSet::new());
        while let Some(step) = open.pop() {
            let (line, column, way) = step;
            if !seen.insert(step) {
                continue;
            }
            let sign = self.at(line, column);
            if sign == '►' {
                arrows.insert((line, column));
            }
            for next in ways(sign, way) {
                open.push(match next {
                    Up => (line - 1, column, next),
                    Down => (line + 1, column, next),
                    Left => (line, column - 1, next),
                    Right => (line, column + 1, next),
                });
            }
        }
        arrows
    }
}

/// Where a line goes on from a sign. One that crosses an upright line passes below it.
fn ways(sign: char, way: Way) -> Vec<Way> {
    let sides: &[Way] = match sign {
        '│' => &[Up, Down],
        '─' => &[Left, Right],
        '┘' => &[Up, Left],
        '┐' => &[Down, Left],
        '┤' => &[Up, Down, Left],
        '└' => &[Up, Right],
        '┌' => &[Down, Right],
        // On the side of a box, too, from which the finger goes no further.
        '├' if way != Left => &[Up, Down, Right],
        '┴' => &[Up, Left, Right],
        '┬' => &[Down, Left, Right],
        '┼' => &[Up, Down, Left, Right],
        _ => &[],
    };
    match sign == '│' && matches!(way, Left | Right) {
        true => vec![way],
        false => {
            assert!(sides.is_empty() || sides.contains(&way.back()), "a line ends before {sign}");
            sides.iter().copied().filter(|it| *it != way.back()).collect()
        }
    }
}

/// The dependencies that the drawing shows; `None` where it is a list.
fn read(graph: &Graph) -> Option<Vec<(usize, usize)>> {
    let text = drawn(graph, &Screen { width: None, ..WIDE });
    if text.starts_with('1') {
        return None;
    }
    let drawing = Drawing(text.lines().map(|it| it.chars().collect()).collect());
    let frames: Vec<Frame> = graph.nodes.iter().map(|it| drawing.frame(&it.title)).collect();
    let mut found = Vec::new();
    for (from, frame) in frames.iter().enumerate() {
        for (line, column) in drawing.followed(frame) {
            let to = frames.iter().position(|it| it.left == column + 1 && it.lines.contains(&line));
            found.push((from, to.expect("an arrow that leads to a box")));
        }
    }
    found.sort_unstable();
    Some(found)
}

fn flow(most: usize) -> impl Strategy<Value = Graph> {
    (2..most).prop_flat_map(|count| {
        let edges = prop::collection::vec((0..count, 0..count), 0..2 * count);
        edges.prop_map(move |edges| {
            let forward = edges.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b)));
            let node = |it: usize| GraphNode { is_trigger: it == 0, ..GraphNode::new(format!("s{it}")) };
            Graph { nodes: (0..count).map(node).collect(), edges: forward.collect() }
        })
    })
}

proptest! {
    #[test]
    fn the_lines_of_a_drawing_are_the_dependencies(graph in flow(14)) {
        if let Some(found) = read(&graph) {
            prop_assert_eq!(found, graph.dependencies(), "{}", drawn(&graph, &Screen { width: None, ..WIDE }));
        }
    }
}

#[test]
fn common_flows_are_drawn_and_not_listed() {
    for steps in [
        &["dev", "qa:dev", "prod:qa"][..],
        &["dev", "qa:dev", "staging:dev", "prod:qa staging"],
        &["dev", "qa:dev", "staging:qa dev", "prod:qa staging dev"],
        &["dev", "a:dev", "b:dev", "c:dev", "x:a b", "y:b c", "z:a c"],
        &["dev", "qa:dev", "eu:qa", "us:qa", "eu-2:eu qa", "us-2:us qa", "all:eu-2 us-2 dev"],
    ] {
        let graph = graph(steps);
        assert_eq!(read(&graph), Some(graph.dependencies()));
    }
}
