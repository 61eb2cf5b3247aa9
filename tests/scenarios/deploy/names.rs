//! Steps and prompted variables by name: what the server would pass over is refused before anything is sent.

use serde_json::json;

use crate::support::shop::{Ran, Shop, build, project, restricted_user, with};

use super::{made, made_in};

/// A portal with a step that runs for some tenants alone, and a release of it.
fn portal() -> Shop {
    let shop = Shop::changed(|seed| {
        let warm_up = json!({ "name": "Warm up", "seconds": 1, "tenantTags": ["Ring/Early"] });
        project(seed, "Portal")["steps"].as_array_mut().expect("steps").push(warm_up);
        project(seed, "Portal")["history"] = json!([
            { "version": "3.0.0", "ago": "9d", "deployments": [
                { "environment": "Development", "tenant": "Acme", "ago": "9d" },
                { "environment": "Development", "tenant": "Globex", "ago": "8d" } ] },
            { "version": "3.1.0", "ago": "5d", "deployments": [
                { "environment": "Development", "tenant": "Acme", "ago": "5d" } ] } ]);
    });
    made_in(shop, "Portal", "4.0.0")
}

fn run(shop: &Shop, verb: &[&str], flags: &[&str]) -> Ran {
    shop.forget();
    shop.run(&[verb, &["--project", "Portal", "--no-wait"], flags].concat())
}

#[test]
fn a_step_is_looked_for_where_the_tenants_deployment_runs_it() {
    let deploy = ["deploy", "--version", "4.0.0", "--to", "Development", "--again"];
    let promote = ["promote", "--from", "Development", "--to", "Test", "--again"];
    let shop = portal();
    // Promotions first: what left a step out in Development is not promoted.
    for verb in [&promote[..], &deploy] {
        for notes in [&[][..], &["--notes", "n"]] {
            let acme = [&["--tenant", "Acme", "--skip-step", "Warm up"], notes].concat();
            run(&shop, verb, &acme).passes();
            let all = shop.deployments();
            assert_eq!(all.last().unwrap()["skippedSteps"], json!(["Warm up"]), "{acme:?}");
            let globex = [&["--tenant", "Globex", "--skip-step", "Warm up"], notes].concat();
            run(&shop, verb, &globex).ends(1).says(&[
                "error: the deployment process has no step 'Warm up'",
                "what to do: it has 'Deploy portal'",
            ]);
            // Acme has another release than Globex, so a promotion sends two requests; neither is sent.
            let wrong =
                [&["--tenant", "Acme", "--tenant", "Globex", "--skip-step", "Warm pu"], notes].concat();
            let made = shop.deployments().len();
            run(&shop, verb, &wrong).ends(1).says(&["has no step 'Warm pu'"]);
            assert_eq!((shop.deployments().len(), shop.written().len()), (made, 0));
            let both =
                [&["--tenant", "Acme", "--tenant", "Globex", "--skip-step", "Warm up"], notes].concat();
            run(&shop, verb, &both).passes();
            assert_eq!(shop.deployments().len(), made + 2, "one of them runs it, so it is no slip");
        }
    }
}

#[test]
fn a_step_for_a_new_release_and_all_tenants_is_looked_for() {
    let settings = "[create]\nversion = \"5.0.0\"\n[deploy]\nto = [\"Development\"]\ntenants = [\"*\"]\nwait = false\n\
                    skip-steps = [\"Warm up\"]\n";
    let shop = portal();
    shop.handle("Portal", settings, &build("1")).passes();
    assert_eq!(shop.deployments().len(), 2);
    let wrong = settings.replace("5.0.0", "5.1.0").replace("Warm up", "Warm pu");
    shop.handle("Portal", &wrong, &build("2")).ends(1).says(&["has no step 'Warm pu'"]);
    assert_eq!(shop.deployments().len(), 2);
}

const DEPLOY: &str = "[deploy]\nversion = \"1.0.0\"\nto = [\"Development\"]\nagain = true\n";
const PROMOTE: &str = "[[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\nagain = true\n";
const VARIABLES: &str = "[prompted-variables]\nApprover = \"bob\"\nToken = \"t\"\n";

