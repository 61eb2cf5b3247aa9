//! Promotions that take what an earlier action of the same run deployed.
//!
//! Such a promotion must not find another build's release in the environment, so it is tied to that action: its
//! release, and only when it was successful. Without waiting there is nothing to be sure of.
//!
//! Here names are compared, so that most conflicts are reported before the first request. What the names mean is
//! known to the server alone: once that is found out, the same is asked once more of ids.

use super::planned::{Decision, Planned, PlannedPromotion, PlannedRelease, Work};
use crate::actions::Wait;
use crate::document::{Node, Origin, Problem};
use crate::model::{ActionKind, ReleaseVersion, Targets, Tenants};
use crate::settings::sections;

/// What an action deploys.
struct Deploys<'a> {
    to: &'a Targets,
    tenants: &'a Tenants,
    wait: &'a Wait,
    version: Option<&'a ReleaseVersion>,
}

/// A promotion, and an action before it that deploys to its source last, to a part of it at least.
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

/// Tells of promotions that do not go with the actions before them that deploy to their source environment.
pub(super) fn check(actions: &[Planned], root: &Node, problems: &mut Vec<Problem>) {
    for tie in ties(actions, |feeder, promotion, later| feeds_in_words(actions, feeder, promotion, later)) {
        for Conflict { key, message, remedy } in tie.conflicts {
            problems.push(Problem::new(&origin(root, tie.promotion, key), message, remedy));
        }
    }
}

/// Ties each promotion to the actions before it that feed it: to the last one for each target, the latest action first.
/// `feeds` is asked for the places of an action and a promotion, whether the one feeds the other somewhere where none of
/// the actions after it does, whose places it is handed too.
pub(crate) fn ties(actions: &[Planned], feeds: impl Fn(usize, usize, &[usize]) -> bool) -> Vec<Tie> {
    let mut ties = Vec::new();
    for (promotion, planned) in actions.iter().enumerate() {
        let Decision::Run(action) = &planned.decision else { continue };
        let Work::Promote(release, _) = &action.work else { continue };
        let mut later = Vec::new();
        for (feeder, it) in actions.iter().enumerate().take(promotion).rev() {
            let Some(deploys) = deploys(it).filter(|_| feeds(feeder, promotion, &later)) else { continue };
            later.push(feeder);
            ties.push(Tie { promotion, feeder, conflicts: conflicts(release, &it.title, &deploys) });
        }
    }
    ties
}

/// Why a promotion of this release does not go with an action that feeds it.
fn conflicts(promoted: &PlannedPromotion, title: &str, deploys: &Deploys<'_>) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    if matches!(deploys.wait, Wait::No) {
        conflicts.push(Conflict {
            key: "from",
            message: format!("`from` is what \"{title}\" deploys to, and that is not waited for"),
            remedy: "take `wait = false` away from it, or promote on a later event",
        });
    }
    if let PlannedPromotion::Exact(version) = promoted
        && deploys.version != Some(version)
    {
        conflicts.push(Conflict {
            key: "version",
            message: format!("`from` is what \"{title}\" deploys to, so only that release can be promoted"),
            remedy: "leave `version` out",
        });
    }
    conflicts
}

/// Whether an action deploys to the source of a promotion where none of the `later` ones does, as far as their words
/// tell: what they leave open is found out with the server's ids.
pub(crate) fn feeds_in_words(actions: &[Planned], feeder: usize, promotion: usize, later: &[usize]) -> bool {
    let Some(Decision::Run(action)) = actions.get(promotion).map(|it| &it.decision) else { return false };
    let Work::Promote(_, promote) = &action.work else { return false };
    let after: Vec<&Tenants> =
        later.iter().filter_map(|at| actions.get(*at).and_then(deploys)).map(|it| it.tenants).collect();
    actions.get(feeder).and_then(deploys).is_some_and(|it| {
        it.to.iter().any(|to| to.is(promote.from.as_str()))
            && may_share(it.tenants, &promote.tenants)
            && (after.is_empty() || is_partly_last(it.tenants, &promote.tenants, &after))
    })
}

/// Whether it is sure that of these tenants one is meant by the promotion and by no action `after`.
fn is_partly_last(tenants: &Tenants, promoted: &Tenants, after: &[&Tenants]) -> bool {
    let Tenants::Some { names, .. } = tenants else { return false };
    names.iter().any(|name| {
        let is_meant = match promoted {
            Tenants::All => true,
            Tenants::Some { names, .. } => names.iter().any(|it| it.is(name.as_str())),
            Tenants::Untenanted => false,
        };
        is_meant
            && after.iter().all(|it| match it {
                Tenants::Some { names, tags } => {
                    tags.is_empty() && !names.iter().any(|it| it.is(name.as_str()))
                }
                Tenants::All => false,
                Tenants::Untenanted => true,
            })
    })
}

/// Where an action that runs deploys to.
fn deploys(action: &Planned) -> Option<Deploys<'_>> {
    let Decision::Run(action) = &action.decision else { return None };
    match &action.work {
        Work::Create(_) => None,
        Work::Deploy(release, it) => {
            let version = match release {
                PlannedRelease::Exact(version) => Some(version),
                PlannedRelease::ThisBuild(version) => version.as_ref(),
                PlannedRelease::LatestOfChannel(_) => None,
            };
            Some(Deploys { to: &it.to, tenants: &it.tenants, wait: &it.wait, version })
        }
        Work::Promote(release, it) => {
            let version = match release {
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
fn origin(root: &Node, at: usize, key: &str) -> Origin {
    let node = sections(root).nth(at).map(|(_, node): (ActionKind, &Node)| node).unwrap_or(root);
    node.get(key).unwrap_or(node).origin.clone()
}
