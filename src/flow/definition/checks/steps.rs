//! The steps of a flow, one by one.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Origin;
use crate::flow::definition::draft::{Drafts, FlowDraft, StepDraft};
use crate::flow::definition::found::Found;
use crate::flow::definition::spot::{Spot, place};
use crate::text::choices;

/// The most steps of a flow.
pub(super) const MOST_STEPS: usize = 500;

/// What is wrong with single steps.
pub(super) fn flow(flow: &FlowDraft<'_>, found: &mut Found) {
    if let Some(step) = flow.steps.get(MOST_STEPS) {
        let message = format!("the flow `{}` has {} steps", flow.name.text, flow.steps.len());
        let remedy = format!("split it; a flow has at most {MOST_STEPS} steps");
        found.problem(step.environment.origin, message, remedy);
    }
    environments(flow, found);
    let known: BTreeSet<&str> = flow.environments().map(|it| it.text).collect();
    for step in flow.steps.iter().take(MOST_STEPS) {
        dependencies(flow, step, &known, found);
    }
}

/// Each environment is a step once, and the trigger is none.
fn environments(flow: &FlowDraft<'_>, found: &mut Found) {
    let mut seen: BTreeMap<&str, &Origin> = BTreeMap::new();
    for Spot { text, origin } in flow.steps.iter().map(|it| it.environment) {
        if flow.trigger.is_some_and(|it| it.text == text) {
            let message = format!("`{text}` is the trigger environment, so it cannot be a step");
            found.problem(origin, message, "remove the step, or change `triggerEnvironment`");
        } else if let Some(first) = seen.get(text) {
            let message =
                format!("a second step for the environment `{text}`; the first is at {}", place(first));
            found.problem(origin, message, "remove one of them");
        } else {
            seen.insert(text, origin);
        }
    }
}

/// Each dependency is a step or the trigger, and another one than this step. `known` are the environments of the flow.
fn dependencies(flow: &FlowDraft<'_>, step: &StepDraft<'_>, known: &BTreeSet<&str>, found: &mut Found) {
    let this = step.environment.text;
    let others = || known.iter().copied().filter(|it| *it != this);
    for it in &step.depends_on {
        if it.text == this {
            let remedy = format!("remove it, or write {}", choices(others().take(20)));
            found.problem(it.origin, format!("step `{this}` depends on itself"), remedy);
        } else if !known.contains(it.text) && flow.is_readable {
            let message =
                format!("`{}` is not a step of this flow, and not its trigger environment", it.text);
            let remedy = match found.nearest(it.text, others()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add a step for it, or write {}", choices(others().take(20))),
            };
            found.problem(it.origin, message, remedy);
        }
    }
}

/// What the actions of steps mean on Octopus Deploy, for environments that are there.
pub(super) fn actions(flow: &FlowDraft<'_>, drafts: &Drafts<'_>, found: &mut Found) {
    let is_there =
        |it: &&StepDraft<'_>| drafts.environment(it.environment.text).is_some_and(|it| it.octopus.is_some());
    flow.steps.iter().filter(is_there).for_each(|it| action(flow, it, found));
}

fn action(flow: &FlowDraft<'_>, step: &StepDraft<'_>, found: &mut Found) {
    let environment = step.environment.text;
    match step.action {
        Some(Spot { text: text @ ("commit" | "pr"), origin }) => {
            let message = format!(
                "`{text}` means here: deploy the release, since `{environment}` is on Octopus Deploy"
            );
            found.note(origin, message);
        }
        None if flow.is_codefresh => {
            let message = format!(
                "no action is named for `{environment}`; on Octopus Deploy that means: deploy the release"
            );
            found.note(step.environment.origin, message);
        }
        _ => {}
    }
}
