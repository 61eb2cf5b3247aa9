//! What of an earlier try is taken over, and what is done anew. Pure: the survey brings the facts.

use jiff::{SignedDuration, Timestamp};

use crate::backend::Adopted;
use crate::model::{BuildIdentity, Marker};
use crate::octopus::UserId;
use crate::octopus::task::TaskState;

use super::survey::{Seen, Standing};

/// What is known of the build that asks, beyond release and target.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// The build, by whose marker in a deployment's comments it is recognised.
    pub(super) build: Option<BuildIdentity>,
    /// The user whom the credential stands for.
    pub(super) me: Option<UserId>,
    /// When the build started, by the server's clock.
    pub(super) build_started: Option<Timestamp>,
}

/// What to do about one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Take this deployment for ours.
    Adopt(Seen, Adopted),
    /// Ask for a new one; with a reason where an earlier one is passed over.
    DeployAnew(Option<String>),
}

/// Decides what becomes of the latest deployment of this release to this target.
///
/// `particular` says that deployments of the same release to the same target may differ (machines, skipped
/// steps, forced re-deployment), so that one of somebody else must not be taken for ours.
pub(super) fn decide(standing: &Standing, particular: bool, evidence: &Evidence) -> Decision {
    let Some(last) = standing.of_release.first() else {
        return Decision::DeployAnew(None);
    };
    let anew = |because: String| Decision::DeployAnew(Some(because));
    if particular && !is_ours(last, evidence) {
        return anew(format!("deployment {} may be another build's with other options", last.deployment));
    }
    match &last.state {
        TaskState::Queued | TaskState::Executing => Decision::Adopt(last.clone(), Adopted::Unfinished),
        TaskState::Success if standing.is_latest(last) => {
            Decision::Adopt(last.clone(), Adopted::StillCurrent)
        }
        TaskState::Success => anew(format!(
            "it was deployed by {}, and something else was deployed there since",
            last.deployment
        )),
        TaskState::Failed => anew(format!("the last deployment, {}, failed", last.deployment)),
        TaskState::Canceled | TaskState::Cancelling => {
            anew(format!("the last deployment, {}, was cancelled", last.deployment))
        }
        TaskState::TimedOut => anew(format!("the last deployment, {}, timed out", last.deployment)),
        // A state that is not known: if it has not ended, asking again would make a second deployment.
        TaskState::Other(_) if !last.is_completed => Decision::Adopt(last.clone(), Adopted::Unfinished),
        TaskState::Other(state) => {
            anew(format!("the last deployment, {}, ended as {state}", last.deployment))
        }
    }
}

/// By the build's marker; else by our user and a creation after the build's start; where neither can be
/// told, only what has not finished is taken for ours.
fn is_ours(seen: &Seen, evidence: &Evidence) -> bool {
    let marker = Marker::read(&seen.comments);
    if marker.zip(evidence.build.as_ref()).is_some_and(|(marker, build)| marker.is_of(build)) {
        return true;
    }
    match (&evidence.me, evidence.build_started) {
        (Some(me), Some(started)) => {
            seen.by.as_ref() == Some(me)
                && seen.created.is_some_and(|it| it.duration_since(started) >= -CLOCK_SLACK)
        }
        _ => !seen.is_completed,
    }
}

/// Times on the wire are whole seconds in places, and the two ways to the server's clock differ a little.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(2);

#[cfg(test)]
mod tests {
    use crate::model::EnvironmentName;
    use crate::octopus::{DeploymentId, EnvironmentId, TaskId};

    use super::*;

    fn seen(state: TaskState) -> Seen {
        let is_completed = !matches!(state, TaskState::Queued | TaskState::Executing | TaskState::Cancelling);
        Seen {
            deployment: DeploymentId::new("Deployments-2").unwrap(),
            task: TaskId::new("ServerTasks-2").unwrap(),
            version: None,
            state,
            is_completed,
            created: Some("2026-05-01T10:00:00Z".parse().unwrap()),
            comments: String::new(),
            by: None,
        }
    }

    fn empty() -> Standing {
        Standing {
            environment: EnvironmentId::new("Environments-1").unwrap(),
            environment_name: EnvironmentName::new("Development"),
            tenant: None,
            of_release: Vec::new(),
            latest: None,
            current: None,
        }
    }

    fn standing(last: Seen) -> Standing {
        Standing { latest: Some(last.clone()), of_release: vec![last], ..empty() }
    }

