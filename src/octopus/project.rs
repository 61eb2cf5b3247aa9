//! Projects: what is released.

use serde::Deserialize;

use super::id::{ProcessId, ProjectId, SpaceId, VariableSetId};
use super::page::Page;
use super::paths::{EVERYTHING, api};
use crate::http::Request;

/// One project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Project {
    pub id: ProjectId,
    /// Its display name.
    pub name: String,
    /// Its name as it appears in addresses.
    #[serde(default)]
    pub slug: String,
    /// A disabled project refuses releases and deployments.
    #[serde(default)]
    pub is_disabled: bool,
    /// Whether it is deployed to tenants; decides which route deploys it.
    #[serde(default)]
    pub tenanted_deployment_mode: TenantedDeploymentMode,
    /// Where the deployment process is kept.
    #[serde(default)]
    pub persistence_settings: PersistenceSettings,
    /// True for a project of which the process is kept in git, on servers that say so here.
    #[serde(default)]
    pub is_version_controlled: bool,
    /// The project's own variables; absent where they are kept in git.
    #[serde(default)]
    pub variable_set_id: Option<VariableSetId>,
    /// The deployment process; absent where it is kept in git.
    #[serde(default)]
    pub deployment_process_id: Option<ProcessId>,
    /// The lifecycle of channels that name none.
    #[serde(default)]
    pub lifecycle_id: String,
    /// What a release without notes of its own gets for notes, where the project itself says so; its deployment
    /// settings have it on every server.
    #[serde(default)]
    pub release_notes_template: Option<String>,
    /// The library sets whose variables the project takes in; `None` where the server does not say.
    #[serde(default)]
    pub included_library_variable_set_ids: Option<Vec<String>>,
}

impl Project {
    /// True when releases need a git reference. Where false, they must not have one.
    #[must_use]
    pub fn is_in_git(&self) -> bool {
        self.is_version_controlled || self.persistence_settings.kind == "VersionControlled"
    }
}

/// Whether a project is deployed to tenants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum TenantedDeploymentMode {
    /// Never.
    #[default]
    Untenanted,
    /// Always.
    Tenanted,
    /// To tenants or without one. A mode that is not known here is read as this one, which refuses nothing
    /// beforehand and leaves the refusal to the server.
    #[serde(other)]
    TenantedOrUntenanted,
}

/// Where a project's process is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PersistenceSettings {
    /// `Database` or `VersionControlled`.
    #[serde(default, rename = "Type")]
    pub kind: String,
    /// The branch that is meant when none is named; only for a project in git.
    #[serde(default)]
    pub default_branch: String,
}

/// The project with this id or slug. A display name is not found here.
pub fn by_id_or_slug(space: &SpaceId, id_or_slug: &str) -> Request<Project> {
    Request::get(api(&[space.as_str(), "projects", id_or_slug]))
}

/// The projects whose name contains `partial_name`, or all. The server's match is a loose one: compare the
/// names afterwards, ignoring case.
pub fn list(space: &SpaceId, partial_name: Option<&str>) -> Request<Page<Project>> {
    Request::get(api(&[space.as_str(), "projects"]))
        .with_some("partialName", partial_name)
        .with("skip", "0")
        .with("take", EVERYTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        assert_eq!(by_id_or_slug(&space, "web-shop").target(), "/api/Spaces-1/projects/web-shop");
        assert_eq!(by_id_or_slug(&space, "fire project").target(), "/api/Spaces-1/projects/fire%20project");
        assert_eq!(
            list(&space, Some("Web Shop")).target(),
            "/api/Spaces-1/projects?partialName=Web%20Shop&skip=0&take=2147483647"
        );
    }

    #[test]
    fn a_project_in_git_is_told_either_way() {
        let read = |more: &str| {
            let json = format!(r#"{{"Id":"Projects-1","Name":"n"{more}}}"#);
            crate::octopus::read::<Project>(json.as_bytes()).unwrap()
        };
        assert!(!read("").is_in_git());
        assert!(read(r#","IsVersionControlled":true"#).is_in_git());
        assert!(
            read(r#","PersistenceSettings":{"Type":"VersionControlled","DefaultBranch":"main"}"#).is_in_git()
        );
        assert!(!read(r#","PersistenceSettings":{"Type":"Database"}"#).is_in_git());
    }
}
