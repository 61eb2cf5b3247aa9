//! Releases: a project's versions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::executions::InSpace;
use super::id::{ChannelId, ProcessId, ProjectId, ReleaseId, SpaceId};
use super::page::Page;
use super::paths::api;
use super::reading::time;
pub use super::release_bodies::CreateReleaseV1;
use super::release_bodies::{ReleaseNotes, SnapshotVariables};
use crate::http::Request;

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Release {
    pub id: ReleaseId,
    /// Its version, as it was written when it was made.
    pub version: String,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// The channel it is on.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    /// When it was made.
    #[serde(default, deserialize_with = "time")]
    pub assembled: Option<Timestamp>,
    #[serde(default)]
    pub release_notes: String,
    /// The versions of the packages it contains; `None` = the document does not say, as an item of a list may not.
    #[serde(default)]
    pub selected_packages: Option<Vec<SelectedPackage>>,
    /// The builds of its packages that were pushed to the server. An item of a list may not say.
    #[serde(default)]
    pub build_information: Vec<BuildInformation>,
    /// The references of its steps' repositories; `None` = the document does not say.
    #[serde(default)]
    pub selected_git_resources: Option<Vec<SelectedGitResource>>,
    /// The commit it was made from, for a project in git.
    #[serde(default)]
    pub version_control_reference: Option<VersionControlReference>,
    /// Its custom fields; `None` = the document does not say.
    #[serde(default)]
    pub custom_fields: Option<BTreeMap<String, String>>,
    /// The process as it was when the release was made.
    #[serde(default)]
    pub project_deployment_process_snapshot_id: Option<ProcessId>,
    /// What a later refresh of its variables must name; absent on older servers.
    #[serde(default)]
    pub variable_snapshot_concurrency_token: Option<String>,
}

/// The version of one package of a release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct SelectedPackage {
    /// The name of the action that uses it.
    #[serde(default)]
    pub action_name: String,
    /// Its name within the action; empty for the main one.
    #[serde(default)]
    pub package_reference_name: String,
    #[serde(default)]
    pub version: String,
}

/// The build that made a package of a release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct BuildInformation {
    #[serde(default)]
    pub package_id: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub branch: String,
    #[serde(default)]
    pub build_number: String,
    /// The build's page.
    #[serde(default)]
    pub build_url: String,
    /// The commit.
    #[serde(default)]
    pub vcs_commit_number: String,
}

/// The reference of one repository that a step of a release reads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelectedGitResource {
    /// The name of the action that uses it.
    #[serde(default)]
    pub action_name: String,
    /// Its name within the action; empty for the main one.
    #[serde(default)]
    pub git_resource_reference_name: String,
    /// What was chosen.
    #[serde(default)]
    pub git_reference_resource: VersionControlReference,
}

/// The place in git that a release was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct VersionControlReference {
    /// The branch or tag.
    #[serde(default)]
    pub git_ref: String,
    #[serde(default)]
    pub git_commit: String,
}

/// What the executions API says of the release it created.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct CreatedRelease {
    pub release_id: ReleaseId,
    /// The version. It may be another than was asked for, and it is the one that counts.
    pub release_version: String,
}

/// A reason to keep a release from going further.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Defect {
    #[serde(default)]
    pub id: String,
    /// What is wrong.
    #[serde(default)]
    pub description: String,
    /// `Unresolved` or `Resolved`.
    pub status: String,
}

impl Defect {
    /// True while it blocks every further deployment of the release.
    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        self.status == "Unresolved"
    }
}

/// The packages of a release that are gone from their feeds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MissingPackages {
    /// One for each that is gone.
    pub packages: Vec<MissingPackage>,
}

/// A package that is gone from its feed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct MissingPackage {
    /// Its id in the feed.
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub version: String,
}

/// An answer of which nothing is needed but that it came: any JSON will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "serde::de::IgnoredAny")]
pub struct Done;

impl From<serde::de::IgnoredAny> for Done {
    fn from(_: serde::de::IgnoredAny) -> Self {
        Self
    }
}

/// Creates a release; the server chooses whatever the body leaves out. Answers 201.
pub fn create_v1(space: &SpaceId, body: &CreateReleaseV1) -> Request<CreatedRelease> {
    Request::post(api(&[space.as_str(), "releases", "create", "v1"])).json(InSpace { space, body })
}

/// One release.
pub fn get(space: &SpaceId, release: &ReleaseId) -> Request<Release> {
    Request::get(api(&[space.as_str(), "releases", release.as_str()]))
}

/// The release of a project with exactly this version.
pub fn by_version(space: &SpaceId, project: &ProjectId, version: &str) -> Request<Release> {
    Request::get(api(&[space.as_str(), "projects", project.as_str(), "releases", version]))
}

/// The newest `take` releases of a project, the latest assembled first; `search` keeps those whose version
/// contains it.
pub fn of_project(
    space: &SpaceId,
    project: &ProjectId,
    search: Option<&str>,
    take: u32,
) -> Request<Page<Release>> {
    after(space, project, search, 0, take)
}

/// The `take` releases of a project that follow the newest `skip`, as [`of_project`] has them.
pub fn after(
    space: &SpaceId,
    project: &ProjectId,
    search: Option<&str>,
    skip: u32,
    take: u32,
) -> Request<Page<Release>> {
    Request::get(api(&[space.as_str(), "projects", project.as_str(), "releases"]))
        .with_some("searchByVersion", search)
        .with("skip", skip.to_string())
        .with("take", take.to_string())
}

