//! Deployments by the executions API: names in, tasks out.
//!
//! The project may also be given by its id or slug; environments, tenants, machines and steps by their
//! names alone.

use serde_json::{Value, json};

use crate::sandbox::world::call::{Answer, Body, Call, read_time};
use crate::sandbox::world::commands::{cased, check_space, named_project};
use crate::sandbox::world::made::{Order, Release};
use crate::sandbox::world::process_seed::PromptSeed;
use crate::sandbox::world::progression::TenantScope;
use crate::sandbox::world::project_seed::{Answers, TenantMode};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::release_edits;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Id, Project};

/// `POST deployments/create/untenanted/v1`.
pub(super) fn untenanted(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let (project, release) = subject(world, call, &body)?;
    let mut errors = Vec::new();
    let mut targets: Vec<(Id, Option<Id>)> = Vec::new();
    for name in body.texts("EnvironmentNames") {
        match world.environment_named(&call.space, &name) {
            Some(it) if targets.iter().any(|(known, _)| *known == it.id) => {}
            Some(it) => targets.push((it.id.clone(), None)),
            None => errors.push(format!("The environment '{name}' was not found.")),
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    deploy(world, call, &body, (&project, &release), &targets)
}

/// `POST deployments/create/tenanted/v1`.
pub(super) fn tenanted(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let (project, release) = subject(world, call, &body)?;
    let name = body.filled("EnvironmentName");
    let name = name.ok_or_else(|| Refusal::bad("The EnvironmentName field is required."))?;
    let environment = world.environment_named(&call.space, &name).map(|it| it.id.clone());
    let environment =
        environment.ok_or_else(|| Refusal::bad(format!("The environment '{name}' was not found.")))?;
    if project.mode == TenantMode::Untenanted {
        return Err(Refusal::bad(format!("The project '{}' cannot be deployed for tenants.", project.name)));
    }
    let tenants = tenants(world, call, &body, (&project, &release), &environment)?;
    let targets: Vec<_> = tenants.into_iter().map(|it| (environment.clone(), Some(it))).collect();
    deploy(world, call, &body, (&project, &release), &targets)
}

/// The project and the release that the body names.
fn subject(world: &World, call: &Call<'_>, body: &Body) -> Result<(Project, Release), Refusal> {
    check_space(world, call, body)?;
    let project = named_project(world, call, body)?;
    world.demand(call, "DeploymentCreate", &project.id, "")?;
    let version = body.filled("ReleaseVersion");
    let version = version.ok_or_else(|| Refusal::bad("The ReleaseVersion field is required."))?;
    // Other routes also accept an id for a version; this one does not.
    let mut all = world.releases.iter().rev().filter(|it| it.project == project.id);
    let release = all.find(|it| it.version.eq_ignore_ascii_case(&version)).cloned();
    let missing =
        || Refusal::bad(format!("The release '{version}' of the project '{}' was not found.", project.name));
    let release = release.ok_or_else(missing)?;
    Ok((project, release))
}

/// The tenants that the body names by `Tenants` and `TenantTags`.
fn tenants(
    world: &World,
    call: &Call<'_>,
    body: &Body,
    (project, release): (&Project, &Release),
    environment: &Id,
) -> Result<Vec<Id>, Refusal> {
    let (names, tags) = (body.texts("Tenants"), body.texts("TenantTags"));
    let linked =
        world.tenants.iter().filter(|it| it.space == call.space && it.is_linked(&project.id, environment));
    let mut found: Vec<Id> = Vec::new();
    let mut errors = Vec::new();
    if names.iter().any(|it| it == "*") {
        let deployable = linked.clone().filter(|it| {
            let scope = TenantScope::Only(Some(&it.id));
            !it.disabled && world.obstacle(release, environment, scope).is_none()
        });
        found.extend(deployable.map(|it| it.id.clone()));
    } else {
        for name in &names {
            match world.tenant_named(&call.space, name) {
                Some(it) => found.push(it.id.clone()),
                None => errors.push(format!("The tenant '{name}' was not found.")),
            }
        }
    }
    let unknown = tags.iter().filter(|it| !world.tag_exists(&call.space, it));
    errors.extend(unknown.map(|it| format!("The tenant tag '{it}' was not found.")));
    if !tags.is_empty() {
        found.extend(linked.filter(|it| it.has_tags(&tags)).map(|it| it.id.clone()));
    }
    if errors.is_empty() { Ok(unique(found)) } else { Err(Refusal::all_bad(errors)) }
}

fn unique(ids: Vec<Id>) -> Vec<Id> {
    let mut unique: Vec<Id> = Vec::new();
    for id in ids {
        if !unique.contains(&id) {
            unique.push(id);
        }
    }
    unique
}

/// Checks the order for every target, then queues all deployments, or none.
fn deploy(
    world: &mut World,
    call: &Call<'_>,
    body: &Body,
    (project, release): (&Project, &Release),
    targets: &[(Id, Option<Id>)],
) -> Answer {
    let base = base_order(world, call, body, project, release)?;
    let orders = admitted(world, call, &base, body.flag("UseGuidedFailure"), targets)?;
    if base.refresh_variables && !orders.is_empty() {
        release_edits::refresh_variables(world, &release.id);
    }
    let mut made: Vec<Value> = Vec::new();
    for order in orders {
        let at = world.enqueue(order, &call.user, call.now);
        let task = &world.tasks[at];
        made.push(json!({ "DeploymentId": task.deployment, "ServerTaskId": task.id }));
    }
    Ok(cased(project.answers, 200, json!({ "DeploymentServerTasks": made })))
}

/// The order for each target.
///
/// # Errors
///
/// 403 for the first target without a permission, else 400 with the reasons of all targets.
fn admitted(
    world: &World,
    call: &Call<'_>,
    base: &Order,
    guided: Option<bool>,
    targets: &[(Id, Option<Id>)],
) -> Result<Vec<Order>, Refusal> {
    let project = world.release(&base.release).map_or("", |it| it.project.as_str());
    let mut orders = Vec::new();
    let mut errors = Vec::new();
    for (environment, tenant) in targets {
        let order = Order {
            environment: environment.clone(),
            tenant: tenant.clone(),
            guided: guided.unwrap_or_else(|| world.guided_by_default(project, environment)),
            ..base.clone()
        };
        match world.admit(call, &order) {
            Ok(()) => orders.push(order),
            Err(refusal) if refusal.status == 400 => errors.extend(refusal.errors),
            Err(refusal) => return Err(refusal),
        }
    }
    if errors.is_empty() { Ok(orders) } else { Err(Refusal::all_bad(errors)) }
}

/// The order without its target.
fn base_order(
    world: &World,
    call: &Call<'_>,
    body: &Body,
    project: &Project,
    release: &Release,
) -> Result<Order, Refusal> {
    let refuse_unknown = project.answers == Answers::Strict;
    let (specific_machines, unknown) = machine_ids(world, call, body, "SpecificMachineNames");
    let (excluded_machines, unknown_excluded) = machine_ids(world, call, body, "ExcludedMachineNames");
    let refused = unknown.into_iter().chain(unknown_excluded.into_iter().filter(|_| refuse_unknown));
    let errors: Vec<String> = refused.map(|it| format!("The machine '{it}' was not found.")).collect();
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    let (mut skipped, mut unknown_skips) = (Vec::new(), Vec::new());
    for name in body.texts("SkipStepNames") {
        match release.steps.iter().find(|it| it.seed.name.eq_ignore_ascii_case(&name)) {
            Some(step) => skipped.push(step.id.clone()),
            None => unknown_skips.push(name),
        }
    }
    let time = |field: &str| body.filled(field).map(|it| read_time(field, &it)).transpose();
    Ok(Order {
        release: release.id.clone(),
        specific_machines,
        excluded_machines,
        skipped,
        unknown_skips,
        values: prompted_values(release, body),
        run_at: time("RunAt")?,
        expires: time("NoRunAfter")?,
        force_download: body.flag("ForcePackageDownload").unwrap_or(false),
        force_redeployment: body.flag("ForcePackageRedeployment").unwrap_or(false),
        refresh_variables: body.flag("UpdateVariableSnapshot").unwrap_or(false),
        freeze_reason: body.text("DeploymentFreezeOverrideReason"),
        overridden_freezes: body.texts("DeploymentFreezeNames"),
        priority: body.filled("Priority"),
        route: "executions",
        ..Order::default()
    })
}

/// The machines that a field names: the ids of those that exist, and the names of those that do not.
fn machine_ids(world: &World, call: &Call<'_>, body: &Body, field: &str) -> (Vec<Id>, Vec<String>) {
    let (mut ids, mut unknown) = (Vec::new(), Vec::new());
    for name in body.texts(field) {
        let mut all = world.machines.iter().filter(|it| it.space == call.space);
        match all.find(|it| it.name.eq_ignore_ascii_case(&name)) {
            Some(found) => ids.push(found.id.clone()),
            None => unknown.push(name),
        }
    }
    (ids, unknown)
}

/// The values of prompted variables, by the variable's name; a body may also give its label.
fn prompted_values(release: &Release, body: &Body) -> Vec<(String, String)> {
    let mut values = body.object("Variables").pairs();
    for (name, _) in &mut values {
        let has_label = |it: &PromptSeed| it.label.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(name));
        if let Some((variable, _)) = release.prompts().find(|(_, it)| has_label(it)) {
            name.clone_from(&variable.name);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::{Bench, DEVELOPER, count, error_of, tenanted, with_release};

    #[test]
    fn the_routes_need_the_space_in_the_path_and_twice_in_the_body() {
        let mut bench = with_release("Quick Shop");
        let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Quick Shop",
            "ReleaseVersion": "1.0.0", "EnvironmentNames": ["Development"] });
        let post = |bench: &mut Bench, path: &str, body: &Value| bench.ask("POST", path, body.clone()).0;
        assert_eq!(post(&mut bench, "/api/deployments/create/untenanted/v1", &body), 404);
        assert_eq!(post(&mut bench, "/api/Default/deployments/create/untenanted/v1", &body), 404);
        assert_eq!(post(&mut bench, "/api/Spaces-9/deployments/create/untenanted/v1", &body), 404);
        for field in ["SpaceId", "SpaceIdOrName"] {
            let mut without = body.clone();
            without.as_object_mut().unwrap().remove(field);
            let (status, refused) =
                bench.ask("POST", "/api/Spaces-1/deployments/create/untenanted/v1", without);
            assert_eq!(status, 400);
            assert_eq!(error_of(&refused), format!("The {field} field is required."));
        }
        assert_eq!(post(&mut bench, "/api/spaces/Spaces-1/deployments/create/untenanted/v1", &body), 200);
        assert_eq!(bench.ask("GET", "/api/Spaces-1/deployments/create/untenanted/v1", Value::Null).0, 405);
    }

    #[test]
    fn property_names_match_ignoring_case() {
        let mut bench = with_release("Quick Shop");
        let body = json!({ "spaceId": "Spaces-1", "spaceIdOrName": "Spaces-1", "projectName": "quick-shop",
            "releaseVersion": "1.0.0", "environmentNames": ["DEVELOPMENT"] });
        let (status, made) = bench.ask("POST", "/api/Spaces-1/deployments/create/untenanted/v1", body);
        assert_eq!((status, count(&made)), (200, 1));
    }

    #[test]
    fn an_empty_list_of_environments_deploys_nothing_and_is_no_error() {
        let mut bench = with_release("Quick Shop");
        let (status, made) = bench.deploy("Quick Shop", "1.0.0", &[], json!({}));
        assert_eq!((status, made), (200, json!({ "DeploymentServerTasks": [] })));
        let mut bench = with_release("Portal");
        let (status, made) =
            tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": [], "TenantTags": [] }));
        assert_eq!((status, made), (200, json!({ "DeploymentServerTasks": [] })));
    }

    #[test]
    fn one_environment_that_refuses_refuses_them_all() {
        let mut bench = with_release("Quick Shop");
        let before = bench.get("/api/Spaces-1/deployments")["TotalResults"].clone();
        for (environments, word) in [
            (["Development", "Production"].as_slice(), "Production yet"),
            (&["Development", "Producton"], "'Producton' was not found"),
            (&["Development", "Guided"], "not in the lifecycle"),
        ] {
            let (status, refused) = bench.deploy("Quick Shop", "1.0.0", environments, json!({}));
            assert_eq!(status, 400);
            assert!(error_of(&refused).contains(word), "{refused}");
        }
        assert_eq!(bench.get("/api/Spaces-1/deployments")["TotalResults"], before);
    }

    #[test]
    fn a_required_prompted_variable_is_named_when_it_is_missing() {
        let mut bench = with_release("Asking Shop");
        for variables in [json!({}), json!({ "Approver": " " }), json!({ "Aprover": "ann" })] {
            let (status, refused) =
                bench.deploy("Asking Shop", "1.0.0", &["Development"], json!({ "Variables": variables }));
            assert_eq!(status, 400);
            assert!(error_of(&refused).contains("'Approver'"), "{refused}");
        }
        let by_label = json!({ "Variables": { "who approves": "ann" } });
        assert_eq!(bench.deploy("Asking Shop", "1.0.0", &["Development"], by_label).0, 200);
        bench.pass(30);
        let more = json!({ "Variables": { "Approver": "ann" } });
        let (_, refused) = bench.deploy("Asking Shop", "1.0.0", &["Test"], more);
        assert!(error_of(&refused).contains("'Token'"), "only there it is asked for: {refused}");
        let more = json!({ "Variables": { "Approver": "ann", "Token": "s3cret" } });
        assert_eq!(bench.deploy("Asking Shop", "1.0.0", &["Test"], more).0, 200);
        let deployments = bench.get("/api/Spaces-1/deployments").to_string();
        assert!(deployments.contains("ann") && !deployments.contains("s3cret"));
        let last = bench.world.summary(bench.now)["deployments"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["variables"], json!({ "Approver": "ann", "Token": "s3cret" }));
    }

    #[test]
    fn a_freeze_is_overridden_by_name_and_reason() {
        let mut bench = with_release("Frozen Shop");
        bench.begin_in("Frozen Shop", "1.0.0", "Development");
        bench.pass(20);
        let mut deploy = |more: Value| bench.deploy("Frozen Shop", "1.0.0", &["Test"], more);
        let (status, refused) = deploy(json!({}));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("freeze 'Year end'"), "{refused}");
        let (status, refused) =
            deploy(json!({ "DeploymentFreezeNames": ["Year end"], "DeploymentFreezeOverrideReason": " " }));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("reason"), "{refused}");
        let more = json!({ "DeploymentFreezeNames": ["year end"], "DeploymentFreezeOverrideReason": "the site is down" });
        assert_eq!(deploy(more).0, 200);
        let freezes = bench.get("/api/deploymentfreezes?environmentIds=Environments-2");
        assert_eq!(
            (freezes["Count"].as_u64(), freezes["DeploymentFreezes"][0]["Name"].as_str()),
            (Some(1), Some("Year end"))
        );
        assert_eq!(bench.get("/api/deploymentfreezes?environmentIds=Environments-1")["Count"], 0);
    }

    #[test]
    fn tenants_decide_which_route_works() {
        let mut bench = with_release("Portal");
        let (status, refused) = bench.deploy("Portal", "1.0.0", &["Development"], json!({}));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("only be deployed for tenants"), "{refused}");
        let mut bench = with_release("Quick Shop");
        let (status, refused) =
            tenanted(&mut bench, "Quick Shop", "Development", json!({ "Tenants": ["Acme"] }));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("cannot be deployed for tenants"), "{refused}");
        let mut bench = Bench::new();
        let (status, _) = bench.create("Mixed", "2.0.0", json!({}));
        assert_eq!(status, 201);
        assert_eq!(bench.deploy("Mixed", "2.0.0", &["Development"], json!({})).0, 200);
        let more = json!({ "ReleaseVersion": "2.0.0", "Tenants": ["Acme"] });
        assert_eq!(tenanted(&mut bench, "Mixed", "Development", more).0, 200, "both ways");
    }

    #[test]
    fn tenants_are_found_by_name_tag_and_star() {
        let mut bench = with_release("Portal");
        for (more, tenants) in [
            (json!({ "Tenants": ["acme", "GLOBEX"] }), 2),
            (json!({ "TenantTags": ["Region/EU"] }), 1),
            (json!({ "TenantTags": ["Region/EU", "Region/US"] }), 2),
            (json!({ "TenantTags": ["Region/EU", "Ring/Stable"] }), 0),
            (json!({ "Tenants": ["*"] }), 2),
        ] {
            let (status, made) = tenanted(&mut bench, "Portal", "Development", more.clone());
            assert_eq!((status, count(&made)), (200, tenants), "{more}");
        }
        for (more, word) in [
            (json!({ "Tenants": ["Acmee"] }), "'Acmee' was not found"),
            (json!({ "TenantTags": ["Region/XX"] }), "'Region/XX' was not found"),
            (json!({ "Tenants": ["Initech"] }), "not connected to the environment Development"),
        ] {
            let (status, refused) = tenanted(&mut bench, "Portal", "Development", more);
            assert_eq!(status, 400);
            assert!(error_of(&refused).contains(word), "{refused}");
        }
    }

    #[test]
    fn a_disabled_tenant_is_deployed_to_by_no_word() {
        let mut bench = Bench::changed(|seed| seed["spaces"][0]["tenants"][1]["disabled"] = json!(true));
        bench.create("Portal", "1.0.0", json!({}));
        let (status, made) = tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": ["*"] }));
        assert_eq!((status, count(&made)), (200, 1), "Acme alone");
        for named in [json!({ "Tenants": ["Globex"] }), json!({ "TenantTags": ["Region/US"] })] {
            let (status, refused) = tenanted(&mut bench, "Portal", "Development", named);
            assert_eq!(status, 400);
            assert!(error_of(&refused).contains("'Globex' is disabled"), "{refused}");
        }
        assert_eq!(bench.get("/api/Spaces-1/tenants/Tenants-2")["IsDisabled"], true);
    }

    #[test]
    fn names_that_lead_nowhere_are_refused() {
        let mut bench = with_release("Web Shop");
        for (project, version, more, word) in [
            ("Web Shpo", "1.0.0", json!({}), "project 'Web Shpo'"),
            ("Web Shop", "1.0.1", json!({}), "release '1.0.1'"),
            ("Web Shop", "Releases-1", json!({}), "release 'Releases-1'"),
            ("Web Shop", "1.0.0", json!({ "SpecificMachineNames": ["dev-09"] }), "machine 'dev-09'"),
            ("Web Shop", "1.0.0", json!({ "RunAt": "tomorrow" }), "'tomorrow' of RunAt"),
            ("Web Shop", "1.0.0", json!({ "NoRunAfter": "2026-05-02T00:00:00Z" }), "together with RunAt"),
            ("Retired Shop", "0.1.0", json!({}), "is disabled"),
        ] {
            let (status, refused) = bench.deploy(project, version, &["Development"], more);
            assert_eq!(status, 400, "{word}");
            assert!(error_of(&refused).contains(word), "{word}: {refused}");
        }
    }

    #[test]
    fn environments_tenants_and_machines_go_by_their_names_alone() {
        let mut bench = with_release("Web Shop");
        for (environment, machine, word) in [
            ("Environments-1", "dev-01", "environment 'Environments-1'"),
            ("Development ", "dev-01", "environment 'Development '"),
            ("Development", "Machines-1", "machine 'Machines-1'"),
        ] {
            let more = json!({ "SpecificMachineNames": [machine] });
            let (status, refused) = bench.deploy("Web Shop", "1.0.0", &[environment], more);
            assert_eq!(status, 400, "{word}");
            assert!(error_of(&refused).contains(word), "{word}: {refused}");
        }
        let more = json!({ "ExcludedMachineNames": ["Machines-1", "dev-O1"], "SkipStepNames": ["ac710000"] });
        let (status, made) = bench.deploy("Web Shop", "1.0.0", &["development"], more);
        assert_eq!(status, 200);
        let id = made["DeploymentServerTasks"][0]["DeploymentId"].as_str().unwrap().to_owned();
        let document = bench.get(&format!("/api/Spaces-1/deployments/{id}"));
        assert_eq!(document["ExcludedMachineIds"], json!([]), "passed over without a word");
        let mut bench = with_release("Portal");
        for name in ["Tenants-1", "Acme "] {
            let (status, refused) =
                tenanted(&mut bench, "Portal", "Development", json!({ "Tenants": [name] }));
            assert_eq!((status, error_of(&refused)), (400, &*format!("The tenant '{name}' was not found.")));
        }
        let by_id = tenanted(&mut bench, "Portal", "Environments-1", json!({ "Tenants": ["Acme"] }));
        assert_eq!(by_id.0, 400);
    }

    #[test]
    fn a_projects_name_counts_more_than_the_slug_that_another_one_kept() {
        let mut bench = Bench::changed(|seed| {
            let steps = json!([{ "name": "Deploy" }]);
            let projects = seed["spaces"][0]["projects"].as_array_mut().unwrap();
            projects
                .insert(0, json!({ "name": "Old", "slug": "new", "lifecycle": "Standard", "steps": steps }));
            projects.insert(1, json!({ "name": "New", "lifecycle": "Standard", "steps": steps }));
        });
        for (number, (sent, owner)) in [
            ("New", "Projects-2"),
            ("new", "Projects-2"),
            ("new-1", "Projects-2"),
            ("Old", "Projects-1"),
            ("Projects-1", "Projects-1"),
        ]
        .into_iter()
        .enumerate()
        {
            let (status, made) = bench.create(sent, &format!("1.0.{number}"), json!({}));
            assert_eq!(status, 201, "{sent}: {made}");
            let release =
                bench.get(&format!("/api/Spaces-1/releases/{}", made["ReleaseId"].as_str().unwrap()));
            assert_eq!(release["ProjectId"], owner, "{sent}");
        }
        assert_eq!(bench.get("/api/Spaces-1/projects/new")["Name"], "Old", "in a path the slug alone counts");
        assert_eq!(bench.ask("GET", "/api/Spaces-1/projects/New", Value::Null).0, 404);
    }

    #[test]
    fn what_was_asked_stands_in_the_document() {
        let mut bench = Bench::new();
        bench.create("Asking Shop", "1.0.0", json!({}));
        let more = json!({ "Variables": { "Approver": "ann", "Reason": "why not" }, "ForcePackageDownload": true,
            "ForcePackageRedeployment": true, "UseGuidedFailure": true, "RunAt": "2026-05-02T00:00:00Z",
            "NoRunAfter": "2026-05-03T00:00:00Z", "SpecificMachineNames": ["dev-01"],
            "ExcludedMachineNames": ["dev-02"], "SkipStepNames": ["Deploy"], "UpdateVariableSnapshot": true });
        let (_, made) = bench.deploy("Asking Shop", "1.0.0", &["Development"], more);
        let path = format!(
            "/api/Spaces-1/deployments/{}",
            made["DeploymentServerTasks"][0]["DeploymentId"].as_str().unwrap()
        );
        let document = bench.get(&path);
        for (field, wanted) in [
            ("ForcePackageDownload", json!(true)),
            ("ForcePackageRedeployment", json!(true)),
            ("UseGuidedFailure", json!(true)),
            ("QueueTime", json!("2026-05-02T00:00:00.000+00:00")),
            ("QueueTimeExpiry", json!("2026-05-03T00:00:00.000+00:00")),
            ("SpecificMachineIds", json!(["Machines-1"])),
            ("ExcludedMachineIds", json!(["Machines-2"])),
            ("DeployedById", json!("Users-1")),
            ("UpdateVariableSnapshot", Value::Null),
        ] {
            assert_eq!(document[field], wanted, "{field}");
        }
        assert_eq!(document["SkipActions"].as_array().unwrap().len(), 1);
        let values: Vec<&Value> = document["FormValues"].as_object().unwrap().values().collect();
        assert_eq!(values, ["ann", "why not"]);
    }

    #[test]
    fn a_server_may_keep_the_values_and_shorten_its_lists() {
        let mut bench = Bench::changed(|seed| {
            seed["formValues"] = json!("empty");
            seed["listItems"] = json!("short");
        });
        bench.create("Asking Shop", "1.0.0", json!({}));
        let more = json!({ "Variables": { "Approver": "ann" }, "SpecificMachineNames": ["dev-01"] });
        let (_, made) = bench.deploy("Asking Shop", "1.0.0", &["Development"], more);
        let id = made["DeploymentServerTasks"][0]["DeploymentId"].as_str().unwrap().to_owned();
        let document = bench.get(&format!("/api/Spaces-1/deployments/{id}"));
        assert_eq!(
            (&document["FormValues"], &document["SpecificMachineIds"]),
            (&json!({}), &json!(["Machines-1"]))
        );
        let item = bench.get(&format!("/api/Spaces-1/deployments?ids={id}"))["Items"][0].clone();
        assert_eq!(item["Id"], document["Id"]);
        assert!(item.get("SpecificMachineIds").is_none() && item.get("FormValues").is_none(), "{item}");
    }

    #[test]
    fn a_key_for_development_alone_names_the_missing_permission() {
        let mut bench = with_release("Quick Shop");
        bench.begin_in("Quick Shop", "1.0.0", "Development");
        bench.pass(20);
        bench.key = DEVELOPER.to_owned();
        assert_eq!(bench.deploy("Quick Shop", "1.0.0", &["Development"], json!({})).0, 200);
        let (status, refused) = bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({}));
        assert_eq!(status, 403);
        let message = refused["ErrorMessage"].as_str().unwrap();
        assert!(message.contains("DeploymentCreate") && message.contains("'Production'"), "{message}");
        let release = bench.get("/api/Spaces-1/projects/quick-shop/releases/1.0.0")["Id"].clone();
        let template =
            bench.get(&format!("/api/Spaces-1/releases/{}/deployments/template", release.as_str().unwrap()));
        let names: Vec<&str> =
            template["PromoteTo"].as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Development"], "the template shows what the caller may do");
    }

    #[test]
    fn some_projects_answer_in_camel_case() {
        let mut bench = Bench::new();
        let (_, made) = bench.create("Camel Shop", "1.0.0", json!({}));
        assert_eq!(made["releaseVersion"], "1.0.0");
        let (_, made) = bench.deploy("Camel Shop", "1.0.0", &["Development"], json!({}));
        assert!(made["deploymentServerTasks"][0]["serverTaskId"].is_string(), "{made}");
    }
}
