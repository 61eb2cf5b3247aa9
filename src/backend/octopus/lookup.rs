//! Finds releases: by version, by channel, by a build's marker.

use futures_util::stream::{self, StreamExt as _};

use crate::backend::{BackendError, Call};
use crate::model::{
    BuildIdentity, ChannelName, ProjectName, Release, ReleaseOrigin, ReleaseVersion, VersionMask,
};
use crate::octopus::{self as api, Page, ProjectId, SpaceId};

use super::Octopus;
use super::ground::PAGE;
use super::recognition::{Owner, owner};

/// How many pages of releases are read at most, and how many of them at once.
const PAGES: u32 = 100;
const AT_ONCE: usize = 8;

impl Octopus {
    /// The release of a project that carries a build's marker. With a mask, of those whose version it admits.
    ///
    /// # Errors
    ///
    /// Several carry it, a project that does not exist, no answer, or more releases than are looked at.
    pub async fn find_marked(
        &self,
        project: &ProjectName,
        build: &BuildIdentity,
        mask: Option<&VersionMask>,
        call: Call<'_>,
    ) -> Result<Option<Release>, BackendError> {
        let space = self.space(call).await?;
        let project = self.project_id(project, call).await?;
        let search = mask.map(VersionMask::beginning).unwrap_or_default();
        let request = api::release::of_project(&space, &project, some(&search), PAGE);
        let newest = self.look("looking for this build's release", &request, call).await?;
        let mut found = self.releases(&space, &project, &search, newest, call).await?;
        found.retain(|it| owner(it, Some(build)) == Owner::ThisBuild && admits(mask, it));
        match found.as_slice() {
            [_, _, ..] => {
                let versions: Vec<_> = found.iter().map(|it| it.version.as_str()).collect();
                Err(BackendError::Impossible(format!(
                    "this build made several releases ({}); say which one by its version",
                    versions.join(", ")
                )))
            }
            _ => Ok(found.pop().map(|it| self.found(&space, it, ReleaseOrigin::Reattached))),
        }
    }

    /// All releases whose version contains `search`, newest first, of which `newest` are read already.
    pub(super) async fn releases(
        &self,
        space: &SpaceId,
        project: &ProjectId,
        search: &str,
        newest: Page<api::release::Release>,
        call: Call<'_>,
    ) -> Result<Vec<api::release::Release>, BackendError> {
        // A server may hand out fewer than were asked for; what follows is counted from what came.
        let step = u32::try_from(newest.items.len()).unwrap_or(PAGE).clamp(1, PAGE);
        let Some(total) = newest.total_results else {
            return self.releases_one_by_one(space, project, search, newest.items, call).await;
        };
        let mut all = newest.items;
        let pages = total.div_ceil(u64::from(step));
        if pages > u64::from(PAGES) {
            return Err(too_many());
        }
        let pages = u32::try_from(pages).unwrap_or(PAGES);
        let more: Vec<_> =
            (1..pages).map(|it| api::release::after(space, project, some(search), it * step, step)).collect();
        let mut answers = stream::iter(more)
            .map(|request| async move { self.look("looking through the releases", &request, call).await })
            .buffered(AT_ONCE);
        while let Some(page) = answers.next().await {
            all.extend(page?.items);
        }
        Ok(all)
    }

    /// The same where the server does not say how many there are: page after page, until one is not full.
    async fn releases_one_by_one(
        &self,
        space: &SpaceId,
        project: &ProjectId,
        search: &str,
        newest: Vec<api::release::Release>,
        call: Call<'_>,
    ) -> Result<Vec<api::release::Release>, BackendError> {
        let (mut all, mut last) = (Vec::new(), newest);
        for page in 1..=PAGES {
            let is_full = last.len() >= PAGE as usize;
            all.append(&mut last);
            if !is_full {
                return Ok(all);
            }
            let request = api::release::after(space, project, some(search), page * PAGE, PAGE);
            last = self.look("looking through the releases", &request, call).await?.items;
        }
        Err(too_many())
    }

    /// The release of a build by its version: one that carries the marker of another build is not it. Where `is_signed`
    /// is set, one without a marker is not it either, since anybody can make a release of that version.
    ///
    /// # Errors
    ///
    /// There is none, it is another build's, the project does not exist, or no answer.
    pub async fn find_release_of(
        &self,
        project: &ProjectName,
        version: &ReleaseVersion,
        build: &BuildIdentity,
        is_signed: bool,
        call: Call<'_>,
    ) -> Result<Release, BackendError> {
        let space = self.space(call).await?;
        let release = self.release_by_version(project, version, call).await?;
        let is_anothers = match owner(&release, Some(build)) {
            Owner::ThisBuild => false,
            Owner::AnotherBuild => true,
            Owner::Nobody => is_signed,
        };
        if is_anothers {
            let version = ReleaseVersion::new(release.version);
            return Err(BackendError::ReleaseExists { project: project.to_string(), version });
        }
        Ok(self.found(&space, release, ReleaseOrigin::Found))
    }

    /// The release of this version.
    ///
    /// # Errors
    ///
    /// There is none, the project does not exist, or no answer.
    pub async fn find_release(
        &self,
        project: &ProjectName,
        version: &ReleaseVersion,
        call: Call<'_>,
    ) -> Result<Release, BackendError> {
        let space = self.space(call).await?;
        let release = self.release_by_version(project, version, call).await?;
        Ok(self.found(&space, release, ReleaseOrigin::Found))
    }

    async fn release_by_version(
        &self,
        project: &ProjectName,
        version: &ReleaseVersion,
        call: Call<'_>,
    ) -> Result<api::release::Release, BackendError> {
        let space = self.space(call).await?;
        let id = self.project_id(project, call).await?;
        let request = api::release::by_version(&space, &id, version.as_str());
        match self.client.look(&request, self.patience(call)).await {
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
    /// There is none, a name that does not exist, or no answer.
    pub async fn latest_release(
        &self,
        project: &ProjectName,
        channel: Option<&ChannelName>,
        call: Call<'_>,
    ) -> Result<Release, BackendError> {
        let space = self.space(call).await?;
        let id = self.project_id(project, call).await?;
        let (channel, name) = self.channel(&id, channel, call).await?;
        let request = api::release::of_channel(&space, &id, &channel, 1);
        let newest =
            self.look("looking up the latest release", &request, call).await?.items.into_iter().next();
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

/// Whether a release's version is one that a mask may give.
pub(super) fn admits(mask: Option<&VersionMask>, release: &api::release::Release) -> bool {
    mask.is_none_or(|it| it.admits(&ReleaseVersion::new(&release.version)))
}

/// A 404 in the server's own words. A page that stands in for a server on its way up or down knows of no release.
pub(super) fn says_there_is_none(error: &api::Error) -> bool {
    matches!(error, api::Error::Refused { status: 404, error, .. } if error.is_octopus)
}

fn too_many() -> BackendError {
    BackendError::Impossible(
        "there are too many releases to look through for this build's; give the create a version".to_owned(),
    )
}

fn some(search: &str) -> Option<&str> {
    Some(search).filter(|it| !it.is_empty())
}
