//! Teams. All teams of this server belong to the system, as the built-in teams of the real server do.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::seed::TeamSeed;
use crate::sandbox::world::state::World;

fn document(world: &World, team: &TeamSeed) -> Value {
    let members = world.users.iter().filter(|it| it.teams.contains(&team.id));
    json!({
        "Id": team.id,
        "Name": team.name,
        "Description": "",
        "SpaceId": null,
        "MemberUserIds": members.map(|it| &it.id).collect::<Vec<_>>(),
        "ExternalSecurityGroups": [],
        "CanBeDeleted": false,
        "CanBeRenamed": false,
        "CanChangeRoles": true,
        "CanChangeMembers": true,
        "Links": { "Self": format!("/api/teams/{}", team.id) },
    })
}

/// `GET teams`. Teams of the system are shown to those who ask for them.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    world.demand(call, "TeamView", "", "")?;
    let ids = call.list("ids");
    let name = call.query("partialName").map(str::to_lowercase);
    let with_system = call.flag("includeSystem").unwrap_or(false);
    let wanted = |it: &&TeamSeed| {
        with_system
            && (ids.is_empty() || ids.contains(&it.id))
            && name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
    };
    let all: Vec<&TeamSeed> = world.teams.iter().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Team", &all, |it| document(world, it))))
}

/// `GET teams/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    world.demand(call, "TeamView", "", "")?;
    let team = world.teams.iter().find(|it| it.id.eq_ignore_ascii_case(call.param(0)));
    Ok(Response::json(200, &document(world, there(team, "team", call.param(0))?)))
}

#[cfg(test)]
mod tests {
    use crate::sandbox::world::tests::Bench;

    #[test]
    fn teams_of_the_system_are_shown_to_those_who_ask_for_them() {
        let mut bench = Bench::new();
        let names = |page: &serde_json::Value| -> Vec<String> {
            page["Items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["Name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            names(&bench.get("/api/teams?ids=teams-managers&includeSystem=true")),
            ["Release Managers"]
        );
        assert_eq!(
            names(&bench.get("/api/Spaces-1/teams?includeSystem=true&partialName=oper")),
            ["Operators"]
        );
        assert!(names(&bench.get("/api/teams?ids=teams-managers")).is_empty());
        assert_eq!(bench.get("/api/teams/teams-managers")["MemberUserIds"][0], "Users-1");
    }
}
