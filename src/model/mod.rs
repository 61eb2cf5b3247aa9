//! The nouns that all modules share: names, versions, releases, and options of a deployment.
//!
//! Nothing here does I/O. The options of a deployment can be serialized, since a journal keeps them
//! ([`crate::backend::Record`]); every other boundary has wire types of its own.

mod action;
mod build;
mod deployment;
mod encoding;
pub mod marker;
mod mask;
mod name;
mod release;
mod secret;
mod version;

pub use action::{ActionKind, DEFAULT_TIME_LIMIT};
pub use build::BuildIdentity;
pub use deployment::{
    DeploymentOptions, FreezeOverride, GuidedFailure, PromptedValue, Schedule, Targets, TenantTarget, Tenants,
};
pub use marker::Marker;
pub use mask::VersionMask;
pub use name::{
    ApplicationName, ChannelName, ConnectionName, EnvironmentName, FlowName, MachineName, ProductName,
    ProjectName, SpaceName, StepName, TenantName, TenantTag,
};
pub use release::{GitSource, PackageChoice, Release, ReleaseOrigin};
pub use secret::{Secret, SecretSource};
pub use version::ReleaseVersion;
