//! A release as the picture of its flow shows it.

use std::time::Duration;

use crate::ci::report::span;
use crate::flow::picture::{Graph, GraphNode, State};

use super::record::{ActivityReport, ReleaseReport};

/// The graph of a release: its environments with their states. Without details it has no lines between them.
#[must_use]
pub fn graph(release: &ReleaseReport) -> Graph {
    let activities = release.details.as_ref().map(|it| it.activities.as_slice()).unwrap_or_default();
    let node = |(at, it): (usize, &super::ReleaseEnvironmentReport)| {
        let of = || activities.iter().filter(|activity| activity.environment == it.name);
        let needs_person = of().any(|it| it.needs_person);
        let lines = of().rfind(|it| it.kind == "deploy").map(took).into_iter().collect();
        let node =
            GraphNode { lines, state: Some(state(&it.status, needs_person)), ..GraphNode::new(&it.name) };
        if at == 0 { node.as_trigger() } else { node }
    };
    let nodes: Vec<GraphNode> = release.environments.iter().enumerate().map(node).collect();
    let position = |name: &String| release.environments.iter().position(|it| it.name == *name);
    let depends_on = release.details.as_ref().map(|it| it.depends_on.as_slice()).unwrap_or_default();
    let of = |(to, names): (usize, &Vec<String>)| {
        names.iter().filter_map(position).map(|from| (from, to)).collect::<Vec<_>>()
    };
    Graph { nodes, edges: depends_on.iter().enumerate().flat_map(of).collect() }
}

fn took(it: &ActivityReport) -> String {
    let took = span(Duration::try_from_secs_f64(it.seconds).unwrap_or_default());
    if it.attempt > 1 { format!("{took}, attempt {}", it.attempt) } else { took }
}

fn state(status: &str, needs_person: bool) -> State {
    match status {
        "running" | "waiting" if needs_person => State::NeedsPerson,
        "running" | "stopping" => State::Running,
        "waiting" => State::Waiting,
        "passed" => State::Passed,
        "failed" => State::Failed,
        "refused" => State::Refused,
        "cancelled" => State::Cancelled,
        "skipped" => State::Skipped,
        "pending" => State::Pending,
        _ => State::Unknown,
    }
}
