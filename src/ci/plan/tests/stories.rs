//! Plans from settings and events.

use secrecy::ExposeSecret;

use crate::actions::{Answer, GivingUp, IfExists, PersonNeeded, VersionChoice};
use crate::ci::plan::*;
use crate::ci::{Build, Document};
use crate::model::{FreezeOverride, GuidedFailure, PackageChoice, TenantTarget};

struct Fake;

impl Sources for Fake {
    fn secret(&self, source: &SecretSource) -> Result<SecretString, String> {
        match source {
            SecretSource::Environment(name) if name == "TOKEN" => Ok("s3cret".into()),
            other => Err(format!("no such thing as {other:?}")),
        }
    }

    fn text(&self, path: &Path) -> Result<String, String> {
        if path.ends_with("notes.md") { Ok("From 50% of $files".into()) } else { Err("not found".into()) }
    }
}

fn settings(actions: &str) -> Settings {
    let connection =
        "connection = { url = \"http://o\", project = \"P\", channel = \"C\", api-key = { env = \"K\" } }\n";
    let document = Document::parse(format!("{connection}{actions}").as_bytes(), "p.toml").expect("TOML");
    Settings::load(&document, &BTreeMap::new()).unwrap_or_else(|it| panic!("{it}"))
}

fn completed() -> BuildEvent {
    let mut event = BuildEvent::new(Moment::BuildCompleted, Build::new("7"));
    event.status = Some(Status::Successful);
    event.build.version = Some("1.2.3".into());
    event.build.branch = Some("release/1".into());
    event.variables.insert("Approver".into(), "Ann".into());
    event
}

fn plan_for(actions: &str, event: &BuildEvent) -> Result<Plan, String> {
    settings(actions).plan(Occasion::Event(event), &BTreeMap::new(), &Fake).map_err(|it| it.to_string())
}

fn plan(actions: &str) -> Result<Plan, String> {
    plan_for(actions, &completed())
}

fn run(planned: &Planned) -> &PlannedAction {
    match &planned.decision {
        Decision::Run(action) => action,
        Decision::Skip(reason) => panic!("{} is skipped: {reason}", planned.title),
    }
}

fn skipped(planned: &Planned) -> String {
    match &planned.decision {
        Decision::Run(_) => panic!("{} runs", planned.title),
        Decision::Skip(reason) => reason.to_string(),
    }
}

fn deploy(planned: &Planned) -> &PlannedDeploy {
    if let Work::Deploy(deploy) = &run(planned).work {
        deploy
    } else {
        panic!("{} is no deploy", planned.title)
    }
}

fn promote(planned: &Planned) -> &PlannedPromote {
    if let Work::Promote(it) = &run(planned).work { it } else { panic!("{} is no promote", planned.title) }
}

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
    assert_eq!(deploy(&plan.actions[1]).release, PlannedRelease::ThisBuild(Some("1.2.3-b".into())));
    assert_eq!(promote(&plan.actions[2]).release, PlannedPromotion::LatestSuccessful);
    assert_eq!(promote(&plan.actions[2]).channel, Some("C".into()));
    let told = |at: usize| (run(&plan.actions[at]).fail_build, run(&plan.actions[at]).log);
    assert_eq!((told(2), told(3)), ((true, true), (false, false)));
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
    for (written, event, told) in [
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
        assert_eq!(when(written, event), told, "{written} on {event:?}");
    }
    nameless.status = Some(Status::Cancelled);
    assert!(when("", &nameless).contains("this is cancelled"));
    assert!(when("status = 'failed'", &nameless).contains("this is cancelled"));
    assert_eq!(when("status = 'cancelled'", &nameless), "runs");
}

#[test]
fn conditions_hold_for_all_actions_and_are_told_with_both_values() {
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
    let told = with("all = [{ left = '%Nothing%', op = 'is-empty' }]").expect_err("undefined");
    assert!(told.contains("p.toml:5:8: the variable `%Nothing%` is not defined"), "{told}");
}

#[test]
fn every_expression_without_a_value_is_told_before_anything_runs() {
    let told = plan(
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
        assert!(told.contains(words), "{words} is not in {told}");
    }
    // The promotion does not run on this event, so its variable may be missing.
    assert!(!told.contains("Unused"), "{told}");
    let told = plan("[create]\nnotes-file = 'absent.md'").expect_err("no file");
    assert!(told.contains("p.toml:3:14: the release notes `absent.md` cannot be read: not found"), "{told}");
}

