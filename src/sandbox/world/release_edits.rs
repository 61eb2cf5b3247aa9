//! Changes to an existing release: its notes, variables and defects.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::{place_of, there};
use crate::sandbox::world::made::{Defect, Release};
use crate::sandbox::world::pages::page;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::releases::{document, of_path};
use crate::sandbox::world::state::World;

/// Replaces the release's snapshot of variables with the project's current ones.
pub(super) fn refresh_variables(world: &mut World, release: &str) {
    let project = world.release(release).map(|it| it.project.clone()).unwrap_or_default();
    let now = world.project(&project).map(|it| (it.variables_version, it.variables.clone()));
    let (version, variables) = now.unwrap_or_default();
    if let Some(release) = place_of(release, "Releases-").and_then(|at| world.releases.get_mut(at)) {
        release.variables_version = version;
        release.variables = variables;
        release.snapshots += 1;
    }
}

/// The path's release, to be changed by a caller who has the permission.
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
    if world.process_changed(of_path(world, call)?) {
        return Err(Refusal::bad(
            "The variables cannot be refreshed: the deployment process was changed since the release was made.",
        ));
    }
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
    let id = world.mint("Defects");
    let release = to_edit(world, call, "DefectReport")?;
    let description = description.ok_or_else(|| Refusal::bad("The Description field is required."))?;
    if release.has_unresolved_defect() {
        return Err(Refusal::bad("The release already has an unresolved defect."));
    }
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
    world.plan_automatic(&id, call.now);
    Ok(Response::json(200, &json!({ "Status": "Resolved" })))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::sandbox::world::tests::{Bench, assert_refused, with_release};

    #[test]
    fn a_defect_keeps_a_release_where_it_is() {
        let mut bench = Bench::new();
        bench.begin("Quick Shop", "1.0.0");
        bench.pass(20);
        let id =
            bench.get("/api/Spaces-1/projects/quick-shop/releases/1.0.0")["Id"].as_str().unwrap().to_owned();
        let own = format!("/api/Spaces-1/releases/{id}");
        let body = json!({ "ReleaseId": id, "SpaceId": "Spaces-1", "Description": "It is slow" });
        assert_eq!(bench.ask("POST", &format!("{own}/defects"), body).0, 200);
        assert_refused(bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({})), "unresolved defect");
        assert_eq!(bench.get(&format!("{own}/progression"))["NextDeployments"], json!([]));
        let board = bench.get("/api/Spaces-1/projects/quick-shop/progression");
        assert_eq!(board["Releases"][0]["HasUnresolvedDefect"], true);
        assert_eq!(
            bench.deploy("Quick Shop", "1.0.0", &["Development"], json!({})).0,
            200,
            "where it already is"
        );
        assert_eq!(bench.ask("POST", &format!("{own}/defects/resolve"), json!({})).0, 200);
        assert_eq!(bench.deploy("Quick Shop", "1.0.0", &["Production"], json!({})).0, 200);
    }

    #[test]
    fn a_refreshed_snapshot_stays_with_the_release() {
        let mut bench = with_release("Web Shop");
        let release = bench.get("/api/Spaces-1/projects/web-shop/releases/1.0.0");
        let own = format!("/api/Spaces-1/releases/{}", release["Id"].as_str().unwrap());
        let set = bench.get("/api/Spaces-1/variables/variableset-Projects-1");
        assert_eq!(bench.ask("PUT", "/api/Spaces-1/variables/variableset-Projects-1", set.clone()).0, 200);
        assert_eq!(
            bench.ask("PUT", "/api/Spaces-1/variables/variableset-Projects-1", set).0,
            409,
            "an old version"
        );
        assert_eq!(bench.get(&format!("{own}/deployments/template"))["IsVariableSetModified"], true);
        bench.deploy("Web Shop", "1.0.0", &["Development"], json!({ "UpdateVariableSnapshot": true }));
        assert_eq!(bench.get(&format!("{own}/deployments/template"))["IsVariableSetModified"], false);
        assert_ne!(bench.get(&own)["ProjectVariableSetSnapshotId"], release["ProjectVariableSetSnapshotId"]);
        let stale =
            json!({ "VariableSnapshotConcurrencyToken": release["VariableSnapshotConcurrencyToken"] });
        assert_eq!(bench.ask("POST", &format!("{own}/snapshot-variables"), stale).0, 409);
        assert_eq!(bench.ask("POST", &format!("{own}/snapshot-variables"), json!({})).0, 200);
    }
}
