//! Where the actions of a plan go, in the server's ids, as far as one action can feed another.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::actions::{ActionError, Session};
use crate::backend::TargetId;
use crate::ci::plan::{PlannedAction, Work};
use crate::model::{EnvironmentName, Targets, Tenants};

/// The targets of each action of a plan; nothing for an action that does not run or goes nowhere.
#[derive(Debug)]
pub(super) struct Reaches(Vec<Option<ActionTargets>>);

/// The targets of an action.
#[derive(Debug)]
pub(super) struct ActionTargets {
    pub(super) to: Vec<TargetId>,
    /// The source of a promotion, and its tenants.
    pub(super) from: Option<Source>,
}

/// The source of a promotion in ids.
#[derive(Debug)]
pub(super) struct Source {
    environment: String,
    /// The same in the user's word.
    pub(super) word: EnvironmentName,
    /// The tenants that are meant; `None` = without tenants.
    tenants: Option<BTreeSet<String>>,
}

impl Source {
    /// Whether a target is in the source, for a tenant that is meant.
    pub(super) fn holds(&self, target: &TargetId) -> bool {
        target.environment == self.environment
            && match (&target.tenant, &self.tenants) {
                (None, None) => true,
                (Some(tenant), Some(meant)) => meant.contains(tenant),
                _ => false,
            }
    }
}

impl Reaches {
    /// None is known yet, of this many actions.
    pub(super) fn unknown(actions: usize) -> Self {
        Self((0..actions).map(|_| None).collect())
    }

    pub(super) fn set(&mut self, at: usize, reach: Option<ActionTargets>) {
        if let Some(place) = self.0.get_mut(at) {
            *place = reach;
        }
    }

    pub(super) fn of(&self, at: usize) -> Option<&ActionTargets> {
        self.0.get(at).and_then(Option::as_ref)
    }

    /// Where an action goes to.
    pub(super) fn targets_of(&self, at: usize) -> &[TargetId] {
        self.of(at).map(|it| it.to.as_slice()).unwrap_or_default()
    }

    /// Whether one action deploys to the source of another, for a tenant of both where there are tenants, and none of the
    /// `later` ones does so for the same.
    pub(super) fn feeds(&self, feeder: usize, promotion: usize, later: &[usize]) -> bool {
        let source = self.of(promotion).and_then(|it| it.from.as_ref());
        let comes_again = |it: &TargetId| later.iter().any(|at| self.targets_of(*at).contains(it));
        source.is_some_and(|source| {
            self.targets_of(feeder).iter().any(|it| source.holds(it) && !comes_again(it))
        })
    }
}

/// Where an action goes. It is answered from memory, since all words were resolved.
pub(super) async fn reach(
    action: &PlannedAction,
    session: &Session<'_>,
    time_limit: Duration,
) -> Result<Option<ActionTargets>, ActionError> {
    match &action.work {
        Work::Create(_) => Ok(None),
        Work::Deploy(_, it) => {
            let to = session.targets_of(&it.project, &it.to, &it.tenants, time_limit).await?;
            Ok(Some(ActionTargets { to, from: None }))
        }
        Work::Promote(_, it) => {
            let to = session.targets_of(&it.project, &it.to, &it.tenants, time_limit).await?;
            let from = Targets::one(it.from.clone());
            let environment =
                session.targets_of(&it.project, &from, &Tenants::Untenanted, time_limit).await?;
            let tenants = match it.tenants {
                Tenants::Untenanted => None,
                // Whoever is meant in a target, or only in the source: what it has there is what it gets.
                Tenants::All | Tenants::Some { .. } => {
                    let there = session.targets_of(&it.project, &from, &it.tenants, time_limit).await?;
                    Some(there.into_iter().chain(to.iter().cloned()).filter_map(|it| it.tenant).collect())
                }
            };
            let environment = environment.into_iter().next().map(|it| it.environment);
            let from = environment.map(|environment| Source { environment, word: it.from.clone(), tenants });
            Ok(Some(ActionTargets { to, from }))
        }
    }
}
