//! The homes of releases behind one set of verbs. No type of a home's own passes through it but inside what only that home
//! opens again.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{ProjectName, PromptedValue, Release, SpaceName, Targets, Tenants};

#[cfg(test)]
use super::folder;
use super::octopus::Octopus;
use super::opaque::{HomeInputs, HomeRequest};
use super::{
    BackendError, Before, Cause, Context, Deployment, DeploymentStatus, Finding, Inspection, LookResult,
    Needs, NewDeployment, NewPromotion, NewRelease, Overview, Permit, Preparation, Prepared, Question,
    Queued, ReleaseQuery, Scope, Selection, Sent, TargetId, TaskLog,
};

/// Where releases live.
pub enum Backend {
    /// A space of an Octopus server.
    Octopus(Box<Octopus>),
    /// Files in a folder: a home that is not Octopus, to prove the verbs by.
    #[cfg(test)]
    Folder(folder::Folder),
}

impl From<Octopus> for Backend {
    fn from(octopus: Octopus) -> Self {
        Self::Octopus(Box::new(octopus))
    }
}

/// Hands a verb to the home; the folder of the tests has its own part, or none.
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

/// Hands a verb to the home together with what that home made before; of another home's it can make nothing.
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
    /// `retry_limit` is how long a question outside of a wait is repeated while it gets no answer.
    #[must_use]
    pub fn new(client: crate::octopus::Client, space: Option<SpaceName>, retry_limit: Duration) -> Self {
        Self::Octopus(Box::new(Octopus::new(client, space, retry_limit)))
    }

    /// What time it is by the home's clock, as far as an answer has told; else by ours (UTC).
    #[must_use]
    pub fn now(&self) -> Timestamp {
        of_home!(self, it => it.server_now(), none: Timestamp::UNIX_EPOCH)
    }

    /// How long one call may take. A request may be on its way for as long.
    #[must_use]
    pub fn read_limit(&self) -> Duration {
        of_home!(self, it => it.client().read_limit(), it => it.read_limit())
    }

    /// The release that is meant.
    ///
    /// # Errors
    ///
    /// There is none, a name that does not exist, it is another build's or not what its create asked for, or no answer.
    pub async fn find(
        &self,
        query: &ReleaseQuery<'_>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        of_home!(self, it => it.find(query, context).await, it => it.find(query))
    }

    /// Makes a release, or takes up the one that an earlier try of the same build made.
    ///
    /// # Errors
    ///
    /// The version exists and may not be used, or is not what was asked for; a name is unknown, the server refused,
    /// or it is not known whether it carried the request out.
    pub async fn create_release(
        &self,
        new: &NewRelease<'_>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        of_home!(self, it => it.create_release(new, context).await, none: Err(unsupported()))
    }

    /// Makes deployments of one or several releases ready, side by side. Nothing is changed.
    ///
    /// # Errors
    ///
    /// A name that does not exist; a target that may not be deployed to, or would move backwards; a step or a
    /// prompted variable that no deployment has; a deployment of which the home does not show whether it is what is
    /// asked for; a time that is over; a question without an answer.
    pub async fn prepare(
        &self,
        all: &[NewDeployment<'_>],
        context: Context<'_>,
    ) -> Result<Vec<Preparation>, BackendError> {
        of_home!(self, it => it.prepare(all, context).await, it => it.prepare(all))
    }

    /// Makes the same ready again, after a new look at the targets.
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
    /// Nothing was deployed to the source whole, another release is there than was demanded, a name that does
    /// not exist, or a question without an answer.
    pub async fn select(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        of_home!(self, it => it.select(promotion, context).await, none: Err(unsupported()))
    }

    /// Sends one request that was made ready, once, while the leave to do so holds. It never looks whether an earlier one
    /// was carried out: see [`look`](Self::look).
    ///
    /// # Errors
    ///
    /// Certainly nothing was done; or the home accepted the request and made less than was asked for.
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

    /// Looks once for what a request made: what was not there `before`, and was asked for the same.
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
            else: Err(Cause::Folder("it was made ready for another home".to_owned()))
        )
    }

    /// Warns of prompted values that could not be checked before, and that the deployments do not show.
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

    /// Where the deployments stand, in the same order; `None` for one that the home does not show.
    ///
    /// # Errors
    ///
    /// No answer in time, or a refusal.
    pub async fn statuses(
        &self,
        deployments: &[Deployment],
        context: Context<'_>,
    ) -> Result<Vec<Option<DeploymentStatus>>, Cause> {
        of_home!(self, it => Ok(it.statuses(deployments, context).await?), it => it.statuses(deployments))
    }

    /// Asks for a deployment to be cancelled. One that has ended already is no error.
    ///
    /// # Errors
    ///
    /// The credential may not, or no answer.
    pub async fn cancel(&self, deployment: &Deployment, context: Context<'_>) -> Result<(), Cause> {
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
        of_home!(self, it => Ok(it.questions(deployments, context).await?), none: Ok(HashMap::new()))
    }

    /// Takes responsibility for a question and gives an answer in the home's word.
    ///
    /// # Errors
    ///
    /// Somebody else has taken it, the credential may not, or no answer.
    pub async fn answer(&self, question: &Question, word: &str, context: Context<'_>) -> Result<(), Cause> {
        of_home!(self, it => Ok(it.answer(question, word, context).await?), none: Ok(()))
    }

    /// The log of a deployment, step by step, as far as it goes.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal. It is asked once: the next look brings the same lines.
    pub async fn log(&self, deployment: &Deployment, context: Context<'_>) -> Result<TaskLog, Cause> {
        of_home!(
            self,
            it => Ok(it.log(deployment, context).await?),
            none: Ok(TaskLog { steps: Vec::new(), percent: 0, size: 0 })
        )
    }

    /// What a queued deployment waits for: the tasks before it, or a queue that is stopped.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn queued_because(
        &self,
        deployment: &Deployment,
        context: Context<'_>,
    ) -> Result<Option<Queued>, Cause> {
        of_home!(self, it => Ok(it.queued_because(deployment, context).await?), none: Ok(None))
    }

    /// How long the same deployment took before, and how many requests it cost to learn that.
    pub async fn earlier_durations(
        &self,
        deployment: &Deployment,
        context: Context<'_>,
    ) -> (Vec<Duration>, u32) {
        of_home!(self, it => it.earlier_durations(deployment, context).await, none: (Vec::new(), 0))
    }

    /// Where a deployment of this run goes, and the id of its release; nothing where the home did not tell which of
    /// several it is.
    #[must_use]
    pub fn destination(&self, deployment: &Deployment) -> Option<(TargetId, String)> {
        of_home!(self, it => it.destination(deployment), none: None)
    }

    /// Finds out what all words of several actions mean, side by side; for each, in the same order, what is wrong with
    /// its words. Later questions are answered from memory.
    pub async fn resolve(&self, needs: &[Needs<'_>], context: Context<'_>) -> Vec<Result<(), BackendError>> {
        of_home!(self, it => it.resolve(needs, context).await, none: needs.iter().map(|_| Ok(())).collect())
    }

    /// The same for one action.
    ///
    /// # Errors
    ///
    /// What is wrong with its words.
    pub async fn resolve_one(&self, needs: Needs<'_>, context: Context<'_>) -> Result<(), BackendError> {
        of_home!(self, it => it.resolve_one(needs, context).await, none: Ok(()))
    }

    /// Where an action deploys to, as far as words and the links of tenants tell.
    ///
    /// # Errors
    ///
    /// A word that means nothing, or no answer.
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
    /// An unknown variable, a project whose variables live in git, somebody else's edit in between, a
    /// refusal, or no answer.
    pub async fn edit_variables(
        &self,
        project: &ProjectName,
        values: &BTreeMap<String, PromptedValue>,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        of_home!(self, it => it.edit_variables(project, values, context).await, none: Err(unsupported()))
    }

    /// What is where: environment by environment, for whom the project may be deployed.
    ///
    /// # Errors
    ///
    /// A name that does not exist, or a question without an answer.
    pub async fn overview(&self, scope: &Scope<'_>, context: Context<'_>) -> Result<Overview, BackendError> {
        of_home!(self, it => it.overview(scope, context).await, none: Err(unsupported()))
    }

    /// What can be known of names and permissions before anything is asked for.
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
    BackendError::Impossible("it was made ready for another home of releases".to_owned())
}
