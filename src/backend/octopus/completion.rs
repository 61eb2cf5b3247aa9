//! What a history still lacks and matters: the tasks of what may have run last, whole documents, and versions.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use crate::backend::{BackendError, Context};
use crate::model::ReleaseVersion;
use crate::octopus::task::Task;
use crate::octopus::{self as api, ReleaseId, TaskId};

use super::Octopus;
use super::history::{DeploymentState, History, KnownDeployment};

/// How long a task that the server does not show is asked for again: servers answer so while they start.
const NOT_SHOWN: Duration = Duration::from_secs(8);

impl Octopus {
    /// Adds what is not known yet and matters: the tasks of what may have run last, the documents of what only a
    /// progression told of or a list told in short, and versions.
    pub(super) async fn completed(
        &self,
        history: History,
        context: Context<'_>,
    ) -> Result<History, BackendError> {
        self.completed_for(history, |_| true, context).await
    }

    /// The same for those deployments that are of interest.
    pub(super) async fn completed_for(
        &self,
        mut history: History,
        of_interest: impl Fn(&KnownDeployment) -> bool + Sync + Send,
        context: Context<'_>,
    ) -> Result<History, BackendError> {
        self.add_tasks(&mut history, &of_interest, context).await?;
        // A success that turns out to have left something out is not what is there: then others are in question.
        if self.add_documents(&mut history, &of_interest, context).await? {
            self.add_tasks(&mut history, &of_interest, context).await?;
            self.add_documents(&mut history, &of_interest, context).await?;
        }
        self.add_versions(&mut history, context).await?;
        Ok(history)
    }

    /// A task that is not shown is asked for again for a while.
    async fn add_tasks(
        &self,
        history: &mut History,
        of_interest: &(impl Fn(&KnownDeployment) -> bool + Sync),
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let until = self.patience(context).min(Instant::now() + NOT_SHOWN);
        let mut pause = Duration::from_millis(500);
        loop {
            let wanted: Vec<_> =
                history.in_question(of_interest).into_iter().map(|it| it.task.clone()).collect();
            if wanted.is_empty() {
                return Ok(());
            }
            let tasks = self.tasks(&wanted, context).await?;
            let nothing_new = tasks.is_empty();
            history.learn(&tasks);
            if nothing_new {
                if Instant::now() + pause >= until {
                    return Ok(());
                }
                sleep(pause).await;
                pause *= 2;
            }
        }
    }

    pub(super) async fn tasks(
        &self,
        ids: &[TaskId],
        context: Context<'_>,
    ) -> Result<Vec<Task>, BackendError> {
        let space = self.space(context).await?;
        let requests = api::task::by_ids(&space, ids);
        let answers =
            try_join_all(requests.iter().map(|it| self.look("reading deployments' states", it, context)));
        Ok(answers.await?.into_iter().flat_map(|it| it.items).collect())
    }

    /// A list may tell less than the document itself, so what matters is read one by one where it did.
    async fn add_documents(
        &self,
        history: &mut History,
        of_interest: &(impl Fn(&KnownDeployment) -> bool + Sync),
        context: Context<'_>,
    ) -> Result<bool, BackendError> {
        let now = history.now(of_interest);
        let known = now.success.into_iter().chain(now.partial).chain(now.unfinished).chain(now.unknown);
        let short: Vec<_> = known
            .filter(|it| it.document.as_ref().is_none_or(|it| it.is_short()))
            .map(|it| it.deployment.clone())
            .collect();
        if short.is_empty() {
            return Ok(false);
        }
        let space = self.space(context).await?;
        for some in short.chunks(8) {
            let read = some.iter().map(|it| {
                let request = api::deployment::get(&space, it);
                async move { self.look("reading a deployment", &request, context).await }
            });
            for document in try_join_all(read).await? {
                if let Some(seen) = history.0.iter_mut().find(|it| it.deployment == document.id) {
                    seen.document = Some(document);
                }
            }
        }
        Ok(true)
    }

    async fn add_versions(&self, history: &mut History, context: Context<'_>) -> Result<(), BackendError> {
        let now = history.now(|_| true);
        let known = now.success.into_iter().chain(now.partial).chain(now.unfinished).chain(now.unknown);
        let mut missing: Vec<_> =
            known.filter(|it| it.version.is_none()).map(|it| it.release.clone()).collect();
        missing.sort();
        missing.dedup();
        let read = missing.iter().map(|it| self.version_of(it, context));
        let found: HashMap<_, _> = missing.iter().cloned().zip(try_join_all(read).await?).collect();
        for seen in history.0.iter_mut().filter(|it| it.version.is_none()) {
            seen.version = found.get(&seen.release).cloned();
        }
        Ok(())
    }

    pub(super) fn versions(&self) -> HashMap<ReleaseId, ReleaseVersion> {
        self.memory().versions.clone()
    }

    pub(super) async fn version_of(
        &self,
        release: &ReleaseId,
        context: Context<'_>,
    ) -> Result<ReleaseVersion, BackendError> {
        let space = self.space(context).await?;
        if let Some(known) = self.memory().versions.get(release).cloned() {
            return Ok(known);
        }
        let document = self.look("reading a release", &api::release::get(&space, release), context).await?;
        let version = ReleaseVersion::new(document.version);
        self.memory().versions.insert(release.clone(), version.clone());
        Ok(version)
    }
}

impl History {
    /// Takes in what tasks tell.
    pub(super) fn learn(&mut self, tasks: &[Task]) {
        for seen in &mut self.0 {
            if let Some(task) = tasks.iter().find(|it| it.id == seen.task) {
                let is_success = task.is_completed && task.finished_successfully;
                seen.fate = if is_success {
                    DeploymentState::Succeeded
                } else {
                    DeploymentState::of(&task.state, task.is_completed)
                };
                seen.due = task.queue_time.or(seen.due);
                seen.started = task.start_time;
                seen.completed = task.completed_time;
            }
        }
    }
}
