//! Promotions that take what an earlier action of the same run deployed.
//!
//! Such a promotion must not find another build's release in the environment, so it is tied to that action: its
//! release, and only when it was successful. Without waiting there is nothing to be sure of.
//!
//! Here words are compared, so that most of what cannot be is told before anything is asked. What the words mean is
//! known to the server alone: once that is found out, the same is asked once more of ids.

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

/// A promotion, and the last action before it that deploys to its source.
#[derive(Debug)]
pub(crate) struct Tie {
    /// The promotion's place among the actions.
    pub(crate) promotion: usize,
    /// The place of the action that it is tied to.
    pub(crate) feeder: usize,
    /// Why the two do not go together.
    pub(crate) conflicts: Vec<Conflict>,
}

/// Why a promotion does not go with the action that it is tied to.
#[derive(Debug)]
pub(crate) struct Conflict {
    /// The promotion's key that is in the way.
    key: &'static str,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) remedy: &'static str,
}

/// Tells of promotions that do not go with the last action before them that deploys to their source environment.
pub(super) fn check(actions: &[Planned], root: &Node, problems: &mut Vec<Problem>) {
    for tie in ties(actions, |feeder, promotion| feeds_in_words(actions, feeder, promotion)) {
        for Conflict { key, message, remedy } in tie.conflicts {
            problems.push(Problem::new(&origin(root, tie.promotion, key), message, remedy));
        }
    }
}

/// Ties each promotion to the last action before it that feeds it. `feeds` is asked for the places of two actions.
pub(crate) fn ties(actions: &[Planned], feeds: impl Fn(usize, usize) -> bool) -> Vec<Tie> {
    let mut ties = Vec::new();
    for (promotion, planned) in actions.iter().enumerate() {
        let Decision::Run(action) = &planned.decision else { continue };
        let Work::Promote(promote) = &action.work else { continue };
        let found = actions.iter().enumerate().take(promotion).rev().find_map(|(feeder, it)| {
            let deploys = deploys(it).filter(|_| feeds(feeder, promotion))?;
            Some((feeder, &it.title, deploys))
        });
        let Some((feeder, title, deploys)) = found else { continue };
        let mut conflicts = Vec::new();
        if matches!(deploys.wait, Wait::No) {
            conflicts.push(Conflict {
                key: "from",
                message: format!("`from` is what \"{title}\" deploys to, and that is not waited for"),
                remedy: "take `wait = false` away from it, or promote on a later event",
            });
        }
        if let PlannedPromotion::Exact(version) = &promote.release
            && deploys.version != Some(version)
        {
            conflicts.push(Conflict {
                key: "version",
                message: format!(
                    "`from` is what \"{title}\" deploys to, so that release alone can be promoted"
                ),
                remedy: "leave `version` out",
            });
        }
        ties.push(Tie { promotion, feeder, conflicts });
    }
    ties
}

/// Whether an action deploys to the source of a promotion, as far as their words tell.
pub(crate) fn feeds_in_words(actions: &[Planned], feeder: usize, promotion: usize) -> bool {
    let Some(Decision::Run(action)) = actions.get(promotion).map(|it| &it.decision) else { return false };
    let Work::Promote(promote) = &action.work else { return false };
    actions.get(feeder).and_then(deploys).is_some_and(|it| {
        it.to.iter().any(|to| to.is(promote.from.as_str())) && may_share(it.tenants, &promote.tenants)
    })
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
                PlannedPromotion::LatestSuccessful => None,
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
