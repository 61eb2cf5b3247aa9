//! Tenants and their tags.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{TagSet, Tenant};

fn document(tenant: &Tenant) -> Value {
    let projects: Value = tenant.projects.iter().map(|(id, all)| (id.clone(), json!(all))).collect();
    json!({
        "Id": tenant.id,
        "SpaceId": tenant.space,
        "Name": tenant.name,
        "Slug": tenant.slug,
        "TenantTags": tenant.tags,
        "ProjectEnvironments": projects,
        "IsDisabled": tenant.disabled,
        "Links": { "Self": format!("/api/{}/tenants/{}", tenant.space, tenant.id) },
    })
}

/// `GET tenants`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.query("partialName").or(call.query("name")).map(str::to_lowercase);
    let (ids, tags) = (call.list("ids"), call.list("tags"));
    let project = call.query("projectId");
    // A tag with a comma in its name is split in the query, and no tenant has its parts. The
    // servers of 2023.1 took the tags of all sets as alternatives [?].
    let takes_any = world.version.starts_with("2023.1.");
    let tagged = |it: &Tenant| {
        if takes_any && !tags.is_empty() {
            tags.iter().any(|tag| it.has_tags(std::slice::from_ref(tag)))
        } else {
            it.has_tags(&tags)
        }
    };
    let wanted = |it: &&Tenant| {
        it.space == call.space
            && name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
            && (ids.is_empty() || ids.contains(&it.id))
            && project.is_none_or(|project| it.projects.iter().any(|(id, _)| id == project))
            && tagged(it)
    };
    let all: Vec<&Tenant> = world.tenants.iter().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Tenant", &all, |it| document(it))))
}

/// `GET tenants/all`.
pub(super) fn all(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.tenants.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(document).collect())))
}

/// `GET tenants/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let found = world.tenant(call.param(0)).filter(|it| it.space == call.space);
    Ok(Response::json(200, &document(there(found, "tenant", call.param(0))?)))
}

fn tag_set_document(set: &TagSet) -> Value {
    let tag = |it: &String| json!({ "Name": it, "CanonicalTagName": format!("{}/{it}", set.name) });
    json!({
        "Id": set.id,
        "SpaceId": set.space,
        "Name": set.name,
        "Tags": set.tags.iter().map(tag).collect::<Vec<_>>(),
        "Links": { "Self": format!("/api/{}/tagsets/{}", set.space, set.id) },
    })
}

/// `GET tagsets`.
pub(super) fn tag_sets(world: &mut World, call: &Call<'_>) -> Answer {
    let all: Vec<&TagSet> = world.tag_sets.iter().filter(|it| it.space == call.space).collect();
    Ok(Response::json(200, &page(call, "TagSet", &all, |it| tag_set_document(it))))
}

/// `GET tagsets/all`.
pub(super) fn all_tag_sets(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.tag_sets.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(tag_set_document).collect())))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::{Bench, count, tenanted};

    /// A world with a tag that holds a comma, and a tenant that carries it.
    fn with_comma(version: &str) -> Bench {
        Bench::changed(|seed| {
            seed["version"] = json!(version);
            let space = &mut seed["spaces"][0];
            space["tagSets"][0]["tags"] = json!(["EU", "US", "US, East"]);
            space["tenants"][1]["tags"] = json!(["Region/US, East", "Ring/Stable"]);
        })
    }

    fn names(bench: &mut Bench, tags: &str) -> Vec<String> {
        let found = bench.get(&format!("/api/Spaces-1/tenants?tags={tags}"));
        let name = |it: &Value| it["Name"].as_str().unwrap().to_owned();
        found["Items"].as_array().unwrap().iter().map(name).collect()
    }

    #[test]
    fn a_comma_in_a_tags_name_comes_apart_in_a_query() {
        let mut bench = with_comma("2026.2.4711");
        assert_eq!(names(&mut bench, "Region/US, East"), [""; 0]);
        assert_eq!(names(&mut bench, "Region/EU,Ring/Stable"), ["Initech"]);
        assert_eq!(bench.get("/api/Spaces-1/tenants/Tenants-2")["TenantTags"][0], "Region/US, East");
        bench.create("Portal", "1.0.0", json!({}));
        let tags = json!({ "TenantTags": ["Region/US, East"] });
        let (status, made) = tenanted(&mut bench, "Portal", "Development", tags);
        assert_eq!((status, count(&made)), (200, 1), "in a list of its own it stays whole");
    }

    #[test]
    fn some_servers_take_all_tags_of_a_query_as_alternatives() {
        let mut bench = with_comma("2023.1.9999");
        assert_eq!(names(&mut bench, "Region/EU,Ring/Stable"), ["Acme", "Globex", "Initech"]);
    }
}
