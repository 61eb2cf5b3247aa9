//! The targets of a release, and their history.

use jiff::Timestamp;

use crate::model::{DeploymentOptions, ProjectName, Release, ReleaseVersion, TenantTarget};

use super::history::{DeploymentState, History};
use super::place::Place;

/// The targets of deployments of a release.
#[derive(Debug, Clone)]
pub(super) enum DeploymentTargets {
    /// Targets with their history.
    Known(Vec<PlaceHistory>),
    /// Targets without a history, because the release is new.
    New(Vec<Place>),
}

/// A target and its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct PlaceHistory {
    pub(super) place: Place,
    pub(super) history: History,
}

impl PlaceHistory {
    /// The target as the user names it.
    #[must_use]
    pub(super) fn target(&self) -> TenantTarget {
        self.place.target()
    }

    /// The version deployed there successfully last, complete or partial.
    #[must_use]
    pub(super) fn current_version(&self) -> Option<&ReleaseVersion> {
        let now = self.history.now(|_| true);
        now.partial.first().copied().or(now.success)?.version.as_ref()
    }

    /// The highest version that is there or about to be. Deployments scheduled for later than `at` do not count.
    ///
    /// # Errors
    ///
    /// The name of a deployment that may be there or about to be, and whose state the server does not show.
    pub(super) fn highest_version(&self, at: Timestamp) -> Result<Option<&ReleaseVersion>, String> {
        let now = self.history.now(|_| true);
        if let Some(hidden) = now.unknown.iter().find(|it| it.fate == DeploymentState::Unknown) {
            return Err(hidden.name());
        }
        // If a part of the target has a higher version, that part would be moved backwards too.
        let there = now.success.into_iter().chain(now.partial).chain(now.unknown);
        let coming = now.unfinished.into_iter().filter(|it| it.is_due(at));
        Ok(coming.chain(there).filter_map(|it| it.version.as_ref()).max_by(|a, b| a.compare(b)))
    }
}

/// A release, its targets and options, during preparation.
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
