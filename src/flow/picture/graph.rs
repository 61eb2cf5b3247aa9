//! What a picture shows: the steps of a flow and which of them waits for which.

use serde::Serialize;

use super::state::State;

/// The steps of a flow and their dependencies.
///
/// The order of the nodes is that of the file. It decides where nothing else does, so that the same file always gives
/// the same picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The trigger and the steps, in the order of the file.
    pub nodes: Vec<GraphNode>,
    /// A pair `(a, b)` for each dependency: `b` waits for `a`. The numbers are indexes of `nodes`; a pair with an index
    /// that does not exist is ignored, and a pair that is listed twice counts once.
    pub edges: Vec<(usize, usize)>,
}

/// A step of a flow, or its trigger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GraphNode {
    /// The step's name in the flow. Shown where there is no title.
    pub id: String,
    /// The first line of the node.
    pub title: String,
    /// More lines below the title, for example a version and a duration.
    pub lines: Vec<String>,
    /// How far the step has come. Default: the picture shows no state, as for a flow that is not running.
    pub state: Option<State>,
    /// Whether this is the flow's trigger.
    pub is_trigger: bool,
}

impl Graph {
    /// The dependencies between nodes that exist, each once, in the order of the nodes.
    pub(super) fn dependencies(&self) -> Vec<(usize, usize)> {
        let count = self.nodes.len();
        let exists = |(from, to): &(usize, usize)| *from < count && *to < count;
        let mut found: Vec<(usize, usize)> = self.edges.iter().copied().filter(exists).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl GraphNode {
    /// A node that shows its name alone.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self { title: id.clone(), id, ..Self::default() }
    }

    /// The same node as the flow's trigger.
    #[must_use]
    pub fn as_trigger(mut self) -> Self {
        self.is_trigger = true;
        self
    }
}
