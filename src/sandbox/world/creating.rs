//! New releases, by the executions API or by the older route.

use serde_json::json;

use crate::sandbox::message::Response;
use crate::sandbox::world::call::{Answer, Body, Call};
use crate::sandbox::world::commands::{cased, check_space, named_project};
use crate::sandbox::world::lookups::there;
use crate::sandbox::world::made::{GitSelection, Release, SelectedGitResource, SelectedPackage};
use crate::sandbox::world::planning::{Choice, Wishes};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::releases::document;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Channel, Id, Project};
use crate::sandbox::world::{projects, versions};

/// The longest version that the server accepts, in characters.
const LONGEST_VERSION: usize = 349;

/// What both routes read from their bodies.
struct NewReleaseRequest {
    project: Project,
    channel: Option<String>,
    /// The older route takes ids alone.
    names_channel_by_id: bool,
    version: Option<String>,
    /// `None` takes the project's template.
    notes: Option<String>,
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
    let (choices, git_resources) = selections(world, &body)?;
    let answers = project.answers;
    let wanted = NewReleaseRequest {
        channel: body.filled("ChannelName"),
        names_channel_by_id: false,
        version: body.filled("ReleaseVersion"),
        notes: body.text("ReleaseNotes"),
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

/// The packages and git resources that the executions API names in one text each.
fn selections(world: &World, body: &Body) -> Result<(Vec<Choice>, Vec<SelectedGitResource>), Refusal> {
    let mut errors = Vec::new();
    let mut choices = Vec::new();
    for text in body.texts("Packages") {
        match Choice::parse(&text, world.is_at_least("2025.4.10680")) {
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
    if errors.is_empty() { Ok((choices, git_resources)) } else { Err(Refusal::all_bad(errors)) }
}

fn existing<'a>(world: &'a World, wanted: &NewReleaseRequest) -> Option<&'a Release> {
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
    let project = project_by_id(world, call, &body)?;
    // Older clients name the step, and newer ones the action in it; here each step has one action.
    let choice = |it: Body| Choice {
        name: it.filled("ActionName").or_else(|| it.filled("StepName")).unwrap_or_default(),
        reference: it.text("PackageReferenceName").unwrap_or_default(),
        version: it.text("Version").unwrap_or_default(),
    };
    let names_step =
        |it: &Choice| project.steps.iter().any(|step| step.seed.name.eq_ignore_ascii_case(&it.name));
    let resource = |it: Body| SelectedGitResource {
        step: it.text("ActionName").unwrap_or_default(),
        name: it.text("GitResourceReferenceName").unwrap_or_default(),
        git_ref: it.object("GitReferenceResource").text("GitRef").unwrap_or_default(),
    };
    let git = body.object("VersionControlReference");
    let ignore_rules =
        body.flag("IgnoreChannelRules").or_else(|| call.flag("ignoreChannelRules")).unwrap_or(false);
    let wanted = NewReleaseRequest {
        channel: body.filled("ChannelId"),
        names_channel_by_id: true,
        version: body.filled("Version"),
        notes: body.text("ReleaseNotes"),
        wishes: Wishes {
            choices: body.objects("SelectedPackages").into_iter().map(choice).filter(names_step).collect(),
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

/// The project that the older route names by its id.
fn project_by_id(world: &World, call: &Call<'_>, body: &Body) -> Result<Project, Refusal> {
    let missing = ["ProjectId", "Version"].into_iter().filter(|it| body.filled(it).is_none());
    let errors: Vec<String> = missing.map(|it| format!("The {it} field is required.")).collect();
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
    Ok(project)
}

/// Makes the release.
///
/// # Errors
///
/// 400, with every reason.
fn create(world: &mut World, call: &Call<'_>, wanted: NewReleaseRequest) -> Result<Id, Refusal> {
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
    let (channel, packages) = channel_and_packages(world, &wanted)?;
    check_custom_fields(channel, &wanted.custom_fields)?;
    let release = Release {
        id: Id::new(),
        space: call.space.clone(),
        project: project.id.clone(),
        channel: channel.id.clone(),
        version,
        assembled: call.now,
        notes: wanted.notes.or_else(|| project.release_notes_template.clone()).unwrap_or_default(),
        packages,
        git_resources: wanted.git_resources,
        git,
        custom_fields: wanted.custom_fields,
        defects: Vec::new(),
        steps: project.steps.clone(),
        variables: project.variables.clone(),
        variables_version: project.variables_version,
        snapshots: 1,
        ignored_channel_rules: wanted.wishes.ignore_rules,
        made_by: call.user.clone(),
    };
    let notes = world.evaluated_notes(&release);
    let id = world.mint("Releases");
    world.releases.push(Release { id: id.clone(), notes, ..release });
    world.plan_automatic(&id, call.now);
    Ok(id)
}

/// The channel that is named or else the best one, and the packages that the release takes in it.
fn channel_and_packages<'a>(
    world: &'a World,
    wanted: &NewReleaseRequest,
) -> Result<(&'a Channel, Vec<SelectedPackage>), Refusal> {
    let project = &wanted.project;
    let Some(name) = &wanted.channel else { return world.best_channel(project, &wanted.wishes) };
    let found = match wanted.names_channel_by_id {
        true => world.channel(name).filter(|it| it.project == project.id),
        false => find_channel(world, &project.id, name),
    };
    let channel = found.ok_or_else(|| Refusal::bad(format!("The channel '{name}' was not found.")))?;
    let packages = world.select_packages(project, channel, &wanted.wishes).map_err(Refusal::all_bad)?;
    Ok((channel, packages))
}

fn check_custom_fields(channel: &Channel, fields: &[(String, String)]) -> Result<(), Refusal> {
    let unknown = fields.iter().filter(|(name, _)| !channel.custom_fields.contains(name));
    let errors: Vec<String> = unknown
        .map(|(name, _)| format!("The channel '{}' has no custom field '{name}'.", channel.name))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Refusal::all_bad(errors)) }
}

fn find_channel<'a>(world: &'a World, project: &str, name: &str) -> Option<&'a Channel> {
    let by_id = world.channels.iter().find(|it| it.project == project && it.id == name);
    let named = |it: &&Channel| it.project == project && it.name.eq_ignore_ascii_case(name);
    by_id.or_else(|| world.channels.iter().find(named))
}

