//! The steps of a flow: rings, self-dependencies, what cannot be reached, what is no step.

use super::support::{HOME, checked, flow, problems};

#[test]
fn a_ring_is_named() {
    let two =
        flow("  - {environment: qa, dependsOn: [dev, prod]}\n  - {environment: prod, dependsOn: [qa]}\n");
    assert_eq!(
        problems(&two),
        [
            "f.yaml:7:40: the steps depend on each other in a ring: qa -> prod -> qa; remove `prod` from `dependsOn` of \
          `qa`, or break the ring elsewhere"
        ]
    );
}

/// More environments, for larger graphs.
fn with_environments(names: &[&str], steps: &str) -> Vec<String> {
    let documents: Vec<_> = names
        .iter()
        .map(|it| {
            format!("apiVersion: promenade/v1\nkind: Environment\nmetadata: {{name: {it}}}\nspec: {{octopus: {{}}}}\n")
        })
        .collect();
    let more = documents.join("---\n");
    let text = flow(steps);
    let files = [("f.yaml", text.as_str()), ("home.yaml", HOME), ("more.yaml", more.as_str())];
    checked(&files).expect_err("there is a problem")
}

#[test]
fn every_ring_is_named_once_and_what_waits_for_one_cannot_be_reached() {
    let found = with_environments(
        &["a", "b", "c", "d", "e"],
        "  - {environment: a, dependsOn: [b]}\n  - {environment: b, dependsOn: [a, c]}\n  - {environment: c, \
         dependsOn: [b]}\n  - {environment: d, dependsOn: [dev, c]}\n  - {environment: e, dependsOn: [d]}\n  - \
         {environment: qa, dependsOn: [dev]}\n",
    );
    let expected = [
        "f.yaml:7:34: the steps depend on each other in a ring: a -> b -> a; remove `b` from `dependsOn` of `a`, or \
         break the ring elsewhere",
        "f.yaml:9:34: the steps depend on each other in a ring: c -> b -> c; remove `b` from `dependsOn` of `c`, or \
         break the ring elsewhere",
        "f.yaml:10:39: step `d` cannot be reached from the trigger environment `dev`: `c` never begins; correct `c`, \
         or remove it from `dependsOn` of `d`",
        "f.yaml:11:34: step `e` cannot be reached from the trigger environment `dev`: `d` never begins; correct `d`, \
         or remove it from `dependsOn` of `e`",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_step_does_not_depend_on_itself() {
    let itself =
        flow("  - {environment: qa, dependsOn: [dev, qa]}\n  - {environment: prod, dependsOn: [qa]}\n");
    assert_eq!(
        problems(&itself),
        [
            "f.yaml:7:40: step `qa` depends on itself; remove it, or write `dev` or `prod`",
            "f.yaml:8:37: step `prod` cannot be reached from the trigger environment `dev`: `qa` never begins; correct \
             `qa`, or remove it from `dependsOn` of `prod`",
        ]
    );
}

#[test]
fn the_trigger_environment_is_no_step() {
    let trigger = flow("  - {environment: dev, dependsOn: [qa]}\n  - {environment: qa, dependsOn: [dev]}\n");
    assert_eq!(
        problems(&trigger),
        [
            "f.yaml:7:19: `dev` is the trigger environment, so it cannot be a step; remove the step, or change \
          `triggerEnvironment`"
        ]
    );
}

#[test]
fn an_environment_is_a_step_once() {
    let twice = flow("  - {environment: qa, dependsOn: [dev]}\n  - {environment: qa, dependsOn: [dev]}\n");
    assert_eq!(
        problems(&twice),
        [
            "f.yaml:8:19: a second step for the environment `qa`; the first is at f.yaml:7:19; remove one of them"
        ]
    );
}

#[test]
fn a_dependency_is_a_step_of_the_flow_or_its_trigger() {
    let missing = flow("  - {environment: qa, dependsOn: [dev, prod]}\n");
    assert_eq!(
        problems(&missing),
        [
            "f.yaml:7:40: `prod` is not a step of this flow, and not its trigger environment; add a step for it, or write \
          `dev`"
        ]
    );
    let misspelt =
        flow("  - {environment: qa, dependsOn: [dev]}\n  - {environment: prod, dependsOn: [Qa]}\n");
    assert_eq!(
        problems(&misspelt),
        ["f.yaml:8:37: `Qa` is not a step of this flow, and not its trigger environment; did you mean `qa`?"]
    );
}

#[test]
fn a_step_depends_on_something() {
    let missing = flow("  - {environment: qa}\n  - {environment: prod, dependsOn: []}\n");
    assert_eq!(
        problems(&missing),
        [
            "f.yaml:7:5: `dependsOn` is missing in `spec.steps[1]`; add it; it is a list",
            "f.yaml:8:36: spec.steps[2].dependsOn is an empty list; name at least one",
        ]
    );
}

#[test]
fn a_flow_has_so_many_steps_and_no_more() {
    let many = |count: usize| -> String {
        let step = |it: usize| format!("  - {{environment: e{it}, dependsOn: [dev]}}\n");
        flow(&(0..count).map(step).collect::<String>())
    };
    let is_too_many = |it: &String| it.ends_with("split it; a flow has at most 500 steps");
    assert!(problems(&many(501)).iter().any(is_too_many));
    assert!(!problems(&many(500)).iter().any(is_too_many));
}

#[test]
fn a_long_chain_and_a_wide_ring_are_read_in_time() {
    let names: Vec<_> = (0..500).map(|it| format!("e{it}")).collect();
    let all = names.join(", ");
    let steps: String =
        names.iter().take(40).map(|it| format!("  - {{environment: {it}, dependsOn: [{all}]}}\n")).collect();
    // Every step depends on itself, on each other one, and on 460 that are none.
    let found = problems(&flow(&steps));
    let count = |words: &str| found.iter().filter(|it| it.contains(words)).count();
    assert_eq!((count("depends on itself"), count("is not a step of this flow")), (40, 40 * 460));
    let rings: Vec<_> = found.iter().filter(|it| it.contains("in a ring")).collect();
    let is_named = |name: &&String| rings.iter().any(|it| it.contains(&format!("{name} -> ")));
    assert_eq!(names.iter().take(40).filter(is_named).count(), 40);
    assert_eq!(count("cannot be reached"), 0);
}
