//! A flow as its picture shows it.

use std::collections::BTreeMap;

use super::definition::{Flow, Step, StepAction};
use super::picture::{Graph, GraphNode};
use crate::model::EnvironmentName;

/// The graph of a flow that is not running: its trigger, then its steps in the order of the document.
///
/// Names are compared without regard to upper and lower case, as everywhere in definitions. A dependency on an
/// environment that the flow does not have is shown as a step of its own that says so; in definitions that passed
/// validation there is none.
#[must_use]
pub fn graph_of(flow: &Flow) -> Graph {
    let key = |name: &EnvironmentName| name.as_str().to_lowercase();
    let mut graph = Graph::default();
    let mut known = BTreeMap::from([(key(&flow.trigger), 0)]);
    graph.nodes.push(GraphNode::new(flow.trigger.as_str()).as_trigger());
    for step in &flow.steps {
        known.entry(key(&step.environment)).or_insert(graph.nodes.len());
        graph.nodes.push(GraphNode { lines: lines(step), ..GraphNode::new(step.environment.as_str()) });
    }
    for (step, to) in flow.steps.iter().zip(1..) {
        for name in &step.depends_on {
            let from = *known.entry(key(name)).or_insert_with(|| {
                let lines = vec!["not in this flow".to_owned()];
                graph.nodes.push(GraphNode { lines, ..GraphNode::new(name.as_str()) });
                graph.nodes.len() - 1
            });
            graph.edges.push((from, to));
        }
    }
    graph
}

/// What a step does other than taking a release to its environment.
fn lines(step: &Step) -> Vec<String> {
    let before = step.pre_action.as_ref().map(|it| format!("first {it}"));
    let nothing = (step.action == StepAction::None).then(|| "no action".to_owned());
    let after = step.post_action.as_ref().map(|it| format!("then {it}"));
    before.into_iter().chain(nothing).chain(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Origin;
    use crate::flow::definition::{DEFAULT_FLOW_LIMIT, Hooks};
    use crate::flow::picture::{Screen, layout, terminal};
    use crate::model::FlowName;

    fn step(environment: &str, depends_on: &[&str]) -> Step {
        Step {
            environment: environment.into(),
            depends_on: depends_on.iter().map(|it| (*it).into()).collect(),
            action: StepAction::Commit,
            pre_action: None,
            post_action: None,
            hooks: Hooks::default(),
            origin: Origin::Nowhere,
        }
    }

    fn flow(steps: Vec<Step>) -> Flow {
        Flow {
            name: FlowName::new("to-production"),
            description: None,
            version: None,
            trigger: "dev".into(),
            steps,
            hooks: Hooks::default(),
            limit: DEFAULT_FLOW_LIMIT,
            every_wait_counts: false,
            unsupported: Vec::new(),
            origin: Origin::Nowhere,
        }
    }

    fn drawn(flow: &Flow) -> String {
        let graph = graph_of(flow);
        terminal(&layout(&graph), &graph, &Screen { width: Some(100), colour: false, unicode: true })
    }

    #[test]
    fn steps_are_tied_by_name_whatever_their_order_and_case() {
        let mut qa = step("qa", &["Dev"]);
        qa.pre_action = Some("smoke-test".into());
        let flow = flow(vec![step("prod", &["QA", "staging"]), qa, step("staging", &["dev"])]);
        assert_eq!(graph_of(&flow).edges, [(2, 1), (3, 1), (0, 2), (0, 3)]);
        insta::assert_snapshot!(drawn(&flow), @r#"
                             ┌──────────────────┐
                          ┌─►│ qa               ├─┐
                          │  │ first smoke-test │ │
        ┌───────────────┐ │  └──────────────────┘ │  ┌──────┐
        │ dev (trigger) ├─┤                       ├─►│ prod │
        └───────────────┘ │  ┌──────────────────┐ │  └──────┘
                          └─►│ staging          ├─┘
                             └──────────────────┘
        "#);
    }

    #[test]
    fn a_dependency_that_does_not_exist_is_shown_and_not_left_out() {
        insta::assert_snapshot!(drawn(&flow(vec![step("prod", &["qa"])])), @r#"
        ┌───────────────┐    ┌──────────────────┐    ┌──────┐
        │ dev (trigger) │    │ qa               ├───►│ prod │
        └───────────────┘    │ not in this flow │    └──────┘
                             └──────────────────┘
        "#);
    }
}
