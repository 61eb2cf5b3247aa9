//! One request that deploys, in the server's ids, with its targets and one of the server's two routes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::DeploymentOptions;
use crate::octopus::{FreezeId, MachineId, ProjectId, SpaceId};

use super::deployment_spec::{DeploymentSpec, Machines};
use super::form::Form;
use super::place::Place;

/// One request that deploys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::backend) struct Request {
    pub(super) space: SpaceId,
    pub(super) project_id: ProjectId,
    /// The targets, in the order of the preparation's targets.
    pub(super) places: Vec<RequestPlace>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) machines: Vec<Named<MachineId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) excluded_machines: Vec<Named<MachineId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) freezes: Vec<Named<FreezeId>>,
    pub(super) route: Route,
}

/// A target of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RequestPlace {
    pub(super) place: Place,
    /// The form of its deployment; `None` = not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) form: Option<Form>,
}

/// An id with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Named<I> {
    pub(super) id: I,
    pub(super) name: String,
}

/// The server's route for a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Route {
    /// The executions API: several environments, or one environment for several tenants.
    #[serde(rename_all = "kebab-case")]
    Executions {
        /// The steps to skip, by the process's names.
        #[serde(default)]
        steps: Vec<String>,
        /// The server's names of the variables, by those of the options.
        #[serde(default)]
        variables: BTreeMap<String, String>,
    },
    /// The older route, which takes ids and carries a comment: one target.
    #[serde(rename_all = "kebab-case")]
    ById {
        /// The comment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comments: Option<String>,
        /// Whether the release's variables are refreshed first, in a request of its own.
        #[serde(default)]
        refresh_first: bool,
    },
}

impl Request {
    /// The request for one of its targets, to compare a deployment with.
    pub(super) fn asked(&self, options: &DeploymentOptions, form: Option<&Form>) -> DeploymentSpec {
        let machines = Machines {
            only: ids(&self.machines).collect(),
            excluded: ids(&self.excluded_machines).collect(),
        };
        DeploymentSpec::new(options, machines, form)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().map(|it| &it.place)
    }
}

/// The ids of named things.
pub(super) fn ids<I: Clone>(named: &[Named<I>]) -> impl Iterator<Item = I> {
    named.iter().map(|it| it.id.clone())
}
