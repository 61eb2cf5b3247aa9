//! What must hold of every event that follows by itself, and of every place that is reached.

use std::collections::BTreeMap;

use promenade::flow::course::{Attempt, Course, End, Kind, Node, NodeId};
use promenade::flow::engine::{Wish, ending, pending, wake};
use promenade::flow::promotion::{Event, Promotion, Stopped, StoppedBy, Why};
use promenade::flow::time::Time;

use super::meaning::{Meanings, Truth};
use super::reading::{Is, Reading, Seen};

pub(crate) struct Demands<'a> {
    pub(crate) course: &'a Course,
    pub(crate) meanings: &'a Meanings,
    pub(crate) now: Time,
}

impl Demands<'_> {
    /// Whether an event may follow by itself where `reading` stands.
    pub(crate) fn may_follow(&self, reading: &Reading, event: &Event) -> bool {
        let works = reading.works(self.course);
        match event {
            Event::StopwatchStarted => works && !reading.ticking,
            Event::StopwatchStopped => !works && reading.ticking,
            Event::Stopped(Stopped { by: StoppedBy::Limit, now: false, .. }) => self.whole_is_over(reading),
            Event::Began(of)
            | Event::Ended { of, .. }
            | Event::Stopping { of, .. }
            | Event::Learned { of, .. } => {
                let (Some(node), Some(seen)) = (self.course.nodes.get(&of.node), reading.nodes.get(&of.node))
                else {
                    return false;
                };
                match event {
                    Event::Began(_) => self.may_begin(reading, of, node, seen),
                    Event::Ended { end, .. } => {
                        of.number == seen.number && self.may_end(reading, &of.node, node, seen) == Some(*end)
                    }
                    Event::Stopping { why, .. } => {
                        of.number == seen.number && self.must_stop(reading, node, seen) == Some(*why)
                    }
                    _ => {
                        of.number == seen.number
                            && self.learns(reading, &of.node, node, seen) == event_end(event)
                    }
                }
            }
            _ => false,
        }
    }

    fn whole_is_over(&self, reading: &Reading) -> bool {
        let works = reading.works(self.course);
        works && reading.stopped.is_none() && reading.worked(self.course, self.now) >= self.course.limit
    }

    fn may_begin(&self, reading: &Reading, of: &Attempt, node: &Node, seen: &Seen) -> bool {
        let first = seen.is == Is::Waiting && self.meanings.of(self.course, &of.node, reading) == Truth::Yes;
        let next = matches!(seen.is, Is::Due(from) if from <= self.now && seen.tries < node.retry.tries);
        let able = !matches!(node.kind, Kind::Join(_)) && !reading.halts(node);
        able && of.number == seen.number + 1 && (first || next)
    }

    /// How the node ends by itself now, if it does.
    fn may_end(&self, reading: &Reading, id: &NodeId, node: &Node, seen: &Seen) -> Option<End> {
        let truth = || self.meanings.of(self.course, id, reading);
        match (&node.kind, seen.is) {
            (Kind::Act(_), Is::Running) => None,
            (_, Is::Waiting | Is::Due(_) | Is::Running) if reading.halts(node) => Some(End::Cancelled),
            (Kind::Join(_), Is::Waiting) if truth() == Truth::Yes => Some(self.joined(reading, id)),
            (_, Is::Waiting) => (truth() == Truth::Never).then_some(End::Skipped),
            (Kind::Approval(it), Is::Running) => {
                let names: Vec<String> = seen.approvals.iter().map(|it| it.0.to_lowercase()).collect();
                let different = names.iter().collect::<std::collections::BTreeSet<_>>().len();
                let enough = different >= usize::try_from(it.need).expect("a small number");
                let over = || (self.limit(node, seen, reading) <= Some(self.now)).then_some(End::Failed);
                if enough { Some(End::Passed) } else { over() }
            }
            (Kind::Soak { .. }, Is::Running) => {
                (self.limit(node, seen, reading) <= Some(self.now)).then_some(End::Passed)
            }
            (Kind::Enter(_), Is::Running) => {
                (self.limit(node, seen, reading) <= Some(self.now)).then_some(End::Failed)
            }
            (_, Is::Stopping(_)) => (seen.since.plus(node.stop_limit) <= self.now).then_some(End::Unknown),
            _ => None,
        }
    }

    fn must_stop(&self, reading: &Reading, node: &Node, seen: &Seen) -> Option<Why> {
        if seen.is != Is::Running || !matches!(node.kind, Kind::Act(_)) {
            return None;
        }
        if reading.halts(node) {
            return Some(Why::Stopped);
        }
        let over = self.limit(node, seen, reading)? <= self.now;
        over.then_some(if seen.suspended.is_some() { Why::PersonLimit } else { Why::Limit })
    }

    /// What the node learns from what others learned, if anything.
    fn learns(&self, reading: &Reading, id: &NodeId, node: &Node, seen: &Seen) -> Option<End> {
        let end = seen.end()?;
        if matches!(node.kind, Kind::Join(_)) {
            return Some(self.joined(reading, id)).filter(|it| *it != end);
        }
        let taken = end == End::Skipped && self.meanings.of(self.course, id, reading) != Truth::Never;
        taken.then_some(End::Cancelled)
    }

    /// When a running node reaches its limit, or passes by itself.
    fn limit(&self, node: &Node, seen: &Seen, reading: &Reading) -> Option<Time> {
        match &node.kind {
            Kind::Join(_) => None,
            Kind::Soak { since, lasts } => {
                let after = &reading.nodes[since];
                Some(if after.end().is_some() { after.since } else { seen.since }.plus(*lasts))
            }
            Kind::Act(_) if seen.suspended.is_some() => {
                seen.suspended.map(|it| it.plus(node.person_limit.minus(seen.paused)))
            }
            _ => Some(seen.since.plus(node.limit).plus(seen.paused)),
        }
    }

    /// The end of a join: the worst end of the members that count.
    fn joined(&self, reading: &Reading, id: &NodeId) -> End {
        let Kind::Join(members) = &self.course.nodes[id].kind else { unreachable!("a join") };
        let counted = members.iter().filter(|it| it.counts);
        let mut worst = (0, End::Skipped);
        for end in counted.filter_map(|it| reading.nodes[&it.node].end()) {
            let weight = match end {
                End::Skipped => 0,
                End::Passed => 1,
                End::Cancelled => 2,
                End::Refused => 3,
                End::Failed => 4,
                End::Unknown => 5,
            };
            worst = worst.max((weight, end));
        }
        worst.1
    }

    /// Everything that must hold where nothing more follows by itself.
    pub(crate) fn settled(&self, reading: &Reading, place: &Promotion) -> Result<(), String> {
        for (id, node) in &self.course.nodes {
            let seen = &reading.nodes[id];
            if let Some(end) = self.may_end(reading, id, node, seen) {
                return Err(format!("{id} has not ended {end}"));
            }
            if let Some(why) = self.must_stop(reading, node, seen) {
                return Err(format!("{id} is not being stopped: {why:?}"));
            }
            if let Some(end) = self.learns(reading, id, node, seen) {
                return Err(format!("{id} has not learned {end}"));
            }
            let next = Attempt { node: id.clone(), number: seen.number + 1 };
            if self.may_begin(reading, &next, node, seen) {
                return Err(format!("{next} has not begun"));
            }
        }
        if self.whole_is_over(reading) {
            return Err("the limit of the whole is over".to_owned());
        }
        if reading.ticking != reading.works(self.course) {
            return Err("the stopwatch is wrong".to_owned());
        }
        self.outlook(reading, place)
    }

    fn outlook(&self, reading: &Reading, place: &Promotion) -> Result<(), String> {
        let mine: BTreeMap<Attempt, (Wish, Option<&str>, bool)> = (self.course.nodes.iter())
            .filter(|(_, node)| matches!(node.kind, Kind::Act(_)))
            .filter_map(|(id, _)| {
                let seen = &reading.nodes[id];
                let wish = match seen.is {
                    Is::Running => Wish::Run,
                    Is::Stopping(_) => Wish::Stop,
                    Is::Ended(End::Unknown) => Wish::Look,
                    _ => return None,
                };
                let of = Attempt { node: id.clone(), number: seen.number };
                Some((of, (wish, seen.reference.as_deref(), seen.again)))
            })
            .collect();
        let theirs: BTreeMap<_, _> = pending(self.course, place)
            .into_iter()
            .map(|(of, it)| (of, (it.wish, it.reference, it.again)))
            .collect();
        if mine != theirs {
            return Err(format!("pending is {theirs:?}, and should be {mine:?}"));
        }
        let expected = self.wake(reading);
        if wake(self.course, place) != expected {
            return Err(format!("wake is {:?}, and should be {expected:?}", wake(self.course, place)));
        }
        self.ended(reading, place)
    }

    /// The next moment at which time alone does something.
    fn wake(&self, reading: &Reading) -> Option<Time> {
        let of = |(id, node): (&NodeId, &Node)| {
            let seen = &reading.nodes[id];
            match seen.is {
                Is::Due(from) => Some(from),
                Is::Running => self.limit(node, seen, reading),
                Is::Stopping(_) => Some(seen.since.plus(node.stop_limit)),
                Is::Waiting | Is::Ended(_) => None,
            }
        };
        let whole = (reading.stopped.is_none() && reading.works(self.course))
            .then(|| reading.at.plus(self.course.limit.minus(reading.worked)));
        self.course.nodes.iter().filter_map(of).chain(whole).min()
    }

    fn ended(&self, reading: &Reading, place: &Promotion) -> Result<(), String> {
        let end = ending(self.course, place);
        if end.is_some() != reading.ended() || end.is_some() == self.wake(reading).is_some() {
            return Err(format!("its ending is {end:?}, and wake {:?}", self.wake(reading)));
        }
        let Some(end) = end else { return Ok(()) };
        let result = &self.course.result;
        if Some(end.end) != reading.nodes[result].end() {
            return Err(format!("it ended {} and its result otherwise", end.end));
        }
        let stopped = end.stopped.map(|it| (it.by, it.now));
        if stopped != reading.stopped {
            return Err(format!("it ended as stopped by {stopped:?}"));
        }
        if end.end == End::Passed { self.all_happened(reading, result) } else { Ok(()) }
    }

    /// Nothing is passed that did not happen: each member that counts passed, or the flow itself left it out.
    fn all_happened(&self, reading: &Reading, join: &NodeId) -> Result<(), String> {
        let Kind::Join(members) = &self.course.nodes[join].kind else { return Ok(()) };
        for member in members.iter().filter(|it| it.counts) {
            match reading.nodes[&member.node].end() {
                Some(End::Passed) => self.all_happened(reading, &member.node)?,
                Some(End::Skipped) => {}
                other => return Err(format!("it passed, and {} is {other:?}", member.node)),
            }
        }
        let passed =
            |it: &&promenade::flow::course::Member| reading.nodes[&it.node].end() == Some(End::Passed);
        if members.iter().any(|it| passed(&it)) {
            Ok(())
        } else {
            Err("it passed, and nothing did".to_owned())
        }
    }
}

fn event_end(event: &Event) -> Option<End> {
    if let Event::Learned { end, .. } = event { Some(*end) } else { None }
}
