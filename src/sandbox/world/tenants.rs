//! Tenants and their tags.

use serde_json::{Value, json};

use crate::sandbox::exchange::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::state::{TagSet, Tenant};
use crate::sandbox::world::{World, there};

impl World {
    /// Whether a space has this tag, in its canonical form `Set/Tag`.
    pub(super) fn tag_exists(&self, space: &str, tag: &str) -> bool {
        let Some((set, tag)) = tag.split_once('/') else { return false };
        let sets = self.tag_sets.iter().filter(|it| it.space == space && it.name.eq_ignore_ascii_case(set));
        sets.flat_map(|it| &it.tags).any(|it| it.eq_ignore_ascii_case(tag))
    }
}

impl Tenant {
    /// Whether the tenant has one of the tags of each set that is mentioned.
    pub(super) fn has_tags(&self, wanted: &[String]) -> bool {
        let set_of = |tag: &str| tag.split('/').next().unwrap_or_default().to_lowercase();
        let has = |tag: &String| self.tags.iter().any(|it| it.eq_ignore_ascii_case(tag));
        wanted.iter().all(|tag| wanted.iter().filter(|it| set_of(it) == set_of(tag)).any(has))
    }
}

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
    let wanted = |it: &&Tenant| {
        it.space == call.space
            && name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
            && (ids.is_empty() || ids.contains(&it.id))
            && project.is_none_or(|project| it.projects.iter().any(|(id, _)| id == project))
            && it.has_tags(&tags)
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
