//! Why a promotion is not started.

use crate::backend::BackendError;
use crate::driver::HomeError;
use crate::flow::compile::CompileError;
use crate::model::{ApplicationName, EnvironmentName, ReleaseVersion};
use crate::store::{StartError, StoreError};

use super::candidate::Candidate;

/// Why a promotion is not started. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartProblem {
    /// The flow asks for what this version does not carry out.
    #[error("the flow asks for what this version of promenade does not carry out: {}", .0.join(", "))]
    Unsupported(Vec<String>),
    /// The product has no such application.
    #[error("the product has no application {name}; it has {}", .known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    NoApplication {
        /// What was asked for.
        name: ApplicationName,
        /// What there is.
        known: Vec<ApplicationName>,
    },
    /// Several applications could be meant, or none has changes.
    #[error("{}", choose(.0))]
    Choose(Vec<Candidate>),
    /// The trigger environment has no release that could be promoted.
    #[error("{environment} has no release of {application} whose deployment succeeded completely")]
    NothingThere {
        /// The environment.
        environment: EnvironmentName,
        /// The application.
        application: ApplicationName,
    },
    /// The tenants of the trigger environment have different releases.
    #[error("the tenants of {environment} have different releases of {application}: {there}")]
    TenantsDiffer {
        /// The environment.
        environment: EnvironmentName,
        /// The application.
        application: ApplicationName,
        /// Who has what.
        there: String,
    },
    /// The trigger environment has another version than the one that was demanded.
    #[error("{environment} has release {there}, not {wanted}")]
    OtherVersion {
        /// The environment.
        environment: EnvironmentName,
        /// The version that is there.
        there: ReleaseVersion,
        /// The version that was demanded.
        wanted: ReleaseVersion,
    },
    /// The flow and the definitions do not fit together.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A home cannot be reached at all.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A home has no answer, or a no.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Names that do not exist, in several environments.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Names(Vec<BackendError>),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StartError),
    /// The store could not be read.
    #[error(transparent)]
    Unread(#[from] StoreError),
    /// promenade itself failed.
    #[error("promenade itself failed, which is a bug: {0}")]
    Bug(String),
}

fn choose(candidates: &[Candidate]) -> String {
    let line = |it: &Candidate| {
        let changes = if it.has_changes { "with changes" } else { "without changes" };
        format!("{} {} ({changes})", it.application, it.version)
    };
    let all: Vec<String> = candidates.iter().map(line).collect();
    let changed = candidates.iter().filter(|it| it.has_changes).count();
    let what = if changed == 0 { "no application has changes" } else { "several applications have changes" };
    format!("{what}: {}; name one with --application", all.join(", "))
}
