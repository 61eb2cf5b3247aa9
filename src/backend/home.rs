//! The homes of releases behind one set of verbs. A home's own types pass through it only inside values that only that
//! home reads.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::model::{ProjectName, PromptedValue, Release, SpaceName, Targets, Tenants};

#[cfg(test)]
use super::folder;
use super::octopus::Octopus;
use super::opaque::{HomeInputs, HomeRequest};
use super::{
    BackendError, Before, Cause, Context, CurrentQuery, CurrentReleases, CurrentUser, Deployment,
    DeploymentStatus, Finding, Inspection, LookResult, Needs, NewDeployment, NewPromotion, NewRelease,
    Overview, Permit, Preparation, Prepared, Question, Queued, ReleaseQuery, Scope, Selection, Sent,
    TargetId, TaskLog,
};

/// Where releases live.
pub enum Backend {
    /// A space of an Octopus server.
    Octopus(Box<Octopus>),
    /// Files in a folder: a home for tests that is not Octopus.
    #[cfg(test)]
    Folder(folder::Folder),
}

impl From<Octopus> for Backend {
    fn from(octopus: Octopus) -> Self {
        Self::Octopus(Box::new(octopus))
    }
}

/// Calls a verb of the home; the tests' folder has its own implementation or none.
macro_rules! of_home {
    ($backend:expr, $octopus:ident => $do:expr, none: $none:expr) => {
        match $backend {
            Backend::Octopus($octopus) => $do,
            #[cfg(test)]
            Backend::Folder(_) => $none,
        }
    };
    ($backend:expr, $octopus:ident => $do:expr, $folder:ident => $also:expr) => {
        match $backend {
            Backend::Octopus($octopus) => $do,
            #[cfg(test)]
            Backend::Folder($folder) => $also,
        }
    };
}

/// Calls a verb of the home with a value that the home made before; a value of another home is an error.
macro_rules! of_its_home {
    ($backend:expr, $kind:ident, $made:expr,
     ($octopus:ident, $one:pat) => $do:expr, ($folder:ident, $other:pat) => $also:expr, else: $none:expr) => {
        match ($backend, $made) {
            (Backend::Octopus($octopus), $kind::Octopus($one)) => $do,
            #[cfg(test)]
            (Backend::Folder($folder), $kind::Folder($other)) => $also,
            #[cfg(test)]
            _ => $none,
        }
    };
}

impl Backend {
    /// A space of the Octopus server that `client` talks to; without a name, the server's default space.
    ///
    /// `retry_limit` is how long a read request outside of a wait is retried while it gets no answer.
    #[must_use]
    pub fn new(client: crate::octopus::Client, space: Option<SpaceName>, retry_limit: Duration) -> Self {
        Self::Octopus(Box::new(Octopus::new(client, space, retry_limit)))
    }

    /// The same home, on the same connections, without what this one remembers of names and places.
    #[must_use]
    pub fn without_memory(&self) -> Self {
        of_home!(
            self,
            it => Self::Octopus(Box::new(it.without_memory())),
            it => Self::Folder(it.again())
        )
    }

    /// How long one request may take, and so how long after sending it may still be carried out.
    #[must_use]
    pub fn read_limit(&self) -> Duration {
        of_home!(self, it => it.client().read_limit(), it => it.read_limit())
    }

    /// Finds the release that is meant.
    ///
    /// # Errors
    ///
    /// There is no such release; a name does not exist; the release is another build's or not what its create asks for;
    /// or no answer.
    pub async fn find(
        &self,
        query: &ReleaseQuery<'_>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        of_home!(self, it => it.find(query, context).await, it => it.find(query))
    }

    /// Creates a release, or takes over the one that an earlier run of the same build created.
    ///
    /// # Errors
    ///
    /// The version exists and may not be used, or is not what was asked for; a name is unknown; the server refused; or
    /// it is not known whether the server carried out the request.
    pub async fn create_release(
        &self,
        new: &NewRelease<'_>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        of_home!(self, it => it.create_release(new, context).await, none: Err(unsupported()))
    }

