//! Decides, for each environment, which of an action's tenants can be deployed to. Pure.

use crate::backend::BackendError;
use crate::model::{EnvironmentName, ProjectName};
use crate::octopus::preview::DeploymentTemplate;
use crate::octopus::tenant::Tenant;
use crate::octopus::{EnvironmentId, ProjectId};

use super::errors::together;
use super::tenants::SelectedTenant;

/// Why a tenant of the action cannot be deployed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It is not linked to the project.
    NotInProject,
    /// It is not linked to this environment of the project.
    NotInEnvironment,
    /// It is disabled.
    Disabled,
    /// It is linked, but the lifecycle or the channel does not admit this release now, or the credential may not deploy
    /// for it.
    NotNow,
}

impl Obstacle {
    /// Whether the obstacle is a missing link.
    pub(super) fn is_no_link(self) -> bool {
        matches!(self, Self::NotInProject | Self::NotInEnvironment)
    }
}

/// The tenants of one environment.
#[derive(Debug, Default)]
pub(super) struct EnvironmentTenants<'a> {
    /// Those that can be deployed to.
    pub(super) eligible: Vec<&'a Tenant>,
    /// Those that are linked, or were named, and cannot be deployed to.
    pub(super) blocked: Vec<(SelectedTenant<'a>, Obstacle)>,
}

/// Sorts the action's tenants for one environment. Without a template, the lifecycle is not considered.
pub(super) fn in_environment<'a>(
    meant: &[SelectedTenant<'a>],
    project: &ProjectId,
    environment: &EnvironmentId,
    template: Option<&DeploymentTemplate>,
) -> EnvironmentTenants<'a> {
    let mut here = EnvironmentTenants::default();
    for it in meant {
        match obstacle(it.tenant, project, environment, template) {
            None => here.eligible.push(it.tenant),
            // A tag or `*` stands only for linked tenants.
            Some(obstacle) if obstacle.is_no_link() && !it.is_named => {}
            Some(obstacle) => here.blocked.push((*it, obstacle)),
        }
    }
    here
}

/// Why a tenant cannot be deployed to in an environment; `None` = it can. `template` lists the tenants for which the
/// release may be deployed now.
pub(super) fn obstacle(
    tenant: &Tenant,
    project: &ProjectId,
    environment: &EnvironmentId,
    template: Option<&DeploymentTemplate>,
) -> Option<Obstacle> {
    let Some(places) = tenant.project_environments.get(project) else { return Some(Obstacle::NotInProject) };
    if !places.contains(environment) {
        return Some(Obstacle::NotInEnvironment);
    }
    if tenant.is_disabled {
        return Some(Obstacle::Disabled);
    }
    // If the server does not show this, there is no obstacle here, and the server refuses the request if need be.
    let promotions = template?.tenant_promotions.as_ref()?;
    let own = promotions.iter().find(|it| it.id == tenant.id);
    let may = own.is_some_and(|it| it.promote_to.iter().any(|it| it.id == *environment));
    (!may).then_some(Obstacle::NotNow)
}

/// Those of an action's targets that a tenant is linked to.
///
/// # Errors
///
/// The tenant was named but is not linked to all of them.
pub(super) fn linked(
    meant: SelectedTenant<'_>,
    project: &ProjectId,
    project_name: &ProjectName,
    to: &[(EnvironmentId, EnvironmentName)],
) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
    let missing_link =
        |id: &EnvironmentId| obstacle(meant.tenant, project, id, None).filter(|it| it.is_no_link());
    let (mut places, mut errors) = (Vec::new(), Vec::new());
    for place in to {
        match missing_link(&place.0) {
            None => places.push(place.clone()),
            Some(obstacle) if meant.is_named => {
                errors.push(error_of(meant.tenant, obstacle, project_name, &place.1));
            }
            Some(_) => {}
        }
    }
    if errors.is_empty() { Ok(places) } else { Err(together(errors)) }
}

