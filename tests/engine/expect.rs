//! What an input must lead to at first: a refusal of this kind, nothing, or this very event.

use promenade::flow::course::{Attempt, Course, End, Kind, Node};
use promenade::flow::engine::{MOST_ROUNDS, MOST_WAITS};
use promenade::flow::input::{Command, Input, Refusal, Report};
use promenade::flow::promotion::{Event, Stopped, StoppedBy, Why};
use promenade::flow::time::{Period, Time};

use super::again;
use super::meaning::Meanings;
use super::reading::{Is, Reading, Seen};

/// The refusals without their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum No {
    Late,
    NotHere,
    NotAllowed,
    Already,
    Busy,
    TooOften,
}

impl From<&Refusal> for No {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Late => Self::Late,
            Refusal::NotHere => Self::NotHere,
            Refusal::NotAllowed(_) => Self::NotAllowed,
            Refusal::Already => Self::Already,
            Refusal::Busy => Self::Busy,
            Refusal::TooOften => Self::TooOften,
        }
    }
}

pub(crate) struct Expect<'a> {
    pub(crate) course: &'a Course,
    pub(crate) reading: &'a Reading,
    pub(crate) meanings: &'a Meanings,
    pub(crate) now: Time,
}

type Expected = Result<Option<Event>, No>;

