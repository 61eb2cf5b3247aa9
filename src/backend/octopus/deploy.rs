//! Sends a request that deploys, once.

use std::collections::BTreeMap;

use crate::backend::{Adopted, BackendError, Context, Deployment, Notice, Permit, Prepared, Sent};
use crate::model::{PromptedValue, TenantTarget};
use crate::octopus::deployment::{DeploymentServerTask, PromptedValues};
use crate::octopus::{self as api, DeploymentId, ReleaseId, SpaceId};

use super::deployment_targets::Deploying;
use super::history::KnownDeployment;
use super::place::{Place, release_id};
use super::request::{Request, Route, ids};
use super::writing::Sent as Answer;
use super::{Destination, Octopus, executions, legacy};

impl Octopus {
    /// Sends a prepared request, once, and returns the deployments that it made.
    ///
    /// # Errors
    ///
    /// Certainly nothing was changed (an expired permit included), or the server accepted the request and created fewer
    /// deployments than were requested.
    pub(in crate::backend) async fn deploy(
        &self,
        prepared: &Prepared,
        request: &Request,
        permit: Permit,
        context: Context<'_>,
    ) -> Result<Sent, BackendError> {
        self.memory().space.get_or_insert_with(|| request.space.clone());
        let doing = format!("deploying {prepared}");
        if !permit.holds() {
            // The snapshot must not be refreshed either.
            return Err(BackendError::from_client(doing, withheld()));
        }
        let sent = match &request.route {
            Route::Executions { steps, variables } => {
                let values = values(&prepared.options().variables, variables);
                let query = executions::request(prepared, request, steps, values);
                if prepared.options().refresh_variables {
                    self.forget_previews(&release_id(&prepared.release().id)?);
                }
                match self.write_once(&query, permit, context).await {
                    Ok(Answer::Answered(answer)) => {
                        let tasks = answer.deployment_server_tasks;
                        // Finding out which is which may take longer than there is time.
                        context.ledger.accept(&self.named(request, &tasks));
                        let made = self.accepted(prepared, request, &tasks, context).await;
                        context
                            .ledger
                            .accept(made.as_ref().map_or_else(BackendError::accepted, Vec::as_slice));
                        return made.map(Sent::Accepted);
                    }
                    Ok(Answer::Lost(error)) => Ok(Sent::Lost(error.into())),
                    Err(error) => Err(error),
                }
            }
            Route::ById { comments, refresh_first } => {
                if *refresh_first {
                    self.refresh_snapshot(&request.space, &prepared.release().id, context).await?;
                }
                self.deploy_by_id(prepared, request, comments.clone(), permit, context).await?
            }
        };
        match sent {
            Ok(sent) => Ok(sent),
            Err(error) if error.was_refused() => Err(self.explain(prepared, doing, error, context).await),
            Err(error) => Err(BackendError::from_client(doing, error)),
        }
    }

    async fn deploy_by_id(
        &self,
        prepared: &Prepared,
        request: &Request,
        comments: Option<String>,
        permit: Permit,
        context: Context<'_>,
    ) -> Result<Result<Sent, api::Error>, BackendError> {
        let Some(target) = request.places.first() else { return Ok(Ok(Sent::Accepted(Vec::new()))) };
        let body = legacy::body(prepared, request, target, comments)?;
        let answer = match &prepared.options().freeze_override {
            None => self.write_once(&api::deployment::create(&request.space, &body), permit, context).await,
            Some(freeze) => {
                let ids: Vec<_> = ids(&request.freezes).collect();
                let query = api::deployment::create_override(&request.space, &body, &ids, &freeze.reason);
                self.write_once(&query, permit, context).await.map(|it| match it {
                    Answer::Answered(wrapped) => Answer::Answered(wrapped.deployment),
                    Answer::Lost(error) => Answer::Lost(error),
                })
            }
        };
        Ok(match answer {
            Ok(Answer::Answered(document)) => {
                let task =
                    DeploymentServerTask { deployment_id: document.id, server_task_id: document.task_id };
                let made = self.made_at(prepared, request, &target.place, &task);
                context.ledger.accept(std::slice::from_ref(&made));
                (context.say)(Notice::Deployment(made.clone()));
                Ok(Sent::Accepted(vec![made]))
            }
            Ok(Answer::Lost(error)) => Ok(Sent::Lost(error.into())),
            Err(error) => Err(error),
        })
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

    /// A deployment that was requested, with its target.
    pub(super) fn made_at(
        &self,
        prepared: &Prepared,
        request: &Request,
        place: &Place,
        task: &DeploymentServerTask,
    ) -> Deployment {
        if let Some(release) = ReleaseId::new(&prepared.release().id) {
            self.note_destination(&task.deployment_id, place, request.project_id.clone(), release);
        }
        self.made(&request.space, place.target(), task, None)
    }

    /// An existing deployment that is taken over.
    pub(super) async fn adopted(
        &self,
        new: &Deploying<'_>,
        place: &Place,
        seen: &KnownDeployment,
        why: Adopted,
        context: Context<'_>,
    ) -> Result<Deployment, BackendError> {
        let (space, project) = (self.space(context).await?, self.project_id(new.project, context).await?);
        self.note_destination(&seen.deployment, place, project, release_id(&new.release.id)?);
        let task = DeploymentServerTask {
            deployment_id: seen.deployment.clone(),
            server_task_id: seen.task.clone(),
        };
        Ok(self.made(&space, place.target(), &task, Some(why)))
    }

    /// Remembers the target of a deployment of this run, so that a later promotion takes the release from there.
    pub(super) fn note_destination(
        &self,
        deployment: &DeploymentId,
        place: &Place,
        project: api::ProjectId,
        release: ReleaseId,
    ) {
        let destination = Destination {
            project,
            environment: place.environment.clone(),
            tenant: place.tenant.as_ref().map(|(id, _)| id.clone()),
            release,
        };
        self.memory().places.insert(deployment.to_string(), destination);
    }

    /// The target of a deployment of this run, and the id of its release; `None` if the server did not show which of
    /// several deployments it is.
    #[must_use]
    pub(in crate::backend) fn destination(
        &self,
        deployment: &Deployment,
    ) -> Option<(crate::backend::TargetId, String)> {
        let memory = self.memory();
        let found = memory.places.get(&deployment.id)?;
        let target = crate::backend::TargetId::new(&found.environment, found.tenant.as_ref());
        Some((target, found.release.to_string()))
    }

    pub(super) fn known_space(&self) -> Option<SpaceId> {
        self.memory().space.clone()
    }
}

fn withheld() -> api::Error {
    api::Error::NoAnswer { request: "the request that deploys".to_owned(), error: api::SendError::Withheld }
}

/// Values by the server's names for their variables.
fn values(values: &BTreeMap<String, PromptedValue>, words: &BTreeMap<String, String>) -> PromptedValues {
    let of = |(name, value): (&String, &PromptedValue)| {
        (words.get(name).unwrap_or(name).clone(), value.expose().to_owned().into())
    };
    values.iter().map(of).collect()
}
