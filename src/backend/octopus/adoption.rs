//! What of what is there is taken over, and what is asked for. Pure: the survey brings the facts, `deployment_spec.rs` says
//! whether two requests are the same.

use jiff::Timestamp;

use crate::backend::Adopted;
use crate::model::BuildIdentity;
use crate::octopus::ReleaseId;
use crate::octopus::task::TaskState;

use super::deployment_spec::{Comparison, DeploymentSpec, is_scheduled};
use super::history::{After, DeploymentState, History, KnownDeployment};

/// What to do about one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Take this deployment for what is asked for.
    Adopt(Box<KnownDeployment>, Adopted),
    /// Ask for a new one; with a reason where an earlier one is passed over.
    Deploy(Option<String>),
    /// It cannot be told whether what is asked for is there: why.
    Unclear(String),
    /// It was asked for a time that is over, and this build has no deployment for that time: why.
    TooLate(String),
}

/// Decides what becomes of what is asked for at one target.
///
/// An unfinished deployment of the release is taken over where it was asked for the same, and nothing waits behind it;
/// a success where it did the same, and nothing ran there since. Orders are met by a deployment of this build alone
/// that carried the same.
pub(super) fn decide(
    history: &History,
    release: &ReleaseId,
    asked: &DeploymentSpec,
    build: Option<&BuildIdentity>,
    now: Timestamp,
) -> Decision {
    let of_release = history.of(release);
    if asked.schedule.is_some_and(|it| it.run_at <= now) {
        return for_a_time_that_is_over(history, &of_release, asked, build, now);
    }
    let hidden = history.in_question(|_| true);
    let may_be_it = |it: &&&KnownDeployment| {
        it.release == *release
            // It may run or have succeeded, and of a success it does not count how and when.
            && !matches!(asked.does_the_same(it), Comparison::Other(_))
            && may_meet_orders(asked, it, build)
    };
    if let Some(it) = hidden.iter().find(may_be_it) {
        return Decision::Unclear(format!("the server does not show what became of {}", it.name()));
    }
    let mut passed_over = None;
    for it in of_release.iter().filter(|it| it.fate == DeploymentState::Unfinished) {
        match unfinished(history, it, asked, build, now) {
            Ok(decision) => return decision,
            Err(why) => passed_over = passed_over.or_else(|| Some(format!("{} {why}", it.name()))),
        }
    }
    let mut ended: Vec<_> = of_release.iter().filter(|it| it.fate != DeploymentState::Unfinished).collect();
    ended.sort_by_key(|it| std::cmp::Reverse(it.ended()));
    for it in ended {
        let why = match &it.fate {
            DeploymentState::Succeeded => match succeeded(history, it, asked, build, now) {
                Ok(decision) => return decision,
                Err(why) => why,
            },
            DeploymentState::Failed(state) => ended_badly(state),
            DeploymentState::Unfinished | DeploymentState::Unknown => continue,
        };
        passed_over = passed_over.or_else(|| Some(format!("{} {why}", it.name())));
    }
    Decision::Deploy(passed_over)
}

/// What becomes of a deployment that has not finished, or why it is passed over.
fn unfinished(
    history: &History,
    it: &KnownDeployment,
    asked: &DeploymentSpec,
    build: Option<&BuildIdentity>,
    now: Timestamp,
) -> Result<Decision, String> {
    met(asked, it, asked.is_the_same(it, now), build)
        .map_err(|why| format!("has not finished, and {why}"))?;
    match history.behind(it, now) {
        After::Nothing => Ok(Decision::Adopt(Box::new(it.clone()), Adopted::Unfinished)),
        After::Certain(other) => Err(format!("has not finished, and {} waits behind it", other.name())),
        After::Unknown(other) => Ok(Decision::Unclear(format!(
            "{} has not finished, and the server does not show whether {} runs after it",
            it.name(),
            other.name()
        ))),
    }
}

