//! Plans from settings and events.

use std::collections::BTreeMap;

use super::given::*;
use crate::ci::plan::{Decision, Occasion, PlannedPromotion, PlannedRelease};
use crate::event::{Build, BuildEvent, Moment, Status};
use crate::model::{ActionKind, GuidedFailure};

#[test]
fn actions_run_in_their_order_with_their_values() {
    let plan = plan(
        "deploy.to = ['$Build.Branch$', 'Dev']\n[[promote]]\nfrom = 'Test'\nto = ['Prod']\n[[promote]]\nfrom = 'X'\n\
         to = ['Y']\nfail-build = false\nlog = false\n[create]\nversion = '$Build.Version$-b'",
    )
    .expect("a plan");
    let titles: Vec<_> = plan.actions.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(
        titles,
        ["Create a release", "Deploy to release/1, Dev", "Promote from Test to Prod", "Promote from X to Y"]
    );
    assert_eq!(*deployed(&plan.actions[1]).0, PlannedRelease::ThisBuild(Some("1.2.3-b".into())));
    assert_eq!(*promoted(&plan.actions[2]).0, PlannedPromotion::LatestSuccessful);
    assert_eq!(promote(&plan.actions[2]).channel, Some("C".into()));
    let settings_of = |at: usize| (run(&plan.actions[at]).fail_build, run(&plan.actions[at]).log);
    assert_eq!((settings_of(2), settings_of(3)), ((true, true), (false, false)));
}

#[test]
fn each_action_waits_for_its_own_event_stage_and_status() {
    let when = |when: &str, event: &BuildEvent| {
        let plan = plan_for(&format!("[deploy]\nto = ['a']\nwhen = {{ {when} }}"), event).expect("a plan");
        match &plan.actions[0].decision {
            Decision::Run(_) => "runs".to_owned(),
            Decision::Skip(reason) => reason.to_string(),
        }
    };
    let mut stage = BuildEvent::new(Moment::StageCompleted, Build::new("1"));
    stage.stage = Some("Test".into());
    stage.status = Some(Status::Failed);
    let started = BuildEvent::new(Moment::AfterBuildStarted, Build::new("1"));
    let mut nameless = BuildEvent::new(Moment::BuildCompleted, Build::new("1"));
    for (written, event, expected) in [
        ("", &completed(), "runs"),
        ("", &started, "runs"),
        ("", &stage, "it waits for the status successful, and this is failed"),
        ("", &nameless.clone(), "it waits for the status successful, and the event names no status"),
        ("status = 'failed'", &stage, "runs"),
        ("event = 'stage-completed', stage = 'test', status = 'failed'", &stage, "runs"),
        (
            "stage = 'Other', status = 'failed'",
            &stage,
            "it waits for the stage \"Other\", and this is \"Test\"",
        ),
        ("stage = ''", &completed(), "runs"),
        ("stage = 'S'", &completed(), "it waits for the stage \"S\", and the event names no stage"),
        (
            "event = 'build-completed'",
            &stage,
            "it waits for the event build-completed, and this is stage-completed",
        ),
    ] {
        assert_eq!(when(written, event), expected, "{written} on {event:?}");
    }
    nameless.status = Some(Status::Cancelled);
    assert!(when("", &nameless).contains("this is cancelled"));
    assert!(when("status = 'failed'", &nameless).contains("this is cancelled"));
    assert_eq!(when("status = 'cancelled'", &nameless), "runs");
}

