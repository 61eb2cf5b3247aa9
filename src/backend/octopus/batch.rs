//! Deploys by the executions API: which requests deploy to a number of targets, what they say, and which of the
//! deployments that they made is which.

use std::borrow::Cow;

use crate::backend::{BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{DeploymentOptions, EnvironmentName, GuidedFailure, Marker, TenantTarget};
use crate::octopus::deployment::{
    DeployTenantedV1, DeployUntenantedV1, DeployV1, DeploymentServerTask, PromptedValues,
};
use crate::octopus::freeze::Freeze;
use crate::octopus::machine::Machine;
use crate::octopus::{self as api, ProjectId, SpaceId};

use super::Octopus;
use super::foresight::Foreseen;
use super::place::Place;
use super::resolve::{Named, is_plain};
use super::search::Baseline;
use super::sending::{Ask, part_way};
use super::settle::Sent;

/// One POST of the executions API, and what it is expected to make: several environments without tenants, or one
/// environment for tenants.
#[derive(Clone)]
pub(super) struct Batch {
    places: Vec<Place>,
    environments: Vec<String>,
}

impl Batch {
    pub(super) fn of_places(places: &[Place]) -> Self {
        let mut environments: Vec<String> = Vec::new();
        for place in places {
            if !environments.iter().any(|it| it == place.environment_name.as_str()) {
                environments.push(place.environment_name.to_string());
            }
        }
        Self { places: places.to_vec(), environments }
    }

    pub(super) fn environments(&self) -> &[String] {
        &self.environments
    }

    fn tenants(&self) -> Vec<String> {
        self.places.iter().filter_map(|it| it.tenant.as_ref()).map(|(_, name)| name.clone()).collect()
    }
}

/// The POSTs that are needed: one for all environments without tenants, else one for each environment.
fn batches(places: Vec<Place>) -> Vec<Batch> {
    let (untenanted, mut rest): (Vec<_>, Vec<_>) = places.into_iter().partition(|it| it.tenant.is_none());
    let mut batches = Vec::new();
    if !untenanted.is_empty() {
        batches.push(Batch::of_places(&untenanted));
    }
    while let Some(first) = rest.first().map(|it| it.environment.clone()) {
        let (here, elsewhere): (Vec<_>, Vec<_>) = rest.into_iter().partition(|it| it.environment == first);
        batches.push(Batch::of_places(&here));
        rest = elsewhere;
    }
    batches
}

/// What a request says of machines and freezes, looked up.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) machines: Vec<Machine>,
    pub(super) excluded: Vec<Machine>,
    pub(super) freezes: Vec<Freeze>,
    /// Whether each of them, and each of the targets, can be told from all others by its name.
    pub(super) by_name: bool,
}

impl Octopus {
    /// Looks up what requests to these places have to say. What was resolved before costs nothing.
    pub(super) async fn resolved(
        &self,
        options: &DeploymentOptions,
        places: &[Place],
        call: Call<'_>,
    ) -> Result<Resolved, BackendError> {
        let machines = self.machines(&options.machines, call).await?;
        let excluded = self.machines(&options.excluded_machines, call).await?;
        let named: &[String] = options.freeze_override.as_ref().map_or(&[], |it| &it.freezes);
        let freezes = self.freezes(named, call).await?;
        let memory = self.memory();
        let by_name = all_plain(machines.iter().chain(&excluded), memory.machines.as_deref())
            && all_plain(&freezes, memory.freezes.as_deref())
            && {
                let known = memory.environments.as_deref().unwrap_or_default();
                let here = |it: &&api::environment::Environment| {
                    places.iter().any(|place| place.environment == it.id)
                };
                all_plain(known.iter().filter(here), Some(known))
            }
            && {
                let known = memory.tenants.as_deref().unwrap_or_default();
                let here = |it: &&api::tenant::Tenant| {
                    places.iter().any(|place| place.tenant.as_ref().is_some_and(|(id, _)| *id == it.id))
                };
                all_plain(known.iter().filter(here), Some(known))
            };
        drop(memory);
        Ok(Resolved { machines, excluded, freezes, by_name })
    }

    pub(super) async fn deploy_by_executions(
        &self,
        new: &NewDeployment<'_>,
        places: Vec<Place>,
        resolved: &Resolved,
        known: &Baseline,
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let space = self.space(call).await?;
        let project = self.project_id(new.project, call).await?;
        let common = common(new, &project, resolved, foreseen);
        let mut done = Vec::new();
        for batch in batches(places) {
            let executions = Executions { octopus: self, space: &space, new, common: &common, batch, call };
            let sent = self.ask(new, &executions, known, call).await;
            done.extend(sent.map_err(|error| part_way(&done, error))?);
        }
        Ok(done)
    }

