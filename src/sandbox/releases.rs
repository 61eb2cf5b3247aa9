//! Releases: made by the executions API or by the older route, and read in all ways.

use serde_json::{Value, json};

use crate::sandbox::call::{Answer, Body, Call};
use crate::sandbox::exchange::Response;
use crate::sandbox::pages::page;
use crate::sandbox::planning::{Choice, Wishes};
use crate::sandbox::projects;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::seed::Answers;
use crate::sandbox::state::{Channel, GitSelection, Id, Project, Release, SelectedGitResource};
use crate::sandbox::versions;
use crate::sandbox::world::{World, stamp, there};

/// The longest version that the server takes.
const LONGEST_VERSION: usize = 349;

/// What both routes need to make a release.
struct Wanted {
    project: Project,
    channel: Option<String>,
    version: Option<String>,
    notes: String,
    wishes: Wishes,
    git: (Option<String>, Option<String>),
    git_resources: Vec<SelectedGitResource>,
    custom_fields: Vec<(String, String)>,
}

/// Refuses an executions call whose space is not named twice, and as in its path.
///
/// # Errors
///
/// 400, naming what is missing.
pub(super) fn check_space(world: &World, call: &Call<'_>, body: &Body) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    for field in ["SpaceId", "SpaceIdOrName"] {
        let named = body.filled(field);
        let space = world.spaces.iter().find(|it| it.id == call.space);
        let is_same = |it: &String| {
            *it == call.space
                || field == "SpaceIdOrName" && space.is_some_and(|space| space.name.eq_ignore_ascii_case(it))
        };
        match named {
            None => errors.push(format!("The {field} field is required.")),
            Some(named) if !is_same(&named) => {
                errors.push(format!(
                    "{field} is '{named}', which is not the space {} of the path.",
                    call.space
                ));
            }
            Some(_) => {}
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Refusal::all_bad(errors)) }
}

/// The project that an executions call names: by name, slug or id.
///
/// # Errors
///
/// 400: none is named, it is unknown, or it is disabled.
pub(super) fn named_project(world: &World, call: &Call<'_>, body: &Body) -> Result<Project, Refusal> {
    let name =
        body.filled("ProjectName").ok_or_else(|| Refusal::bad("The ProjectName field is required."))?;
    let found = world.find_project(&call.space, &name).cloned();
    let project = found.ok_or_else(|| Refusal::bad(format!("The project '{name}' was not found.")))?;
    if project.disabled {
        return Err(Refusal::bad(format!("The project '{}' is disabled.", project.name)));
    }
    Ok(project)
}

/// `POST releases/create/v1`.
pub(super) fn create_v1(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    check_space(world, call, &body)?;
    let project = named_project(world, call, &body)?;
    world.demand(call, "ReleaseCreate", &project.id, "")?;
    if body.text("ReleaseVersion").is_some_and(|it| it.trim().is_empty()) {
        return Err(Refusal::bad(
            "The ReleaseVersion must not be blank; leave it out to let the server choose.",
        ));
    }
    let mut errors = Vec::new();
    let mut choices = Vec::new();
    for text in body.texts("Packages") {
        match Choice::parse(&text) {
            Ok(choice) => choices.push(choice),
            Err(error) => errors.push(error),
        }
    }
    let mut git_resources = Vec::new();
    for text in body.texts("GitResources") {
        match git_resource(&text) {
            Some(resource) => git_resources.push(resource),
            None => {
                errors.push(format!("'{text}' is not a git resource: it must be Step:ref or Step:Name:ref."))
            }
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    let answers = project.answers;
    let wanted = Wanted {
        channel: body.filled("ChannelName"),
        version: body.filled("ReleaseVersion"),
        notes: body.text("ReleaseNotes").unwrap_or_default(),
        wishes: Wishes {
            default_version: body.filled("PackageVersion"),
            choices,
            pre_release: body.filled("PackagePrerelease"),
            ignore_rules: body.flag("IgnoreChannelRules").unwrap_or(false),
            may_pick: true,
        },
        git: (body.filled("GitRef"), body.filled("GitCommit")),
        git_resources,
        custom_fields: body.object("CustomFields").pairs(),
        project,
    };
    if body.flag("IgnoreIfAlreadyExists") == Some(true)
        && let Some(existing) = existing(world, &wanted)
    {
        return Ok(cased(
            answers,
            201,
            json!({ "ReleaseId": existing.id, "ReleaseVersion": existing.version }),
        ));
    }
    let id = create(world, call, wanted)?;
    let version = world.release(&id).map_or("", |it| it.version.as_str());
    Ok(cased(answers, 201, json!({ "ReleaseId": id, "ReleaseVersion": version })))
}

fn existing<'a>(world: &'a World, wanted: &Wanted) -> Option<&'a Release> {
    world.find_release(&wanted.project.id, wanted.version.as_deref()?)
}

