//! Deployment freezes: which deployments are blocked, and when.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::stamp;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Freeze, Id};

impl Freeze {
    fn is_active(&self, now: Timestamp) -> bool {
        self.start <= now && now < self.end
    }

    /// Whether it blocks a deployment.
    fn covers(&self, project: &str, environment: &str, tenant: Option<&str>) -> bool {
        let in_scope = |(id, environments): &(Id, Vec<Id>)| {
            id == project && (environments.is_empty() || environments.iter().any(|it| it == environment))
        };
        self.projects.iter().any(in_scope)
            && (self.tenants.is_empty()
                || tenant.is_some_and(|tenant| self.tenants.iter().any(|it| it == tenant)))
    }
}

impl World {
    /// The freezes that block a deployment at a time.
    pub(super) fn freezes_for(
        &self,
        (project, environment, tenant): (&str, &str, Option<&str>),
        at: Timestamp,
    ) -> Vec<&Freeze> {
        self.freezes.iter().filter(|it| it.is_active(at) && it.covers(project, environment, tenant)).collect()
    }
}

/// `GET /api/deploymentfreezes`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let (projects, environments) = (call.list("projectIds"), call.list("environmentIds"));
    let (tenants, ids) = (call.list("tenantIds"), call.list("ids"));
    let with_past = call.flag("includeComplete").unwrap_or(false);
    let active_only = call.query("status").is_some_and(|it| it.eq_ignore_ascii_case("Active"));
    let wanted = |it: &&Freeze| {
        let names = |(project, all): &(Id, Vec<Id>)| {
            (projects.is_empty() || projects.contains(project))
                && (environments.is_empty() || all.iter().any(|it| environments.contains(it)))
        };
        it.projects.iter().any(names)
            && (tenants.is_empty() || it.tenants.iter().any(|it| tenants.contains(it)))
            && (ids.is_empty() || ids.contains(&it.id))
            && (with_past || call.now < it.end)
            && (!active_only || it.is_active(call.now))
    };
    let skip = call.number("skip").unwrap_or(0);
    let take = call.number("take").unwrap_or(usize::MAX);
    let found: Vec<&Freeze> = world.freezes.iter().filter(wanted).collect();
    let items: Vec<Value> = found.iter().skip(skip).take(take).map(|it| document(it)).collect();
    Ok(Response::json(200, &json!({ "DeploymentFreezes": items, "Count": found.len() })))
}

fn document(freeze: &Freeze) -> Value {
    let scope: Value = freeze.projects.iter().map(|(id, all)| (id.clone(), json!(all))).collect();
    let tenants: Vec<Value> = freeze
        .tenants
        .iter()
        .flat_map(|tenant| freeze.projects.iter().map(move |(project, all)| (tenant, project, all)))
        .flat_map(|(tenant, project, all)| {
            all.iter().map(move |it| json!({ "TenantId": tenant, "ProjectId": project, "EnvironmentId": it }))
        })
        .collect();
    let scope = if freeze.tenants.is_empty() { scope } else { json!({}) };
    json!({
        "Id": freeze.id,
        "Name": freeze.name,
        "Start": stamp(freeze.start),
        "End": stamp(freeze.end),
        "ProjectEnvironmentScope": scope,
        "TenantProjectEnvironmentScope": tenants,
        "RecurringSchedule": null,
    })
}
