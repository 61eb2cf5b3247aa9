//! Progression: where releases are, and where a release may go.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::id::{ChannelId, DeploymentId, EnvironmentId, ProjectId, ReleaseId, SpaceId, TaskId, TenantId};
use super::process::in_project;
use super::reading::time;
use super::release::of_release;
use super::task::TaskState;
use crate::http::Request;

/// The recent releases of a project and where each is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProjectProgression {
    /// The environments of all the project's channels, in the order people see.
    pub environments: Vec<NamedEnvironment>,
    /// The environments of each channel.
    #[serde(default)]
    pub channel_environments: BTreeMap<ChannelId, Vec<NamedEnvironment>>,
    /// The releases, newest first.
    pub releases: Vec<ReleaseProgress>,
}

/// An environment by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct NamedEnvironment {
    pub id: EnvironmentId,
    pub name: String,
}

/// One release of a progression.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct ReleaseProgress {
    pub release: ReleaseName,
    /// The channel it is on.
    #[serde(default)]
    pub channel: Option<ChannelName>,
    /// Its deployments in each environment.
    #[serde(default)]
    pub deployments: BTreeMap<EnvironmentId, Vec<DashboardItem>>,
    /// Where it may go next.
    #[serde(default)]
    pub next_deployments: Vec<EnvironmentId>,
    /// True while a defect keeps it from going further.
    #[serde(default)]
    pub has_unresolved_defect: bool,
}

/// A release by id and version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct ReleaseName {
    pub id: ReleaseId,
    pub version: String,
}

/// A channel by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct ChannelName {
    pub id: ChannelId,
    #[serde(default)]
    pub name: String,
}

/// One deployment, as dashboards and progressions show it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct DashboardItem {
    pub deployment_id: DeploymentId,
    /// The state of its task.
    pub state: TaskState,
    /// The release, where the list around it does not say.
    #[serde(default)]
    pub release_id: Option<ReleaseId>,
    /// The version of the release.
    #[serde(default)]
    pub release_version: String,
    /// The environment, where the list around it does not say.
    #[serde(default)]
    pub environment_id: Option<EnvironmentId>,
    /// The tenant; none for a deployment without one.
    #[serde(default)]
    pub tenant_id: Option<TenantId>,
    /// The channel of the release.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    #[serde(default)]
    pub task_id: Option<TaskId>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<Timestamp>,
    /// When it was, or will be, queued.
    #[serde(default, deserialize_with = "time")]
    pub queue_time: Option<Timestamp>,
    /// When it began.
    #[serde(default, deserialize_with = "time")]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "time")]
    pub completed_time: Option<Timestamp>,
    /// True when it has ended, well or not.
    #[serde(default)]
    pub is_completed: bool,
    /// True for the latest in this environment.
    #[serde(default)]
    pub is_current: bool,
    /// True when warnings or errors were logged.
    #[serde(default)]
    pub has_warnings_or_errors: bool,
    /// What went wrong.
    #[serde(default)]
    pub error_message: String,
}

/// The way of one release through its lifecycle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReleaseProgression {
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// The environments it may go to next.
    #[serde(default)]
    pub next_deployments: Vec<EnvironmentId>,
    /// How many of these it must have been to before the phase after may begin.
    #[serde(default)]
    pub next_deployments_minimum_required: u32,
}

impl ReleaseProgression {
    /// The environments that the release may be deployed to now: those of every phase that is not pending.
    pub fn deployable(&self) -> impl Iterator<Item = &EnvironmentId> {
        self.phases.iter().filter(|it| it.progress != PhaseProgress::Pending).flat_map(Phase::environments)
    }

    /// The phase that an environment belongs to; none when the lifecycle does not contain it.
    #[must_use]
    pub fn phase_of(&self, environment: &EnvironmentId) -> Option<&Phase> {
        self.phases.iter().find(|it| it.environments().any(|other| other == environment))
    }
}

/// One phase of a lifecycle, as one release stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Phase {
    pub name: String,
    /// True when the release is kept from it.
    #[serde(default)]
    pub blocked: bool,
    /// How far the release is.
    pub progress: PhaseProgress,
    /// Environments that a release is deployed to by itself.
    #[serde(default)]
    pub automatic_deployment_targets: Vec<EnvironmentId>,
    /// Environments that a release may be deployed to.
    #[serde(default)]
    pub optional_deployment_targets: Vec<EnvironmentId>,
    /// In how many of its environments a release must have succeeded before the next phase; 0 means all.
    #[serde(default)]
    pub minimum_environments_before_promotion: u32,
    /// True when it may be left out.
    #[serde(default)]
    pub is_optional_phase: bool,
}

impl Phase {
    /// All environments of the phase.
    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentId> {
        self.automatic_deployment_targets.iter().chain(&self.optional_deployment_targets)
    }
}

/// How far a release is in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum PhaseProgress {
    /// The release has not reached it.
    Pending,
    /// The release has passed it.
    Complete,
    /// The release is in it. An unknown state is read as this, so that the server decides and refuses.
    #[serde(other)]
    Current,
}

/// The recent releases of a project and where each is deployed. `history` says how many deployments are
/// given for each environment, channel and tenant: 1 to 100, and 3 is the server's default.
pub fn of_project(space: &SpaceId, project: &ProjectId, history: u8) -> Request<ProjectProgression> {
    Request::get(in_project(space, project, None, &["progression"]))
        .with("releaseHistoryCount", history.clamp(1, 100).to_string())
}

/// Where one release may go.
pub fn of_one_release(space: &SpaceId, release: &ReleaseId) -> Request<ReleaseProgression> {
    Request::get(of_release(space, release, &["progression"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let project = ProjectId::new("Projects-21").unwrap();
        assert_eq!(
            of_project(&space, &project, 3).target(),
            "/api/Spaces-1/projects/Projects-21/progression?releaseHistoryCount=3"
        );
        assert!(of_project(&space, &project, 0).target().ends_with("=1"));
        let release = ReleaseId::new("Releases-310").unwrap();
        assert_eq!(
            of_one_release(&space, &release).target(),
            "/api/Spaces-1/releases/Releases-310/progression"
        );
    }

    #[test]
    fn deployable_is_every_phase_that_is_not_pending() {
        let read: ReleaseProgression = crate::octopus::read(
            br#"{"Phases":[
                {"Name":"A","Progress":"Complete","AutomaticDeploymentTargets":["Environments-1"]},
                {"Name":"B","Progress":"Current","OptionalDeploymentTargets":["Environments-2"]},
                {"Name":"C","Progress":"Pending","OptionalDeploymentTargets":["Environments-3"]}]}"#,
        )
        .unwrap();
        let deployable: Vec<_> = read.deployable().map(EnvironmentId::as_str).collect();
        assert_eq!(deployable, ["Environments-1", "Environments-2"]);
        let last = EnvironmentId::new("Environments-3").unwrap();
        assert_eq!(read.phase_of(&last).map(|it| it.name.as_str()), Some("C"));
        assert_eq!(read.phase_of(&EnvironmentId::new("Environments-9").unwrap()), None);
    }
}
