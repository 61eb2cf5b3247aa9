//! The picture of a flow: one layout for every drawing of it, and the drawings for a terminal, as SVG and as Mermaid.
//!
//! [`layout`] decides where each step and each line goes, by the shape of the flow alone: the states of the steps
//! change no location. [`terminal()`] and [`svg()`] draw that one [`Layout`]; [`mermaid()`] leaves the layout to Mermaid.
//! Texts come from users, so each drawing makes them harmless.

mod bundles;
mod columns;
mod graph;
mod layout;
mod mermaid;
mod rows;
mod shape;
mod state;
mod svg;
mod terminal;
mod words;

pub use graph::{Graph, GraphNode};
pub use layout::layout;
pub use mermaid::mermaid;
pub use shape::{LANE, Layout, ROW, Spot, Wire};
pub use state::State;
pub use svg::svg;
pub use terminal::{Screen, terminal};
