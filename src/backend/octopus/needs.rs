//! The names in an action that must be resolved before it changes anything.

use crate::model::{
    ChannelName, DeploymentOptions, EnvironmentName, GitSource, PackageChoice, ProjectName, StepName, Tenants,
};

/// The names of an action that must be resolved.
#[derive(Debug, Clone)]
pub struct Needs<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The channel of its releases.
    pub channel: Option<&'a ChannelName>,
    /// The environment that a release is taken from; must not be in `to`.
    pub from: Option<&'a EnvironmentName>,
    /// The target environments.
    pub to: Vec<&'a EnvironmentName>,
    /// The tenants to deploy for.
    pub tenants: &'a Tenants,
    /// Machines, freezes, steps and variables.
    pub options: Option<&'a DeploymentOptions>,
    /// The packages of a new release.
    pub packages: &'a [PackageChoice],
    /// The git reference of a release that is created in this run and so gets the current process. Steps and prompted
    /// variables are compared with that process. `None` = the release exists already, and only its own process counts.
    pub new_from: Option<&'a GitSource>,
    /// The git reference from which the template of release notes is read, for a new release without notes of its own.
    /// Not a name, but read together with the names to save a later wait.
    pub notes_from: Option<&'a GitSource>,
}

impl<'a> Needs<'a> {
    /// The needs of an action that names only its project.
    #[must_use]
    pub fn of(project: &'a ProjectName) -> Self {
        Self {
            project,
            channel: None,
            from: None,
            to: Vec::new(),
            tenants: &Tenants::Untenanted,
            options: None,
            packages: &[],
            new_from: None,
            notes_from: None,
        }
    }

    pub(super) fn environments(&self) -> impl Iterator<Item = &'a EnvironmentName> {
        self.from.into_iter().chain(self.to.iter().copied())
    }

    pub(super) fn machines(&self) -> bool {
        self.options.is_some_and(|it| !it.machines.is_empty() || !it.excluded_machines.is_empty())
    }

    pub(super) fn freezes(&self) -> bool {
        self.options.is_some_and(|it| it.freeze_override.is_some())
    }

    pub(super) fn steps(&self) -> &'a [StepName] {
        match (self.new_from, self.options) {
            (Some(_), Some(options)) => &options.skip_steps,
            _ => &[],
        }
    }

    pub(super) fn variables(&self) -> Vec<&'a String> {
        match (self.new_from, self.options) {
            (Some(_), Some(options)) => options.variables.keys().collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the current process must be read for its steps and packages.
    pub(super) fn process(&self) -> bool {
        !self.steps().is_empty() || self.packages.iter().any(super::packages::names_something)
    }

    pub(super) fn git_ref(&self) -> Option<&'a str> {
        self.new_from.and_then(|it| it.git_ref.as_deref())
    }
}
