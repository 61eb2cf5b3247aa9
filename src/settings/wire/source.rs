//! Where values are read from that are not written into settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a secret is read from; exactly one of the keys. A secret is never written into settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1, "x-kind" = "secret"))]
pub(crate) struct Secret {
    /// The environment variable that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub(crate) env: Option<String>,
    /// The file that holds it; white space at its end is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub(crate) file: Option<String>,
    /// The program that prints it, and its arguments; it is run without a shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub(crate) command: Option<Vec<String>>,
}

/// The value of a variable: a text, or where a value that is never printed is read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum VariableValue {
    /// A value that may be printed.
    Plain(String),
    /// A value that is never printed.
    Hidden(HiddenValue),
}

/// Where a value that is never printed is read from; exactly one of the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub(crate) struct HiddenValue {
    /// The environment variable that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub(crate) env: Option<String>,
    /// The file that holds it; white space at its end is ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub(crate) file: Option<String>,
}