impl Expect<'_> {
    pub(crate) fn first(&self, input: &Input) -> Expected {
        match input {
            Input::Tick => Ok(None),
            Input::Report(of, report) => self.report(of, report).map(Some),
            Input::Command(command) => self.command(command).map(Some),
        }
    }

    fn node(&self, of: &Attempt) -> Result<(&Node, &Seen), No> {
        let node = self.course.nodes.get(&of.node).ok_or(No::NotHere)?;
        let seen = &self.reading.nodes[&of.node];
        if of.number == 0 || of.number != seen.number { Err(No::Late) } else { Ok((node, seen)) }
    }

    fn report(&self, of: &Attempt, report: &Report) -> Result<Event, No> {
        let (node, seen) = self.node(of)?;
        if !matches!(node.kind, Kind::Act(_)) {
            return Err(No::NotHere);
        }
        let of = of.clone();
        match seen.is {
            Is::Waiting | Is::Due(_) => Err(No::Late),
            Is::Ended(End::Unknown) => self.late(of, report, seen),
            Is::Ended(_) => Err(No::Late),
            Is::Running | Is::Stopping(_) => self.going_on(of, report, node, seen),
        }
    }

    /// The truth about an attempt of which nobody knew.
    fn late(&self, of: Attempt, report: &Report, seen: &Seen) -> Result<Event, No> {
        let end = match report {
            Report::Passed => End::Passed,
            Report::Failed { .. } => End::Failed,
            Report::Refused(_) => End::Refused,
            Report::Stopped(_) => End::Cancelled,
            Report::Unknown(_) => return Err(No::Already),
            Report::Reference(it) => return noted(of, it, seen),
            Report::Suspended(_) | Report::Resumed => return Err(No::Late),
        };
        Ok(Event::Learned { of, end, reason: None })
    }

    fn going_on(&self, of: Attempt, report: &Report, node: &Node, seen: &Seen) -> Result<Event, No> {
        let ends = |end| Ok(Event::Ended { of: of.clone(), end, reason: None });
        match (report, seen.is) {
            (Report::Reference(it), _) => noted(of, it, seen),
            (Report::Suspended(_) | Report::Resumed, Is::Stopping(_)) => Err(No::Already),
            (Report::Suspended(_), _) if seen.suspended.is_some() => Err(No::Already),
            (Report::Suspended(_), _) if seen.suspensions >= MOST_WAITS => Err(No::NotAllowed),
            (Report::Suspended(_), _) => Ok(Event::Suspended { of, reason: String::new() }),
            (Report::Resumed, _) if seen.suspended.is_none() => Err(No::Already),
            (Report::Resumed, _) => Ok(Event::Resumed(of)),
            (Report::Passed, _) => ends(End::Passed),
            (Report::Refused(_), _) => ends(End::Refused),
            (Report::Unknown(_), _) => ends(End::Unknown),
            (Report::Failed { again: true, .. }, _) | (Report::Stopped(_), Is::Stopping(Why::Limit)) => {
                Ok(self.failed(of, node, seen))
            }
            (Report::Failed { .. }, _) | (Report::Stopped(_), Is::Stopping(Why::PersonLimit)) => {
                ends(End::Failed)
            }
            (Report::Stopped(_), _) => ends(End::Cancelled),
        }
    }

    /// Another try while one is left, after its pause.
    fn failed(&self, of: Attempt, node: &Node, seen: &Seen) -> Event {
        if seen.tries >= node.retry.tries {
            return Event::Ended { of, end: End::Failed, reason: None };
        }
        let mut pause = node.retry.first;
        for _ in 1..seen.tries {
            pause = Period::from_millis(pause.as_millis() * u64::from(node.retry.factor));
        }
        Event::PutOff { of, until: self.now.plus(pause.min(node.retry.most)), reason: String::new() }
    }

    fn command(&self, command: &Command) -> Result<Event, No> {
        let ends = |of: &Attempt, end| Event::Ended { of: of.clone(), end, reason: None };
        match command {
            Command::Approve { of, by } => {
                let seen = self.approval(of, &by.0)?;
                let known = seen.approvals.iter().any(|it| it.0.eq_ignore_ascii_case(&by.0));
                if known { Err(No::Already) } else { Ok(Event::Approved { of: of.clone(), by: by.clone() }) }
            }
            Command::Reject { of, by, .. } => self.approval(of, &by.0).map(|_| ends(of, End::Refused)),
            Command::Grant(of) => self.entry(of).map(|()| ends(of, End::Passed)),
            Command::Deny { of, .. } => self.entry(of).map(|()| ends(of, End::Refused)),
            Command::Stop { by, now, .. } => match &self.reading.stopped {
                _ if self.reading.ended() => Err(No::Late),
                Some((_, before)) if *before || !now => Err(No::Already),
                _ => {
                    let by = StoppedBy::Person(by.clone());
                    Ok(Event::Stopped(Stopped { by, now: *now, reason: None }))
                }
            },
            Command::Retry { round, .. } => {
                self.round(*round)?;
                again::retry(self.course, self.reading, self.meanings)
            }
            Command::Restart { round, environment, .. } => {
                self.round(*round)?;
                again::restart(self.course, self.reading, environment)
            }
            Command::Settle { of, passed, .. } => {
                let (node, seen) = self.node(of)?;
                match (&node.kind, seen.is) {
                    (Kind::Act(_), Is::Ended(End::Unknown)) => {
                        let end = if *passed { End::Passed } else { End::Failed };
                        Ok(Event::Learned { of: of.clone(), end, reason: None })
                    }
                    (Kind::Act(_), _) => Err(No::Late),
                    _ => Err(No::NotHere),
                }
            }
        }
    }

    fn round(&self, round: u32) -> Result<(), No> {
        match round.cmp(&self.reading.round) {
            std::cmp::Ordering::Less => Err(No::Already),
            std::cmp::Ordering::Greater => Err(No::NotHere),
            std::cmp::Ordering::Equal if round >= MOST_ROUNDS => Err(No::TooOften),
            std::cmp::Ordering::Equal => Ok(()),
        }
    }

    fn approval(&self, of: &Attempt, by: &str) -> Result<&Seen, No> {
        let (node, seen) = self.node(of)?;
        let Kind::Approval(approval) = &node.kind else { return Err(No::NotHere) };
        if seen.is != Is::Running {
            return Err(No::Late);
        }
        let same = |it: &promenade::flow::course::Person| it.0.eq_ignore_ascii_case(by);
        let named = approval.of.as_ref().is_none_or(|of| of.iter().any(same));
        if named && !approval.not.iter().any(same) { Ok(seen) } else { Err(No::NotAllowed) }
    }

    fn entry(&self, of: &Attempt) -> Result<(), No> {
        let (node, seen) = self.node(of)?;
        match (&node.kind, seen.is) {
            (Kind::Enter(_), Is::Running) => Ok(()),
            (Kind::Enter(_), _) => Err(No::Late),
            _ => Err(No::NotHere),
        }
    }
}

fn noted(of: Attempt, reference: &str, seen: &Seen) -> Result<Event, No> {
    match &seen.reference {
        None => Ok(Event::Noted { of, reference: reference.to_owned() }),
        Some(it) if it == reference => Err(No::Already),
        Some(_) => Err(No::NotAllowed),
    }
}

/// The event without its words.
pub(crate) fn plain(event: &Event) -> Event {
    let mut event = event.clone();
    match &mut event {
        Event::Suspended { reason, .. } | Event::PutOff { reason, .. } => reason.clear(),
        Event::Ended { reason, .. } | Event::Learned { reason, .. } => *reason = None,
        Event::Stopped(it) => it.reason = None,
        _ => {}
    }
    event
}
