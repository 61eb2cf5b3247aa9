//! Takes an input: reports about attempts, and what people command.

use std::collections::BTreeSet;

use crate::flow::course::{Approval, Attempt, End, Kind, Node, NodeId, Person};
use crate::flow::input::{Command, Input, Refusal, Report};
use crate::flow::promotion::{At, Event, Standing, Stopped, StoppedBy, Why};
use crate::flow::time::Period;

use super::{Moving, outlook};

/// The longest reason that is kept, in bytes; the rest is cut.
const LONGEST_REASON: usize = 4096;

/// The most times that an attempt may wait for a person. It bounds the length of the journal.
pub const MOST_WAITS: u32 = 100;

impl<'a> Moving<'a> {
    pub(super) fn take(&mut self, input: &Input) -> Result<(), Refusal> {
        match input {
            Input::Tick => Ok(()),
            Input::Report(of, report) => self.report(of, report),
            Input::Command(command) => self.command(command),
        }
    }

    /// A node with where it stands, if this is its present attempt.
    fn present(&self, of: &Attempt) -> Result<(&'a Node, &Standing), Refusal> {
        let (node, standing) = self.node(&of.node).ok_or(Refusal::NotHere)?;
        if standing.attempt != of.number || of.number == 0 {
            return Err(Refusal::Late);
        }
        Ok((node, standing))
    }

    fn report(&mut self, of: &Attempt, report: &Report) -> Result<(), Refusal> {
        let (node, standing) = self.present(of)?;
        if !matches!(node.kind, Kind::Act(_)) {
            return Err(Refusal::NotHere);
        }
        match (standing.at, report) {
            (
                At::Running(_) | At::Stopping(..) | At::Ended(_, End::Unknown),
                Report::Reference(reference),
            ) => self.note(of, reference),
            (At::Running(_), Report::Suspended(_) | Report::Resumed) => self.person(of, report),
            (At::Stopping(..), Report::Suspended(_) | Report::Resumed) => Err(Refusal::Already),
            (At::Running(_), _) => self.close(of, report, None),
            (At::Stopping(_, why), _) => self.close(of, report, Some(why)),
            (At::Ended(_, End::Unknown), _) => self.learn(of, report),
            (At::Waiting | At::Due(_) | At::Ended(..), _) => Err(Refusal::Late),
        }
    }

    fn note(&mut self, of: &Attempt, reference: &str) -> Result<(), Refusal> {
        match self.present(of)?.1.reference.as_deref() {
            Some(known) if known == reference => Err(Refusal::Already),
            Some(_) => Err(Refusal::NotAllowed("this attempt has made something else".to_owned())),
            None => {
                self.emit(Event::Noted { of: of.clone(), reference: reference.to_owned() });
                Ok(())
            }
        }
    }

    fn person(&mut self, of: &Attempt, report: &Report) -> Result<(), Refusal> {
        let standing = self.present(of)?.1;
        let event = match (standing.suspended, report) {
            (None, Report::Suspended(_)) if standing.waits >= MOST_WAITS => {
                return Err(Refusal::NotAllowed("this attempt has waited for people too often".to_owned()));
            }
            (None, Report::Suspended(reason)) => {
                Event::Suspended { of: of.clone(), reason: shortened(reason) }
            }
            (Some(_), Report::Resumed) => Event::Resumed(of.clone()),
            _ => return Err(Refusal::Already),
        };
        self.emit(event);
        Ok(())
    }

    /// A report that closes the attempt; `why` it is being stopped, if it is.
    fn close(&mut self, of: &Attempt, report: &Report, why: Option<Why>) -> Result<(), Refusal> {
        let (end, reason) = match report {
            Report::Passed => (End::Passed, None),
            Report::Failed { reason, again } => {
                self.fail(of, shortened(reason), *again);
                return Ok(());
            }
            Report::Refused(reason) => (End::Refused, Some(shortened(reason))),
            Report::Unknown(reason) => (End::Unknown, Some(shortened(reason))),
            Report::Stopped(reason) => match why {
                Some(why @ (Why::Limit | Why::PersonLimit)) => {
                    self.fail(of, limit_reason(why, reason), why == Why::Limit);
                    return Ok(());
                }
                Some(Why::Stopped) | None => (End::Cancelled, Some(shortened(reason))),
            },
            Report::Reference(_) | Report::Suspended(_) | Report::Resumed => return Err(Refusal::Already),
        };
        self.end(&of.node, end, reason);
        Ok(())
    }

    /// Puts the attempt off while a try is left, and ends it otherwise.
    fn fail(&mut self, of: &Attempt, reason: String, again: bool) {
        let left = self
            .node(&of.node)
            .is_some_and(|(node, it)| it.attempt.saturating_sub(it.before) < node.retry.tries);
        if again && left {
            let until = self.now.plus(self.pause(of));
            self.emit(Event::PutOff { of: of.clone(), until, reason });
        } else {
            self.end(&of.node, End::Failed, Some(reason));
        }
    }

    /// The pause before the next try: it grows with each try, and attempts that failed together do not return together.
    fn pause(&self, of: &Attempt) -> Period {
        let Some((node, standing)) = self.node(&of.node) else { return Period::ZERO };
        let tries = of.number.saturating_sub(standing.before);
        let factor = u64::from(node.retry.factor).saturating_pow(tries.saturating_sub(1));
        let pause = node.retry.first.times(factor).min(node.retry.most);
        let spread = pause.as_millis() / 10;
        let share = if spread == 0 { 0 } else { hash(of, self.promotion.started.as_millis()) % spread };
        pause.minus(Period::from_millis(share))
    }

