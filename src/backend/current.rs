//! What an environment has now: the question, and the answer for each of its targets.

use jiff::Timestamp;

use crate::model::{ChannelName, EnvironmentName, ProjectName, Release, TenantTarget, Tenants};

use super::TargetId;

/// The question what an environment has now.
#[derive(Debug, Clone, Copy)]
pub struct CurrentQuery<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// The tenants, each of which has its own release. `*` and tags mean those that are linked to project and
    /// environment.
    pub tenants: &'a Tenants,
    /// Only releases of this channel; `None` = of any.
    pub channel: Option<&'a ChannelName>,
}

/// What an environment has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentReleases {
    /// Its targets: one without tenants, otherwise one for each tenant. Empty = no tenant is linked.
    pub targets: Vec<CurrentTarget>,
}

/// What one target has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentTarget {
    /// The target.
    pub target: TenantTarget,
    /// The same in the server's ids.
    pub id: TargetId,
    /// The release of the last complete deployment that succeeded; `None` = certainly none did.
    pub now: Option<CurrentRelease>,
}

/// The release that a target has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentRelease {
    /// The release.
    pub release: Release,
    /// The id of the deployment that put it there.
    pub deployment: String,
    /// When that deployment ended, or was requested, where the server does not show its end.
    pub at: Option<Timestamp>,
    /// What the release was made from; `None` = the server does not show it.
    pub source: Option<ReleaseSource>,
}

/// What a release was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseSource {
    /// The branch or tag from which the deployment process was read, for a project that is kept in git.
    pub git_reference: Option<String>,
    /// The commit of that reference.
    pub git_commit: Option<String>,
    /// The builds of its packages, as far as they were pushed to the server.
    pub builds: Vec<PackageBuild>,
}

/// The build that made a package of a release. An empty text is one that the build did not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageBuild {
    /// The package's id.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The branch.
    pub branch: String,
    /// The commit.
    pub commit: String,
    /// The build's number.
    pub number: String,
    /// The build's page.
    pub url: String,
}

impl CurrentReleases {
    /// The release that all targets have; `None` if one has none, or two differ.
    #[must_use]
    pub fn common(&self) -> Option<&CurrentRelease> {
        let first = self.targets.first()?.now.as_ref()?;
        self.has_everywhere(&first.release.id).then_some(first)
    }

    /// Whether there is a target, and every target has the release with this id.
    #[must_use]
    pub fn has_everywhere(&self, release: &str) -> bool {
        let has = |it: &CurrentTarget| it.now.as_ref().is_some_and(|it| it.release.id == release);
        !self.targets.is_empty() && self.targets.iter().all(has)
    }

    /// Whether two targets have different releases, or one has a release and another has none.
    #[must_use]
    pub fn differ(&self) -> bool {
        let id = |it: &CurrentTarget| it.now.as_ref().map(|it| it.release.id.clone());
        self.targets.iter().any(|it| id(it) != self.targets.first().and_then(id))
    }

    /// Whether no target has a release.
    #[must_use]
    pub fn is_nothing_there(&self) -> bool {
        self.targets.iter().all(|it| it.now.is_none())
    }
}

/// The user whose credential is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    /// The server's id, such as `Users-7`.
    pub id: String,
    /// The name used at log-in, which no other user has.
    pub name: String,
    /// The name shown to people; the same as `name` where there is no other.
    pub display_name: String,
}

#[cfg(test)]
mod tests {
    use crate::model::{ReleaseOrigin, ReleaseVersion};

    use super::*;

    fn target(release: Option<&str>) -> CurrentTarget {
        let now = release.map(|id| CurrentRelease {
            release: Release {
                id: id.to_owned(),
                version: ReleaseVersion::new("1"),
                origin: ReleaseOrigin::Found,
                url: String::new(),
            },
            deployment: String::new(),
            at: None,
            source: None,
        });
        CurrentTarget {
            target: TenantTarget { environment: EnvironmentName::new("Test"), tenant: None },
            id: TargetId { environment: String::new(), tenant: None },
            now,
        }
    }

    #[test]
    fn tenants_that_differ_have_no_common_release_and_nothing_is_not_a_difference() {
        for (releases, common, differ, nothing) in [
            (&[][..], None, false, true),
            (&[None], None, false, true),
            (&[Some("a")], Some("a"), false, false),
            (&[Some("a"), Some("a")], Some("a"), false, false),
            (&[Some("a"), Some("b")], None, true, false),
            (&[Some("a"), None], None, true, false),
            (&[None, Some("a")], None, true, false),
        ] {
            let all = CurrentReleases { targets: releases.iter().map(|it| target(*it)).collect() };
            assert_eq!(all.common().map(|it| it.release.id.as_str()), common, "{releases:?}");
            assert_eq!((all.differ(), all.is_nothing_there()), (differ, nothing), "{releases:?}");
            assert_eq!(all.has_everywhere("a"), common == Some("a"), "{releases:?}");
        }
    }
}
