//! Waiting for deployments: how, how long, and what to do after each look.

use std::time::Duration;

use crate::backend::{DeploymentStatus, Question};

use super::polling::{ExpectedDuration, next_look};

/// Whether an action waits for the results of its deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Returns once the server has accepted the deployments; their results are ignored.
    No,
    /// Waits until they have finished, or until the action's time limit.
    ForResults(WaitOptions),
}

impl Default for Wait {
    fn default() -> Self {
        Self::ForResults(WaitOptions::default())
    }
}

/// How an action waits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitOptions {
    /// What happens to the deployments at the action's time limit. Default: leave them running.
    pub on_timeout: GivingUp,
    /// What happens to the deployments when the process is stopped. Default: leave them running.
    pub on_interrupt: GivingUp,
    /// What to do when a deployment waits for a person. Default: keep waiting.
    pub when_person_needed: PersonNeeded,
    /// Streams the log lines of running steps. Default: yes.
    pub log: bool,
}

/// What happens to a deployment that is no longer waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivingUp {
    /// It keeps running.
    Leave,
    /// It is cancelled on the server.
    Cancel,
}

/// What to do when a deployment waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonNeeded {
    /// Report it, and keep waiting until the time limit.
    Wait,
    /// Report it, and end as failed; the deployment keeps waiting.
    Fail,
    /// Take responsibility and give this answer, each time that the question is asked and the form offers the answer.
    Answer(Answer),
}

/// An answer to a manual intervention or to guided failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Manual intervention: proceed.
    Proceed,
    /// Manual intervention: stop the deployment.
    Abort,
    /// Guided failure: fail the step.
    Fail,
    /// Guided failure: try the step again.
    Retry,
    /// Guided failure: continue as if the step had passed.
    Ignore,
    /// Guided failure: continue without the machine.
    Exclude,
}

impl Answer {
    /// The server's word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Proceed => "Proceed",
            Self::Abort => "Abort",
            Self::Fail => "Fail",
            Self::Retry => "Retry",
            Self::Ignore => "Ignore",
            Self::Exclude => "Exclude",
        }
    }

    /// Whether it is an answer to guided failure rather than to a manual intervention.
    fn is_about_failure(self) -> bool {
        !matches!(self, Self::Proceed | Self::Abort)
    }

    /// Whether the question is of its kind and offers it.
    pub(crate) fn is_offered_by(self, question: &Question) -> bool {
        self.is_about_failure() == question.about_failure
            && question.choices.iter().any(|it| it.eq_ignore_ascii_case(self.word()))
    }
}

impl Default for WaitOptions {
    fn default() -> Self {
        Self {
            on_timeout: GivingUp::Leave,
            on_interrupt: GivingUp::Leave,
            when_person_needed: PersonNeeded::Wait,
            log: true,
        }
    }
}

/// How long the server may refuse to show a task, or not show it, before promenade stops asking: during an upgrade it
/// can answer 404 or 401.
pub(super) const REFUSAL_GRACE: Duration = Duration::from_secs(60);

/// The pause between two looks at a scheduled deployment before its time, so that a cancellation is noticed.
const SCHEDULED_PAUSE: Duration = Duration::from_secs(60);

/// What is known of one deployment that has not ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OpenDeployment<'a> {
    /// Its status; `None` if the server does not show it.
    pub(super) status: Option<&'a DeploymentStatus>,
    /// How long the server has not shown the deployment although it should.
    pub(super) unseen_for: Duration,
    /// How long it has been running; `None` if it has not started.
    pub(super) at_work: Option<Duration>,
    /// The cost of the wait since it started running, in requests.
    pub(super) spent: u32,
}

/// The state of the whole wait after a look.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct View<'a> {
    /// The deployments that have not ended.
    pub(super) open: &'a [OpenDeployment<'a>],
    /// Time since the wait began.
    pub(super) waited: Duration,
    /// Time left until the action's time limit; zero when it is over.
    pub(super) left: Duration,
    /// The expected duration, from earlier deployments.
    pub(super) expected: Option<ExpectedDuration>,
}

/// What to do after a look.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "the wait continues or ends"]
pub(super) enum Next {
    /// Everything has ended.
    Done,
    /// Look again after this time.
    LookIn(Duration),
    /// The time limit is over.
    OutOfTime,
}

/// Why a deployment that has not ended is no longer waited for. The wait for the others continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DropReason {
    /// It needs a person, and the options say not to wait.
    NeedsPerson,
    /// The server does not show it.
    Unseen,
}

/// Decides whether to stop waiting for one deployment. Pure.
pub(super) fn drops(it: &OpenDeployment<'_>, fail_when_person_needed: bool) -> Option<DropReason> {
    match it.status {
        Some(status) if fail_when_person_needed && status.needs_person => Some(DropReason::NeedsPerson),
        None if it.unseen_for >= REFUSAL_GRACE => Some(DropReason::Unseen),
        _ => None,
    }
}

/// Decides what to do after a look. Pure: it takes durations, not a clock.
pub(super) fn decide(view: &View<'_>) -> Next {
    if view.open.is_empty() {
        return Next::Done;
    }
    if view.left.is_zero() {
        return Next::OutOfTime;
    }
    let pause = view.open.iter().map(|it| pause(it, view)).min().unwrap_or_default();
    Next::LookIn(pause.min(view.left))
}

