//! Boxes and lines on a canvas.

use anstyle::Style;

use super::canvas::Canvas;
use super::measures::{Measures, NodeBox};
use super::signs::{DOWN, LEFT, RIGHT, Signs, UP, style};
use super::tracks::Ends;
use crate::flow::picture::graph::Graph;
use crate::flow::picture::shape::Layout;

/// Draws the picture; `None` where it does not fit or its lines could not be followed.
pub(super) fn draw(layout: &Layout, graph: &Graph, room: Option<usize>, signs: &Signs) -> Option<Canvas> {
    let measures = Measures::of(layout, graph, room, signs)?;
    let canvas = Canvas::new(measures.width, measures.height);
    let mut drawing = Drawing { layout, measures: &measures, signs, canvas };
    for (spot, at) in layout.spots.iter().enumerate() {
        let (start, width) = measures.columns[at.column];
        match measures.boxes.get(spot) {
            Some(node) => drawing.node(node, measures.middle[spot], start, width),
            None => {
                drawing.canvas.fill(measures.middle[spot], start..start + width, signs.line(LEFT | RIGHT));
            }
        }
    }
    for column in 0..measures.gaps.len() {
        drawing.gap(column);
    }
    Some(drawing.canvas)
}

struct Drawing<'a> {
    layout: &'a Layout,
    measures: &'a Measures,
    signs: &'a Signs,
    canvas: Canvas,
}

impl Drawing<'_> {
    fn put(&mut self, line: usize, column: usize, sign: &str) {
        self.canvas.put(line, column, sign, Style::new());
    }

    fn node(&mut self, node: &NodeBox, middle: usize, start: usize, width: usize) {
        let (top, end) = (middle.saturating_sub(node.above()), start + width - 1);
        let bottom = top + node.inner + 1;
        let [top_left, top_right, bottom_left, bottom_right] = self.signs.corners;
        for (line, left, right) in [(top, top_left, top_right), (bottom, bottom_left, bottom_right)] {
            self.canvas.fill(line, start + 1..end, self.signs.line(LEFT | RIGHT));
            self.put(line, start, left);
            self.put(line, end, right);
        }
        for line in top + 1..bottom {
            self.put(line, start, self.signs.line(UP | DOWN));
            self.put(line, end, self.signs.line(UP | DOWN));
        }
        for (line, (text, state)) in (top + 1..).zip(&node.lines) {
            self.canvas.put(line, start + 2, text, state.map_or(Style::new(), style));
        }
    }

    /// Draws the wires of a gap. The upright parts come last: where two wires cross, the level one passes below.
    fn gap(&mut self, column: usize) {
        let (measures, layout) = (self.measures, self.layout);
        let gap = &measures.gaps[column];
        let (start, width) = measures.columns[column];
        let (left, right) = (start + width, measures.columns[column + 1].0);
        let turn = |track: Option<usize>| track.map(|it| left + 1 + 2 * it);
        for ((wire, ends), track) in layout.gap(column).iter().zip(&gap.ends).zip(&gap.tracks.of) {
            for (spot, line) in wire.from.iter().zip(&ends.from) {
                if !layout.is_lane(*spot) {
                    self.put(*line, left - 1, self.signs.line(UP | DOWN | RIGHT));
                }
                self.canvas.fill(*line, left..turn(*track).unwrap_or(right), self.signs.line(LEFT | RIGHT));
            }
            for (spot, line) in wire.to.iter().zip(&ends.to) {
                let from = turn(*track).unwrap_or(left);
                self.canvas.fill(*line, from..right, self.signs.line(LEFT | RIGHT));
                if !layout.is_lane(*spot) {
                    self.put(*line, right - 1, self.signs.arrow);
                }
            }
        }
        for (ends, track) in gap.ends.iter().zip(&gap.tracks.of) {
            if let Some(at) = turn(*track) {
                self.upright(ends, at);
            }
        }
    }

    fn upright(&mut self, ends: &Ends, column: usize) {
        let (first, last) = ends.span();
        for line in first..=last {
            let side = |is_there: bool, side: usize| if is_there { side } else { 0 };
            let sides = side(line > first, UP)
                | side(line < last, DOWN)
                | side(ends.from.contains(&line), LEFT)
                | side(ends.to.contains(&line), RIGHT);
            self.put(line, column, self.signs.line(sides));
        }
    }
}