/// What becomes of a success, or why it is passed over.
fn succeeded(
    history: &History,
    it: &KnownDeployment,
    asked: &DeploymentSpec,
    build: Option<&BuildIdentity>,
    now: Timestamp,
) -> Result<Decision, String> {
    met(asked, it, asked.does_the_same(it), build).map_err(|why| format!("succeeded, and {why}"))?;
    match history.after(it, now) {
        After::Nothing => Ok(Decision::Adopt(Box::new(it.clone()), Adopted::StillCurrent)),
        After::Certain(other) => Err(format!("succeeded, and {} came after it", other.name())),
        After::Unknown(other) => Ok(Decision::Unclear(format!(
            "{} did what is asked for, and the server does not show whether {} ran after it",
            it.name(),
            other.name()
        ))),
    }
}

/// How a deployment ended, as a clause.
pub(super) fn ended_badly(state: &TaskState) -> String {
    match state {
        TaskState::Failed => "failed".to_owned(),
        TaskState::Canceled => "was cancelled".to_owned(),
        TaskState::Cancelling => "is being cancelled".to_owned(),
        TaskState::TimedOut => "timed out".to_owned(),
        other => format!("ended as {other}"),
    }
}

/// Whether a deployment meets what is asked for, or why not. What the server does not tell, this build's marker does.
fn met(
    asked: &DeploymentSpec,
    seen: &KnownDeployment,
    likeness: Comparison,
    build: Option<&BuildIdentity>,
) -> Result<(), String> {
    let is_marked = asked.is_marked(seen, build);
    match likeness {
        Comparison::Other(what) => Err(format!("was asked for with other options ({what})")),
        Comparison::Unknown(what) if !is_marked => {
            Err(format!("the server does not tell all that it was asked for with ({what})"))
        }
        Comparison::Same | Comparison::Unknown(_) if asked.orders.is_empty() || is_marked => Ok(()),
        Comparison::Same | Comparison::Unknown(_) => {
            let orders: Vec<_> = asked.orders.iter().copied().collect();
            Err(format!("is not known to have carried out this build's {}", orders.join(", ")))
        }
    }
}

/// Whether a deployment of which the end is hidden may meet the orders: without any, each may.
fn may_meet_orders(asked: &DeploymentSpec, seen: &KnownDeployment, build: Option<&BuildIdentity>) -> bool {
    asked.orders.is_empty() || asked.is_marked(seen, build)
}