/// The executions API's answer in the casing that the project's seed asks for.
pub(super) fn cased(answers: Answers, status: u16, body: Value) -> Response {
    let body = if answers == Answers::CamelCase { camel_case(body) } else { body };
    Response::json(status, &body)
}

fn camel_case(value: Value) -> Value {
    let lower = |name: &str| {
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |it| it.to_ascii_lowercase().to_string() + letters.as_str())
    };
    match value {
        Value::Object(map) => map.into_iter().map(|(name, it)| (lower(&name), camel_case(it))).collect(),
        Value::Array(items) => items.into_iter().map(camel_case).collect(),
        other => other,
    }
}

fn git_resource(text: &str) -> Option<SelectedGitResource> {
    let parts: Vec<&str> = text.splitn(3, ':').collect();
    let (step, name, git_ref) = match parts.as_slice() {
        [step, git_ref] => (step, "", git_ref),
        [step, name, git_ref] => (step, *name, git_ref),
        _ => return None,
    };
    Some(SelectedGitResource {
        step: (*step).to_owned(),
        name: name.to_owned(),
        git_ref: (*git_ref).to_owned(),
    })
}

/// `POST releases`, the older route.
pub(super) fn create_legacy(world: &mut World, call: &Call<'_>) -> Answer {
    let body = call.body()?;
    let mut errors = Vec::new();
    for field in ["ProjectId", "Version"] {
        if body.filled(field).is_none() {
            errors.push(format!("The {field} field is required."));
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::all_bad(errors));
    }
    let id = body.text("ProjectId").unwrap_or_default();
    let project = world.project(&id).filter(|it| it.space == call.space).cloned();
    let project = project.ok_or_else(|| Refusal::bad(format!("The project '{id}' was not found.")))?;
    world.demand(call, "ReleaseCreate", &project.id, "")?;
    if project.disabled {
        return Err(Refusal::bad(format!("The project '{}' is disabled.", project.name)));
    }
    let choice = |it: Body| Choice {
        name: it.text("ActionName").unwrap_or_default(),
        reference: it.text("PackageReferenceName").unwrap_or_default(),
        version: it.text("Version").unwrap_or_default(),
    };
    let resource = |it: Body| SelectedGitResource {
        step: it.text("ActionName").unwrap_or_default(),
        name: it.text("GitResourceReferenceName").unwrap_or_default(),
        git_ref: it.object("GitReferenceResource").text("GitRef").unwrap_or_default(),
    };
    let git = body.object("VersionControlReference");
    let ignore_rules =
        body.flag("IgnoreChannelRules").or_else(|| call.flag("ignoreChannelRules")).unwrap_or(false);
    let wanted = Wanted {
        channel: body.filled("ChannelId"),
        version: body.filled("Version"),
        notes: body.text("ReleaseNotes").unwrap_or_default(),
        wishes: Wishes {
            choices: body.objects("SelectedPackages").into_iter().map(choice).collect(),
            ignore_rules,
            ..Wishes::default()
        },
        git: (git.filled("GitRef"), git.filled("GitCommit")),
        git_resources: body.objects("SelectedGitResources").into_iter().map(resource).collect(),
        custom_fields: body.object("CustomFields").pairs(),
        project,
    };
    let id = create(world, call, wanted)?;
    Ok(Response::json(201, &document(world, there(world.release(&id), "release", &id)?)))
}