/// The newest `take` releases on a channel, the latest assembled first.
pub fn of_channel(
    space: &SpaceId,
    project: &ProjectId,
    channel: &ChannelId,
    take: u32,
) -> Request<Page<Release>> {
    let segments = [space.as_str(), "projects", project.as_str(), "channels", channel.as_str(), "releases"];
    Request::get(api(&segments)).with("skip", "0").with("take", take.to_string())
}

/// The defects of a release.
pub fn defects(space: &SpaceId, release: &ReleaseId) -> Request<Page<Defect>> {
    Request::get(of_release(space, release, &["defects"]))
}

/// Takes the project's variables into the release again, for this and every later deployment of it. With
/// a token, the server refuses when someone else did so in between.
pub fn snapshot_variables(space: &SpaceId, release: &ReleaseId, token: Option<&str>) -> Request<Release> {
    let body = SnapshotVariables {
        release_id: release,
        space_id: space,
        variable_snapshot_concurrency_token: token,
    };
    Request::post(of_release(space, release, &["snapshot-variables"])).json(body)
}

/// The packages of a release that are gone from their feeds.
pub fn missing_packages(space: &SpaceId, release: &ReleaseId) -> Request<MissingPackages> {
    Request::get(of_release(space, release, &["missingpackages"]))
}

/// Replaces the notes of a release.
pub fn set_release_notes(space: &SpaceId, release: &ReleaseId, notes: &str) -> Request<Done> {
    let body = ReleaseNotes { release_id: release, space_id: space, release_notes: notes };
    Request::post(of_release(space, release, &["release-notes"])).json(body).or_nothing()
}

/// A path below a release.
pub(super) fn of_release(space: &SpaceId, release: &ReleaseId, rest: &[&str]) -> String {
    let mut segments = vec![space.as_str(), "releases", release.as_str()];
    segments.extend(rest);
    api(&segments)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::Method;

    fn space() -> SpaceId {
        SpaceId::new("Spaces-1").unwrap()
    }

    #[test]
    fn a_release_is_created_with_the_space_in_three_places() {
        let body = CreateReleaseV1 {
            project_name: "web-shop".to_owned(),
            release_version: Some("1.4.7".to_owned()),
            packages: vec!["Deploy web:1.4.7".to_owned()],
            custom_fields: [("Ticket".to_owned(), "OPS-11".to_owned())].into(),
            ..CreateReleaseV1::default()
        };
        let request = create_v1(&space(), &body);
        assert_eq!(
            (request.method, request.target().as_str()),
            (Method::Post, "/api/Spaces-1/releases/create/v1")
        );
        assert_eq!(
            request.body.unwrap(),
            json!({ "SpaceId": "Spaces-1", "SpaceIdOrName": "Spaces-1", "ProjectName": "web-shop",
                    "ReleaseVersion": "1.4.7", "Packages": ["Deploy web:1.4.7"],
                    "CustomFields": { "Ticket": "OPS-11" },
                    "IgnoreIfAlreadyExists": false, "IgnoreChannelRules": false })
        );
    }

    #[test]
    fn reads_have_these_paths() {
        let (project, release) =
            (ProjectId::new("Projects-21").unwrap(), ReleaseId::new("Releases-310").unwrap());
        let channel = ChannelId::new("Channels-4").unwrap();
        let targets = [
            get(&space(), &release).target(),
            by_version(&space(), &project, "1.0.0+build.5").target(),
            of_project(&space(), &project, Some("1.4"), 10).target(),
            after(&space(), &project, None, 100, 100).target(),
            of_channel(&space(), &project, &channel, 1).target(),
            defects(&space(), &release).target(),
            missing_packages(&space(), &release).target(),
        ];
        assert_eq!(
            targets,
            [
                "/api/Spaces-1/releases/Releases-310",
                "/api/Spaces-1/projects/Projects-21/releases/1.0.0%2Bbuild.5",
                "/api/Spaces-1/projects/Projects-21/releases?searchByVersion=1.4&skip=0&take=10",
                "/api/Spaces-1/projects/Projects-21/releases?skip=100&take=100",
                "/api/Spaces-1/projects/Projects-21/channels/Channels-4/releases?skip=0&take=1",
                "/api/Spaces-1/releases/Releases-310/defects",
                "/api/Spaces-1/releases/Releases-310/missingpackages",
            ]
        );
    }

    #[test]
    fn variables_are_refreshed_with_or_without_a_token() {
        let release = ReleaseId::new("Releases-310").unwrap();
        let request = snapshot_variables(&space(), &release, None);
        assert_eq!(request.target(), "/api/Spaces-1/releases/Releases-310/snapshot-variables");
        assert_eq!(request.body.unwrap(), json!({ "ReleaseId": "Releases-310", "SpaceId": "Spaces-1" }));
        let body = snapshot_variables(&space(), &release, Some("t1")).body.unwrap();
        assert_eq!(body["VariableSnapshotConcurrencyToken"], "t1");
    }

    #[test]
    fn notes_are_replaced() {
        let release = ReleaseId::new("Releases-310").unwrap();
        let request = set_release_notes(&space(), &release, "Build 482");
        assert_eq!(request.target(), "/api/Spaces-1/releases/Releases-310/release-notes");
        assert_eq!(
            request.body.unwrap(),
            json!({ "ReleaseId": "Releases-310", "SpaceId": "Spaces-1", "ReleaseNotes": "Build 482" })
        );
        assert_eq!(crate::octopus::read::<Done>(b"{}").unwrap(), Done);
    }
}
