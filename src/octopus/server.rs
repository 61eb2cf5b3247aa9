//! The server itself: its version and state, who is asking, and what they may do.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::id::{EnvironmentId, ProjectId, SpaceId, TenantId, UserId};
use super::paths::api;
use crate::http::Request;

/// The root document, which can be read without a credential.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Root {
    /// `Octopus Deploy`.
    #[serde(default)]
    pub application: String,
    /// The server's version, such as `2026.2.4711`. Builds on a developer's machine say `0.0.0`.
    pub version: String,
    /// The version of the API, `3.0.0` for as long as anyone remembers.
    #[serde(default)]
    pub api_version: String,
    /// Which installation this is; stays the same over upgrades.
    #[serde(default)]
    pub installation_id: String,
}

impl Root {
    /// The first version that has the executions API: one POST that creates a release, one that deploys.
    pub const EXECUTIONS_API: &'static str = "2022.3.5512";

    /// True when the server has the executions API. A developer's build, and a version that cannot be
    /// understood, count as newest.
    #[must_use]
    pub fn has_executions_api(&self) -> bool {
        match numbers(&self.version) {
            Some(version) if version.iter().any(|it| *it != 0) => {
                Some(version) >= numbers(Self::EXECUTIONS_API)
            }
            _ => true,
        }
    }
}

/// The user, or service account, whose credential is in use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct User {
    /// Its id; deployments carry it as `DeployedById`.
    pub id: UserId,
    /// The name used at log-in.
    #[serde(default)]
    pub username: String,
    /// The name shown to people.
    #[serde(default)]
    pub display_name: String,
    /// True for a service account.
    #[serde(default)]
    pub is_service: bool,
}

/// What a user may do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Permissions {
    /// Permissions within spaces, such as `DeploymentCreate`, each with the scopes it was granted for.
    pub space_permissions: BTreeMap<String, Vec<Grant>>,
    /// Permissions that know no scope, such as `AdministerSystem`.
    #[serde(default)]
    pub system_permissions: Vec<String>,
    /// False when the asker may not see all of it.
    #[serde(default = "yes")]
    pub is_permissions_complete: bool,
}

/// The scope of one permission. Where a list is empty there is no restriction of that kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Grant {
    /// The space it was granted in.
    #[serde(default)]
    pub space_id: Option<SpaceId>,
    /// Only in these projects.
    #[serde(default)]
    pub restricted_to_project_ids: Vec<ProjectId>,
    /// Only in these environments.
    #[serde(default)]
    pub restricted_to_environment_ids: Vec<EnvironmentId>,
    /// Only for these tenants.
    #[serde(default)]
    pub restricted_to_tenant_ids: Vec<TenantId>,
    /// Only for projects of these groups.
    #[serde(default)]
    pub restricted_to_project_group_ids: Vec<String>,
}

/// Whether the server takes writes at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServerStatus {
    /// True while only administrators may write. Running tasks go on.
    pub is_in_maintenance_mode: bool,
}

/// The switches of features that not every server has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FeatureToggles {
    /// The switches that were asked for and that the server knows.
    pub feature_toggles: Vec<FeatureToggle>,
}

/// One switch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct FeatureToggle {
    pub name: String,
    /// Whether it is on.
    #[serde(default)]
    pub is_enabled: bool,
}

/// The root document: version and installation.
pub fn root() -> Request<Root> {
    Request::get(api(&[]))
}

/// Whose credential is this?
pub fn me() -> Request<User> {
    Request::get(api(&["users", "me"]))
}

/// What may this user do in this space, and outside of any space?
pub fn permissions(space: &SpaceId, user: &UserId) -> Request<Permissions> {
    Request::get(api(&[space.as_str(), "users", user.as_str(), "permissions"])).with("includeSystem", "true")
}

/// Is the server in maintenance? Needs a credential.
pub fn status() -> Request<ServerStatus> {
    Request::get(api(&["serverstatus"]))
}

/// Is the feature with this name switched on?
pub fn feature_toggle(name: &str) -> Request<FeatureToggles> {
    Request::get(api(&["configuration", "feature-toggles"])).with("Name", name)
}

/// The dotted numbers a version starts with: a suffix such as `-hotfix.3` does not count.
fn numbers(version: &str) -> Option<Vec<u64>> {
    version.split('-').next()?.split('.').map(|part| part.parse().ok()).collect()
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(root().target(), "/api");
        assert_eq!(me().target(), "/api/users/me");
        assert_eq!(status().target(), "/api/serverstatus");
        let (space, user) = (SpaceId::new("Spaces-1").unwrap(), UserId::new("Users-7").unwrap());
        assert_eq!(
            permissions(&space, &user).target(),
            "/api/Spaces-1/users/Users-7/permissions?includeSystem=true"
        );
        assert_eq!(feature_toggle("x").target(), "/api/configuration/feature-toggles?Name=x");
    }

    #[test]
    fn the_executions_api_begins_with_one_version() {
        for (version, expected) in [
            ("2022.3.5511", false),
            ("2022.3.5512", true),
            ("2022.3.5512-hotfix.3", true),
            ("2022.2.9999", false),
            ("2026.2.4711", true),
            ("0.0.0", true),
            ("0.0.0-local", true),
            ("who knows", true),
        ] {
            let root: Root =
                crate::octopus::read(format!(r#"{{"Version":"{version}"}}"#).as_bytes()).unwrap();
            assert_eq!(root.has_executions_api(), expected, "{version}");
        }
    }

    #[test]
    fn grants_are_read() {
        let read: Permissions = crate::octopus::read(
            br#"{"SpacePermissions":{"TaskCancel":[{"RestrictedToProjectIds":["Projects-1"],"SpaceId":"Spaces-1"}]},
                 "SystemPermissions":["AdministerSystem"]}"#,
        )
        .unwrap();
        assert_eq!(
            read.space_permissions["TaskCancel"][0].restricted_to_project_ids[0].as_str(),
            "Projects-1"
        );
        assert!(read.is_permissions_complete);
    }
}
