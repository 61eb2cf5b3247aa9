//! What promenade can do: create, deploy and promote a release.
//!
//! Each action is a straight line: resolve the names, send each request once, wait for the result. The backend handles
//! what can go wrong on the way; `wait.rs` and `polling.rs` decide how to wait.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::{
    Backend, BackendError, Context, Deployment, Ledger, Notice, Proof, ReleaseQuery, Say, WhichRelease, after,
};
use crate::model::{BuildIdentity, ProjectName, PromptedValue, Release, ReleaseVersion};

mod ask;
mod create;
mod deploy;
mod follow;
mod outcome;
mod polling;
mod promote;
mod resolve;
mod wait;
mod watch;

#[cfg(test)]
mod tests;

pub use crate::backend::{Stop, Stopper};
pub use create::{CreateOptions, IfExists, VersionChoice, create};
pub use deploy::{DeployOptions, ReleaseChoice, deploy};
pub use outcome::{DeploymentResult, End, Outcome, Verdict};
pub use polling::{ExpectedDuration, next_look};
pub use promote::{PromoteOptions, PromotionChoice, promote};
pub use resolve::resolve;
pub use wait::{Answer, GivingUp, PersonNeeded, Wait, WaitOptions};

pub use crate::model::DEFAULT_TIME_LIMIT;

/// After the stop signal, how long a mutating request may still take to be answered.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// What the actions of one run share.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// Where releases live.
    pub backend: &'a Backend,
    /// The build that runs the action; it makes a re-run of the same build recognisable.
    pub build: Option<&'a BuildIdentity>,
    /// Receives the notices.
    pub say: &'a Say<'a>,
    /// The stop signal.
    pub stop: &'a Stop,
}

/// Why an action has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The backend reported an error.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The stop signal came before every request was sent.
    #[error("{}", stopped(*.unclear))]
    Stopped {
        /// Whether a mutating request had no answer yet, so that it may have been carried out.
        unclear: bool,
        /// What was accepted before that, and where it stood in the end.
        deployments: Vec<DeploymentResult>,
    },
    /// The time limit was over before every request was sent, and the options say to cancel the accepted deployments.
    #[error("{source}")]
    GaveUp {
        /// The error that kept the rest from being accepted.
        source: BackendError,
        /// What was accepted before that, and where it stood in the end.
        deployments: Vec<DeploymentResult>,
    },
    /// promenade itself failed during the action. Deployments may have been requested that are not listed here.
    #[error("promenade itself failed, which is a bug")]
    Bug {
        /// The deployments that were reported before; they keep running.
        accepted: Vec<Deployment>,
    },
}

impl ActionError {
    /// The error of a part of an action that requests no deployments.
    fn without_deployments(halt: Halt) -> Self {
        match halt {
            Halt::Backend(error) => Self::Backend(error),
            Halt::Stopped { unclear } => Self::Stopped { unclear, deployments: Vec::new() },
        }
    }

    /// Advice for the reader of the build log.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Backend(error) | Self::GaveUp { source: error, .. } => error.advice(),
            Self::Stopped { .. } => {
                Some("run the build again: it takes over what it finds on the server".to_owned())
            }
            Self::Bug { .. } => Some(
                "look on the server at what was begun before running again, and report the bug".to_owned(),
            ),
        }
    }

    /// The verdict on the build.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let of = |it: &BackendError| if it.is_transient() { Verdict::NoAnswer } else { Verdict::Failed };
        match self {
            Self::Backend(error) => of(error),
            Self::GaveUp { source, deployments } => of(source).max(outcome::weightiest(deployments)),
            Self::Stopped { unclear, deployments } => match outcome::weightiest(deployments) {
                // A request without an answer may have made a deployment that was not cancelled.
                Verdict::Cancelled if *unclear => Verdict::Undecided,
                verdict => verdict.max(Verdict::Undecided),
            },
            Self::Bug { accepted } if accepted.is_empty() => Verdict::NoAnswer,
            Self::Bug { .. } => Verdict::Undecided,
        }
    }

    /// The deployments that were accepted before this happened, with their last known state. Those without one keep
    /// running.
    #[must_use]
    pub fn deployments(&self) -> Vec<DeploymentResult> {
        let goes_on = |it: &Deployment| outcome::result(it.clone(), End::NotAwaited, None);
        match self {
            Self::Backend(error) => error.accepted().iter().map(goes_on).collect(),
            Self::Stopped { deployments, .. } | Self::GaveUp { deployments, .. } => deployments.clone(),
            Self::Bug { accepted } => accepted.iter().map(goes_on).collect(),
        }
    }
}

