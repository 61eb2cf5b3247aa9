//! Deployments: one release on its way to one environment.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::id::{
    ChannelId, DeploymentId, EnvironmentId, FreezeId, MachineId, ProjectId, ReleaseId, SpaceId, TaskId,
    TenantId, UserId,
};
use super::page::Page;
use super::reading::time;
use super::release::{InSpace, of_release as below_release};
use super::request::{IDS_AT_ONCE, Request, api, joined};
use super::task::TaskState;

/// One deployment. It carries neither the version of its release nor its state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// The release that is deployed.
    pub release_id: ReleaseId,
    /// Where to.
    pub environment_id: EnvironmentId,
    /// The task that does it.
    pub task_id: TaskId,
    /// For whom; none for a deployment without a tenant.
    #[serde(default)]
    pub tenant_id: Option<TenantId>,
    /// The project of the release.
    #[serde(default)]
    pub project_id: Option<ProjectId>,
    /// The channel of the release.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    /// `Deploy to Production`, or similar.
    #[serde(default)]
    pub name: String,
    /// What the one who asked for it wrote.
    #[serde(default)]
    pub comments: String,
    /// When it was asked for, by the server's clock.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<Timestamp>,
    /// The user who asked for it.
    #[serde(default)]
    pub deployed_by_id: Option<UserId>,
    /// The name of the user who asked for it.
    #[serde(default)]
    pub deployed_by: String,
}

/// What every deployment by the executions API may carry. What is `None` or empty is not sent.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeployV1 {
    /// The project's name, slug or id.
    pub project_name: String,
    /// The release's version; an id is not understood here.
    pub release_version: String,
    /// Fetch packages again even if the machines have them.
    pub force_package_download: bool,
    /// Deploy packages again even if the machines have this version.
    pub force_package_redeployment: bool,
    /// Take the project's variables into the *release* afresh, for every later deployment too.
    pub update_variable_snapshot: bool,
    /// Only these machines, by name; the server refuses an unknown one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specific_machine_names: Vec<String>,
    /// Not these machines, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_machine_names: Vec<String>,
    /// Steps to leave out, by name. An unknown name is not refused, so it runs the step after all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_step_names: Vec<String>,
    /// Whether a failing step asks a person. `None` leaves it to environment and project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_guided_failure: Option<bool>,
    /// Not before this time: RFC 3339 with an offset, as without one the server's own time is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_at: Option<String>,
    /// Not at all if not begun by then; only beside `run_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_run_after: Option<String>,
    /// Values of prompted variables, by the variables' names.
    #[serde(skip_serializing_if = "PromptedValues::is_empty")]
    pub variables: PromptedValues,
    /// Freezes to override, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deployment_freeze_names: Vec<String>,
    /// Why they are overridden; must not be blank beside `deployment_freeze_names`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_freeze_override_reason: Option<String>,
}

/// The body that deploys without a tenant, to one or more environments.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeployUntenantedV1 {
    /// The environments, by name or id. An empty list is not refused and deploys nothing.
    pub environment_names: Vec<String>,
    /// Everything else.
    #[serde(flatten)]
    pub common: DeployV1,
}

/// The body that deploys for tenants, to one environment.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeployTenantedV1 {
    /// The environment, by name or id.
    pub environment_name: String,
    /// The tenants, by name; `*` alone means every tenant that can be deployed there now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<String>,
    /// Every tenant with these tags, each as `Set name/Tag name`. With neither tenants nor tags the server
    /// deploys nothing and says so only by an empty list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenant_tags: Vec<String>,
    /// Everything else.
    #[serde(flatten)]
    pub common: DeployV1,
}

/// The body that deploys one release to one environment in the older way, which alone carries comments.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LegacyDeployment {
    /// The release.
    pub release_id: ReleaseId,
    /// Where to.
    pub environment_id: EnvironmentId,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// A note that stays with the deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// Fetch packages again even if the machines have them.
    pub force_package_download: bool,
    /// Deploy packages again even if the machines have this version.
    pub force_package_redeployment: bool,
    /// Only these machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub specific_machine_ids: Vec<MachineId>,
    /// Not these machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excluded_machine_ids: Vec<MachineId>,
    /// Actions to leave out, by the ids that the preview gives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skip_actions: Vec<String>,
    /// Whether a failing step asks a person. This route has no "as usual": the preview tells what that is.
    pub use_guided_failure: bool,
    /// Values of prompted variables, by the names of the preview's form elements.
    #[serde(skip_serializing_if = "PromptedValues::is_empty")]
    pub form_values: PromptedValues,
    /// Not before this time: RFC 3339 with an offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_time: Option<String>,
    /// Not at all if not begun by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_time_expiry: Option<String>,
}

