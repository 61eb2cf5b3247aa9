//! Which texts leave for the server, and in which form.

use super::given::*;
use crate::actions::CreateOptions;
use crate::ci::plan::{Plan, Work};
use crate::event::BuildEvent;
use crate::model::{PromptedValue, Tenants};

/// The event, with words from outside that are an order to the server, and a secret of this run.
fn event() -> BuildEvent {
    let mut event = completed();
    event.build.branch = Some("fix-#{Database.Password}".into());
    event.variables.insert("Secret".into(), "mine is s3cret".into());
    event.variables.insert("Half".into(), "s3c".into());
    event.variables.insert("Brace".into(), "{Database.Password}".into());
    event.variables.insert("Blank".into(), " ".into());
    event
}

fn planned(actions: &str) -> Result<Plan, String> {
    plan_for(actions, &event())
}

fn create(plan: &Plan) -> &CreateOptions {
    if let Work::Create(it) = &run(&plan.actions[0]).work { it } else { panic!("no create") }
}

fn notes(actions: &str) -> String {
    create(&planned(actions).expect("a plan")).notes.clone().expect("notes")
}

#[test]
fn what_came_from_outside_is_no_template_and_what_settings_say_is() {
    for (text, sent) in [
        ("[create]\nnotes = 'On $Build.Branch$'", "On fix-##{Database.Password}"),
        ("[create]\nnotes = 'No. #%Brace%'", "No. ##{Database.Password}"),
        ("[create]\nnotes = '#{Octopus.Project.Name} of ##{x}'", "#{Octopus.Project.Name} of ##{x}"),
        ("server-templates = true\n[create]\nnotes = 'On $Build.Branch$'", "On fix-#{Database.Password}"),
        ("server-templates = false\n[create]\nnotes = '$Build.Branch$'", "fix-##{Database.Password}"),
    ] {
        assert_eq!(notes(text), sent, "{text}");
    }
    let plan = planned(
        "[create]\ncustom-fields = { Branch = '$Build.Branch$' }\n[deploy]\nto = ['a']\nnotes = '$Build.Branch$'\n\
         [prompted-variables]\nBranch = '$Build.Branch$'\nTemplate = '#{Own}'\nOdd = { env = 'ODD' }\n\
         [edit-project-variables]\nBranch = '$Build.Branch$'",
    )
    .expect("a plan");
    let escaped = "fix-##{Database.Password}";
    assert_eq!(create(&plan).custom_fields["Branch"], escaped);
    let options = &deploy(&plan.actions[1]).deployment;
    assert_eq!(options.notes.as_deref(), Some(escaped));
    assert_eq!(options.variables["Branch"].expose(), escaped);
    assert_eq!(options.variables["Template"].expose(), "#{Own}");
    assert!(matches!(&options.variables["Odd"], PromptedValue::Secret(it) if it.expose_secret() == "p##{w"));
    assert_eq!(plan.edit_project_variables["Branch"].expose(), escaped);
}

#[test]
fn what_came_from_outside_is_no_part_of_a_template_of_the_settings() {
    let error = planned("[create]\nnotes = '#{if $Build.Branch$}x#{/if}'").expect_err("within a template");
    assert!(error.contains("create.notes holds an expression within `#{…}`"), "{error}");
    let through = "server-templates = true\n[create]\nnotes = '#{if $Build.Branch$}x#{/if}'";
    assert_eq!(notes(through), "#{if fix-#{Database.Password}}x#{/if}");
}

