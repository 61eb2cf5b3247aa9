//! The bodies that ask for a deployment.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::id::{EnvironmentId, MachineId, ReleaseId, TenantId};

/// The part of the body that every deployment by the executions API may carry. `None` and empty fields are not sent.
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
    /// Take the project's variables into the *release* again, for every later deployment too.
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
    /// Not at all if not begun by then; only together with `run_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_run_after: Option<String>,
    /// Values of prompted variables, by the variables' names.
    #[serde(skip_serializing_if = "PromptedValues::is_empty")]
    pub variables: PromptedValues,
    /// Freezes to override, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deployment_freeze_names: Vec<String>,
    /// Why they are overridden; must not be blank together with `deployment_freeze_names`.
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
#[expect(missing_docs, reason = "the API's own names")]
pub struct LegacyDeployment {
    pub release_id: ReleaseId,
    pub environment_id: EnvironmentId,
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
    /// Whether a failing step asks a person. This route has no "as usual": the preview says what that is. Left out
    /// only where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_guided_failure: Option<bool>,
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
            use_guided_failure: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_of_guided_failure_is_left_out() {
        let ids = (ReleaseId::new("Releases-1").unwrap(), EnvironmentId::new("Environments-1").unwrap());
        let mut body = LegacyDeployment::new(ids.0, ids.1);
        let said =
            |body: &LegacyDeployment| serde_json::to_value(body).unwrap().get("UseGuidedFailure").cloned();
        assert_eq!(said(&body), None);
        body.use_guided_failure = Some(false);
        assert_eq!(said(&body), Some(serde_json::Value::Bool(false)));
    }

    #[test]
    fn prompted_values_are_not_shown() {
        let mut common = DeployV1::default();
        common.variables.insert("Password", "hunter2".into());
        let shown = format!("{common:?}");
        assert!(shown.contains("Password") && !shown.contains("hunter2"), "{shown}");
    }
}
