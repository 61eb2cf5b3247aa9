//! The bodies that create and edit a release.

use std::collections::BTreeMap;

use serde::Serialize;

use super::id::{ReleaseId, SpaceId};

/// The body that creates a release with the executions API. Fields that are `None` or empty are not sent, and
/// left to the server.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateReleaseV1 {
    /// The project's name, slug or id.
    pub project_name: String,
    /// The version. `None` lets the server count, which makes a repeated call a second release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_version: Option<String>,
    /// The channel's name or id. `None` lets the server choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_name: Option<String>,
    /// The version of every package that `packages` does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_version: Option<String>,
    /// Versions of single packages, as `Step:Version` or `Step:PackageReference:Version`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// Where the server chooses a version, look at pre-releases with this tag only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_prerelease: Option<String>,
    /// The branch or tag. Must be set for a project in git, and must not be for any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// The commit; only together with `git_ref`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_commit: Option<String>,
    /// References of git resources, as `Step:ref` or `Step:ResourceName:ref`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub git_resources: Vec<String>,
    /// The notes, in Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_notes: Option<String>,
    /// Values of fields that the channel defines.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<String, String>,
    /// True to be handed the release that has this version already, whatever its packages are.
    pub ignore_if_already_exists: bool,
    /// True to let packages break the channel's version rules.
    pub ignore_channel_rules: bool,
}

/// The body that takes the project's variables into a release again.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SnapshotVariables<'a> {
    pub(super) release_id: &'a ReleaseId,
    pub(super) space_id: &'a SpaceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) variable_snapshot_concurrency_token: Option<&'a str>,
}

/// The body that replaces the notes of a release.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReleaseNotes<'a> {
    pub(super) release_id: &'a ReleaseId,
    pub(super) space_id: &'a SpaceId,
    pub(super) release_notes: &'a str,
}
