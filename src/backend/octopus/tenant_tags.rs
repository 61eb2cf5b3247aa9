//! The tags of tenants: which tenants a list of tags means, and whether the tags exist.

use crate::backend::{BackendError, Context};
use crate::model::{TenantTag, Tenants};
use crate::octopus as api;
use crate::octopus::tenant::Tenant;

use super::Octopus;
use super::errors::together;
use super::matching::{same, unknown};

/// Whether a tenant has one of the tags of each named set. Compared here and not by the server, whose filter splits a
/// tag at a comma and interprets several tags in more than one way.
pub(super) fn carries(tenant: &Tenant, tags: &[TenantTag]) -> bool {
    let has = |tag: &TenantTag| tenant.tenant_tags.iter().any(|it| same_tag(it, tag.as_str()));
    tags.iter().all(|tag| {
        let of_set = tags.iter().filter(|it| same(parts(it.as_str()).0, parts(tag.as_str()).0));
        of_set.into_iter().any(has)
    })
}

fn parts(tag: &str) -> (&str, &str) {
    tag.split_once('/').unwrap_or((tag, ""))
}

fn same_tag(one: &str, other: &str) -> bool {
    let ((set, tag), (other_set, other_tag)) = (parts(one), parts(other));
    same(set, other_set) && same(tag, other_tag)
}

impl Octopus {
    /// Checks that the tags exist. A tag that a tenant has exists; the tag sets are read only for other tags.
    ///
    /// # Errors
    ///
    /// Every tag that does not exist, or no answer.
    pub(super) async fn check_tags(
        &self,
        all: &[Tenant],
        meant: &Tenants,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let Tenants::Some { tags, .. } = meant else { return Ok(()) };
        let carried =
            |tag: &TenantTag| all.iter().any(|it| it.tenant_tags.iter().any(|it| same_tag(it, tag.as_str())));
        let doubtful: Vec<&TenantTag> = tags.iter().filter(|it| !carried(it)).collect();
        if doubtful.is_empty() {
            return Ok(());
        }
        let space = self.space(context).await?;
        let sets = self.look("looking up tenant tags", &api::tenant::tag_sets(&space), context).await?.items;
        let known: Vec<String> = sets
            .iter()
            .flat_map(|set| set.tags.iter().map(move |tag| format!("{}/{}", set.name, tag.name)))
            .collect();
        let missing = doubtful.into_iter().filter(|tag| !known.iter().any(|it| same_tag(it, tag.as_str())));
        let errors: Vec<_> =
            missing.map(|it| unknown("tenant tag", it.as_str(), known.iter().cloned())).collect();
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }
}
