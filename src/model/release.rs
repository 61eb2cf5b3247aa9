//! Releases and what goes into a new one.

use serde::{Deserialize, Serialize};

use super::version::ReleaseVersion;

/// A release of a project, found or created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The server's id, such as `Releases-310`.
    pub id: String,
    /// Its version; if the server answered with another than was requested, the server's.
    pub version: ReleaseVersion,
    /// Whether it is new.
    pub origin: ReleaseOrigin,
    /// The address of its page.
    pub url: String,
}

/// The origin of a release. A new release has no deployments yet, so none have to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseOrigin {
    /// This run created it.
    New,
    /// An earlier run of this build created it, or the answer to its creation was lost.
    Reattached,
    /// It existed, and the user allows that (`skip-if-exists`).
    Reused,
    /// It was looked up.
    Found,
}

/// The version of a package in a new release.
///
/// `None` means any: a choice with neither step nor package sets the version of all packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageChoice {
    /// The name of a step, or the id of a package.
    pub step: Option<String>,
    /// The package's reference within its step; needed only if a step has several packages.
    pub package: Option<String>,
    /// The package's version.
    pub version: String,
}

/// The git reference from which the process of a version-controlled project is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitSource {
    /// A branch, tag or full reference such as `refs/heads/main`.
    pub git_ref: Option<String>,
    /// A commit on that reference. Default: its tip.
    pub commit: Option<String>,
    /// `Step:reference` or `Step:Resource:reference` for steps that read from a repository of their own.
    pub resources: Vec<String>,
}
