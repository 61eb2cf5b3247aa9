//! The past of a seed: releases and deployments that were over before the world began.

use jiff::{SignedDuration, Timestamp};

use crate::sandbox::world::World;
use crate::sandbox::world::made::{Defect, GitSelection, Order, Release};
use crate::sandbox::world::project_seed::{PastDeploymentSeed, PastOutcome, ProjectSeed, ReleaseSeed};
use crate::sandbox::world::running::{Play, Status, Task, TaskState};
use crate::sandbox::world::state::Id;

/// Makes the past of a space's projects, oldest first, so that later ids are later in time. Gives back
/// the problems of what could not be made.
pub(super) fn play(world: &mut World, space: &Id, projects: &[ProjectSeed], now: Timestamp) -> Vec<String> {
    let mut problems = Vec::new();
    let mut releases: Vec<(&ProjectSeed, &ReleaseSeed)> = projects
        .iter()
        .flat_map(|project| project.history.iter().map(move |release| (project, release)))
        .collect();
    releases.sort_by(|left, right| right.1.ago.0.total_cmp(&left.1.ago.0));
    for (project, release) in &releases {
        add_release(world, space, project, release, now, &mut problems);
    }
    let mut deployments: Vec<_> = releases
        .iter()
        .flat_map(|(project, release)| release.deployments.iter().map(move |it| (*project, *release, it)))
        .collect();
    deployments.sort_by(|left, right| right.2.ago.0.total_cmp(&left.2.ago.0));
    for (project, release, deployment) in deployments {
        add_deployment(world, space, (project, release, deployment), now, &mut problems);
    }
    problems
}

fn before(now: Timestamp, seconds: f64) -> Timestamp {
    let span = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
    now.checked_sub(span).unwrap_or(now)
}

fn add_release(
    world: &mut World,
    space: &Id,
    project_seed: &ProjectSeed,
    seed: &ReleaseSeed,
    now: Timestamp,
    problems: &mut Vec<String>,
) {
    let Some(project) = world.find_project(space, &project_seed.name).cloned() else { return };
    let wanted = seed.channel.as_deref();
    let channel = world.channels.iter().find(|it| {
        it.project == project.id && wanted.map_or(it.is_default, |name| it.name.eq_ignore_ascii_case(name))
    });
    let Some(channel) = channel.map(|it| it.id.clone()) else {
        problems
            .push(format!("project '{}': release {}: there is no such channel", project.name, seed.version));
        return;
    };
    let packages = world.packages_of_the_past(&project, &seed.version);
    let id = world.mint("Releases");
    let defects = seed.defect.iter().map(|description| Defect {
        id: world.mint("Defects"),
        description: description.clone(),
        resolved: false,
    });
    let defects: Vec<Defect> = defects.collect();
    let git = project.version_control.as_ref().map(|it| GitSelection {
        git_ref: it.default_branch.clone(),
        commit: format!("{:0>40x}", seed.version.len()),
    });
    world.releases.push(Release {
        space: space.clone(),
        project: project.id,
        channel,
        version: seed.version.clone(),
        assembled: before(now, seed.ago.0),
        notes: seed.notes.clone(),
        packages,
        git_resources: Vec::new(),
        git,
        custom_fields: Vec::new(),
        defects,
        variables_version: 1,
        snapshots: 1,
        ignored_channel_rules: false,
        id,
    });
}

fn add_deployment(
    world: &mut World,
    space: &Id,
    (project_seed, release_seed, seed): (&ProjectSeed, &ReleaseSeed, &PastDeploymentSeed),
    now: Timestamp,
    problems: &mut Vec<String>,
) {
    let place = format!("project '{}': release {}", project_seed.name, release_seed.version);
    let Some(project) = world.find_project(space, &project_seed.name).map(|it| it.id.clone()) else { return };
    let Some(release) = world.find_release(&project, &release_seed.version).cloned() else { return };
    let Some(environment) = world.find_environment(space, &seed.environment).map(|it| it.id.clone()) else {
        problems.push(format!("{place}: there is no environment '{}'", seed.environment));
        return;
    };
    let tenant = seed.tenant.as_ref().and_then(|name| world.find_tenant(space, name)).map(|it| it.id.clone());
    if seed.tenant.is_some() && tenant.is_none() {
        problems.push(format!("{place}: there is no such tenant for '{}'", seed.environment));
        return;
    }
    let order =
        Order { release: release.id.clone(), environment, tenant, route: "history", ..Order::default() };
    let user = world.users.first().map_or_else(Id::new, |it| it.id.clone());
    let began = before(now, seed.ago.0);
    let at = world.place(order, &user, began);
    let took = seed.took.map_or_else(|| world.expected_seconds(at), |it| it.0);
    let ended = began.checked_add(world.scaled(took)).unwrap_or(began).min(now);
    world.unfinished.retain(|it| *it != at);
    finish(&mut world.tasks[at], seed.outcome, began, ended);
}

/// Gives a task of the past its end; its one step stands for all of them.
fn finish(task: &mut Task, outcome: PastOutcome, began: Timestamp, ended: Timestamp) {
    let (state, status, error) = match outcome {
        PastOutcome::Success => (TaskState::Success, Status::Success, ""),
        PastOutcome::Failed => {
            (TaskState::Failed, Status::Failed, "The deployment failed because one or more steps failed.")
        }
        PastOutcome::Canceled => (TaskState::Canceled, Status::Canceled, "The task was canceled."),
        PastOutcome::TimedOut => (TaskState::TimedOut, Status::Failed, "The task did not complete in time."),
    };
    task.state = state;
    task.play = Play::Over;
    task.error = error.to_owned();
    task.started = Some(began);
    task.completed = Some(ended);
    task.updated = ended;
    for step in &mut task.steps {
        step.status = status;
        step.started = Some(began);
        step.ended = Some(ended);
    }
}
