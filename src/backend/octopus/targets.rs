//! The targets of a release: its environments, and the tenants that can be deployed to in each of them.

use futures_util::future::join;

use crate::backend::{BackendError, Context, TargetId};
use crate::model::{EnvironmentName, ProjectName, Release, Targets, Tenants};
use crate::octopus::preview::DeploymentTemplate;
use crate::octopus::{self as api, EnvironmentId, ProjectId, ReleaseId};

use super::Octopus;
use super::eligibility::{error_of, in_environment, nobody};
use super::errors::together;
use super::needs::Needs;
use super::place::{Place, release_id};
use super::skipped_tenants::{SkippedTenant, Subject};

impl Octopus {
    /// The targets of an action, in ids, as far as names and the links of tenants determine them. For actions whose
    /// names were resolved before.
    ///
    /// # Errors
    ///
    /// A name that does not exist, or no answer.
    pub async fn targets_of(
        &self,
        project: &ProjectName,
        to: &Targets,
        tenants: &Tenants,
        context: Context<'_>,
    ) -> Result<Vec<TargetId>, BackendError> {
        let environments = self.targets(to, context).await?;
        if *tenants == Tenants::Untenanted {
            let untenanted = |it: &(EnvironmentId, _)| TargetId::new(&it.0, None);
            return Ok(environments.iter().map(untenanted).collect());
        }
        let project = self.project_id(project, context).await?;
        let listed = self.all_tenants(context).await?;
        let meant = listed.meant(tenants)?;
        let of = |environment: &(EnvironmentId, EnvironmentName)| {
            let here = in_environment(&meant, &project, &environment.0, None);
            here.eligible.iter().map(|it| TargetId::new(&environment.0, Some(&it.id))).collect::<Vec<_>>()
        };
        Ok(environments.iter().flat_map(of).collect())
    }

    /// Checks the tenants of an action, as far as that is possible without a release.
    ///
    /// # Errors
    ///
    /// Every invalid name and every tenant that cannot be deployed to.
    pub(super) async fn check_tenants(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let listed = self.all_tenants(context).await?;
        let mut errors = Vec::new();
        errors.extend(self.check_tags(listed.all(), needs.tenants, context).await.err());
        let meant = match listed.meant(needs.tenants) {
            Ok(meant) => meant,
            Err(error) => {
                errors.push(error);
                return Err(together(errors));
            }
        };
        if errors.is_empty() && !needs.to.is_empty() {
            let names: Vec<EnvironmentName> = needs.to.iter().copied().cloned().collect();
            // An unknown name is reported with the environments.
            let Ok(environments) = self.environments(&names, context).await else { return Ok(()) };
            let mut is_anyone_eligible = false;
            for environment in &environments {
                let here = in_environment(&meant, project, &environment.0, None);
                is_anyone_eligible |= !here.eligible.is_empty();
                let named = here.blocked.iter().filter(|(it, _)| it.is_named);
                errors
                    .extend(named.map(|(it, why)| error_of(it.tenant, *why, needs.project, &environment.1)));
            }
            if errors.is_empty() && !is_anyone_eligible {
                errors.push(nobody(&environments));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }

    /// The targets of a release, each once, environment by environment. A tenant that is linked to an environment but
    /// cannot be deployed to there now is left out with a warning if it was selected by a tag or `*`.
    ///
    /// # Errors
    ///
    /// A named tenant cannot be deployed to in one of the environments; no tenant is left; or no answer.
    pub(super) async fn places(
        &self,
        project: &ProjectName,
        release: &Release,
        to: &Targets,
        tenants: &Tenants,
        context: Context<'_>,
    ) -> Result<Vec<Place>, BackendError> {
        let environments = self.targets(to, context).await?;
        if *tenants == Tenants::Untenanted {
            let place = |(environment, environment_name): (EnvironmentId, EnvironmentName)| Place {
                environment,
                environment_name,
                tenant: None,
            };
            return Ok(environments.into_iter().map(place).collect());
        }
        let id = self.project_id(project, context).await?;
        let release_id = release_id(&release.id)?;
        let (listed, template) = join(self.all_tenants(context), self.template(&release_id, context)).await;
        let (listed, template) = (listed?, template?);
        let meant = listed.meant(tenants)?;
        let mut places = Vec::new();
        let mut skipped = Vec::new();
        for environment in &environments {
            let here = in_environment(&meant, &id, &environment.0, template.as_ref());
            places.extend(here.eligible.iter().map(|it| Place {
                environment: environment.0.clone(),
                environment_name: environment.1.clone(),
                tenant: Some((it.id.clone(), it.name.clone())),
            }));
            skipped.extend(here.blocked.into_iter().map(|(tenant, obstacle)| SkippedTenant {
                tenant,
                obstacle,
                environment: environment.clone(),
            }));
        }
        let subject = Subject { project, release: &release_id, version: &release.version };
        self.report_skipped(subject, &skipped, template.as_ref(), context).await?;
        if places.is_empty() { Err(nobody(&environments)) } else { Ok(places) }
    }

    /// The environments that a release may go to now; `None` if the credential may not read them.
    pub(super) async fn template(
        &self,
        release: &ReleaseId,
        context: Context<'_>,
    ) -> Result<Option<DeploymentTemplate>, BackendError> {
        let space = self.space(context).await?;
        let request = api::preview::template(&space, release);
        match self.look("reading where the release may go", &request, context).await {
            Ok(template) => Ok(Some(template)),
            Err(BackendError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