    /// Prepares deployments of one or several releases, in parallel. Changes nothing.
    ///
    /// # Errors
    ///
    /// A name that does not exist; a target that may not be deployed to, or would move backwards; a step or a prompted
    /// variable that no deployment has; a deployment that the home does not show well enough to compare; a start time
    /// in the past; no answer.
    pub async fn prepare(
        &self,
        all: &[NewDeployment<'_>],
        context: Context<'_>,
    ) -> Result<Vec<Preparation>, BackendError> {
        of_home!(self, it => it.prepare(all, context).await, it => it.prepare(all))
    }

    /// Prepares the same deployments again, after a new look at the targets.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare), and a preparation of another home.
    pub async fn renew(
        &self,
        preparation: &Preparation,
        context: Context<'_>,
    ) -> Result<Preparation, BackendError> {
        of_its_home!(
            self, HomeInputs, &preparation.inputs,
            (it, inputs) => it.renew(inputs, context).await,
            (it, inputs) => it.renew(inputs),
            else: Err(of_another_home())
        )
    }

    /// Chooses what a promotion takes: one release, or one for each version that the tenants have.
    ///
    /// # Errors
    ///
    /// No complete deployment to the source succeeded, another release is there than was demanded, a name does not
    /// exist, or no answer.
    pub async fn select(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        of_home!(self, it => it.select(promotion, context).await, none: Err(unsupported()))
    }

    /// Sends one prepared request, once, while the permit holds. It never looks whether an earlier one was carried out:
    /// see [`look`](Self::look).
    ///
    /// # Errors
    ///
    /// Certainly nothing was changed; or the home accepted the request and created fewer deployments than were
    /// requested. [`BackendError::NotSent`] if the permit expired, or the stop signal came, before the request was
    /// written; [`BackendError::is_unsent`] also covers a server that took no connection.
    pub async fn deploy(
        &self,
        prepared: &Prepared,
        permit: Permit,
        context: Context<'_>,
    ) -> Result<Sent, BackendError> {
        of_its_home!(
            self, HomeRequest, &prepared.content.home,
            (it, request) => it.deploy(prepared, request, permit, context).await,
            (it, request) => it.deploy(prepared, request, &permit),
            else: Err(of_another_home())
        )
    }

    /// Looks once for the deployments that a request made: those that were not there `before` and match the request.
    ///
    /// # Errors
    ///
    /// The home does not show it.
    pub async fn look(
        &self,
        prepared: &Prepared,
        before: &Before,
        context: Context<'_>,
    ) -> Result<LookResult, Cause> {
        of_its_home!(
            self, HomeRequest, &prepared.content.home,
            (it, request) => Ok(it.find_lost(prepared, request, before, context).await?),
            (it, request) => it.look(prepared, request, before),
            else: Err(Cause::Folder("it was prepared for another home".to_owned()))
        )
    }

    /// Warns about prompted values that could not be checked before and that the deployments do not show.
    pub async fn report_missing_values(
        &self,
        preparation: &Preparation,
        made: &[Deployment],
        context: Context<'_>,
    ) {
        of_its_home!(
            self, HomeInputs, &preparation.inputs,
            (it, inputs) => it.report_missing_values(inputs, made, context).await,
            (_it, _inputs) => {},
            else: {}
        );
    }

    /// The statuses of the deployments, in the same order; `None` for one that the home does not show. The deployments
    /// may be of several projects, and of earlier processes; one request asks for up to 300 of them.
    ///
    /// # Errors
    ///
    /// No answer in time, or a refusal.
    pub async fn statuses(
        &self,
        deployments: &[Deployment],
        context: Context<'_>,
    ) -> Result<Vec<Option<DeploymentStatus>>, Cause> {
        self.ensure_space(context).await?;
        of_home!(self, it => Ok(it.statuses(deployments, context).await?), it => it.statuses(deployments))
    }

    /// Asks the home to cancel a deployment. May be repeated: one that has ended already, or is being cancelled, is not
    /// an error.
    ///
    /// # Errors
    ///
    /// The credential may not, or no answer.
    pub async fn cancel(&self, deployment: &Deployment, context: Context<'_>) -> Result<(), Cause> {
        self.ensure_space(context).await?;
        of_home!(self, it => Ok(it.cancel(deployment, context).await?), it => it.cancel(deployment))
    }

    /// The questions that deployments ask people now, by task.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn questions(
        &self,
        deployments: &[Deployment],
        context: Context<'_>,
    ) -> Result<HashMap<String, Vec<Question>>, Cause> {
        self.ensure_space(context).await?;
        of_home!(self, it => Ok(it.questions(deployments, context).await?), none: Ok(HashMap::new()))
    }

    /// Takes responsibility for a question and gives an answer, in the home's own word for it.
    ///
    /// # Errors
    ///
    /// Another user has taken responsibility, the credential may not, or no answer.
    pub async fn answer(&self, question: &Question, word: &str, context: Context<'_>) -> Result<(), Cause> {
        self.ensure_space(context).await?;
        of_home!(self, it => Ok(it.answer(question, word, context).await?), none: Ok(()))
    }

