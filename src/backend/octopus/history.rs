//! The deployments to one target, and the current one. Pure: `histories.rs` reads the facts.
//!
//! What counts is when a deployment *ran*. One that was requested long ago and scheduled may have run last, so the time
//! of the request is used only if the time of the end is not known. And a deployment whose task the server does not
//! show is unknown, never absent.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};

use crate::model::ReleaseVersion;
use crate::octopus::deployment::Deployment;
use crate::octopus::task::TaskState;
use crate::octopus::{ChannelId, DeploymentId, ReleaseId, TaskId};

/// A deployment that is due later than this after its request was scheduled.
pub(super) const SCHEDULED: SignedDuration = SignedDuration::from_secs(1);

/// A deployment that the server showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownDeployment {
    pub(super) deployment: DeploymentId,
    pub(super) task: TaskId,
    pub(super) release: ReleaseId,
    pub(super) channel: Option<ChannelId>,
    /// The release's version, if it was read.
    pub(super) version: Option<ReleaseVersion>,
    pub(super) fate: DeploymentState,
    /// When it was requested.
    pub(super) created: Option<Timestamp>,
    /// When it left, or is due to leave, the queue.
    pub(super) due: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) completed: Option<Timestamp>,
    /// Its own document; `None` if only a progression showed it.
    pub(super) document: Option<Deployment>,
}

/// The server sends its own time in whole seconds.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(2);

/// The outcome of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DeploymentState {
    /// It is waiting or running.
    Unfinished,
    /// It succeeded.
    Succeeded,
    /// It ended in this state without success, or is being cancelled.
    Failed(TaskState),
    /// The server does not show its task.
    Unknown,
}

impl DeploymentState {
    /// The fate that a task's state means. An unknown state counts as ended only if the server says so.
    pub(super) fn of(state: &TaskState, is_completed: bool) -> Self {
        match state {
            TaskState::Success => Self::Succeeded,
            TaskState::Failed | TaskState::Canceled | TaskState::TimedOut | TaskState::Cancelling => {
                Self::Failed(state.clone())
            }
            TaskState::Queued | TaskState::Executing => Self::Unfinished,
            // Its result is not known.
            TaskState::Other(_) if is_completed => Self::Unknown,
            TaskState::Other(_) => Self::Unfinished,
        }
    }
}

impl KnownDeployment {
    /// Reads the facts from a deployment's own document.
    pub(super) fn of(document: &Deployment, version: Option<ReleaseVersion>) -> Self {
        Self {
            deployment: document.id.clone(),
            task: document.task_id.clone(),
            release: document.release_id.clone(),
            channel: document.channel_id.clone(),
            version,
            fate: DeploymentState::Unknown,
            created: document.created,
            due: document.queue_time,
            started: None,
            completed: None,
            document: Some(document.clone()),
        }
    }

    /// Whether the deployment was complete, with no machine and no step left out; `None` if that is not known.
    pub(super) fn is_whole(&self) -> Option<bool> {
        self.document.as_ref()?.is_whole()
    }

    /// Whether it is due to start, or has started, by this time.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.started.is_some() || self.due.is_none_or(|it| it.duration_since(now) <= CLOCK_SLACK)
    }

    /// Whether it was certainly not scheduled for a later time than its request.
    fn was_asked_for_at_once(&self) -> bool {
        let Some(created) = self.created else { return false };
        // If neither the task nor the whole document is known, a schedule is not known either.
        let due = match (self.due, &self.document) {
            (Some(due), _) => due,
            (None, Some(document)) if document.skip_actions.is_some() => created,
            (None, _) => return false,
        };
        due.duration_since(created) < SCHEDULED
    }

    /// The sort key of ended deployments: the time of the end, or the nearest known time.
    pub(super) fn ended(&self) -> impl Ord + use<> {
        (self.completed.or(self.started).or(self.due).or(self.created), self.created, self.number())
    }

    /// The number in its id, which orders deployments requested at the same moment.
    fn number(&self) -> Option<u64> {
        self.deployment.as_str().rsplit('-').next().and_then(|it| it.parse().ok())
    }

    fn by_end(&self, other: &Self) -> Ordering {
        self.ended().cmp(&other.ended())
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> String {
        match &self.version {
            Some(version) => format!("{} of release {version}", self.deployment),
            None => self.deployment.to_string(),
        }
    }
}

