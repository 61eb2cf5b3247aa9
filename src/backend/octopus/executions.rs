//! The requests of the executions API, and which of the resulting deployments is which.

use crate::backend::{BackendError, Context, Deployment, Notice, Prepared};
use crate::model::{DeploymentOptions, EnvironmentName, GuidedFailure, TenantTarget};
use crate::octopus::deployment::{
    CreatedDeployments, DeployTenantedV1, DeployUntenantedV1, DeployV1, DeploymentServerTask, PromptedValues,
};
use crate::octopus::{self as api, MachineId};

use super::Octopus;
use super::place::Place;
use super::request::{Named, Request};

/// Builds the request. It holds ids where the server documents ids, elsewhere the exact name of the looked-up document.
/// `steps` and `variables` are the server's names for those of the options.
pub(super) fn request(
    prepared: &Prepared,
    request: &Request,
    steps: &[String],
    variables: PromptedValues,
) -> api::Once<CreatedDeployments> {
    let mut environments: Vec<String> = Vec::new();
    for place in request.places() {
        if !environments.iter().any(|it| it == place.environment_name.as_str()) {
            environments.push(place.environment_name.to_string());
        }
    }
    let common = common(prepared, request, steps, variables);
    let tenants: Vec<String> =
        request.places().filter_map(|it| it.tenant.as_ref()).map(|(_, name)| name.clone()).collect();
    if tenants.is_empty() {
        let body = DeployUntenantedV1 { environment_names: environments, common };
        return api::deployment::create_untenanted_v1(&request.space, &body);
    }
    let environment_name = environments.into_iter().next().unwrap_or_default();
    let body = DeployTenantedV1 { environment_name, tenants, tenant_tags: Vec::new(), common };
    api::deployment::create_tenanted_v1(&request.space, &body)
}

fn common(prepared: &Prepared, request: &Request, steps: &[String], variables: PromptedValues) -> DeployV1 {
    let options = prepared.options();
    let DeploymentOptions { schedule, freeze_override, .. } = options;
    let machines = |some: &[Named<MachineId>]| some.iter().map(|it| it.name.clone()).collect();
    DeployV1 {
        project_name: request.project_id.to_string(),
        release_version: prepared.release().version.to_string(),
        force_package_download: options.force_package_download,
        force_package_redeployment: options.force_redeployment,
        update_variable_snapshot: options.refresh_variables,
        specific_machine_names: machines(&request.machines),
        excluded_machine_names: machines(&request.excluded_machines),
        skip_step_names: steps.to_vec(),
        use_guided_failure: match options.guided_failure {
            GuidedFailure::Default => None,
            GuidedFailure::On => Some(true),
            GuidedFailure::Off => Some(false),
        },
        run_at: schedule.map(|it| it.run_at.to_string()),
        no_run_after: schedule.and_then(|it| it.no_run_after).map(|it| it.to_string()),
        variables,
        deployment_freeze_names: request.freezes.iter().map(|it| it.name.clone()).collect(),
        deployment_freeze_override_reason: freeze_override.as_ref().map(|it| it.reason.clone()),
    }
}

impl Octopus {
    /// The deployments that an answer names, before it is known which of them is which.
    pub(super) fn named(&self, request: &Request, tasks: &[DeploymentServerTask]) -> Vec<Deployment> {
        let target = one_of(request);
        tasks.iter().map(|it| self.made(&request.space, target.clone(), it, None)).collect()
    }

    /// Assigns the accepted deployments to their targets and checks that none is missing.
    ///
    /// # Errors
    ///
    /// The server created none for one of the targets.
    pub(super) async fn accepted(
        &self,
        prepared: &Prepared,
        request: &Request,
        tasks: &[DeploymentServerTask],
        context: Context<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let (made, reached) = match (request.places.as_slice(), tasks) {
            (_, []) => (Vec::new(), Vec::new()),
            ([it], [task]) => {
                (vec![self.made_at(prepared, request, &it.place, task)], vec![it.place.clone()])
            }
            _ => self.identified(prepared, request, tasks, context).await,
        };
        for deployment in &made {
            (context.say)(Notice::Deployment(deployment.clone()));
        }
        let mut missing: Vec<&Place> = request.places().filter(|it| !reached.contains(it)).collect();
        // A deployment that the server does not assign can belong to any target without a known one.
        let unassigned = made.len().saturating_sub(reached.len());
        if unassigned >= missing.len() {
            missing.clear();
        }
        if missing.is_empty() {
            return Ok(made);
        }
        let missing = missing.iter().map(|it| it.target().to_string()).collect();
        Err(BackendError::NothingCreated { missing, accepted: made })
    }

    /// The answer lists the deployments in no documented order and without their targets. They were accepted, so
    /// promenade waits for them even if the server does not show which is which. The second list holds the places of
    /// the assigned deployments.
    async fn identified(
        &self,
        prepared: &Prepared,
        request: &Request,
        tasks: &[DeploymentServerTask],
        context: Context<'_>,
    ) -> (Vec<Deployment>, Vec<Place>) {
        let ids: Vec<_> = tasks.iter().map(|it| it.deployment_id.clone()).collect();
        let mut documents = Vec::new();
        for query in api::deployment::by_ids(&request.space, &ids) {
            match self.look("reading the new deployments", &query, context).await {
                Ok(page) => documents.extend(page.items),
                Err(error) => (context.say)(Notice::Warning(format!(
                    "{error}; which of the new deployments goes where is not known"
                ))),
            }
        }
        let (mut made, mut reached) = (Vec::new(), Vec::new());
        for task in tasks {
            let Some(document) = documents.iter().find(|it| it.id == task.deployment_id) else {
                made.push(self.made(&request.space, one_of(request), task, None));
                continue;
            };
            let place = self.place_of(request, document, context).await;
            made.push(self.made_at(prepared, request, &place, task));
            // Each place has one deployment; a second one there is not assigned to another place.
            if reached.contains(&place) {
                (context.say)(Notice::Warning(format!(
                    "the server made two deployments for {}",
                    place.target()
                )));
            }
            reached.push(place);
        }
        (made, reached)
    }

    async fn place_of(
        &self,
        request: &Request,
        document: &api::deployment::Deployment,
        context: Context<'_>,
    ) -> Place {
        if let Some(place) = request.places().find(|it| it.holds(document)) {
            return place.clone();
        }
        // It was not requested, but it keeps running.
        Place {
            environment: document.environment_id.clone(),
            environment_name: self.environment_name(&document.environment_id, context).await,
            tenant: match &document.tenant_id {
                Some(id) => Some((id.clone(), self.tenant_name(id, context).await)),
                None => None,
            },
        }
    }
}

/// The target of a deployment that may be any of the request's.
fn one_of(request: &Request) -> TenantTarget {
    let places: Vec<_> = request.places().map(|it| it.target().to_string()).collect();
    TenantTarget { environment: EnvironmentName::new(format!("one of {}", places.join(", "))), tenant: None }
}
