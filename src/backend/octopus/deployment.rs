//! Deploys: takes over what an earlier try left, asks for the rest once, and never twice.

use std::borrow::Cow;

use futures_util::future::try_join3;

use crate::backend::{Adopted, BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{EnvironmentName, GuidedFailure, TenantName, TenantTarget, Tenants};
use crate::octopus::deployment::DeploymentServerTask;
use crate::octopus::preview::{Preview, PreviewTarget};
use crate::octopus::{self as api, EnvironmentId, SpaceId, TenantId};

use super::Octopus;
use super::adoption::{Decision, decide};
use super::asked::{Asked, orders};
use super::batch::{Batch, batches, request};
use super::foresight::Foreseen;
use super::history::{Fate, Seen};
use super::search::Baseline;
use super::sending::{Ask, part_way};
use super::settle::Sent;
use super::survey::{Aim, Standing, release_id};

/// A target in ids and names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) environment: EnvironmentId,
    pub(super) environment_name: EnvironmentName,
    pub(super) tenant: Option<(TenantId, String)>,
}

impl Place {
    /// Where a target that was looked at is.
    pub(super) fn of(standing: &Standing) -> Self {
        Self {
            environment: standing.environment.clone(),
            environment_name: standing.environment_name.clone(),
            tenant: standing.tenant.clone(),
        }
    }

    pub(super) fn target(&self) -> TenantTarget {
        let tenant = self.tenant.as_ref().map(|(_, name)| TenantName::new(name));
        TenantTarget { environment: self.environment_name.clone(), tenant }
    }

    pub(super) fn preview_target(&self) -> PreviewTarget {
        let tenant_id = self.tenant.as_ref().map(|(id, _)| id.clone());
        PreviewTarget { environment_id: self.environment.clone(), tenant_id }
    }

    pub(super) fn holds(&self, deployment: &api::deployment::Deployment) -> bool {
        deployment.environment_id == self.environment
            && deployment.tenant_id.as_ref() == self.tenant.as_ref().map(|(id, _)| id)
    }
}

impl Octopus {
    /// Deploys a release, or takes over what an earlier try of the same build left on the server. `foreseen` is
    /// what [`Octopus::foresee`] gave for it.
    ///
    /// # Errors
    ///
    /// The server refused, or it is not known whether it carried the request out. Deployments that were
    /// accepted before the error are named in it; they go on.
    pub async fn deploy(
        &self,
        new: &NewDeployment<'_>,
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let (mut done, known) = match new.aim {
            Aim::Surveyed(standings) => self.adopt(new, standings, foreseen, call).await?,
            Aim::Fresh { .. } if new.options.schedule.is_some_and(|it| it.run_at <= self.server_now()) => {
                let because =
                    "run-at lies in the past, and a new release has no deployment for that time".to_owned();
                return Err(BackendError::TooLate {
                    what: format!("deploying release {}", new.release.version),
                    because,
                });
            }
            Aim::Fresh { .. } => (Vec::new(), Baseline::default()),
        };
        for deployment in &done {
            (call.say)(Notice::Deployment(deployment.clone()));
        }
        let taken: Vec<_> = done.iter().map(|it| it.target.clone()).collect();
        let sent = if is_signed(new, call) {
            self.deploy_with_comments(new, &taken, &known, foreseen, call).await
        } else {
            self.deploy_by_executions(new, &taken, &known, call).await
        };
        match sent {
            Ok(sent) => {
                done.extend(sent);
                Ok(done)
            }
            Err(error) if done.is_empty() => Err(error),
            Err(error) => {
                done.extend(error.accepted().iter().cloned());
                Err(BackendError::PartWay { accepted: done, source: Box::new(error) })
            }
        }
    }

