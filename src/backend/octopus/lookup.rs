//! Finds releases by version, by channel or by a build's marker.

use crate::backend::{BackendError, Context, NewRelease, Proof};
use crate::model::{
    BuildIdentity, ChannelName, ProjectName, Release, ReleaseOrigin, ReleaseVersion, VersionMask,
};
use crate::octopus::{self as api, SpaceId};

use super::Octopus;
use super::newest::{NEWEST, NewestReleases, PAGE, some};
use super::recognition::{Owner, owner, owner_of_version};

impl Octopus {
    /// The release of a project that carries a build's marker. A mask restricts the versions; the create's request, if
    /// given, restricts the search to releases that match it.
    ///
    /// # Errors
    ///
    /// Several releases carry the marker, or only releases that do not match the request; the project does not exist;
    /// no answer; or none of the newest releases carries it and there are older ones.
    pub async fn find_marked(
        &self,
        project: &ProjectName,
        build: &BuildIdentity,
        mask: Option<&VersionMask>,
        asked: Option<&NewRelease<'_>>,
        context: Context<'_>,
    ) -> Result<Option<Release>, BackendError> {
        let space = self.space(context).await?;
        let (project, name) = (self.project_id(project, context).await?, project);
        let search = mask.map(VersionMask::beginning).unwrap_or_default();
        let request = api::release::of_project(&space, &project, some(&search), PAGE);
        let newest = self.look("looking for this build's release", &request, context).await?;
        let NewestReleases { releases: mut found, are_all } =
            self.releases(&space, &project, &search, newest, context).await?;
        found.retain(|it| owner(it, Some(build)) == Owner::ThisBuild && admits(mask, it));
        if let Some(new) = asked {
            let (mut same, mut other) = (Vec::new(), None);
            for release in found {
                match self.as_asked(name, &project, new, release, context).await {
                    Ok(release) => same.push(release),
                    Err(error @ BackendError::ReleaseDiffers { .. }) => other = other.or(Some(error)),
                    Err(error) => return Err(error),
                }
            }
            // A release that a create did not accept belongs to no build; if the create made another one, that one
            // counts.
            if let Some(error) = other.filter(|_| same.is_empty()) {
                return Err(error);
            }
            found = same;
        }
        match found.as_slice() {
            [_, _, ..] => {
                let versions: Vec<_> = found.iter().map(|it| it.version.as_str()).collect();
                Err(BackendError::Impossible(format!(
                    "this build made several releases ({}); say which one by its version",
                    versions.join(", ")
                )))
            }
            [] if !are_all => Err(BackendError::Impossible(format!(
                "none of the newest {NEWEST} releases carries this build's marker, and older ones are not looked at; \
                 give the create a version"
            ))),
            _ => Ok(found.pop().map(|it| self.found(&space, it, ReleaseOrigin::Reattached))),
        }
    }

    /// The release that an earlier run of the context's build created, by its version, with the wanted evidence. If the
    /// create's request is given, the release must match it.
    ///
    /// # Errors
    ///
    /// There is no such release, it is another build's, it does not match the request, the project does not exist, or
    /// no answer.
    pub async fn find_release_of(
        &self,
        project: &ProjectName,
        version: &ReleaseVersion,
        proof: Proof,
        asked: Option<&NewRelease<'_>>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        let space = self.space(context).await?;
        let mut release = self.release_by_version(project, version, context).await?;
        let is_it = match proof {
            Proof::Marker => owner(&release, context.build) == Owner::ThisBuild,
            Proof::Version => owner_of_version(&release, context.build) != Owner::AnotherBuild,
            Proof::Nothing => true,
        };
        if !is_it {
            let version = ReleaseVersion::new(release.version);
            return Err(BackendError::ReleaseExists { project: project.to_string(), version });
        }
        if let Some(new) = asked {
            let id = release.project_id.clone();
            release = self.as_asked(project, &id, new, release, context).await?;
        }
        Ok(self.found(&space, release, ReleaseOrigin::Found))
    }

    /// The release of this version.
    ///
    /// # Errors
    ///
    /// There is no such release, the project does not exist, or no answer.
    pub async fn find_release(
        &self,
        project: &ProjectName,
        version: &ReleaseVersion,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        let space = self.space(context).await?;
        let release = self.release_by_version(project, version, context).await?;
        Ok(self.found(&space, release, ReleaseOrigin::Found))
    }

    async fn release_by_version(
        &self,
        project: &ProjectName,
        version: &ReleaseVersion,
        context: Context<'_>,
    ) -> Result<api::release::Release, BackendError> {
        let space = self.space(context).await?;
        let id = self.project_id(project, context).await?;
        let request = api::release::by_version(&space, &id, version.as_str());
        match self.client.send_retrying(&request, self.patience(context)).await {
            Ok(answer) => Ok(answer.value),
            Err(error) if says_there_is_none(&error) => {
                Err(BackendError::ReleaseNotFound { project: project.to_string(), version: version.clone() })
            }
            Err(error) => Err(BackendError::from_client(format!("looking up release {version}"), error)),
        }
    }

    /// The latest release of a channel; without a name, of the project's default channel.
    ///
    /// # Errors
    ///
    /// There is no release, a name does not exist, or no answer.
    pub async fn latest_release(
        &self,
        project: &ProjectName,
        channel: Option<&ChannelName>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        let space = self.space(context).await?;
        let id = self.project_id(project, context).await?;
        let (channel, name) = self.channel(&id, channel, context).await?;
        let request = api::release::of_channel(&space, &id, &channel, 1);
        let newest =
            self.look("looking up the latest release", &request, context).await?.items.into_iter().next();
        let of = || format!("channel '{name}' of project '{project}'");
        newest
            .map(|it| self.found(&space, it, ReleaseOrigin::Found))
            .ok_or_else(|| BackendError::NoRelease { of: of() })
    }

    pub(super) fn found(
        &self,
        space: &SpaceId,
        release: api::release::Release,
        origin: ReleaseOrigin,
    ) -> Release {
        if let Some(channel) = release.channel_id {
            self.memory().channels_of.insert(release.id.clone(), channel);
        }
        Release {
            url: self.page(space, "releases", release.id.as_str()),
            id: release.id.to_string(),
            version: ReleaseVersion::new(release.version),
            origin,
        }
    }
}

/// Whether a mask can produce a release's version.
pub(super) fn admits(mask: Option<&VersionMask>, release: &api::release::Release) -> bool {
    mask.is_none_or(|it| it.admits(&ReleaseVersion::new(&release.version)))
}

/// A 404 from the server itself. A page that replaces a starting or stopping server proves nothing about a release.
pub(super) fn says_there_is_none(error: &api::Error) -> bool {
    matches!(error, api::Error::Refused { status: 404, error, .. } if error.is_octopus)
}