#[test]
fn values_are_checked_when_expressions_have_given_them() {
    let mut event = completed();
    event.variables.insert("Limit".into(), "soon".into());
    event.variables.insert("Guide".into(), "on".into());
    event.variables.insert("Package".into(), "no version".into());
    let wrong = "[create]\npackages = ['%Package%']\n[deploy]\nto = ['a']\ntime-limit = '%Limit%'";
    let told = plan_for(wrong, &event).expect_err("problems");
    assert!(told.contains("deploy.time-limit is no duration: `soon`"), "{told}");
    assert!(told.contains("`no version` is no package version"), "{told}");
    let right = plan_for("[deploy]\nto = ['a']\nguided-failure = '%Guide%'", &event).expect("a plan");
    assert_eq!(deploy(&right.actions[0]).deployment.guided_failure, GuidedFailure::On);
}

#[test]
fn a_deploy_takes_the_named_release_or_this_builds_or_the_latest() {
    let release =
        |text: &str| deploy(plan(text).expect("a plan").actions.last().expect("a deploy")).release.clone();
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
            .map(|it| promote(it.actions.last().expect("a promote")).release.clone())
    };
    assert_eq!(with(""), Ok(PlannedPromotion::OnlyThisBuild(Some("1.2.3".into()))));
    assert_eq!(with("[create]\nversion = '7'"), Ok(PlannedPromotion::OnlyThisBuild(Some("7".into()))));
    assert_eq!(with("[create]"), Ok(PlannedPromotion::OnlyThisBuild(None)));
    let mut event = completed();
    event.build.version = None;
    let told =
        plan_for("[[promote]]\nfrom = 'a'\nto = ['b']\nonly-this-build = true", &event).expect_err("unknown");
    assert!(told.contains("this build's release is not known"), "{told}");
}

#[test]
fn a_promotion_from_where_this_run_deploys_is_tied_to_it() {
    let chain = "[deploy]\nto = ['Dev']\n%\n[[promote]]\nfrom = 'dev'\nto = ['Test']\n[[promote]]\nfrom = 'Test'\nto = ['Prod']\n\
                 [[promote]]\nfrom = 'Elsewhere'\nto = ['Prod']";
    let tied = |insert: &str| plan(&chain.replace('%', insert));
    let plan = tied("").expect("a plan");
    let releases: Vec<_> = plan.actions[1..].iter().map(|it| promote(it).release.clone()).collect();
    assert_eq!(
        releases,
        [PlannedPromotion::OfThisRun(0), PlannedPromotion::OfThisRun(1), PlannedPromotion::LatestSuccessful]
    );
    let told = tied("wait = false").expect_err("not waited for");
    assert!(
        told.starts_with(
            "p.toml:6:8: `from` is what \"Deploy to Dev\" deploys to, and that is not waited for"
        ),
        "{told}"
    );
    // Another event starts the deploy, so this run does not deploy there.
    let apart = tied("wait = false\nwhen = { event = 'stage-completed' }").expect("a plan");
    assert_eq!(promote(&apart.actions[1]).release, PlannedPromotion::LatestSuccessful);
    // Its tenants have their own releases there.
    let tenants = tied("tenants = ['A']").expect("a plan");
    assert_eq!(promote(&tenants.actions[1]).release, PlannedPromotion::LatestSuccessful);
}

#[test]
fn a_tied_promotion_may_name_the_same_version_and_no_other() {
    let named = |version: &str| {
        plan(&format!(
            "[deploy]\nto = ['a']\nversion = '1'\n[[promote]]\nfrom = 'a'\nto = ['b']\nversion = '{version}'"
        ))
    };
    assert_eq!(promote(&named("1").expect("a plan").actions[1]).release, PlannedPromotion::OfThisRun(0));
    let told = named("2").expect_err("another version");
    assert!(told.contains("that release alone can be promoted"), "{told}");
}

#[test]
fn every_option_of_a_create_arrives() {
    let plan = plan(
        "[create]\nversion = '1.0'\npackage-version = '2'\npackages = ['\"Web\" = \"3\"']\nskip-if-exists = true\n\
         notes-file = 'notes.md'\ngit-ref = 'main'\ngit-commit = 'abc'\ngit-resources = ['S:r']\nignore-channel-rules = true\n\
         custom-fields = { Ticket = '%Approver%' }\ntime-limit = '5m'",
    )
    .expect("a plan");
    let Work::Create(options) = &run(&plan.actions[0]).work else { panic!("no create") };
    assert_eq!(options.version, VersionChoice::Exact("1.0".into()));
    assert_eq!((options.project.as_str(), options.channel.as_ref()), ("P", Some(&"C".into())));
    assert_eq!(options.default_package_version.as_deref(), Some("2"));
    let web = PackageChoice { step: Some("Web".into()), package: None, version: "3".into() };
    assert_eq!(options.packages, [web]);
    assert_eq!(options.if_exists, IfExists::Reuse);
    assert_eq!(options.notes.as_deref(), Some("From 50% of $files"));
    assert_eq!((options.git.git_ref.as_deref(), options.git.commit.as_deref()), (Some("main"), Some("abc")));
    assert_eq!(options.git.resources, ["S:r"]);
    assert!(options.ignore_channel_rules);
    assert_eq!(options.custom_fields["Ticket"], "Ann");
    assert_eq!(options.time_limit.as_secs(), 300);
}

