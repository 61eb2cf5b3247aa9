//! Waiting for deployments: how, how long, and what to do after each look.

use std::time::Duration;

use crate::backend::DeploymentStatus;

use super::pace::{Expected, next_look};

/// Whether an action waits for the results of its deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Ends when the server has accepted the deployments; what becomes of them is disregarded.
    No,
    /// Ends when they have finished, or at the action's time limit.
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
    /// At the action's time limit. Default: leave the deployments running.
    pub on_timeout: GivingUp,
    /// When the process is told to stop. Default: leave the deployments running.
    pub on_interrupt: GivingUp,
    /// When a deployment waits for a person. Default: go on waiting.
    pub when_person_needed: PersonNeeded,
    /// Streams the log lines of running steps. Default: yes.
    pub log: bool,
}

/// What becomes of a deployment that is no longer waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivingUp {
    /// It goes on.
    Leave,
    /// It is cancelled on the server.
    Cancel,
}

/// What to do when a deployment waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonNeeded {
    /// Say so, and go on waiting until the time limit.
    Wait,
    /// Say so, and end as failed; the deployment stays as it is.
    Fail,
    /// Take responsibility and give this answer, as often as it is asked and the form offers it.
    Answer(Answer),
}

/// An answer to a manual intervention or to guided failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Manual intervention: go on.
    Proceed,
    /// Manual intervention: stop the deployment.
    Abort,
    /// Guided failure: fail the step.
    Fail,
    /// Guided failure: try the step again.
    Retry,
    /// Guided failure: go on as if the step had passed.
    Ignore,
    /// Guided failure: go on without the machine.
    Exclude,
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

/// How long the server may refuse to show a task, or not show it, before we stop asking: an upgrade can
/// answer 404 or 401 for a while.
pub(super) const REFUSAL_GRACE: Duration = Duration::from_secs(60);

/// What a look has shown of all deployments that are waited for, and when it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct View<'a> {
    /// Where the deployments stand; `None` for one that the server does not show.
    pub(super) statuses: &'a [Option<DeploymentStatus>],
    /// Since we began to wait.
    pub(super) waited: Duration,
    /// For how long the server has not shown something it should have shown.
    pub(super) unseen_for: Duration,
    /// Until the action's time limit; zero when it is over.
    pub(super) left: Duration,
    /// What the wait has cost so far, in requests.
    pub(super) spent: u32,
    /// How long the same deployment took before.
    pub(super) expected: Option<Expected>,
    /// Whether a person may be waited for.
    pub(super) fail_when_person_needed: bool,
}

/// What to do after a look.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "the wait goes on, or it ends"]
pub(super) enum Next {
    /// Everything has ended.
    Done,
    /// Look again after this time.
    LookIn(Duration),
    /// The time limit is over.
    OutOfTime,
    /// A person is needed, and the options say not to wait for one.
    NeedsPerson,
    /// The server does not show what it should.
    Unseen,
}

/// Decides what to do after a look. Pure: time comes in as spans.
pub(super) fn decide(view: &View<'_>) -> Next {
    let mut open =
        view.statuses.iter().filter(|it| it.as_ref().is_none_or(|it| !it.phase.is_final())).peekable();
    if open.peek().is_none() {
        return Next::Done;
    }
    let needs_person =
        |it: &Option<DeploymentStatus>| it.as_ref().is_some_and(|it| it.needs_person && !it.phase.is_final());
    if view.fail_when_person_needed && view.statuses.iter().any(needs_person) {
        return Next::NeedsPerson;
    }
    if view.statuses.iter().any(Option::is_none) && view.unseen_for >= REFUSAL_GRACE {
        return Next::Unseen;
    }
    if view.left.is_zero() {
        return Next::OutOfTime;
    }
    Next::LookIn(pause(open.map(Option::as_ref), view).min(view.left))
}

