//! Prepared deployments: printed by a plan, kept by a journal, carried out by any process that has them, and looked for
//! afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::model::{
    ChannelName, DeploymentOptions, ProjectName, PromptedValue, Release, ReleaseVersion, Secret,
    SecretSource, Targets, TenantTarget, Tenants,
};

use super::opaque::{HomeInputs, HomeRequest, HomeSelection};
use super::{Cause, Deployment, Notice};

/// Deployments of one release to prepare.
#[derive(Clone, Copy)]
pub struct NewDeployment<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The release.
    pub release: &'a Release,
    /// Its targets.
    pub to: Destination<'a>,
    /// The options of the deployments.
    pub options: &'a DeploymentOptions,
    /// Whether it is an error if a target has, or is about to have, a higher version.
    pub forwards_only: bool,
}

/// The targets of a release.
#[derive(Clone, Copy)]
pub enum Destination<'a> {
    /// Targets as the user named them.
    Named {
        /// The environments.
        to: &'a Targets,
        /// The tenants.
        tenants: &'a Tenants,
        /// The channel that the release must belong to; `None` = any.
        channel: Option<&'a ChannelName>,
    },
    /// The targets that were selected with the release.
    Selected(&'a Selection),
}

/// A release to promote, and its targets.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The release.
    pub release: Release,
    /// Why this release was chosen, as a clause.
    pub because: String,
    /// Its targets as the home knows them.
    pub(super) to: HomeSelection,
}

/// A target and the release it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetState {
    /// The target.
    pub target: TenantTarget,
    /// The version deployed there successfully last, complete or partial; `None` = not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ReleaseVersion>,
}

/// What is known before a release is deployed: what its targets have, which deployments exist already, and the requests
/// for the rest.
#[derive(Debug, Clone)]
pub struct Preparation {
    /// The release.
    pub release: Release,
    /// All its targets.
    pub targets: Vec<TargetState>,
    /// Deployments that exist already and are what is asked for.
    pub adopted: Vec<Deployment>,
    /// The requests for the rest, in the order in which they are sent.
    pub requests: Vec<Prepared>,
    /// Warnings to report when the deployment starts.
    pub notices: Vec<Notice>,
    /// What was there when it was prepared.
    pub before: Before,
    /// The input of this preparation.
    pub(super) inputs: HomeInputs,
}

/// The deployments that were there before a request was first sent; later ones may be its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Their ids.
    #[serde(default)]
    pub(super) deployments: BTreeSet<String>,
    /// When the newest of them was requested (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<Timestamp>,
}

/// One prepared request that deploys a release.
///
/// Its serialized form is a [`Record`].
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) content: Content,
}

/// The content of a [`Prepared`]. Its serialized form omits the values of variables.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Content {
    pub(super) project: ProjectName,
    pub(super) release: Release,
    pub(super) targets: Vec<TargetState>,
    #[serde(default)]
    pub(super) options: DeploymentOptions,
    pub(super) home: HomeRequest,
}

impl Prepared {
    /// The release.
    #[must_use]
    pub fn release(&self) -> &Release {
        &self.content.release
    }

    /// The targets of this request.
    #[must_use]
    pub fn targets(&self) -> &[TargetState] {
        &self.content.targets
    }

    /// The options of the deployments.
    #[must_use]
    pub fn options(&self) -> &DeploymentOptions {
        &self.content.options
    }

    /// The distinct environments, joined by commas.
    pub(crate) fn environments(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for it in &self.content.targets {
            if !names.contains(&it.target.environment.as_str()) {
                names.push(it.target.environment.as_str());
            }
        }
        names.join(", ")
    }

    /// Returns the serializable form, in which the source of each secret replaces its value.
    ///
    /// # Errors
    ///
    /// The name of a variable whose secret value has no source and so could not be read again.
    pub fn record(&self) -> Result<Record, String> {
        let written = |values: &BTreeMap<String, PromptedValue>| {
            let of = |(name, value): (&String, &PromptedValue)| Ok((name.clone(), written(name, value)?));
            values.iter().map(of).collect::<Result<BTreeMap<_, _>, String>>()
        };
        Ok(Record {
            variables: written(&self.content.options.variables)?,
            edited_variables: written(&self.content.options.edited_variables)?,
            content: self.content.clone(),
        })
    }
}

/// Writes the release and its targets, such as `release 1.4.7 to Test`.
impl fmt::Display for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "release {} to {}", self.content.release.version, self.environments())
    }
}

/// The serialized form of a [`Prepared`], which holds no secret. Another process of this or a later version can read
/// it: fields added later are optional.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    #[serde(flatten)]
    content: Content,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<String, RecordedValue>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    edited_variables: BTreeMap<String, RecordedValue>,
}

/// The serialized value of a variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RecordedValue {
    /// The value itself.
    Plain(String),
    /// Where the value is read from.
    Secret(SecretSource),
}

