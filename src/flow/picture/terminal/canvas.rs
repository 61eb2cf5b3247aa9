//! A sheet of terminal cells to draw on.

use anstyle::Style;

use crate::flow::picture::words::width;

/// A text on the canvas, and how it is set.
#[derive(Clone, Default)]
struct Cell {
    /// What stands here. A text of several columns stands whole in its first cell.
    text: String,
    /// Whether a text that begins further left covers this cell.
    is_covered: bool,
    style: Style,
}

/// Cells in lines.
pub(super) struct Canvas {
    lines: Vec<Vec<Cell>>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { lines: vec![vec![Cell::default(); width]; height] }
    }

    /// Puts a text at a cell. What lies outside of the canvas is not drawn.
    pub(super) fn put(&mut self, line: usize, column: usize, text: &str, style: Style) {
        let Some(cells) = self.lines.get_mut(line) else { return };
        let columns = width(text);
        if columns == 0 || column + columns > cells.len() {
            return;
        }
        for cell in &mut cells[column..column + columns] {
            *cell = Cell { is_covered: true, ..Cell::default() };
        }
        cells[column] = Cell { text: text.to_owned(), is_covered: false, style };
    }

    /// Puts a sign into every cell of a part of a line.
    pub(super) fn fill(&mut self, line: usize, columns: std::ops::Range<usize>, sign: &str) {
        columns.for_each(|it| self.put(line, it, sign, Style::new()));
    }

    /// The drawing without empty lines around it, and without spaces at the end of lines.
    pub(super) fn text(&self, colour: bool) -> String {
        let lines: Vec<String> = self.lines.iter().map(|it| written(it, colour)).collect();
        let drawn = |it: &String| !it.is_empty();
        let start = lines.iter().position(drawn).unwrap_or(0);
        let end = lines.iter().rposition(drawn).map_or(start, |it| it + 1);
        lines[start..end].iter().flat_map(|it| [it, "\n"]).collect()
    }
}

fn written(cells: &[Cell], colour: bool) -> String {
    let end = cells.iter().rposition(|it| !it.text.is_empty()).map_or(0, |it| it + 1);
    let mut line = String::new();
    for cell in cells[..end].iter().filter(|it| !it.is_covered) {
        line.push_str(&painted(if cell.text.is_empty() { " " } else { &cell.text }, cell.style, colour));
    }
    line.trim_end().to_owned()
}

/// The text in its colour, if colours are wanted.
pub(super) fn painted(text: &str, style: Style, colour: bool) -> String {
    let style = if colour { style } else { Style::new() };
    format!("{style}{text}{style:#}")
}
