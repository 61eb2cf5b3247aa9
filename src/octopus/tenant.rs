//! Tenants: for whom a release is deployed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::id::{EnvironmentId, ProjectId, SpaceId, TenantId};
use super::page::Page;
use super::paths::{self, EVERYTHING, api, joined};
use crate::http::Request;

/// One tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    /// Its name as it appears in addresses.
    #[serde(default)]
    pub slug: String,
    /// Its tags, each as `Set name/Tag name`.
    #[serde(default)]
    pub tenant_tags: Vec<String>,
    /// To which environments it is linked in which project.
    #[serde(default)]
    pub project_environments: BTreeMap<ProjectId, Vec<EnvironmentId>>,
    /// A disabled tenant is left out of deployments.
    #[serde(default)]
    pub is_disabled: bool,
}

/// Which tenants are asked for. The default is all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct TenantFilter<'a> {
    /// Linked to this project.
    pub project: Option<&'a ProjectId>,
    /// Carrying these tags, each as `Set name/Tag name`.
    pub tags: &'a [String],
    /// With a name that contains this text.
    pub partial_name: Option<&'a str>,
}

/// The tenants that match. A name matches loosely: compare it afterwards.
pub fn list(space: &SpaceId, filter: TenantFilter<'_>) -> Request<Page<Tenant>> {
    Request::get(api(&[space.as_str(), "tenants"]))
        .with_some("projectId", filter.project.map(ProjectId::as_str))
        .with_some("tags", Some(joined(filter.tags)))
        .with_some("partialName", filter.partial_name)
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// A set of tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct TagSet {
    pub name: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// One tag of a set. Its canonical form is `Set name/Tag name`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Tag {
    pub name: String,
}

/// All sets of tags.
pub fn tag_sets(space: &SpaceId) -> Request<Page<TagSet>> {
    Request::get(api(&[space.as_str(), "tagsets"])).with("skip", "0").with("take", EVERYTHING)
}

/// The tenants with these ids: one request for each 300 of them, so none for none.
pub fn by_ids(space: &SpaceId, ids: &[TenantId]) -> Vec<Request<Page<Tenant>>> {
    paths::by_ids(space, "tenants", ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let project = ProjectId::new("Projects-21").unwrap();
        let tags = ["Region/EU".to_owned(), "Ring/Early".to_owned()];
        let filter = TenantFilter { project: Some(&project), tags: &tags, partial_name: None };
        assert_eq!(
            list(&space, filter).target(),
            "/api/Spaces-1/tenants?projectId=Projects-21&tags=Region%2FEU,Ring%2FEarly&skip=0&take=2147483647"
        );
        assert_eq!(
            list(&space, TenantFilter::default()).target(),
            "/api/Spaces-1/tenants?skip=0&take=2147483647"
        );
        assert_eq!(tag_sets(&space).target(), "/api/Spaces-1/tagsets?skip=0&take=2147483647");
        let ids = [TenantId::new("Tenants-5").unwrap()];
        assert_eq!(by_ids(&space, &ids)[0].target(), "/api/Spaces-1/tenants?ids=Tenants-5&skip=0&take=300");
        assert!(by_ids(&space, &[]).is_empty());
    }
}
