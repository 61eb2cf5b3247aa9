//! The moments in a build's life, and its status.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::text::{choices, nearest};

/// A moment in a build's life. Continua CI has all of these; the other servers have some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// The build is initialised; it has no stages yet and is not queued.
    BuildCreated,
    /// It is about to join the queue.
    BeforeBuildQueued,
    /// It was taken from the queue.
    BeforeBuildStart,
    /// It has started, and its version is final.
    AfterBuildStarted,
    /// A licence is taken and an agent reserved; the stage starts next.
    BeforeStageStart,
    /// The agent is known to be online.
    SendingStageToAgent,
    /// A stage is done and was not stopped.
    StageCompleted,
    /// The build is paused until it is promoted to its next stage.
    BuildPendingPromotion,
    /// It is about to continue after its promotion.
    BeforeBuildContinue,
    /// It continues after its promotion.
    AfterBuildContinued,
    /// A person asked for it to stop.
    BuildStopping,
    /// It has finished, with any status.
    BuildCompleted,
}

/// The status of a stage or build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It succeeded.
    Successful,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl Moment {
    /// Every moment, in the order of a build's life.
    pub const ALL: [Self; 12] = [
        Self::BuildCreated,
        Self::BeforeBuildQueued,
        Self::BeforeBuildStart,
        Self::AfterBuildStarted,
        Self::BeforeStageStart,
        Self::SendingStageToAgent,
        Self::StageCompleted,
        Self::BuildPendingPromotion,
        Self::BeforeBuildContinue,
        Self::AfterBuildContinued,
        Self::BuildStopping,
        Self::BuildCompleted,
    ];

    /// Its name in settings and events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BuildCreated => "build-created",
            Self::BeforeBuildQueued => "before-build-queued",
            Self::BeforeBuildStart => "before-build-start",
            Self::AfterBuildStarted => "after-build-started",
            Self::BeforeStageStart => "before-stage-start",
            Self::SendingStageToAgent => "sending-stage-to-agent",
            Self::StageCompleted => "stage-completed",
            Self::BuildPendingPromotion => "build-pending-promotion",
            Self::BeforeBuildContinue => "before-build-continue",
            Self::AfterBuildContinued => "after-build-continued",
            Self::BuildStopping => "build-stopping",
            Self::BuildCompleted => "build-completed",
        }
    }

    /// The moment of this name.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn named(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|it| it.name() == name)
            .ok_or_else(|| UnknownName::of("build event", name, Self::ALL.into_iter().map(Self::name)))
    }

    /// Whether it happens to a stage, so that an action may ask for one.
    #[must_use]
    pub fn has_stage(self) -> bool {
        matches!(self, Self::BeforeStageStart | Self::SendingStageToAgent | Self::StageCompleted)
    }

    /// Whether it has a status, so that an action may ask for one.
    #[must_use]
    pub fn has_status(self) -> bool {
        matches!(self, Self::StageCompleted | Self::BuildCompleted)
    }
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Successful, Self::Failed, Self::Cancelled];

    /// Its name in settings and events.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Successful => "successful",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of this name.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn named(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|it| it.name() == name)
            .ok_or_else(|| UnknownName::of("build status", name, Self::ALL.into_iter().map(Self::name)))
    }
}

/// The error for an unknown name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {remedy}")]
pub struct UnknownName {
    /// Which name it is, without a full stop.
    pub message: String,
    /// Which names there are, and the nearest one.
    pub remedy: String,
}

impl UnknownName {
    pub(crate) fn of<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        let near =
            nearest(name, known.clone()).map(|it| format!("did you mean `{it}`? ")).unwrap_or_default();
        Self {
            message: format!("unknown {kind} `{name}`"),
            remedy: format!("{near}known are {}", choices(known)),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