/// The pause that suits the youngest deployment; one that is scheduled is not looked at before its time.
fn pause<'a>(open: impl Iterator<Item = Option<&'a DeploymentStatus>>, view: &View<'_>) -> Duration {
    let of = |status: Option<&DeploymentStatus>| match status {
        Some(DeploymentStatus { scheduled_in: Some(time), .. }) => *time,
        // A deployment that was taken over is older than our wait.
        Some(status) => {
            next_look(status.age.unwrap_or(view.waited).max(view.waited), view.spent, view.expected)
        }
        None => next_look(view.waited, view.spent, None),
    };
    open.map(of).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Phase;

    const MINUTE: Duration = Duration::from_secs(60);

    fn status(phase: Phase) -> Option<DeploymentStatus> {
        Some(DeploymentStatus {
            phase,
            state: String::new(),
            message: String::new(),
            warnings: false,
            needs_person: false,
            preconditions: None,
            duration: None,
            age: None,
            scheduled_in: None,
        })
    }

    fn view(statuses: &[Option<DeploymentStatus>]) -> View<'_> {
        View {
            statuses,
            waited: MINUTE,
            unseen_for: Duration::ZERO,
            left: 10 * MINUTE,
            spent: 0,
            expected: None,
            fail_when_person_needed: false,
        }
    }

    #[test]
    fn it_is_done_when_all_have_ended_and_not_before() {
        let ends = [Phase::Succeeded, Phase::Failed, Phase::Cancelled, Phase::TimedOut].map(status);
        assert_eq!(decide(&view(&ends)), Next::Done);
        assert_eq!(
            decide(&View { left: Duration::ZERO, ..view(&ends) }),
            Next::Done,
            "an end counts at any time"
        );
        for open in [Phase::Queued, Phase::Running, Phase::Cancelling] {
            let statuses = [status(Phase::Succeeded), status(open)];
            assert_eq!(decide(&view(&statuses)), Next::LookIn(Duration::from_secs(6)), "{open:?}");
        }
    }

    #[test]
    fn the_time_limit_ends_a_wait_and_cuts_the_last_pause() {
        let running = [status(Phase::Running)];
        assert_eq!(decide(&View { left: Duration::ZERO, ..view(&running) }), Next::OutOfTime);
        let short = Duration::from_secs(2);
        assert_eq!(decide(&View { left: short, ..view(&running) }), Next::LookIn(short));
    }

    #[test]
    fn a_person_ends_a_wait_only_where_that_was_asked_for() {
        let mut asking = status(Phase::Running);
        asking.as_mut().unwrap().needs_person = true;
        let asking = [asking];
        assert!(matches!(decide(&view(&asking)), Next::LookIn(_)));
        assert_eq!(decide(&View { fail_when_person_needed: true, ..view(&asking) }), Next::NeedsPerson);
        let mut ended = status(Phase::Failed);
        ended.as_mut().unwrap().needs_person = true;
        let ended = [ended, status(Phase::Running)];
        assert!(matches!(decide(&View { fail_when_person_needed: true, ..view(&ended) }), Next::LookIn(_)));
    }

    #[test]
    fn a_task_that_is_not_shown_ends_a_wait_after_a_grace() {
        let unseen = [None, status(Phase::Succeeded)];
        assert!(matches!(decide(&View { unseen_for: MINUTE / 2, ..view(&unseen) }), Next::LookIn(_)));
        assert_eq!(decide(&View { unseen_for: REFUSAL_GRACE, ..view(&unseen) }), Next::Unseen);
        let seen = [status(Phase::Running)];
        assert!(matches!(decide(&View { unseen_for: 2 * MINUTE, ..view(&seen) }), Next::LookIn(_)));
    }

    #[test]
    fn a_scheduled_deployment_is_not_looked_at_before_its_time() {
        let mut scheduled = status(Phase::Queued);
        scheduled.as_mut().unwrap().scheduled_in = Some(5 * MINUTE);
        let alone = [scheduled.clone()];
        assert_eq!(decide(&view(&alone)), Next::LookIn(5 * MINUTE));
        let both = [scheduled, status(Phase::Running)];
        assert_eq!(decide(&view(&both)), Next::LookIn(Duration::from_secs(6)));
    }

    #[test]
    fn one_that_was_taken_over_is_looked_at_by_its_own_age() {
        let mut old = status(Phase::Running);
        old.as_mut().unwrap().age = Some(Duration::from_secs(80));
        assert_eq!(decide(&view(&[old])), Next::LookIn(Duration::from_secs(8)));
        let mut skewed = status(Phase::Running);
        skewed.as_mut().unwrap().age = Some(Duration::ZERO);
        assert_eq!(
            decide(&view(&[skewed])),
            Next::LookIn(Duration::from_secs(6)),
            "never younger than our wait"
        );
        assert_eq!(decide(&view(&[None])), Next::LookIn(Duration::from_secs(6)));
    }
}
