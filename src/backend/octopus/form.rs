//! The form of a deployment to one target, from its preview: steps and prompted variables in the server's ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{DeploymentOptions, PromptedValue};
use crate::octopus::preview::{Form as PreviewForm, FormElement, Preview};

use super::matching::same;

/// The steps and values of options, in the ids of one target's preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Form {
    /// The ids of the actions to skip.
    #[serde(default)]
    pub(super) skipped: Vec<String>,
    /// The names of the options' variables, by the form's elements.
    #[serde(default)]
    pub(super) elements: BTreeMap<String, String>,
    /// Whether guided failure is on by default; `None` = the server does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) guided_failure: Option<bool>,
}

impl Form {
    /// The part of the options that a deployment with this preview uses.
    pub(super) fn of(preview: &Preview, options: &DeploymentOptions) -> Self {
        let is_skipped = |name: &str| options.skip_steps.iter().any(|it| it.is(name));
        let skipped = preview.steps_to_execute.iter().filter(|it| is_skipped(&it.action_name));
        let given = options.variables.keys();
        let element_of = |name: &String| Some((element(&preview.form, name)?.name.clone(), name.clone()));
        Self {
            skipped: skipped.map(|it| it.action_id.clone()).collect(),
            elements: given.filter_map(element_of).collect(),
            guided_failure: preview.use_guided_failure_mode_by_default,
        }
    }

    /// The values, by the form's elements.
    pub(super) fn values(&self, options: &DeploymentOptions) -> BTreeMap<String, PromptedValue> {
        let value = |(element, name): (&String, &String)| {
            Some((element.clone(), options.variables.get(name)?.clone()))
        };
        self.elements.iter().filter_map(value).collect()
    }
}

/// The element of a form with this name, or else with this label.
pub(super) fn element<'a>(form: &'a PreviewForm, name: &str) -> Option<&'a FormElement> {
    let elements = &form.elements;
    let by_name = elements.iter().find(|it| same(&it.control.name, name));
    by_name.or_else(|| elements.iter().find(|it| same(&it.control.label, name)))
}