fn written(name: &str, value: &PromptedValue) -> Result<RecordedValue, String> {
    match value {
        PromptedValue::Plain(text) => Ok(RecordedValue::Plain(text.clone())),
        PromptedValue::Secret(secret) => {
            let source = secret.source().ok_or_else(|| name.to_owned())?;
            Ok(RecordedValue::Secret(source.clone()))
        }
    }
}

impl Record {
    /// Restores the request; `read` reads its secrets from their sources.
    ///
    /// # Errors
    ///
    /// The first error of `read`.
    pub fn open<E>(self, read: impl Fn(&SecretSource) -> Result<SecretString, E>) -> Result<Prepared, E> {
        let Self { mut content, variables, edited_variables } = self;
        let value = |(name, value): (String, RecordedValue)| {
            let value = match value {
                RecordedValue::Plain(text) => PromptedValue::Plain(text),
                RecordedValue::Secret(source) => PromptedValue::Secret(Secret::of(read(&source)?, source)),
            };
            Ok((name, value))
        };
        content.options.variables = variables.into_iter().map(value).collect::<Result<_, E>>()?;
        content.options.edited_variables =
            edited_variables.into_iter().map(value).collect::<Result<_, E>>()?;
        Ok(Prepared { content })
    }
}

/// The outcome of a request that was sent. `Err` in its place means that certainly nothing was changed.
#[derive(Debug)]
pub enum Sent {
    /// The server accepted it; these are the deployments that it made.
    Accepted(Vec<Deployment>),
    /// It is not known whether it was carried out.
    Lost(Cause),
}

/// The result of a look for a request's deployments.
#[derive(Debug)]
pub struct LookResult {
    /// The deployments of the request that are there.
    pub found: Vec<Deployment>,
    /// The request for the missing deployments; `None` = all are there.
    pub missing: Option<Prepared>,
    /// Whether there is a deployment that the request may have made, but the server does not show whether it did.
    pub is_hidden: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What version 0.1 wrote. A later version has to read it.
    const WRITTEN: &str = include_str!("tests/prepared.json");

    fn read(source: &SecretSource) -> Result<SecretString, String> {
        match source {
            SecretSource::Variable(name) if name == "TOKEN" => Ok("s3cret".to_owned().into()),
            other => Err(format!("{other:?} cannot be read")),
        }
    }

    #[test]
    fn what_was_written_is_read_back_with_its_secrets_and_written_the_same() {
        let record: Record = serde_json::from_str(WRITTEN).unwrap();
        let prepared = record.open(read).unwrap();
        assert_eq!(prepared.to_string(), "release 1.4.7 to Test, Production");
        assert_eq!(prepared.options().variables["Token"].expose(), "s3cret");
        assert_eq!(prepared.options().variables["Approver"].expose(), "ann");
        let again = serde_json::to_value(prepared.record().unwrap()).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(WRITTEN).unwrap());
        assert!(!again.to_string().contains("s3cret") && !format!("{prepared:?}").contains("s3cret"));
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over_and_what_an_older_one_lacks_has_a_default() {
        let mut document: serde_json::Value = serde_json::from_str(WRITTEN).unwrap();
        document["new-in-9"] = "x".into();
        document["home"]["new-in-9"] = "x".into();
        for optional in ["options", "variables"] {
            document.as_object_mut().unwrap().remove(optional);
        }
        let prepared = serde_json::from_value::<Record>(document).unwrap().open(read).unwrap();
        assert!(prepared.options().variables.is_empty());
    }

    #[test]
    fn a_secret_that_cannot_be_read_again_is_not_written_and_one_that_cannot_be_read_stops_it() {
        let record: Record = serde_json::from_str(WRITTEN).unwrap();
        let refused = record.clone().open(|_| Err::<SecretString, _>("no")).unwrap_err();
        assert_eq!(refused, "no");
        let mut prepared = record.open(read).unwrap();
        let value = Secret::from("handed over".to_owned());
        prepared.content.options.variables.insert("Token".to_owned(), PromptedValue::Secret(value));
        assert_eq!(prepared.record().unwrap_err(), "Token");
    }

    #[test]
    fn edited_variables_and_targets_are_read_back() {
        let mut document: serde_json::Value = serde_json::from_str(WRITTEN).unwrap();
        document["edited-variables"] = serde_json::json!({"Token": {"secret": {"variable": "TOKEN"}}});
        let record: Record = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(record.clone().open(|_| Err::<SecretString, _>("no")).unwrap_err(), "no");
        let prepared = record.open(read).unwrap();
        assert_eq!(prepared.options().edited_variables["Token"].expose(), "s3cret");
        assert_eq!(serde_json::to_value(prepared.record().unwrap()).unwrap(), document);
        let targets: Vec<_> = prepared.targets().iter().map(|it| it.target.to_string()).collect();
        assert_eq!(targets, ["Test", "Production"]);
    }
}
