//! Environments: where a release is deployed to.

use serde::Deserialize;

use super::id::{EnvironmentId, SpaceId};
use super::page::Page;
use super::paths::{self, EVERYTHING, api};
use crate::http::Request;

/// One environment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Environment {
    pub id: EnvironmentId,
    pub name: String,
    /// Its name as it appears in addresses.
    #[serde(default)]
    pub slug: String,
    /// Its position in the list that people see.
    #[serde(default)]
    pub sort_order: i64,
    /// Whether a failing step asks a person what to do, unless the deployment says otherwise.
    #[serde(default)]
    pub use_guided_failure: bool,
}

/// The environments whose name contains `partial_name`: "Prod" also finds "Pre-Prod". Compare the names
/// afterwards, ignoring case.
pub fn list(space: &SpaceId, partial_name: Option<&str>) -> Request<Page<Environment>> {
    Request::get(api(&[space.as_str(), "environments"]))
        .with_some("partialName", partial_name)
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// All environments, as a bare list.
pub fn all(space: &SpaceId) -> Request<Vec<Environment>> {
    Request::get(api(&[space.as_str(), "environments", "all"]))
}

/// Ephemeral environments, which servers of 2025.4 and newer list apart from the others; older ones answer 404.
pub fn ephemeral(space: &SpaceId) -> Request<Page<Environment>> {
    Request::get(api(&[space.as_str(), "environments", "v2"]))
        .with("type", "Ephemeral")
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// One environment.
pub fn get(space: &SpaceId, environment: &EnvironmentId) -> Request<Environment> {
    Request::get(api(&[space.as_str(), "environments", environment.as_str()]))
}

/// The environments with these ids: one request for each 300 of them, so none for none.
pub fn by_ids(space: &SpaceId, ids: &[EnvironmentId]) -> Vec<Request<Page<Environment>>> {
    paths::by_ids(space, "environments", ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let ids = ["Environments-2", "Environments-3"].map(|it| EnvironmentId::new(it).unwrap());
        assert_eq!(
            list(&space, Some("Prod")).target(),
            "/api/Spaces-1/environments?partialName=Prod&skip=0&take=2147483647"
        );
        assert_eq!(all(&space).target(), "/api/Spaces-1/environments/all");
        assert_eq!(
            ephemeral(&space).target(),
            "/api/Spaces-1/environments/v2?type=Ephemeral&skip=0&take=2147483647"
        );
        assert_eq!(get(&space, &ids[1]).target(), "/api/Spaces-1/environments/Environments-3");
        assert_eq!(
            by_ids(&space, &ids)[0].target(),
            "/api/Spaces-1/environments?ids=Environments-2,Environments-3&skip=0&take=300"
        );
        assert!(by_ids(&space, &[]).is_empty());
    }
}
