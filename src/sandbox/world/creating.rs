//! New releases, by the executions API or by the older route.

use serde_json::json;

use crate::sandbox::exchange::Response;
use crate::sandbox::world::World;
use crate::sandbox::world::call::{Answer, Body, Call};
use crate::sandbox::world::commands::{cased, check_space, named_project};
use crate::sandbox::world::made::{GitSelection, Release, SelectedGitResource};
use crate::sandbox::world::planning::{Choice, Wishes};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::releases::document;
use crate::sandbox::world::state::{Channel, Id, Project};
use crate::sandbox::world::{projects, there, versions};

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

#[cfg(test)]
mod tests;
