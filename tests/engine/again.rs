//! Which nodes a retry and a restart must set back, read from what they promise.

use std::collections::BTreeSet;

use promenade::flow::course::{Course, End, Kind, NodeId, When};
use promenade::flow::promotion::Event;
use promenade::model::EnvironmentName;

use super::expect::No;
use super::meaning::{Meanings, Truth};
use super::reading::{Is, Reading};

/// What went wrong runs again, and with it what was done or left out because it went wrong.
pub(crate) fn retry(course: &Course, reading: &Reading, meanings: &Meanings) -> Result<Event, No> {
    if !reading.ended() {
        return Err(No::Busy);
    }
    let work = |id: &NodeId| !matches!(course.nodes[id].kind, Kind::Join(_));
    let end = |id: &NodeId| reading.nodes[id].end().expect("all have ended");
    if course.nodes.keys().any(|it| work(it) && end(it) == End::Unknown) || end(&course.result) == End::Passed
    {
        return Err(No::NotAllowed);
    }
    // Of these another end is hoped for.
    let parts = |join: &&NodeId, id: &NodeId| members(course, join).contains(id);
    let counts = |id: &NodeId| {
        let joins: Vec<End> = course.nodes.keys().filter(|it| parts(it, id)).map(end).collect();
        joins.is_empty() || joins.iter().any(|it| *it != End::Passed)
    };
    let mut open: BTreeSet<NodeId> =
        course.nodes.keys().filter(|it| work(it) && bad(end(it)) && counts(it)).cloned().collect();
    loop {
        let truth = |id: &NodeId| {
            meanings.with(course, id, |it| {
                if open.contains(it) {
                    (false, None)
                } else {
                    (reading.nodes[it].tries > 0, reading.nodes[it].end())
                }
            })
        };
        let joined =
            |id: &NodeId| members(course, id).iter().any(|it| open.contains(it)) && end(id) != End::Passed;
        let more: Vec<NodeId> = (course.nodes.keys())
            .filter(|id| !open.contains(*id))
            .filter(|id| match end(id) {
                _ if !work(id) => joined(id),
                End::Skipped => truth(id) != Truth::Never,
                // A node that passed although its rule holds no longer keeps what it did.
                _ => meanings.of(course, id, reading) == Truth::Yes && truth(id) != Truth::Yes,
            })
            .cloned()
            .collect();
        if more.is_empty() {
            break;
        }
        open.extend(more);
    }
    if open.is_empty() {
        return Err(No::NotAllowed);
    }
    Ok(Event::Reset { nodes: taken_along(course, open), again: false })
}

/// An environment runs again, and everything that comes after it.
pub(crate) fn restart(
    course: &Course,
    reading: &Reading,
    environment: &EnvironmentName,
) -> Result<Event, No> {
    let stop =
        course.environments.iter().find(|it| it.environment.is(environment.as_str())).ok_or(No::NotHere)?;
    let mut nodes = BTreeSet::from([stop.node.clone()]);
    let mut inner = vec![stop.node.clone()];
    while let Some(id) = inner.pop() {
        inner.extend(members(course, &id));
        nodes.insert(id);
    }
    while let Some(more) = course.nodes.keys().find(|it| !nodes.contains(*it) && follows(course, it, &nodes))
    {
        nodes.insert(more.clone());
    }
    let nodes = taken_along(course, nodes);
    let all = || nodes.iter().map(|it| (it, &reading.nodes[it]));
    if all().any(|(_, it)| it.is_live()) || (reading.stopped.is_some() && !reading.ended()) {
        return Err(No::Busy);
    }
    if all().all(|(_, it)| it.is == Is::Waiting) {
        return Err(No::Already);
    }
    let work = |id: &NodeId| !matches!(course.nodes[id].kind, Kind::Join(_));
    if all().any(|(id, it)| work(id) && it.end() == Some(End::Unknown)) {
        return Err(No::NotAllowed);
    }
    Ok(Event::Reset { nodes, again: true })
}

fn bad(end: End) -> bool {
    !matches!(end, End::Passed | End::Skipped)
}

/// The joins above, and the entries of what runs again: their places were given back.
fn taken_along(course: &Course, mut nodes: BTreeSet<NodeId>) -> BTreeSet<NodeId> {
    let along = |id: &NodeId, nodes: &BTreeSet<NodeId>| match &course.nodes[id].kind {
        Kind::Join(_) => members(course, id).iter().any(|it| nodes.contains(it)),
        Kind::Enter(it) => nodes.contains(&it.until),
        _ => false,
    };
    while let Some(more) = course.nodes.keys().find(|it| !nodes.contains(*it) && along(it, &nodes)) {
        nodes.insert(more.clone());
    }
    nodes
}

fn members(course: &Course, id: &NodeId) -> Vec<NodeId> {
    match &course.nodes[id].kind {
        Kind::Join(members) => members.iter().map(|it| it.node.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Whether a node comes after one of these.
fn follows(course: &Course, id: &NodeId, nodes: &BTreeSet<NodeId>) -> bool {
    fn speaks(rule: &When, nodes: &BTreeSet<NodeId>) -> bool {
        match rule {
            When::Now => false,
            When::Is(node, _) | When::Began(node) => nodes.contains(node),
            When::All(parts) | When::Any(parts) | When::AtLeast(_, parts) => {
                parts.iter().any(|it| speaks(it, nodes))
            }
        }
    }
    let node = &course.nodes[id];
    speaks(&node.after, nodes) || matches!(&node.kind, Kind::Soak { since, .. } if nodes.contains(since))
}
