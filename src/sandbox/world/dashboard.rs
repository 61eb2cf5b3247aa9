//! What is deployed where: the dashboard, the dynamic dashboard, and a project's progression.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::environments::brief;
use crate::sandbox::world::lookups::stamp;
use crate::sandbox::world::made::{Deployment, Release};
use crate::sandbox::world::progression::TenantScope;
use crate::sandbox::world::projects;
use crate::sandbox::world::releases;
use crate::sandbox::world::running::{Play, TaskState};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;
use crate::sandbox::world::stored::Project;
use crate::sandbox::world::tasks::duration_text;
use crate::sandbox::world::versions::Version;

/// How many releases a progression shows by default.
const DEFAULT_HISTORY: usize = 3;

/// The entry of one deployment on a board.
fn item(
    world: &World,
    deployment: &Deployment,
    now: Timestamp,
    is_current: bool,
    is_previous: bool,
) -> Value {
    let task = world.task(&deployment.task);
    let order = &deployment.order;
    let version = world.release(&order.release).map_or("", |it| it.version.as_str());
    let state = task.map_or(TaskState::Queued, |it| it.state);
    let waits = task.is_some_and(|it| matches!(it.play, Play::Person { .. }));
    json!({
        "Id": deployment.id,
        "DeploymentId": deployment.id,
        "ProjectId": deployment.project,
        "EnvironmentId": order.environment,
        "TenantId": order.tenant,
        "ReleaseId": order.release,
        "ReleaseVersion": version,
        "ChannelId": deployment.channel,
        "TaskId": deployment.task,
        "State": state.name(),
        "Created": stamp(deployment.created),
        "QueueTime": task.map(|it| stamp(it.queue_time)),
        "StartTime": task.and_then(|it| it.started).map(stamp),
        "CompletedTime": task.and_then(|it| it.completed).map(stamp),
        "Duration": task.map(|it| duration_text(it, now)),
        "ErrorMessage": task.map_or("", |it| it.error.as_str()),
        "IsCompleted": state.is_completed(),
        "IsCurrent": is_current,
        "IsPrevious": is_previous,
        "HasPendingInterruptions": waits,
        "PendingInterruptionTypes": [],
        "HasPendingPreconditions": task.is_some_and(|it| it.precondition.is_some()),
        "HasWarningsOrErrors": task.is_some_and(|it| it.warned) || state == TaskState::Failed,
    })
}

/// Where one deployment replaces another on a board: project, environment, tenant, channel.
type Slot<'a> = (&'a Id, &'a Id, Option<&'a Id>, &'a Id);

fn slot(deployment: &Deployment) -> Slot<'_> {
    (
        &deployment.project,
        &deployment.order.environment,
        deployment.order.tenant.as_ref(),
        &deployment.channel,
    )
}

/// The current deployments of a space, and with `previous` the last successful one before each.
fn items(
    world: &World,
    call: &Call<'_>,
    wanted: impl Fn(&Deployment) -> bool,
    previous: bool,
    highest: bool,
) -> Vec<Value> {
    let all: Vec<&Deployment> =
        world.deployments.iter().rev().filter(|it| it.space == call.space && wanted(it)).collect();
    let mut current: Vec<&Deployment> = Vec::new();
    let version =
        |it: &Deployment| world.release(&it.order.release).and_then(|it| Version::parse(&it.version));
    for deployment in &all {
        match current.iter_mut().find(|it| slot(it) == slot(deployment)) {
            Some(known) if highest && version(deployment) > version(known) => *known = deployment,
            Some(_) => {}
            None => current.push(deployment),
        }
    }
    let mut entries = Vec::new();
    for deployment in current {
        entries.push(item(world, deployment, call.now, true, false));
        let succeeded =
            |it: &&&Deployment| world.task(&it.task).is_some_and(|it| it.state == TaskState::Success);
        let earlier = all.iter().filter(|it| slot(it) == slot(deployment) && it.id != deployment.id);
        if let Some(last) = earlier.filter(succeeded).find(|it| it.created <= deployment.created && previous)
        {
            entries.push(item(world, last, call.now, false, true));
        }
    }
    entries
}

fn board(world: &World, call: &Call<'_>, items: Vec<Value>) -> Response {
    let projects = world.projects.iter().filter(|it| it.space == call.space);
    let environments = world.environments.iter().filter(|it| it.space == call.space);
    let tenants = world.tenants.iter().filter(|it| it.space == call.space);
    let project =
        |it: &Project| json!({ "Id": it.id, "Name": it.name, "Slug": it.slug, "IsDisabled": it.disabled });
    let body = json!({
        "Projects": projects.map(project).collect::<Vec<_>>(),
        "Environments": environments.map(|it| json!({ "Id": it.id, "Name": it.name })).collect::<Vec<_>>(),
        "Tenants": tenants.map(|it| json!({ "Id": it.id, "Name": it.name, "TenantTags": it.tags })).collect::<Vec<_>>(),
        "Items": items,
        "PreviousItems": [],
        "IsFiltered": false,
        "ProjectLimit": null,
        "Links": {},
    });
    Response::json(200, &body)
}

