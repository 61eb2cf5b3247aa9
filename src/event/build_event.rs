//! The build event, and the build that it is about.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::moment::{Moment, Status};
use crate::model::BuildIdentity;

/// A build event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildEvent {
    /// What happened.
    pub moment: Moment,
    /// The stage that it happened to, where it happened to one.
    pub stage: Option<String>,
    /// How the stage or build stands, where the CI server says so.
    pub status: Option<Status>,
    /// The build that it happened to.
    pub build: Build,
    /// The CI server's variables by name.
    pub variables: BTreeMap<String, String>,
}

/// The build that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The kind of CI server, such as `github`.
    pub server: Option<String>,
    /// The CI server's address.
    pub address: Option<String>,
    /// The CI server's own id; the same on a re-run of the same build. Never blank.
    pub id: String,
    /// Which try of the build this is, 1 for the first. It never makes a different build.
    pub attempt: Option<u32>,
    /// The number that people know it by; text, since many servers allow any.
    pub number: Option<String>,
    /// The version that the build gave itself.
    pub version: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// What is built: a pipeline, job or configuration.
    pub pipeline: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The tag, for a build of one.
    pub tag: Option<String>,
    /// The pull request, for a build of one.
    pub pull_request: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// Who or what started it.
    pub started_by: Option<String>,
    /// When it started (UTC).
    pub started_at: Option<Timestamp>,
}

impl Build {
    /// A build of which only the id is known.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            server: None,
            address: None,
            id: id.into(),
            attempt: None,
            number: None,
            version: None,
            url: None,
            pipeline: None,
            branch: None,
            tag: None,
            pull_request: None,
            commit: None,
            started_by: None,
            started_at: None,
        }
    }

    /// What makes a re-run of this build recognisable.
    #[must_use]
    pub fn identity(&self) -> BuildIdentity {
        BuildIdentity {
            server: self.server.clone(),
            address: self.address.clone(),
            pipeline: self.pipeline.clone(),
            id: self.id.clone(),
            attempt: self.attempt,
            url: self.url.clone(),
            started_at: self.started_at,
        }
    }
}

impl BuildEvent {
    /// An event without stage, status and variables.
    #[must_use]
    pub fn new(moment: Moment, build: Build) -> Self {
        Self { moment, stage: None, status: None, build, variables: BTreeMap::new() }
    }
}
