//! Releases and what goes into a new one.

use serde::{Deserialize, Serialize};

use super::version::ReleaseVersion;

/// A release of a project, found or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The server's id, such as `Releases-310`.
    pub id: String,
    /// Its version; where the server answered with another than was asked for, the server's.
    pub version: ReleaseVersion,
    /// How we came by it.
    pub origin: ReleaseOrigin,
    /// Its page, for people.
    pub url: String,
}

/// How we came by a release. A new release has no deployments yet, so nothing has to be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseOrigin {
    /// This run made it.
    New,
    /// It was made by an earlier try of this build, or its creation was answered late.
    Reattached,
    /// It existed and the user allows that (`skip-if-exists`).
    Reused,
    /// It was looked up.
    Found,
}

/// Which version of a package a new release takes.
///
/// `None` stands for "any": a choice with neither step nor package sets the version of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageChoice {
    /// The name of a step, or the id of a package.
    pub step: Option<String>,
    /// The package's reference within its step; needed only where a step has several packages.
    pub package: Option<String>,
    /// The package's version.
    pub version: String,
}

/// Where the process of a version-controlled project is read from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitSource {
    /// A branch, tag or full reference such as `refs/heads/main`.
    pub git_ref: Option<String>,
    /// A commit on that reference; default: its tip.
    pub commit: Option<String>,
    /// `Step:reference` or `Step:Resource:reference` for steps that read from a repository of their own.
    pub resources: Vec<String>,
}
