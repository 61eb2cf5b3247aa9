//! Deployment settings: how a project's releases are numbered and described.

use serde::Deserialize;

use super::id::{ProjectId, SpaceId};
use super::process::in_project;
use crate::http::Request;

/// The deployment settings of a project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeploymentSettings {
    /// The project that they are of.
    pub project_id: ProjectId,
    /// What a release without notes of its own gets for notes; empty for none.
    #[serde(default)]
    pub release_notes_template: String,
}

/// A project's settings: in the database, or at a git reference for a project that is kept in git.
pub fn of_project(
    space: &SpaceId,
    project: &ProjectId,
    git_ref: Option<&str>,
) -> Request<DeploymentSettings> {
    Request::get(in_project(space, project, git_ref, &["deploymentsettings"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let (space, project) = (SpaceId::new("Spaces-1").unwrap(), ProjectId::new("Projects-21").unwrap());
        assert_eq!(
            of_project(&space, &project, None).target(),
            "/api/Spaces-1/projects/Projects-21/deploymentsettings"
        );
        assert_eq!(
            of_project(&space, &project, Some("refs/heads/main")).target(),
            "/api/Spaces-1/projects/Projects-21/refs%2Fheads%2Fmain/deploymentsettings"
        );
    }
}
