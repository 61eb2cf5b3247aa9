//! The targets of a project that an overview looks at: environment by environment, without a tenant first.

use std::collections::BTreeSet;

use crate::backend::{BackendError, Context};
use crate::model::{EnvironmentName, ProjectName, Tenants};
use crate::octopus::project::{Project, TenantedDeploymentMode};

use super::Octopus;
use super::eligibility::linked;
use super::errors::together;
use super::histories::Environment;
use super::place::Place;
use super::progression::Progression;
use super::tenants::{ListedTenants, SelectedTenant};

/// The part of a project to look at.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The environments; empty = those of the project's lifecycles, and those with recent deployments.
    pub environments: &'a [EnvironmentName],
    /// The tenants; `None` = as the project may be deployed: without a tenant, for its linked tenants, or both; and
    /// other tenants with recent deployments.
    pub tenants: Option<&'a Tenants>,
}

/// A scope with resolved names.
struct ResolvedScope<'a> {
    environments: Vec<Environment>,
    /// The tenants, each with its environments.
    tenants: Vec<(SelectedTenant<'a>, Vec<Environment>)>,
}

impl Octopus {
    /// The targets that are looked at.
    ///
    /// # Errors
    ///
    /// Every name that does not exist or is ambiguous, or a named tenant that is not linked.
    pub(super) async fn places_in_scope(
        &self,
        scope: &Scope<'_>,
        project: &Project,
        progression: &Progression,
        listed: &ListedTenants,
        context: Context<'_>,
    ) -> Result<Vec<Place>, BackendError> {
        let ResolvedScope { environments, tenants } =
            self.resolved_scope(scope, project, progression, listed, context).await?;
        let mut places = Vec::new();
        for environment in environments {
            let place = |tenant| Place {
                environment: environment.0.clone(),
                environment_name: environment.1.clone(),
                tenant,
            };
            let untenanted = match scope.tenants {
                Some(tenants) => *tenants == Tenants::Untenanted,
                None => {
                    project.tenanted_deployment_mode != TenantedDeploymentMode::Tenanted
                        || !progression.items(&environment.0).is_empty()
                }
            };
            places.extend(untenanted.then(|| place(None)));
            let here = tenants.iter().filter(|(_, environments)| environments.contains(&environment));
            let mut tenants: Vec<_> =
                here.map(|(it, _)| (it.tenant.id.clone(), it.tenant.name.clone())).collect();
            if scope.tenants.is_none() {
                // A tenant whose link was removed, or a changed tenant mode of the project, does not undo earlier
                // deployments.
                for id in progression.tenants(&environment.0) {
                    if !tenants.iter().any(|it| it.0 == id) {
                        let name = self.tenant_name(&id, context).await;
                        tenants.push((id, name));
                    }
                }
            }
            places.extend(tenants.into_iter().map(|it| place(Some(it))));
        }
        if places.is_empty() && scope.tenants.is_some() {
            return Err(BackendError::Impossible(format!(
                "none of these tenants is linked to project '{}' where it was asked for; link one on its page, or \
                 name another",
                project.name
            )));
        }
        Ok(places)
    }

    async fn resolved_scope<'a>(
        &self,
        scope: &Scope<'_>,
        project: &Project,
        progression: &Progression,
        listed: &'a ListedTenants,
        context: Context<'_>,
    ) -> Result<ResolvedScope<'a>, BackendError> {
        let are_named = !scope.environments.is_empty();
        let mut errors = Vec::new();
        let environments = if are_named {
            self.environments_of(scope.environments, &project.id, context).await
        } else {
            Ok(self.environments_in_use(progression, context).await)
        };
        let mut environments = or_note(environments, &mut errors);
        let mut known = BTreeSet::new();
        environments.retain(|it| known.insert(it.0.clone()));
        let default = match project.tenanted_deployment_mode {
            TenantedDeploymentMode::Untenanted => Tenants::Untenanted,
            _ => Tenants::All,
        };
        let meant = scope.tenants.unwrap_or(&default);
        errors.extend(self.check_tags(listed.all(), meant, context).await.err());
        let name = ProjectName::new(&project.name);
        let mut tenants = Vec::new();
        for it in or_note(listed.meant(meant), &mut errors) {
            match environments_for(it, project, &name, &environments, are_named) {
                Ok(some) => tenants.push((it, some)),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(ResolvedScope { environments, tenants }) } else { Err(together(errors)) }
    }

    /// The environments of the project's lifecycles, and those with recent deployments.
    async fn environments_in_use(&self, progression: &Progression, context: Context<'_>) -> Vec<Environment> {
        let all = &progression.answer.environments;
        let mut found: Vec<_> =
            all.iter().map(|it| (it.id.clone(), EnvironmentName::new(&it.name))).collect();
        let deployed = progression.answer.releases.iter().flat_map(|it| &it.deployments);
        let deployed: BTreeSet<_> =
            deployed.filter(|(_, items)| !items.is_empty()).map(|(id, _)| id.clone()).collect();
        for id in deployed {
            if !found.iter().any(|it| it.0 == id) {
                let name = self.environment_name(&id, context).await;
                found.push((id, name));
            }
        }
        found
    }
}

/// The list; after an error an empty one, with the error added to the others.
fn or_note<T>(list: Result<Vec<T>, BackendError>, errors: &mut Vec<BackendError>) -> Vec<T> {
    list.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    })
}

/// The environments of a tenant: those to which it is linked. A named tenant is an error if it is not linked to a named
/// environment or, without named environments, to any.
fn environments_for(
    meant: SelectedTenant<'_>,
    project: &Project,
    name: &ProjectName,
    environments: &[Environment],
    are_named: bool,
) -> Result<Vec<Environment>, BackendError> {
    let links = meant.tenant.project_environments.get(&project.id);
    let is_here = |it: &&Environment| links.is_some_and(|links| links.contains(&it.0));
    let here: Vec<Environment> = environments.iter().filter(is_here).cloned().collect();
    if are_named || here.is_empty() { linked(meant, &project.id, name, environments) } else { Ok(here) }
}
