//! The past of a seed: releases and deployments that ended before the world began.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sandbox::world::history_seed::{PastDeploymentSeed, PastOutcome, ReleaseSeed};
use crate::sandbox::world::made::{Defect, GitSelection, Order, Release};
use crate::sandbox::world::project_seed::ProjectSeed;
use crate::sandbox::world::running::{Status, Task, TaskState};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Id, Project, Step, Variable};

/// Makes the past of a space's projects, oldest first, so that later ids are later in time. Returns the
/// problems of what could not be made.
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
    let Some(project) = world.project_named(space, &project_seed.name).cloned() else { return };
    let wanted = seed.channel.as_deref();
    let channel = world.channels.iter().find(|it| {
        it.project == project.id && wanted.map_or(it.is_default, |name| it.name.eq_ignore_ascii_case(name))
    });
    let Some(channel) = channel.map(|it| it.id.clone()) else {
        problems
            .push(format!("project '{}': release {}: there is no such channel", project.name, seed.version));
        return;
    };
    let place = format!("project '{}': release {}", project.name, seed.version);
    let made_by = user_named(world, seed.by.as_deref(), &place, problems);
    let (steps, variables) = snapshot(world, &project, seed);
    let packages = world.packages_of_the_past(&project, &seed.version);
    let id = world.mint("Releases");
    let defects: Vec<Defect> = seed.defect.iter().map(|it| open_defect(world, it)).collect();
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
        steps,
        variables,
        variables_version: 1,
        snapshots: 1,
        ignored_channel_rules: false,
        made_by,
        id,
    });
}

fn open_defect(world: &mut World, description: &str) -> Defect {
    Defect { id: world.mint("Defects"), description: description.to_owned(), resolved: false }
}

fn add_deployment(
    world: &mut World,
    space: &Id,
    (project_seed, release_seed, seed): (&ProjectSeed, &ReleaseSeed, &PastDeploymentSeed),
    now: Timestamp,
    problems: &mut Vec<String>,
) {
    let place = format!("project '{}': release {}", project_seed.name, release_seed.version);
    let Some(project) = world.project_named(space, &project_seed.name) else { return };
    let Some(release) = world.find_release(&project.id, &release_seed.version) else { return };
    let order = match past_order(world, release, seed) {
        Ok((order, found)) => {
            problems.extend(found.into_iter().map(|it| format!("{place}: {it}")));
            order
        }
        Err(problem) => {
            problems.push(format!("{place}: {problem}"));
            return;
        }
    };
    let user = user_named(world, seed.by.as_deref(), &place, problems);
    let began = before(now, seed.ago.0);
    let at = world.enqueue(order, &user, began);
    let took = seed.took.map_or_else(|| world.expected_seconds(at), |it| it.0);
    let ended = world.later(began, took).min(now);
    world.unfinished.retain(|it| *it != at);
    finish(&mut world.tasks[at], seed.outcome, began, ended);
    set_machines(world, at);
}

/// The order of a deployment of the past, and the problems of its details.
///
/// # Errors
///
/// The environment or tenant does not exist, so that the deployment is not made.
fn past_order(
    world: &World,
    release: &Release,
    seed: &PastDeploymentSeed,
) -> Result<(Order, Vec<String>), String> {
    let (space, name) = (&release.space, &seed.environment);
    let environment = world.environment_named(space, name).map(|it| it.id.clone());
    let environment = environment.ok_or_else(|| format!("there is no environment '{name}'"))?;
    let tenant = seed.tenant.as_ref().map(|it| {
        let found = world.tenant_named(space, it).map(|it| it.id.clone());
        found.ok_or_else(|| format!("there is no such tenant for '{name}'"))
    });
    let mut problems = Vec::new();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let order = Order {
        release: release.id.clone(),
        guided: world.guided_by_default(&release.project, &environment),
        environment,
        tenant: tenant.transpose()?,
        specific_machines: machine_ids(world, space, &seed.machines, &mut problems),
        excluded_machines: machine_ids(world, space, &seed.excluded_machines, &mut problems),
        skipped: action_ids(release, &seed.skip_steps, &mut problems),
        values: seed.values.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        route: "history",
        ..Order::default()
    };
    Ok((order, problems))
}

