//! What lists show of a promotion: one word for the whole, and one for each environment.

use std::collections::BTreeSet;

use crate::flow::course::{Course, Kind, NodeId};
use crate::flow::engine::Ending;
use crate::flow::promotion::{At, Promotion, Standing};

/// Nothing of it has begun yet.
const PENDING: &str = "pending";
/// Work is under way.
const RUNNING: &str = "running";
/// It waits for a person, for time, or for a place.
const WAITING: &str = "waiting";
/// It is being stopped.
const STOPPING: &str = "stopping";

/// An environment of a promotion as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) environment: String,
    pub(super) status: &'static str,
}

/// The word for the whole: how it ended, or what it does.
pub(super) fn status(course: &Course, promotion: &Promotion, ending: Option<&Ending>) -> &'static str {
    if let Some(ending) = ending {
        return ending.end.name();
    }
    if promotion.stopped.is_some() {
        return STOPPING;
    }
    match at_work(course, promotion, course.nodes.keys()) {
        PENDING => WAITING,
        other => other,
    }
}

/// Why it ended as it did, or why it is being stopped, in the words of the first node that has some.
pub(super) fn reason(course: &Course, promotion: &Promotion, ending: Option<&Ending>) -> Option<String> {
    let ending = ending?;
    let of_that_end = |id: &&NodeId| promotion.nodes.get(id).is_some_and(|it| it.end() == Some(ending.end));
    let given = |id: &NodeId| promotion.nodes.get(id).and_then(|it| it.reason.clone());
    let stopped = ending.stopped.as_ref().and_then(|it| it.reason.clone());
    stopped.or_else(|| course.nodes.keys().filter(of_that_end).find_map(given))
}

/// The environments in the order of the flow.
pub(super) fn cells(course: &Course, promotion: &Promotion) -> Vec<Cell> {
    let joins: BTreeSet<&NodeId> = course.environments.iter().map(|it| &it.node).collect();
    let cell = |stop: &crate::flow::course::Stop| {
        let end = promotion.nodes.get(&stop.node).and_then(Standing::end);
        let status = end.map_or_else(
            || at_work(course, promotion, within(course, &stop.node, &joins).into_iter()),
            crate::flow::course::End::name,
        );
        Cell { environment: stop.environment.to_string(), status }
    };
    course.environments.iter().map(cell).collect()
}

/// The nodes of an environment: those that its join and their rules speak of, up to the next environment.
fn within<'a>(course: &'a Course, join: &'a NodeId, joins: &BTreeSet<&NodeId>) -> BTreeSet<&'a NodeId> {
    let mut found = BTreeSet::new();
    let mut open = vec![join];
    while let Some(id) = open.pop() {
        let Some(node) = course.nodes.get(id) else { continue };
        let members = match &node.kind {
            Kind::Join(members) => members.as_slice(),
            _ => &[],
        };
        let next = node.after.nodes().into_iter().chain(members.iter().map(|it| &it.node));
        for next in next.filter(|it| !joins.contains(it)) {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

/// The word for nodes of which not all have ended.
fn at_work<'a>(
    course: &Course,
    promotion: &Promotion,
    nodes: impl Iterator<Item = &'a NodeId>,
) -> &'static str {
    let rank = |word: &str| [PENDING, WAITING, RUNNING, STOPPING].iter().position(|it| *it == word);
    let word = |id: &NodeId| {
        let standing = promotion.nodes.get(id)?;
        let outside = course.nodes.get(id).is_some_and(|it| matches!(it.kind, Kind::Act(_)));
        Some(match standing.at {
            At::Waiting => PENDING,
            At::Due(_) => WAITING,
            At::Running(_) if outside && standing.suspended.is_none() => RUNNING,
            At::Running(_) => WAITING,
            At::Stopping(..) => STOPPING,
            // Something has begun and nothing is at work: the next is about to begin.
            At::Ended(..) if standing.has_begun() => WAITING,
            At::Ended(..) => PENDING,
        })
    };
    nodes.filter_map(word).max_by_key(|it| rank(it)).unwrap_or(PENDING)
}
