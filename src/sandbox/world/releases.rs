//! Releases as documents and lists.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::{stamp, there};
use crate::sandbox::world::made::Release;
use crate::sandbox::world::pages::page;
use crate::sandbox::world::projects;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;

/// The release document.
pub(super) fn document(world: &World, release: &Release) -> Value {
    let own = format!("/api/{}/releases/{}", release.space, release.id);
    let packages = release.packages.iter().map(|it| {
        json!({
            "ActionName": it.step,
            "StepName": it.step,
            "PackageReferenceName": it.reference,
            "Version": it.version,
        })
    });
    let resources = release.git_resources.iter().map(|it| {
        json!({
            "ActionName": it.step,
            "GitReferenceResource": { "GitRef": it.git_ref, "GitCommit": null },
            "GitResourceReferenceName": it.name,
        })
    });
    let git = release.git.as_ref().map_or(
        Value::Null,
        |it| json!({ "GitRef": it.git_ref, "GitCommit": it.commit, "VariablesGitCommit": null }),
    );
    let project = world.project(&release.project);
    json!({
        "Id": release.id,
        "SpaceId": release.space,
        "ProjectId": release.project,
        "ChannelId": release.channel,
        "Version": release.version,
        "Assembled": stamp(release.assembled),
        "ReleaseNotes": release.notes,
        "IgnoreChannelRules": release.ignored_channel_rules,
        "SelectedPackages": packages.collect::<Vec<_>>(),
        "SelectedGitResources": resources.collect::<Vec<_>>(),
        "BuildInformation": [],
        "CustomFields": text_map(&release.custom_fields),
        "VersionControlReference": git,
        "ProjectVariableSetSnapshotId":
            format!("variableset-{}-s-{}-{}", release.project, release.variables_version, release.snapshots),
        "ProjectDeploymentProcessSnapshotId":
            project.map_or_else(String::new, |it| format!("{}-s-{}", it.process(), release.id)),
        "LibraryVariableSetSnapshotIds": [],
        "VariableSnapshotConcurrencyToken": release.snapshot_token(),
        "Links": {
            "Self": own,
            "Web": format!("/app#/{}/releases/{}", release.space, release.id),
            "Project": format!("/api/{}/projects/{}", release.space, release.project),
            "Progression": format!("{own}/progression"),
            "Deployments": format!("{own}/deployments{{?skip,take}}"),
            "DeploymentTemplate": format!("{own}/deployments/template"),
            "SnapshotVariables": format!("{own}/snapshot-variables"),
            "Defects": format!("{own}/defects"),
        },
    })
}

fn text_map(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect()
}

/// The release that the path names, in the path's space.
///
/// # Errors
///
/// 404: it does not exist.
pub(super) fn of_path<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Release, Refusal> {
    let found = world.release(call.param(0)).filter(|it| it.space == call.space);
    there(found, "release", call.param(0))
}

/// `GET releases/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &document(world, of_path(world, call)?)))
}

fn listed(world: &World, call: &Call<'_>, wanted: impl Fn(&Release) -> bool) -> Answer {
    let search = call.query("searchByVersion").map(str::to_lowercase);
    let found = |it: &&Release| {
        it.space == call.space
            && wanted(it)
            && search.as_ref().is_none_or(|search| it.version.to_lowercase().contains(search))
    };
    let all: Vec<&Release> = world.releases.iter().rev().filter(found).collect();
    Ok(Response::json(200, &page(call, "Release", &all, |it| document(world, it))))
}

/// `GET releases`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let ids = call.list("ids");
    listed(world, call, |it| ids.is_empty() || ids.contains(&it.id))
}

/// `GET projects/{id}/releases`.
pub(super) fn of_project(world: &mut World, call: &Call<'_>) -> Answer {
    let project = projects::of_path(world, call)?.id.clone();
    listed(world, call, |it| it.project == project)
}

/// `GET channels/{id}/releases`.
pub(super) fn of_channel(world: &mut World, call: &Call<'_>) -> Answer {
    there(world.channel(call.param(0)), "channel", call.param(0))?;
    listed(world, call, |it| it.channel == call.param(0))
}

/// `GET projects/{id}/channels/{id}/releases`.
pub(super) fn of_project_channel(world: &mut World, call: &Call<'_>) -> Answer {
    there(world.channel(call.param(1)), "channel", call.param(1))?;
    listed(world, call, |it| it.channel == call.param(1))
}

/// `GET projects/{id}/releases/{version}`.
pub(super) fn by_version(world: &mut World, call: &Call<'_>) -> Answer {
    let project = projects::of_path(world, call)?.id.clone();
    let found = world.find_release(&project, call.param(1));
    Ok(Response::json(200, &document(world, there(found, "release", call.param(1))?)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::Bench;

    #[test]
    fn releases_are_found_newest_first() {
        let mut bench = Bench::new();
        bench.create("Web Shop", "1.4.3", json!({}));
        let all = bench.get("/api/Spaces-1/projects/Projects-1/releases");
        let versions: Vec<&str> =
            all["Items"].as_array().unwrap().iter().map(|it| it["Version"].as_str().unwrap()).collect();
        assert_eq!(versions, ["1.4.3", "1.4.6", "1.4.5", "1.4.4"], "by assembly, not by version");
        assert_eq!(
            bench.get("/api/Spaces-1/projects/web-shop/releases?searchByVersion=.5")["TotalResults"],
            1
        );
        bench.create("Web Shop", "2.0.0+build.5", json!({}));
        assert_eq!(
            bench.get("/api/Spaces-1/projects/web-shop/releases/2.0.0%2Bbuild.5")["Version"],
            "2.0.0+build.5"
        );
        assert_eq!(bench.ask("GET", "/api/Spaces-1/projects/web-shop/releases/2.0.0", Value::Null).0, 404);
    }
}
