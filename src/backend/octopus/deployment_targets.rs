//! Where a release is to go, and what is there.

use jiff::Timestamp;

use crate::model::{DeploymentOptions, ProjectName, Release, ReleaseVersion, TenantTarget};

use super::history::{DeploymentState, History};
use super::place::Place;

/// Where deployments of a release are to go.
#[derive(Debug, Clone)]
pub(super) enum DeploymentTargets {
    /// To targets that were looked at.
    Known(Vec<PlaceHistory>),
    /// To targets that cannot hold a deployment of the release yet, because the release is new.
    New(Vec<Place>),
}

/// A target, and what was deployed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct PlaceHistory {
    pub(super) place: Place,
    pub(super) history: History,
}

impl PlaceHistory {
    /// The target in the words of the user.
    #[must_use]
    pub(super) fn target(&self) -> TenantTarget {
        self.place.target()
    }

    /// The version that was deployed there successfully last, whole or in part.
    #[must_use]
    pub(super) fn current_version(&self) -> Option<&ReleaseVersion> {
        let now = self.history.now(|_| true);
        now.partial.first().copied().or(now.success)?.version.as_ref()
    }

    /// The highest version that is there or on its way there. What is scheduled for later than `at` is not on its
    /// way yet.
    ///
    /// # Errors
    /// The server does not show what became of a deployment that may be there or on its way: which one.
    pub(super) fn highest_version(&self, at: Timestamp) -> Result<Option<&ReleaseVersion>, String> {
        let now = self.history.now(|_| true);
        if let Some(hidden) = now.unknown.iter().find(|it| it.fate == DeploymentState::Unknown) {
            return Err(hidden.name());
        }
        // A part of the target that has a higher version would be moved backwards too.
        let there = now.success.into_iter().chain(now.partial).chain(now.unknown);
        let coming = now.unfinished.into_iter().filter(|it| it.is_due(at));
        Ok(coming.chain(there).filter_map(|it| it.version.as_ref()).max_by(|a, b| a.compare(b)))
    }
}

/// A release, where it goes and how, while that is made ready.
#[derive(Clone, Copy)]
pub(super) struct Deploying<'a> {
    pub(super) project: &'a ProjectName,
    pub(super) release: &'a Release,
    pub(super) targets: &'a DeploymentTargets,
    pub(super) options: &'a DeploymentOptions,
}

impl Deploying<'_> {
    /// Its targets.
    pub(super) fn places(&self) -> Vec<Place> {
        match self.targets {
            DeploymentTargets::Known(known) => known.iter().map(|it| it.place.clone()).collect(),
            DeploymentTargets::New(places) => places.clone(),
        }
    }
}