impl LegacyDeployment {
    /// A deployment of a release to an environment with nothing else said.
    #[must_use]
    pub fn new(release_id: ReleaseId, environment_id: EnvironmentId) -> Self {
        Self {
            release_id,
            environment_id,
            tenant_id: None,
            comments: None,
            force_package_download: false,
            force_package_redeployment: false,
            specific_machine_ids: Vec::new(),
            excluded_machine_ids: Vec::new(),
            skip_actions: Vec::new(),
            use_guided_failure: false,
            form_values: PromptedValues::default(),
            queue_time: None,
            queue_time_expiry: None,
        }
    }
}

/// Values of prompted variables. They may be secrets, so `Debug` shows their names alone.
#[derive(Clone, Default)]
pub struct PromptedValues(BTreeMap<String, SecretString>);

impl PromptedValues {
    /// Sets the value of a variable.
    pub fn insert(&mut self, name: impl Into<String>, value: SecretString) {
        self.0.insert(name.into(), value);
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl FromIterator<(String, SecretString)> for PromptedValues {
    fn from_iter<I: IntoIterator<Item = (String, SecretString)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl fmt::Debug for PromptedValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Serialize for PromptedValues {
    /// Writes the values in clear: the one place where they leave.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value.expose_secret())))
    }
}

/// What the executions API says of the deployments it created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedDeployments {
    /// One for each deployment, in no promised order. Empty means that nothing is deployed.
    pub deployment_server_tasks: Vec<DeploymentServerTask>,
}

/// A deployment that was created, and its task.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeploymentServerTask {
    /// The deployment.
    pub deployment_id: DeploymentId,
    /// The task that does it.
    pub server_task_id: TaskId,
}

/// A deployment in a wrapper of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WrappedDeployment {
    /// The deployment.
    pub deployment: Deployment,
}

/// Which deployments are asked for, newest first. The default is all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeploymentFilter<'a> {
    /// Of these projects; empty means any.
    pub projects: &'a [ProjectId],
    /// To these environments; empty means any.
    pub environments: &'a [EnvironmentId],
    /// For these tenants; empty means any, and without one too: there is no "without a tenant".
    pub tenants: &'a [TenantId],
    /// On these channels; empty means any.
    pub channels: &'a [ChannelId],
    /// In this state.
    pub state: Option<&'a TaskState>,
    /// How many at most; none leaves it to the server, which gives 30.
    pub take: Option<u32>,
}

/// Deploys without a tenant. An empty list in the answer means that nothing is deployed.
pub fn create_untenanted_v1(space: &SpaceId, body: &DeployUntenantedV1) -> Request<CreatedDeployments> {
    let path = api(&[space.as_str(), "deployments", "create", "untenanted", "v1"]);
    Request::post(path).json(InSpace { space, body })
}

/// Deploys for tenants. An empty list in the answer means that nothing is deployed.
pub fn create_tenanted_v1(space: &SpaceId, body: &DeployTenantedV1) -> Request<CreatedDeployments> {
    let path = api(&[space.as_str(), "deployments", "create", "tenanted", "v1"]);
    Request::post(path).json(InSpace { space, body })
}

/// Deploys one release to one environment in the older way.
pub fn create(space: &SpaceId, body: &LegacyDeployment) -> Request<Deployment> {
    Request::post(api(&[space.as_str(), "deployments"])).json(body)
}

/// The same, overriding freezes for a reason that must not be blank.
pub fn create_override(
    space: &SpaceId,
    body: &LegacyDeployment,
    freezes: &[FreezeId],
    reason: &str,
) -> Request<WrappedDeployment> {
    let body = Override { create_deployment_command: body, freeze_ids: freezes, reason };
    Request::post(api(&[space.as_str(), "deployments", "override"])).json(body)
}

/// The deployments that match, newest first.
pub fn list(space: &SpaceId, filter: DeploymentFilter<'_>) -> Request<Page<Deployment>> {
    Request::get(api(&[space.as_str(), "deployments"]))
        .with_some("projects", Some(joined(filter.projects)))
        .with_some("environments", Some(joined(filter.environments)))
        .with_some("tenants", Some(joined(filter.tenants)))
        .with_some("channels", Some(joined(filter.channels)))
        .with_some("taskState", filter.state.map(TaskState::as_str))
        .with("skip", "0")
        .with_some("take", filter.take.map(|it| it.to_string()))
}

/// The deployments with these ids: one request for each 300 of them, so none for none.
pub fn by_ids(space: &SpaceId, ids: &[DeploymentId]) -> Vec<Request<Page<Deployment>>> {
    let some = |ids| {
        Request::get(api(&[space.as_str(), "deployments"]))
            .with("ids", joined(ids))
            .with("skip", "0")
            .with("take", IDS_AT_ONCE.to_string())
    };
    ids.chunks(IDS_AT_ONCE).map(some).collect()
}

/// One deployment.
pub fn get(space: &SpaceId, deployment: &DeploymentId) -> Request<Deployment> {
    Request::get(api(&[space.as_str(), "deployments", deployment.as_str()]))
}

