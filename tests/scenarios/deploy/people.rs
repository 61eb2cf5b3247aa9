//! The people whom a deployment asks: what is told of them, and what is answered for them.

use crate::support::shop::{Ran, Shop, restricted_user, with};

use super::{made, made_in};

/// A project that asks people, with one release.
fn careful(flags: &[&str]) -> (Shop, Ran) {
    let shop = made("Careful Shop", "1.0.0");
    let run = ["deploy", "--project", "Careful Shop", "--version", "1.0.0", "--to", "Development"];
    let ran = shop.run(&[&run[..], flags].concat());
    (shop, ran)
}

#[test]
fn waiting_for_a_person_says_what_is_asked_of_whom_and_where() {
    let (shop, ran) = careful(&["--time-limit", "3s"]);
    let link = format!("{}/app#/Spaces-1/tasks/ServerTasks-", shop.sandbox.url());
    ran.ends(3).says(&[
        "deploy: Development: waiting for a manual intervention: 'Approve'",
        ", by Release Managers",
        &format!("; answer it at {link}"),
        "deploy: Development: undecided: the time limit was over; the deployment keeps running",
    ]);
}

/// How often the names of teams were asked for.
fn asked_for_teams(shop: &Shop) -> usize {
    shop.requests().iter().filter(|it| it.path.ends_with("/teams")).count()
}

#[test]
fn the_names_of_teams_are_asked_for_once() {
    // Answering looks at the questions after every look at the task.
    let (shop, ran) = careful(&["--when-person-needed", "retry", "--time-limit", "3s"]);
    ran.ends(3).says(&[", by Release Managers"]);
    let asked = shop.requests().iter().filter(|it| it.path.ends_with("/interruptions")).count();
    assert!(asked > 1, "{asked}");
    assert_eq!(asked_for_teams(&shop), 1);
    let (shop, ran) = careful(&["--when-person-needed", "proceed"]);
    ran.passes();
    assert_eq!(asked_for_teams(&shop), 1);
}

#[test]
fn a_team_that_is_not_shown_is_told_by_its_id() {
    let mut blind = "";
    let granted = [
        "DeploymentCreate",
        "DeploymentView",
        "EnvironmentView",
        "InterruptionView",
        "ProcessView",
        "ProjectView",
        "ReleaseView",
        "TaskView",
    ];
    let shop = Shop::changed(|seed| {
        blind = restricted_user(seed, &granted);
    });
    let shop = made_in(shop, "Careful Shop", "1.0.0");
    let run = ["deploy", "--project", "Careful Shop", "--version", "1.0.0", "--to", "Development"];
    let ran = Ran::of(with(
        shop.command(&[&run[..], &["--when-person-needed", "retry", "--time-limit", "3s"]].concat()),
        "OCTOPUS_API_KEY",
        blind,
    ));
    ran.ends(3).says(&["'Approve'", ", by teams-managers; answer it at"]);
    assert_eq!(asked_for_teams(&shop), 1, "a refusal is not asked for again");
}

#[test]
fn a_person_who_is_needed_can_end_the_wait() {
    let (shop, ran) = careful(&["--when-person-needed", "fail"]);
    ran.ends(1).says(&["deploy: Development: failed: a person is needed"]);
    assert_eq!(shop.deployments_in_words(), ["1.0.0 to Development: Executing"]);
}

#[test]
fn an_intervention_is_answered_as_the_settings_say() {
    let (shop, ran) = careful(&["--when-person-needed", "proceed"]);
    ran.passes().says(&["'Approve' was answered with Proceed", "deploy: Development: succeeded"]);
    assert_eq!(shop.body_of("/submit")["Result"], "Proceed");
    let (shop, ran) = careful(&["--when-person-needed", "abort"]);
    ran.ends(1).says(&["'Approve' was answered with Abort", "deploy: Development: failed"]);
    assert_eq!(shop.body_of("/submit")["Result"], "Abort");
}

#[test]
fn an_answer_that_the_form_does_not_offer_is_not_given() {
    let (shop, ran) = careful(&["--when-person-needed", "retry", "--time-limit", "3s"]);
    ran.ends(3).says(&["does not offer the answer Retry, only: Proceed, Abort"]);
    assert!(shop.written().iter().all(|(path, _)| !path.ends_with("/submit")));
}

#[test]
fn guided_failure_is_answered_as_often_as_it_asks() {
    for (answer, code, asked, words) in [
        ("retry", 0, 1, "deploy: Guided: succeeded"),
        ("ignore", 0, 2, "deploy: Guided: succeeded in "),
        ("exclude", 0, 2, "deploy: Guided: succeeded in "),
        ("fail-step", 1, 1, "deploy: Guided: failed"),
    ] {
        let shop = made("Guided Shop", "1.0.0");
        let run = ["deploy", "--project", "Guided Shop", "--version", "1.0.0", "--to", "Guided"];
        shop.run(&[&run[..], &["--when-person-needed", answer]].concat())
            .ends(code)
            .says(&["waiting for guidance on a failure: ", words]);
        let answers = shop.written().iter().filter(|(path, _)| path.ends_with("/submit")).count();
        assert_eq!(answers, asked, "{answer}");
    }
}