fn decide_version(world: &World, project: &Project, wanted: Option<&str>) -> Result<String, Refusal> {
    let last = world.last_version(&project.id);
    let Some(wanted) = wanted.map(str::trim) else {
        return Ok(versions::next(&project.version_template, last));
    };
    let of_project = world.releases.iter().filter(|it| it.project == project.id);
    let version = versions::unmask(wanted, of_project.map(|it| it.version.as_str()));
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
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::{Bench, assert_refused, error_of};

    fn packages(bench: &mut Bench, project: &str, version: &str) -> Vec<(String, String, String)> {
        let release = bench.get(&format!("/api/Spaces-1/projects/{project}/releases/{version}"));
        let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        let all = release["SelectedPackages"].as_array().unwrap();
        all.iter()
            .map(|it| (text(it, "ActionName"), text(it, "PackageReferenceName"), text(it, "Version")))
            .collect()
    }

    #[test]
    fn a_second_release_of_a_version_is_refused_or_handed_back() {
        let mut bench = Bench::new();
        let (_, first) = bench.create("Web Shop", "1.4.7", json!({}));
        let (status, refused) = bench.create("Web Shop", "1.4.7", json!({ "IgnoreIfAlreadyExists": false }));
        assert_eq!(status, 400);
        assert!(error_of(&refused).contains("'1.4.7' already exists for this project"), "{refused}");
        let (status, again) = bench.create(
            "Web Shop",
            "1.4.7",
            json!({ "IgnoreIfAlreadyExists": true, "Packages": ["*:1.4.7"] }),
        );
        assert_eq!((status, again), (201, first));
        assert_eq!(
            bench.create("Quick Shop", "1.4.7", json!({})).0,
            201,
            "another project's version is its own"
        );
    }

    #[test]
    fn without_a_version_every_call_makes_the_next_one() {
        let mut bench = Bench::new();
        let body = json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "Web Shop" });
        let template = bench.get("/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-1/template");
        assert_eq!(
            (template["LastReleaseVersion"].as_str(), template["NextVersionIncrement"].as_str()),
            (Some("1.4.6"), Some("1.4.7"))
        );
        for version in ["1.4.7", "1.4.8"] {
            let (status, made) = bench.ask("POST", "/api/releases/create/v1", body.clone());
            assert_eq!((status, made["ReleaseVersion"].as_str()), (201, Some(version)));
        }
        let (_, masked) = bench.create("Web Shop", "1.4.i", json!({}));
        assert_eq!(masked["ReleaseVersion"], "1.4.9", "the answer names another version than was asked for");
        assert_refused(bench.create("Web Shop", "", json!({})), "blank");
        assert_refused(bench.create("Web Shop", &"1".repeat(350), json!({})), "349");
        assert_eq!(bench.create("Web Shop", &"1".repeat(349), json!({})).0, 201);
        assert_refused(bench.create("Web Shop", "one two", json!({})), "not a valid version");
    }

    #[test]
    fn packages_are_picked_or_named() {
        let mut bench = Bench::new();
        let all = |versions: [&str; 3]| -> Vec<(String, String, String)> {
            let names = [("Migrate", ""), ("Migrate", "scripts"), ("Deploy web", "")];
            let own = |((step, reference), version): (&(&str, &str), &&str)| {
                ((*step).to_owned(), (*reference).to_owned(), (*version).to_owned())
            };
            names.iter().zip(&versions).map(own).collect()
        };
        bench.create("Web Shop", "10.0.0", json!({}));
        assert_eq!(
            packages(&mut bench, "web-shop", "10.0.0"),
            all(["2.0.0", "1.4.2", "2.1.0"]),
            "the latest"
        );
        let named =
            json!({ "PackageVersion": "1.4.6", "Packages": ["Migrate:scripts:1.1.0", "shop.web:1.5.0"] });
        assert_eq!(bench.create("Web Shop", "10.0.1", named).0, 201);
        assert_eq!(packages(&mut bench, "web-shop", "10.0.1"), all(["1.4.6", "1.1.0", "1.5.0"]));
        let tagged =
            json!({ "PackagePrerelease": "rc", "Packages": ["Migrate:1.4.2", "Migrate:scripts:1.4.2"] });
        assert_eq!(bench.create("Web Shop", "10.0.2", tagged).0, 201);
        assert_eq!(packages(&mut bench, "web-shop", "10.0.2")[2].2, "2.1.0-rc.1");
        assert_refused(
            bench.create("Web Shop", "10.1.0", json!({ "Packages": ["Deploy web:9.9.9"] })),
            "9.9.9",
        );
        assert_refused(bench.create("Web Shop", "10.1.0", json!({ "Packages": ["9.9.9"] })), "Step:Version");
        assert_refused(
            bench.create("Web Shop", "10.1.0", json!({ "PackagePrerelease": "alpha" })),
            "none was found",
        );
    }

    #[test]
    fn a_channels_rules_hold_unless_they_are_ignored() {
        let mut bench = Bench::new();
        let hotfix =
            |version: &str| json!({ "ChannelName": "hotfix", "Packages": [format!("Deploy web:{version}")] });
        assert_refused(
            bench.create("Web Shop", "10.0.0", hotfix("1.5.0")),
            "version rule of the channel 'Hotfix'",
        );
        assert_refused(bench.create("Web Shop", "10.0.0", hotfix("2.1.0-rc.1")), "version rule");
        assert_eq!(bench.create("Web Shop", "10.0.0", hotfix("2.0.1")).0, 201);
        let mut ignoring = hotfix("1.5.0");
        ignoring["IgnoreChannelRules"] = json!(true);
        assert_eq!(bench.create("Web Shop", "10.0.1", ignoring).0, 201);
        assert_eq!(bench.create("Web Shop", "10.0.2", json!({ "ChannelName": "Channels-2" })).0, 201);
        assert_eq!(packages(&mut bench, "web-shop", "10.0.2")[2].2, "2.1.0", "picked within the rules");
        assert_refused(
            bench.create("Web Shop", "10.0.3", json!({ "ChannelName": "Hotfx" })),
            "channel 'Hotfx'",
        );
        let (status, _) = bench.deploy("Web Shop", "10.0.0", &["Test"], json!({}));
        assert_eq!(status, 200, "the channel's own lifecycle begins with Test");
    }

    #[test]
    fn a_channel_is_found_where_none_is_named() {
        let mut bench = Bench::changed(|seed| {
            let rule = json!([{ "versionRange": "[1.0,2.0)", "steps": ["Deploy web"] }]);
            seed["spaces"][0]["projects"][0]["channels"][0]["rules"] = rule;
        });
        let channel = |bench: &mut Bench, version: &str, package: &str| {
            let (status, made) =
                bench.create("Web Shop", version, json!({ "Packages": [format!("Deploy web:{package}")] }));
            assert_eq!(status, 201, "{made}");
            bench.get(&format!("/api/Spaces-1/projects/web-shop/releases/{version}"))["ChannelId"].clone()
        };
        assert_eq!(channel(&mut bench, "10.0.0", "1.5.0"), "Channels-1");
        assert_eq!(channel(&mut bench, "10.0.1", "2.0.1"), "Channels-2", "the only one that fits");
        let neither = bench.create("Web Shop", "10.0.2", json!({ "Packages": ["Deploy web:2.1.0-rc.1"] }));
        assert_refused(neither, "Channel 'Hotfix'");
    }

    #[test]
    fn a_git_reference_is_for_version_controlled_projects_alone() {
        let mut bench = Bench::new();
        assert_refused(bench.create("Infra", "1.0.0", json!({})), "must be given");
        assert_refused(
            bench.create("Web Shop", "1.4.7", json!({ "GitRef": "refs/heads/main" })),
            "must not be given",
        );
        assert_refused(
            bench.create("Web Shop", "1.4.7", json!({ "GitCommit": "3f1c3f1c" })),
            "must not be given",
        );
        assert_refused(
            bench.create("Infra", "1.0.0", json!({ "GitRef": "refs/heads/mian" })),
            "'refs/heads/mian'",
        );
        let more = json!({ "GitRef": "main", "GitResources": ["Apply manifests:refs/tags/v1.4.7"] });
        assert_eq!(bench.create("Infra", "1.0.0", more).0, 201);
        let release = bench.get("/api/Spaces-1/projects/infra/releases/1.0.0");
        assert_eq!(release["VersionControlReference"]["GitRef"], "refs/heads/main");
        assert_eq!(release["VersionControlReference"]["GitCommit"].as_str().unwrap().len(), 40);
        assert_eq!(release["SelectedGitResources"][0]["GitReferenceResource"]["GitRef"], "refs/tags/v1.4.7");
    }

    #[test]
    fn custom_fields_are_those_of_the_channel() {
        let mut bench = Bench::new();
        assert_refused(
            bench.create("Web Shop", "1.4.7", json!({ "CustomFields": { "Tikcet": "1" } })),
            "'Tikcet'",
        );
        assert_eq!(
            bench.create("Web Shop", "1.4.7", json!({ "CustomFields": { "Ticket": "OPS-11" } })).0,
            201
        );
        let release = bench.get("/api/Spaces-1/projects/web-shop/releases/1.4.7");
        assert_eq!(release["CustomFields"], json!({ "Ticket": "OPS-11" }));
    }

    #[test]
    fn the_older_route_takes_the_names_of_steps_for_those_of_their_actions() {
        let mut bench = Bench::new();
        let by_step = |step: &str, reference: &str, version: &str| json!({ "StepName": step, "PackageReferenceName": reference, "Version": version });
        let body = json!({ "ProjectId": "Projects-1", "Version": "1.4.7", "SelectedPackages": [
            by_step("Migrate", "", "1.4.7"), by_step("Migrate", "scripts", "1.0.0"),
            { "StepName": "Deploy web", "Version": "1.5.0" }, by_step("Nobody", "", "9.9.9") ] });
        let (status, made) = bench.ask("POST", "/api/Spaces-1/releases", body.clone());
        assert_eq!(status, 201, "{made}");
        let versions: Vec<String> =
            packages(&mut bench, "web-shop", "1.4.7").into_iter().map(|it| it.2).collect();
        assert_eq!(versions, ["1.4.7", "1.0.0", "1.5.0"]);
        let mut body = body;
        body["Version"] = json!("1.4.8");
        body["ChannelId"] = json!("Default");
        assert_refused(bench.ask("POST", "/api/Spaces-1/releases", body.clone()), "channel 'Default'");
        body["SelectedPackages"][2]["StepName"] = json!("Shop.Web");
        body["ChannelId"] = json!("Channels-1");
        assert_refused(bench.ask("POST", "/api/Spaces-1/releases", body), "step 'Deploy web'");
    }

    #[test]
    fn a_reference_is_compared_by_its_name_and_what_names_nothing_is_passed_over() {
        let mut bench = Bench::new();
        for (number, text, web) in [
            (0, "Deploy web:Shop.Web:1.4.5", "2.1.0"),
            (1, "Deploy web::1.4.5", "1.4.5"),
            (2, "Deploy web:*:1.4.5", "1.4.5"),
            (3, "Shop.Web/1.4.5", "1.4.5"),
            (4, "Deply web=1.4.5", "2.1.0"),
            (5, "Shop.Web:*:1.4.5", "1.4.5"),
        ] {
            let version = format!("20.0.{number}");
            let (status, made) = bench.create("Web Shop", &version, json!({ "Packages": [text] }));
            assert_eq!(status, 201, "{text}: {made}");
            assert_eq!(packages(&mut bench, "web-shop", &version)[2].2, web, "{text}");
        }
        let twice = json!({ "Packages": ["Deploy web:1.5.0", "Deploy web:1.4.5"] });
        bench.create("Web Shop", "21.0.0", twice);
        assert_eq!(packages(&mut bench, "web-shop", "21.0.0")[2].2, "1.5.0", "the higher one wins");
    }

    #[test]
    fn a_mask_counts_on_from_the_versions_that_begin_as_it_does() {
        let mut bench = Bench::new();
        for (mask, version) in
            [("9.1.i", "9.1.1"), ("9.1.i", "9.1.2"), ("1.4.i", "1.4.7"), ("1.c.i", "1.4.8")]
        {
            let (_, made) = bench.create("Web Shop", mask, json!({}));
            assert_eq!(made["ReleaseVersion"], version, "{mask}");
        }
    }

    #[test]
    fn the_older_route_wants_ids_and_every_package() {
        let mut bench = Bench::new();
        let mut body = json!({ "ProjectId": "Projects-1", "ChannelId": "Channels-1", "Version": "1.4.7", "ReleaseNotes": "Build 482",
            "SelectedPackages": [
                { "ActionName": "Migrate", "PackageReferenceName": "", "Version": "1.4.7" },
                { "ActionName": "Migrate", "PackageReferenceName": "scripts", "Version": "1.0.0" },
            ] });
        assert_refused(bench.ask("POST", "/api/Spaces-1/releases", body.clone()), "step 'Deploy web'");
        let web = json!({ "ActionName": "Deploy web", "PackageReferenceName": "", "Version": "1.4.7" });
        body["SelectedPackages"].as_array_mut().unwrap().push(web);
        let (status, made) =
            bench.ask("POST", "/api/Spaces-1/releases?ignoreChannelRules=false", body.clone());
        assert_eq!((status, made["ReleaseNotes"].as_str()), (201, Some("Build 482")), "{made}");
        assert_refused(bench.ask("POST", "/api/Spaces-1/releases", body), "already exists");
        assert_refused(bench.ask("POST", "/api/Spaces-1/releases", json!({})), "Version field");
    }
}
