//! Freezes: times at which nothing may be deployed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::id::{EnvironmentId, FreezeId, ProjectId, TenantId};
use super::paths::{EVERYTHING, api, joined};
use super::reading::time;
use crate::http::Request;

/// The freezes that match. This list has an envelope of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Freezes {
    pub deployment_freezes: Vec<Freeze>,
}

/// One freeze.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Freeze {
    pub id: FreezeId,
    #[serde(default)]
    pub name: String,
    /// When it begins.
    #[serde(default, deserialize_with = "time")]
    pub start: Option<Timestamp>,
    /// When it ends.
    #[serde(default, deserialize_with = "time")]
    pub end: Option<Timestamp>,
    /// Which environments of which projects are frozen.
    #[serde(default)]
    pub project_environment_scope: BTreeMap<ProjectId, Vec<EnvironmentId>>,
    /// Which are frozen for one tenant only.
    #[serde(default)]
    pub tenant_project_environment_scope: Vec<TenantScope>,
    /// When it comes again, as the server writes it; start and end then are those of one occurrence.
    #[serde(default)]
    pub recurring_schedule: Option<Value>,
}

/// An environment of a project that is frozen for one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct TenantScope {
    pub tenant_id: TenantId,
    pub project_id: ProjectId,
    pub environment_id: EnvironmentId,
}

/// Which freezes are asked for. The default is all that are not over.
#[derive(Debug, Clone, Copy, Default)]
pub struct FreezeFilter<'a> {
    /// Touching these projects; empty means any.
    pub projects: &'a [ProjectId],
    /// Touching these environments; empty means any.
    pub environments: &'a [EnvironmentId],
    /// Touching these tenants; empty means any.
    pub tenants: &'a [TenantId],
    /// Those that are over too.
    pub over: bool,
}

/// The freezes that match. They belong to the system, not to a space.
pub fn list(filter: FreezeFilter<'_>) -> Request<Freezes> {
    Request::get(api(&["deploymentfreezes"]))
        .with_some("projectIds", Some(joined(filter.projects)))
        .with_some("environmentIds", Some(joined(filter.environments)))
        .with_some("tenantIds", Some(joined(filter.tenants)))
        .with("includeComplete", if filter.over { "true" } else { "false" })
        .with("skip", "0")
        .with("take", EVERYTHING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let projects = [ProjectId::new("Projects-21").unwrap()];
        let environments = [EnvironmentId::new("Environments-3").unwrap()];
        let filter =
            FreezeFilter { projects: &projects, environments: &environments, tenants: &[], over: false };
        assert_eq!(
            list(filter).target(),
            "/api/deploymentfreezes?projectIds=Projects-21&environmentIds=Environments-3\
             &includeComplete=false&skip=0&take=2147483647"
        );
    }
}
