//! Tenants' tags, and which projects and environments a tenant has.

use crate::sandbox::world::project_seed::TenantMode;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Tenant;

impl World {
    /// Whether a space has this tag, in its canonical form `Set/Tag`.
    pub(super) fn tag_exists(&self, space: &str, tag: &str) -> bool {
        let Some((set, tag)) = tag.split_once('/') else { return false };
        let sets = self.tag_sets.iter().filter(|it| it.space == space && it.name.eq_ignore_ascii_case(set));
        sets.flat_map(|it| &it.tags).any(|it| it.eq_ignore_ascii_case(tag))
    }
}

impl Tenant {
    /// Whether the tenant has at least one of the wanted tags of each tag set.
    pub(super) fn has_tags(&self, wanted: &[String]) -> bool {
        let set_of = |tag: &str| tag.split('/').next().unwrap_or_default().to_lowercase();
        let has = |tag: &String| self.tags.iter().any(|it| it.eq_ignore_ascii_case(tag));
        wanted.iter().all(|tag| wanted.iter().filter(|it| set_of(it) == set_of(tag)).any(has))
    }
}

/// Whether a project may be deployed to an environment for this tenant, or without one.
///
/// # Errors
///
/// The reason why not.
pub(super) fn tenancy_fits(
    world: &World,
    project: &str,
    environment: &str,
    tenant: Option<&str>,
) -> Result<(), String> {
    let Some(project) = world.project(project) else { return Ok(()) };
    let name = &project.name;
    match (project.mode, tenant) {
        (TenantMode::Tenanted, None) => {
            Err(format!("The project '{name}' can only be deployed for tenants: name at least one."))
        }
        (TenantMode::Untenanted, Some(_)) => {
            Err(format!("The project '{name}' cannot be deployed for tenants."))
        }
        (_, None) => Ok(()),
        (_, Some(id)) => {
            let Some(tenant) = world.tenant(id) else {
                return Err(format!("The tenant '{id}' was not found."));
            };
            let environment_name = world.environment_name(environment);
            if tenant.disabled {
                return Err(format!("The tenant '{}' is disabled.", tenant.name));
            }
            if tenant.is_linked(&project.id, environment) {
                return Ok(());
            }
            Err(format!(
                "The tenant '{}' is not connected to the environment {environment_name} for the project '{name}'.",
                tenant.name
            ))
        }
    }
}
