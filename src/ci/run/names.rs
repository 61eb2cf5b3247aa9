//! What the names of a plan mean, found out before its first action.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::actions::{ActionError, Session, resolve};
use crate::backend::{BackendError, Needs};
use crate::ci::plan::{Plan, ties};

use super::needs::needs;
use super::reach::{Reaches, reach};

/// What is known of the names of the actions that run.
pub(super) enum Names {
    /// Nothing was asked yet.
    Unknown,
    /// Each means one thing.
    Known(Reaches),
    /// What is invalid, by the action's place; nothing is begun.
    Invalid(BTreeMap<usize, ActionError>),
}

impl Names {
    /// Finds out what the names of all actions mean that will run. The limit holds for all of it.
    pub(super) async fn find_out(plan: &Plan, session: &Session<'_>, time_limit: Duration) -> Self {
        match find_out(plan, session, time_limit).await {
            Ok(reaches) => Self::Known(reaches),
            Err(errors) => Self::Invalid(errors),
        }
    }
}

async fn find_out(
    plan: &Plan,
    session: &Session<'_>,
    time_limit: Duration,
) -> Result<Reaches, BTreeMap<usize, ActionError>> {
    let running = needs(plan);
    let first = running.first().map_or(0, |(at, ..)| *at);
    let all: Vec<Needs<'_>> = running.iter().map(|(.., needs)| needs.clone()).collect();
    let resolved =
        resolve(session, &all, time_limit).await.map_err(|error| BTreeMap::from([(first, error)]))?;
    let mut errors: BTreeMap<usize, ActionError> = BTreeMap::new();
    for ((at, ..), result) in running.iter().zip(resolved) {
        if let Err(error) = result {
            errors.insert(*at, error.into());
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut reaches = Reaches::unknown(plan.actions.len());
    for (at, action, _) in &running {
        match reach(action, session, time_limit).await {
            Ok(reach) => reaches.set(*at, reach),
            Err(error) => drop(errors.insert(*at, error)),
        }
    }
    refuse_conflicts(plan, &reaches, &mut errors);
    if errors.is_empty() { Ok(reaches) } else { Err(errors) }
}

/// What does not go together was looked for among words already; here the same is asked of ids.
fn refuse_conflicts(plan: &Plan, reaches: &Reaches, errors: &mut BTreeMap<usize, ActionError>) {
    for tie in ties(&plan.actions, |feeder, promotion, later| reaches.feeds(feeder, promotion, later)) {
        for conflict in &tie.conflicts {
            let error = BackendError::Impossible(format!("{}; {}", conflict.message, conflict.remedy));
            errors.entry(tie.promotion).or_insert_with(|| error.into());
        }
    }
}
