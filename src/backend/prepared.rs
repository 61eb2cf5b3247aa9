//! What is made ready before anything is changed: printed by a plan, kept by a journal, carried out by any process that
//! has it, and looked for afterwards.

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

/// Deployments of one release that are to be made ready.
#[derive(Clone, Copy)]
pub struct NewDeployment<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The release.
    pub release: &'a Release,
    /// Where it goes.
    pub to: Destination<'a>,
    /// How.
    pub options: &'a DeploymentOptions,
    /// Whether a target that has, or is about to have, a higher version is an error.
    pub forwards_only: bool,
}

/// Where a release goes.
#[derive(Clone, Copy)]
pub enum Destination<'a> {
    /// To targets in the user's words.
    Named {
        /// The environments.
        to: &'a Targets,
        /// The tenants.
        tenants: &'a Tenants,
        /// The channel that the release has to be of; `None` = any.
        channel: Option<&'a ChannelName>,
    },
    /// To the targets that were selected with it.
    Selected(&'a Selection),
}

/// A release that is promoted, and where it goes.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The release.
    pub release: Release,
    /// Why this one, as a clause.
    pub because: String,
    /// Its targets as the home knows them.
    pub(super) to: HomeSelection,
}

/// A target, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetState {
    /// The target.
    pub target: TenantTarget,
    /// The version that was deployed there successfully last, whole or in part; `None` = none that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ReleaseVersion>,
}

/// What is known before a release is deployed: what its targets hold, what of it is there, and the requests for the
/// rest.
#[derive(Debug, Clone)]
pub struct Preparation {
    /// The release.
    pub release: Release,
    /// All its targets.
    pub targets: Vec<TargetState>,
    /// Deployments that are there already and are what is asked for.
    pub adopted: Vec<Deployment>,
    /// The requests for the rest, in the order in which they are sent.
    pub requests: Vec<Prepared>,
    /// What the reader should know of it, once it is begun.
    pub notices: Vec<Notice>,
    /// What was there when it was made ready.
    pub before: Before,
    /// What it was made from.
    pub(super) inputs: HomeInputs,
}

/// The deployments that were there before a request was first sent, by which those are known that it made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Their ids.
    #[serde(default)]
    pub(super) deployments: BTreeSet<String>,
    /// When the newest of them was asked for (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<Timestamp>,
}

/// One request that deploys a release, ready to be sent.
///
/// It is written for later as a [`Record`].
#[derive(Debug, Clone)]
pub struct Prepared {
    pub(super) content: Content,
}

/// What a [`Prepared`] holds. The values of variables are no part of what is written of it.
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

    /// How it is deployed.
    #[must_use]
    pub fn options(&self) -> &DeploymentOptions {
        &self.content.options
    }

    /// The environments, each once, joined by commas.
    pub(crate) fn environments(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for it in &self.content.targets {
            if !names.contains(&it.target.environment.as_str()) {
                names.push(it.target.environment.as_str());
            }
        }
        names.join(", ")
    }

    /// What may be written for later: all but the values of secrets, each of which is named by its source.
    ///
    /// # Errors
    ///
    /// The name of a variable whose secret value has no source, and so cannot be read again.
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

/// The release and where it goes, such as `release 1.4.7 to Test`.
impl fmt::Display for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "release {} to {}", self.content.release.version, self.environments())
    }
}

/// A [`Prepared`] as it is written, which holds no secret. Another process of this version or a later one reads it back:
/// what is new in a later version is optional there.
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

/// The value of a variable as it is written.
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
    /// The request again, with its secrets, which `read` reads from their sources.
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

/// What became of a request that was sent. That it certainly did nothing is an error in its place.
#[derive(Debug)]
pub enum Sent {
    /// The server accepted it; these are the deployments that it made.
    Accepted(Vec<Deployment>),
    /// It is not known whether it was carried out.
    Lost(Cause),
}

/// What a look for a request's deployments shows.
#[derive(Debug)]
pub struct LookResult {
    /// Those of its deployments that are there.
    pub found: Vec<Deployment>,
    /// The request for the rest; `None` = all are there.
    pub missing: Option<Prepared>,
    /// Whether something is there of which the server does not tell whether the request made it.
    pub is_hidden: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What version 0.1 wrote. A later version has to read it.
    const WRITTEN: &str = include_str!("tests/prepared.json");

    fn read(source: &SecretSource) -> Result<SecretString, String> {
        match source {
            SecretSource::Environment(name) if name == "TOKEN" => Ok("s3cret".to_owned().into()),
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
        document["edited-variables"] = serde_json::json!({"Token": {"secret": {"environment": "TOKEN"}}});
        let record: Record = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(record.clone().open(|_| Err::<SecretString, _>("no")).unwrap_err(), "no");
        let prepared = record.open(read).unwrap();
        assert_eq!(prepared.options().edited_variables["Token"].expose(), "s3cret");
        assert_eq!(serde_json::to_value(prepared.record().unwrap()).unwrap(), document);
        let targets: Vec<_> = prepared.targets().iter().map(|it| it.target.to_string()).collect();
        assert_eq!(targets, ["Test", "Production"]);
    }
}
