//! Where releases live: the verbs that every home of releases implements.

mod advice;
mod cause;
mod context;
mod current;
mod error;
#[cfg(test)]
pub(crate) mod folder;
mod home;
mod kind;
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

use serde::{Deserialize, Serialize};

use crate::model::{
    ChannelName, EnvironmentName, GitSource, PackageChoice, ProjectName, Release, ReleaseVersion, Targets,
    TenantTarget, Tenants,
};

pub use cause::Cause;
pub use context::Context;
pub use current::{
    CurrentQuery, CurrentRelease, CurrentReleases, CurrentTarget, CurrentUser, PackageBuild, ReleaseSource,
};
pub use error::BackendError;
pub use home::Backend;
pub use kind::ErrorKind;
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

/// A moment plus a duration, without overflow if the duration is too long for the clock.
pub use crate::octopus::after;

/// A deployment that the server has accepted.
///
/// It can be serialized: another process that has a backend of the same space can look at it and cancel it. Fields that
/// a later version adds are optional.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deployment {
    /// The server's id of the deployment, such as `Deployments-81`.
    pub id: String,
    /// The server's id of the task that carries it out, such as `ServerTasks-940`.
    pub task: String,
    /// Its target.
    pub target: TenantTarget,
    /// The address of the task's page.
    pub url: String,
    /// Why this existing deployment was taken over; `None` = this run requested it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Adopted>,
}

/// Why an existing deployment is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adopted {
    /// It has not finished yet; an earlier run of this build requested it, or another user.
    Unfinished,
    /// It succeeded and is still the latest at its target.
    StillCurrent,
    /// This run's own request made it, and the answer was lost.
    AnswerLost,
}

/// A target in the server's ids, so that two names for one target compare equal.
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

/// A release that an earlier action of the same run deployed to the source of a promotion.
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
    /// The reason, as a clause.
    pub because: String,
}

/// The evidence needed that a release is the one that an earlier run of the build created or took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The build's marker: other builds can create a release of that version.
    Marker,
    /// Its version, unless the release carries another build's marker.
    Version,
    /// Its version, whichever build created it.
    Nothing,
}

/// A release to create.
#[derive(Debug, Clone, Copy)]
pub struct NewRelease<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// Its version, possibly with open numbers; `None` = the server's next.
    pub version: Option<&'a ReleaseVersion>,
    /// Its channel; `None` = the server chooses.
    pub channel: Option<&'a ChannelName>,
    /// The version of the packages that `packages` does not name; `None` = the latest.
    pub default_package_version: Option<&'a str>,
    /// Versions of single packages.
    pub packages: &'a [PackageChoice],
    /// Whether an existing release of that version that is not this build's may be used.
    pub reuse: bool,
    /// Its release notes, Markdown; `None` = the project's template.
    pub notes: Option<&'a str>,
    /// The git reference from which a version-controlled project is read.
    pub git: &'a GitSource,
    /// Whether the channel's version rules are ignored.
    pub ignore_channel_rules: bool,
    /// Values of the channel's custom fields, by name.
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
    /// The release with this version.
    Version(&'a ReleaseVersion),
    /// The latest release of this channel; without a name, of the project's default channel.
    Latest(Option<&'a ChannelName>),
    /// The release that the context's build created or took over in an earlier run.
    OfThisBuild {
        /// Its version, possibly with open numbers; `None` = found by the build's marker only.
        version: Option<&'a ReleaseVersion>,
        /// The evidence needed that it is the build's.
        proof: Proof,
        /// The release that its create asks for, to compare with; `None` = not known.
        create: Option<&'a NewRelease<'a>>,
    },
}

/// A promotion to resolve into releases and targets.
#[derive(Debug, Clone, Copy)]
pub struct NewPromotion<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The source.
    pub from: &'a EnvironmentName,
    /// The targets.
    pub to: &'a Targets,
    /// The tenants, each of which is promoted separately.
    pub tenants: &'a Tenants,
    /// Only releases of this channel.
    pub channel: Option<&'a ChannelName>,
    /// Which release.
    pub wanted: PromotedRelease<'a>,
    /// The releases that this run deployed to `from`; for these tenants they count as the latest there.
    pub delivered: &'a [DeliveredRelease],
    /// The tenants that are left out although the promotion names them.
    pub left_out: &'a [OmittedTenant],
}

/// Which release a promotion takes.
#[derive(Debug, Clone, Copy)]
pub enum PromotedRelease<'a> {
    /// The release deployed to the source successfully last.
    LatestSuccessful,
    /// This version, if it was deployed to the source successfully.
    Exact(&'a ReleaseVersion),
    /// This version; an error if another is the latest in the source.
    Only(&'a ReleaseVersion),
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What version 0.1 wrote. A later version has to read it.
    const WRITTEN: &str = include_str!("tests/deployments.json");

    #[test]
    fn a_deployment_that_was_written_is_read_back_and_written_the_same() {
        let read: Vec<Deployment> = serde_json::from_str(WRITTEN).unwrap();
        assert_eq!(read[0].target.to_string(), "Test");
        assert_eq!((read[0].adopted, read[1].adopted), (None, Some(Adopted::AnswerLost)));
        assert_eq!(read[1].target.to_string(), "Production for Acme");
        assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::from_str::<Value>(WRITTEN).unwrap());
        for (adopted, written) in [
            (Adopted::Unfinished, "unfinished"),
            (Adopted::StillCurrent, "still-current"),
            (Adopted::AnswerLost, "answer-lost"),
        ] {
            assert_eq!(serde_json::to_value(adopted).unwrap(), json!(written));
        }
        let mut later: Value = serde_json::from_str(WRITTEN).unwrap();
        later[0]["new-in-9"] = json!("x");
        assert_eq!(serde_json::from_value::<Vec<Deployment>>(later).unwrap(), read);
    }
}