#[test]
fn what_an_action_waits_for_is_checked_when_expressions_have_given_it() {
    let plan_of = |status: Status, when: &str, result: &str| {
        let mut event = completed();
        event.status = Some(status);
        event.stage = Some("Test".into());
        event.variables.insert("Result".into(), result.into());
        plan_for(&format!("[deploy]\nto = ['a']\nwhen = {{ {when} }}"), &event)
    };
    let plan = |when: &str, result: &str| plan_of(Status::Successful, when, result);
    run(&plan("status = '%Result%'", "successful").expect("a plan").actions[0]);
    run(&plan("stage = '%Result%'", "test").expect("a plan").actions[0]);
    let failed = plan("status = '%Result%'", "failed").expect("a plan");
    assert_eq!(skipped(&failed.actions[0]), "it waits for the status failed, and this is successful");
    for status in [Status::Successful, Status::Failed] {
        for key in ["status", "event"] {
            let error =
                plan_of(status, &format!("{key} = '%Result%'"), "sucessful").expect_err("no such word");
            assert!(error.contains(&format!("deploy.when.{key} cannot be `sucessful`")), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
    let error = plan("stage = '%Reslt%'", "x").expect_err("undefined");
    assert!(error.contains("did you mean `%Result%`"), "{error}");
}

#[test]
fn conditions_hold_for_all_actions_and_are_reported_with_both_values() {
    let with = |rows: &str| plan(&format!("deploy.to = ['a']\ncreate = {{}}\n[conditions]\n{rows}"));
    let first = |rows: &str| match &with(rows).expect("a plan").actions[1].decision {
        Decision::Run(_) => "runs".to_owned(),
        Decision::Skip(reason) => reason.to_string(),
    };
    let branch = "{ left = '$Build.Branch$', op = 'matches', right = '^release/' }";
    let main = "{ left = '$Build.Branch$', op = 'equals', right = 'main' }";
    let tag = "{ left = '$Build.Tag$', op = 'is-not-empty' }";
    assert_eq!(first(&format!("all = [{branch}]")), "runs");
    assert_eq!(
        first(&format!("all = [{branch}, {main}]")),
        "a condition is not met: $Build.Branch$ is \"release/1\", which must meet: equals \"main\""
    );
    assert_eq!(first(&format!("any = [{main}, {branch}]")), "runs");
    let none = first(&format!("any = [{main}, {tag}]"));
    assert!(
        none.contains("none of these holds")
            && none.ends_with("$Build.Tag$ is \"\", which must meet: is not empty")
    );
    assert!(first(&format!("all = [{branch}]\nany = [{tag}]")).contains("none of these holds"));
    let error = with("all = [{ left = '%Nothing%', op = 'is-empty' }]").expect_err("undefined");
    assert!(error.contains("p.toml:5:8: the variable `%Nothing%` is not defined"), "{error}");
}

#[test]
fn every_expression_without_a_value_is_reported_before_anything_runs() {
    let error = plan(
        "[create]\nversion = '%Ver%'\nnotes-file = 'absent.md'\n[deploy]\nto = ['$Build.Tag$']\n[prompted-variables]\nA = '%Aprover%'\nB = { env = 'GONE' }\n\
         [[promote]]\nfrom = '%Unused%'\nto = ['x']\nwhen = { event = 'build-pending-promotion' }",
    )
    .expect_err("problems");
    for words in [
        "`%Ver%`",
        "`$Build.Tag$` has no value",
        "did you mean `%Approver%`",
        "prompted-variables.B cannot be read",
    ] {
        assert!(error.contains(words), "{words} is not in {error}");
    }
    // The promotion does not run on this event, so its variable may be missing.
    assert!(!error.contains("Unused"), "{error}");
    let error = plan("[create]\nnotes-file = 'absent.md'").expect_err("no file");
    assert!(
        error.contains("p.toml:3:14: the release notes `absent.md` cannot be read: not found"),
        "{error}"
    );
}

#[test]
fn values_are_checked_when_expressions_have_given_them() {
    let mut event = completed();
    event.variables.insert("Limit".into(), "soon".into());
    event.variables.insert("Guide".into(), "on".into());
    event.variables.insert("Package".into(), "no version".into());
    let wrong = "[create]\npackages = ['%Package%']\n[deploy]\nto = ['a']\ntime-limit = '%Limit%'";
    let error = plan_for(wrong, &event).expect_err("problems");
    assert!(error.contains("deploy.time-limit is not a duration: `soon`"), "{error}");
    assert!(error.contains("`no version` is not a package version"), "{error}");
    let right = plan_for("[deploy]\nto = ['a']\nguided-failure = '%Guide%'", &event).expect("a plan");
    assert_eq!(deploy(&right.actions[0]).deployment.guided_failure, GuidedFailure::On);
}

#[test]
fn a_deploy_takes_the_named_release_or_this_builds_or_the_latest() {
    let release =
        |text: &str| deployed(plan(text).expect("a plan").actions.last().expect("a deploy")).0.clone();
    assert_eq!(release("[deploy]\nto = ['a']\nversion = '9'"), PlannedRelease::Exact("9".into()));
    assert_eq!(release("deploy.to = ['a']"), PlannedRelease::LatestOfChannel(Some("C".into())));
    assert_eq!(release("[create]\n[deploy]\nto = ['a']\nversion = ' '"), PlannedRelease::ThisBuild(None));
    // Also where the create itself does not run now.
    let other =
        "[create]\nversion = '$Build.Version$'\nwhen = { event = 'stage-completed' }\n[deploy]\nto = ['a']";
    assert_eq!(release(other), PlannedRelease::ThisBuild(Some("1.2.3".into())));
}

#[test]
fn a_promotion_of_this_build_alone_knows_its_version() {
    let with = |create: &str| {
        plan(&format!("{create}\n[[promote]]\nfrom = 'a'\nto = ['b']\nonly-this-build = true"))
            .map(|it| promoted(it.actions.last().expect("a promote")).0.clone())
    };
    assert_eq!(with(""), Ok(PlannedPromotion::OnlyThisBuild(Some("1.2.3".into()))));
    assert_eq!(with("[create]\nversion = '7'"), Ok(PlannedPromotion::OnlyThisBuild(Some("7".into()))));
    assert_eq!(with("[create]"), Ok(PlannedPromotion::OnlyThisBuild(None)));
    let mut event = completed();
    event.build.version = None;
    let error =
        plan_for("[[promote]]\nfrom = 'a'\nto = ['b']\nonly-this-build = true", &event).expect_err("unknown");
    assert!(error.contains("this build's release is not known"), "{error}");
}

#[test]
fn nothing_is_edited_when_nothing_runs() {
    let text = "[deploy]\nto = ['a']\nwhen = { event = 'stage-completed' }\n[edit-project-variables]\nA = '%Undefined%'";
    let plan = plan(text).expect("a plan");
    assert!(plan.edit_project_variables.is_empty());
    assert!(skipped(&plan.actions[0]).starts_with("it waits for the event stage-completed"));
}

#[test]
fn a_command_runs_its_action_whatever_event_and_conditions_say() {
    let text = "[create]\nversion = '5'\n[deploy]\nto = ['a']\nwhen = { event = 'stage-completed' }\n\
                [conditions]\nall = [{ left = 'a', op = 'equals', right = 'b' }]";
    let plan = crate::ci::plan::plan(
        &settings(text),
        Occasion::Command(ActionKind::Deploy, None),
        &BTreeMap::new(),
        &Fake,
    )
    .expect("a plan");
    assert_eq!(skipped(&plan.actions[0]), "another action was asked for");
    assert_eq!(*deployed(&plan.actions[1]).0, PlannedRelease::ThisBuild(Some("5".into())));
    assert_eq!(deploy(&plan.actions[1]).to.iter().count(), 1);
}

#[test]
fn settings_without_an_action_are_wrong_for_an_event() {
    let error = plan("").expect_err("nothing to do");
    assert!(error.contains("no action is configured; add a `[create]`"), "{error}");
}

#[test]
fn what_is_wrong_is_reported_once() {
    let problems = |text: &str| {
        let occasion = Occasion::Event(&completed());
        let error =
            crate::ci::plan::plan(&settings(text), occasion, &BTreeMap::new(), &Fake).expect_err("a problem");
        error.to_string().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    // Neither is a text without its value compared with what it should be, nor a wrong one read.
    let missing = problems("[deploy]\nto = ['a']\ntime-limit = '%Limit%'");
    assert_eq!(missing.len(), 1, "{missing:#?}");
    let mistaken = problems("[deploy]\nto = ['a']\ntime-limit = '$Build.Version$'");
    assert_eq!(mistaken.len(), 1, "{mistaken:#?}");
}

#[test]
fn prompted_variables_are_read_only_for_what_is_deployed() {
    let with = |deploys: &str| {
        let when = "when = { event = 'stage-completed' }";
        plan(&format!(
            "[create]\n{}\n[deploy]\nto = ['a']\n{}\n[prompted-variables]\nToken = {{ env = 'GONE' }}",
            if deploys == "create" { "" } else { when },
            if deploys == "deploy" { "" } else { when },
        ))
    };
    assert!(with("create").is_ok(), "a release is made without them");
    let error = with("deploy").expect_err("no such variable");
    assert!(error.contains("prompted-variables.Token cannot be read"), "{error}");
}
