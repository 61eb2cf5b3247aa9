//! What promenade can do: create, deploy and promote a release.
//!
//! Each action is a straight line: resolve what is meant, ask for it once, wait for the result. What can
//! go wrong on the way is the backend's business; how to wait is decided in `wait.rs` and `polling.rs`.

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

/// After the word to stop, how long a request that changes something may still take to be answered.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// What the actions of one run share.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// Where releases live.
    pub backend: &'a Backend,
    /// The build that asks; it makes a re-run of the same build recognisable.
    pub build: Option<&'a BuildIdentity>,
    /// Where notices go.
    pub say: &'a Say<'a>,
    /// The word to stop.
    pub stop: &'a Stop,
}

/// Why an action has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The backend could not.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// We were told to stop before everything was asked for.
    #[error("{}", stopped(*.unclear))]
    Stopped {
        /// Whether a request that changes something had no answer yet, so that it may have been done.
        unclear: bool,
        /// What was accepted before that, and where it stood in the end.
        deployments: Vec<DeploymentResult>,
    },
    /// The time limit was over before everything was asked for, and the options say to cancel what was.
    #[error("{source}")]
    GaveUp {
        /// Why not everything was accepted.
        source: BackendError,
        /// What was accepted before that, and where it stood in the end.
        deployments: Vec<DeploymentResult>,
    },
    /// promenade itself failed in the midst of it. Nobody knows whether more was asked for than was told.
    #[error("promenade itself failed, which is a bug")]
    Bug {
        /// The deployments that were told of before; they go on.
        accepted: Vec<Deployment>,
    },
}

impl ActionError {
    /// The error of a part that asks for no deployments.
    fn without_deployments(halt: Halt) -> Self {
        match halt {
            Halt::Backend(error) => Self::Backend(error),
            Halt::Stopped { unclear } => Self::Stopped { unclear, deployments: Vec::new() },
        }
    }

    /// What the reader of the build log can do about it.
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

    /// What this means for the build.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let of = |it: &BackendError| if it.is_transient() { Verdict::NoAnswer } else { Verdict::Failed };
        match self {
            Self::Backend(error) => of(error),
            Self::GaveUp { source, deployments } => of(source).max(outcome::weightiest(deployments)),
            Self::Stopped { unclear, deployments } => match outcome::weightiest(deployments) {
                // Of what has no answer nobody can say that it was cancelled too.
                Verdict::Cancelled if *unclear => Verdict::Undecided,
                verdict => verdict.max(Verdict::Undecided),
            },
            Self::Bug { accepted } if accepted.is_empty() => Verdict::NoAnswer,
            Self::Bug { .. } => Verdict::Undecided,
        }
    }

    /// The deployments that were accepted before this happened, and where they stood in the end. Those that
    /// nobody looked at any more go on.
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

/// What keeps an action from its outcome, before it is settled what becomes of its deployments.
enum Halt {
    /// The backend could not.
    Backend(BackendError),
    /// We were told to stop. What the backend said then, if it said anything, is only a consequence.
    Stopped {
        /// Whether a request that changes something has no answer.
        unclear: bool,
    },
}

impl<'a> Session<'a> {
    /// The call of an action, whose time begins now.
    fn call(&self, time_limit: Duration, ledger: &'a Ledger) -> Context<'a> {
        let until = after(Instant::now(), time_limit);
        Context { deadline: until, build: self.build, attempt: None, say: self.say, stop: self.stop, ledger }
    }

    /// Carries out the part of an action that asks the server for what it does. It ends with the word to stop;
    /// where a request that changes something was sent, after the time that it has to be answered.
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
/// An unknown variable, somebody else's edit in between, a refusal, no answer within the limit, or the word to
/// stop.
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

/// The release that this build made in an earlier run, or took: by its version, or by the build's marker alone; and as its
/// create asked for it, where that is known.
///
/// # Errors
///
/// There is none, or it is not this build's; it is not what the create asked for; a refusal, no answer within the
/// limit, or the word to stop.
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