/// The deployments to one target, in no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct History(pub(super) Vec<KnownDeployment>);

/// The current state of a target.
#[derive(Debug, Default)]
pub(super) struct Now<'a> {
    /// The complete success that ended last.
    pub(super) success: Option<&'a KnownDeployment>,
    /// Partial successes after it, the last one first.
    pub(super) partial: Vec<&'a KnownDeployment>,
    /// Deployments that ended after it without success, the last one first.
    pub(super) failed: Vec<&'a KnownDeployment>,
    /// Deployments that are waiting or running.
    pub(super) unfinished: Vec<&'a KnownDeployment>,
    /// Deployments that may have run after it, or may be running: their end, or whether they were complete, is not
    /// known.
    pub(super) unknown: Vec<&'a KnownDeployment>,
}

/// Whether another deployment came after one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum After<'a> {
    /// None did.
    Nothing,
    /// This one did.
    Certain(&'a KnownDeployment),
    /// This one may have.
    Unknown(&'a KnownDeployment),
}

impl History {
    /// The current state, considering only the deployments that are of interest.
    pub(super) fn now<'a>(&'a self, of_interest: impl Fn(&KnownDeployment) -> bool) -> Now<'a> {
        let all = || self.0.iter().filter(|it| of_interest(it));
        let successes = || all().filter(|it| it.fate == DeploymentState::Succeeded);
        let success = successes().filter(|it| it.is_whole() == Some(true)).max_by(|a, b| a.by_end(b));
        let after = |it: &&KnownDeployment| success.is_none_or(|success| it.by_end(success).is_gt());
        let last_first = |mut some: Vec<&'a KnownDeployment>| {
            some.sort_by(|a, b| b.by_end(a));
            some
        };
        let failed = |it: &&KnownDeployment| matches!(it.fate, DeploymentState::Failed(_));
        let unseen = all().filter(|it| {
            it.fate == DeploymentState::Unknown
                && success.is_none_or(|success| self.may_be_later(it, success))
        });
        let unmeasured = successes().filter(|it| it.is_whole().is_none()).filter(after);
        Now {
            success,
            partial: last_first(
                successes().filter(|it| it.is_whole() == Some(false)).filter(after).collect(),
            ),
            failed: last_first(all().filter(failed).filter(after).collect()),
            unfinished: all().filter(|it| it.fate == DeploymentState::Unfinished).collect(),
            unknown: unseen.chain(unmeasured).collect(),
        }
    }

    /// Whether another deployment came after one that has ended: one that ended later, with any result, or one that is
    /// running or waiting. Deployments scheduled for later than `now` do not count.
    pub(super) fn after<'a>(&'a self, seen: &KnownDeployment, now: Timestamp) -> After<'a> {
        let mut unknown = None;
        for other in self.0.iter().filter(|it| it.deployment != seen.deployment) {
            match other.fate {
                DeploymentState::Failed(TaskState::Cancelling) => return After::Certain(other),
                DeploymentState::Succeeded | DeploymentState::Failed(_) if other.by_end(seen).is_gt() => {
                    return After::Certain(other);
                }
                DeploymentState::Unfinished if other.is_due(now) => return After::Certain(other),
                DeploymentState::Unknown if self.may_be_later(other, seen) => unknown = Some(other),
                _ => {}
            }
        }
        unknown.map_or(After::Nothing, After::Unknown)
    }

    /// Whether a hidden deployment may have run after `other`, which has ended. Deployments to one target run one at a
    /// time in queue order, so one that was requested before `other`, to run immediately, did not run after it unless
    /// it was overtaken.
    fn may_be_later(&self, hidden: &KnownDeployment, other: &KnownDeployment) -> bool {
        match (hidden.created, other.created) {
            (Some(created), Some(of_other)) if created < of_other => {
                !hidden.was_asked_for_at_once() || self.may_have_waited_for(created, hidden, other)
            }
            _ => true,
        }
    }

    /// Whether a deployment requested at this time may still have waited when `other` started: only a task that a
    /// person moves to the front of the queue overtakes waiting ones. It waited as long as the target was busy.
    fn may_have_waited_for(
        &self,
        since: Timestamp,
        hidden: &KnownDeployment,
        other: &KnownDeployment,
    ) -> bool {
        let mut rest: Vec<&KnownDeployment> = self
            .0
            .iter()
            .filter(|it| it.deployment != hidden.deployment && it.deployment != other.deployment)
            .collect();
        let mut busy_until = None;
        loop {
            let until = busy_until.unwrap_or(since);
            let keeps_busy = |it: &&KnownDeployment| {
                it.created.is_some_and(|it| it <= until)
                    && it.completed.is_some_and(|it| it > until)
                    // The deployments that kept the target busy, after all those at the beginning, follow one another
                    // without a gap.
                    && (it.created.is_some_and(|it| it <= since)
                        || it.started.is_none_or(|it| it <= until + CLOCK_SLACK))
            };
            let Some(at) = rest.iter().position(keeps_busy) else { break };
            busy_until = rest.swap_remove(at).completed;
        }
        let began = other.started.or(other.created);
        busy_until.is_some_and(|until| began.is_none_or(|began| began <= until + CLOCK_SLACK))
    }

    /// Whether another deployment waits behind one that has not ended. Deployments scheduled for later than `now` do
    /// not count.
    pub(super) fn behind<'a>(&'a self, seen: &KnownDeployment, now: Timestamp) -> After<'a> {
        let turn =
            |it: &KnownDeployment| (it.started.is_none(), it.due.max(it.created), it.created, it.number());
        for other in self.0.iter().filter(|it| it.deployment != seen.deployment) {
            if other.fate == DeploymentState::Unfinished && other.is_due(now) && turn(other) > turn(seen) {
                return After::Certain(other);
            }
        }
        let mut hidden = self.in_question(|_| true).into_iter();
        let unknown = hidden.rfind(|it| it.deployment != seen.deployment && it.created >= seen.created);
        unknown.map_or(After::Nothing, After::Unknown)
    }

    /// The deployments of one release, the one requested last first.
    pub(super) fn of<'a>(&'a self, release: &ReleaseId) -> Vec<&'a KnownDeployment> {
        let mut found: Vec<_> = self.0.iter().filter(|it| it.release == *release).collect();
        found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| b.by_end(a)));
        found
    }

    /// The deployments whose task is needed and not known yet: those of interest that may have run after the last
    /// success.
    pub(super) fn in_question(
        &self,
        of_interest: impl Fn(&KnownDeployment) -> bool,
    ) -> Vec<&KnownDeployment> {
        self.now(of_interest).unknown.into_iter().filter(|it| it.fate == DeploymentState::Unknown).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A whole deployment `Deployments-{number}` of release `Releases-{release}`, asked for at `created` and ended at
    /// `completed`, in minutes after ten o'clock.
    pub(in crate::backend::octopus) fn seen(
        number: u32,
        release: u32,
        state: TaskState,
        created: i64,
        completed: Option<i64>,
    ) -> KnownDeployment {
        let at = |minutes: i64| ten_o_clock() + SignedDuration::from_mins(minutes);
        let json = format!(
            r#"{{"Id":"Deployments-{number}","ReleaseId":"Releases-{release}","EnvironmentId":"Environments-1",
                "TaskId":"ServerTasks-{number}","SpecificMachineIds":[],"ExcludedMachineIds":[],"SkipActions":[],
                "FormValues":{{}},"UseGuidedFailure":false}}"#
        );
        let mut document: Deployment = crate::octopus::read(json.as_bytes()).unwrap();
        document.created = Some(at(created));
        let is_completed = completed.is_some();
        KnownDeployment {
            deployment: document.id.clone(),
            task: document.task_id.clone(),
            release: document.release_id.clone(),
            channel: None,
            version: Some(ReleaseVersion::new(format!("{release}.0.0"))),
            fate: DeploymentState::of(&state, is_completed),
            created: Some(at(created)),
            due: Some(at(created)),
            started: completed.map(|it| at(it - 1)),
            completed: completed.map(at),
            document: Some(document),
        }
    }

    pub(in crate::backend::octopus) fn ten_o_clock() -> Timestamp {
        "2026-05-01T10:00:00Z".parse().unwrap()
    }

    fn partial(mut it: KnownDeployment) -> KnownDeployment {
        let machine = crate::octopus::MachineId::new("Machines-1").unwrap();
        it.document.as_mut().unwrap().specific_machine_ids = Some(vec![machine]);
        it
    }

    fn ids(some: &[&KnownDeployment]) -> Vec<String> {
        some.iter().map(|it| it.deployment.to_string()).collect()
    }

    #[test]
    fn what_ran_last_is_there_whenever_it_was_asked_for() {
        // 8.1.0 was asked for first, and scheduled; 8.0.0 ran in between.
        let scheduled = KnownDeployment {
            due: Some(ten_o_clock() + SignedDuration::from_mins(20)),
            ..seen(1, 81, TaskState::Success, 0, Some(22))
        };
        let history = History(vec![scheduled.clone(), seen(2, 80, TaskState::Success, 5, Some(6))]);
        assert_eq!(history.now(|_| true).success.unwrap().deployment.as_str(), "Deployments-1");
        let now = ten_o_clock() + SignedDuration::from_mins(30);
        assert_eq!(history.after(&history.0[1], now), After::Certain(&scheduled));
        assert_eq!(history.after(&scheduled, now), After::Nothing);
    }

    #[test]
    fn what_came_after_the_last_whole_success_is_reported_by_kind() {
        let history = History(vec![
            seen(1, 1, TaskState::Failed, 0, Some(1)),
            seen(2, 2, TaskState::Success, 2, Some(3)),
            partial(seen(3, 3, TaskState::Success, 4, Some(5))),
            seen(4, 4, TaskState::Failed, 6, Some(7)),
            seen(5, 5, TaskState::Canceled, 8, Some(9)),
            seen(6, 6, TaskState::Executing, 10, None),
        ]);
        let now = history.now(|_| true);
        assert_eq!(now.success.unwrap().deployment.as_str(), "Deployments-2");
        assert_eq!(ids(&now.partial), ["Deployments-3"]);
        assert_eq!(ids(&now.failed), ["Deployments-5", "Deployments-4"]);
        assert_eq!(ids(&now.unfinished), ["Deployments-6"]);
        assert!(now.unknown.is_empty());
    }

    #[test]
    fn a_task_that_is_not_shown_is_unknown_unless_it_certainly_ended_before() {
        let unknown = |number, created| KnownDeployment {
            fate: DeploymentState::Unknown,
            due: None,
            started: None,
            completed: None,
            ..seen(number, 9, TaskState::Queued, created, None)
        };
        let success = seen(2, 2, TaskState::Success, 5, Some(6));
        let of = |it: KnownDeployment| {
            let history = History(vec![success.clone(), it]);
            ids(&history.now(|_| true).unknown)
        };
        assert_eq!(of(unknown(1, 4)), [""; 0], "it was asked for before, to run at once");
        assert_eq!(of(unknown(3, 5)), ["Deployments-3"]);
        let scheduled =
            KnownDeployment { due: Some(ten_o_clock() + SignedDuration::from_mins(30)), ..unknown(1, 4) };
        assert_eq!(of(scheduled), ["Deployments-1"]);
        assert_eq!(
            of(KnownDeployment { document: None, ..unknown(1, 4) }),
            ["Deployments-1"],
            "whether it was scheduled is not known"
        );
        assert_eq!(of(KnownDeployment { created: None, ..unknown(1, 4) }), ["Deployments-1"]);
        let history = History(vec![success.clone(), unknown(3, 7)]);
        assert_eq!(history.after(&success, ten_o_clock()), After::Unknown(&history.0[1]));
    }

    #[test]
    fn what_waited_may_have_been_overtaken() {
        let hidden = KnownDeployment {
            fate: DeploymentState::Unknown,
            due: None,
            started: None,
            completed: None,
            ..seen(2, 2, TaskState::Queued, 4, None)
        };
        // Asked for at 5, begun at 10, when the one before both ended.
        let success = KnownDeployment {
            started: Some(ten_o_clock() + SignedDuration::from_mins(10)),
            ..seen(3, 3, TaskState::Success, 5, Some(12))
        };
        let of = |before: Vec<KnownDeployment>| {
            let history = History(before.into_iter().chain([hidden.clone(), success.clone()]).collect());
            ids(&history.now(|_| true).unknown)
        };
        assert_eq!(of(vec![seen(1, 1, TaskState::Success, 0, Some(10))]), ["Deployments-2"]);
        assert_eq!(
            of(vec![seen(1, 1, TaskState::Success, 0, Some(6))]),
            [""; 0],
            "it ran in the time between them"
        );
        assert_eq!(of(vec![seen(1, 1, TaskState::Success, 0, Some(3))]), [""; 0], "nothing kept it waiting");
        let follows = KnownDeployment {
            started: Some(ten_o_clock() + SignedDuration::from_mins(6)),
            ..seen(4, 4, TaskState::Failed, 1, Some(10))
        };
        assert_eq!(of(vec![follows.clone(), seen(1, 1, TaskState::Success, 0, Some(6))]), ["Deployments-2"]);
        // What waited before it too came first, even after a gap; and the order of a history says nothing.
        let first = seen(1, 1, TaskState::Success, 0, Some(6));
        let in_front = KnownDeployment {
            started: Some(ten_o_clock() + SignedDuration::from_mins(8)),
            ..follows.clone()
        };
        for before in [vec![first.clone(), in_front.clone()], vec![in_front, first]] {
            assert_eq!(of(before), ["Deployments-2"]);
        }
        let after_a_gap = KnownDeployment {
            started: Some(ten_o_clock() + SignedDuration::from_mins(8)),
            created: Some(ten_o_clock() + SignedDuration::from_mins(5)),
            ..follows
        };
        assert_eq!(of(vec![after_a_gap, seen(1, 1, TaskState::Success, 0, Some(6))]), [""; 0]);
    }

    #[test]
    fn a_success_of_which_nobody_says_how_much_it_did_is_unknown() {
        let mut short = seen(3, 3, TaskState::Success, 4, Some(5));
        short.document.as_mut().unwrap().skip_actions = None;
        let history = History(vec![seen(2, 2, TaskState::Success, 2, Some(3)), short]);
        assert_eq!(ids(&history.now(|_| true).unknown), ["Deployments-3"]);
    }

    #[test]
    fn what_is_scheduled_for_later_has_not_come_yet() {
        let success = seen(2, 2, TaskState::Success, 2, Some(3));
        let later = KnownDeployment {
            due: Some(ten_o_clock() + SignedDuration::from_hours(9)),
            ..seen(3, 3, TaskState::Queued, 4, None)
        };
        let history = History(vec![success.clone(), later]);
        assert_eq!(history.after(&success, ten_o_clock()), After::Nothing);
        let then = ten_o_clock() + SignedDuration::from_hours(10);
        assert!(matches!(history.after(&success, then), After::Certain(_)));
    }

    #[test]
    fn what_is_being_stopped_comes_after_whatever_ended() {
        let success = seen(2, 2, TaskState::Success, 2, Some(3));
        let history = History(vec![success.clone(), seen(3, 3, TaskState::Cancelling, 1, None)]);
        assert_eq!(history.after(&success, ten_o_clock()), After::Certain(&history.0[1]));
    }

    #[test]
    fn what_waited_was_overtaken_only_within_the_servers_whole_seconds() {
        let at = |seconds: i64| ten_o_clock() + SignedDuration::from_secs(seconds);
        let hidden = KnownDeployment {
            fate: DeploymentState::Unknown,
            due: None,
            started: None,
            completed: None,
            ..seen(2, 2, TaskState::Queued, 4, None)
        };
        let success =
            |began| KnownDeployment { started: Some(began), ..seen(3, 3, TaskState::Success, 5, Some(12)) };
        let busy = |number, created, started, completed| KnownDeployment {
            created: Some(created),
            started: Some(started),
            completed: Some(completed),
            ..seen(number, 1, TaskState::Success, 0, Some(1))
        };
        let of = |history: Vec<KnownDeployment>| {
            !History(history.into_iter().chain([hidden.clone()]).collect()).now(|_| true).unknown.is_empty()
        };
        let first = || busy(1, at(0), at(0), at(300));
        assert!(of(vec![first(), success(at(302))]));
        assert!(!of(vec![first(), success(at(303))]));
        // The next one begins within two seconds, or later.
        assert!(of(vec![first(), busy(4, at(260), at(302), at(500)), success(at(500))]));
        assert!(!of(vec![first(), busy(4, at(260), at(303), at(500)), success(at(500))]));
        // What had ended when it was asked for did not keep it waiting.
        assert!(!of(vec![busy(1, at(0), at(0), at(240)), success(at(241))]));
        // The other one does not keep it waiting for itself, whenever it was asked for.
        let other = KnownDeployment { created: Some(at(250)), ..success(at(260)) };
        assert!(!of(vec![busy(1, at(0), at(0), at(239)), other]));
    }

    #[test]
    fn a_schedule_is_at_least_a_second_away_and_not_known_without_the_whole_document() {
        let hidden = |due: Option<i64>| KnownDeployment {
            due: due.map(|it| ten_o_clock() + SignedDuration::from_millis(it)),
            ..seen(1, 1, TaskState::Queued, 0, None)
        };
        assert!(hidden(Some(999)).was_asked_for_at_once());
        assert!(!hidden(Some(1000)).was_asked_for_at_once());
        assert!(hidden(None).was_asked_for_at_once());
        let mut short = hidden(None);
        short.document.as_mut().unwrap().skip_actions = None;
        assert!(!short.was_asked_for_at_once());
    }

    #[test]
    fn of_two_that_were_asked_for_at_once_the_higher_number_runs_later() {
        let waits = |number| seen(number, 1, TaskState::Queued, 5, None);
        let history = History(vec![waits(9), waits(10)]);
        assert_eq!(history.behind(&history.0[0], ten_o_clock()), After::Nothing, "neither is due yet");
        let then = ten_o_clock() + SignedDuration::from_mins(6);
        assert_eq!(history.behind(&history.0[0], then), After::Certain(&history.0[1]));
        assert_eq!(history.behind(&history.0[1], then), After::Nothing);
        // One of which nothing is known was asked for before.
        let hidden =
            KnownDeployment { fate: DeploymentState::Unknown, ..seen(8, 1, TaskState::Queued, 4, None) };
        let history = History(vec![waits(9), hidden]);
        assert_eq!(history.behind(&history.0[0], then), After::Nothing);
        assert_eq!(history.behind(&history.0[1], then), After::Certain(&history.0[0]));
    }

    #[test]
    fn the_deployments_of_a_release_are_told_from_the_last_one_asked_for() {
        let history = History(vec![
            seen(1, 1, TaskState::Success, 0, Some(9)),
            seen(2, 2, TaskState::Success, 1, Some(2)),
            seen(3, 1, TaskState::Success, 3, Some(4)),
            seen(4, 1, TaskState::Success, 3, Some(5)),
        ]);
        let of_first = history.of(&ReleaseId::new("Releases-1").unwrap());
        assert_eq!(ids(&of_first), ["Deployments-4", "Deployments-3", "Deployments-1"]);
        assert_eq!(history.0[0].name(), "Deployments-1 of release 1.0.0");
    }
}
