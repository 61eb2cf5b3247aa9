//! Projects: their documents, and how other routes name them.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::project_seed::{GuidedFailure, TenantMode, VersionControlSeed};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Project;

/// The project of a path, by id or slug; its name is not accepted.
///
/// # Errors
///
/// 404: it does not exist.
pub(super) fn of_path<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Project, Refusal> {
    let wanted = call.param(0);
    let mut all = world.projects.iter().filter(|it| it.space == call.space);
    there(all.find(|it| it.id == wanted || it.slug == wanted), "project", wanted)
}

/// The full name of a branch or tag that the repository has, or a commit.
pub(super) fn full_ref(version_control: &VersionControlSeed, wanted: &str) -> Option<String> {
    let is_commit = wanted.len() == 40 && wanted.chars().all(|it| it.is_ascii_hexdigit());
    if is_commit {
        return Some(wanted.to_owned());
    }
    let names = [wanted.to_owned(), format!("refs/heads/{wanted}"), format!("refs/tags/{wanted}")];
    names.into_iter().find(|it| version_control.refs.contains(it))
}

/// The commit at the tip of a branch or tag: invented, but always the same.
pub(super) fn tip_of(full_ref: &str) -> String {
    let sum =
        full_ref.bytes().fold(0x3f1c_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!("{sum:0>16x}{:0>24x}", sum.rotate_left(7))
}

fn mode_name(mode: TenantMode) -> &'static str {
    match mode {
        TenantMode::Untenanted => "Untenanted",
        TenantMode::TenantedOrUntenanted => "TenantedOrUntenanted",
        TenantMode::Tenanted => "Tenanted",
    }
}

pub(super) fn guided_name(mode: GuidedFailure) -> &'static str {
    match mode {
        GuidedFailure::EnvironmentDefault => "EnvironmentDefault",
        GuidedFailure::Off => "Off",
        GuidedFailure::On => "On",
    }
}

fn document(project: &Project) -> Value {
    let own = format!("/api/{}/projects/{}", project.space, project.id);
    let persistence = match &project.version_control {
        None => json!({ "Type": "Database" }),
        Some(it) => json!({
            "Type": "VersionControlled",
            "Url": it.url,
            "DefaultBranch": it.default_branch.trim_start_matches("refs/heads/"),
            "BasePath": ".octopus",
            "ProtectedBranchNamePatterns": [],
        }),
    };
    json!({
        "Id": project.id,
        "SpaceId": project.space,
        "Name": project.name,
        "Slug": project.slug,
        "Description": "",
        "IsDisabled": project.disabled,
        "LifecycleId": project.lifecycle,
        "VariableSetId": project.variable_set(),
        "DeploymentProcessId": project.process(),
        "TenantedDeploymentMode": mode_name(project.mode),
        "IsVersionControlled": project.version_control.is_some(),
        "PersistenceSettings": persistence,
        "AutoCreateRelease": false,
        "DiscreteChannelRelease": false,
        "DefaultGuidedFailureMode": guided_name(project.guided_failure),
        "IncludedLibraryVariableSetIds": [],
        // The process of a version-controlled project is in its branches.
        "ReleaseNotesTemplate": project.release_notes_template.as_ref().filter(|_| project.version_control.is_none()),
        "VersioningStrategy": { "Template": project.version_template, "DonorPackage": null },
        "Links": {
            "Self": own,
            "Channels": format!("{own}/channels{{?skip,take,partialName}}"),
            "Releases": format!("{own}/releases{{/version}}{{?skip,take,searchByVersion}}"),
            "Progression": format!("{own}/progression"),
            "DeploymentProcess": format!("/api/{}/deploymentprocesses/{}", project.space, project.process()),
            "Variables": format!("/api/{}/variables/{}", project.space, project.variable_set()),
            "Web": format!("/app#/{}/projects/{}", project.space, project.slug),
        },
    })
}

/// `GET projects`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.query("partialName").or(call.query("name")).map(str::to_lowercase);
    let ids = call.list("ids");
    let wanted = |it: &&Project| {
        it.space == call.space
            && name.as_ref().is_none_or(|name| it.name.to_lowercase().contains(name))
            && (ids.is_empty() || ids.contains(&it.id))
    };
    let all: Vec<&Project> = world.projects.iter().filter(wanted).collect();
    Ok(Response::json(200, &page(call, "Project", &all, |it| document(it))))
}

/// `GET projects/all`.
pub(super) fn all(world: &mut World, call: &Call<'_>) -> Answer {
    let all = world.projects.iter().filter(|it| it.space == call.space);
    Ok(Response::json(200, &Value::Array(all.map(document).collect())))
}

/// `GET projects/{idOrSlug}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &document(of_path(world, call)?)))
}
