//! Which environment a node of a course belongs to, and what an environment depends on.

use std::collections::BTreeSet;

use crate::flow::course::{Course, Kind, NodeId};

/// The environment of a node, as the flow names it; `None` = it is the node of the whole.
pub(super) fn environment<'a>(course: &'a Course, node: &NodeId) -> Option<&'a str> {
    let stop = course.environments.iter().find(|it| within(&it.node, node))?;
    Some(stop.environment.as_str())
}

/// Whether a node is an environment's join, or a part of that environment.
fn within(join: &NodeId, node: &NodeId) -> bool {
    let rest = node.as_str().strip_prefix(join.as_str());
    rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// The environment whose join this node is.
pub(super) fn joined<'a>(course: &'a Course, node: &NodeId) -> Option<&'a str> {
    let stop = course.environments.iter().find(|it| it.node == *node)?;
    Some(stop.environment.as_str())
}

/// The environments that must have passed before an environment begins.
pub(super) fn depends_on(course: &Course, join: &NodeId) -> Vec<String> {
    let inside = course.nodes.iter().filter(|(id, _)| within(join, id) && *id != join);
    let named: BTreeSet<&NodeId> = inside.flat_map(|(_, node)| node.after.nodes()).collect();
    let others = course.environments.iter().filter(|it| it.node != *join && named.contains(&it.node));
    others.map(|it| it.environment.to_string()).collect()
}

/// The word for what a node does.
pub(super) fn kind(course: &Course, node: &NodeId) -> &'static str {
    use crate::flow::course::Action;
    match course.nodes.get(node).map(|it| &it.kind) {
        Some(Kind::Act(Action::Verify(_))) => "verify",
        Some(Kind::Act(Action::Deploy { .. })) => "deploy",
        Some(Kind::Enter(_)) => "enter",
        Some(Kind::Approval(_)) => "approval",
        Some(Kind::Soak { .. }) => "soak",
        Some(Kind::Join(_)) | None => "join",
    }
}
