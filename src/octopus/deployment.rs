//! Deployments: one release on its way to one environment.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub use super::deployment_bodies::{
    DeployTenantedV1, DeployUntenantedV1, DeployV1, LegacyDeployment, PromptedValues,
};
use super::executions::InSpace;
use super::id::{
    ChannelId, DeploymentId, EnvironmentId, FreezeId, MachineId, ProjectId, ReleaseId, SpaceId, TaskId,
    TenantId, UserId,
};
use super::once::Once;
use super::page::Page;
use super::paths::{self, api, joined};
use super::reading::time;
use super::release::of_release as below_release;
use super::task::TaskState;
use crate::http::Request;

/// One deployment. It carries neither the version of its release nor its state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Deployment {
    pub id: DeploymentId,
    /// The release that is deployed.
    pub release_id: ReleaseId,
    pub environment_id: EnvironmentId,
    /// The task that does it.
    pub task_id: TaskId,
    /// The tenant; none for a deployment without one.
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
    /// The comment that came with the request. `None` = the document does not say.
    #[serde(default)]
    pub comments: Option<String>,
    /// When it was asked for, by the server's clock.
    #[serde(default, deserialize_with = "time")]
    pub created: Option<Timestamp>,
    /// The user who asked for it.
    #[serde(default)]
    pub deployed_by_id: Option<UserId>,
    /// The name of the user who asked for it.
    #[serde(default)]
    pub deployed_by: String,
    /// Only these machines; empty means all. `None` = the document does not say.
    #[serde(default)]
    pub specific_machine_ids: Option<Vec<MachineId>>,
    /// Not these machines. `None` = the document does not say.
    #[serde(default)]
    pub excluded_machine_ids: Option<Vec<MachineId>>,
    /// Only targets with these tags; servers that lack the field know no such choice.
    #[serde(default)]
    pub specific_target_tag_ids: Vec<String>,
    /// No targets with these tags.
    #[serde(default)]
    pub excluded_target_tag_ids: Vec<String>,
    /// The actions that were left out, by id. `None` = the document does not say.
    #[serde(default)]
    pub skip_actions: Option<Vec<String>>,
    /// The prompted values as far as the server shows them. `None` = the document does not say.
    #[serde(default)]
    pub form_values: Option<FormValues>,
    /// Whether packages were fetched again. `None` = the document does not say.
    #[serde(default)]
    pub force_package_download: Option<bool>,
    /// Whether packages were deployed again. `None` = the document does not say.
    #[serde(default)]
    pub force_package_redeployment: Option<bool>,
    /// Whether a failing step asks a person. `None` = the document does not say.
    #[serde(default)]
    pub use_guided_failure: Option<bool>,
    /// Not before this time. `None` where there is no such time, and where the document does not say.
    #[serde(default, deserialize_with = "time")]
    pub queue_time: Option<Timestamp>,
    /// Not at all if not begun by then.
    #[serde(default, deserialize_with = "time")]
    pub queue_time_expiry: Option<Timestamp>,
}

impl Deployment {
    /// Whether the document leaves parts of the request out that the server's own page shows: items of lists do so.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.is_whole().is_none() || self.form_values.is_none() || self.use_guided_failure.is_none()
    }

    /// Whether everything that the process addresses was meant: no machine and no step was left out. `None` where
    /// the document does not say.
    #[must_use]
    pub fn is_whole(&self) -> Option<bool> {
        let named = [
            self.specific_machine_ids.as_ref().map(Vec::is_empty),
            self.excluded_machine_ids.as_ref().map(Vec::is_empty),
            self.skip_actions.as_ref().map(Vec::is_empty),
            Some(self.specific_target_tag_ids.is_empty() && self.excluded_target_tag_ids.is_empty()),
        ];
        if named.contains(&Some(false)) {
            return Some(false);
        }
        named.iter().all(Option::is_some).then_some(true)
    }
}

