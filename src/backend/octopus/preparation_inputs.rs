//! What deployments are made ready from.

use crate::model::{DeploymentOptions, ProjectName, Release};

use super::deployment_targets::{Deploying, DeploymentTargets};

/// What deployments are made ready from, so that they can be made ready again.
#[derive(Debug, Clone)]
pub(in crate::backend) struct PreparationInputs {
    pub(super) project: ProjectName,
    pub(super) release: Release,
    pub(super) options: DeploymentOptions,
    pub(super) forwards_only: bool,
    pub(super) targets: DeploymentTargets,
    /// It was looked at before anything was waited for.
    pub(super) is_old: bool,
    /// The prompted variables of which it is not known whether a deployment asks for them.
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
