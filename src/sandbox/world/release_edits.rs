//! What changes a release after it was made: notes, variables, defects.

use serde_json::{Value, json};

use crate::sandbox::exchange::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::made::{Defect, Release};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::releases::{document, of_path};
use crate::sandbox::world::{World, place_of, there};

/// Takes the project's variables of now into the release, for good.
pub(super) fn refresh_variables(world: &mut World, release: &str) {
    let project = world.release(release).map(|it| it.project.clone()).unwrap_or_default();
    let version = world.project(&project).map_or(1, |it| it.variables_version);
    if let Some(release) = place_of(release, "Releases-").and_then(|at| world.releases.get_mut(at)) {
        release.variables_version = version;
        release.snapshots += 1;
    }
}

/// The path's release, to change, for a caller who may.
fn to_edit<'a>(world: &'a mut World, call: &Call<'_>, permission: &str) -> Result<&'a mut Release, Refusal> {
    let release = of_path(world, call)?;
    world.demand(call, permission, &release.project, "")?;
    let at = place_of(&release.id, "Releases-");
    there(at.and_then(|at| world.releases.get_mut(at)), "release", call.param(0))
}

fn answer(world: &World, call: &Call<'_>) -> Answer {
    Ok(Response::json(200, &document(world, of_path(world, call)?)))
}

/// `PUT releases/{id}`: notes and package versions; nothing else can be changed.
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let release = to_edit(world, call, "ReleaseEdit")?;
    if body.text("Version").is_some_and(|it| it != release.version) {
        return Err(Refusal::bad("The version of a release cannot be changed."));
    }
    if let Some(notes) = body.text("ReleaseNotes") {
        release.notes = notes;
    }
    for sent in body.objects("SelectedPackages") {
        let (step, reference) =
            (sent.text("ActionName"), sent.text("PackageReferenceName").unwrap_or_default());
        let mut known = release.packages.iter_mut();
        let found = known.find(|it| Some(&it.step) == step.as_ref() && it.reference == reference);
        if let (Some(package), Some(version)) = (found, sent.filled("Version")) {
            package.version = version;
        }
    }
    answer(world, call)
}

/// `POST releases/{id}/release-notes`.
pub(super) fn notes(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    to_edit(world, call, "ReleaseEdit")?.notes = body.text("ReleaseNotes").unwrap_or_default();
    answer(world, call)
}

/// `POST releases/{id}/snapshot-variables`.
pub(super) fn snapshot_variables(world: &mut World, call: &Call<'_>) -> Answer {
    let token = call.body()?.filled("VariableSnapshotConcurrencyToken");
    let release = to_edit(world, call, "ReleaseEdit")?;
    if token.is_some_and(|it| it != release.snapshot_token()) {
        return Err(Refusal::conflict("The variables of the release were refreshed by somebody else."));
    }
    let id = release.id.clone();
    refresh_variables(world, &id);
    answer(world, call)
}

/// `GET releases/{id}/missingpackages`.
pub(super) fn missing_packages(world: &mut World, call: &Call<'_>) -> Answer {
    let missing = world.missing_packages(&of_path(world, call)?.id);
    let packages: Vec<Value> =
        missing.iter().map(|it| json!({ "Id": it.id, "Version": it.version })).collect();
    Ok(Response::json(200, &json!({ "Packages": packages })))
}

/// `GET releases/{id}/defects`.
pub(super) fn defects(world: &mut World, call: &Call<'_>) -> Answer {
    let release = of_path(world, call)?;
    let defect = |it: &Defect| {
        json!({
            "Id": it.id,
            "Description": it.description,
            "Status": if it.resolved { "Resolved" } else { "Unresolved" },
        })
    };
    Ok(Response::json(200, &page(call, "Defect", &release.defects, defect)))
}

/// `POST releases/{id}/defects`.
pub(super) fn report_defect(world: &mut World, call: &Call<'_>) -> Answer {
    let description = call.body()?.filled("Description");
    let release = to_edit(world, call, "DefectReport")?;
    let description = description.ok_or_else(|| Refusal::bad("The Description field is required."))?;
    if release.has_unresolved_defect() {
        return Err(Refusal::bad("The release already has an unresolved defect."));
    }
    let id = format!("{}-defect-{}", release.id, release.defects.len() + 1);
    release.defects.push(Defect { id: id.clone(), description: description.clone(), resolved: false });
    Ok(Response::json(200, &json!({ "Id": id, "Description": description, "Status": "Unresolved" })))
}

/// `POST releases/{id}/defects/resolve`.
pub(super) fn resolve_defects(world: &mut World, call: &Call<'_>) -> Answer {
    let release = to_edit(world, call, "DefectResolve")?;
    if !release.has_unresolved_defect() {
        return Err(Refusal::bad("The release has no unresolved defect."));
    }
    for defect in &mut release.defects {
        defect.resolved = true;
    }
    let id = release.id.clone();
    world.deploy_automatically(&id, call.now);
    Ok(Response::json(200, &json!({ "Status": "Resolved" })))
}
