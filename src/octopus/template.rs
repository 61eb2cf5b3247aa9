//! The template of a new release: what it would contain.

use serde::Deserialize;

use super::id::{ChannelId, ProcessId, ProjectId, SpaceId};
use super::paths::api;
use super::process::in_project;
use crate::http::Request;

/// What a new release would need.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReleaseTemplate {
    /// The version of the latest release.
    #[serde(default)]
    pub last_release_version: Option<String>,
    /// The next version by the project's own counting; none when the version comes from a package.
    #[serde(default)]
    pub next_version_increment: Option<String>,
    /// The step whose package gives the version, where the project says so.
    #[serde(default)]
    pub versioning_package_step_name: Option<String>,
    /// The package of that step.
    #[serde(default)]
    pub versioning_package_reference_name: Option<String>,
    /// The packages it would contain.
    pub packages: Vec<TemplatePackage>,
    /// The git resources it would contain.
    #[serde(default)]
    pub git_resources: Vec<TemplateGitResource>,
}

/// A package that a new release would contain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TemplatePackage {
    /// The name of the action that uses it.
    pub action_name: String,
    /// The name of the step that the action belongs to.
    #[serde(default)]
    pub step_name: String,
    /// Its id in the feed.
    #[serde(default)]
    pub package_id: String,
    /// Its name within the action; empty for the main one.
    #[serde(default)]
    pub package_reference_name: String,
    /// The feed it comes from.
    #[serde(default)]
    pub feed_id: String,
    /// False when id or feed contain a variable: the server then cannot choose a version.
    #[serde(default)]
    pub is_resolvable: bool,
    /// The version that the latest release has.
    #[serde(default)]
    pub version_selected_last_release: Option<String>,
    /// The version that the process prescribes; no other may be chosen.
    #[serde(default)]
    pub fixed_version: Option<String>,
}

/// A git resource that a new release would contain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateGitResource {
    /// The name of the action that uses it.
    pub action_name: String,
    /// Its name within the action; empty for the main one.
    #[serde(default)]
    pub name: String,
    /// The branch that is meant when none is named.
    #[serde(default)]
    pub default_branch: String,
}

/// What a new release on a channel would contain, by the process with this id.
pub fn of_process(
    space: &SpaceId,
    process: &ProcessId,
    channel: Option<&ChannelId>,
) -> Request<ReleaseTemplate> {
    Request::get(api(&[space.as_str(), "deploymentprocesses", process.as_str(), "template"]))
        .with_some("channel", channel.map(ChannelId::as_str))
}

/// What a new release of a project on a channel would contain, at a git reference for a project in git.
pub fn of_project(
    space: &SpaceId,
    project: &ProjectId,
    git_ref: Option<&str>,
    channel: Option<&ChannelId>,
) -> Request<ReleaseTemplate> {
    Request::get(in_project(space, project, git_ref, &["deploymentprocesses", "template"]))
        .with_some("channel", channel.map(ChannelId::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let channel = ChannelId::new("Channels-4").unwrap();
        assert_eq!(
            of_process(&space, &ProcessId::new("deploymentprocess-Projects-21").unwrap(), Some(&channel))
                .target(),
            "/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-21/template?channel=Channels-4"
        );
        let project = ProjectId::new("Projects-21").unwrap();
        assert_eq!(
            of_project(&space, &project, Some("refs/heads/main"), None).target(),
            "/api/Spaces-1/projects/Projects-21/refs%2Fheads%2Fmain/deploymentprocesses/template"
        );
    }
}
