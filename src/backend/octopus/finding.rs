//! What a check looks up, and what it found.

use crate::backend::BackendError;
use crate::model::{
    ChannelName, EnvironmentName, GitSource, MachineName, PackageChoice, ProjectName, StepName, TenantName,
    TenantTag,
};

/// What a check looks up.
#[derive(Debug, Clone, Copy)]
pub struct Inspection<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// Environments.
    pub environments: &'a [EnvironmentName],
    /// Channels of the project.
    pub channels: &'a [ChannelName],
    /// Tenants of the project.
    pub tenants: &'a [TenantName],
    /// Tags of tenants.
    pub tags: &'a [TenantTag],
    /// Machines, also those that are left out.
    pub machines: &'a [MachineName],
    /// Deployment freezes.
    pub freezes: &'a [String],
    /// Steps that are left out.
    pub steps: &'a [StepName],
    /// The packages of new releases.
    pub packages: &'a [PackageChoice],
    /// Prompted variables.
    pub variables: &'a [String],
    /// Where the process of a version-controlled project is read from.
    pub git: &'a GitSource,
    /// Whether releases are to be created.
    pub creates: bool,
    /// Whether releases are to be deployed.
    pub deploys: bool,
}

/// One thing that a check has found out.
#[derive(Debug)]
pub enum Finding {
    /// It is as it should be.
    Fine(String),
    /// It works, but may surprise the user.
    Doubt(String),
    /// It will not work.
    Invalid(BackendError),
}

impl Finding {
    /// The finding about a name that was looked up. A name that may not be looked up was not checked, and is reported
    /// as such.
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
