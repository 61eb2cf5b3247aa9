//! The requests of a wait: states in bulk, what a queued deployment waits for, earlier durations, and cancellation.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::try_join_all;

use crate::backend::{Context, Deployment, DeploymentStatus, Queued};
use crate::octopus::task::{Task, TaskFilter, TaskState};
use crate::octopus::{self as api, TaskId};

use super::Octopus;
use super::task_status::{duration, status, task_id};

/// How many requests for statuses are sent in parallel, each for up to 300 tasks.
const AT_ONCE: usize = 4;

/// How many earlier durations are read to predict the next one.
const HISTORY: u32 = 5;

impl Octopus {
    /// The statuses of the deployments, in the same order; `None` for one that the server did not show. One request for
    /// each 300 of them.
    ///
    /// # Errors
    ///
    /// No answer in time, or a refusal.
    pub async fn statuses(
        &self,
        deployments: &[Deployment],
        context: Context<'_>,
    ) -> Result<Vec<Option<DeploymentStatus>>, api::Error> {
        let space = self.required_space()?;
        let ids: Vec<_> = deployments.iter().filter_map(|it| TaskId::new(&it.task)).collect();
        let requests = api::task::by_ids(&space, &ids);
        let mut statuses = HashMap::new();
        for some in requests.chunks(AT_ONCE) {
            let sent = some.iter().map(|it| self.client.send_retrying(it, context.deadline));
            for answer in try_join_all(sent).await? {
                let of = |task: &Task| (task.id.to_string(), status(task, answer.server_time));
                statuses.extend(answer.value.items.iter().map(of));
            }
        }
        Ok(deployments.iter().map(|it| statuses.get(&it.task).cloned()).collect())
    }

    /// Asks the server to cancel a deployment. One that has ended already is not an error.
    ///
    /// # Errors
    ///
    /// The credential may not, or no answer.
    pub async fn cancel(&self, deployment: &Deployment, context: Context<'_>) -> Result<(), api::Error> {
        let space = self.required_space()?;
        let task = task_id(deployment)?;
        let request = api::task::cancel(&space, &task);
        // Cancelling twice has the same effect as once, so a lost answer needs no look before it is sent again.
        match self.client.send_retrying(&request, context.deadline).await {
            Ok(_) => Ok(()),
            // The server refuses to cancel what has ended. Its words may mean something else, so the task decides.
            Err(error) if error.was_refused() && matches!(error.status(), Some(400 | 409)) => {
                let task = self.client.send_retrying(&api::task::get(&space, &task), context.deadline).await;
                let is_over = |it: Task| it.is_completed || it.state == TaskState::Cancelling;
                if task.is_ok_and(|it| is_over(it.value)) { Ok(()) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    /// What a queued deployment waits for: the tasks before it, or a stopped queue.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn queued_because(
        &self,
        deployment: &Deployment,
        context: Context<'_>,
    ) -> Result<Option<Queued>, api::Error> {
        let space = self.required_space()?;
        let (task, current) =
            (api::task::queued_behind(&space, &task_id(deployment)?), api::space::get(&space));
        let (before, space_document) = tokio::join!(
            self.client.send(&task, context.deadline),
            self.client.send(&current, context.deadline)
        );
        if let Ok(answer) = &space_document
            && answer.value.task_queue_stopped
        {
            return Ok(Some(Queued::Stopped));
        }
        let names = |it: &Task| {
            let what = if it.description.is_empty() { it.id.to_string() } else { it.description.clone() };
            format!("{what} ({})", self.page(&space, "tasks", it.id.as_str()))
        };
        let before: Vec<_> =
            before?.value.items.iter().filter(|it| it.id.as_str() != deployment.task).map(names).collect();
        Ok((!before.is_empty()).then_some(Queued::Behind(before)))
    }

    /// The durations of earlier deployments of the same kind, and how many requests reading them took.
    pub async fn earlier_durations(
        &self,
        deployment: &Deployment,
        context: Context<'_>,
    ) -> (Vec<Duration>, u32) {
        let mut spent = 0;
        let durations = self.read_durations(deployment, &mut spent, context).await;
        (durations.unwrap_or_default(), spent)
    }

    async fn read_durations(
        &self,
        deployment: &Deployment,
        spent: &mut u32,
        context: Context<'_>,
    ) -> Option<Vec<Duration>> {
        let space = self.known_space()?;
        let known = self.memory().places.get(&deployment.id).cloned();
        let known = known.map(|it| (it.project, it.environment));
        let place = match known {
            Some(place) => place,
            None => {
                *spent += 1;
                let request = api::deployment::get(&space, &api::DeploymentId::new(&deployment.id)?);
                let document = self.client.send(&request, context.deadline).await.ok()?.value;
                (document.project_id?, document.environment_id)
            }
        };
        if let Some(durations) = self.memory().durations.get(&place).cloned() {
            return Some(durations);
        }
        *spent += 1;
        let filter = TaskFilter {
            project: Some(&place.0),
            environment: Some(&place.1),
            name: Some("Deploy"),
            states: &[TaskState::Success],
            take: Some(HISTORY),
            ..TaskFilter::default()
        };
        let tasks =
            self.client.send(&api::task::list(&space, filter), context.deadline).await.ok()?.value.items;
        let durations: Vec<_> = tasks.iter().filter_map(duration).collect();
        self.memory().durations.insert(place, durations.clone());
        Some(durations)
    }
}
