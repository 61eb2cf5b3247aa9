//! Retry and restart: which nodes wait again.

use std::collections::BTreeSet;

use crate::flow::course::{Course, End, Kind, Node, NodeId};
use crate::flow::input::Refusal;
use crate::flow::promotion::{Event, Promotion, Standing};
use crate::model::EnvironmentName;

use super::rules::{Truth, is_join, truth};
use super::{Moving, outlook};

/// The most times that a person may start a promotion again. It bounds the length of its journal.
pub const MOST_ROUNDS: u32 = 20;

impl Moving<'_> {
    /// Runs again what did not pass.
    pub(super) fn retry(&mut self, round: u32) -> Result<(), Refusal> {
        self.may_start_again(round)?;
        if outlook::ending(self.course, &self.promotion).is_none() {
            return Err(Refusal::Busy);
        }
        let mut nodes = self.promotion.nodes.iter();
        if nodes.any(|(id, it)| it.end() == Some(End::Unknown) && !is_join(self.course, id)) {
            return Err(unsettled());
        }
        let failed = open_again(self.course, &self.promotion);
        let result = self.promotion.nodes.get(&self.course.result).and_then(Standing::end);
        if failed.is_empty() || result == Some(End::Passed) {
            return Err(Refusal::NotAllowed(
                "nothing that counts failed: there is nothing to run again".to_owned(),
            ));
        }
        self.emit(Event::Reset { nodes: with_consequences(self.course, failed), again: false });
        Ok(())
    }

    /// Runs an environment and everything behind it again.
    pub(super) fn restart(&mut self, round: u32, environment: &EnvironmentName) -> Result<(), Refusal> {
        self.may_start_again(round)?;
        let stop = self.course.environments.iter().find(|it| it.environment.is(environment.as_str()));
        let from = stop.ok_or(Refusal::NotHere)?.node.clone();
        let nodes = with_consequences(self.course, behind(self.course, &from));
        let stands = |id: &NodeId| self.promotion.nodes.get(id);
        if nodes.iter().filter_map(stands).any(Standing::is_live) {
            return Err(Refusal::Busy);
        }
        if self.promotion.stopped.is_some() && outlook::ending(self.course, &self.promotion).is_none() {
            return Err(Refusal::Busy);
        }
        // What has not begun yet comes by itself.
        if !nodes.iter().filter_map(stands).any(|it| it.end().is_some()) {
            return Err(Refusal::Already);
        }
        let is_unknown = |id: &&NodeId| stands(id).is_some_and(|it| it.end() == Some(End::Unknown));
        if nodes.iter().filter(is_unknown).any(|id| !is_join(self.course, id)) {
            return Err(unsettled());
        }
        self.emit(Event::Reset { nodes, again: true });
        Ok(())
    }

    fn may_start_again(&self, round: u32) -> Result<(), Refusal> {
        if round < self.promotion.round {
            return Err(Refusal::Already);
        }
        if round > self.promotion.round {
            return Err(Refusal::NotHere);
        }
        if self.promotion.round >= MOST_ROUNDS {
            return Err(Refusal::TooOften);
        }
        Ok(())
    }
}

fn unsettled() -> Refusal {
    Refusal::NotAllowed(
        "nobody knows yet what became of one of its attempts; settle that first, so that nothing runs twice"
            .to_owned(),
    )
}

/// The nodes that may end otherwise when what went wrong runs again: what went wrong, what was left out because of it,
/// and what ran only because of it, such as clean-up and the step for a failure.
fn open_again(course: &Course, promotion: &Promotion) -> BTreeSet<NodeId> {
    let went_wrong = |id: &NodeId, end| !is_join(course, id) && !matches!(end, End::Passed | End::Skipped);
    let ends = promotion.nodes.iter().filter_map(|(id, it)| Some((id, it.end()?)));
    let wrong = ends.filter(|(id, end)| went_wrong(id, *end) && !is_forgiven(course, promotion, id));
    let open = wrong.map(|(id, _)| id.clone()).collect();
    grow(course, open, |course, id, open| {
        let mut without = promotion.clone();
        without.apply(&Event::Reset { nodes: open.clone(), again: false }, promotion.at);
        let rule = &course.nodes[id].after;
        match (&course.nodes[id].kind, promotion.nodes.get(id).and_then(Standing::end)) {
            (Kind::Join(members), end) => {
                end != Some(End::Passed) && members.iter().any(|it| open.contains(&it.node))
            }
            (_, Some(End::Skipped)) => truth(rule, &without) != Truth::Never,
            _ => truth(rule, promotion) == Truth::Yes && truth(rule, &without) != Truth::Yes,
        }
    })
}

/// Whether a failure does not count, because all that the node is a part of has passed. To enter a passed environment
/// again for it could end that environment as refused.
fn is_forgiven(course: &Course, promotion: &Promotion, id: &NodeId) -> bool {
    let has = |node: &Node| matches!(&node.kind, Kind::Join(all) if all.iter().any(|it| it.node == *id));
    let mut joins = course.nodes.iter().filter(|(_, node)| has(node)).map(|(join, _)| join).peekable();
    let passed = |join: &NodeId| promotion.nodes.get(join).and_then(Standing::end) == Some(End::Passed);
    joins.peek().is_some() && joins.all(passed)
}

/// Whether the node comes after one of these.
fn follows(node: &Node, found: &BTreeSet<NodeId>) -> bool {
    let soaks = matches!(&node.kind, Kind::Soak { since, .. } if found.contains(since));
    soaks || node.after.nodes().into_iter().any(|it| found.contains(it))
}

/// The members of a join, their members, and every node whose rule speaks of one of them, over and over.
fn behind(course: &Course, from: &NodeId) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::from([from.clone()]);
    let mut members = vec![from.clone()];
    while let Some(id) = members.pop() {
        if let Some(Kind::Join(inner)) = course.nodes.get(&id).map(|it| &it.kind) {
            let new: Vec<NodeId> =
                inner.iter().map(|it| it.node.clone()).filter(|it| found.insert(it.clone())).collect();
            members.extend(new);
        }
    }
    grow(course, found, |course, id, found| follows(&course.nodes[id], found))
}

/// These nodes with the joins above them and the entries of their environments: a hold was given back with the end of the
/// environment.
fn with_consequences(course: &Course, nodes: BTreeSet<NodeId>) -> BTreeSet<NodeId> {
    grow(course, nodes, |course, id, found| {
        let node = &course.nodes[id];
        match &node.kind {
            Kind::Join(members) => members.iter().any(|it| found.contains(&it.node)),
            Kind::Enter(enter) => found.contains(&enter.until),
            Kind::Approval(_) | Kind::Soak { .. } | Kind::Act(_) => false,
        }
    })
}

/// Adds nodes as long as there is one that belongs to those that are there.
fn grow(
    course: &Course,
    mut found: BTreeSet<NodeId>,
    belongs: impl Fn(&Course, &NodeId, &BTreeSet<NodeId>) -> bool,
) -> BTreeSet<NodeId> {
    loop {
        let more: Vec<NodeId> = course
            .nodes
            .keys()
            .filter(|id| !found.contains(*id) && belongs(course, id, &found))
            .cloned()
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}
