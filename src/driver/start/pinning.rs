//! Pins the release of a promotion in every space that it reaches, and resolves the names of all its environments, before
//! anything is deployed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::backend::{
    Backend, BackendError, CurrentRelease, Ledger, Needs, ReleaseQuery, Stop, WhichRelease,
};
use crate::driver::Homes;
use crate::driver::homes::HomeKey;
use crate::flow::course::{Action, Course, FrozenOptions, Kind, Target};
use crate::flow::definition::Application;
use crate::model::Release;

use super::call::context;
use super::content::{Content, PinnedRelease};
use super::error::StartProblem;
use super::wanted::NewPromotion;

/// Pins the release everywhere.
pub(super) async fn pin(
    homes: &Homes,
    new: &NewPromotion<'_>,
    application: &Application,
    current: &CurrentRelease,
    course: &Course,
) -> Result<Content, StartProblem> {
    let trigger = crate::flow::compile::target(application, new.trigger()?)?;
    let mut by_home: BTreeMap<HomeKey, Vec<(&Target, Option<&FrozenOptions>)>> = BTreeMap::new();
    for (target, options) in targets(course) {
        by_home.entry(key(target)).or_default().push((target, options));
    }
    let mut releases = vec![pinned(&key(&trigger), current.release.clone())];
    let mut errors = Vec::new();
    for (at, targets) in &by_home {
        let home = homes.at(at)?;
        errors.extend(unresolved(&home, targets).await);
        if *at != key(&trigger) && errors.is_empty() {
            releases.push(pinned(at, same_version(&home, targets[0].0, current).await?));
        }
    }
    match errors.len() {
        0 => {}
        1 => return Err(errors.remove(0).into()),
        _ => return Err(StartProblem::Names(errors)),
    }
    let build = build(current);
    Ok(Content {
        application: application.name.clone(),
        from: new.trigger()?.name.clone(),
        releases,
        branch: build.map(|it| it.branch.clone()).filter(|it| !it.is_empty()),
        build: build.map(|it| it.url.clone()).filter(|it| !it.is_empty()),
    })
}

fn key(target: &Target) -> HomeKey {
    (target.connection.clone(), target.space.clone())
}

fn pinned(at: &HomeKey, release: Release) -> PinnedRelease {
    PinnedRelease { connection: at.0.clone(), space: at.1.clone(), release }
}

/// The targets of all actions, with the options of those that deploy.
fn targets(course: &Course) -> impl Iterator<Item = (&Target, Option<&FrozenOptions>)> {
    course.nodes.values().filter_map(|it| match &it.kind {
        Kind::Act(Action::Verify(target)) => Some((target, None)),
        Kind::Act(Action::Deploy { target, options }) => Some((target, Some(&**options))),
        _ => None,
    })
}

/// The errors in the names of these targets, all of one home.
async fn unresolved(home: &Arc<Backend>, targets: &[(&Target, Option<&FrozenOptions>)]) -> Vec<BackendError> {
    let needs: Vec<Needs<'_>> = targets
        .iter()
        .map(|(target, options)| Needs {
            channel: target.channel.as_ref(),
            to: vec![&target.environment],
            tenants: &target.tenants,
            options: options.map(|it| &it.deployment),
            ..Needs::of(&target.project)
        })
        .collect();
    let (stop, ledger) = (Stop::never(), Ledger::default());
    let resolved = Box::pin(home.resolve(&needs, context(&stop, &ledger))).await;
    resolved.into_iter().filter_map(Result::err).collect()
}

/// The release with the same version in another space.
async fn same_version(
    home: &Arc<Backend>,
    target: &Target,
    current: &CurrentRelease,
) -> Result<Release, StartProblem> {
    let which = WhichRelease::Version(&current.release.version);
    let query = ReleaseQuery { project: &target.project, which };
    let (stop, ledger) = (Stop::never(), Ledger::default());
    Ok(Box::pin(home.find(&query, context(&stop, &ledger))).await?)
}

/// The build of the release's packages, if there is only one.
fn build(current: &CurrentRelease) -> Option<&crate::backend::PackageBuild> {
    let builds = &current.source.as_ref()?.builds;
    let first = builds.first()?;
    builds.iter().all(|it| it.commit == first.commit && it.branch == first.branch).then_some(first)
}

/// The commit that the release was built from, if the home shows a single one.
pub(super) fn commit(current: &CurrentRelease) -> Option<String> {
    let of_process = || current.source.as_ref()?.git_commit.clone();
    build(current).map(|it| it.commit.clone()).filter(|it| !it.is_empty()).or_else(of_process)
}
