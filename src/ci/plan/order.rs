//! Promotions that take what an earlier action of the same run deployed.
//!
//! Such a promotion must not find another build's release in the environment, so it is tied to that action: its
//! release, and only when it was successful. Without waiting there is nothing to be sure of.

use super::{ActionKind, Decision, Node, Planned, PlannedPromotion, PlannedRelease, Problem, Work};
use crate::actions::Wait;
use crate::ci::settings::sections;
use crate::model::{ReleaseVersion, Targets, Tenants};

/// What an action deploys.
struct Deploys<'a> {
    to: &'a Targets,
    tenants: &'a Tenants,
    wait: &'a Wait,
    version: Option<&'a ReleaseVersion>,
}

/// Ties each promotion to the last action before it that deploys to its source environment.
pub(super) fn tie(actions: &mut [Planned], root: &Node, problems: &mut Vec<Problem>) {
    for at in 0..actions.len() {
        let (before, rest) = actions.split_at_mut(at);
        let Some(Decision::Run(action)) = rest.first_mut().map(|it| &mut it.decision) else { continue };
        let Work::Promote(promote) = &mut action.work else { continue };
        let feeds = |it: &Deploys<'_>| {
            it.to.iter().any(|to| to.is(promote.from.as_str())) && may_share(it.tenants, &promote.tenants)
        };
        let found = before.iter().enumerate().rev().find_map(|(place, it)| {
            let deploys = deploys(it).filter(|it| feeds(it))?;
            Some((place, it.title.clone(), deploys))
        });
        let Some((place, title, deploys)) = found else { continue };
        let mut say = |key: &str, message: String, remedy: &str| {
            problems.push(Problem::new(&origin(root, at, key), message, remedy));
        };
        if matches!(deploys.wait, Wait::No) {
            let message = format!("`from` is what \"{title}\" deploys to, and that is not waited for");
            say("from", message, "take `wait = false` away from it, or promote on a later event");
        }
        if let PlannedPromotion::Exact(version) = &promote.release
            && deploys.version != Some(version)
        {
            let message =
                format!("`from` is what \"{title}\" deploys to, so that release alone can be promoted");
            say("version", message, "leave `version` out");
        }
        promote.release = PlannedPromotion::OfThisRun(place);
    }
}

/// Where an action that runs deploys to.
fn deploys(action: &Planned) -> Option<Deploys<'_>> {
    let Decision::Run(action) = &action.decision else { return None };
    match &action.work {
        Work::Create(_) => None,
        Work::Deploy(it) => {
            let version = match &it.release {
                PlannedRelease::Exact(version) => Some(version),
                PlannedRelease::ThisBuild(version) => version.as_ref(),
                PlannedRelease::LatestOfChannel(_) => None,
            };
            Some(Deploys { to: &it.to, tenants: &it.tenants, wait: &it.wait, version })
        }
        Work::Promote(it) => {
            let version = match &it.release {
                PlannedPromotion::Exact(version) => Some(version),
                PlannedPromotion::OnlyThisBuild(version) => version.as_ref(),
                PlannedPromotion::LatestSuccessful | PlannedPromotion::OfThisRun(_) => None,
            };
            Some(Deploys { to: &it.to, tenants: &it.tenants, wait: &it.wait, version })
        }
    }
}

/// Whether two choices of tenants can have one in common. Tags are known to the server alone, so they may.
fn may_share(one: &Tenants, other: &Tenants) -> bool {
    match (one, other) {
        (Tenants::Untenanted, Tenants::Untenanted) => true,
        (Tenants::Untenanted, _) | (_, Tenants::Untenanted) => false,
        (Tenants::Some { names, tags }, Tenants::Some { names: others, tags: other_tags })
            if tags.is_empty() && other_tags.is_empty() =>
        {
            names.iter().any(|it| others.iter().any(|other| other.is(it.as_str())))
        }
        _ => true,
    }
}

/// Where a key of the action at this place was written.
fn origin(root: &Node, at: usize, key: &str) -> crate::ci::problem::Origin {
    let node = sections(root).nth(at).map(|(_, node): (ActionKind, &Node)| node).unwrap_or(root);
    node.get(key).unwrap_or(node).origin.clone()
}
