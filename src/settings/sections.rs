//! The sections of the settings that configure an action.

use crate::document::Node;
use crate::model::ActionKind;

/// The configured actions in the order in which they run.
pub(crate) fn sections(root: &Node) -> impl Iterator<Item = (ActionKind, &Node)> {
    let one = |kind: ActionKind| root.get(kind.name()).into_iter().map(move |it| (kind, it));
    let promotions = root.get("promote").and_then(Node::list).unwrap_or_default();
    one(ActionKind::Create)
        .chain(one(ActionKind::Deploy))
        .chain(promotions.iter().map(|it| (ActionKind::Promote, it)))
}
