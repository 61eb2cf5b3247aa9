//! Channels: each gives a project's releases a lifecycle and rules for package versions.

use serde::Deserialize;

use super::id::{ChannelId, ProjectId, SpaceId};
use super::page::Page;
use super::paths::{EVERYTHING, api};
use crate::http::Request;

/// One channel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Channel {
    pub id: ChannelId,
    pub name: String,
    /// Its name as it appears in addresses; empty on servers that have none.
    #[serde(default)]
    pub slug: String,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// True for the channel that a release gets when no other is chosen.
    #[serde(default)]
    pub is_default: bool,
    /// Its lifecycle; none means the project's.
    #[serde(default)]
    pub lifecycle_id: Option<String>,
    /// Which package versions it takes.
    #[serde(default)]
    pub rules: Vec<ChannelRule>,
    /// Fields that a release on this channel may, or must, carry.
    #[serde(default)]
    pub custom_field_definitions: Vec<CustomField>,
}

/// Which versions of some packages a channel takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChannelRule {
    /// The range of versions, such as `[2.0,3.0)`; empty means any.
    #[serde(default)]
    pub version_range: String,
    /// A regular expression that the pre-release tag matches; empty means any.
    #[serde(default)]
    pub tag: String,
    /// The packages that the rule is about.
    #[serde(default)]
    pub action_packages: Vec<ActionPackage>,
    /// The steps that the rule is about, on servers from before packages had names.
    #[serde(default)]
    pub actions: Vec<String>,
}

/// One package of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActionPackage {
    /// The name of the step.
    #[serde(default)]
    pub deployment_action: String,
    /// The name of the package within the step; empty for its main one.
    #[serde(default)]
    pub package_reference: String,
}

/// A field that releases of a channel carry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct CustomField {
    pub field_name: String,
}

/// All channels of a project.
pub fn of_project(space: &SpaceId, project: &ProjectId) -> Request<Page<Channel>> {
    Request::get(api(&[space.as_str(), "projects", project.as_str(), "channels"]))
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// The channels of all projects whose name contains `partial_name`. The server's match is a loose one: compare the
/// names afterwards, ignoring case.
pub fn named(space: &SpaceId, partial_name: &str) -> Request<Page<Channel>> {
    Request::get(api(&[space.as_str(), "channels"]))
        .with("partialName", partial_name)
        .with("skip", "0")
        .with("take", EVERYTHING)
}

/// One channel.
pub fn get(space: &SpaceId, channel: &ChannelId) -> Request<Channel> {
    Request::get(api(&[space.as_str(), "channels", channel.as_str()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let space = SpaceId::new("Spaces-1").unwrap();
        assert_eq!(
            of_project(&space, &ProjectId::new("Projects-21").unwrap()).target(),
            "/api/Spaces-1/projects/Projects-21/channels?skip=0&take=2147483647"
        );
        assert_eq!(
            named(&space, "Hotfix").target(),
            "/api/Spaces-1/channels?partialName=Hotfix&skip=0&take=2147483647"
        );
        assert_eq!(
            get(&space, &ChannelId::new("Channels-4").unwrap()).target(),
            "/api/Spaces-1/channels/Channels-4"
        );
    }
}
