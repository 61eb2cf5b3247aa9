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
    /// The stage of the event; `None` = the event is not about a stage.
    pub stage: Option<String>,
    /// The status of the stage or build, if the CI server provides it.
    pub status: Option<Status>,
    /// The build that the event is about.
    pub build: Build,
    /// The CI server's variables by name.
    pub variables: BTreeMap<String, String>,
}

/// The build that an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The kind of CI server, such as `github`.
    pub server: Option<String>,
    /// The address of the CI server.
    pub address: Option<String>,
    /// The CI server's own id; the same on a re-run of the same build. Never blank.
    pub id: String,
    /// The number of this run of the build, 1 for the first. It never makes a different build.
    pub attempt: Option<u32>,
    /// The number that people see; text, since many servers allow any.
    pub number: Option<String>,
    /// The version that the build set for itself.
    pub version: Option<String>,
    /// The address of its page.
    pub url: Option<String>,
    /// The pipeline, job or configuration that is built.
    pub pipeline: Option<String>,
    /// The branch that is built.
    pub branch: Option<String>,
    /// The tag, if a tag is built.
    pub tag: Option<String>,
    /// The number of the pull request, if one is built.
    pub pull_request: Option<String>,
    /// The commit that is built.
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

    /// The identity by which a re-run of this build is recognised.
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
