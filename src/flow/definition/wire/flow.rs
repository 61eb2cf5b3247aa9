//! Promotion flows: Codefresh's kind, and promenade's own.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::metadata::Metadata;
use crate::document::Period;
use crate::flow::definition::flow::DEFAULT_FLOW_LIMIT;

/// A promotion flow as Codefresh writes it, read unchanged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CodefreshPromotionFlowDocument {
    /// `codefresh.io/v1beta1`
    #[schemars(extend("const" = "codefresh.io/v1beta1"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) api_version: String,
    /// `PromotionFlow`
    #[schemars(extend("const" = "PromotionFlow"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) kind: String,
    /// The name of the flow.
    pub(crate) metadata: Metadata,
    /// What the flow does.
    pub(crate) spec: CodefreshFlowSpec,
    /// What a cluster reports of the document; it is not checked.
    #[serde(default)]
    #[expect(dead_code, reason = "it says nothing about what is wanted")]
    pub(crate) status: Option<Json>,
}

/// What a flow of Codefresh does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-refused" = {
    "timeLimit": "write `promotionTimeoutLimit`, a whole number of minutes, or use `apiVersion: promenade/v1`"
}))]
pub(crate) struct CodefreshFlowSpec {
    /// The environment where a release appears first. promenade never writes to it.
    #[schemars(length(min = 1))]
    pub(crate) trigger_environment: String,
    /// The environments to promote to. Their order has no meaning.
    #[schemars(length(min = 1))]
    pub(crate) steps: Vec<FlowStep>,
    /// Workflows for the whole release. They are not carried out yet.
    #[serde(default)]
    pub(crate) hooks: FlowHooks,
    /// The time limit of the whole flow in minutes. Time spent waiting for people counts. Default: 1440, which is 1 day.
    #[serde(default)]
    #[schemars(range(min = 1, max = 525_600))]
    pub(crate) promotion_timeout_limit: Option<u32>,
    /// A workflow after the trigger; Codefresh replaced it by `hooks.onStart`. It is not carried out yet.
    #[serde(default)]
    pub(crate) post_trigger: Option<String>,
}

/// A promotion flow.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PromotionFlowDocument {
    /// `promenade/v1`
    #[schemars(extend("const" = "promenade/v1"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) api_version: String,
    /// `PromotionFlow`
    #[schemars(extend("const" = "PromotionFlow"))]
    #[expect(dead_code, reason = "it was looked at before")]
    pub(crate) kind: String,
    /// The name of the flow.
    pub(crate) metadata: Metadata,
    /// What the flow does.
    pub(crate) spec: FlowSpec,
    /// What a cluster reports of the document; it is not checked.
    #[serde(default)]
    #[expect(dead_code, reason = "it says nothing about what is wanted")]
    pub(crate) status: Option<Json>,
}

/// What a flow does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-refused" = {
    "promotionTimeoutLimit": "write `timeLimit`, a duration such as `30m` or `1d`"
}))]
pub(crate) struct FlowSpec {
    /// The environment where a release appears first. promenade never writes to it.
    #[schemars(length(min = 1))]
    pub(crate) trigger_environment: String,
    /// The environments to promote to. Their order has no meaning.
    #[schemars(length(min = 1))]
    pub(crate) steps: Vec<FlowStep>,
    /// Workflows for the whole release. They are not carried out yet.
    #[serde(default)]
    pub(crate) hooks: FlowHooks,
    /// The time limit of the whole flow. Time spent waiting for people does not count.
    #[serde(default = "flow_limit")]
    pub(crate) time_limit: Period,
}

/// An environment to promote to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FlowStep {
    /// The name of the environment's document.
    #[schemars(length(min = 1))]
    pub(crate) environment: String,
    /// The environments that must have passed before; the trigger environment may be one.
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub(crate) depends_on: Vec<String>,
    /// How the release comes there.
    #[serde(default)]
    pub(crate) policy: FlowStepPolicy,
    /// Workflows for this environment. They are not carried out yet.
    #[serde(default)]
    pub(crate) hooks: FlowHooks,
}

/// How a release comes to an environment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FlowStepPolicy {
    /// On Octopus Deploy `commit` and `pr` mean: deploy the release; so does leaving it out. `none` is not carried out
    /// yet.
    #[serde(default)]
    pub(crate) action: Option<StepActionName>,
    /// The workflow to run before. It is not carried out yet.
    #[serde(default)]
    pub(crate) pre_action: Option<String>,
    /// The workflow to run after. It is not carried out yet.
    #[serde(default)]
    pub(crate) post_action: Option<String>,
}

/// What is done to promote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StepActionName {
    /// A commit.
    Commit,
    /// A pull request.
    Pr,
    /// promenade writes nothing.
    None,
}

/// Names of workflows that run when something happens.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FlowHooks {
    /// When the work begins.
    #[serde(default)]
    pub(crate) on_start: Option<String>,
    /// When all of it has passed.
    #[serde(default)]
    pub(crate) on_success: Option<String>,
    /// When some of it has failed.
    #[serde(default)]
    pub(crate) on_fail: Option<String>,
}

fn flow_limit() -> Period {
    Period(DEFAULT_FLOW_LIMIT)
}
