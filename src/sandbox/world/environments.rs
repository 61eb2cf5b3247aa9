//! Environments and the machines in them.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Environment, Machine};

fn document(environment: &Environment) -> Value {
    json!({
        "Id": environment.id,
        "Name": environment.name,
        "Slug": environment.slug,
        "SpaceId": environment.space,
        "SortOrder": environment.sort,
        "UseGuidedFailure": environment.guided_failure,
        "AllowDynamicInfrastructure": false,
        "Links": {
            "Self": format!("/api/{}/environments/{}", environment.space, environment.id),
            "Machines": format!("/api/{}/environments/{}/machines", environment.space, environment.id),
        },
    })
}

/// The short form that other documents carry.
pub(super) fn brief(world: &World, id: &str) -> Value {
    json!({ "Id": id, "Name": world.environment_name(id) })
}

/// `GET environments`. The server reads `name` like `partialName`: "Prod" also finds "Pre-Production".
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.query("partialName").or(call.query("name")).map(str::to_lowercase);
    let ids = call.list("ids");
    let wanted = |it: &&Environment| {
        it.space == call.space
            && name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
            && (ids.is_empty() || ids.contains(&it.id))
    };
    let all: Vec<&Environment> = world.environments.iter().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Environment", &all, |it| document(it))))
}

/// `GET environments/v2`: the same, and none where only ephemeral ones are wanted.
pub(super) fn list_v2(world: &mut World, call: &Call<'_>) -> Answer {
    if call.query("type").is_some_and(|it| it.eq_ignore_ascii_case("Ephemeral")) {
        let none: Vec<Environment> = Vec::new();
        return Ok(Response::json(200, &page(call, "Environment", &none, document)));
    }
    list(world, call)
}

/// `GET environments/all`.
pub(super) fn all(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.environments.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(document).collect())))
}

/// `GET environments/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let wanted = call.param(0);
    let found = world.environment(wanted).filter(|it| it.space == call.space);
    Ok(Response::json(200, &document(there(found, "environment", wanted)?)))
}

fn machine_document(machine: &Machine) -> Value {
    json!({
        "Id": machine.id,
        "SpaceId": machine.space,
        "Name": machine.name,
        "EnvironmentIds": machine.environments,
        "Roles": machine.roles,
        "TenantIds": machine.tenants,
        "TenantTags": [],
        "IsDisabled": machine.disabled,
        "HealthStatus": machine.health,
        "Status": if machine.health == "Unavailable" { "Offline" } else { "Online" },
        "Links": { "Self": format!("/api/{}/machines/{}", machine.space, machine.id) },
    })
}

fn listed_machines(world: &World, call: &Call<'_>, environment: Option<&str>) -> Answer {
    let name = call.query("partialName").or(call.query("name")).map(str::to_lowercase);
    let (ids, roles, health) = (call.list("ids"), call.list("roles"), call.list("healthStatuses"));
    let mut environments = call.list("environmentIds");
    environments.extend(environment.map(str::to_owned));
    let wanted = |it: &&Machine| {
        it.space == call.space
            && name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
            && (ids.is_empty() || ids.contains(&it.id))
            && (environments.is_empty() || it.environments.iter().any(|id| environments.contains(id)))
            && (roles.is_empty() || it.roles.iter().any(|role| roles.contains(role)))
            && (health.is_empty() || health.contains(&it.health))
            && call.flag("isDisabled").is_none_or(|disabled| it.disabled == disabled)
    };
    let all: Vec<&Machine> = world.machines.iter().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Machine", &all, |it| machine_document(it))))
}

/// `GET environments/{id}/machines`.
pub(super) fn machines_of(world: &mut World, call: &Call<'_>) -> Answer {
    there(world.environment(call.param(0)), "environment", call.param(0))?;
    listed_machines(world, call, Some(call.param(0)))
}

/// `GET machines`.
pub(super) fn machines(world: &mut World, call: &Call<'_>) -> Answer {
    listed_machines(world, call, None)
}

/// `GET machines/all`.
pub(super) fn all_machines(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.machines.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(machine_document).collect())))
}

/// `GET machines/{id}`.
pub(super) fn machine(world: &mut World, call: &Call<'_>) -> Answer {
    let found = world.machines.iter().find(|it| it.space == call.space && it.id == call.param(0));
    Ok(Response::json(200, &machine_document(there(found, "machine", call.param(0))?)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::sandbox::world::tests::Bench;

    #[test]
    fn names_are_found_by_a_part_of_them() {
        let mut bench = Bench::new();
        let names = |page: &Value| -> Vec<String> {
            page["Items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["Name"].as_str().unwrap().to_owned())
                .collect()
        };
        for parameter in ["partialName", "NAME", "name"] {
            let found = bench.get(&format!("/api/Spaces-1/environments?{parameter}=Prod"));
            assert_eq!(names(&found), ["Pre-Production", "Production"], "{parameter}");
        }
        assert_eq!(
            names(&bench.get("/api/Spaces-1/environments/v2?ids=Environments-1,Environments-2")).len(),
            2
        );
        assert_eq!(
            names(&bench.get("/api/Spaces-1/environments?ids=Environments-1&ids=Environments-2")).len(),
            2
        );
        assert_eq!(
            names(&bench.get("/api/Spaces-1/environments?ids=")).len(),
            5,
            "an empty list is no filter"
        );
        assert_eq!(bench.ask("GET", "/api/Spaces-1/projects/web-shop", Value::Null).0, 200);
        assert_eq!(
            bench.ask("GET", "/api/Spaces-1/projects/Web%20Shop", Value::Null).0,
            404,
            "a name is no id"
        );
    }
}
