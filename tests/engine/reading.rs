//! A second reading of the journal: what the events say, written without a look at the engine's own fold.

use std::collections::{BTreeMap, BTreeSet};

use promenade::flow::course::{Clock, Course, End, Kind, Node, NodeId, Person};
use promenade::flow::promotion::{At, Event, Promotion, StoppedBy, Why};
use promenade::flow::time::{Period, Time};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Is {
    Waiting,
    Due(Time),
    Running,
    Stopping(Why),
    Ended(End),
}

/// A node.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) is: Is,
    /// Since when it is what it is.
    pub(crate) since: Time,
    /// The highest number of an attempt, over all rounds.
    pub(crate) number: u32,
    /// The tries of this round, counted.
    pub(crate) tries: u32,
    pub(crate) suspended: Option<Time>,
    pub(crate) suspensions: u32,
    pub(crate) paused: Period,
    pub(crate) approvals: BTreeSet<Person>,
    pub(crate) reference: Option<String>,
    pub(crate) again: bool,
}

/// A promotion.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) nodes: BTreeMap<NodeId, Seen>,
    pub(crate) stopped: Option<(StoppedBy, bool)>,
    pub(crate) round: u32,
    /// How long our own work has gone on in this round.
    pub(crate) worked: Period,
    pub(crate) at: Time,
    pub(crate) ticking: bool,
}

impl Seen {
    pub(crate) fn end(&self) -> Option<End> {
        if let Is::Ended(end) = self.is { Some(end) } else { None }
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.is, Is::Due(_) | Is::Running | Is::Stopping(_))
    }

    fn becomes(&mut self, is: Is, at: Time) {
        if let Some(since) = self.suspended.take() {
            self.paused = self.paused.plus(at.since(since));
        }
        self.is = is;
        self.since = at;
    }

    fn begins(&mut self, number: u32, at: Time) {
        self.number = number;
        self.tries += 1;
        (self.suspended, self.paused, self.suspensions) = (None, Period::ZERO, 0);
        self.reference = None;
        self.approvals.clear();
        self.becomes(Is::Running, at);
    }

    fn waits_again(&mut self, again: bool, at: Time) {
        self.becomes(Is::Waiting, at);
        self.tries = 0;
        self.again |= again;
        (self.paused, self.suspensions) = (Period::ZERO, 0);
        self.reference = None;
        self.approvals.clear();
    }
}

impl Reading {
    pub(crate) fn new(course: &Course, at: Time) -> Self {
        let seen = Seen {
            is: Is::Waiting,
            since: at,
            number: 0,
            tries: 0,
            suspended: None,
            suspensions: 0,
            paused: Period::ZERO,
            approvals: BTreeSet::new(),
            reference: None,
            again: false,
        };
        let nodes = course.nodes.keys().map(|it| (it.clone(), seen.clone())).collect();
        Self { nodes, stopped: None, round: 0, worked: Period::ZERO, at, ticking: false }
    }

    /// Whether our own work goes on.
    pub(crate) fn works(&self, course: &Course) -> bool {
        let ours = |id: &NodeId| course.nodes[id].clock == Clock::Ours;
        self.nodes.iter().any(|(id, it)| it.is_live() && it.suspended.is_none() && ours(id))
    }

    /// How long our own work has gone on until now.
    pub(crate) fn worked(&self, course: &Course, now: Time) -> Period {
        let more = if self.works(course) { now.since(self.at) } else { Period::ZERO };
        self.worked.plus(more)
    }

    /// Whether the stop of the promotion concerns this node.
    pub(crate) fn halts(&self, node: &Node) -> bool {
        let halted = self.stopped.as_ref().is_some_and(|(_, now)| *now || !node.cleanup);
        halted && !matches!(node.kind, Kind::Join(_))
    }

    pub(crate) fn ended(&self) -> bool {
        self.nodes.values().all(|it| it.end().is_some())
    }

    pub(crate) fn fold(&mut self, course: &Course, event: &Event, at: Time) {
        self.worked = self.worked(course, at);
        self.at = at;
        match event {
            Event::Started => {}
            Event::Stopped(it) => self.stopped = Some((it.by.clone(), it.now)),
            Event::StopwatchStarted => self.ticking = true,
            Event::StopwatchStopped => self.ticking = false,
            Event::Reset { nodes, again } => {
                nodes.iter().for_each(|id| self.nodes.get_mut(id).expect("a node").waits_again(*again, at));
                (self.stopped, self.ticking, self.worked) = (None, false, Period::ZERO);
                self.round += 1;
            }
            _ => self.fold_node(event, at),
        }
    }

    fn fold_node(&mut self, event: &Event, at: Time) {
        let of = event.attempt().expect("an event about a node");
        let it = self.nodes.get_mut(&of.node).expect("a node of the course");
        match event {
            Event::Began(of) => it.begins(of.number, at),
            Event::Noted { reference, .. } => it.reference = Some(reference.clone()),
            Event::Suspended { .. } => {
                it.suspended = Some(at);
                it.suspensions += 1;
            }
            Event::Resumed(_) => {
                let since = it.suspended.take().expect("it was suspended");
                it.paused = it.paused.plus(at.since(since));
            }
            Event::PutOff { until, .. } => it.becomes(Is::Due(*until), at),
            Event::Stopping { why, .. } => it.becomes(Is::Stopping(*why), at),
            Event::Ended { end, .. } | Event::Learned { end, .. } => it.becomes(Is::Ended(*end), at),
            Event::Approved { by, .. } => _ = it.approvals.insert(by.clone()),
            _ => unreachable!("told apart above"),
        }
    }

    /// Where the engine's own place says otherwise.
    pub(crate) fn compare(&self, course: &Course, place: &Promotion, now: Time) -> Result<(), String> {
        for (id, it) in &self.nodes {
            let other = place.nodes.get(id).ok_or_else(|| format!("{id} is missing"))?;
            let at = match it.is {
                Is::Waiting => At::Waiting,
                Is::Due(until) => At::Due(until),
                Is::Running => At::Running(it.since),
                Is::Stopping(why) => At::Stopping(it.since, why),
                Is::Ended(end) => At::Ended(it.since, end),
            };
            let mine = (at, it.number, it.suspended, &it.approvals, it.reference.as_deref(), it.again);
            let theirs = (other.at, other.attempt, other.suspended, &other.approvals);
            let theirs = (theirs.0, theirs.1, theirs.2, theirs.3, other.reference.as_deref(), other.again);
            if mine != theirs {
                return Err(format!("{id} is {theirs:?}, and by its events {mine:?}"));
            }
            let tries = other.attempt - other.before;
            if tries != it.tries || (it.is_live() && other.paused != it.paused) {
                return Err(format!("{id} counts {tries} tries and {:?} paused: {it:?}", other.paused));
            }
        }
        let spent = place.spent.plus(place.ticking.map_or(Period::ZERO, |since| now.since(since)));
        let worked = self.worked(course, now);
        let stopped = place.stopped.as_ref().map(|it| (it.by.clone(), it.now));
        if (spent, place.round, &stopped) != (worked, self.round, &self.stopped) {
            let it = (worked, self.round, &self.stopped);
            return Err(format!(
                "spent, round, stopped are {:?}, by events {it:?}",
                (spent, place.round, stopped)
            ));
        }
        Ok(())
    }
}
