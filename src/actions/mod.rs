//! What promenade can do: create, deploy and promote a release.

use std::time::Duration;

mod create;
mod deploy;
mod outcome;
mod promote;
mod wait;

pub use create::{CreateOptions, IfExists, VersionChoice};
pub use deploy::{DeployOptions, ReleaseChoice};
pub use outcome::{DeploymentResult, End, Outcome, Verdict};
pub use promote::{PromoteOptions, PromotionChoice};
pub use wait::{Answer, GivingUp, PersonNeeded, Wait, WaitOptions};

/// How long an action may take where nothing else is said.
pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(30 * 60);
