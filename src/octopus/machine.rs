//! Machines: the deployment targets in an environment.

use serde::Deserialize;

use super::id::{EnvironmentId, MachineId, SpaceId, TenantId};
use super::page::Page;
use super::paths::{EVERYTHING, api};
use crate::http::Request;

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Machine {
    pub id: MachineId,
    pub name: String,
    /// Its name as it appears in addresses; empty on servers that have none.
    #[serde(default)]
    pub slug: String,
    /// The environments it belongs to.
    #[serde(default)]
    pub environment_ids: Vec<EnvironmentId>,
    /// The roles by which steps choose it.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The tenants it serves.
    #[serde(default)]
    pub tenant_ids: Vec<TenantId>,
    /// A disabled machine is left out of deployments.
    #[serde(default)]
    pub is_disabled: bool,
}

/// The machines whose name contains `partial_name`, or all; in one environment, or everywhere. Compare the
/// names afterwards.
pub fn list(
    space: &SpaceId,
    partial_name: Option<&str>,
    environment: Option<&EnvironmentId>,
) -> Request<Page<Machine>> {
    Request::get(api(&[space.as_str(), "machines"]))
        .with_some("partialName", partial_name)
        .with_some("environmentIds", environment.map(EnvironmentId::as_str))
        .with("skip", "0")
        .with("take", EVERYTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let environment = EnvironmentId::new("Environments-3").unwrap();
        assert_eq!(
            list(&space, Some("web-01"), Some(&environment)).target(),
            "/api/Spaces-1/machines?partialName=web-01&environmentIds=Environments-3&skip=0&take=2147483647"
        );
        assert_eq!(list(&space, None, None).target(), "/api/Spaces-1/machines?skip=0&take=2147483647");
    }
}
