//! The promotion that is to be started.

use std::collections::BTreeMap;

use crate::flow::compile::{self, Source};
use crate::flow::course::{Course, Person};
use crate::flow::definition::{Application, Environment, Flow, Product};
use crate::model::{ApplicationName, EnvironmentName, ReleaseVersion};

use super::error::StartProblem;

/// A promotion to start.
#[derive(Debug, Clone)]
pub struct NewPromotion<'a> {
    /// The product.
    pub product: &'a Product,
    /// The way.
    pub route: Route<'a>,
    /// All environments that are defined.
    pub environments: &'a BTreeMap<EnvironmentName, Environment>,
    /// The application; `None` = the only one with changes.
    pub application: Option<&'a ApplicationName>,
    /// The version that the trigger environment must have; `None` = whichever it has.
    pub version: Option<&'a ReleaseVersion>,
    /// Whether environments may be moved to an older release.
    pub allow_backwards: bool,
    /// Who starts it.
    pub by: Person,
    /// Whether a server confirmed that name.
    pub verified: bool,
    /// The key by which the same request is known again; `None` = each is a new one.
    pub request: Option<String>,
}

/// The way of a promotion.
#[derive(Debug, Clone, Copy)]
pub enum Route<'a> {
    /// Through a flow.
    Flow(&'a Flow),
    /// From one environment to another, by hand.
    Manual {
        /// The environment that has the release.
        from: &'a Environment,
        /// The environment to promote to.
        to: &'a Environment,
    },
}

/// The time limit of a promotion by hand: 1 day, as that of a flow.
const MANUAL_LIMIT: std::time::Duration = crate::flow::definition::DEFAULT_FLOW_LIMIT;

impl<'a> NewPromotion<'a> {
    fn environment(&self, name: &EnvironmentName) -> Result<&'a Environment, StartProblem> {
        let found = self.environments.values().find(|it| it.name.is(name.as_str()));
        found.ok_or_else(|| compile::CompileError::NoEnvironment(name.clone()).into())
    }

    pub(super) fn trigger(&self) -> Result<&'a Environment, StartProblem> {
        match self.route {
            Route::Flow(flow) => self.environment(&flow.trigger),
            Route::Manual { from, .. } => Ok(from),
        }
    }

    /// The environments that come first after the trigger environment.
    pub(super) fn first_targets(&self) -> Result<Vec<&'a Environment>, StartProblem> {
        match self.route {
            Route::Flow(flow) => {
                let first = |names: &[EnvironmentName]| names.iter().all(|it| it.is(flow.trigger.as_str()));
                let steps = flow.steps.iter().filter(|it| first(&it.depends_on));
                steps.map(|it| self.environment(&it.environment)).collect()
            }
            Route::Manual { to, .. } => Ok(vec![to]),
        }
    }

    pub(super) fn course(&self, application: &Application) -> Result<Course, StartProblem> {
        Ok(match self.route {
            Route::Flow(flow) => {
                compile::compile(flow, self.environments, application, self.allow_backwards)?
            }
            Route::Manual { from, to } => compile::course(&Source {
                trigger: from,
                steps: &[(to, std::slice::from_ref(&from.name))],
                application,
                limit: MANUAL_LIMIT,
                every_wait_counts: false,
                allow_backwards: self.allow_backwards,
            })?,
        })
    }
}
