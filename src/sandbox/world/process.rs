//! Deployment processes, the template of a new release, and a project's deployment settings.

use serde_json::{Value, json};

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Call};
use crate::sandbox::world::lookups::{slug, there};
use crate::sandbox::world::made::SelectedPackage;
use crate::sandbox::world::process_seed::GitResourceSeed;
use crate::sandbox::world::process_seed::PackageUseSeed;
use crate::sandbox::world::process_seed::StepKind;
use crate::sandbox::world::projects;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Channel, Project, Step};
use crate::sandbox::world::versions;

fn document(world: &World, project: &Project, id: &str) -> Value {
    // A release's snapshot has the process that the release was made with.
    let snapshot = id.strip_prefix(&project.process()).and_then(|it| it.strip_prefix("-s-"));
    let steps = snapshot.and_then(|it| world.release(it)).map_or(&project.steps, |it| &it.steps);
    let steps: Vec<Value> = steps.iter().map(|it| step_document(world, project, it)).collect();
    json!({
        "Id": id,
        "SpaceId": project.space,
        "ProjectId": project.id,
        "Version": 1,
        "LastSnapshotId": null,
        "Steps": steps,
        "Links": {
            "Self": format!("/api/{}/deploymentprocesses/{id}", project.space),
            "Template": format!("/api/{}/deploymentprocesses/{id}/template{{?channel,releaseId}}", project.space),
        },
    })
}

fn step_document(world: &World, project: &Project, step: &Step) -> Value {
    let seed = &step.seed;
    // The seed has names, and the server has ids.
    let environment = |name: &String| world.environment_named(&project.space, name).map(|it| it.id.as_str());
    let channel = |name: &String| {
        let mut all = world.channels.iter().filter(|it| it.project == project.id);
        all.find(|it| it.name.eq_ignore_ascii_case(name)).map(|it| it.id.as_str())
    };
    let packages = seed.packages.iter().map(|it| {
        json!({
            "Name": it.reference,
            "PackageId": it.id,
            "FeedId": world.find_package(&project.space, it).map(|(feed, _)| feed.id.as_str()).or(it.feed.as_deref()),
            "AcquisitionLocation": "Server",
            "Version": it.fixed_version,
            "Properties": {},
        })
    });
    let kind = match seed.kind {
        StepKind::Work => "Octopus.Script",
        StepKind::ManualIntervention => "Octopus.Manual",
    };
    json!({
        "Id": format!("{}-step", step.id),
        "Name": seed.name,
        "Slug": slug(&seed.name),
        "Condition": "Success",
        "StartTrigger": "StartAfterPrevious",
        "PackageRequirement": "LetOctopusDecide",
        "Properties": { "Octopus.Action.TargetRoles": seed.roles.join(",") },
        "Actions": [{
            "Id": step.id,
            "Name": seed.name,
            "ActionType": kind,
            "IsDisabled": seed.disabled,
            "IsRequired": seed.required,
            "Channels": seed.channels.iter().filter_map(channel).collect::<Vec<_>>(),
            "Environments": seed.environments.iter().filter_map(environment).collect::<Vec<_>>(),
            "ExcludedEnvironments": seed.excluded_environments.iter().filter_map(environment).collect::<Vec<_>>(),
            "TenantTags": seed.tenant_tags,
            "Packages": packages.collect::<Vec<_>>(),
            "GitDependencies": [],
            "Properties": {},
        }],
    })
}

/// The project whose process has this id; the id of a release's snapshot of it counts too.
fn owner<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Project, Refusal> {
    let id = call.param(0);
    let owns = |it: &&Project| {
        let own = it.process();
        it.space == call.space
            && (id == own || id.strip_prefix(&own).is_some_and(|rest| rest.starts_with("-s-")))
    };
    there(world.projects.iter().find(owns), "deployment process", id)
}

/// `GET deploymentprocesses/{id}`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let project = owner(world, call)?;
    if project.version_control.is_some() && call.param(0) == project.process() {
        return Err(Refusal::bad(format!(
            "The project '{}' is version controlled: its process is read by a git reference.",
            project.name
        )));
    }
    Ok(Response::json(200, &document(world, project, call.param(0))))
}

/// `GET projects/{id}/deploymentprocesses`.
pub(super) fn of_project(world: &mut World, call: &Call<'_>) -> Answer {
    let project = projects::of_path(world, call)?;
    Ok(Response::json(200, &document(world, project, &project.process())))
}

/// The project of a path with a git reference, which must exist.
fn at_ref<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Project, Refusal> {
    let project = projects::of_path(world, call)?;
    let Some(version_control) = &project.version_control else {
        return Err(Refusal::bad(format!("The project '{}' is not version controlled.", project.name)));
    };
    let found = projects::full_ref(version_control, call.param(1));
    there(found, "git reference", call.param(1)).map(|_| project)
}

