//! What each action of a plan needs to be known of its names.

use crate::backend::Needs;
use crate::ci::plan::{Decision, Plan, PlannedAction, PlannedRelease, Work, feeds_in_words, ties};
use crate::model::GitSource;

/// The actions that run, each with its place in the plan and what it needs.
pub(super) fn needs(plan: &Plan) -> Vec<(usize, &PlannedAction, Needs<'_>)> {
    let new_from = sources_of_new(plan);
    let needs = |(at, action)| {
        let new_from = new_from.get(at).copied().flatten();
        (at, action, needs_of(action, new_from))
    };
    running(plan).map(needs).collect()
}

fn running(plan: &Plan) -> impl Iterator<Item = (usize, &PlannedAction)> {
    plan.actions.iter().enumerate().filter_map(|(at, it)| match &it.decision {
        Decision::Run(action) => Some((at, &**action)),
        Decision::Skip(_) => None,
    })
}

/// Of each action whose release this run makes: where that release's process is read from.
fn sources_of_new(plan: &Plan) -> Vec<Option<&GitSource>> {
    let created = running(plan).find_map(|(_, it)| match &it.work {
        Work::Create(options) => Some(&options.git),
        _ => None,
    });
    let ties = ties(&plan.actions, |feeder, promotion, later| {
        feeds_in_words(&plan.actions, feeder, promotion, later)
    });
    let mut sources: Vec<Option<&GitSource>> = vec![None; plan.actions.len()];
    for (at, action) in running(plan) {
        sources[at] = match &action.work {
            Work::Create(_) => created,
            Work::Deploy(release, _) => created.filter(|_| matches!(release, PlannedRelease::ThisBuild(_))),
            Work::Promote(..) => ties
                .iter()
                .find(|it| it.promotion == at)
                .and_then(|it| sources.get(it.feeder).copied().flatten()),
        };
    }
    sources
}

fn needs_of<'a>(action: &'a PlannedAction, new_from: Option<&'a GitSource>) -> Needs<'a> {
    match &action.work {
        Work::Create(create) => Needs {
            notes_from: create.notes.is_none().then_some(&create.git),
            channel: create.channel.as_ref(),
            packages: &create.packages,
            new_from,
            ..Needs::of(&create.project)
        },
        Work::Deploy(release, deploy) => Needs {
            channel: match release {
                PlannedRelease::LatestOfChannel(channel) => channel.as_ref(),
                PlannedRelease::Exact(_) | PlannedRelease::ThisBuild(_) => deploy.channel.as_ref(),
            },
            to: deploy.to.iter().collect(),
            tenants: &deploy.tenants,
            options: Some(&deploy.deployment),
            new_from,
            ..Needs::of(&deploy.project)
        },
        Work::Promote(_, promote) => Needs {
            channel: promote.channel.as_ref(),
            from: Some(&promote.from),
            to: promote.to.iter().collect(),
            tenants: &promote.tenants,
            options: Some(&promote.deployment),
            new_from,
            ..Needs::of(&promote.project)
        },
    }
}