fn machine_ids(world: &World, space: &Id, names: &[String], problems: &mut Vec<String>) -> Vec<Id> {
    let mut ids = Vec::new();
    for name in names {
        match world.machines.iter().find(|it| it.space == *space && it.name.eq_ignore_ascii_case(name)) {
            Some(found) => ids.push(found.id.clone()),
            None => problems.push(format!("there is no machine '{name}'")),
        }
    }
    ids
}

fn action_ids(release: &Release, names: &[String], problems: &mut Vec<String>) -> Vec<Id> {
    let mut ids = Vec::new();
    for name in names {
        match release.steps.iter().find(|it| it.seed.name.eq_ignore_ascii_case(name)) {
            Some(step) => ids.push(step.id.clone()),
            None => problems.push(format!("there is no step '{name}'")),
        }
    }
    ids
}

/// The process and the variables that a release of the past holds: its own where the seed sets them, else the
/// project's current ones. A step or variable keeps the id of the current one of the same name.
fn snapshot(world: &mut World, project: &Project, seed: &ReleaseSeed) -> (Vec<Step>, Vec<Variable>) {
    let mut steps = Vec::new();
    for step in seed.steps.iter().flatten() {
        let known = project.steps.iter().find(|it| it.seed.name == step.name).map(|it| it.id.clone());
        steps.push(Step { id: known.unwrap_or_else(|| world.step_id()), seed: step.clone() });
    }
    let mut variables: Vec<Variable> =
        project.variables.iter().filter(|it| it.prompt.is_none()).cloned().collect();
    for prompt in seed.prompted_variables.iter().flatten() {
        let known = project.variables.iter().find(|it| it.name == prompt.name).map(|it| it.id.clone());
        variables.push(Variable::prompted(known.unwrap_or_else(|| world.variable_id()), prompt));
    }
    (
        if seed.steps.is_some() { steps } else { project.steps.clone() },
        if seed.prompted_variables.is_some() { variables } else { project.variables.clone() },
    )
}

/// The user of this name, or the first one.
fn user_named(world: &World, name: Option<&str>, place: &str, problems: &mut Vec<String>) -> Id {
    let found = match name {
        Some(name) => world.users.iter().find(|it| it.username == name),
        None => world.users.first(),
    };
    if found.is_none() && name.is_some() {
        problems.push(format!("{place}: there is no user '{}'", name.unwrap_or_default()));
    }
    found.map_or_else(Id::new, |it| it.id.clone())
}

/// Sets the machines that a deployment of the past ran on.
fn set_machines(world: &mut World, at: usize) {
    let Some(deployment) = world.deployment(&world.tasks[at].deployment.clone()).cloned() else { return };
    let is_skipped = |it: &&&Step| deployment.order.skipped.contains(&it.id);
    let mut machines: Vec<Id> = Vec::new();
    for step in world.steps_of(&deployment).iter().filter(|it| !is_skipped(it)) {
        for machine in world.machines_for(step, &deployment.order) {
            if !machines.contains(&machine.id) {
                machines.push(machine.id.clone());
            }
        }
    }
    if let Some(stored) = world.deployments.iter_mut().find(|it| it.id == deployment.id) {
        stored.machines = machines;
    }
}