    fn adopts(standing: &Standing, particular: bool, evidence: &Evidence) -> Option<Adopted> {
        match decide(standing, particular, evidence) {
            Decision::Adopt(_, why) => Some(why),
            Decision::DeployAnew(_) => None,
        }
    }

    #[test]
    fn an_unfinished_one_and_a_success_that_is_still_the_latest_are_taken_over() {
        let none = Evidence::default();
        for (state, expected) in [
            (TaskState::Queued, Some(Adopted::Unfinished)),
            (TaskState::Executing, Some(Adopted::Unfinished)),
            (TaskState::Success, Some(Adopted::StillCurrent)),
            (TaskState::Failed, None),
            (TaskState::Canceled, None),
            (TaskState::Cancelling, None),
            (TaskState::TimedOut, None),
        ] {
            assert_eq!(adopts(&standing(seen(state.clone())), false, &none), expected, "{state}");
        }
        assert_eq!(decide(&empty(), false, &none), Decision::DeployAnew(None));
    }

    #[test]
    fn a_success_that_was_replaced_is_deployed_anew_and_says_so() {
        let mut replaced = standing(seen(TaskState::Success));
        replaced.latest =
            Some(Seen { deployment: DeploymentId::new("Deployments-3").unwrap(), ..seen(TaskState::Failed) });
        let Decision::DeployAnew(Some(because)) = decide(&replaced, false, &Evidence::default()) else {
            panic!("adopted");
        };
        assert!(because.contains("since"), "{because}");
    }

    #[test]
    fn a_particular_deployment_is_taken_over_only_with_evidence() {
        let evidence = |me: &str, started: &str| Evidence {
            build: Some(BuildIdentity::new("7")),
            me: UserId::new(me),
            build_started: Some(started.parse().unwrap()),
        };
        let mine = |state| Seen { by: UserId::new("Users-1"), ..seen(state) };
        let before = "2026-05-01T09:59:00Z";
        let after = "2026-05-01T10:01:00Z";
        for (me, started, expected) in [
            ("Users-1", before, Some(Adopted::StillCurrent)),
            ("Users-1", after, None),
            ("Users-2", before, None),
        ] {
            let found = adopts(&standing(mine(TaskState::Success)), true, &evidence(me, started));
            assert_eq!(found, expected, "{me} {started}");
        }
        let marked = Seen { comments: "hi\n<!-- promenade build=7 -->".into(), ..seen(TaskState::Success) };
        assert!(adopts(&standing(marked), true, &evidence("Users-2", after)).is_some());
        let nothing = Evidence::default();
        assert_eq!(adopts(&standing(seen(TaskState::Success)), true, &nothing), None);
        assert_eq!(adopts(&standing(seen(TaskState::Executing)), true, &nothing), Some(Adopted::Unfinished));
        assert_eq!(adopts(&standing(seen(TaskState::Executing)), true, &evidence("Users-2", before)), None);
    }

    #[test]
    fn a_state_that_is_not_known_is_taken_over_while_it_has_not_ended() {
        let none = Evidence::default();
        let new = |is_completed| Seen { is_completed, ..seen(TaskState::Other("Paused".into())) };
        assert_eq!(adopts(&standing(new(false)), false, &none), Some(Adopted::Unfinished));
        assert_eq!(adopts(&standing(new(true)), false, &none), None);
    }

    #[test]
    fn one_is_ours_by_its_creation_only_from_the_start_of_the_build_on() {
        let evidence = Evidence {
            build: None,
            me: UserId::new("Users-1"),
            build_started: Some("2026-05-01T10:00:00Z".parse().unwrap()),
        };
        let made = |created: Option<&str>| {
            let created = created.map(|it| it.parse().unwrap());
            standing(Seen { created, by: UserId::new("Users-1"), ..seen(TaskState::Executing) })
        };
        for (created, expected) in [
            (Some("2026-05-01T10:00:00Z"), Some(Adopted::Unfinished)),
            // The clocks may differ by two seconds.
            (Some("2026-05-01T09:59:58Z"), Some(Adopted::Unfinished)),
            (Some("2026-05-01T09:59:57Z"), None),
            (None, None),
        ] {
            assert_eq!(adopts(&made(created), true, &evidence), expected, "{created:?}");
        }
        let half = Evidence { build_started: None, ..evidence };
        assert_eq!(adopts(&made(None), true, &half), Some(Adopted::Unfinished), "the start is not known");
    }
}
