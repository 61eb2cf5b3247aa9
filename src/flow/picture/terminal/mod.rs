//! The picture on a terminal: boxes and lines where they fit, else a list by columns.

mod canvas;
mod drawing;
mod list;
mod measures;
mod signs;
mod tracks;

use super::graph::Graph;
use super::shape::Layout;
use super::words;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// The columns of the terminal. Default: as many as the picture needs.
    pub width: Option<usize>,
    /// Whether states are coloured.
    pub colour: bool,
    /// Whether lines, marks and ellipses may leave ASCII. Names are shown as they are.
    pub unicode: bool,
}

/// Draws a graph with the layout that was made from it. No line is longer than the terminal is wide, unless that is
/// less than 16 columns; a picture that is
/// too wide becomes a list by columns. Each line ends with a line feed.
#[must_use]
pub fn terminal(layout: &Layout, graph: &Graph, screen: &Screen) -> String {
    let signs = signs::Signs::of(screen.unicode);
    let (room, colour) = (screen.width, screen.colour);
    let mut text = match drawing::draw(layout, graph, room, &signs) {
        Some(canvas) => canvas.text(colour),
        None => list::list(layout, graph, room, colour, &signs),
    };
    for sentence in words::closing(graph, &layout.closing) {
        list::folded(&mut text, &sentence, "", room, &signs);
    }
    text
}

#[cfg(test)]
mod tests;
