//! What a promotion takes along: releases, pinned when it started.

use serde::{Deserialize, Serialize};

use crate::flow::course::Target;
use crate::model::{ApplicationName, ConnectionName, EnvironmentName, Release, SpaceName};

/// What a promotion takes along. It is frozen when the promotion starts; fields that a later version adds are optional.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Content {
    /// The application.
    pub application: ApplicationName,
    /// The environment from which the release was taken.
    pub from: EnvironmentName,
    /// The release, once for each space that the promotion reaches; the first is the one in `from`.
    pub releases: Vec<PinnedRelease>,
    /// The branch that it was built from, where the home shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The page of its build, where the home shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
}

/// A release in one space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PinnedRelease {
    /// The connection to the server.
    pub connection: ConnectionName,
    /// The space; `None` = the space of the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<SpaceName>,
    /// The release.
    pub release: Release,
}

impl Content {
    /// The release in the space of a target.
    #[must_use]
    pub fn release(&self, target: &Target) -> Option<&Release> {
        let there = |it: &&PinnedRelease| it.connection == target.connection && it.space == target.space;
        self.releases.iter().find(there).map(|it| &it.release)
    }

    pub(in crate::driver) fn text(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|it| it.to_string())
    }

    /// Reads what the store has of it.
    ///
    /// # Errors
    ///
    /// It cannot be read, with the reason.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|it| format!("what is promoted cannot be read: {it}"))
    }
}