/// `GET projects/{id}/{gitRef}/deploymentprocesses`.
pub(super) fn of_ref(world: &mut World, call: &Call<'_>) -> Answer {
    let project = at_ref(world, call)?;
    Ok(Response::json(200, &document(world, project, &project.process())))
}

/// `GET deploymentprocesses/{id}/template`.
pub(super) fn template(world: &mut World, call: &Call<'_>) -> Answer {
    template_document(world, call, owner(world, call)?)
}

/// `GET projects/{id}/deploymentprocesses/template`.
pub(super) fn template_of_project(world: &mut World, call: &Call<'_>) -> Answer {
    template_document(world, call, projects::of_path(world, call)?)
}

/// `GET projects/{id}/{gitRef}/deploymentprocesses/template`.
pub(super) fn template_of_ref(world: &mut World, call: &Call<'_>) -> Answer {
    template_document(world, call, at_ref(world, call)?)
}

fn template_document(world: &World, call: &Call<'_>, project: &Project) -> Answer {
    let mut channels = world.channels.iter().filter(|it| it.project == project.id);
    let channel = match call.query("channel") {
        Some(wanted) => there(channels.find(|it| it.id == wanted), "channel", wanted)?,
        None => there(channels.find(|it| it.is_default), "channel", "the default one")?,
    };
    let last = world.last_version(&project.id);
    Ok(Response::json(
        200,
        &json!({
            "DeploymentProcessId": project.process(),
            "LastReleaseVersion": last,
            "NextVersionIncrement": versions::next(&project.version_template, last),
            "VersioningPackageStepName": null,
            "VersioningPackageReferenceName": null,
            "Packages": packages(world, project, channel),
            "GitResources": git_resources(project, channel),
            "Links": {},
        }),
    ))
}

fn packages(world: &World, project: &Project, channel: &Channel) -> Vec<Value> {
    let last = world.releases.iter().rev().find(|it| it.project == project.id);
    let uses = world.package_uses(project, channel);
    let package = |(step, used): &(&Step, &PackageUseSeed)| {
        let feed = world.find_package(&project.space, used).map(|(feed, _)| feed);
        let is_same = |it: &&SelectedPackage| it.step == step.seed.name && it.reference == used.reference;
        let selected = last.and_then(|it| it.packages.iter().find(is_same)).map(|it| it.version.as_str());
        json!({
            "ActionName": step.seed.name,
            "StepName": step.seed.name,
            "PackageId": used.id,
            "PackageReferenceName": used.reference,
            "FeedId": feed.map(|it| it.id.as_str()).or(used.feed.as_deref()),
            "FeedName": feed.map(|it| it.name.as_str()),
            "IsResolvable": !used.id.contains("#{"),
            "VersionSelectedLastRelease": selected,
            "FixedVersion": used.fixed_version,
            "ProjectName": null,
        })
    };
    uses.iter().map(package).collect()
}

fn git_resources(project: &Project, channel: &Channel) -> Vec<Value> {
    let for_channel = |step: &&Step| {
        !step.seed.disabled && (step.seed.channels.is_empty() || step.seed.channels.contains(&channel.name))
    };
    let steps = project.steps.iter().filter(for_channel);
    let all = steps.flat_map(|step| step.seed.git_resources.iter().map(move |it| (step, it)));
    let document = |(step, resource): (&Step, &GitResourceSeed)| {
        json!({
            "ActionName": step.seed.name,
            "Name": resource.name,
            "RepositoryUri": resource.repository,
            "DefaultBranch": resource.default_branch,
            "IsResolvable": true,
            "GitCredentialId": null,
            "FilePathFilters": [],
            "GitResourceSelectedLastRelease": null,
        })
    };
    all.map(document).collect()
}

/// `GET projects/{id}/deploymentsettings`.
pub(super) fn settings(world: &mut World, call: &Call<'_>) -> Answer {
    let project = projects::of_path(world, call)?;
    if project.version_control.is_some() {
        return Err(Refusal::bad(format!(
            "The project '{}' is version controlled: its settings are read by a git reference.",
            project.name
        )));
    }
    Ok(settings_document(project))
}

/// `GET projects/{id}/{gitRef}/deploymentsettings`.
pub(super) fn settings_of_ref(world: &mut World, call: &Call<'_>) -> Answer {
    Ok(settings_document(at_ref(world, call)?))
}

fn settings_document(project: &Project) -> Response {
    let connectivity = json!({
        "SkipMachineBehavior": "None",
        "TargetRoles": [],
        "AllowDeploymentsToNoTargets": project.allow_no_machines,
    });
    Response::json(
        200,
        &json!({
            "Id": format!("deploymentsettings-{}", project.id),
            "SpaceId": project.space,
            "ProjectId": project.id,
            "VersioningStrategy": { "Template": project.version_template, "DonorPackage": null },
            "ReleaseNotesTemplate": project.release_notes_template,
            "DefaultGuidedFailureMode": projects::guided_name(project.guided_failure),
            "ForcePackageDownload": false,
            "ConnectivityPolicy": connectivity,
            "Links": {},
        }),
    )
}
