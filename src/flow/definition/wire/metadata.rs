//! What every document says of itself.

use schemars::JsonSchema;
use serde::Deserialize;

/// The name of the document, and what else Kubernetes keeps there; other keys are not checked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    /// The name by which other documents and commands refer to it. No two documents of a kind have the same, also where
    /// upper and lower case differ.
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    /// Further descriptions.
    #[serde(default)]
    pub(crate) annotations: Annotations,
}

/// Further descriptions; other keys are not checked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Annotations {
    /// What it is for; lists show it.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// The version of this document, kept by hand; lists show it.
    #[serde(default)]
    pub(crate) version: Option<String>,
}