/// Ends a task of the past, and with it its steps.
fn finish(task: &mut Task, outcome: PastOutcome, began: Timestamp, ended: Timestamp) {
    let (state, status, error) = match outcome {
        PastOutcome::Success => (TaskState::Success, Status::Success, ""),
        PastOutcome::Failed => {
            (TaskState::Failed, Status::Failed, "The deployment failed because one or more steps failed.")
        }
        PastOutcome::Canceled => (TaskState::Canceled, Status::Canceled, "The task was canceled."),
        PastOutcome::TimedOut => (TaskState::TimedOut, Status::Failed, "The task did not complete in time."),
    };
    task.started = Some(began);
    task.end(state, error, ended);
    for step in task.steps.iter_mut().filter(|it| it.status != Status::Skipped) {
        step.status = status;
        step.started = Some(began);
        step.ended = Some(ended);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::World;
    use crate::sandbox::world::seed::BUILT_IN;
    use crate::sandbox::world::tests::{Bench, assert_refused, start};

    #[test]
    fn the_past_may_be_somebody_elses_and_only_a_part() {
        let mut bench = Bench::changed(|seed| {
            let release = &mut seed["spaces"][0]["projects"][0]["history"][2];
            release["by"] = json!("ann");
            release["deployments"][0] = json!({ "environment": "Development", "ago": "1d", "by": "ann",
                "machines": ["dev-01"], "skipSteps": ["Smoke test"] });
        });
        let newest = bench.get("/api/Spaces-1/deployments?projects=Projects-1&take=1")["Items"][0].clone();
        assert_eq!(newest["DeployedBy"], "ann");
        assert_eq!(newest["SpecificMachineIds"], json!(["Machines-1"]));
        assert_eq!(newest["DeployedToMachineIds"], json!(["Machines-1"]));
        assert_eq!(newest["SkipActions"].as_array().unwrap().len(), 1);
        let state = bench.world.summary(bench.now);
        let release =
            state["releases"].as_array().unwrap().iter().find(|it| it["version"] == "1.4.6").unwrap();
        assert_eq!(release["by"], "ann");
    }

    #[test]
    fn a_release_keeps_the_process_and_the_variables_that_it_was_made_with() {
        let mut bench = Bench::changed(|seed| {
            let shop = &mut seed["spaces"][0]["projects"][8];
            assert_eq!(shop["name"], "Asking Shop");
            shop["history"] = json!([{ "version": "0.9.0", "ago": "9d",
                "steps": [{ "name": "Old work", "seconds": 5 }, { "name": "Deploy", "seconds": 5 }],
                "promptedVariables": [{ "name": "Owner", "required": true }] }]);
        });
        let release = bench.get("/api/Spaces-1/projects/asking-shop/releases/0.9.0");
        let own = format!("/api/Spaces-1/releases/{}", release["Id"].as_str().unwrap());
        let names = |all: &Value, list: &str, name: &str| -> Vec<String> {
            all[list].as_array().unwrap().iter().map(|it| it[name].as_str().unwrap().to_owned()).collect()
        };
        let preview = bench.get(&format!("{own}/deployments/preview/Environments-1"));
        assert_eq!(names(&preview, "StepsToExecute", "ActionName"), ["Old work", "Deploy"]);
        assert_eq!(preview["Form"]["Elements"][0]["Control"]["Name"], "Owner");
        let process = release["ProjectDeploymentProcessSnapshotId"].as_str().unwrap();
        let process = bench.get(&format!("/api/Spaces-1/deploymentprocesses/{process}"));
        assert_eq!(names(&process, "Steps", "Name"), ["Old work", "Deploy"]);
        assert_eq!(bench.get(&format!("{own}/deployments/template"))["IsDeploymentProcessModified"], true);
        assert_eq!(bench.ask("POST", &format!("{own}/snapshot-variables"), json!({})).0, 400);

        let values = json!({ "Variables": { "Owner": "ann" }, "SkipStepNames": ["Old work"] });
        let refused = bench.deploy("Asking Shop", "0.9.0", &["Development"], json!({}));
        assert_refused(refused, "'Owner'");
        let (status, made) = bench.deploy("Asking Shop", "0.9.0", &["Development"], values);
        assert_eq!(status, 200, "{made}");
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(60);
        let details = bench.get(&format!("/api/Spaces-1/tasks/{task}/details"));
        let steps = &details["ActivityLogs"][0]["Children"];
        assert_eq!((&steps[0]["Name"], &steps[0]["Status"]), (&json!("Step 1: Old work"), &json!("Skipped")));
        assert_eq!(bench.state(&task), "Success");
        assert_refused(
            {
                bench.create("Asking Shop", "1.0.0", json!({}));
                bench.deploy("Asking Shop", "1.0.0", &["Development"], json!({}))
            },
            "'Approver'",
        );
    }

    #[test]
    fn what_the_past_names_in_vain_is_a_problem() {
        let mut seed: serde_json::Value = serde_json::from_str(BUILT_IN).unwrap();
        seed["spaces"][0]["slug"] = json!("second");
        seed["spaces"][1]["slug"] = json!("second");
        seed["spaces"][0]["projects"][0]["history"][2]["deployments"][0] = json!({ "environment": "Development",
            "ago": "1d", "by": "nobody", "machines": ["dev-09"], "skipSteps": ["Smoke tset"] });
        let problems = World::from_seed(&seed.to_string(), start(), 1.0).unwrap_err().problems.join("\n");
        for word in ["user 'nobody'", "machine 'dev-09'", "step 'Smoke tset'", "slug 'second' is taken"] {
            assert!(problems.contains(word), "{word}: {problems}");
        }
    }
}