#[test]
fn an_unknown_prompted_variable_is_refused_on_every_route_before_anything_is_sent() {
    let shop = made("Asking Shop", "1.0.0");
    shop.handle("Asking Shop", &format!("{DEPLOY}{VARIABLES}"), &build("1")).passes();
    let variables = VARIABLES.replace("Approver", "Aprover");
    for action in [DEPLOY, PROMOTE] {
        for notes in ["", "notes = \"n\"\n"] {
            shop.forget();
            shop.handle("Asking Shop", &format!("{action}{notes}{variables}"), &build("2"))
                .ends(1)
                .says(&["there is no prompted variable 'Aprover'; the nearest is 'Approver'"]);
            assert_eq!((shop.deployments().len(), shop.written()), (1, vec![]), "{action}{notes}");
        }
    }
}

#[test]
fn a_variable_that_another_environment_asks_for_is_no_slip() {
    // The settings' variables are those of all actions; Development does not ask for Token.
    for notes in ["", "notes = \"n\"\n"] {
        let shop = made("Asking Shop", "1.0.0");
        let settings = format!("{DEPLOY}{notes}{PROMOTE}{notes}{VARIABLES}");
        shop.handle("Asking Shop", &settings, &build("1")).passes();
        let made = shop.deployments();
        assert_eq!(made.len(), 2);
        assert_eq!(made[1]["variables"], json!({ "Approver": "bob", "Token": "t" }));
    }
}

#[test]
fn without_such_names_nothing_more_is_asked() {
    let shop = made("Quick Shop", "1.0.0");
    let settings = "[create]\nversion = \"2.0.0\"\n[deploy]\nto = [\"Development\"]\nwait = false\n";
    shop.handle("Quick Shop", settings, &build("1")).passes();
    let paths: Vec<_> = shop.requests().iter().map(|it| it.path.clone()).collect();
    // Project, its template of notes, environments and lifecycles, which have to be known before anything is changed,
    // and the channels, since a lifecycle of the space deploys by itself; nothing else.
    assert_eq!(paths.len(), 7, "{paths:?}");
    assert!(paths.iter().all(|it| !it.contains("process") && !it.contains("preview")), "{paths:?}");
}

#[test]
fn a_project_whose_prompted_variables_cannot_be_known_is_left_to_the_server() {
    let mut blind = "";
    let granted = ["DeploymentCreate", "DeploymentView", "LifecycleView", "ProjectView", "TaskView"];
    let shop = Shop::changed(|seed| {
        blind = restricted_user(seed, &granted);
        project(seed, "Asking Shop")["history"] = json!([{ "version": "1.0.0", "ago": "5d",
            "deployments": [{ "environment": "Development", "ago": "5d" }] }]);
    });
    let promote =
        ["promote", "--project", "Asking Shop", "--from", "Development", "--to", "Test", "--no-wait"];
    let ran = |variables: &[&str]| {
        let mut command = shop.command(&[&promote[..], variables].concat());
        command.env("OCTOPUS_API_KEY", blind);
        Ran::of(command)
    };
    ran(&["--variable", "Aprover=a", "--variable", "Token=t"])
        .ends(1)
        .says(&["The prompted variable 'Approver' is required"]);
    ran(&["--variable", "Approver=a", "--variable", "Token=t"]).passes();
    // A step is not left to it: the server would run the misspelt one.
    ran(&["--skip-step", "Deploy"]).ends(1).says(&["previewing the deployment to Test was refused"]);
}

/// With its variables taken in anew, a release may ask for other values than it did when the run began.
#[test]
fn what_a_release_asks_for_is_read_again_once_its_variables_were_refreshed() {
    let shop = made("Asking Shop", "1.0.0");
    let settings = "[deploy]\nversion = \"1.0.0\"\nto = [\"Development\"]\nrefresh-variables = true\n\
                    [[promote]]\nfrom = \"Development\"\nto = [\"Test\"]\n\
                    [prompted-variables]\nApprover = \"ann\"\nToken = { env = \"MY_TOKEN\" }";
    let command = shop.handling("Asking Shop", settings, &json!({"id": "77", "number": "482"}));
    Ran::of(with(command, "MY_TOKEN", "a-secret-value")).passes();
    let paths: Vec<_> = shop.requests().into_iter().map(|it| it.path).collect();
    let refreshed = paths.iter().position(|it| it.ends_with("/snapshot-variables")).expect("a refresh");
    let is_preview = |it: &&String| it.contains("/deployments/preview/");
    let (before, after) = paths.split_at(refreshed);
    assert!(before.iter().filter(is_preview).count() > 1, "Token is looked for elsewhere: {before:?}");
    assert!(after.iter().any(|it| is_preview(&it)), "{after:?}");
}
