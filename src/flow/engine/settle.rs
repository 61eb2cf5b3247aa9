//! What follows by itself: nodes begin, end and are stopped until nothing more follows at this moment.

use crate::flow::course::{Attempt, Clock, End, Kind, Node, NodeId};
use crate::flow::promotion::{At, Event, Standing, Stopped, StoppedBy, Why};

use super::rules::{Truth, is_join, joined, truth};
use super::{Moving, outlook};

impl Moving<'_> {
    /// Lets everything follow that follows by itself. It ends, because each event moves a node forward.
    pub(super) fn settle(&mut self) {
        while let Some(event) = self.next() {
            self.emit(event);
        }
    }

    /// The next event: of the first node for which something follows, then of the stopwatch, which so never stops
    /// between one node and the next.
    fn next(&self) -> Option<Event> {
        let nodes = self.course.nodes.iter();
        nodes.clone().find_map(|(id, node)| self.next_of(id, node)).or_else(|| self.stopwatch())
    }

    fn next_of(&self, id: &NodeId, node: &Node) -> Option<Event> {
        let standing = self.promotion.nodes.get(id)?;
        let of = self.attempt(id);
        let stopping = self.is_stopping(id, node);
        match standing.at {
            At::Waiting | At::Due(_) if stopping => Some(ended(of, End::Cancelled, self.stop_reason())),
            At::Waiting => self.follows(id, node),
            At::Due(from) => (from <= self.now).then(|| began(of)),
            At::Running(_) if stopping => Some(match node.kind {
                Kind::Act(_) => Event::Stopping { of, why: Why::Stopped },
                // Nothing of it is outside.
                _ => ended(of, End::Cancelled, self.stop_reason()),
            }),
            At::Running(_) => self.runs(of, node, standing),
            At::Stopping(since, _) => (since.plus(node.stop_limit) <= self.now).then(|| {
                ended(of, End::Unknown, Some("it could not be stopped within its time limit".to_owned()))
            }),
            At::Ended(_, end) => self.learns(of, node, end),
        }
    }

    /// Whether the promotion is stopped, and the node with it.
    fn is_stopping(&self, id: &NodeId, node: &Node) -> bool {
        let stopped = self.promotion.stopped.as_ref();
        !is_join(self.course, id) && stopped.is_some_and(|it| it.now || !node.cleanup)
    }

    fn stop_reason(&self) -> Option<String> {
        Some(match &self.promotion.stopped.as_ref()?.by {
            StoppedBy::Person(person) => format!("{} terminated the promotion", person.0),
            StoppedBy::Limit => "the promotion reached its time limit".to_owned(),
            StoppedBy::Newer(number) => format!("promotion {number} replaced this one"),
        })
    }

    /// What the rule of a waiting node lets follow.
    fn follows(&self, id: &NodeId, node: &Node) -> Option<Event> {
        let of = self.attempt(id);
        match (truth(&node.after, &self.promotion), &node.kind) {
            (Truth::Open, _) => None,
            (Truth::Never, _) => Some(ended(of, End::Skipped, None)),
            (Truth::Yes, Kind::Join(members)) => Some(ended(of, joined(members, &self.promotion), None)),
            (Truth::Yes, _) => Some(began(of)),
        }
    }

    /// What time, or enough approvals, let follow for a node that runs.
    fn runs(&self, of: Attempt, node: &Node, standing: &Standing) -> Option<Event> {
        if let Kind::Approval(approval) = &node.kind
            && standing.approvals.len() >= usize::try_from(approval.need).unwrap_or(usize::MAX)
        {
            return Some(ended(of, End::Passed, None));
        }
        let limit = outlook::limit(&self.promotion, node, standing)?;
        if limit > self.now {
            return None;
        }
        Some(match &node.kind {
            Kind::Act(_) => {
                let why = if standing.suspended.is_some() { Why::PersonLimit } else { Why::Limit };
                Event::Stopping { of, why }
            }
            Kind::Soak { .. } => ended(of, End::Passed, None),
            Kind::Approval(_) => {
                ended(of, End::Failed, Some("nobody decided within the time limit".to_owned()))
            }
            Kind::Enter(_) => {
                ended(of, End::Failed, Some("its places were not free within the time limit".to_owned()))
            }
            Kind::Join(_) => return None,
        })
    }

    /// What an ended node learns from what others learned: a join takes its members' ends, and a node that was skipped
    /// for an end that turned out otherwise was not skipped by the flow itself.
    fn learns(&self, of: Attempt, node: &Node, end: End) -> Option<Event> {
        let learned = match &node.kind {
            Kind::Join(_) if truth(&node.after, &self.promotion) == Truth::Never => return None,
            Kind::Join(members) => joined(members, &self.promotion),
            _ if end == End::Skipped && truth(&node.after, &self.promotion) != Truth::Never => End::Cancelled,
            _ => return None,
        };
        let reason = matches!(learned, End::Cancelled).then(|| {
            "what it waited for turned out otherwise when the promotion was past it; retry goes on from here".to_owned()
        });
        (learned != end).then_some(Event::Learned { of, end: learned, reason })
    }

    /// The stopwatch runs while something counts, and stops the promotion at the limit of the whole.
    fn stopwatch(&self) -> Option<Event> {
        let counts = counts(self);
        match self.promotion.ticking {
            None if counts => Some(Event::StopwatchStarted),
            Some(_) if !counts => Some(Event::StopwatchStopped),
            _ => {
                let limit = outlook::whole_limit(self.course, &self.promotion)?;
                let stopped = Stopped { by: StoppedBy::Limit, now: false, reason: None };
                (limit <= self.now).then_some(Event::Stopped(stopped))
            }
        }
    }
}

/// Whether a node is at work that counts towards the limit of the whole.
fn counts(moving: &Moving<'_>) -> bool {
    moving.course.nodes.iter().any(|(id, node)| {
        node.clock == Clock::Ours
            && moving.promotion.nodes.get(id).is_some_and(|it| it.is_live() && it.suspended.is_none())
    })
}

fn began(of: Attempt) -> Event {
    Event::Began(Attempt { number: of.number.saturating_add(1), ..of })
}

fn ended(of: Attempt, end: End, reason: Option<String>) -> Event {
    Event::Ended { of, end, reason }
}