    /// What is taken over, and everything that was there before we asked for anything.
    async fn adopt(
        &self,
        new: &NewDeployment<'_>,
        standings: &[Standing],
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<(Vec<Deployment>, Baseline), BackendError> {
        let known = Baseline::of(standings);
        let release = release_id(&new.release.id)?;
        let now = self.server_now();
        let space = self.space(call).await?;
        let machines = self.machine_ids(&space, new.options, call).await?;
        let previews = self.previews_to_compare(new, standings, foreseen, call).await?;
        let mut adopted = Vec::new();
        for (standing, preview) in standings.iter().zip(&previews) {
            let asked = Asked::new(new.options, &machines, preview.as_ref());
            let target = standing.target();
            match decide(&standing.history, &release, &asked, call.build, now) {
                Decision::Adopt(seen, why) => adopted.push(self.adopted(&space, target, &seen, why)),
                Decision::DeployAnew(Some(because)) => {
                    (call.say)(Notice::DeployingAnew { target, because });
                }
                Decision::DeployAnew(None) => {}
                Decision::Unclear(because) => {
                    return Err(BackendError::Hidden { what: doing(new, &target), because });
                }
                Decision::TooLate(because) => {
                    return Err(BackendError::TooLate { what: doing(new, &target), because });
                }
            }
        }
        Ok((adopted, known))
    }

    /// What deployments to those targets would do where an earlier one has to be compared with it, in the same order.
    /// Where the credential may not know, less can be told of the earlier ones.
    async fn previews_to_compare(
        &self,
        new: &NewDeployment<'_>,
        standings: &[Standing],
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Option<Preview>>, BackendError> {
        let release = release_id(&new.release.id)?;
        let has_form = !(new.options.variables.is_empty() && new.options.skip_steps.is_empty());
        let is_compared = |it: &Standing| {
            let earlier = it.history.of(&release);
            let runs = earlier.iter().any(|it| matches!(it.fate, Fate::Unfinished | Fate::Unknown));
            runs && new.options.guided_failure == GuidedFailure::Default || has_form && !earlier.is_empty()
        };
        let places: Vec<_> = standings.iter().filter(|it| is_compared(it)).map(Place::of).collect();
        let read = match self.previews(new, &places, foreseen, call).await {
            Err(BackendError::Refused { .. }) => Vec::new(),
            read => read?,
        };
        let mut read = places.into_iter().zip(read);
        let mut next = read.next();
        let of = |it: &Standing| {
            next.take_if(|(place, _)| *place == Place::of(it)).map(|(_, preview)| {
                next = read.next();
                preview
            })
        };
        Ok(standings.iter().map(of).collect())
    }

    pub(super) async fn deploy_by_executions(
        &self,
        new: &NewDeployment<'_>,
        taken: &[TenantTarget],
        known: &Baseline,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let space = self.space(call).await?;
        let mut done = Vec::new();
        for batch in batches(new.aim, taken) {
            let executions = Executions { octopus: self, space: &space, new, batch, call };
            let sent = self.ask(new, &executions, known, call).await;
            done.extend(sent.map_err(|error| part_way(&done, error))?);
        }
        Ok(done)
    }

    /// Says which of the accepted deployments is which, and that none is missing.
    async fn accepted(
        &self,
        space: &SpaceId,
        batch: &Batch,
        tasks: Vec<DeploymentServerTask>,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let made = match (&batch.targets, tasks.as_slice()) {
            (_, []) => Vec::new(),
            (Some(targets), [task]) if targets.len() == 1 => {
                vec![self.made(space, targets[0].clone(), task, None)]
            }
            _ => self.identified(space, &tasks, call).await,
        };
        for deployment in &made {
            (call.say)(Notice::Deployment(deployment.clone()));
        }
        let has = |target: &TenantTarget| {
            made.iter().any(|it| {
                it.target.environment.is(target.environment.as_str())
                    && it.target.tenant.as_ref().map(|it| it.as_str().to_lowercase())
                        == target.tenant.as_ref().map(|it| it.as_str().to_lowercase())
            })
        };
        let missing: Vec<String> = match &batch.targets {
            _ if made.is_empty() => batch.environments.clone(),
            Some(targets) if targets.len() > made.len() => {
                targets.iter().filter(|it| !has(it)).map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        };
        if missing.is_empty() {
            Ok(made)
        } else {
            Err(BackendError::NothingCreated { missing, accepted: made })
        }
    }

    /// The answer lists the deployments in no promised order and without their targets. They were accepted, so
    /// they are waited for, even where the server does not tell which is which.
    async fn identified(
        &self,
        space: &SpaceId,
        tasks: &[DeploymentServerTask],
        call: Call<'_>,
    ) -> Vec<Deployment> {
        let ids: Vec<_> = tasks.iter().map(|it| it.deployment_id.clone()).collect();
        let mut documents = Vec::new();
        for request in api::deployment::by_ids(space, &ids) {
            match self.look("reading the new deployments", &request, call).await {
                Ok(page) => documents.extend(page.items),
                Err(error) => {
                    (call.say)(Notice::Warning(format!("{error}; they are told apart by their ids")))
                }
            }
        }
        let mut made = Vec::new();
        for task in tasks {
            let document = documents.iter().find(|it| it.id == task.deployment_id);
            let target = match document {
                Some(document) => {
                    let environment = self.environment_name(&document.environment_id, call).await;
                    let tenant = match &document.tenant_id {
                        Some(id) => Some(TenantName::new(self.tenant_name(id, call).await)),
                        None => None,
                    };
                    if let Some(project) = &document.project_id {
                        let place = (project.clone(), document.environment_id.clone());
                        self.memory().places.insert(document.id.to_string(), place);
                    }
                    TenantTarget { environment, tenant }
                }
                None => TenantTarget {
                    environment: EnvironmentName::new(task.deployment_id.as_str()),
                    tenant: None,
                },
            };
            made.push(self.made(space, target, task, None));
        }
        made
    }

    pub(super) fn made(
        &self,
        space: &SpaceId,
        target: TenantTarget,
        task: &DeploymentServerTask,
        adopted: Option<Adopted>,
    ) -> Deployment {
        Deployment {
            id: task.deployment_id.to_string(),
            task: task.server_task_id.to_string(),
            target,
            url: self.page(space, "tasks", task.server_task_id.as_str()),
            adopted,
        }
    }

    fn adopted(&self, space: &SpaceId, target: TenantTarget, seen: &Seen, why: Adopted) -> Deployment {
        let task = DeploymentServerTask {
            deployment_id: seen.deployment.clone(),
            server_task_id: seen.task.clone(),
        };
        self.made(space, target, &task, Some(why))
    }

    /// The targets that nothing was taken over for, in ids.
    pub(super) async fn places_left(
        &self,
        new: &NewDeployment<'_>,
        taken: &[TenantTarget],
        call: Call<'_>,
    ) -> Result<Vec<Place>, BackendError> {
        let mut places = match new.aim {
            Aim::Surveyed(standings) => standings.iter().map(Place::of).collect(),
            Aim::Fresh { to, tenants } => {
                let names: Vec<EnvironmentName> = to.iter().cloned().collect();
                self.places_of(new, &names, tenants, call).await?
            }
        };
        places.retain(|it| !taken.contains(&it.target()));
        Ok(places)
    }

    /// Environments, and tenants in each of them, in ids. What does not need an answer to be asked is asked at
    /// once.
    async fn places_of(
        &self,
        new: &NewDeployment<'_>,
        environments: &[EnvironmentName],
        tenants: &Tenants,
        call: Call<'_>,
    ) -> Result<Vec<Place>, BackendError> {
        let place = |(id, name): &(EnvironmentId, EnvironmentName), tenant| Place {
            environment: id.clone(),
            environment_name: name.clone(),
            tenant,
        };
        if *tenants == Tenants::Untenanted {
            let environments = self.environments(environments, call).await?;
            return Ok(environments.iter().map(|it| place(it, None)).collect());
        }
        self.space(call).await?;
        let known = api::ProjectId::recognise(new.project.as_str());
        let (project, environments, listed) = try_join3(
            self.project_id(new.project, call),
            self.environments(environments, call),
            self.list_tenants(known.as_ref(), tenants, call),
        )
        .await?;
        let mut places = Vec::new();
        for environment in &environments {
            let found = listed.meant(&project, tenants, std::slice::from_ref(&environment.0))?;
            places.extend(found.into_iter().map(|it| place(environment, Some(it))));
        }
        Ok(places)
    }

    pub(super) fn known_space(&self) -> Option<SpaceId> {
        self.memory().space.clone()
    }
}

/// Whether a deployment has a comment: because there are notes, or because this build's marker in it has to tell what
/// the server's own document does not: orders, prompted values, and whose a schedule is.
fn is_signed(new: &NewDeployment<'_>, call: Call<'_>) -> bool {
    let options = new.options;
    let is_hidden =
        !orders(options).is_empty() || !options.variables.is_empty() || options.schedule.is_some();
    options.notes.is_some() || call.build.is_some() && is_hidden
}

fn doing(new: &NewDeployment<'_>, target: &TenantTarget) -> String {
    format!("deploying release {} to {target}", new.release.version)
}

/// A request of the executions API: one for all of a batch.
struct Executions<'a> {
    octopus: &'a Octopus,
    space: &'a SpaceId,
    new: &'a NewDeployment<'a>,
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
        &self.batch.environments
    }

    fn target(&self) -> String {
        self.batch.environments.join(", ")
    }

    /// This route has no comments.
    fn is_signed(&self) -> bool {
        false
    }

    async fn places(&self) -> Result<Vec<Place>, BackendError> {
        let environments: Vec<_> = self.batch.environments.iter().map(EnvironmentName::new).collect();
        self.octopus.places_of(self.new, &environments, &self.batch.tenants(), self.call).await
    }

    async fn send(&self, only: Option<&[Place]>) -> Result<Sent<Self::Answer>, api::Error> {
        self.octopus.write(&request(self.space, self.new, &self.batch(only)), self.call).await
    }

    async fn accepted(
        &self,
        answer: Self::Answer,
        only: Option<&[Place]>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let tasks = answer.deployment_server_tasks;
        self.octopus.accepted(self.space, &self.batch(only), tasks, self.call).await
    }
}
