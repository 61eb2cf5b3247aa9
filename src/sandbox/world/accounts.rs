//! Users with their keys and grants, and the access tokens that were issued.

use jiff::Timestamp;

use crate::sandbox::world::seed::{GrantSeed, OidcSeed};
use crate::sandbox::world::stored::Id;

#[derive(Clone)]
pub(super) struct User {
    pub(super) id: Id,
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) service_account: bool,
    pub(super) api_keys: Vec<String>,
    pub(super) teams: Vec<String>,
    pub(super) grants: Vec<GrantSeed>,
    /// Permissions that the user lacks, whatever is granted.
    pub(super) without: Vec<String>,
    pub(super) oidc: Option<OidcSeed>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// The id of the user as whom the server itself deploys.
pub(super) const SERVERS_USER: &str = "users-system";

impl User {
    /// The user as whom the server itself deploys. It has no key, so that no caller can be this user.
    pub(super) fn of_the_server() -> Self {
        Self {
            id: SERVERS_USER.to_owned(),
            username: "system".to_owned(),
            display_name: "System".to_owned(),
            service_account: true,
            api_keys: Vec::new(),
            teams: Vec::new(),
            grants: Vec::new(),
            without: Vec::new(),
            oidc: None,
        }
    }

    pub(super) fn is_administrator(&self) -> bool {
        self.grants
            .iter()
            .any(|it| it.permission == "*" && it.projects.is_empty() && it.environments.is_empty())
    }

    /// Whether a grant covers the permission. An empty `project` or `environment` asks for the permission in
    /// general, whatever its scope.
    pub(super) fn may(&self, permission: &str, project: &str, environment: &str) -> bool {
        if self.without.iter().any(|it| it == permission) {
            return false;
        }
        let covers = |names: &[String], wanted: &str| {
            names.is_empty() || wanted.is_empty() || names.iter().any(|it| it.eq_ignore_ascii_case(wanted))
        };
        self.grants.iter().any(|grant| {
            let named = match grant.permission.as_str() {
                "*" => true,
                "*View" => permission.ends_with("View"),
                name => name == permission,
            };
            named && covers(&grant.projects, project) && covers(&grant.environments, environment)
        })
    }
}

/// An access token that was issued.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) user: Id,
    pub(super) expires: Timestamp,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Token").field("user", &self.user).finish_non_exhaustive()
    }
}
