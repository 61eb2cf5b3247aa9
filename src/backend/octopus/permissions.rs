//! Whether a user has a permission in a space, for a project and an environment. Pure.

use crate::octopus::server::{Grant, Permissions};
use crate::octopus::{EnvironmentId, ProjectId, SpaceId};

/// A user's permissions, with the space and project to check them for.
pub(super) struct Grants<'a> {
    pub(super) permissions: &'a Permissions,
    pub(super) space: &'a SpaceId,
    pub(super) project: &'a ProjectId,
}

impl Grants<'_> {
    /// Whether the user has this permission: in the environment, or in any if none is given.
    pub(super) fn allow(&self, name: &str, environment: Option<&EnvironmentId>) -> bool {
        let grants = self.permissions.space_permissions.get(name);
        grants.into_iter().flatten().any(|it| self.covers(it, environment))
    }

    /// An empty restriction allows everything.
    fn covers(&self, grant: &Grant, environment: Option<&EnvironmentId>) -> bool {
        let (projects, environments) =
            (&grant.restricted_to_project_ids, &grant.restricted_to_environment_ids);
        grant.space_id.as_ref().is_none_or(|it| it == self.space)
            && (projects.is_empty() || projects.contains(self.project))
            && environment.is_none_or(|id| environments.is_empty() || environments.contains(id))
    }
}
