//! What documents without a problem become.

use std::time::Duration;

use super::support::{HOME, checked, flow, notes};
use crate::flow::definition::{
    Definitions, EnvironmentDeploy, Flow, Hooks, OctopusEnvironment, Retry, StepAction, WhenPersonNeeded,
};
use crate::model::{FreezeOverride, GuidedFailure, Tenants};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn defined(text: &str) -> Definitions {
    checked(&[("f.yaml", text), ("home.yaml", HOME)]).expect("no problem").definitions
}

fn the_flow(text: &str) -> Flow {
    defined(text).flows.remove(&"f".into()).expect("the flow")
}

#[test]
fn a_flow_of_codefresh_is_read_unchanged() {
    let text = "apiVersion: codefresh.io/v1beta1\nkind: PromotionFlow\nmetadata:\n  name: f\n  annotations: {description: \
                A flow., version: '1.00'}\nspec:\n  triggerEnvironment: dev\n  promotionTimeoutLimit: 5\n  steps:\n  - \
                environment: prod\n    dependsOn: [qa, dev, qa]\n    policy: {action: pr}\n  - environment: qa\n    \
                dependsOn: [dev]\n    policy: {action: commit}\n";
    let flow = the_flow(text);
    assert_eq!(flow.description.as_deref(), Some("A flow."));
    assert_eq!(
        (flow.trigger.as_str(), flow.limit, flow.every_wait_counts),
        ("dev", Duration::from_secs(300), true)
    );
    assert_eq!((flow.hooks, flow.unsupported), (Hooks::default(), vec![]));
    let steps: Vec<_> = flow
        .steps
        .iter()
        .map(|it| {
            let on: Vec<_> = it.depends_on.iter().map(|it| it.as_str()).collect();
            (it.environment.as_str(), on, it.action)
        })
        .collect();
    assert_eq!(
        steps,
        [("prod", vec!["qa", "dev"], StepAction::PullRequest), ("qa", vec!["dev"], StepAction::Commit)]
    );
}

#[test]
fn a_flow_of_our_own_counts_no_waits_and_names_durations() {
    let own = |limit: &str| {
        let text = flow(&format!("  - {{environment: qa, dependsOn: [dev]}}\n{limit}"));
        the_flow(&text.replace("codefresh.io/v1beta1", "promenade/v1"))
    };
    let week = own("  timeLimit: 14d\n");
    assert_eq!((week.limit, week.every_wait_counts), (14 * DAY, false));
    assert_eq!(own("").limit, DAY);
    assert_eq!(own("").steps[0].action, StepAction::Deploy);
    let codefresh = the_flow(&flow("  - {environment: qa, dependsOn: [dev]}\n"));
    assert_eq!((codefresh.limit, codefresh.every_wait_counts), (DAY, true));
}

#[test]
fn what_is_not_carried_out_is_listed_and_noted() {
    let text = flow(
        "  - environment: qa\n    dependsOn: [dev]\n    policy: {action: none, preAction: smoke, postAction: load}\n    hooks: \
         {onStart: a, onFail: b}\n  hooks: {onSuccess: c}\n  postTrigger: d\n",
    );
    let said = notes(&text);
    let end = "is read, and not carried out yet: the flow `f` refuses to start";
    let expected: Vec<_> = [
        "f.yaml:9:22: the action `none` of `qa`",
        "f.yaml:9:39: the preAction `smoke` of `qa`",
        "f.yaml:9:58: the postAction `load` of `qa`",
        "f.yaml:10:22: the hook onStart `a` of `qa`",
        "f.yaml:10:33: the hook onFail `b` of `qa`",
        "f.yaml:11:22: the hook onSuccess `c`",
        "f.yaml:12:16: the postTrigger `d`",
    ]
    .iter()
    .map(|it| format!("{it} {end}"))
    .collect();
    assert_eq!(said, expected);
    let flow = the_flow(&text);
    assert_eq!(flow.unsupported.len(), 7);
    assert_eq!(flow.steps[0].pre_action.as_deref(), Some("smoke"));
    assert_eq!(flow.hooks.on_success.as_deref(), Some("c"));
}

#[test]
fn a_policy_of_the_folder_may_be_about_any_flow_and_so_stops_all() {
    let policy = "---\napiVersion: codefresh.io/v1beta1\nkind: PromotionPolicy\nspec: {}\n";
    let text = flow("  - {environment: qa, dependsOn: [dev]}\n") + policy;
    let flow = the_flow(&text);
    assert_eq!(flow.unsupported.len(), 1);
    assert!(flow.unsupported[0].what.starts_with("a PromotionPolicy of this folder"));
}

#[test]
fn notes_name_what_may_surprise() {
    let text = flow("  - {environment: qa, dependsOn: [dev]}\n").replace("name: f", "name: g");
    let home = HOME.replace("flows: [f]", "flows: []");
    let said = checked(&[("f.yaml", &text), ("home.yaml", &home)]).expect("no problem").notes;
    let said: Vec<_> = said.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "no product lists the flow `g`, so nothing can start it",
            "no action is named for `qa`; on Octopus Deploy that means: deploy the release",
        ]
    );
}

