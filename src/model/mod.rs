//! The nouns that everyone shares: names, versions, releases, and how a release is to be deployed.
//!
//! Nothing here is serialised and nothing here does I/O; each boundary has wire types of its own.

mod action;
mod build;
mod deployment;
mod encoding;
pub mod marker;
mod mask;
mod name;
mod release;
mod version;

pub use action::{ActionKind, DEFAULT_TIME_LIMIT};
pub use build::BuildIdentity;
pub use deployment::{
    DeploymentOptions, FreezeOverride, GuidedFailure, PromptedValue, Schedule, Targets, TenantTarget, Tenants,
};
pub use marker::Marker;
pub use mask::VersionMask;
pub use name::{
    ChannelName, EnvironmentName, MachineName, ProjectName, SpaceName, StepName, TenantName, TenantTag,
};
pub use release::{GitSource, PackageChoice, Release, ReleaseOrigin};
pub use version::ReleaseVersion;
