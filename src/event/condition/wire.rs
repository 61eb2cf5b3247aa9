//! Conditions as they are written in settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What must hold for any action to run: every row of `all`, and, where `any` has rows, one of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Conditions {
    /// Each of these must hold.
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
    /// What is looked at, such as `$Build.Branch$`.
    pub(crate) left: String,
    /// How it is compared.
    pub(crate) op: Operator,
    /// What it is compared with. `between` and `in` take several values: a list, or one text with commas.
    #[serde(default)]
    pub(crate) right: Option<Operand>,
    /// What both sides are compared as.
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
    /// Both are the same; in text, case counts.
    Equals,
    /// They differ.
    NotEquals,
    /// The right side is somewhere in the left.
    Contains,
    /// It is not.
    NotContains,
    /// The left side begins with the right.
    StartsWith,
    /// It does not.
    NotStartsWith,
    /// The left side ends with the right.
    EndsWith,
    /// It does not.
    NotEndsWith,
    /// The regular expression on the right is found in the left side.
    Matches,
    /// It is not.
    NotMatches,
    /// The left side is lower.
    Less,
    /// The left side is lower or the same.
    LessOrEqual,
    /// The left side is higher.
    Greater,
    /// The left side is higher or the same.
    GreaterOrEqual,
    /// The left side is within the two bounds on the right, both included.
    Between,
    /// It is outside of them.
    NotBetween,
    /// The left side is blank.
    IsEmpty,
    /// It is not.
    IsNotEmpty,
    /// The left side equals one of the values on the right.
    In,
    /// It equals none of them.
    NotIn,
}

/// What two sides are compared as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(extend("x-expressions" = false))]
pub(crate) enum Comparison {
    /// Text.
    #[default]
    Text,
    /// Numbers; anything else is an error.
    Number,
    /// Release versions, by the order of versions.
    Version,
}
