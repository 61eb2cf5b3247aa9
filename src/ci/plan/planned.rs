//! A plan: what each configured action does, or why it does not run.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::actions::{CreateOptions, DeployOptions, PromoteOptions};
use crate::model::{ActionKind, ChannelName, PromptedValue, ReleaseVersion};

use super::skip::SkipReason;

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Every configured action in the order in which they run, those that do not run included.
    pub actions: Vec<Planned>,
    /// The configured create where it does not run on this occasion: by it an action knows the release that an earlier
    /// run made.
    pub earlier_create: Option<EarlierCreate>,
    /// The project's own variables that are edited before the actions run; empty unless settings ask for it by
    /// its loud name, and when no action runs.
    pub edit_project_variables: BTreeMap<String, PromptedValue>,
    /// What people should know of it beforehand, in words.
    pub warnings: Vec<String>,
}

/// A create that runs on another occasion.
#[derive(Debug, Clone)]
pub struct EarlierCreate {
    /// Whether it continues with a release that another build created; later actions then do too.
    pub reuse: bool,
    /// What it asks for, without its notes; or why that is not known on this occasion.
    pub asks: Result<Box<CreateOptions>, String>,
}

/// A configured action.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What kind it is.
    pub kind: ActionKind,
    /// What people call it, such as "Deploy to Development".
    pub title: String,
    /// Whether it runs.
    pub decision: Decision,
}

impl Planned {
    /// Whether what happens while it runs goes to the log; verdict, warnings and errors always do.
    #[must_use]
    pub fn has_log(&self) -> bool {
        match &self.decision {
            Decision::Run(action) => action.log,
            Decision::Skip(_) => true,
        }
    }
}

/// Whether an action runs.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It runs.
    Run(Box<PlannedAction>),
    /// It does not.
    Skip(SkipReason),
}

/// An action that runs.
#[derive(Debug, Clone)]
pub struct PlannedAction {
    /// What is done.
    pub work: Work,
    /// Whether its failure fails the build.
    pub fail_build: bool,
    /// Whether progress is logged; the verdict and errors always are.
    pub log: bool,
}

impl PlannedAction {
    /// How long the whole action may take, with all that it takes to find out what it means.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        match &self.work {
            Work::Create(options) => options.time_limit,
            Work::Deploy(_, options) => options.time_limit,
            Work::Promote(_, options) => options.time_limit,
        }
    }
}

/// What is done.
#[derive(Debug, Clone)]
pub enum Work {
    /// A release is created.
    Create(CreateOptions),
    /// A release is deployed: which, and how.
    Deploy(PlannedRelease, DeployOptions),
    /// A release is promoted: which, and how.
    Promote(PlannedPromotion, PromoteOptions),
}

/// Which release a deployment takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedRelease {
    /// The one with this version.
    Exact(ReleaseVersion),
    /// The one of this build: what its create made or found, in this run or an earlier one. The version where
    /// settings give one to the create; without it the build's marker finds the release.
    ThisBuild(Option<ReleaseVersion>),
    /// The latest of this channel, since no create is configured.
    LatestOfChannel(Option<ChannelName>),
}

/// Which release a promotion takes, where this run has brought none to the source itself. What it has brought there is
/// taken in any case, and where an action before that goes there is not successful, nothing is promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedPromotion {
    /// The latest that was deployed to the source environment successfully.
    LatestSuccessful,
    /// The one with this version.
    Exact(ReleaseVersion),
    /// This build's, and none else. The version as in [`PlannedRelease::ThisBuild`].
    OnlyThisBuild(Option<ReleaseVersion>),
}
