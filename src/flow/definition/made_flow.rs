//! From documents of promotion flows that fit their schema to typed flows.

use std::time::Duration;

use super::flow::{DEFAULT_FLOW_LIMIT, Flow, Hooks, Step, StepAction, Unsupported};
use super::wire::{
    CodefreshPromotionFlowDocument, FlowHooks, FlowStep, PromotionFlowDocument, StepActionName,
};
use crate::document::{Node, Origin};
use crate::model::EnvironmentName;

/// A flow of Codefresh. `node` is its document, and `origin` where its name is.
pub(super) fn codefresh_flow(
    wire: &CodefreshPromotionFlowDocument,
    node: &Node,
    origin: &Origin,
) -> Option<Flow> {
    let spec = &wire.spec;
    let minutes = spec.promotion_timeout_limit.map(u64::from);
    let limit =
        minutes.map_or(Some(DEFAULT_FLOW_LIMIT), |it| Some(Duration::from_secs(it.checked_mul(60)?)))?;
    let at = node.get("spec")?;
    let mut unsupported = unsupported(&spec.steps, at)?;
    if let Some(name) = &spec.post_trigger {
        add(&mut unsupported, format!("the postTrigger `{name}`"), at.get("postTrigger")?);
    }
    of_hooks(&mut unsupported, &spec.hooks, at, "");
    let annotations = &wire.metadata.annotations;
    Some(Flow {
        name: wire.metadata.name.trim().into(),
        description: annotations.description.clone(),
        version: annotations.version.clone(),
        trigger: spec.trigger_environment.trim().into(),
        steps: steps(&spec.steps, at)?,
        hooks: hooks(&spec.hooks),
        limit,
        every_wait_counts: true,
        unsupported,
        origin: origin.clone(),
    })
}

/// A flow of promenade's own kind.
pub(super) fn own_flow(wire: &PromotionFlowDocument, node: &Node, origin: &Origin) -> Option<Flow> {
    let spec = &wire.spec;
    let at = node.get("spec")?;
    let mut unsupported = unsupported(&spec.steps, at)?;
    of_hooks(&mut unsupported, &spec.hooks, at, "");
    let annotations = &wire.metadata.annotations;
    Some(Flow {
        name: wire.metadata.name.trim().into(),
        description: annotations.description.clone(),
        version: annotations.version.clone(),
        trigger: spec.trigger_environment.trim().into(),
        steps: steps(&spec.steps, at)?,
        hooks: hooks(&spec.hooks),
        limit: spec.time_limit.0,
        every_wait_counts: false,
        unsupported,
        origin: origin.clone(),
    })
}

fn steps(wire: &[FlowStep], spec: &Node) -> Option<Vec<Step>> {
    let nodes = spec.get("steps")?.list()?;
    wire.iter().zip(nodes).map(|(wire, node)| step(wire, node)).collect()
}

fn step(wire: &FlowStep, node: &Node) -> Option<Step> {
    let mut depends_on: Vec<EnvironmentName> = Vec::new();
    for name in wire.depends_on.iter().map(|it| EnvironmentName::new(it.trim())) {
        if !depends_on.contains(&name) {
            depends_on.push(name);
        }
    }
    Some(Step {
        environment: wire.environment.trim().into(),
        depends_on,
        action: match wire.policy.action {
            None => StepAction::Deploy,
            Some(StepActionName::Commit) => StepAction::Commit,
            Some(StepActionName::Pr) => StepAction::PullRequest,
            Some(StepActionName::None) => StepAction::None,
        },
        pre_action: wire.policy.pre_action.clone(),
        post_action: wire.policy.post_action.clone(),
        hooks: hooks(&wire.hooks),
        origin: node.get("environment")?.origin.clone(),
    })
}

fn hooks(wire: &FlowHooks) -> Hooks {
    let FlowHooks { on_start, on_success, on_fail } = wire;
    Hooks { on_start: on_start.clone(), on_success: on_success.clone(), on_fail: on_fail.clone() }
}

/// What the steps ask for and is not carried out yet.
fn unsupported(steps: &[FlowStep], spec: &Node) -> Option<Vec<Unsupported>> {
    let mut found = Vec::new();
    for (step, node) in steps.iter().zip(spec.get("steps")?.list()?) {
        let of = format!(" of `{}`", step.environment.trim());
        let policy = node.get("policy");
        let at = |key: &str| policy.and_then(|it| it.get(key)).unwrap_or(node);
        if step.policy.action == Some(StepActionName::None) {
            add(&mut found, format!("the action `none`{of}"), at("action"));
        }
        for (key, name) in [("preAction", &step.policy.pre_action), ("postAction", &step.policy.post_action)]
        {
            if let Some(name) = name {
                add(&mut found, format!("the {key} `{name}`{of}"), at(key));
            }
        }
        of_hooks(&mut found, &step.hooks, node, &of);
    }
    Some(found)
}

fn of_hooks(found: &mut Vec<Unsupported>, hooks: &FlowHooks, node: &Node, of: &str) {
    let named = [("onStart", &hooks.on_start), ("onSuccess", &hooks.on_success), ("onFail", &hooks.on_fail)];
    for (key, name) in named {
        if let Some(name) = name {
            let at = node.get("hooks").and_then(|it| it.get(key)).unwrap_or(node);
            add(found, format!("the hook {key} `{name}`{of}"), at);
        }
    }
}

fn add(found: &mut Vec<Unsupported>, what: String, node: &Node) {
    found.push(Unsupported { what, origin: node.origin.clone() });
}