#[test]
fn every_option_of_a_deployment_arrives() {
    let plan = plan(
        "[[promote]]\nfrom = 'a'\nto = ['b', 'c']\nallow-downgrade = true\ntenants = ['T']\ntenant-tags = ['R/E']\n\
         force-package-download = true\nforce-redeployment = true\nmachines = ['m']\nexcluded-machines = ['n']\n\
         skip-steps = ['s']\nguided-failure = 'off'\nrun-at = '2026-12-01T22:00:00+01:00'\n\
         no-run-after = '2026-12-01T22:00:00Z'\nfreeze-override = { freezes = ['f'], reason = 'r' }\nnotes = 'n'\n\
         refresh-variables = true\nagain = true\ntime-limit = '90s'\non-timeout = 'cancel'\non-interrupt = 'cancel'\n\
         when-person-needed = 'retry'\nlog = false\n[prompted-variables]\nApprover = '%Approver%'\nToken = { env = 'TOKEN' }\n\
         [edit-project-variables]\nColour = 'red'",
    )
    .expect("a plan");
    let it = promote(&plan.actions[0]);
    let options = it.options(PromotionChoice::LatestSuccessful);
    assert_eq!((options.project.as_str(), options.from.as_str(), options.allow_downgrade), ("P", "a", true));
    assert_eq!(options.to.iter().map(EnvironmentName::as_str).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(options.tenants, Tenants::Some { names: vec!["T".into()], tags: vec!["R/E".into()] });
    assert_eq!(options.time_limit.as_secs(), 90);
    let Wait::ForResults(wait) = &options.wait else { panic!("no wait") };
    assert_eq!((wait.on_timeout, wait.on_interrupt, wait.log), (GivingUp::Cancel, GivingUp::Cancel, false));
    assert_eq!(wait.when_person_needed, PersonNeeded::Answer(Answer::Retry));
    let how = &options.deployment;
    assert!(how.force_package_download && how.force_redeployment && how.refresh_variables && how.again);
    assert_eq!(
        (how.machines.as_slice(), how.excluded_machines.as_slice()),
        (&["m".into()][..], &["n".into()][..])
    );
    assert_eq!((how.skip_steps.as_slice(), how.guided_failure), (&["s".into()][..], GuidedFailure::Off));
    let schedule = how.schedule.expect("a schedule");
    assert_eq!(schedule.run_at.to_string(), "2026-12-01T21:00:00Z");
    assert_eq!(schedule.no_run_after.map(|it| it.to_string()).as_deref(), Some("2026-12-01T22:00:00Z"));
    let freeze = FreezeOverride { freezes: vec!["f".into()], reason: "r".into() };
    assert_eq!((how.freeze_override.as_ref(), how.notes.as_deref()), (Some(&freeze), Some("n")));
    assert!(matches!(&how.variables["Approver"], PromptedValue::Plain(it) if it == "Ann"));
    assert!(matches!(&how.variables["Token"], PromptedValue::Secret(it) if it.expose_secret() == "s3cret"));
    assert_eq!(plan.edit_project_variables["Colour"].expose(), "red");
    assert!(!format!("{plan:?}").contains("s3cret"));
    let target = TenantTarget { environment: "b".into(), tenant: None };
    assert_eq!(target.environment, options.to.iter().next().cloned().expect("a target"));
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
    let plan = settings(text)
        .plan(Occasion::Command(ActionKind::Deploy, None), &BTreeMap::new(), &Fake)
        .expect("a plan");
    assert_eq!(skipped(&plan.actions[0]), "another action was asked for");
    assert_eq!(deploy(&plan.actions[1]).release, PlannedRelease::ThisBuild(Some("5".into())));
    assert_eq!(deploy(&plan.actions[1]).options(ReleaseChoice::Latest(None)).to.iter().count(), 1);
}

#[test]
fn settings_without_an_action_are_wrong_for_an_event() {
    let told = plan("").expect_err("nothing to do");
    assert!(told.contains("no action is configured; add a `[create]`"), "{told}");
}
