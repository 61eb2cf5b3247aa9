//! What a run hands to later steps of its build.

use serde_json::{Map, Value};

use super::report::clean;
use super::result::{DeploymentReport, DeploymentState, RunResult};
use super::servers::Output;

/// The output values of a run, always all of them, blank where there is nothing to say:
///
/// - `verdict` and `exit-code`, as the published exit codes have them
/// - `release-version` and `release-url`: the last release that was made or deployed
/// - `deployment-ids` and `task-ids`, joined by commas
/// - `environments`: which version is in which environment now, as JSON; with tenants, `environment/tenant`
#[must_use]
pub fn outputs(result: &RunResult) -> Vec<Output> {
    let release = result.actions.iter().rev().find_map(|it| it.releases.last());
    let deployments = || result.actions.iter().flat_map(|it| &it.deployments);
    let joined = |id: fn(&DeploymentReport) -> &str| deployments().map(id).collect::<Vec<_>>().join(",");
    let value = |name, value: &str| Output { name, value: clean(value) };
    vec![
        value("verdict", result.verdict.name()),
        value("exit-code", &result.exit_code.to_string()),
        value("release-version", release.map(|it| it.version.as_str()).unwrap_or_default()),
        value("release-url", release.map(|it| it.url.as_str()).unwrap_or_default()),
        value("deployment-ids", &joined(|it| &it.id)),
        value("task-ids", &joined(|it| &it.task)),
        value("environments", &environments(result).to_string()),
    ]
}

/// What succeeded, where it is known which release that was: tenants may have had several in one action.
fn environments(result: &RunResult) -> Value {
    let mut versions = Map::new();
    for action in &result.actions {
        let [release] = action.releases.as_slice() else { continue };
        for it in action.deployments.iter().filter(|it| it.state == DeploymentState::Succeeded) {
            let tenant = it.tenant.as_ref().map(|it| format!("/{it}")).unwrap_or_default();
            // Made harmless before it is JSON, of which nothing may be changed any more.
            let target = clean(&format!("{}{tenant}", it.environment));
            versions.insert(target, clean(&release.version).into());
        }
    }
    versions.into()
}
