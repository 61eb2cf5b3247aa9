//! What a rule means, found by trying every way in which the unfinished may end.

use std::cell::RefCell;
use std::collections::BTreeMap;

use promenade::flow::course::{Course, End, Kind, NodeId, When};

use super::reading::Reading;

/// What a rule means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    Open,
    Never,
}

/// How a node may stand in the end: whether it began, and how it ended; `None` = not yet.
pub(crate) type Fate = (bool, Option<End>);

/// The meanings that were found so far.
#[derive(Default)]
pub(crate) struct Meanings(RefCell<BTreeMap<(String, Vec<Fate>), Truth>>);

impl Meanings {
    /// What the rule of a node means now.
    pub(crate) fn of(&self, course: &Course, node: &NodeId, reading: &Reading) -> Truth {
        self.with(course, node, |it| (reading.nodes[it].tries > 0, reading.nodes[it].end()))
    }

    /// What the rule of a node means, where others stand like this.
    pub(crate) fn with(&self, course: &Course, node: &NodeId, fate: impl Fn(&NodeId) -> Fate) -> Truth {
        let rule = &course.nodes[node].after;
        let mut nodes: Vec<&NodeId> = Vec::new();
        mentioned(rule, &mut nodes);
        nodes.sort();
        nodes.dedup();
        let fates: Vec<Fate> = nodes.iter().map(|it| fate(it)).collect();
        let key = (node.to_string(), fates);
        if let Some(known) = self.0.borrow().get(&key) {
            return *known;
        }
        let now: BTreeMap<&NodeId, Fate> = nodes.iter().copied().zip(key.1.iter().copied()).collect();
        let truth = match (holds(rule, &now), possible(course, rule, &now)) {
            (true, _) => Truth::Yes,
            (false, true) => Truth::Open,
            (false, false) => Truth::Never,
        };
        self.0.borrow_mut().insert(key, truth);
        truth
    }
}

fn mentioned<'a>(rule: &'a When, into: &mut Vec<&'a NodeId>) {
    match rule {
        When::Now => {}
        When::Is(node, _) | When::Began(node) => into.push(node),
        When::All(parts) | When::Any(parts) | When::AtLeast(_, parts) => {
            parts.iter().for_each(|it| mentioned(it, into));
        }
    }
}

fn holds(rule: &When, now: &BTreeMap<&NodeId, Fate>) -> bool {
    match rule {
        When::Now => true,
        When::Is(node, ends) => now[node].1.is_some_and(|it| ends.contains(&it)),
        When::Began(node) => now[node].0,
        When::All(parts) => parts.iter().all(|it| holds(it, now)),
        When::Any(parts) => parts.iter().any(|it| holds(it, now)),
        When::AtLeast(need, parts) => {
            parts.iter().filter(|it| holds(it, now)).count()
                >= usize::try_from(*need).expect("a small number")
        }
    }
}

/// Whether the rule holds in one of the ways in which the unfinished may end.
fn possible(course: &Course, rule: &When, now: &BTreeMap<&NodeId, Fate>) -> bool {
    let Some((node, (began, _))) = now.iter().find(|(_, it)| it.1.is_none()) else { return holds(rule, now) };
    fates(course, node, *began).into_iter().any(|it| {
        let mut next = now.clone();
        next.insert(node, it);
        possible(course, rule, &next)
    })
}

/// The ways in which an unfinished node may end.
fn fates(course: &Course, node: &NodeId, began: bool) -> Vec<Fate> {
    let join = matches!(course.nodes[node].kind, Kind::Join(_));
    let unbegun = |end: End| join || matches!(end, End::Skipped | End::Cancelled);
    let ways = End::ALL.into_iter().flat_map(|end| [(true, end), (false, end)]);
    let able = ways.filter(|(begins, end)| match (began, begins) {
        (true, it) => *it && *end != End::Skipped,
        (false, true) => !join && *end != End::Skipped,
        (false, false) => unbegun(*end),
    });
    able.map(|(begins, end)| (begins, Some(end))).collect()
}