    /// Says which of the accepted deployments is which, and that none is missing.
    async fn accepted(
        &self,
        space: &SpaceId,
        new: &NewDeployment<'_>,
        batch: &Batch,
        tasks: Vec<DeploymentServerTask>,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let (made, reached) = match (batch.places.as_slice(), tasks.as_slice()) {
            (_, []) => (Vec::new(), Vec::new()),
            ([place], [task]) => {
                (vec![self.made_at(space, new, place, task, call).await], vec![place.clone()])
            }
            _ => self.identified(space, new, batch, &tasks, call).await,
        };
        for deployment in &made {
            (call.say)(Notice::Deployment(deployment.clone()));
        }
        let mut missing: Vec<&Place> = batch.places.iter().filter(|it| !reached.contains(it)).collect();
        // What the server does not tell apart can be any of those that are not known to be there.
        let untold = made.len().saturating_sub(reached.len());
        if untold >= missing.len() {
            missing.clear();
        }
        if missing.is_empty() {
            return Ok(made);
        }
        let missing = missing.iter().map(|it| it.target().to_string()).collect();
        Err(BackendError::NothingCreated { missing, accepted: made })
    }

    /// The answer lists the deployments in no promised order and without their targets. They were accepted, so
    /// they are waited for, even where the server does not tell which is which. The second list holds the places of
    /// the deployments that it tells.
    async fn identified(
        &self,
        space: &SpaceId,
        new: &NewDeployment<'_>,
        batch: &Batch,
        tasks: &[DeploymentServerTask],
        call: Call<'_>,
    ) -> (Vec<Deployment>, Vec<Place>) {
        let ids: Vec<_> = tasks.iter().map(|it| it.deployment_id.clone()).collect();
        let mut documents = Vec::new();
        for request in api::deployment::by_ids(space, &ids) {
            match self.look("reading the new deployments", &request, call).await {
                Ok(page) => documents.extend(page.items),
                Err(error) => (call.say)(Notice::Warning(format!(
                    "{error}; which of the new deployments goes where is not known"
                ))),
            }
        }
        let (mut made, mut reached) = (Vec::new(), Vec::new());
        for task in tasks {
            let Some(document) = documents.iter().find(|it| it.id == task.deployment_id) else {
                made.push(self.made(space, untold(batch), task, None));
                continue;
            };
            let place = match batch.places.iter().find(|it| it.holds(document)) {
                Some(place) => place.clone(),
                // Nobody asked for it; it goes on all the same.
                None => Place {
                    environment: document.environment_id.clone(),
                    environment_name: self.environment_name(&document.environment_id, call).await,
                    tenant: match &document.tenant_id {
                        Some(id) => Some((id.clone(), self.tenant_name(id, call).await)),
                        None => None,
                    },
                },
            };
            made.push(self.made_at(space, new, &place, task, call).await);
            // One place holds one deployment; a second there stands for no other.
            if reached.contains(&place) {
                (call.say)(Notice::Warning(format!(
                    "the server made two deployments for {}",
                    place.target()
                )));
            }
            reached.push(place);
        }
        (made, reached)
    }

    /// A deployment that was asked for, and where it goes.
    pub(super) async fn made_at(
        &self,
        space: &SpaceId,
        new: &NewDeployment<'_>,
        place: &Place,
        task: &DeploymentServerTask,
        call: Call<'_>,
    ) -> Deployment {
        self.note_place(new, &task.deployment_id, place, call).await;
        self.made(space, place.target(), task, None)
    }

    /// Remembers where a deployment of this run goes, so that a promotion after it takes what this run brought there.
    pub(super) async fn note_place(
        &self,
        new: &NewDeployment<'_>,
        deployment: &api::DeploymentId,
        place: &Place,
        call: Call<'_>,
    ) {
        let project = self.project_id(new.project, call).await;
        if let (Ok(project), Some(release)) = (project, api::ReleaseId::new(&new.release.id)) {
            let destination = super::Destination {
                project,
                environment: place.environment.clone(),
                tenant: place.tenant.as_ref().map(|(id, _)| id.clone()),
                release,
            };
            self.memory().places.insert(deployment.to_string(), destination);
        }
    }

    /// Where a deployment of this run goes, and the id of its release; nothing where the server did not tell which of
    /// several it is.
    #[must_use]
    pub fn destination(&self, deployment: &Deployment) -> Option<(crate::backend::TargetId, String)> {
        let memory = self.memory();
        let found = memory.places.get(&deployment.id)?;
        let target = crate::backend::TargetId::new(&found.environment, found.tenant.as_ref());
        Some((target, found.release.to_string()))
    }
}