#[test]
fn nothing_is_said_of_octopus_where_an_environment_is_not_there() {
    let text = flow("  - {environment: qa, dependsOn: [dev], policy: {action: pr}}\n");
    let nowhere = HOME.replace("spec: {octopus: {}}", "spec: {}").replace("flows: [f]", "flows: []");
    let said = checked(&[("f.yaml", &text), ("home.yaml", &nowhere)]).expect("no problem").notes;
    let said: Vec<_> = said.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(said, ["no product lists the flow `f`, so nothing can start it"]);
}

#[test]
fn an_environment_has_defaults() {
    let environments = defined(&flow("  - {environment: qa, dependsOn: [dev]}\n")).environments;
    let qa = environments.get(&"qa".into()).expect("qa");
    assert_eq!((qa.order, qa.production), (0, false));
    let there = OctopusEnvironment { connection: "default".into(), space: None, environment: "qa".into() };
    assert_eq!(qa.octopus, Some(there));
    let minutes = |it: u64| Duration::from_secs(it * 60);
    assert_eq!(
        qa.deploy,
        EnvironmentDeploy {
            when_person_needed: WhenPersonNeeded::Wait,
            time_limit: minutes(60),
            stop_limit: minutes(5),
            person_limit: 7 * DAY,
            retry: Retry { tries: 1, first: Duration::from_secs(30), factor: 2, most: minutes(60) },
            guided_failure: GuidedFailure::Default,
            skip_steps: vec![],
            force_package_download: false,
            force_redeployment: false,
            freeze_override: None,
            notes: None,
        }
    );
}

#[test]
fn an_environment_says_where_it_is_and_how_it_is_deployed_to() {
    let text = format!(
        "{}---\napiVersion: promenade/v1\nkind: Environment\nmetadata: {{name: eu}}\nspec:\n  order: -2\n  production: true\n  \
         octopus: {{connection: eu, space: Shop, environment: Production}}\n  deploy:\n    whenPersonNeeded: failStep\n    \
         timeLimit: 2h\n    stopLimit: 90s\n    personLimit: 30d\n    tries: 3\n    retryAfter: 2h\n    guidedFailure: on\n    \
         skipSteps: [Smoke test]\n    forcePackageDownload: true\n    forceRedeployment: true\n    freezeOverride: {{freezes: \
         [Xmas], reason: hotfix}}\n    notes: by promenade\n",
        flow("  - {environment: qa, dependsOn: [dev]}\n")
    );
    let environments = defined(&text).environments;
    let eu = environments.get(&"eu".into()).expect("eu");
    assert_eq!((eu.order, eu.production), (-2, true));
    let there = OctopusEnvironment {
        connection: "eu".into(),
        space: Some("Shop".into()),
        environment: "Production".into(),
    };
    assert_eq!(eu.octopus, Some(there));
    let hours = |it: u64| Duration::from_secs(it * 3600);
    assert_eq!(
        eu.deploy,
        EnvironmentDeploy {
            when_person_needed: WhenPersonNeeded::FailStep,
            time_limit: hours(2),
            stop_limit: Duration::from_secs(90),
            person_limit: 30 * DAY,
            // The pauses never become shorter than the first one.
            retry: Retry { tries: 3, first: hours(2), factor: 2, most: hours(2) },
            guided_failure: GuidedFailure::On,
            skip_steps: vec!["Smoke test".into()],
            force_package_download: true,
            force_redeployment: true,
            freeze_override: Some(FreezeOverride {
                freezes: vec!["Xmas".to_owned()],
                reason: "hotfix".to_owned()
            }),
            notes: Some("by promenade".to_owned()),
        }
    );
}

#[test]
fn a_product_has_applications_and_their_tenants() {
    let text = format!(
        "{}---\napiVersion: promenade/v1\nkind: Product\nmetadata: {{name: p}}\nspec:\n  flows: [f, f]\n  applications:\n  - \
         {{name: a, octopus: {{project: A, channel: Stable, tenants: ['*']}}}}\n  - {{name: b, octopus: {{project: B, tenants: \
         [Acme], tenantTags: [Region/EU]}}}}\n  - {{name: c, octopus: {{project: C}}}}\n",
        flow("  - {environment: qa, dependsOn: [dev]}\n")
    );
    let products = defined(&text).products;
    let product = products.get(&"p".into()).expect("p");
    assert_eq!(product.flows, ["f".into()]);
    let of = |at: usize| product.applications[at].octopus.clone().expect("octopus");
    assert_eq!(
        (of(0).project.as_str(), of(0).channel, of(0).tenants),
        ("A", Some("Stable".into()), Tenants::All)
    );
    assert_eq!(of(1).tenants, Tenants::Some { names: vec!["Acme".into()], tags: vec!["Region/EU".into()] });
    assert_eq!((of(2).channel, of(2).tenants), (None, Tenants::Untenanted));
}

#[test]
fn steps_are_ordered_by_what_they_depend_on_and_else_as_written() {
    let text =
        flow("  - {environment: prod, dependsOn: [qa, dev]}\n  - {environment: qa, dependsOn: [dev]}\n");
    let order = |flow: &Flow| -> Vec<String> {
        flow.in_order().into_iter().map(|it| it.environment.to_string()).collect()
    };
    let mut flow = the_flow(&text);
    assert_eq!(order(&flow), ["qa", "prod"]);
    // What was not checked loses no step.
    flow.steps[1].depends_on = vec!["prod".into()];
    assert_eq!(order(&flow), ["prod", "qa"]);
}
