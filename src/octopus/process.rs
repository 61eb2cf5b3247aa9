//! Deployment processes: the steps of a deployment.

use serde::Deserialize;

use super::id::{ChannelId, EnvironmentId, ProcessId, ProjectId, SpaceId};
use super::paths::api;
use crate::http::Request;

/// A deployment process.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Process {
    /// Its steps, in order.
    pub steps: Vec<ProcessStep>,
}

impl Process {
    /// The actions of all steps, in order. What people call a step is, to the API, an action.
    pub fn actions(&self) -> impl Iterator<Item = &ProcessAction> {
        self.steps.iter().flat_map(|step| &step.actions)
    }
}

/// One step: one action, or several that run one after the other on each machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct ProcessStep {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub actions: Vec<ProcessAction>,
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessAction {
    /// Its id, by which the older way to deploy skips it.
    #[serde(default)]
    pub id: String,
    /// Its name, by which the executions API skips it.
    pub name: String,
    /// A disabled action does not run.
    #[serde(default)]
    pub is_disabled: bool,
    /// A required action cannot be skipped.
    #[serde(default)]
    pub is_required: bool,
    /// Only on these channels; empty means all.
    #[serde(default)]
    pub channels: Vec<ChannelId>,
    /// Only in these environments; empty means all.
    #[serde(default)]
    pub environments: Vec<EnvironmentId>,
    /// Not in these environments.
    #[serde(default)]
    pub excluded_environments: Vec<EnvironmentId>,
    /// Only for tenants with these tags; empty means all.
    #[serde(default)]
    pub tenant_tags: Vec<String>,
    /// The packages it uses.
    #[serde(default)]
    pub packages: Vec<ProcessPackage>,
}

/// A package that an action uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessPackage {
    /// Its name within the action; empty for the main one.
    #[serde(default)]
    pub name: String,
    /// Its id in the feed.
    #[serde(default)]
    pub package_id: String,
    /// The feed it comes from.
    #[serde(default)]
    pub feed_id: String,
}

/// The process with this id: a project's in the database, or the snapshot that a release was made with.
pub fn get(space: &SpaceId, process: &ProcessId) -> Request<Process> {
    Request::get(api(&[space.as_str(), "deploymentprocesses", process.as_str()]))
}

/// A project's process: in the database, or at a git reference for a project that is kept in git.
pub fn of_project(space: &SpaceId, project: &ProjectId, git_ref: Option<&str>) -> Request<Process> {
    Request::get(in_project(space, project, git_ref, &["deploymentprocesses"]))
}

/// A path below a project, at a git reference if there is one.
pub(super) fn in_project(
    space: &SpaceId,
    project: &ProjectId,
    git_ref: Option<&str>,
    rest: &[&str],
) -> String {
    let mut segments = vec![space.as_str(), "projects", project.as_str()];
    segments.extend(git_ref);
    segments.extend(rest);
    api(&segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let project = ProjectId::new("Projects-21").unwrap();
        let process = ProcessId::new("deploymentprocess-Projects-21-s-9-Y").unwrap();
        assert_eq!(
            get(&space, &process).target(),
            "/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-21-s-9-Y"
        );
        assert_eq!(
            of_project(&space, &project, None).target(),
            "/api/Spaces-1/projects/Projects-21/deploymentprocesses"
        );
        assert_eq!(
            of_project(&space, &project, Some("refs/heads/main")).target(),
            "/api/Spaces-1/projects/Projects-21/refs%2Fheads%2Fmain/deploymentprocesses"
        );
    }
}
