//! What a place means for the outside: what must be going on, when time alone changes something, and how it ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flow::course::{Action, Attempt, Course, End, Kind, Node};
use crate::flow::promotion::{At, Promotion, Standing, Stopped};
use crate::flow::time::Time;

use super::rules::soaks_since;

/// What must be going on outside for an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect<'a> {
    /// The work.
    pub action: &'a Action,
    /// What is wanted of it now.
    pub wish: Wish,
    /// What the attempt made outside so far, as its performer names it.
    pub reference: Option<&'a str>,
    /// Whether it is done again instead of taking over what is there.
    pub again: bool,
}

/// What is wanted of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// That it is done.
    Run,
    /// That it is stopped: look first, then stop.
    Stop,
    /// That somebody finds out how it ended. Nothing is changed.
    Look,
}

/// How a promotion ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The end.
    pub end: End,
    /// Why it was stopped, if it was.
    pub stopped: Option<Stopped>,
}

/// What must be going on outside.
#[must_use]
pub fn pending<'a>(course: &'a Course, promotion: &'a Promotion) -> BTreeMap<Attempt, Effect<'a>> {
    let effect = |(id, node): (_, &'a Node)| {
        let Kind::Act(action) = &node.kind else { return None };
        let standing = promotion.nodes.get(id)?;
        let wish = match standing.at {
            At::Running(_) => Wish::Run,
            At::Stopping(..) => Wish::Stop,
            At::Ended(_, End::Unknown) => Wish::Look,
            At::Waiting | At::Due(_) | At::Ended(..) => return None,
        };
        let of = Attempt { node: id.clone(), number: standing.attempt };
        let reference = standing.reference.as_deref();
        Some((of, Effect { action, wish, reference, again: standing.again }))
    };
    course.nodes.iter().filter_map(effect).collect()
}

/// The next moment at which time alone changes something; `None` once the promotion has ended.
#[must_use]
pub fn wake(course: &Course, promotion: &Promotion) -> Option<Time> {
    let nodes = course.nodes.iter().filter_map(|(id, node)| {
        let standing = promotion.nodes.get(id)?;
        match standing.at {
            At::Due(from) => Some(from),
            At::Running(_) => limit(promotion, node, standing),
            At::Stopping(since, _) => Some(since.plus(node.stop_limit)),
            At::Waiting | At::Ended(..) => None,
        }
    });
    nodes.chain(whole_limit(course, promotion)).min()
}

/// How the promotion ended; `None` while it has not.
#[must_use]
pub fn ending(course: &Course, promotion: &Promotion) -> Option<Ending> {
    if promotion.nodes.values().any(|it| it.end().is_none()) {
        return None;
    }
    let end = promotion.nodes.get(&course.result).and_then(Standing::end)?;
    Some(Ending { end, stopped: promotion.stopped.clone() })
}

/// When a running node reaches its limit, or a soak passes.
pub(super) fn limit(promotion: &Promotion, node: &Node, standing: &Standing) -> Option<Time> {
    let At::Running(since) = standing.at else { return None };
    match (&node.kind, standing.suspended) {
        (Kind::Join(_), _) => None,
        (Kind::Soak { since: after, lasts }, _) => Some(soaks_since(promotion, after, since).plus(*lasts)),
        // All waits for people together have one limit, so that no number of waits goes on for ever.
        (Kind::Act(_), Some(suspended)) => Some(suspended.plus(node.person_limit.minus(standing.paused))),
        _ => Some(since.plus(standing.paused).plus(node.limit)),
    }
}

/// When the promotion reaches the limit of the whole, if the stopwatch runs until then.
pub(super) fn whole_limit(course: &Course, promotion: &Promotion) -> Option<Time> {
    let since = promotion.ticking?;
    promotion.stopped.is_none().then(|| since.plus(course.limit.minus(promotion.spent)))
}