/// This build's own deployment for that time is what was asked for. Nothing is sent: it would begin at once, at a
/// time that nobody chose.
fn for_a_time_that_is_over(
    history: &History,
    of_release: &[&KnownDeployment],
    asked: &DeploymentSpec,
    build: Option<&BuildIdentity>,
    now: Timestamp,
) -> Decision {
    let for_then = |it: &&&KnownDeployment| {
        let same = asked.schedule.map(|schedule| is_scheduled(it, schedule));
        same.is_some_and(|it| !matches!(it, Comparison::Other(_))) && asked.is_marked(it, build)
    };
    let over = "run-at lies in the past";
    let Some(own) = of_release.iter().find(for_then) else {
        return Decision::TooLate(format!("{over}, and there is no deployment of this build for that time"));
    };
    match &own.fate {
        DeploymentState::Unfinished => Decision::Adopt(Box::new((*own).clone()), Adopted::Unfinished),
        DeploymentState::Unknown => {
            Decision::Unclear(format!("the server does not show what became of {}", own.name()))
        }
        DeploymentState::Failed(state) => Decision::TooLate(format!(
            "{over}, and this build's deployment for that time, {}, {}",
            own.name(),
            ended_badly(state)
        )),
        DeploymentState::Succeeded => match history.after(own, now) {
            After::Nothing => Decision::Adopt(Box::new((*own).clone()), Adopted::StillCurrent),
            After::Certain(other) => {
                Decision::TooLate(format!("{over}, and {} came after {}", other.name(), own.name()))
            }
            After::Unknown(other) => Decision::Unclear(format!(
                "the server does not show whether {} ran after {}",
                other.name(),
                own.name()
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::SignedDuration;
    use proptest::prelude::*;

    use crate::backend::octopus::history::tests::{seen, ten_o_clock};
    use crate::model::{PromptedValue, Schedule};
    use crate::octopus::MachineId;
    use crate::octopus::deployment::FormValues;

    use super::*;

    /// Eleven o'clock: everything of these stories has been asked for, and most of it has ended.
    fn now() -> Timestamp {
        ten_o_clock() + SignedDuration::from_hours(1)
    }

    fn build(id: &str) -> BuildIdentity {
        BuildIdentity::new(id)
    }

    /// Nothing but the release and the target.
    fn plain() -> DeploymentSpec {
        DeploymentSpec {
            skipped: Some(BTreeSet::new()),
            values: Some(BTreeMap::new()),
            guided: Some(false),
            ..DeploymentSpec::default()
        }
    }

    fn machines(numbers: &[u32]) -> BTreeSet<MachineId> {
        numbers.iter().filter_map(|it| MachineId::new(format!("Machines-{it}"))).collect()
    }

    fn values(pairs: &[(&str, &str)]) -> FormValues {
        let json: BTreeMap<_, _> = pairs.iter().copied().collect();
        serde_json::from_value(serde_json::to_value(json).unwrap()).unwrap()
    }

    /// A deployment of release 1 that was asked for so, as the server's document tells of it.
    fn deployed(
        asked: &DeploymentSpec,
        state: TaskState,
        signed: Option<&BuildIdentity>,
        hides_values: bool,
    ) -> KnownDeployment {
        let ended = !matches!(state, TaskState::Queued | TaskState::Executing);
        let mut it = seen(1, 1, state, 0, ended.then_some(2));
        let document = it.document.as_mut().unwrap();
        document.specific_machine_ids = Some(asked.machines.iter().cloned().collect());
        document.excluded_machine_ids = Some(asked.excluded.iter().cloned().collect());
        document.skip_actions = asked.skipped.as_ref().map(|it| it.iter().cloned().collect());
        document.use_guided_failure = asked.guided;
        let shown = |(name, value): (&String, &PromptedValue)| match value {
            PromptedValue::Plain(value) if !hides_values => Some((name.clone(), value.clone())),
            _ => None,
        };
        let shown: BTreeMap<_, _> = asked.values.iter().flatten().filter_map(shown).collect();
        document.form_values = Some(serde_json::from_value(serde_json::to_value(shown).unwrap()).unwrap());
        if let Some(schedule) = asked.schedule {
            it.due = Some(schedule.run_at);
            document.queue_time = Some(schedule.run_at);
        }
        if let Some(build) = signed {
            let marks = asked.marks();
            let marks: Vec<_> = marks.iter().map(|(key, value)| (*key, value.as_str())).collect();
            document.comments = Some(build.sign("", &marks));
        }
        it
    }

    fn decided(
        history: Vec<KnownDeployment>,
        asked: &DeploymentSpec,
        build: Option<&BuildIdentity>,
    ) -> Decision {
        decide(&History(history), &ReleaseId::new("Releases-1").unwrap(), asked, build, now())
    }

    fn adopts(
        history: Vec<KnownDeployment>,
        asked: &DeploymentSpec,
        build: Option<&BuildIdentity>,
    ) -> Option<Adopted> {
        match decided(history, asked, build) {
            Decision::Adopt(_, why) => Some(why),
            _ => None,
        }
    }

    #[test]
    fn an_unfinished_one_and_a_success_that_nothing_followed_are_taken_over() {
        for (state, expected) in [
            (TaskState::Queued, Some(Adopted::Unfinished)),
            (TaskState::Executing, Some(Adopted::Unfinished)),
            (TaskState::Success, Some(Adopted::StillCurrent)),
            (TaskState::Failed, None),
            (TaskState::Canceled, None),
            (TaskState::Cancelling, None),
            (TaskState::TimedOut, None),
            (TaskState::Other("Paused".into()), None),
        ] {
            let it = deployed(&plain(), state.clone(), None, false);
            assert_eq!(adopts(vec![it], &plain(), None), expected, "{state}");
        }
        let mut paused = deployed(&plain(), TaskState::Executing, None, false);
        paused.fate = DeploymentState::of(&TaskState::Other("Paused".into()), false);
        assert_eq!(adopts(vec![paused], &plain(), None), Some(Adopted::Unfinished));
        assert_eq!(decided(Vec::new(), &plain(), None), Decision::Deploy(None));
    }

    /// Each line: another request than that of the deployment which is there.
    #[test]
    fn another_request_is_not_what_is_there() {
        let plain = plain();
        let on = |numbers: &[u32]| DeploymentSpec { machines: machines(numbers), ..plain.clone() };
        let skips = |id: &str| DeploymentSpec { skipped: Some([id.to_owned()].into()), ..plain.clone() };
        let with = |name: &str, value: &str| DeploymentSpec {
            values: Some([(name.to_owned(), PromptedValue::Plain(value.to_owned()))].into()),
            ..plain.clone()
        };
        for (there, asked) in [
            (on(&[1]), on(&[2])),
            (on(&[1]), plain.clone()),
            (plain.clone(), on(&[1])),
            (on(&[1]), on(&[1, 2])),
            (plain.clone(), DeploymentSpec { excluded: machines(&[1]), ..plain.clone() }),
            (DeploymentSpec { excluded: machines(&[1]), ..plain.clone() }, plain.clone()),
            (skips("a"), plain.clone()),
            (skips("a"), skips("b")),
            (with("Approver", "ann"), with("Approver", "bob")),
            (with("Approver", "ann"), plain.clone()),
            (with("Approver", "ann"), with("Ticket", "ann")),
        ] {
            for state in [TaskState::Success, TaskState::Executing] {
                for signed in [None, Some(build("7"))] {
                    let it = deployed(&there, state.clone(), signed.as_ref(), false);
                    assert_eq!(
                        adopts(vec![it], &asked, Some(&build("7"))),
                        None,
                        "{there:?} {asked:?} {state}"
                    );
                    let same = deployed(&asked, state.clone(), signed.as_ref(), false);
                    assert!(adopts(vec![same], &asked, Some(&build("8"))).is_some(), "{asked:?} {state}");
                }
            }
        }
    }

    #[test]
    fn guided_failure_and_schedule_count_while_it_is_unfinished() {
        let later =
            |hours| Schedule { run_at: now() + SignedDuration::from_hours(hours), no_run_after: None };
        let guided = DeploymentSpec { guided: Some(true), ..plain() };
        let scheduled = DeploymentSpec { schedule: Some(later(20 * 24)), ..plain() };
        let unfinished = |asked: &DeploymentSpec| deployed(asked, TaskState::Queued, None, false);
        assert_eq!(adopts(vec![unfinished(&guided)], &plain(), None), None);
        assert_eq!(adopts(vec![unfinished(&scheduled)], &plain(), None), None);
        assert_eq!(adopts(vec![unfinished(&plain())], &scheduled, None), None);
        let sooner = DeploymentSpec { schedule: Some(later(1)), ..plain() };
        assert_eq!(adopts(vec![unfinished(&scheduled)], &sooner, None), None);
        assert_eq!(adopts(vec![unfinished(&scheduled)], &scheduled, None), Some(Adopted::Unfinished));
        let due = DeploymentSpec { schedule: Some(later(-1)), ..plain() };
        assert_eq!(adopts(vec![unfinished(&due)], &plain(), None), Some(Adopted::Unfinished), "due is now");
        let success = |asked: &DeploymentSpec| deployed(asked, TaskState::Success, None, false);
        assert_eq!(adopts(vec![success(&guided)], &plain(), None), Some(Adopted::StillCurrent));
        assert_eq!(adopts(vec![success(&due)], &scheduled, None), Some(Adopted::StillCurrent));
        let unknown = DeploymentSpec { guided: None, ..plain() };
        assert_eq!(adopts(vec![unfinished(&plain())], &unknown, None), None, "what is usual is not known");
    }

    #[test]
    fn an_expiry_belongs_to_the_schedule() {
        let run_at = now() + SignedDuration::from_hours(1);
        let until = |hours: Option<i64>| DeploymentSpec {
            schedule: Some(Schedule {
                run_at,
                no_run_after: hours.map(|it| now() + SignedDuration::from_hours(it)),
            }),
            ..plain()
        };
        let there = |asked: &DeploymentSpec, signed: Option<&BuildIdentity>| {
            let mut it = deployed(asked, TaskState::Queued, signed, false);
            it.document.as_mut().unwrap().queue_time_expiry = asked.schedule.and_then(|it| it.no_run_after);
            vec![it]
        };
        let mine = build("7");
        for (had, asked, expected) in [
            (Some(2), Some(2), Some(Adopted::Unfinished)),
            (None, None, Some(Adopted::Unfinished)),
            (Some(2), Some(3), None),
            (None, Some(2), None),
            // The server may have set one, or somebody asked for it.
            (Some(2), None, None),
        ] {
            assert_eq!(
                adopts(there(&until(had), None), &until(asked), Some(&mine)),
                expected,
                "{had:?} {asked:?}"
            );
        }
        // This build's marker says what it asked for.
        let mut by_the_server = there(&until(None), Some(&mine));
        by_the_server[0].document.as_mut().unwrap().queue_time_expiry =
            Some(run_at + SignedDuration::from_hours(1));
        assert!(adopts(by_the_server, &until(None), Some(&mine)).is_some());
        assert_eq!(adopts(there(&until(Some(2)), Some(&mine)), &until(None), Some(&mine)), None);
    }

    #[test]
    fn orders_are_met_by_this_build_alone() {
        for order in ["force-package-download", "force-redeployment", "refresh-variables", "again"] {
            let asked = DeploymentSpec { orders: [order].into(), ..plain() };
            for state in [TaskState::Success, TaskState::Executing] {
                let by = |there: &DeploymentSpec, signed: Option<&BuildIdentity>| {
                    deployed(there, state.clone(), signed, false)
                };
                let mine = build("7");
                assert_eq!(adopts(vec![by(&asked, None)], &asked, Some(&mine)), None, "{order}");
                assert_eq!(adopts(vec![by(&asked, Some(&build("8")))], &asked, Some(&mine)), None, "{order}");
                assert_eq!(adopts(vec![by(&plain(), Some(&mine))], &asked, Some(&mine)), None, "{order}");
                assert_eq!(adopts(vec![by(&asked, Some(&mine))], &asked, None), None, "{order}");
                assert!(adopts(vec![by(&asked, Some(&mine))], &asked, Some(&mine)).is_some(), "{order}");
                // What was forced has also been done.
                assert!(
                    adopts(vec![by(&asked, Some(&build("8")))], &plain(), Some(&mine)).is_some(),
                    "{order}"
                );
            }
        }
    }

    #[test]
    fn what_the_server_hides_is_known_by_this_builds_marker_alone() {
        let mut asked = plain();
        asked.values = Some([("Approver".to_owned(), PromptedValue::Plain("ann".into()))].into());
        let mut other = plain();
        other.values = Some([("Approver".to_owned(), PromptedValue::Plain("bob".into()))].into());
        for state in [TaskState::Success, TaskState::Executing] {
            let (mine, others) = (build("7"), build("8"));
            let there = |asked: &DeploymentSpec, signed| deployed(asked, state.clone(), signed, true);
            assert!(adopts(vec![there(&asked, Some(&mine))], &asked, Some(&mine)).is_some());
            assert_eq!(adopts(vec![there(&asked, None)], &asked, Some(&mine)), None);
            assert_eq!(adopts(vec![there(&asked, Some(&others))], &asked, Some(&mine)), None);
            assert_eq!(adopts(vec![there(&other, Some(&mine))], &asked, Some(&mine)), None, "bob is not ann");
            assert_eq!(
                adopts(vec![there(&other, Some(&mine))], &plain(), Some(&mine)),
                None,
                "nor is he nobody"
            );
            let mut short = there(&plain(), None);
            short.document.as_mut().unwrap().skip_actions = None;
            assert_eq!(adopts(vec![short], &plain(), Some(&mine)), None, "a field that is not there");
            let Decision::Deploy(Some(why)) = decided(vec![there(&asked, None)], &asked, Some(&mine)) else {
                panic!("not deployed anew")
            };
            assert!(why.contains("does not tell"), "{why}");
        }
    }

    #[test]
    fn a_success_is_there_only_while_nothing_came_after_it() {
        let success = || deployed(&plain(), TaskState::Success, None, false);
        for state in [TaskState::Success, TaskState::Failed, TaskState::Canceled, TaskState::TimedOut] {
            let after = seen(2, 2, state.clone(), 3, Some(4));
            assert_eq!(adopts(vec![after, success()], &plain(), None), None, "{state}");
        }
        assert_eq!(adopts(vec![seen(2, 2, TaskState::Queued, 3, None), success()], &plain(), None), None);
        let before = seen(2, 2, TaskState::Success, -3, Some(1));
        assert!(adopts(vec![before, success()], &plain(), None).is_some());
        let part = DeploymentSpec { machines: machines(&[1]), ..plain() };
        let of_the_same = KnownDeployment {
            deployment: crate::octopus::DeploymentId::new("Deployments-9").unwrap(),
            created: Some(ten_o_clock() + SignedDuration::from_mins(9)),
            completed: Some(ten_o_clock() + SignedDuration::from_mins(10)),
            ..deployed(&part, TaskState::Success, None, false)
        };
        assert_eq!(adopts(vec![of_the_same, success()], &plain(), None), None, "a part of it came later");
    }

    #[test]
    fn what_waits_in_front_of_something_else_is_not_what_will_be_there() {
        let first = || deployed(&plain(), TaskState::Executing, None, false);
        let behind = |release, due| KnownDeployment {
            due: Some(ten_o_clock() + SignedDuration::from_mins(due)),
            ..seen(2, release, TaskState::Queued, 1, None)
        };
        assert_eq!(adopts(vec![first(), behind(2, 1)], &plain(), None), None, "another release");
        assert!(adopts(vec![first(), behind(2, 24 * 60)], &plain(), None).is_some(), "it is for tomorrow");
        assert!(
            adopts(vec![first(), behind(1, 1)], &plain(), None).is_some(),
            "the same again is taken itself"
        );
        let hidden = KnownDeployment { fate: DeploymentState::Unknown, due: None, ..behind(2, 1) };
        let decision = decided(vec![first(), hidden], &plain(), None);
        assert!(matches!(decision, Decision::Unclear(_)), "it may wait, and it may be over: {decision:?}");
    }

    #[test]
    fn what_is_not_shown_is_unclear_where_it_matters() {
        let hidden = |number, release, created| KnownDeployment {
            fate: DeploymentState::Unknown,
            due: None,
            started: None,
            completed: None,
            ..seen(number, release, TaskState::Queued, created, None)
        };
        let success = || deployed(&plain(), TaskState::Success, None, false);
        let is_unclear = |history| matches!(decided(history, &plain(), None), Decision::Unclear(_));
        assert!(is_unclear(vec![hidden(2, 1, 3)]), "it may run");
        assert!(is_unclear(vec![hidden(2, 1, 3), success()]));
        assert!(is_unclear(vec![hidden(2, 2, 3), success()]), "another release may have come after it");
        assert_eq!(decided(vec![hidden(2, 2, 3)], &plain(), None), Decision::Deploy(None), "of no matter");
        assert!(adopts(vec![hidden(2, 2, -3), success()], &plain(), None).is_some(), "it ended before");
        let part = DeploymentSpec { machines: machines(&[1]), ..plain() };
        let mut other = hidden(2, 1, 3);
        other.document = deployed(&part, TaskState::Queued, None, false).document;
        assert_eq!(decided(vec![other], &plain(), None), Decision::Deploy(None), "it is certainly another");
    }

    #[test]
    fn a_time_that_is_over_is_met_by_this_builds_deployment_for_it() {
        let run_at = ten_o_clock() + SignedDuration::from_mins(1);
        let asked = DeploymentSpec { schedule: Some(Schedule { run_at, no_run_after: None }), ..plain() };
        let (mine, others) = (build("7"), build("8"));
        let there = |state, signed| vec![deployed(&asked, state, signed, false)];
        let is_late = |history| matches!(decided(history, &asked, Some(&mine)), Decision::TooLate(_));
        assert!(is_late(Vec::new()));
        assert!(is_late(there(TaskState::Success, None)));
        assert!(is_late(there(TaskState::Success, Some(&others))));
        assert!(is_late(there(TaskState::Failed, Some(&mine))));
        let then = |state| adopts(there(state, Some(&mine)), &asked, Some(&mine));
        assert_eq!(then(TaskState::Success), Some(Adopted::StillCurrent));
        assert_eq!(then(TaskState::Executing), Some(Adopted::Unfinished));
        let other_time = DeploymentSpec {
            schedule: Some(Schedule { run_at: run_at - SignedDuration::from_mins(9), no_run_after: None }),
            ..plain()
        };
        assert!(is_late(vec![deployed(&other_time, TaskState::Success, Some(&mine), false)]));
    }

    #[test]
    fn a_marker_gives_no_secret_away() {
        let secret = |value: &str| DeploymentSpec {
            values: Some([("Token".to_owned(), PromptedValue::Secret(value.to_owned().into()))].into()),
            ..plain()
        };
        assert_eq!(secret("hunter2").marks(), secret("hunter3").marks());
        assert_ne!(secret("hunter2").marks(), plain().marks());
    }

    #[test]
    fn hidden_values_read_as_none() {
        assert_eq!(values(&[("a", "")]), values(&[]));
    }

    fn any_asked() -> impl Strategy<Value = DeploymentSpec> {
        let ids = || prop::collection::btree_set(0..3_u32, 0..3);
        let value = prop_oneof![
            Just(PromptedValue::Plain("ann".to_owned())),
            Just(PromptedValue::Plain("bob".to_owned())),
            Just(PromptedValue::Secret("ann".to_owned().into())),
        ];
        let values = prop::collection::btree_map("[ab]", value, 0..2);
        let steps = prop::collection::btree_set("[st]", 0..2);
        let schedule = prop::option::of(1..3_i64);
        let orders =
            prop::collection::btree_set(prop::sample::select(vec!["again", "refresh-variables"]), 0..2);
        (ids(), ids(), steps, values, any::<bool>(), schedule, orders).prop_map(
            |(on, excluded, skipped, values, guided, hours, orders)| DeploymentSpec {
                machines: machines(&on.into_iter().collect::<Vec<_>>()),
                excluded: machines(&excluded.into_iter().collect::<Vec<_>>()),
                skipped: Some(skipped),
                values: Some(values),
                guided: Some(guided),
                schedule: hours.map(|hours| Schedule {
                    run_at: now() + SignedDuration::from_hours(hours),
                    no_run_after: None,
                }),
                orders,
                edited: BTreeMap::new(),
            },
        )
    }

    /// What is told of the deployment that is there.
    #[derive(Clone, Copy)]
    struct Told {
        finished: bool,
        same_build: bool,
        signed: bool,
        hides: bool,
    }

    /// Whether two requests differ so that it can be told, by the table at the head of `deployment_spec.rs`: written once more,
    /// without its code.
    fn tells_apart(first: &DeploymentSpec, second: &DeploymentSpec, told: Told) -> bool {
        let Told { finished, same_build, signed, hides } = told;
        let plain = |asked: &DeploymentSpec| -> Vec<(String, Option<String>)> {
            let shown = |it: &PromptedValue| match it {
                PromptedValue::Plain(value) => Some(value.clone()),
                PromptedValue::Secret(_) => None,
            };
            asked.values.iter().flatten().map(|(name, value)| (name.clone(), shown(value))).collect()
        };
        // What the second asks for and the document of the first does not show.
        let shown =
            |name: &String| !hides && plain(first).iter().any(|(it, value)| it == name && value.is_some());
        let is_asked_and_not_shown = plain(second).iter().any(|(name, _)| !shown(name));
        let hidden = |asked: &DeploymentSpec| plain(asked).iter().any(|(_, value)| hides || value.is_none());
        first.machines != second.machines
            || first.excluded != second.excluded
            || first.skipped != second.skipped
            || !finished && (first.guided != second.guided || first.schedule != second.schedule)
            || plain(first) != plain(second) && (signed || !hidden(first))
            || is_asked_and_not_shown && !(same_build && signed)
            || !(second.orders.is_empty() || same_build && signed && second.orders.is_subset(&first.orders))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_request_never_passes_on_the_deployment_of_another(
            first in any_asked(),
            second in any_asked(),
            same in any::<bool>(),
            finished in any::<bool>(),
            same_build in any::<bool>(),
            signed in any::<bool>(),
            hides in any::<bool>(),
        ) {
            // A finished one cannot have been scheduled for a time to come.
            let first = if finished { DeploymentSpec { schedule: None, ..first } } else { first };
            let second = if same { first.clone() } else { second };
            let (mine, others) = (build("7"), build("8"));
            let state = if finished { TaskState::Success } else { TaskState::Queued };
            let signature = signed.then_some(if same_build { &mine } else { &others });
            let there = deployed(&first, state, signature, hides);
            let is_taken = adopts(vec![there], &second, Some(&mine)).is_some();
            let told_apart = tells_apart(&first, &second, Told { finished, same_build, signed, hides });
            prop_assert_eq!(is_taken, !told_apart, "{:?} {:?}", first, second);
        }
    }
}