#[test]
fn an_expression_that_would_yield_a_secret_is_wrong_wherever_it_stands() {
    for (key, text) in [
        ("create.version", "[create]\nversion = '%Secret%'"),
        ("create.notes", "[create]\nnotes = 'a %Secret% b'"),
        ("create.git-ref", "[create]\ngit-ref = '%Secret%'"),
        ("create.custom-fields.A", "[create]\ncustom-fields = { A = '%Secret%' }"),
        ("deploy.to", "[deploy]\nto = ['%Secret%']"),
        ("deploy.when.stage", "[deploy]\nto = ['a']\nwhen = { stage = '%Secret%' }"),
        ("prompted-variables.A", "[deploy]\nto = ['a']\n[prompted-variables]\nA = '%Secret%'"),
        ("edit-project-variables.A", "[create]\n[edit-project-variables]\nA = '%Secret%'"),
        ("conditions.any", "[create]\n[conditions]\nany = [{ left = '%Secret%', op = 'is-not-empty' }]"),
    ] {
        let error = planned(text).expect_err(text);
        assert!(error.contains(&format!("{key}: `%Secret%` holds a secret of this run")), "{text}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn a_text_that_holds_a_secret_is_wrong_and_notes_go_without_it() {
    for (key, text) in [
        ("create.version", "[create]\nversion = 's3cret'"),
        ("create.package-version", "[create]\npackage-version = '%Half%ret'"),
        ("create.packages", "[create]\npackages = ['Web:s3cret']"),
        ("create.git-ref", "[create]\ngit-ref = 'a-s3cret'"),
        ("create.git-commit", "[create]\ngit-ref = 'a'\ngit-commit = 's3cret'"),
        ("create.git-resources", "[create]\ngit-resources = ['Step:s3cret']"),
        ("create.custom-fields.A", "[create]\ncustom-fields = { A = 's3cret' }"),
        ("a name in create.custom-fields", "[create]\ncustom-fields = { s3cret = 'a' }"),
        ("promote.from", "[[promote]]\nfrom = 's3cret'\nto = ['a']"),
        ("promote.to", "[[promote]]\nfrom = 'a'\nto = ['s3cret']"),
        ("deploy.tenants", "[deploy]\nto = ['a']\ntenants = ['s3cret']"),
        ("deploy.machines", "[deploy]\nto = ['a']\nmachines = ['s3cret']"),
        (
            "deploy.freeze-override.reason",
            "[deploy]\nto = ['a']\nfreeze-override = { freezes = ['f'], reason = 's3cret' }",
        ),
        ("prompted-variables.A", "[deploy]\nto = ['a']\n[prompted-variables]\nA = 'x %Half%ret'"),
        ("a name in prompted-variables", "[deploy]\nto = ['a']\n[prompted-variables]\ns3cret = 'x'"),
        ("edit-project-variables.A", "[create]\n[edit-project-variables]\nA = 's3cret'"),
    ] {
        let error = planned(text).expect_err(text);
        assert!(error.contains(&format!("{key} holds a secret of this run")), "{text}: {error}");
    }
    let plan = planned(
        "[create]\nnotes = 'all s3cret #{Own}'\n[deploy]\nto = ['a']\nnotes = '%Half%ret'\n\
         [prompted-variables]\nToken = { env = 'TOKEN' }",
    )
    .expect("notes do not stop a build, and a secret that is named is one");
    assert_eq!(create(&plan).notes.as_deref(), Some("all *** #{Own}"));
    assert_eq!(deploy(&plan.actions[1]).deployment.notes.as_deref(), Some("***"));
    assert_eq!(
        plan.warnings,
        [
            "create.notes holds a secret of this run; it is sent with *** in its place",
            "deploy.notes holds a secret of this run; it is sent with *** in its place"
        ]
    );
    let plan = planned("[create]\nnotes-file = 'foreign.md'").expect("a plan");
    assert_eq!(create(&plan).notes.as_deref(), Some("Merge ##{Database.Password} of ***"));
    assert_eq!(plan.warnings.len(), 1);
}

#[test]
fn the_names_that_every_action_sends_hold_no_secret() {
    let mut event = completed();
    event.build.id = "s3cret".into();
    event.build.pipeline = Some("of s3cret".into());
    let error = plan_for("[create]", &event).expect_err("secrets");
    assert!(
        error.contains("the event's build.id holds a secret") && error.contains("build.pipeline"),
        "{error}"
    );
    let skipped = plan_for("[create]\nwhen = { event = 'stage-completed' }", &event);
    assert!(skipped.is_ok(), "nothing is sent");
}

#[test]
fn white_space_around_names_is_never_meant() {
    let plan = planned(
        "[create]\nversion = \"1.0\\r\"\npackage-version = ' 2 '\npackages = [\" Web : 3\\r\"]\ngit-ref = \"main\\r\\n\"\n\
         git-commit = ' abc'\ngit-resources = [\"S:r\\r\"]\ncustom-fields = { ' Ticket ' = 'x' }\n\
         [deploy]\nto = [\"a\\r\"]\ntenants = [' * ']\nmachines = [' m ']\n\
         freeze-override = { freezes = [' f '], reason = ' r ' }\n[prompted-variables]\n' Approver ' = 'ann'",
    )
    .expect("a plan");
    let create = create(&plan);
    assert_eq!(create.version, crate::actions::VersionChoice::Exact("1.0".into()));
    assert_eq!(create.default_package_version.as_deref(), Some("2"));
    assert_eq!((create.packages[0].step.as_deref(), create.packages[0].version.as_str()), (Some("Web"), "3"));
    assert_eq!((create.git.git_ref.as_deref(), create.git.commit.as_deref()), (Some("main"), Some("abc")));
    assert_eq!(
        (create.git.resources.as_slice(), create.custom_fields["Ticket"].as_str()),
        (&["S:r".into()][..], "x")
    );
    let deploy = deploy(&plan.actions[1]);
    assert_eq!((&deploy.tenants, deploy.deployment.machines.as_slice()), (&Tenants::All, &["m".into()][..]));
    let freeze = deploy.deployment.freeze_override.as_ref().expect("an override");
    assert_eq!((freeze.freezes.as_slice(), freeze.reason.as_str()), (&["f".to_owned()][..], "r"));
    assert_eq!(deploy.deployment.variables.keys().collect::<Vec<_>>(), ["Approver"]);
}

#[test]
fn a_schedule_beyond_the_time_limit_is_not_waited_for() {
    // It is 20:59.
    let with =
        |keys: &str| planned(&format!("[deploy]\nto = ['a']\nrun-at = '2026-12-01T22:59:00Z'\n{keys}"));
    for keys in ["", "time-limit = '119m'", "on-timeout = 'cancel'"] {
        let error = with(keys).expect_err(keys);
        assert!(error.starts_with("p.toml:4:10: `run-at` (2026-12-01T22:59:00Z) is later than"), "{error}");
    }
    for keys in ["time-limit = '2h'", "wait = false"] {
        assert!(with(keys).is_ok(), "{keys}");
    }
    let promotion =
        "[[promote]]\nfrom = 'a'\nto = ['b']\nrun-at = '2099-01-01T00:00:00Z'\ntime-limit = '168h'";
    assert!(planned(promotion).expect_err("far away").contains("time limit of 168h"));
}
