//! Where releases live: the verbs, said in the words of the server that is used.

mod advice;
mod cause;
mod context;
mod error;
#[cfg(test)]
pub(crate) mod folder;
mod home;
mod ledger;
mod notice;
mod octopus;
mod opaque;
mod permit;
mod prepared;
mod settle;
mod status;
mod stop;
mod wording;

use std::collections::BTreeMap;

use crate::model::{
    ChannelName, EnvironmentName, GitSource, PackageChoice, ProjectName, Release, ReleaseVersion, Targets,
    TenantTarget, Tenants,
};

pub use cause::Cause;
pub use context::Context;
pub use error::BackendError;
pub use home::Backend;
pub use ledger::Ledger;
pub use notice::{Notice, Say};
pub use octopus::{
    DeploymentRecord, DeploymentRecordState, Finding, Inspection, Needs, Octopus, Overview, Scope,
    TargetOverview,
};
pub use permit::Permit;
pub use prepared::{
    Before, Destination, LookResult, NewDeployment, Preparation, Prepared, Record, Selection, Sent,
    TargetState,
};
pub(crate) use settle::{Settled, settle};
pub use status::{DeploymentStatus, LogLine, Phase, Question, Queued, Scheduled, StepLog, TaskLog};
pub use stop::{Stop, Stopper};

/// The moment a span after another, also where the span is too long for any clock.
pub use crate::octopus::after;

/// A deployment that the server has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The server's id of the deployment, such as `Deployments-81`.
    pub id: String,
    /// The server's id of the task that carries it out, such as `ServerTasks-940`.
    pub task: String,
    /// Where it goes.
    pub target: TenantTarget,
    /// The page of the task, for people.
    pub url: String,
    /// Why this is not a new deployment; `None` = this run asked for it.
    pub adopted: Option<Adopted>,
}

/// Why a deployment that was there already is taken for ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It has not finished yet: an earlier try of this build asked for it, or somebody else did.
    Unfinished,
    /// It succeeded, and it is still the latest of its target.
    StillCurrent,
    /// The answer to our own request was lost, and this is what became of it.
    AnswerLost,
}

/// A target in the server's ids, by which two words for one target are one target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetId {
    /// The environment's id.
    pub environment: String,
    /// The tenant's id; `None` = without a tenant.
    pub tenant: Option<String>,
}

impl TargetId {
    pub(crate) fn new(
        environment: &crate::octopus::EnvironmentId,
        tenant: Option<&crate::octopus::TenantId>,
    ) -> Self {
        Self { environment: environment.to_string(), tenant: tenant.map(ToString::to_string) }
    }
}

/// A release that an earlier action of the same run brought to the source of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredRelease {
    /// The id of the tenant that got it; `None` = without a tenant.
    pub tenant: Option<String>,
    /// The release.
    pub release: Release,
}

/// A tenant that a promotion leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OmittedTenant {
    /// The tenant's id.
    pub tenant: String,
    /// Why, as a clause.
    pub because: String,
}

/// What has to show that a release is the one that an earlier run of a build made, or took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The build's marker, and nothing else: anybody can make a release of that version.
    Marker,
    /// Its version, where no other build's marker speaks against it.
    Version,
    /// Its version, whoever made it.
    Nothing,
}

/// A release that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewRelease<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// Its version, in which numbers may be left open; `None` = the server's next.
    pub version: Option<&'a ReleaseVersion>,
    /// Its channel; `None` = the server chooses.
    pub channel: Option<&'a ChannelName>,
    /// The version of the packages that `packages` does not name.
    pub default_package_version: Option<&'a str>,
    /// Versions of single packages.
    pub packages: &'a [PackageChoice],
    /// Whether a release of that version which is not this build's may be used.
    pub reuse: bool,
    /// Its notes.
    pub notes: Option<&'a str>,
    /// Where a version-controlled project is read from.
    pub git: &'a GitSource,
    /// Whether packages may break the channel's rules.
    pub ignore_channel_rules: bool,
    /// Values of the channel's custom fields.
    pub custom_fields: &'a BTreeMap<String, String>,
}

/// A question for a release.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseQuery<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// Which of its releases.
    pub which: WhichRelease<'a>,
}

/// Which release is meant.
#[derive(Debug, Clone, Copy)]
pub enum WhichRelease<'a> {
    /// The one with this version.
    Version(&'a ReleaseVersion),
    /// The latest of this channel; without a name, of the project's default channel.
    Latest(Option<&'a ChannelName>),
    /// The one that the context's build made in an earlier run, or took.
    OfThisBuild {
        /// Its version, in which numbers may be left open; `None` = the build's marker alone tells.
        version: Option<&'a ReleaseVersion>,
        /// How much has to show that it is the build's.
        proof: Proof,
        /// What its create asks for, with which it is compared; `None` = not known.
        create: Option<&'a NewRelease<'a>>,
    },
}

/// A promotion that is to be resolved into releases and targets.
#[derive(Debug, Clone, Copy)]
pub struct NewPromotion<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The source.
    pub from: &'a EnvironmentName,
    /// The targets.
    pub to: &'a Targets,
    /// The tenants, each of which is promoted for itself.
    pub tenants: &'a Tenants,
    /// Only releases of this channel.
    pub channel: Option<&'a ChannelName>,
    /// Which release.
    pub wanted: PromotedRelease<'a>,
    /// What this run brought to `from` itself: it is what is there, for these tenants alone.
    pub delivered: &'a [DeliveredRelease],
    /// The tenants that get nothing, though they are meant.
    pub left_out: &'a [OmittedTenant],
}

/// Which release a promotion takes.
#[derive(Debug, Clone, Copy)]
pub enum PromotedRelease<'a> {
    /// The latest that was deployed to the source successfully, by time.
    LatestSuccessful,
    /// This version, provided that it was deployed to the source successfully.
    Exact(&'a ReleaseVersion),
    /// This version, and an error where another is the latest in the source.
    Only(&'a ReleaseVersion),
}