/// Makes the release where nothing speaks against it.
fn create(world: &mut World, call: &Call<'_>, wanted: Wanted) -> Result<Id, Refusal> {
    let project = &wanted.project;
    let git = git_selection(project, &wanted.git)?;
    let version = decide_version(world, project, wanted.version.as_deref())?;
    if let Some(existing) = world.find_release(&project.id, &version) {
        return Err(Refusal::bad(format!(
            "Release version '{}' already exists for this project. Please enter a different version, or use a \
             version mask such as 1.0.i.",
            existing.version
        )));
    }
    let (channel, packages) = match &wanted.channel {
        Some(name) => {
            let found = find_channel(world, &project.id, name);
            let channel =
                found.ok_or_else(|| Refusal::bad(format!("The channel '{name}' was not found.")))?;
            (channel, world.select_packages(project, channel, &wanted.wishes).map_err(Refusal::all_bad)?)
        }
        None => world.best_channel(project, &wanted.wishes)?,
    };
    let unknown = wanted.custom_fields.iter().filter(|(name, _)| !channel.custom_fields.contains(name));
    let unknown: Vec<String> = unknown
        .map(|(name, _)| format!("The channel '{}' has no custom field '{name}'.", channel.name))
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::all_bad(unknown));
    }
    let release = Release {
        id: Id::new(),
        space: call.space.clone(),
        project: project.id.clone(),
        channel: channel.id.clone(),
        version,
        assembled: call.now,
        notes: wanted.notes,
        packages,
        git_resources: wanted.git_resources,
        git,
        custom_fields: wanted.custom_fields,
        defects: Vec::new(),
        variables_version: project.variables_version,
        snapshots: 1,
        ignored_channel_rules: wanted.wishes.ignore_rules,
    };
    let id = world.mint("Releases");
    world.releases.push(Release { id: id.clone(), ..release });
    world.deploy_automatically(&id, call.now);
    Ok(id)
}

fn find_channel<'a>(world: &'a World, project: &str, name: &str) -> Option<&'a Channel> {
    let mut all = world.channels.iter().filter(|it| it.project == project);
    all.find(|it| it.id == name || it.name.eq_ignore_ascii_case(name))
}

fn decide_version(world: &World, project: &Project, wanted: Option<&str>) -> Result<String, Refusal> {
    let last = world.last_version(&project.id);
    let Some(wanted) = wanted.map(str::trim) else {
        return Ok(versions::next(&project.version_template, last));
    };
    let version = versions::unmask(wanted, last);
    if version.chars().count() > LONGEST_VERSION {
        return Err(Refusal::bad(format!(
            "The release version must not be longer than {LONGEST_VERSION} characters."
        )));
    }
    if !versions::is_valid(&version) {
        return Err(Refusal::bad(format!("'{version}' is not a valid version number.")));
    }
    Ok(version)
}

fn git_selection(
    project: &Project,
    (git_ref, commit): &(Option<String>, Option<String>),
) -> Result<Option<GitSelection>, Refusal> {
    let name = &project.name;
    let Some(version_control) = &project.version_control else {
        return match (git_ref, commit) {
            (None, None) => Ok(None),
            _ => Err(Refusal::bad(format!(
                "The project '{name}' is not version controlled: a git reference must not be given."
            ))),
        };
    };
    let Some(git_ref) = git_ref else {
        return Err(Refusal::bad(format!(
            "The project '{name}' is version controlled: a git reference must be given."
        )));
    };
    let full = projects::full_ref(version_control, git_ref).ok_or_else(|| {
        Refusal::bad(format!("The git reference '{git_ref}' was not found in {}.", version_control.url))
    })?;
    if let Some(commit) =
        commit.as_ref().filter(|it| it.len() < 7 || !it.chars().all(|it| it.is_ascii_hexdigit()))
    {
        return Err(Refusal::bad(format!("The git commit '{commit}' was not found.")));
    }
    let commit = commit.clone().unwrap_or_else(|| projects::tip_of(&full));
    Ok(Some(GitSelection { git_ref: full, commit }))
}

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
/// 404 where there is none.
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
mod tests;
