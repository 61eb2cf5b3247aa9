//! The scope of a check, and its findings.

use crate::backend::BackendError;
use crate::model::{
    ChannelName, EnvironmentName, GitSource, MachineName, PackageChoice, ProjectName, StepName, TenantName,
    TenantTag,
};

/// The names that a check looks up.
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    /// The project of all other names.
    pub project: &'a ProjectName,
    /// Environments.
    pub environments: &'a [EnvironmentName],
    /// Channels of the project.
    pub channels: &'a [ChannelName],
    /// Tenants of the project.
    pub tenants: &'a [TenantName],
    /// Tags of tenants.
    pub tags: &'a [TenantTag],
    /// Machines, including excluded ones.
    pub machines: &'a [MachineName],
    /// Deployment freezes.
    pub freezes: &'a [String],
    /// Steps to skip.
    pub steps: &'a [StepName],
    /// The packages of new releases.
    pub packages: &'a [PackageChoice],
    /// Prompted variables.
    pub variables: &'a [String],
    /// The git reference from which a version-controlled project is read.
    pub git: &'a GitSource,
    /// Whether releases are to be created.
    pub creates: bool,
    /// Whether releases are to be deployed.
    pub deploys: bool,
}

/// One result of a check.
#[derive(Debug)]
pub enum Finding {
    /// Nothing to do.
    Fine(String),
    /// It works, but may surprise the user.
    Doubt(String),
    /// It will not work.
    Invalid(BackendError),
}

impl Finding {
    /// The finding about a name that was looked up. A name that the credential may not look up is reported as not
    /// checked.
    pub(super) fn of(kind: &str, name: &str, found: Result<(), BackendError>) -> Self {
        match found {
            Ok(()) => Self::Fine(format!("{kind} '{name}'")),
            Err(error @ BackendError::Refused { .. }) => {
                Self::Doubt(format!("{kind} '{name}' was not checked: {error}"))
            }
            Err(error) => Self::Invalid(error),
        }
    }
}
