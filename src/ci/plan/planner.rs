//! What making a plan works with, and the problems that it finds.

use serde_json::Value;

use crate::ci::sources::Sources;
use crate::document::{Node, Problem};
use crate::event::expression::{self, Scope};
use crate::settings::Settings;

/// Makes one plan, and collects its problems.
pub(super) struct Planner<'a> {
    pub(super) settings: &'a Settings,
    pub(super) schema: &'static Value,
    pub(super) scope: Scope<'a>,
    pub(super) sources: &'a dyn Sources,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

impl Planner<'_> {
    /// The same tree with the values of its expressions; what has none becomes a problem.
    pub(super) fn resolved(&mut self, node: &Node, path: &str) -> Node {
        node.map_texts(path, &mut |text, origin, key| {
            expression::resolve_text(text, &self.scope).unwrap_or_else(|error| {
                self.problems.push(Problem::new(origin, error.message_for(key), error.remedy));
                text.clone()
            })
        })
    }

    /// Reads what was checked before; a difference between check and types becomes a problem, not a panic.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&mut self, node: &Node) -> Option<T> {
        serde_json::from_value(node.to_json())
            .map_err(|error| {
                let message = format!("this section cannot be read: {error}");
                self.problems.push(Problem::new(
                    &node.origin,
                    message,
                    "compare it with schemas/settings.json",
                ));
            })
            .ok()
    }
}
