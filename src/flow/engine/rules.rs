//! What rules and joins say about how others ended.

use crate::flow::course::{Course, End, Kind, Member, NodeId, When};
use crate::flow::promotion::{At, Promotion, Standing};
use crate::flow::time::Time;

/// What a rule says now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds.
    Yes,
    /// It may come to hold.
    Open,
    /// It can no longer come to hold.
    Never,
}

/// What the rule says of the promotion as it stands.
pub(super) fn truth(rule: &When, promotion: &Promotion) -> Truth {
    let standing = |node: &NodeId| promotion.nodes.get(node);
    match rule {
        When::Now => Truth::Yes,
        When::Is(node, ends) => match standing(node).map(Standing::end) {
            Some(None) => Truth::Open,
            Some(Some(end)) if ends.contains(&end) => Truth::Yes,
            Some(Some(_)) | None => Truth::Never,
        },
        When::Began(node) => match standing(node) {
            Some(it) if it.has_begun() => Truth::Yes,
            Some(it) if it.end().is_none() => Truth::Open,
            Some(_) | None => Truth::Never,
        },
        When::All(parts) => at_least(parts.len(), parts, promotion),
        When::Any(parts) => at_least(1, parts, promotion),
        When::AtLeast(need, parts) => {
            at_least(usize::try_from(*need).unwrap_or(usize::MAX), parts, promotion)
        }
    }
}

fn at_least(need: usize, parts: &[When], promotion: &Promotion) -> Truth {
    let truths: Vec<Truth> = parts.iter().map(|it| truth(it, promotion)).collect();
    let count = |wanted: Truth| truths.iter().filter(|it| **it == wanted).count();
    if count(Truth::Yes) >= need {
        Truth::Yes
    } else if count(Truth::Yes) + count(Truth::Open) >= need {
        Truth::Open
    } else {
        Truth::Never
    }
}

/// The end of a join: the weightiest among its members' ends that count.
pub(super) fn joined(members: &[Member], promotion: &Promotion) -> End {
    const BY_WEIGHT: [End; 5] = [End::Unknown, End::Failed, End::Refused, End::Cancelled, End::Passed];
    let ends: Vec<End> =
        members.iter().filter(|it| it.counts).filter_map(|it| promotion.nodes.get(&it.node)?.end()).collect();
    BY_WEIGHT.into_iter().find(|it| ends.contains(it)).unwrap_or(End::Skipped)
}

/// Whether the node is a join.
pub(super) fn is_join(course: &Course, node: &NodeId) -> bool {
    matches!(course.nodes.get(node).map(|it| &it.kind), Some(Kind::Join(_)))
}

/// When the end of a soak's node was; when the soak itself began if that node has no end.
pub(super) fn soaks_since(promotion: &Promotion, since: &NodeId, began: Time) -> Time {
    match promotion.nodes.get(since).map(|it| it.at) {
        Some(At::Ended(at, _)) => at,
        _ => began,
    }
}
