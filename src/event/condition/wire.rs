//! Conditions as they are written in settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Conditions for any action to run: every row of `all`, and, where `any` has rows, at least one of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Conditions {
    /// All of these must hold.
    #[serde(default)]
    pub(crate) all: Vec<Condition>,
    /// At least one of these must hold.
    #[serde(default)]
    pub(crate) any: Vec<Condition>,
}

/// One comparison.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Condition {
    /// The left side, such as `$Build.Branch$`.
    pub(crate) left: String,
    /// How the sides are compared.
    pub(crate) op: Operator,
    /// The right side. `between` and `in` take several values: a list, or one text with commas.
    #[serde(default)]
    pub(crate) right: Option<Operand>,
    /// The type that both sides are compared as.
    #[serde(default, rename = "as")]
    pub(crate) comparison: Comparison,
}

/// One value or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Operand {
    /// One value, or several with commas between them.
    One(String),
    /// Several values.
    Several(Vec<String>),
}

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(extend("x-expressions" = false))]
pub(crate) enum Operator {
    /// The sides are equal; text is case-sensitive.
    Equals,
    /// The sides differ.
    NotEquals,
    /// The left side contains the right.
    Contains,
    /// The left side does not contain the right.
    NotContains,
    /// The left side begins with the right.
    StartsWith,
    /// The left side does not begin with the right.
    NotStartsWith,
    /// The left side ends with the right.
    EndsWith,
    /// The left side does not end with the right.
    NotEndsWith,
    /// The regular expression on the right matches somewhere in the left side.
    Matches,
    /// The regular expression on the right does not match anywhere in the left side.
    NotMatches,
    /// The left side is lower.
    Less,
    /// The left side is lower or equal.
    LessOrEqual,
    /// The left side is higher.
    Greater,
    /// The left side is higher or equal.
    GreaterOrEqual,
    /// The left side is within the two bounds on the right, both included.
    Between,
    /// The left side is outside of the two bounds on the right.
    NotBetween,
    /// The left side is blank.
    IsEmpty,
    /// The left side is not blank.
    IsNotEmpty,
    /// The left side equals one of the values on the right.
    In,
    /// The left side equals none of the values on the right.
    NotIn,
}

/// The type that two sides are compared as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(extend("x-expressions" = false))]
pub(crate) enum Comparison {
    /// Text.
    #[default]
    Text,
    /// Numbers; anything else is an error.
    Number,
    /// Release versions, in the order of versions.
    Version,
}
