//! The parts of values that a home of releases writes and only that home reads.

use serde::{Deserialize, Serialize};

#[cfg(test)]
use super::folder;
use super::octopus;

/// A prepared request, as its home wrote it.
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

/// The input of a preparation, as its home knows it.
#[derive(Debug, Clone)]
pub(super) enum HomeInputs {
    Octopus(Box<octopus::PreparationInputs>),
    #[cfg(test)]
    Folder(Box<folder::Inputs>),
}