    /// How an attempt ended of which nobody could tell.
    fn learn(&mut self, of: &Attempt, report: &Report) -> Result<(), Refusal> {
        let (end, reason) = match report {
            Report::Passed => (End::Passed, None),
            Report::Failed { reason, .. } => (End::Failed, Some(shortened(reason))),
            Report::Refused(reason) => (End::Refused, Some(shortened(reason))),
            Report::Stopped(reason) => (End::Cancelled, Some(shortened(reason))),
            Report::Unknown(_) => return Err(Refusal::Already),
            Report::Reference(_) | Report::Suspended(_) | Report::Resumed => return Err(Refusal::Late),
        };
        self.emit(Event::Learned { of: of.clone(), end, reason });
        Ok(())
    }

    fn command(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Approve { of, by } => self.approve(of, by),
            Command::Reject { of, by, reason } => {
                self.may_decide(of, by)?;
                let reason = shortened(&format!("{} rejected it: {reason}", by.0));
                self.end(&of.node, End::Refused, Some(reason));
                Ok(())
            }
            Command::Grant(of) => self.enter(of, End::Passed, None),
            Command::Deny { of, reason } => self.enter(of, End::Refused, Some(shortened(reason))),
            Command::Stop { by, now, reason } => self.stop(by, *now, reason.as_deref()),
            Command::Retry { round, .. } => self.retry(*round),
            Command::Restart { round, environment, .. } => self.restart(*round, environment),
            Command::Settle { of, by, passed, reason } => self.settle_by_hand(of, by, *passed, reason),
        }
    }

    /// The approval, if this person may decide on it now.
    fn may_decide(&self, of: &Attempt, by: &Person) -> Result<&'a Approval, Refusal> {
        let (node, standing) = self.present(of)?;
        let Kind::Approval(approval) = &node.kind else { return Err(Refusal::NotHere) };
        if !matches!(standing.at, At::Running(_)) {
            return Err(Refusal::Late);
        }
        let named = |people: &BTreeSet<Person>| people.iter().any(|it| it.is(by));
        if named(&approval.not) || approval.of.as_ref().is_some_and(|of| !named(of)) {
            return Err(Refusal::NotAllowed(format!("{} may not decide on this", by.0)));
        }
        Ok(approval)
    }

    fn approve(&mut self, of: &Attempt, by: &Person) -> Result<(), Refusal> {
        self.may_decide(of, by)?;
        if self.present(of)?.1.approvals.iter().any(|it| it.is(by)) {
            return Err(Refusal::Already);
        }
        self.emit(Event::Approved { of: of.clone(), by: by.clone() });
        Ok(())
    }

    fn enter(&mut self, of: &Attempt, end: End, reason: Option<String>) -> Result<(), Refusal> {
        let (node, standing) = self.present(of)?;
        if !matches!(node.kind, Kind::Enter(_)) {
            return Err(Refusal::NotHere);
        }
        if !matches!(standing.at, At::Running(_)) {
            return Err(Refusal::Late);
        }
        self.end(&of.node, end, reason);
        Ok(())
    }

    fn stop(&mut self, by: &Person, now: bool, reason: Option<&str>) -> Result<(), Refusal> {
        if outlook::ending(self.course, &self.promotion).is_some() {
            return Err(Refusal::Late);
        }
        if self.promotion.stopped.as_ref().is_some_and(|it| it.now || !now) {
            return Err(Refusal::Already);
        }
        let reason = reason.map(shortened);
        self.emit(Event::Stopped(Stopped { by: StoppedBy::Person(by.clone()), now, reason }));
        Ok(())
    }

    fn settle_by_hand(
        &mut self,
        of: &Attempt,
        by: &Person,
        passed: bool,
        reason: &str,
    ) -> Result<(), Refusal> {
        let (node, standing) = self.present(of)?;
        if !matches!(node.kind, Kind::Act(_)) {
            return Err(Refusal::NotHere);
        }
        if standing.end() != Some(End::Unknown) {
            return Err(Refusal::Late);
        }
        let end = if passed { End::Passed } else { End::Failed };
        let reason = Some(shortened(&format!("{} settled it: {reason}", by.0)));
        self.emit(Event::Learned { of: of.clone(), end, reason });
        Ok(())
    }
}

fn limit_reason(why: Why, reason: &str) -> String {
    let limit = match why {
        Why::PersonLimit => "nobody answered within the time limit for waiting for a person",
        Why::Limit | Why::Stopped => "it reached its time limit",
    };
    shortened(&if reason.is_empty() { limit.to_owned() } else { format!("{limit}: {reason}") })
}

/// The reason, cut where it is too long to keep.
fn shortened(reason: &str) -> String {
    reason
        .chars()
        .scan(0, |bytes, it| {
            *bytes += it.len_utf8();
            (*bytes <= LONGEST_REASON).then_some(it)
        })
        .collect()
}

/// A number that differs from attempt to attempt and never changes for one (FNV-1a).
fn hash(of: &Attempt, started: i64) -> u64 {
    let node: &NodeId = &of.node;
    let bytes = node.as_str().bytes().chain(of.number.to_le_bytes()).chain(started.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, it| (hash ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3))
}