/// The pause that suits one deployment; the shortest of all counts.
fn pause(it: &OpenDeployment<'_>, view: &View<'_>) -> Duration {
    let Some(status) = it.status else {
        return next_look(view.waited, it.spent, None);
    };
    if let Some(scheduled) = status.scheduled {
        return scheduled.within.min(SCHEDULED_PAUSE);
    }
    match (it.at_work, view.expected) {
        // Earlier durations measure the run, not the time in the queue.
        (Some(at_work), Some(expected)) => next_look(at_work, it.spent, Some(expected)),
        // A deployment that was taken over is older than this wait.
        _ => next_look(status.age.unwrap_or(view.waited).max(view.waited), it.spent, None),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::backend::{Phase, Scheduled};

    const MINUTE: Duration = Duration::from_secs(60);

    fn status(phase: Phase) -> DeploymentStatus {
        DeploymentStatus {
            phase,
            state: String::new(),
            message: String::new(),
            warnings: false,
            needs_person: false,
            preconditions: None,
            duration: None,
            age: None,
            at_work: None,
            scheduled: None,
        }
    }

    fn open(status: &DeploymentStatus) -> OpenDeployment<'_> {
        OpenDeployment { status: Some(status), unseen_for: Duration::ZERO, at_work: None, spent: 0 }
    }

    fn unseen(unseen_for: Duration) -> OpenDeployment<'static> {
        OpenDeployment { status: None, unseen_for, at_work: None, spent: 0 }
    }

    fn view<'a>(open: &'a [OpenDeployment<'a>]) -> View<'a> {
        View { open, waited: MINUTE, left: 10 * MINUTE, expected: None }
    }

    #[test]
    fn it_is_done_when_all_have_ended_and_not_before() {
        assert_eq!(decide(&view(&[])), Next::Done);
        assert_eq!(
            decide(&View { left: Duration::ZERO, ..view(&[]) }),
            Next::Done,
            "an end counts at any time"
        );
        for phase in [Phase::Queued, Phase::Running, Phase::Cancelling] {
            let status = status(phase);
            assert_eq!(decide(&view(&[open(&status)])), Next::LookIn(Duration::from_secs(6)), "{phase:?}");
        }
    }

    #[test]
    fn the_time_limit_ends_a_wait_and_cuts_the_last_pause() {
        let running = status(Phase::Running);
        let running = [open(&running)];
        assert_eq!(decide(&View { left: Duration::ZERO, ..view(&running) }), Next::OutOfTime);
        let short = Duration::from_secs(2);
        assert_eq!(decide(&View { left: short, ..view(&running) }), Next::LookIn(short));
    }

    #[test]
    fn a_person_ends_the_wait_for_the_one_that_asks_and_only_where_that_was_asked_for() {
        let mut asking = status(Phase::Running);
        asking.needs_person = true;
        assert_eq!(drops(&open(&asking), false), None);
        assert_eq!(drops(&open(&asking), true), Some(DropReason::NeedsPerson));
        assert_eq!(drops(&open(&status(Phase::Running)), true), None);
    }

    #[test]
    fn a_task_that_is_not_shown_is_dropped_after_a_grace() {
        assert_eq!(drops(&unseen(MINUTE / 2), true), None);
        assert_eq!(drops(&unseen(REFUSAL_GRACE), true), Some(DropReason::Unseen));
        let running = status(Phase::Running);
        let seen = OpenDeployment { unseen_for: 2 * MINUTE, ..open(&running) };
        assert_eq!(drops(&seen, true), None, "what is shown now is not unseen");
    }

    #[test]
    fn a_scheduled_deployment_is_looked_at_now_and_then_and_at_its_time() {
        let at = Timestamp::UNIX_EPOCH;
        let scheduled =
            |within| DeploymentStatus { scheduled: Some(Scheduled { at, within }), ..status(Phase::Queued) };
        let (soon, late) = (scheduled(Duration::from_secs(40)), scheduled(5 * MINUTE));
        assert_eq!(decide(&view(&[open(&late)])), Next::LookIn(SCHEDULED_PAUSE));
        assert_eq!(decide(&view(&[open(&soon)])), Next::LookIn(Duration::from_secs(40)));
        let running = status(Phase::Running);
        assert_eq!(decide(&view(&[open(&late), open(&running)])), Next::LookIn(Duration::from_secs(6)));
    }

    #[test]
    fn one_that_was_taken_over_is_looked_at_by_its_own_age() {
        let mut old = status(Phase::Running);
        old.age = Some(Duration::from_secs(80));
        assert_eq!(decide(&view(&[open(&old)])), Next::LookIn(Duration::from_secs(8)));
        let mut skewed = status(Phase::Running);
        skewed.age = Some(Duration::ZERO);
        assert_eq!(
            decide(&view(&[open(&skewed)])),
            Next::LookIn(Duration::from_secs(6)),
            "never younger than our wait"
        );
        assert_eq!(decide(&view(&[unseen(Duration::ZERO)])), Next::LookIn(Duration::from_secs(6)));
    }

    #[test]
    fn the_time_in_the_queue_is_no_time_at_work() {
        let expected = ExpectedDuration::from_history(&[Duration::from_millis(2700)]);
        let looks_in = |status: &DeploymentStatus, at_work, spent| {
            let open = [OpenDeployment { at_work, spent, ..open(status) }];
            decide(&View { waited: 100 * MINUTE / 60, left: MINUTE, expected, ..view(&open) })
        };
        let at_most = |next, most: u64| match next {
            Next::LookIn(pause) => assert!(pause <= Duration::from_secs(most), "{pause:?}"),
            other => panic!("{other:?}"),
        };
        // In the queue it is looked at as if nothing were known; at work by what is known, from its start on.
        at_most(looks_in(&status(Phase::Queued), None, 40), 10);
        at_most(looks_in(&status(Phase::Running), Some(Duration::ZERO), 0), 2);
        at_most(looks_in(&status(Phase::Running), Some(Duration::from_secs(2)), 1), 1);
    }
}
