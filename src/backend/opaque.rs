//! What a home of releases puts into the values that pass through the backend, and opens again itself.

use serde::{Deserialize, Serialize};

#[cfg(test)]
use super::folder;
use super::octopus;

/// A request that is ready to be sent, as its home wrote it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum HomeRequest {
    Octopus(octopus::Request),
    #[cfg(test)]
    Folder(folder::Request),
}

/// The targets that were selected with a release, as their home knows them.
#[derive(Debug, Clone)]
pub(super) enum HomeSelection {
    Octopus(Vec<octopus::PlaceHistory>),
}

/// What a preparation was made from, as its home knows it.
#[derive(Debug, Clone)]
pub(super) enum HomeInputs {
    Octopus(Box<octopus::PreparationInputs>),
    #[cfg(test)]
    Folder(Box<folder::Inputs>),
}