fn stopped(unclear: bool) -> &'static str {
    if unclear {
        "stopped before the server had answered; what was asked for may have been done"
    } else {
        "stopped before everything was asked for; no request is open"
    }
}

/// Why an action was halted, before its deployments are left running or cancelled.
enum Halt {
    /// The backend reported an error.
    Backend(BackendError),
    /// The stop signal came. An error of the backend after it is only a consequence.
    Stopped {
        /// Whether a mutating request has no answer.
        unclear: bool,
    },
}

impl<'a> Session<'a> {
    /// The context of an action whose time begins now.
    fn call(&self, time_limit: Duration, ledger: &'a Ledger) -> Context<'a> {
        let until = after(Instant::now(), time_limit);
        Context { deadline: until, build: self.build, attempt: None, say: self.say, stop: self.stop, ledger }
    }

    /// Runs the part of an action that sends requests. It ends at the stop signal; if a mutating request was sent, it
    /// ends [`STOP_GRACE`] later at the latest.
    async fn unless_stopped<T>(
        &self,
        context: Context<'_>,
        part: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, Halt> {
        if self.stop.is_requested() {
            return Err(Halt::Stopped { unclear: false });
        }
        let grace = async {
            self.stop.requested().await;
            if context.ledger.has_sent() {
                tokio::time::sleep(STOP_GRACE).await;
            }
        };
        tokio::select! {
            biased;
            done = part => done.map_err(|error| {
                context.ledger.accept(error.accepted());
                if self.stop.is_requested() && error.is_transient() {
                    Halt::Stopped { unclear: error.is_unclear() || context.ledger.is_unclear() }
                } else {
                    Halt::Backend(error)
                }
            }),
            () = grace => Err(Halt::Stopped { unclear: context.ledger.is_unclear() }),
        }
    }
}

/// Edits a project's own variables; see [`Backend::edit_variables`].
///
/// # Errors
///
/// An unknown variable, a concurrent edit by another user, a refusal, no answer within the time limit, or the stop
/// signal.
pub async fn edit_variables(
    session: &Session<'_>,
    project: &ProjectName,
    values: &BTreeMap<String, PromptedValue>,
    time_limit: Duration,
) -> Result<(), ActionError> {
    let ledger = Ledger::default();
    let context = session.call(time_limit, &ledger);
    let done =
        session.unless_stopped(context, session.backend.edit_variables(project, values, context)).await;
    done.map_err(ActionError::without_deployments)
}

/// Finds the release that this build created or took over in an earlier run: by its version, or only by the build's
/// marker; and compares it with what its create asks for, if that is known.
///
/// # Errors
///
/// There is no such release, it is not this build's, or it is not what the create asks for; a refusal, no answer within
/// the time limit, or the stop signal.
pub async fn release_of_this_build(
    session: &Session<'_>,
    project: &ProjectName,
    version: Option<&ReleaseVersion>,
    proof: Proof,
    create: Option<&CreateOptions>,
    time_limit: Duration,
) -> Result<Release, ActionError> {
    let ledger = Ledger::default();
    let context = session.call(time_limit, &ledger);
    let create = create.map(CreateOptions::asked);
    let which = WhichRelease::OfThisBuild { version, proof, create: create.as_ref() };
    let query = ReleaseQuery { project, which };
    let found = Box::pin(session.backend.find(&query, context));
    let release = session.unless_stopped(context, found).await.map_err(ActionError::without_deployments)?;
    (session.say)(Notice::Release(release.clone()));
    Ok(release)
}