/// The prompted values of a deployment, by the names of the form's elements. What the server hides is left out. A
/// value may be a secret, so `Debug` shows the names alone.
#[derive(Clone, Default)]
pub struct FormValues(BTreeMap<String, SecretString>);

impl FormValues {
    /// The values that are shown and not blank: a blank one is the same as none.
    pub fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .filter(|it| !it.1.is_empty())
    }
}

impl<'de> Deserialize<'de> for FormValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned().into()));
        Ok(Self(values.into_iter().filter_map(text).collect()))
    }
}

impl fmt::Debug for FormValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl PartialEq for FormValues {
    fn eq(&self, other: &Self) -> bool {
        self.shown().eq(other.shown())
    }
}

impl Eq for FormValues {}

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
#[expect(missing_docs, reason = "the API's own names")]
pub struct DeploymentServerTask {
    pub deployment_id: DeploymentId,
    /// The task that does it.
    pub server_task_id: TaskId,
}

/// A deployment in a wrapper of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct WrappedDeployment {
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
pub fn create_untenanted_v1(space: &SpaceId, body: &DeployUntenantedV1) -> Once<CreatedDeployments> {
    let path = api(&[space.as_str(), "deployments", "create", "untenanted", "v1"]);
    Once(Request::post(path).json(InSpace { space, body }))
}

/// Deploys for tenants. An empty list in the answer means that nothing is deployed.
pub fn create_tenanted_v1(space: &SpaceId, body: &DeployTenantedV1) -> Once<CreatedDeployments> {
    let path = api(&[space.as_str(), "deployments", "create", "tenanted", "v1"]);
    Once(Request::post(path).json(InSpace { space, body }))
}

/// Deploys one release to one environment in the older way.
pub fn create(space: &SpaceId, body: &LegacyDeployment) -> Once<Deployment> {
    Once(Request::post(api(&[space.as_str(), "deployments"])).json(body))
}

/// The same, overriding freezes for a reason that must not be blank.
pub fn create_override(
    space: &SpaceId,
    body: &LegacyDeployment,
    freezes: &[FreezeId],
    reason: &str,
) -> Once<WrappedDeployment> {
    let body = Override { create_deployment_command: body, freeze_ids: freezes, reason };
    Once(Request::post(api(&[space.as_str(), "deployments", "override"])).json(body))
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
    paths::by_ids(space, "deployments", ids)
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
            *request.body().unwrap(),
            json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "EnvironmentNames": ["Staging"],
                    "ProjectName": "web-shop", "ReleaseVersion": "1.4.7", "ForcePackageDownload": false,
                    "ForcePackageRedeployment": false, "UpdateVariableSnapshot": false,
                    "UseGuidedFailure": false, "Variables": { "Approver": "ann" } })
        );
    }

    #[test]
    fn guided_failure_is_left_out_where_nothing_is_said() {
        let body = DeployUntenantedV1 { environment_names: vec!["Staging".to_owned()], common: common() };
        let request = create_untenanted_v1(&space(), &body);
        assert_eq!(request.body().unwrap().get("UseGuidedFailure"), None);
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
        let body = request.body().unwrap();
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
        body.use_guided_failure = Some(false);
        let request = create(&space(), &body);
        assert_eq!(request.target(), "/api/Spaces-1/deployments");
        let expected = json!({ "ReleaseId": "Releases-310", "EnvironmentId": "Environments-3",
            "Comments": "Build 482", "ForcePackageDownload": false, "ForcePackageRedeployment": false,
            "UseGuidedFailure": false });
        assert_eq!(request.body(), Some(&expected));

        let freezes = [FreezeId::new("DeploymentFreezes-2").unwrap()];
        let request = create_override(&space(), &body, &freezes, "hot fix");
        assert_eq!(request.target(), "/api/Spaces-1/deployments/override");
        assert_eq!(
            request.body().unwrap(),
            &json!({ "CreateDeploymentCommand": expected, "FreezeIds": ["DeploymentFreezes-2"], "Reason": "hot fix" })
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
}