/// `GET dashboard`.
pub(super) fn dashboard(world: &mut World, call: &Call<'_>) -> Answer {
    let (project, release) = (call.query("projectId"), call.query("releaseId"));
    let tenants = call.list("selectedTenants");
    let wanted = |it: &Deployment| {
        project.is_none_or(|id| it.project == id)
            && release.is_none_or(|id| it.order.release == id)
            && (tenants.is_empty() || it.order.tenant.as_ref().is_some_and(|id| tenants.contains(id)))
    };
    let highest = call.flag("highestLatestVersionPerProjectAndEnvironment").unwrap_or(false);
    Ok(board(world, call, items(world, call, wanted, false, highest)))
}

/// `GET dashboard/dynamic`: ids only; a name finds nothing and says nothing.
pub(super) fn dynamic(world: &mut World, call: &Call<'_>) -> Answer {
    let (projects, environments) = (call.list("projects"), call.list("environments"));
    let wanted = |it: &Deployment| {
        (projects.is_empty() || projects.contains(&it.project))
            && (environments.is_empty() || environments.contains(&it.order.environment))
    };
    let previous = call.flag("includePrevious").unwrap_or(false);
    Ok(board(world, call, items(world, call, wanted, previous, false)))
}

/// `GET projects/{id}/progression`.
pub(super) fn progression(world: &mut World, call: &Call<'_>) -> Answer {
    let project = projects::of_path(world, call)?;
    let history = call.number("releaseHistoryCount").unwrap_or(DEFAULT_HISTORY).clamp(1, 100);
    let mut environments: Vec<&Id> = Vec::new();
    let mut of_channels = Map::new();
    let mut of_lifecycles = Map::new();
    for channel in world.channels.iter().filter(|it| it.project == project.id) {
        let Some(lifecycle) = world.lifecycle_of(&channel.id) else { continue };
        let mut own: Vec<&Id> = lifecycle.phases.iter().flat_map(|it| it.targets()).collect();
        own.dedup();
        let briefs: Vec<Value> = own.iter().map(|it| brief(world, it)).collect();
        of_lifecycles.insert(lifecycle.id.clone(), Value::Array(briefs.clone()));
        of_channels.insert(channel.id.clone(), Value::Array(briefs));
        environments.extend(own);
    }
    let mut known: Vec<&Id> = Vec::new();
    for id in environments {
        if !known.contains(&id) {
            known.push(id);
        }
    }
    let shown = shown_releases(world, &project.id, history);
    let entries: Vec<Value> = shown.iter().map(|it| release_entry(world, call, it)).collect();
    Ok(Response::json(
        200,
        &json!({
            "Environments": known.iter().map(|it| brief(world, it)).collect::<Vec<_>>(),
            "ChannelEnvironments": of_channels,
            "LifecycleEnvironments": of_lifecycles,
            "Releases": entries,
        }),
    ))
}

/// The releases that a progression shows: for each environment, channel and tenant those of the last
/// few deployments, and the last few releases of all; newest assembled first.
fn shown_releases<'a>(world: &'a World, project: &str, history: usize) -> Vec<&'a Release> {
    let mut counts: Vec<(Slot<'_>, Vec<&Id>)> = Vec::new();
    for deployment in world.deployments.iter().rev().filter(|it| it.project == project) {
        let key = slot(deployment);
        let release = &deployment.order.release;
        match counts.iter_mut().find(|(it, _)| *it == key) {
            Some((_, known)) if known.len() < history && !known.contains(&release) => known.push(release),
            Some(_) => {}
            None => counts.push((key, vec![release])),
        }
    }
    let all = world.releases.iter().rev().filter(|it| it.project == project);
    let kept =
        |(at, it): &(usize, &Release)| *at < history || counts.iter().any(|(_, ids)| ids.contains(&&it.id));
    all.enumerate().filter(kept).map(|(_, it)| it).collect()
}