/// Whether each of these is told from all others by its name alone.
fn all_plain<'a, T: Named + 'a>(some: impl IntoIterator<Item = &'a T>, all: Option<&[T]>) -> bool {
    some.into_iter().all(|it| is_plain(it, all.unwrap_or_default()))
}

/// The target of a deployment that may be any of a batch.
fn untold(batch: &Batch) -> TenantTarget {
    let places: Vec<_> = batch.places.iter().map(|it| it.target().to_string()).collect();
    TenantTarget { environment: EnvironmentName::new(format!("one of {}", places.join(", "))), tenant: None }
}

/// A request of the executions API: one for all of a batch.
struct Executions<'a> {
    octopus: &'a Octopus,
    space: &'a SpaceId,
    new: &'a NewDeployment<'a>,
    common: &'a DeployV1,
    batch: Batch,
    call: Call<'a>,
}

impl Executions<'_> {
    fn batch(&self, only: Option<&[Place]>) -> Cow<'_, Batch> {
        only.map_or(Cow::Borrowed(&self.batch), |places| Cow::Owned(Batch::of_places(places)))
    }
}

impl Ask for Executions<'_> {
    type Answer = api::deployment::CreatedDeployments;

    fn environments(&self) -> &[String] {
        self.batch.environments()
    }

    fn target(&self) -> String {
        self.batch.environments.join(", ")
    }

    /// This route has no comments.
    fn signature(&self) -> Option<Marker> {
        None
    }

    async fn places(&self) -> Result<Vec<Place>, BackendError> {
        Ok(self.batch.places.clone())
    }

    async fn send(&self, only: Option<&[Place]>) -> Result<Sent<Self::Answer>, api::Error> {
        self.octopus.write(&request(self.space, self.common, &self.batch(only)), self.call).await
    }

    fn named(&self, answer: &Self::Answer, only: Option<&[Place]>) -> Vec<Deployment> {
        let batch = self.batch(only);
        let target = untold(&batch);
        let tasks = answer.deployment_server_tasks.iter();
        tasks.map(|it| self.octopus.made(self.space, target.clone(), it, None)).collect()
    }

    async fn accepted(
        &self,
        answer: Self::Answer,
        only: Option<&[Place]>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let tasks = answer.deployment_server_tasks;
        self.octopus.accepted(self.space, self.new, &self.batch(only), tasks, self.call).await
    }
}

fn request(
    space: &SpaceId,
    common: &DeployV1,
    batch: &Batch,
) -> api::Request<api::deployment::CreatedDeployments> {
    let common = common.clone();
    let tenants = batch.tenants();
    if tenants.is_empty() {
        let body = DeployUntenantedV1 { environment_names: batch.environments.clone(), common };
        return api::deployment::create_untenanted_v1(space, &body);
    }
    let environment_name = batch.environments.first().cloned().unwrap_or_default();
    api::deployment::create_tenanted_v1(
        space,
        &DeployTenantedV1 { environment_name, tenants, tenant_tags: Vec::new(), common },
    )
}

/// What all requests of a deployment say. Where the server documents an id, that is sent; elsewhere the exact name of
/// the document that was looked up.
fn common(
    new: &NewDeployment<'_>,
    project: &ProjectId,
    resolved: &Resolved,
    foreseen: &Foreseen,
) -> DeployV1 {
    let options = new.options;
    let DeploymentOptions { schedule, freeze_override, .. } = options;
    let machines = |some: &[Machine]| some.iter().map(|it| it.name.clone()).collect();
    DeployV1 {
        project_name: project.to_string(),
        release_version: new.release.version.to_string(),
        force_package_download: options.force_package_download,
        force_package_redeployment: options.force_redeployment,
        update_variable_snapshot: options.refresh_variables,
        specific_machine_names: machines(&resolved.machines),
        excluded_machine_names: machines(&resolved.excluded),
        skip_step_names: foreseen.step_names(options),
        use_guided_failure: match options.guided_failure {
            GuidedFailure::Default => None,
            GuidedFailure::On => Some(true),
            GuidedFailure::Off => Some(false),
        },
        run_at: schedule.map(|it| it.run_at.to_string()),
        no_run_after: schedule.and_then(|it| it.no_run_after).map(|it| it.to_string()),
        variables: prompted(options, foreseen),
        deployment_freeze_names: resolved.freezes.iter().map(|it| it.name.clone()).collect(),
        deployment_freeze_override_reason: freeze_override.as_ref().map(|it| it.reason.clone()),
    }
}

fn prompted(options: &DeploymentOptions, foreseen: &Foreseen) -> PromptedValues {
    let value = |(name, value): (&String, &crate::model::PromptedValue)| {
        (foreseen.variable_name(name), value.expose().to_owned().into())
    };
    options.variables.iter().map(value).collect()
}
