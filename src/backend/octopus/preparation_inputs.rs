//! The inputs of a preparation.

use crate::model::{DeploymentOptions, ProjectName, Release};

use super::deployment_targets::{Deploying, DeploymentTargets};

/// The inputs of a preparation, so that it can be repeated.
#[derive(Debug, Clone)]
pub(in crate::backend) struct PreparationInputs {
    pub(super) project: ProjectName,
    pub(super) release: Release,
    pub(super) options: DeploymentOptions,
    pub(super) forwards_only: bool,
    pub(super) targets: DeploymentTargets,
    /// Whether the targets were read before a wait, so that they may be out of date.
    pub(super) is_old: bool,
    /// The prompted variables that could not be checked.
    pub(super) unchecked: Vec<String>,
}

impl PreparationInputs {
    pub(super) fn deploying(&self) -> Deploying<'_> {
        Deploying {
            project: &self.project,
            release: &self.release,
            targets: &self.targets,
            options: &self.options,
        }
    }
}
