//! Every option of the settings arrives in the action's options.

use super::given::*;
use crate::actions::{Answer, GivingUp, IfExists, PersonNeeded, VersionChoice, Wait};
use crate::ci::plan::{PlannedRelease, Work};
use crate::model::{
    EnvironmentName, FreezeOverride, GuidedFailure, PackageChoice, PromptedValue, TenantTarget, Tenants,
};

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
    let options = promote(&plan.actions[0]);
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
fn blank_options_are_options_that_were_left_out() {
    let text = "[create]\nversion = ' '\npackage-version = ''\nnotes = ' '\nnotes-file = ''\ngit-ref = ' '\ngit-commit = ''\n\
                [deploy]\nto = [' a ']\nversion = ''\nnotes = ' '";
    let plan = plan(text).expect("a plan");
    let Work::Create(create) = &run(&plan.actions[0]).work else { panic!("no create") };
    assert_eq!((&create.version, &create.default_package_version), (&VersionChoice::ServerDecides, &None));
    assert_eq!((&create.notes, &create.git.git_ref, &create.git.commit), (&None, &None, &None));
    assert_eq!((create.if_exists, create.ignore_channel_rules), (IfExists::Fail, false));
    let (release, deploy) = deployed(&plan.actions[1]);
    assert_eq!((release, &deploy.deployment.notes), (&PlannedRelease::ThisBuild(None), &None));
    assert_eq!(deploy.to.iter().map(EnvironmentName::as_str).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn tenants_are_none_or_all_or_those_that_are_named() {
    let tenants = |keys: &str| {
        let plan = plan(&format!("[deploy]\nto = ['a']\n{keys}")).expect("a plan");
        deploy(&plan.actions[0]).tenants.clone()
    };
    assert_eq!(tenants(""), Tenants::Untenanted);
    assert_eq!(tenants("tenants = ['*']"), Tenants::All);
    let some = |names: &[&str], tags: &[&str]| Tenants::Some {
        names: names.iter().map(|it| (*it).into()).collect(),
        tags: tags.iter().map(|it| (*it).into()).collect(),
    };
    assert_eq!(tenants("tenants = ['A']"), some(&["A"], &[]));
    assert_eq!(tenants("tenants = ['A', ' B ']"), some(&["A", "B"], &[]));
    assert_eq!(tenants("tenant-tags = [' R/E ']"), some(&[], &["R/E"]));
}

#[test]
fn each_way_to_wait_arrives() {
    let wait = |keys: &str| {
        let plan = plan(&format!("[deploy]\nto = ['a']\n{keys}")).expect("a plan");
        deploy(&plan.actions[0]).wait.clone()
    };
    assert_eq!(wait(""), Wait::default());
    assert_eq!(wait("wait = false"), Wait::No);
    let waits = |keys: &str| match wait(keys) {
        Wait::ForResults(options) => options,
        Wait::No => panic!("no wait"),
    };
    let timeout = waits("on-timeout = 'cancel'");
    assert_eq!((timeout.on_timeout, timeout.on_interrupt), (GivingUp::Cancel, GivingUp::Leave));
    let interrupt = waits("on-timeout = 'leave'\non-interrupt = 'cancel'");
    assert_eq!((interrupt.on_timeout, interrupt.on_interrupt), (GivingUp::Leave, GivingUp::Cancel));
    for (written, meant) in [
        ("wait", PersonNeeded::Wait),
        ("fail", PersonNeeded::Fail),
        ("proceed", PersonNeeded::Answer(Answer::Proceed)),
        ("abort", PersonNeeded::Answer(Answer::Abort)),
        ("fail-step", PersonNeeded::Answer(Answer::Fail)),
        ("retry", PersonNeeded::Answer(Answer::Retry)),
        ("ignore", PersonNeeded::Answer(Answer::Ignore)),
        ("exclude", PersonNeeded::Answer(Answer::Exclude)),
    ] {
        let options = waits(&format!("when-person-needed = '{written}'"));
        assert_eq!(options.when_person_needed, meant, "{written}");
    }
    for (written, meant) in
        [("default", GuidedFailure::Default), ("on", GuidedFailure::On), ("off", GuidedFailure::Off)]
    {
        let plan = plan(&format!("[deploy]\nto = ['a']\nguided-failure = '{written}'")).expect("a plan");
        assert_eq!(deploy(&plan.actions[0]).deployment.guided_failure, meant, "{written}");
    }
}
