//! How an environment passes inputs.

use std::collections::BTreeMap;

use super::list::{PREFIX, suffix};
use crate::ci::servers::CiServer;

/// What the variables of a plugin's settings begin with on Drone and Woodpecker.
pub(super) const PLUGIN: &str = "PLUGIN_";
/// The variable in which Buildkite passes a plugin its configuration.
pub(super) const BUILDKITE: &str = "BUILDKITE_PLUGIN_CONFIGURATION";

/// How this environment passes inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Each in a variable of its own with our prefix, as everywhere.
    Variables,
    /// Drone's settings.
    Drone,
    /// Woodpecker's settings.
    Woodpecker,
    /// Buildkite's configuration.
    Buildkite,
    /// As everywhere, and GitLab's references to variables in JSON.
    GitLab,
    /// As everywhere, and Azure's references to variables in JSON.
    Azure,
}

impl Way {
    pub(super) fn of(environment: &BTreeMap<String, String>) -> Self {
        match CiServer::recognised(environment) {
            Some((CiServer::Woodpecker, _)) => Self::Woodpecker,
            Some((CiServer::Drone, _)) => Self::Drone,
            _ if environment.contains_key(BUILDKITE) => Self::Buildkite,
            Some((CiServer::GitLab, _)) => Self::GitLab,
            Some((CiServer::Azure, _)) => Self::Azure,
            _ => Self::Variables,
        }
    }

    /// What people call the variable of an input here.
    pub(super) fn variable(self, name: &str) -> String {
        match self {
            Self::Variables | Self::GitLab | Self::Azure => format!("{PREFIX}{}", suffix(name)),
            Self::Drone | Self::Woodpecker => format!("{PLUGIN}{}", suffix(name)),
            Self::Buildkite => format!("{BUILDKITE}.{name}"),
        }
    }
}