fn release_entry(world: &World, call: &Call<'_>, release: &Release) -> Value {
    let mut deployments = Map::new();
    let mut shown: Vec<(&Id, Option<&Id>)> = Vec::new();
    for deployment in world.deployments.iter().rev().filter(|it| it.order.release == release.id) {
        // Of a release's deployments to one target, only the latest is shown.
        let target = (&deployment.order.environment, deployment.order.tenant.as_ref());
        if shown.contains(&target) {
            continue;
        }
        shown.push(target);
        let newest = world.deployments.iter().rev().find(|it| slot(it) == slot(deployment));
        let is_current = newest.is_some_and(|it| it.id == deployment.id);
        let entry = item(world, deployment, call.now, is_current, false);
        let list = deployments.entry(deployment.order.environment.clone()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(entry);
        }
    }
    let channel = world.channel(&release.channel);
    json!({
        "Release": releases::document(world, release),
        "Channel": channel.map(|it| json!({ "Id": it.id, "Name": it.name })),
        "Deployments": deployments,
        "NextDeployments": world.next_deployments(release, TenantScope::Any),
        "HasUnresolvedDefect": release.has_unresolved_defect(),
        "ReleaseRetentionPeriod": null,
        "TentacleRetentionPeriod": null,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::Bench;

    fn entries(board: &Value) -> Value {
        let entry = |it: &Value| json!([it["ReleaseVersion"], it["State"], it["IsPrevious"]]);
        board["Items"].as_array().unwrap().iter().map(entry).collect()
    }

    #[test]
    fn the_dynamic_board_shows_the_last_deployment_whatever_became_of_it() {
        let mut bench = Bench::new();
        let path = "/api/Spaces-1/dashboard/dynamic?projects=Projects-5&environments=Environments-1";
        assert_eq!(entries(&bench.get(path)), json!([["1.1.0", "Failed", false]]));
        let both = bench.get(&format!("{path}&includePrevious=true"));
        assert_eq!(entries(&both), json!([["1.1.0", "Failed", false], ["1.0.0", "Success", true]]));
        let by_name = bench.get("/api/Spaces-1/dashboard/dynamic?projects=Broken%20Shop");
        assert_eq!(by_name["Items"], json!([]), "a name finds nothing and says nothing");
    }

    #[test]
    fn the_highest_version_is_another_question_than_the_latest() {
        let mut bench = Bench::new();
        bench.begin_in("Web Shop", "1.4.5", "Development");
        bench.pass(100);
        let path = "/api/Spaces-1/dashboard?projectId=Projects-1";
        let development = |board: Value| -> Value {
            let mut items = board["Items"].as_array().unwrap().iter();
            items.find(|it| it["EnvironmentId"] == "Environments-1").unwrap()["ReleaseVersion"].clone()
        };
        assert_eq!(development(bench.get(path)), "1.4.5", "a rollback is what is there");
        let highest = format!("{path}&highestLatestVersionPerProjectAndEnvironment=true");
        assert_eq!(development(bench.get(&highest)), "1.4.6");
    }

    #[test]
    fn a_progression_shows_only_the_latest_deployment_of_a_release_to_a_target() {
        let mut bench = Bench::new();
        let first = bench.begin("Quick Shop", "9.0.0");
        bench.pass(20);
        let second = bench.begin_in("Quick Shop", "9.0.0", "Development");
        bench.ask("POST", &format!("/api/tasks/{second}/cancel"), json!({}));
        let board = bench.get("/api/Spaces-1/projects/quick-shop/progression");
        let shown = board["Releases"][0]["Deployments"]["Environments-1"].as_array().unwrap().clone();
        let tasks: Vec<&str> = shown.iter().map(|it| it["TaskId"].as_str().unwrap()).collect();
        assert_eq!(tasks, [&*second], "the success of {first} is hidden behind it");
        assert_eq!(shown[0]["State"], "Canceled");
    }

    #[test]
    fn a_progression_keeps_tenants_apart_and_ends_somewhere() {
        let mut bench = Bench::new();
        for number in 0..6 {
            let version = format!("9.0.{number}");
            bench.begin("Quick Shop", &version);
            bench.pass(10);
        }
        let count = |board: &Value| board["Releases"].as_array().unwrap().len();
        assert_eq!(count(&bench.get("/api/Spaces-1/projects/quick-shop/progression")), 3);
        assert_eq!(
            count(&bench.get("/api/Spaces-1/projects/quick-shop/progression?releaseHistoryCount=100")),
            6
        );
        let (_, made) = bench.create("Portal", "1.0.0", json!({}));
        assert!(made["ReleaseId"].is_string());
        let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Portal",
            "ReleaseVersion": "1.0.0", "EnvironmentName": "Development", "Tenants": ["Acme", "Globex"] });
        assert_eq!(bench.ask("POST", "/api/Spaces-1/deployments/create/tenanted/v1", body).0, 200);
        let board = bench.get("/api/Spaces-1/progression/portal");
        let of_environment = board["Releases"][0]["Deployments"]["Environments-1"].as_array().unwrap();
        let tenants: Vec<&str> = of_environment.iter().map(|it| it["TenantId"].as_str().unwrap()).collect();
        assert_eq!(tenants, ["Tenants-2", "Tenants-1"]);
    }
}