    /// The log of a deployment, step by step, as far as it goes.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal. The request is not retried: the next look returns the same lines.
    pub async fn log(&self, deployment: &Deployment, context: Context<'_>) -> Result<TaskLog, Cause> {
        self.ensure_space(context).await?;
        of_home!(
            self,
            it => Ok(it.log(deployment, context).await?),
            none: Ok(TaskLog { steps: Vec::new(), percent: 0, size: 0 })
        )
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
    ) -> Result<Option<Queued>, Cause> {
        self.ensure_space(context).await?;
        of_home!(self, it => Ok(it.queued_because(deployment, context).await?), none: Ok(None))
    }

    /// The durations of earlier deployments of the same kind, and how many requests reading them took.
    pub async fn earlier_durations(
        &self,
        deployment: &Deployment,
        context: Context<'_>,
    ) -> (Vec<Duration>, u32) {
        of_home!(self, it => it.earlier_durations(deployment, context).await, none: (Vec::new(), 0))
    }

    /// The target of a deployment of this run, and the id of its release; `None` if the home did not show which of
    /// several deployments it is.
    #[must_use]
    pub fn destination(&self, deployment: &Deployment) -> Option<(TargetId, String)> {
        of_home!(self, it => it.destination(deployment), none: None)
    }

    /// Resolves the names of several actions in parallel and returns, for each action in the same order, the errors in
    /// its names. Later lookups are answered from memory.
    pub async fn resolve(&self, needs: &[Needs<'_>], context: Context<'_>) -> Vec<Result<(), BackendError>> {
        of_home!(self, it => it.resolve(needs, context).await, none: needs.iter().map(|_| Ok(())).collect())
    }

    /// Resolves the names of one action.
    ///
    /// # Errors
    ///
    /// The errors in its names.
    pub async fn resolve_one(&self, needs: Needs<'_>, context: Context<'_>) -> Result<(), BackendError> {
        of_home!(self, it => it.resolve_one(needs, context).await, none: Ok(()))
    }

    /// The targets of an action, as far as names and the links of tenants determine them.
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
        of_home!(self, it => it.targets_of(project, to, tenants, context).await, none: Err(unsupported()))
    }

    /// Sets the unscoped values of a project's variables; a variable that the project lacks is an error.
    ///
    /// # Errors
    ///
    /// An unknown variable, a project whose variables are kept in git, a concurrent edit by another user, a refusal, or
    /// no answer.
    pub async fn edit_variables(
        &self,
        project: &ProjectName,
        values: &BTreeMap<String, PromptedValue>,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        of_home!(self, it => it.edit_variables(project, values, context).await, none: Err(unsupported()))
    }

    /// Reads which release is where, environment by environment and tenant by tenant.
    ///
    /// # Errors
    ///
    /// A name that does not exist, or no answer.
    pub async fn overview(&self, scope: &Scope<'_>, context: Context<'_>) -> Result<Overview, BackendError> {
        of_home!(self, it => it.overview(scope, context).await, none: Err(unsupported()))
    }

    /// Reads what an environment has now: for each tenant the release that a promotion from there would take. No target
    /// with a release is an answer, [`CurrentReleases::is_nothing_there`], and not an error.
    ///
    /// # Errors
    ///
    /// A name that does not exist; without tenants, the environment was deployed to for tenants only; the last success
    /// left out machines or steps; the home does not show what decides; or no answer.
    pub async fn current(
        &self,
        query: &CurrentQuery<'_>,
        context: Context<'_>,
    ) -> Result<CurrentReleases, BackendError> {
        of_home!(self, it => it.current(query, context).await, none: Err(unsupported()))
    }

    /// The user whose credential is in use; `None` if the home does not say.
    ///
    /// # Errors
    ///
    /// No answer.
    pub async fn current_user(&self, context: Context<'_>) -> Result<Option<CurrentUser>, BackendError> {
        of_home!(self, it => it.current_user(context).await, none: Ok(None))
    }

    async fn ensure_space(&self, context: Context<'_>) -> Result<(), Cause> {
        of_home!(self, it => it.ensure_space(context).await, none: Ok(()))
    }

    /// Checks names and permissions as far as possible without changing anything.
    pub async fn check(&self, inspection: &Inspection<'_>, context: Context<'_>) -> Vec<Finding> {
        of_home!(self, it => it.check(inspection, context).await, none: Vec::new())
    }
}

#[cfg(test)]
fn unsupported() -> BackendError {
    BackendError::Impossible("the folder of the tests has no such verb".to_owned())
}

#[cfg(test)]
fn of_another_home() -> BackendError {
    BackendError::Impossible("it was prepared for another home of releases".to_owned())
}
