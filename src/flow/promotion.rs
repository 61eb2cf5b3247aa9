//! A promotion in flight: where each node of its course stands, and the events that moved it there.
//!
//! Events are what the journal keeps. They are decisions: [`Promotion::apply`] writes them down and decides nothing, so
//! that a later version, which may decide otherwise, reads every older journal to the same place. What an event means
//! never changes; a new meaning gets a new event.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::course::{Attempt, Course, End, NodeId, Person};
use super::time::{Period, Time};

/// Where a promotion stands.
///
/// The journal keeps a mark of its text. A field that a later version adds, here or in [`Standing`], is left out of the
/// text while it has its default, or all earlier marks become wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Promotion {
    /// When it started.
    pub started: Time,
    /// The moment of its last event.
    pub at: Time,
    /// Where each node stands.
    pub nodes: BTreeMap<NodeId, Standing>,
    /// Why nothing begins any more but clean-up; `None` = it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// The time on the stopwatch when it stood last.
    #[serde(default)]
    pub spent: Period,
    /// Since when the stopwatch runs; `None` = it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticking: Option<Time>,
    /// How often a person has started it again.
    #[serde(default)]
    pub round: u32,
}

/// Where a node stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Standing {
    /// Its state.
    pub at: At,
    /// The number of its last attempt; 0 = none yet.
    #[serde(default)]
    pub attempt: u32,
    /// How many of the attempts belong to earlier rounds.
    #[serde(default)]
    pub before: u32,
    /// What the last attempt made outside, as its performer names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Since when the attempt waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Time>,
    /// How often the attempt has waited for a person so far.
    #[serde(default)]
    pub waits: u32,
    /// How long the attempt has waited for people so far, without the present wait.
    #[serde(default)]
    pub paused: Period,
    /// Who has approved.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approvals: BTreeSet<Person>,
    /// Whether the next attempt does its work again instead of taking over what is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Why it stands where it does: the reason of the last event that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The state of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// It has not begun in this round.
    #[default]
    Waiting,
    /// A try failed, and the next one begins then.
    Due(Time),
    /// An attempt is at work since then.
    Running(Time),
    /// An attempt is being stopped since then.
    Stopping(Time, Why),
    /// It ended then.
    Ended(Time, End),
}

/// Why an attempt is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The promotion is being stopped.
    Stopped,
    /// The attempt reached its time limit.
    Limit,
    /// The attempt waited too long for a person.
    PersonLimit,
}

/// Why a promotion is being stopped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stopped {
    /// By whom or what.
    pub by: StoppedBy,
    /// Whether clean-up is stopped as well.
    pub now: bool,
    /// The reason that was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who or what stopped a promotion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoppedBy {
    /// A person.
    Person(Person),
    /// The time limit of the whole.
    Limit,
    /// A newer promotion, by its number.
    Newer(u64),
}

/// What was decided. Each variant is final: see the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The promotion started.
    Started,
    /// An attempt began.
    Began(Attempt),
    /// The attempt made this outside.
    Noted {
        /// The attempt.
        of: Attempt,
        /// As its performer names it.
        reference: String,
    },
    /// The attempt waits for a person.
    Suspended {
        /// The attempt.
        of: Attempt,
        /// What the person is asked.
        reason: String,
    },
    /// The attempt no longer waits for a person.
    Resumed(Attempt),
    /// The attempt failed, and the next one begins later.
    PutOff {
        /// The attempt.
        of: Attempt,
        /// When the next one begins.
        until: Time,
        /// Why it failed.
        reason: String,
    },
    /// The attempt is being stopped.
    Stopping {
        /// The attempt.
        of: Attempt,
        /// Why.
        why: Why,
    },
    /// The node ended.
    Ended {
        /// Its last attempt; number 0 if there was none.
        of: Attempt,
        /// How.
        end: End,
        /// Why, where the end alone does not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// How an ended node really ended became known. Nodes that had ended because of its earlier end stay as they are;
    /// nodes whose rule was still open follow it.
    Learned {
        /// Its last attempt.
        of: Attempt,
        /// How.
        end: End,
        /// Who or what says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A person approved.
    Approved {
        /// The attempt of the approval.
        of: Attempt,
        /// Who.
        by: Person,
    },
    /// The promotion is being stopped.
    Stopped(Stopped),
    /// These nodes wait again, and their attempts go on counting.
    Reset {
        /// The nodes.
        nodes: BTreeSet<NodeId>,
        /// Whether they do their work again instead of taking over what is there. Those that an earlier reset said this
        /// of do so in any case.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// The stopwatch of the whole runs from now on.
    StopwatchStarted,
    /// The stopwatch of the whole stands from now on.
    StopwatchStopped,
}

impl Event {
    /// The attempt that it is about, if it is about one.
    #[must_use]
    pub fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Began(of)
            | Self::Noted { of, .. }
            | Self::Suspended { of, .. }
            | Self::Resumed(of)
            | Self::PutOff { of, .. }
            | Self::Stopping { of, .. }
            | Self::Ended { of, .. }
            | Self::Learned { of, .. }
            | Self::Approved { of, .. } => Some(of),
            Self::Started
            | Self::Stopped(_)
            | Self::Reset { .. }
            | Self::StopwatchStarted
            | Self::StopwatchStopped => None,
        }
    }
}

