//! The tenants that a release cannot be deployed to now: each is left out with a warning, or fails the action if it was
//! named.

use crate::backend::{BackendError, Context, Notice};
use crate::model::{EnvironmentName, ProjectName, ReleaseVersion};
use crate::octopus::preview::DeploymentTemplate;
use crate::octopus::progression::ReleaseProgression;
use crate::octopus::tenant::Tenant;
use crate::octopus::{self as api, EnvironmentId, ReleaseId};

use super::Octopus;
use super::eligibility::{Obstacle, error_of, obstacle};
use super::errors::together;
use super::tenants::SelectedTenant;

/// The release that tenants are chosen for.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) project: &'a ProjectName,
    pub(super) release: &'a ReleaseId,
    pub(super) version: &'a ReleaseVersion,
}

/// A tenant that is left out of an environment.
pub(super) struct SkippedTenant<'a> {
    pub(super) tenant: SelectedTenant<'a>,
    pub(super) obstacle: Obstacle,
    pub(super) environment: (EnvironmentId, EnvironmentName),
}

impl Octopus {
    /// Warns about tenants that are left out.
    ///
    /// # Errors
    ///
    /// One of them was named.
    pub(super) async fn report_skipped(
        &self,
        subject: Subject<'_>,
        skipped: &[SkippedTenant<'_>],
        template: Option<&DeploymentTemplate>,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let progression = if skipped.iter().any(|it| it.obstacle == Obstacle::NotNow) {
            self.release_progression(subject.release, context).await
        } else {
            None
        };
        let mut errors = Vec::new();
        for SkippedTenant { tenant: SelectedTenant { tenant, is_named }, obstacle, environment } in skipped {
            let error = match obstacle {
                Obstacle::NotNow => {
                    let because =
                        self.not_now(tenant, &environment.0, template, progression.as_ref(), context).await;
                    not_now(tenant, subject.version, &environment.1, &because)
                }
                obstacle => error_of(tenant, *obstacle, subject.project, &environment.1),
            };
            if *is_named {
                errors.push(error);
            } else {
                (context.say)(left_out_warning(&tenant.name, &environment.1, &error));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }

    /// The environments of a tenant that its release may be deployed to now. The others are left out with a warning.
    ///
    /// # Errors
    ///
    /// The tenant was named, and some environments are left out.
    pub(super) async fn reachable(
        &self,
        subject: Subject<'_>,
        meant: SelectedTenant<'_>,
        places: Vec<(EnvironmentId, EnvironmentName)>,
        template: Option<&DeploymentTemplate>,
        context: Context<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        let project = self.project_id(subject.project, context).await?;
        let mut kept = Vec::new();
        let mut skipped = Vec::new();
        for environment in places {
            match obstacle(meant.tenant, &project, &environment.0, template) {
                None => kept.push(environment),
                Some(obstacle) if obstacle.is_no_link() && !meant.is_named => {}
                Some(obstacle) => skipped.push(SkippedTenant { tenant: meant, obstacle, environment }),
            }
        }
        self.report_skipped(subject, &skipped, template, context).await?;
        Ok(kept)
    }

    async fn release_progression(
        &self,
        release: &ReleaseId,
        context: Context<'_>,
    ) -> Option<ReleaseProgression> {
        let space = self.known_space()?;
        let request = api::progression::of_one_release(&space, release);
        self.client.send_retrying(&request, self.patience(context)).await.ok().map(|it| it.value)
    }

    /// Why a release may not be deployed to a tenant now, as far as the lifecycle shows it, as a clause.
    async fn not_now(
        &self,
        tenant: &Tenant,
        environment: &EnvironmentId,
        template: Option<&DeploymentTemplate>,
        progression: Option<&ReleaseProgression>,
        context: Context<'_>,
    ) -> String {
        const OTHERWISE: &str =
            "its lifecycle, its channel or the credential's permissions do not let it through";
        let Some(progression) = progression else { return OTHERWISE.to_owned() };
        let Some(phase) = progression.phase_of(environment) else {
            return "the lifecycle of its channel does not contain this environment".to_owned();
        };
        let promotions = template.and_then(|it| it.tenant_promotions.as_deref()).unwrap_or_default();
        let reached: Vec<&EnvironmentId> = promotions
            .iter()
            .filter(|it| it.id == tenant.id)
            .flat_map(|it| it.promote_to.iter().map(|it| &it.id))
            .collect();
        let before = progression.phases.iter().take_while(|it| it.name != phase.name);
        // The last phase before it that the tenant has reached is the one that blocks.
        let holding = before
            .filter(|it| !it.is_optional_phase && it.environments().any(|it| reached.contains(&it)))
            .last();
        match holding {
            Some(holding) => format!(
                "phase '{}' is not complete for {}; {}",
                holding.name,
                tenant.name,
                self.missing_in(holding, context).await
            ),
            None => OTHERWISE.to_owned(),
        }
    }
}

fn not_now(
    tenant: &Tenant,
    version: &ReleaseVersion,
    environment: &EnvironmentName,
    because: &str,
) -> BackendError {
    BackendError::Impossible(format!(
        "release {version} may not be deployed to {environment} for {} yet: {because}",
        tenant.name
    ))
}

fn left_out_warning(tenant: &str, environment: &EnvironmentName, because: &BackendError) -> Notice {
    Notice::Warning(format!("tenant '{tenant}' is left out in {environment}: {because}"))
}
