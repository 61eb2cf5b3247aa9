//! What promenade can do: create, deploy and promote a release.
//!
//! Each action is a straight line: resolve what is meant, ask for it once, wait for the result. What can
//! go wrong on the way is the backend's business; how to wait is decided in `wait.rs` and `pace.rs`.

use std::time::Duration;

use tokio::time::Instant;

use crate::backend::{Backend, BackendError, Call, Deployment, Say, after};
use crate::model::BuildIdentity;

mod create;
mod deploy;
mod follow;
mod outcome;
mod pace;
mod promote;
mod resolve;
mod stop;
mod wait;
mod watch;

pub use create::{CreateOptions, IfExists, VersionChoice, create};
pub use deploy::{DeployOptions, ReleaseChoice, deploy};
pub use outcome::{DeploymentResult, End, Outcome, Verdict};
pub use pace::{Expected, next_look};
pub use promote::{PromoteOptions, PromotionChoice, promote};
pub use resolve::resolve;
pub use stop::{Stop, Stopper};
pub use wait::{Answer, GivingUp, PersonNeeded, Wait, WaitOptions};

/// How long an action may take where nothing else is said.
pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(30 * 60);

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
    /// We were told to stop before the server had answered. What was asked for may have been done.
    #[error("stopped before the server had answered; what was asked for may have been done")]
    Stopped,
}

impl ActionError {
    /// What the reader of the build log can do about it.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Backend(error) => error.advice(),
            Self::Stopped => {
                Some("run the build again: it takes over what it finds on the server".to_owned())
            }
        }
    }

    /// What this means for the build.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Backend(error) if error.is_transient() => Verdict::NoAnswer,
            Self::Backend(_) => Verdict::Failed,
            Self::Stopped => Verdict::Undecided,
        }
    }

    /// The deployments that were accepted before this happened; they go on.
    #[must_use]
    pub fn accepted(&self) -> &[Deployment] {
        match self {
            Self::Backend(error) => error.accepted(),
            Self::Stopped => &[],
        }
    }
}

impl<'a> Session<'a> {
    fn call(&self, time_limit: Duration) -> Call<'a> {
        Call { until: after(Instant::now(), time_limit), build: self.build, say: self.say }
    }

    /// Carries out a part of an action that must not be cut off in the middle of a request. After the word
    /// to stop it has a few seconds left to hear the answer.
    async fn unless_stopped<T>(
        &self,
        part: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, ActionError> {
        if self.stop.is_told() {
            return Err(ActionError::Stopped);
        }
        let grace = async {
            self.stop.told().await;
            tokio::time::sleep(STOP_GRACE).await;
        };
        tokio::select! {
            biased;
            done = part => Ok(done?),
            () = grace => Err(ActionError::Stopped),
        }
    }
}