/// The newest `take` deployments of one release.
pub fn of_release(space: &SpaceId, release: &ReleaseId, take: u32) -> Request<Page<Deployment>> {
    Request::get(below_release(space, release, &["deployments"]))
        .with("skip", "0")
        .with("take", take.to_string())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Override<'a> {
    create_deployment_command: &'a LegacyDeployment,
    freeze_ids: &'a [FreezeId],
    reason: &'a str,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn space() -> SpaceId {
        SpaceId::new("Spaces-1").unwrap()
    }

    fn common() -> DeployV1 {
        DeployV1 {
            project_name: "web-shop".to_owned(),
            release_version: "1.4.7".to_owned(),
            ..DeployV1::default()
        }
    }

    #[test]
    fn untenanted_deployments_have_a_list_of_environments() {
        let mut common = common();
        common.use_guided_failure = Some(false);
        common.variables.insert("Approver", "ann".into());
        let body = DeployUntenantedV1 { environment_names: vec!["Staging".to_owned()], common };
        let request = create_untenanted_v1(&space(), &body);
        assert_eq!(request.target(), "/api/Spaces-1/deployments/create/untenanted/v1");
        assert_eq!(
            request.body.unwrap(),
            json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "EnvironmentNames": ["Staging"],
                    "ProjectName": "web-shop", "ReleaseVersion": "1.4.7", "ForcePackageDownload": false,
                    "ForcePackageRedeployment": false, "UpdateVariableSnapshot": false,
                    "UseGuidedFailure": false, "Variables": { "Approver": "ann" } })
        );
    }

    #[test]
    fn guided_failure_is_left_out_where_nothing_is_said() {
        let body = DeployUntenantedV1 { environment_names: vec!["Staging".to_owned()], common: common() };
        let body = create_untenanted_v1(&space(), &body).body.unwrap();
        assert_eq!(body.get("UseGuidedFailure"), None);
    }

    #[test]
    fn tenanted_deployments_have_one_environment() {
        let body = DeployTenantedV1 {
            environment_name: "Production".to_owned(),
            tenants: vec!["Acme".to_owned()],
            tenant_tags: vec!["Region/EU".to_owned()],
            common: common(),
        };
        let request = create_tenanted_v1(&space(), &body);
        assert_eq!(request.target(), "/api/Spaces-1/deployments/create/tenanted/v1");
        let body = request.body.unwrap();
        assert_eq!(body["EnvironmentName"], "Production");
        assert_eq!(body["Tenants"], json!(["Acme"]));
        assert_eq!(body["TenantTags"], json!(["Region/EU"]));
        assert_eq!(body.get("EnvironmentNames"), None);
    }

    #[test]
    fn the_older_way_goes_by_ids() {
        let (release, environment) = (ReleaseId::new("Releases-310"), EnvironmentId::new("Environments-3"));
        let mut body = LegacyDeployment::new(release.unwrap(), environment.unwrap());
        body.comments = Some("Build 482".to_owned());
        let request = create(&space(), &body);
        assert_eq!(request.target(), "/api/Spaces-1/deployments");
        let expected = json!({ "ReleaseId": "Releases-310", "EnvironmentId": "Environments-3",
            "Comments": "Build 482", "ForcePackageDownload": false, "ForcePackageRedeployment": false,
            "UseGuidedFailure": false });
        assert_eq!(request.body, Some(expected.clone()));

        let freezes = [FreezeId::new("DeploymentFreezes-2").unwrap()];
        let request = create_override(&space(), &body, &freezes, "hot fix");
        assert_eq!(request.target(), "/api/Spaces-1/deployments/override");
        assert_eq!(
            request.body.unwrap(),
            json!({ "CreateDeploymentCommand": expected, "FreezeIds": ["DeploymentFreezes-2"], "Reason": "hot fix" })
        );
    }

    #[test]
    fn lists_are_filtered_by_ids() {
        let projects = [ProjectId::new("Projects-21").unwrap()];
        let environments = [EnvironmentId::new("Environments-2").unwrap()];
        let filter = DeploymentFilter {
            projects: &projects,
            environments: &environments,
            state: Some(&TaskState::Success),
            take: Some(5),
            ..DeploymentFilter::default()
        };
        assert_eq!(
            list(&space(), filter).target(),
            "/api/Spaces-1/deployments?projects=Projects-21&environments=Environments-2&taskState=Success&skip=0&take=5"
        );
        let release = ReleaseId::new("Releases-310").unwrap();
        assert_eq!(
            of_release(&space(), &release, 30).target(),
            "/api/Spaces-1/releases/Releases-310/deployments?skip=0&take=30"
        );
    }

    #[test]
    fn no_ids_mean_no_request() {
        assert!(by_ids(&space(), &[]).is_empty());
        let ids = [DeploymentId::new("Deployments-81").unwrap()];
        assert_eq!(
            by_ids(&space(), &ids)[0].target(),
            "/api/Spaces-1/deployments?ids=Deployments-81&skip=0&take=300"
        );
    }

    #[test]
    fn prompted_values_are_not_shown() {
        let mut common = common();
        common.variables.insert("Password", "hunter2".into());
        let shown = format!("{common:?}");
        assert!(shown.contains("Password") && !shown.contains("hunter2"), "{shown}");
    }
}
