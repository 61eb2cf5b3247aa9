//! What a look at an attempt's deployments means for the attempt. Pure.

use crate::backend::{DeploymentStatus, Phase};
use crate::driver::records::Made;
use crate::flow::input::Report;

/// What a look means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    /// It has ended like this.
    Ended(Report),
    /// Some of it goes on, and all of that is shown.
    GoesOn {
        /// The deployments, by position, that have not ended and are not being cancelled.
        open: Vec<usize>,
        /// Those among them that wait for a person.
        asking: Vec<usize>,
    },
    /// The home does not show some of it.
    Unseen,
}

/// What these statuses, in the order of the deployments, mean.
pub(super) fn progress(made: &Made, statuses: &[Option<DeploymentStatus>]) -> Progress {
    let shown: Vec<&DeploymentStatus> = statuses.iter().flatten().collect();
    if shown.len() < made.deployments.len() || made.deployments.is_empty() {
        return Progress::Unseen;
    }
    if shown.iter().any(|it| !it.phase.is_final()) {
        let open = |(at, it): (usize, &&DeploymentStatus)| {
            (!it.phase.is_final() && it.phase != Phase::Cancelling).then_some(at)
        };
        let open: Vec<usize> = shown.iter().enumerate().filter_map(open).collect();
        let asks = |at: &usize| shown[*at].needs_person || shown[*at].preconditions.is_some();
        let asking = open.iter().copied().filter(asks).collect();
        return Progress::GoesOn { open, asking };
    }
    Progress::Ended(ended(made, &shown))
}

fn ended(made: &Made, statuses: &[&DeploymentStatus]) -> Report {
    let of = |phase: Phase| made.deployments.iter().zip(statuses).find(|(_, it)| it.phase == phase);
    let what = |what: &str, (deployment, status): (&crate::backend::Deployment, &&DeploymentStatus)| {
        let message = if status.message.is_empty() { String::new() } else { format!(": {}", status.message) };
        format!("the deployment to {} {what}{message}; see {}", deployment.target, deployment.url)
    };
    if let Some(failed) = of(Phase::Failed) {
        return Report::Failed { reason: what("failed", failed), again: true };
    }
    if let Some(late) = of(Phase::TimedOut) {
        return Report::Failed { reason: what("reached the server's own time limit", late), again: true };
    }
    if let Some(cancelled) = of(Phase::Cancelled) {
        return Report::Stopped(what("was cancelled", cancelled));
    }
    match &made.incomplete {
        Some(why) => Report::Failed { reason: why.clone(), again: false },
        None => Report::Passed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Deployment;
    use crate::model::TenantTarget;

    fn made(count: usize) -> Made {
        let deployment = |at| Deployment {
            id: format!("Deployments-{at}"),
            task: format!("ServerTasks-{at}"),
            target: TenantTarget { environment: "QA".into(), tenant: None },
            url: String::new(),
            adopted: None,
        };
        Made { deployments: (0..count).map(deployment).collect(), incomplete: None }
    }

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
            at_work: None,
            scheduled: None,
        })
    }

    fn end(phases: &[Phase]) -> &'static str {
        let statuses: Vec<_> = phases.iter().map(|it| status(*it)).collect();
        match progress(&made(phases.len()), &statuses) {
            Progress::Ended(Report::Passed) => "passed",
            Progress::Ended(Report::Failed { again: true, .. }) => "failed",
            Progress::Ended(Report::Stopped(_)) => "stopped",
            Progress::Ended(_) => "another end",
            Progress::GoesOn { .. } => "goes on",
            Progress::Unseen => "unseen",
        }
    }

    #[test]
    fn it_passes_only_when_all_have_succeeded() {
        use Phase::{Cancelled, Cancelling, Failed, Queued, Running, Succeeded, TimedOut};
        for (phases, expected) in [
            (&[Succeeded][..], "passed"),
            (&[Succeeded, Succeeded], "passed"),
            (&[Succeeded, Failed], "failed"),
            (&[Succeeded, TimedOut], "failed"),
            (&[Cancelled, Failed], "failed"),
            (&[Succeeded, Cancelled], "stopped"),
            (&[Succeeded, Running], "goes on"),
            (&[Failed, Running], "goes on"),
            (&[Queued], "goes on"),
            (&[Cancelling], "goes on"),
            (&[], "unseen"),
        ] {
            assert_eq!(end(phases), expected, "{phases:?}");
        }
    }

    #[test]
    fn what_is_not_shown_is_neither_passed_nor_ended() {
        assert_eq!(progress(&made(2), &[status(Phase::Succeeded), None]), Progress::Unseen);
        assert_eq!(progress(&made(2), &[status(Phase::Failed)]), Progress::Unseen);
    }

    #[test]
    fn fewer_deployments_than_asked_for_do_not_pass() {
        let made = Made { incomplete: Some("one was refused".to_owned()), ..made(1) };
        let ended = progress(&made, &[status(Phase::Succeeded)]);
        let reason = "one was refused".to_owned();
        assert_eq!(ended, Progress::Ended(Report::Failed { reason, again: false }));
    }

    #[test]
    fn who_asks_a_person_is_named_and_who_is_being_cancelled_is_not_open() {
        let mut asking = status(Phase::Running);
        if let Some(it) = asking.as_mut() {
            it.needs_person = true;
        }
        let statuses = [status(Phase::Cancelling), asking, status(Phase::Queued)];
        let goes_on = Progress::GoesOn { open: vec![1, 2], asking: vec![1] };
        assert_eq!(progress(&made(3), &statuses), goes_on);
    }
}