impl Standing {
    /// How it ended; `None` while it has not.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        match self.at {
            At::Ended(_, end) => Some(end),
            At::Waiting | At::Due(_) | At::Running(_) | At::Stopping(..) => None,
        }
    }

    /// Whether something of it is at work or soon will be.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.at, At::Due(_) | At::Running(_) | At::Stopping(..))
    }

    /// Whether it has begun in this round.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.attempt > self.before
    }
}

impl Promotion {
    /// A promotion of which nothing is known yet but its course.
    #[must_use]
    pub fn new(course: &Course, at: Time) -> Self {
        let nodes = course.nodes.keys().map(|id| (id.clone(), Standing::default())).collect();
        Self { started: at, at, nodes, stopped: None, spent: Period::ZERO, ticking: None, round: 0 }
    }

    /// The place that these events led to.
    #[must_use]
    pub fn fold<'a>(course: &Course, events: impl IntoIterator<Item = (Time, &'a Event)>) -> Self {
        let mut events = events.into_iter().peekable();
        let started = events.peek().map_or(Time::default(), |(at, _)| *at);
        let mut promotion = Self::new(course, started);
        for (at, event) in events {
            promotion.apply(event, at);
        }
        promotion
    }

    /// Writes an event down. An event about a node that the course does not have changes nothing.
    pub fn apply(&mut self, event: &Event, at: Time) {
        self.at = at;
        match event {
            Event::Started => self.started = at,
            Event::Stopped(stopped) => self.stopped = Some(stopped.clone()),
            Event::StopwatchStarted => self.ticking = Some(at),
            Event::StopwatchStopped => {
                self.spent = self.spent.plus(self.ticking.map_or(Period::ZERO, |since| at.since(since)));
                self.ticking = None;
            }
            Event::Reset { nodes, again } => self.reset(nodes, *again),
            Event::Began(of)
            | Event::Noted { of, .. }
            | Event::Suspended { of, .. }
            | Event::Resumed(of)
            | Event::PutOff { of, .. }
            | Event::Stopping { of, .. }
            | Event::Ended { of, .. }
            | Event::Learned { of, .. }
            | Event::Approved { of, .. } => {
                if let Some(standing) = self.nodes.get_mut(&of.node) {
                    standing.apply(event, at);
                }
            }
        }
    }

    fn reset(&mut self, nodes: &BTreeSet<NodeId>, again: bool) {
        for node in nodes {
            if let Some(standing) = self.nodes.get_mut(node) {
                let attempt = standing.attempt;
                // Work that a person wants done again stays so through later rounds, until it has been done.
                let again = again || standing.again;
                *standing = Standing { attempt, before: attempt, again, ..Standing::default() };
            }
        }
        self.stopped = None;
        self.spent = Period::ZERO;
        self.ticking = None;
        self.round = self.round.saturating_add(1);
    }
}

impl Standing {
    fn apply(&mut self, event: &Event, at: Time) {
        match event {
            Event::Began(of) => {
                let (before, again) = (self.before, self.again);
                *self = Self { at: At::Running(at), attempt: of.number, before, again, ..Self::default() };
            }
            Event::Noted { reference, .. } => self.reference = Some(reference.clone()),
            Event::Suspended { reason, .. } => {
                self.suspended = Some(at);
                self.waits = self.waits.saturating_add(1);
                self.reason = Some(reason.clone());
            }
            Event::Resumed(_) => {
                self.resume(at);
                self.reason = None;
            }
            Event::PutOff { until, reason, .. } => {
                self.resume(at);
                self.at = At::Due(*until);
                self.reason = Some(reason.clone());
            }
            Event::Stopping { why, .. } => {
                self.resume(at);
                self.at = At::Stopping(at, *why);
            }
            Event::Ended { end, reason, .. } | Event::Learned { end, reason, .. } => {
                self.resume(at);
                self.at = At::Ended(at, *end);
                self.reason.clone_from(reason);
            }
            Event::Approved { by, .. } => {
                self.approvals.insert(by.clone());
            }
            Event::Started
            | Event::Stopped(_)
            | Event::Reset { .. }
            | Event::StopwatchStarted
            | Event::StopwatchStopped => {}
        }
    }

    fn resume(&mut self, at: Time) {
        if let Some(since) = self.suspended.take() {
            self.paused = self.paused.plus(at.since(since));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::course::End;

    /// The marks in every store were made from this text.
    #[test]
    fn the_text_of_a_state_stays_as_it_is() {
        let time = Time::from_millis(7);
        let nodes = BTreeMap::from([
            ("a".into(), Standing::default()),
            ("b".into(), Standing { at: At::Ended(time, End::Passed), attempt: 1, ..Standing::default() }),
            ("c".into(), Standing { at: At::Stopping(time, Why::Limit), attempt: 2, ..Standing::default() }),
        ]);
        let (stopped, ticking) = (None, Some(time));
        let promotion =
            Promotion { started: time, at: time, nodes, stopped, spent: Period::ZERO, ticking, round: 0 };
        let standing = r#""before":0,"waits":0,"paused":0}"#;
        let text = format!(
            r#"{{"started":7,"at":7,"nodes":{{"a":{{"at":"waiting","attempt":0,{standing},"b":{{"at":{{"ended":[7,"passed"]}},"attempt":1,{standing},"c":{{"at":{{"stopping":[7,"limit"]}},"attempt":2,{standing}}},"spent":0,"ticking":7,"round":0}}"#
        );
        assert_eq!(serde_json::to_string(&promotion).unwrap(), text);
    }
}
