//! The settings file as types: the single source of its schema, the flags, the tables in the documentation
//! and the manifest's fields.
//!
//! The comment of each field is the help text that people read in all of these places. Extensions of the
//! schema (`x-…`) hold what JSON Schema cannot express: the kind of a text, the name of a flag, keys that are
//! refused with advice.

mod action;
mod connection;
mod deployment;
mod source;
mod store;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::condition::Conditions;

pub(crate) use action::{Create, Deploy, GivingUp, Person, Promote, Running, TriggerEvent, When};
pub(crate) use connection::Connection;
pub(crate) use deployment::{DeploymentKeys, Guided};
pub(crate) use source::{HiddenValue, Secret, VariableValue};
pub(crate) use store::Store;

/// Settings of promenade: what to do on Octopus Deploy when a build event arrives.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "promenade settings")]
pub(crate) struct SettingsFile {
    /// Sends `#{…}` in notes, custom fields and variables' values to the server unescaped even where it came from a build
    /// event, an input, a flag or a file of notes. **The server evaluates it**, so anybody who writes a commit message can
    /// read the project's variables. Without it, such text is escaped; `#{…}` in the settings file is always sent as
    /// written.
    #[serde(default)]
    #[schemars(extend("x-flag" = false, "x-field" = false))]
    pub(crate) server_templates: bool,
    /// The server, the credential and the project; shared by all actions.
    #[serde(default)]
    #[schemars(extend("x-expressions" = false))]
    pub(crate) connection: Connection,
    /// Further connections by name, for the environments of promotion flows. `[connection]` is the one called `default`.
    #[serde(default)]
    #[schemars(extend("x-expressions" = false, "x-flag" = false, "x-field" = false))]
    pub(crate) connections: BTreeMap<String, Connection>,
    /// Where promotions are recorded.
    #[serde(default)]
    #[schemars(extend("x-expressions" = false, "x-flag" = false, "x-field" = false))]
    pub(crate) store: Store,
    /// Creates a release. Without this section no release is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) create: Option<Create>,
    /// Deploys a release. Without this section no release is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deploy: Option<Deploy>,
    /// Promotions, carried out in this order. Each deploys the release of one environment to others.
    #[serde(default)]
    pub(crate) promote: Vec<Promote>,
    /// Values of prompted variables, sent with each deployment. One that is read from the environment or from a
    /// file is never printed.
    #[serde(default)]
    #[schemars(extend("x-flag" = "variable"))]
    pub(crate) prompted_variables: BTreeMap<String, VariableValue>,
    /// **Edits the project's own variables on the server** before the actions run, and updates the release's
    /// snapshot with them. The values stay there, for everybody: use `prompted-variables` where you can.
    #[serde(default)]
    #[schemars(extend("x-flag" = "edit-project-variable"))]
    pub(crate) edit_project_variables: BTreeMap<String, VariableValue>,
    /// Conditions for any action to run. Default: none.
    #[serde(default)]
    pub(crate) conditions: Conditions,
    /// How the result is reported.
    #[serde(default)]
    #[schemars(extend("x-expressions" = false))]
    pub(crate) report: Report,
}

/// How the result is reported.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Report {
    /// The exit code of a run that passed with warnings or tolerated failures. 0 makes it an ordinary pass.
    #[serde(default)]
    #[schemars(range(max = 255))]
    pub(crate) warnings_exit: u8,
    /// The file to write the output values to, in the form that the CI server reads. Default: none; the values go
    /// where the CI server reads them by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outputs_file: Option<String>,
    /// The file to write the summary to, in Markdown. Default: none; it goes where the CI server reads one by
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) summary_file: Option<String>,
    /// Registers secrets with the CI server, where it supports that, so that it masks them in its log. promenade
    /// itself never prints a secret.
    #[serde(default = "yes")]
    #[schemars(extend("x-off" = "Does not register secrets with the CI server. promenade itself never prints a secret."))]
    pub(crate) register_secrets: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self { warnings_exit: 0, outputs_file: None, summary_file: None, register_secrets: true }
    }
}

fn yes() -> bool {
    true
}