/// The error for a tenant that was named and cannot be deployed to.
pub(super) fn error_of(
    tenant: &Tenant,
    obstacle: Obstacle,
    project: &ProjectName,
    environment: &EnvironmentName,
) -> BackendError {
    let name = &tenant.name;
    BackendError::Impossible(match obstacle {
        Obstacle::NotInProject => {
            format!("tenant '{name}' is not linked to project '{project}'; link it on the tenant's page")
        }
        Obstacle::NotInEnvironment => format!(
            "tenant '{name}' is not linked to environment '{environment}' of project '{project}'; link it on the \
             tenant's page"
        ),
        Obstacle::Disabled => format!("tenant '{name}' is disabled; enable it on its page"),
        Obstacle::NotNow => format!("no release may be deployed to {environment} for {name} now"),
    })
}

/// The error if no tenant is left to deploy to.
pub(super) fn nobody(environments: &[(EnvironmentId, EnvironmentName)]) -> BackendError {
    let names: Vec<_> = environments.iter().map(|(_, it)| it.to_string()).collect();
    BackendError::Impossible(format!(
        "no tenant can be deployed to in {}: check the tags, that tenants are linked to the project and the \
         environment, and that the lifecycle lets the release through to them",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use crate::backend::octopus::tenants::ListedTenants;
    use crate::backend::octopus::tenants::tests::{environment, project, shop, some};
    use crate::model::Tenants;
    use crate::octopus::TenantId;
    use crate::octopus::preview::TenantPromotion;
    use crate::octopus::progression::NamedEnvironment;

    use super::*;

    fn here(
        listed: &ListedTenants,
        meant: &Tenants,
        at: u32,
        template: Option<&DeploymentTemplate>,
    ) -> (Vec<String>, Vec<(String, Obstacle)>) {
        let meant = listed.meant(meant).unwrap();
        let here = in_environment(&meant, &project(), &environment(at), template);
        let blocked = here.blocked.iter().map(|(it, why)| (it.tenant.name.clone(), *why)).collect();
        (here.eligible.iter().map(|it| it.name.clone()).collect(), blocked)
    }

    #[test]
    fn each_environment_has_its_own_tenants() {
        let listed = shop();
        assert_eq!(here(&listed, &Tenants::All, 1, None).0, ["Acme", "Globex"]);
        assert_eq!(here(&listed, &Tenants::All, 2, None).0, ["Acme", "Initech"]);
        let named = some(&["Globex", "Acme"], &[]);
        assert_eq!(here(&listed, &named, 2, None).1, [("Globex".to_owned(), Obstacle::NotInEnvironment)]);
        assert_eq!(here(&listed, &Tenants::All, 2, None).1, []);
    }

    #[test]
    fn who_is_linked_and_barred_is_reported_and_what_is_not_known_bars_nobody() {
        let named = |id: u32| NamedEnvironment { id: environment(id), name: String::new() };
        let promotion = |id: u32, to: &[u32]| TenantPromotion {
            id: TenantId::new(format!("Tenants-{id}")).unwrap(),
            name: String::new(),
            promote_to: to.iter().map(|it| named(*it)).collect(),
        };
        let template = |promotions| DeploymentTemplate {
            promote_to: Vec::new(),
            tenant_promotions: promotions,
            is_deployment_process_modified: false,
            is_variable_set_modified: false,
            is_library_variable_set_modified: false,
        };
        let shown = template(Some(vec![promotion(1, &[1, 2]), promotion(2, &[])]));
        let listed = shop();
        let (tenants, blocked) = here(&listed, &Tenants::All, 1, Some(&shown));
        assert_eq!(tenants, ["Acme"]);
        assert_eq!(blocked, [("Globex".to_owned(), Obstacle::NotNow)]);
        let hidden = template(None);
        assert_eq!(here(&listed, &Tenants::All, 1, Some(&hidden)).0, ["Acme", "Globex"]);
        let mut all = listed.all().to_vec();
        all[0].is_disabled = true;
        let listed = ListedTenants::new(all);
        let (tenants, blocked) = here(&listed, &Tenants::All, 1, None);
        assert_eq!(tenants, ["Globex"]);
        assert_eq!(blocked, [("Acme".to_owned(), Obstacle::Disabled)]);
    }
}
