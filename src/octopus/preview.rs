//! What a deployment would do, before it is asked for: targets, steps, prompted variables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{EnvironmentId, MachineId, ReleaseId, SpaceId, TenantId};
use super::progression::NamedEnvironment;
use super::release::of_release;
use crate::http::Request;

/// Where a release may be deployed to, by its lifecycle and by the asker's permissions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeploymentTemplate {
    /// The environments, for a deployment without a tenant.
    pub promote_to: Vec<NamedEnvironment>,
    /// The environments for each tenant; `None` where the server does not say.
    #[serde(default)]
    pub tenant_promotions: Option<Vec<TenantPromotion>>,
    /// True when the process has changed since the release was made.
    #[serde(default)]
    pub is_deployment_process_modified: bool,
    /// True when the project's variables have changed since the release took them.
    #[serde(default)]
    pub is_variable_set_modified: bool,
    /// True when variables of an included library set have changed since.
    #[serde(default)]
    pub is_library_variable_set_modified: bool,
}

/// Where a release may be deployed to for one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct TenantPromotion {
    pub id: TenantId,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub promote_to: Vec<NamedEnvironment>,
}

/// What one deployment would do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Preview {
    /// The steps it would run.
    pub steps_to_execute: Vec<PreviewStep>,
    /// The variables it asks for.
    #[serde(default)]
    pub form: Form,
    /// Whether guided failure is on when the deployment does not say. `None` = the answer does not say.
    #[serde(default)]
    pub use_guided_failure_mode_by_default: Option<bool>,
}

/// One step that a deployment would run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PreviewStep {
    /// The action's id, by which the older way to deploy skips it.
    pub action_id: String,
    /// The action's name, by which the executions API skips it.
    pub action_name: String,
    /// Its number, such as `1` or `2.1`.
    #[serde(default)]
    pub action_number: String,
    /// The machines it would run on.
    #[serde(default)]
    pub machines: Vec<PreviewMachine>,
    /// False when it must run.
    #[serde(default = "yes")]
    pub can_be_skipped: bool,
    /// True when it does not run anyway.
    #[serde(default)]
    pub is_disabled: bool,
    /// True when it needs machines and there is none: the deployment would succeed having done nothing.
    #[serde(default)]
    pub has_no_applicable_machines: bool,
}

/// A machine that a step would run on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct PreviewMachine {
    pub id: MachineId,
    #[serde(default)]
    pub name: String,
}

/// What a deployment, or a person who is waited for, is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Form {
    #[serde(default)]
    pub elements: Vec<FormElement>,
    /// The answers so far, by the questions' names.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FormElement {
    /// The key of its answer: an opaque id for a prompted variable.
    pub name: String,
    /// True when it must be answered.
    #[serde(default)]
    pub is_value_required: bool,
    /// How it is asked.
    #[serde(default)]
    pub control: Control,
}

/// How a question is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Control {
    /// `VariableValue`, `Paragraph`, `TextArea`, `SubmitButtonGroup`, …
    #[serde(default, rename = "Type")]
    pub kind: String,
    /// The variable's name.
    #[serde(default)]
    pub name: String,
    /// The question, in words.
    #[serde(default)]
    pub label: String,
    /// Explains the question.
    #[serde(default)]
    pub description: String,
    /// The text of a paragraph, such as the instructions of a manual intervention.
    #[serde(default)]
    pub text: String,
    /// True when the answer is a secret.
    #[serde(default)]
    pub is_secure: bool,
    /// True when it must be answered.
    #[serde(default)]
    pub required: bool,
    /// The answers that can be chosen from, where it is a choice by button.
    #[serde(default)]
    pub buttons: Vec<Button>,
    /// How the portal shows it; `Octopus.SelectOptions` holds the choices, a line each.
    #[serde(default)]
    pub display_settings: BTreeMap<String, Value>,
}

/// One answer of a choice by button.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Button {
    /// What it says.
    #[serde(default)]
    pub text: String,
    /// What it means.
    #[serde(default)]
    pub value: String,
}

/// One deployment to be previewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct PreviewTarget {
    pub environment_id: EnvironmentId,
    /// The tenant; none for a deployment without one.
    pub tenant_id: Option<TenantId>,
}

/// Where may this release be deployed to?
pub fn template(space: &SpaceId, release: &ReleaseId) -> Request<DeploymentTemplate> {
    Request::get(of_release(space, release, &["deployments", "template"]))
}

/// What would this deployment do? Steps that are disabled are named too.
pub fn one(space: &SpaceId, release: &ReleaseId, target: &PreviewTarget) -> Request<Preview> {
    let mut rest = vec!["deployments", "preview", target.environment_id.as_str()];
    rest.extend(target.tenant_id.as_ref().map(TenantId::as_str));
    Request::get(of_release(space, release, &rest)).with("includeDisabledSteps", "true")
}

/// What would these deployments do? Answers in the same order.
pub fn several(space: &SpaceId, release: &ReleaseId, targets: &[PreviewTarget]) -> Request<Vec<Preview>> {
    let body = Previews {
        space_id: space,
        release_id: release,
        deployment_previews: targets,
        include_disabled_steps: true,
    };
    Request::post(of_release(space, release, &["deployments", "previews"])).json(body)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Previews<'a> {
    space_id: &'a SpaceId,
    release_id: &'a ReleaseId,
    deployment_previews: &'a [PreviewTarget],
    include_disabled_steps: bool,
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_default_that_is_not_told_is_not_taken_for_off() {
        let preview: Preview = serde_json::from_str(r#"{"StepsToExecute":[]}"#).unwrap();
        assert_eq!(preview.use_guided_failure_mode_by_default, None);
    }

    #[test]
    fn paths_and_bodies() {
        let space = SpaceId::new("Spaces-1").unwrap();
        let release = ReleaseId::new("Releases-310").unwrap();
        let environment_id = EnvironmentId::new("Environments-3").unwrap();
        let plain = PreviewTarget { environment_id: environment_id.clone(), tenant_id: None };
        let tenanted = PreviewTarget { environment_id, tenant_id: TenantId::new("Tenants-5") };
        assert_eq!(
            template(&space, &release).target(),
            "/api/Spaces-1/releases/Releases-310/deployments/template"
        );
        assert_eq!(
            one(&space, &release, &plain).target(),
            "/api/Spaces-1/releases/Releases-310/deployments/preview/Environments-3?includeDisabledSteps=true"
        );
        assert_eq!(
            one(&space, &release, &tenanted).path,
            "/api/Spaces-1/releases/Releases-310/deployments/preview/Environments-3/Tenants-5"
        );
        let request = several(&space, &release, &[plain, tenanted]);
        assert_eq!(request.target(), "/api/Spaces-1/releases/Releases-310/deployments/previews");
        assert_eq!(
            request.body.unwrap(),
            json!({ "SpaceId": "Spaces-1", "ReleaseId": "Releases-310", "IncludeDisabledSteps": true,
                    "DeploymentPreviews": [ { "EnvironmentId": "Environments-3", "TenantId": null },
                                            { "EnvironmentId": "Environments-3", "TenantId": "Tenants-5" } ] })
        );
    }
}
