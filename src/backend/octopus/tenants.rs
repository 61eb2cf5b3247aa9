//! The tenants of the space, and those that an action means, in any environment.

use std::sync::Arc;

use crate::backend::{BackendError, Context};
use crate::model::Tenants;
use crate::octopus::tenant::Tenant;
use crate::octopus::{self as api, TenantId};

use super::Octopus;
use super::errors::all_or_every_error;
use super::matching::find;
use super::tenant_tags::carries;

/// All tenants of the space, so that every name can be resolved.
#[derive(Default)]
pub(super) struct ListedTenants {
    all: Arc<[Tenant]>,
}

/// A tenant that an action means.
#[derive(Debug, Clone, Copy)]
pub(super) struct SelectedTenant<'a> {
    pub(super) tenant: &'a Tenant,
    /// Whether it was named, as opposed to selected by `*` or a tag.
    pub(super) is_named: bool,
}

impl ListedTenants {
    pub(super) fn new(all: impl Into<Arc<[Tenant]>>) -> Self {
        Self { all: all.into() }
    }

    pub(super) fn all(&self) -> &[Tenant] {
        &self.all
    }

    /// The tenants that an action means, in any environment, each once: named ones first, the rest by their names.
    ///
    /// # Errors
    ///
    /// Every name that does not exist or is ambiguous.
    pub(super) fn meant(&self, meant: &Tenants) -> Result<Vec<SelectedTenant<'_>>, BackendError> {
        let (names, tags) = match meant {
            Tenants::Untenanted => return Ok(Vec::new()),
            Tenants::All => (&[][..], &[][..]),
            Tenants::Some { names, tags } => (names.as_slice(), tags.as_slice()),
        };
        let named = all_or_every_error(names.iter().map(|it| find(it.as_str().trim(), &self.all)))?;
        let mut found: Vec<SelectedTenant<'_>> = Vec::new();
        for tenant in named {
            if !found.iter().any(|it| it.tenant.id == tenant.id) {
                found.push(SelectedTenant { tenant, is_named: true });
            }
        }
        let is_meant = |it: &&Tenant| *meant == Tenants::All || (!tags.is_empty() && carries(it, tags));
        let mut more: Vec<&Tenant> = self.all.iter().filter(is_meant).collect();
        more.sort_by_key(|it| it.name.to_lowercase());
        for tenant in more {
            if !found.iter().any(|it| it.tenant.id == tenant.id) {
                found.push(SelectedTenant { tenant, is_named: false });
            }
        }
        Ok(found)
    }
}

impl Octopus {
    /// All tenants of the space.
    pub(super) async fn all_tenants(&self, context: Context<'_>) -> Result<ListedTenants, BackendError> {
        if let Some(all) = self.memory().tenants.clone() {
            return Ok(ListedTenants::new(all));
        }
        let space = self.space(context).await?;
        let request = api::tenant::list(&space, api::tenant::TenantFilter::default());
        let all: Arc<[Tenant]> = self.look("looking up tenants", &request, context).await?.items.into();
        self.memory().tenants = Some(all.clone());
        Ok(ListedTenants::new(all))
    }

    /// The tenants to choose from; sends no request for actions without tenants.
    pub(super) async fn list_tenants(
        &self,
        meant: &Tenants,
        context: Context<'_>,
    ) -> Result<ListedTenants, BackendError> {
        if *meant == Tenants::Untenanted {
            Ok(ListedTenants::default())
        } else {
            self.all_tenants(context).await
        }
    }

    /// The name of a tenant for messages; its id if the name cannot be read.
    pub(super) async fn tenant_name(&self, id: &TenantId, context: Context<'_>) -> String {
        let known = |this: &Self| {
            let memory = this.memory();
            let all = memory.tenants.iter().flat_map(|it| it.iter()).chain(&memory.other_tenants);
            all.into_iter().find(|it| it.id == *id).map(|it| it.name.clone())
        };
        if let Some(name) = known(self) {
            return name;
        }
        if let Ok(space) = self.space(context).await {
            for request in api::tenant::by_ids(&space, std::slice::from_ref(id)) {
                if let Ok(page) = self.client.send_retrying(&request, self.patience(context)).await {
                    self.memory().other_tenants.extend(page.value.items);
                }
            }
        }
        known(self).unwrap_or_else(|| id.to_string())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use crate::model::{TenantName, TenantTag};
    use crate::octopus::{EnvironmentId, ProjectId};

    use super::*;

    pub(in crate::backend::octopus) fn project() -> ProjectId {
        ProjectId::new("Projects-1").unwrap()
    }

    pub(in crate::backend::octopus) fn environment(id: u32) -> EnvironmentId {
        EnvironmentId::new(format!("Environments-{id}")).unwrap()
    }

    fn tenant(id: u32, name: &str, tags: &[&str], environments: &[u32]) -> Tenant {
        Tenant {
            id: TenantId::new(format!("Tenants-{id}")).unwrap(),
            name: name.to_owned(),
            slug: name.to_lowercase(),
            tenant_tags: tags.iter().map(|it| (*it).to_owned()).collect(),
            project_environments: BTreeMap::from([(
                project(),
                environments.iter().map(|it| environment(*it)).collect(),
            )]),
            is_disabled: false,
        }
    }

    pub(in crate::backend::octopus) fn some(names: &[&str], tags: &[&str]) -> Tenants {
        Tenants::Some {
            names: names.iter().map(|it| TenantName::new(*it)).collect(),
            tags: tags.iter().map(|it| TenantTag::new(*it)).collect(),
        }
    }

    pub(in crate::backend::octopus) fn shop() -> ListedTenants {
        ListedTenants::new(vec![
            tenant(1, "Acme", &["Region/EU", "Ring/Early"], &[1, 2]),
            tenant(2, "Globex", &["Region/US, East", "Ring/Stable "], &[1]),
            tenant(3, "Initech", &["Region/EU", "Ring/Stable"], &[2]),
        ])
    }

    fn names(listed: &ListedTenants, meant: &Tenants) -> Vec<String> {
        let meant = listed.meant(meant).unwrap();
        meant.iter().map(|it| format!("{}{}", it.tenant.name, if it.is_named { "!" } else { "" })).collect()
    }

    #[test]
    fn of_each_set_that_is_named_one_tag_is_enough() {
        let listed = shop();
        for (meant, expected) in [
            (Tenants::All, &["Acme", "Globex", "Initech"][..]),
            (some(&[], &["Region/EU"]), &["Acme", "Initech"]),
            (some(&[], &["region/eu", "Region/US, East"]), &["Acme", "Globex", "Initech"]),
            (some(&[], &["Region/EU", "Ring/Stable"]), &["Initech"]),
            (some(&[], &["Region/US, East"]), &["Globex"]),
            (some(&[], &["Ring/Stable"]), &["Globex", "Initech"]),
            (some(&["initech", "Tenants-3"], &["Ring/Early"]), &["Initech!", "Acme"]),
            (some(&["Acme"], &["Ring/Early"]), &["Acme!"]),
            (some(&[], &["Region/Nope"]), &[]),
            (Tenants::Untenanted, &[]),
        ] {
            assert_eq!(names(&listed, &meant), expected, "{meant:?}");
        }
        let error = listed.meant(&some(&["Amce", "Nope"], &[])).unwrap_err().to_string();
        assert_eq!(error, "there is no tenant 'Amce'; the nearest is 'Acme'; there is no tenant 'Nope'");
    }
}
