//! The nouns that everyone shares: names, versions, releases, and how a release is to be deployed.
//!
//! Nothing here does I/O. What a deployment is asked for with can be written and read back, since a journal keeps it
//! ([`crate::backend::Record`]); every other boundary has wire types of its own.

mod build;
mod deployment;
pub mod marker;
mod mask;
mod name;
mod nearness;
mod release;
mod secret;
mod version;

pub use build::BuildIdentity;
pub use deployment::{
    DeploymentOptions, FreezeOverride, GuidedFailure, PromptedValue, Schedule, Targets, TenantTarget, Tenants,
};
pub use marker::Marker;
pub use mask::VersionMask;
pub use name::{
    ChannelName, EnvironmentName, MachineName, ProjectName, SpaceName, StepName, TenantName, TenantTag,
};
pub(crate) use nearness::{nearness, unquoted};
pub use release::{GitSource, PackageChoice, Release, ReleaseOrigin};
pub use secret::{Secret, SecretSource};
pub use version::ReleaseVersion;
