//! Releases with an open number: the number is determined first and then requested, so that a lost answer does not lead
//! to a second release.

use crate::backend::{BackendError, Context, NewRelease, Notice};
use crate::model::{Release, ReleaseOrigin, ReleaseVersion, VersionMask};
use crate::octopus::Request;
use crate::octopus::release::Release as ReleaseDocument;
use crate::octopus::template::{self, ReleaseTemplate};

use super::Octopus;
use super::comparison::differs;
use super::lookup::admits;
use super::newest::NewestReleases;
use super::recognition::{Owner, owner};
use super::release::Attempt;
use super::release_inputs::{ReleaseInputs, place};

/// How often another number is tried if the next one was taken in the meantime.
const CLASHES: u32 = 10;

/// The source of an open release number.
enum Numbering<'a> {
    /// The server's next, by the project's own strategy.
    Server(Request<ReleaseTemplate>),
    /// Counted from the existing releases.
    Mask(&'a VersionMask, Vec<ReleaseVersion>),
}

impl Octopus {
    /// Creates a release with an open number, or takes over the one that an earlier run of the same build created. If
    /// the server chose the number, a lost answer would lead to a second release, so the number is determined first and
    /// then requested.
    pub(super) async fn create_numbered(
        &self,
        new: &NewRelease<'_>,
        mask: Option<VersionMask>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        // Without a build there is nothing to look for, and a mask counts from the existing releases.
        let beginning = mask.as_ref().map(VersionMask::beginning);
        let search = beginning.as_deref().or(context.build.map(|_| ""));
        let mut inputs = self.release_inputs(new, search, context).await?;
        let NewestReleases { releases: existing, are_all } = match inputs.newest.take() {
            Some(newest) => {
                let search = search.unwrap_or_default();
                self.releases(&inputs.space, &inputs.project.id, search, newest, context).await?
            }
            None => NewestReleases { releases: Vec::new(), are_all: true },
        };
        let versions = existing.iter().map(|it| ReleaseVersion::new(&it.version)).collect();
        if let Some(release) = self.made_before(new, &inputs, existing, mask.as_ref(), context).await? {
            return Ok(release);
        }
        warn_of_second_release(are_all, context);
        let numbering = match &mask {
            Some(mask) => Numbering::Mask(mask, versions),
            None => Numbering::Server(template::of_project(
                &inputs.space,
                &inputs.project.id,
                place(new.git),
                inputs.channel.as_ref().map(|(id, _)| id),
            )),
        };
        self.create_next(new, &inputs, numbering, context).await
    }

    /// The release that an earlier run of this build created, if it is what is asked for now.
    async fn made_before(
        &self,
        new: &NewRelease<'_>,
        inputs: &ReleaseInputs,
        existing: Vec<ReleaseDocument>,
        mask: Option<&VersionMask>,
        context: Context<'_>,
    ) -> Result<Option<Release>, BackendError> {
        for release in existing {
            if owner(&release, context.build) != Owner::ThisBuild || !admits(mask, &release) {
                continue;
            }
            let (release, differences) =
                self.compared(&inputs.space, &inputs.asked(new), release, context).await?;
            if differences.is_empty() {
                return Ok(Some(self.taken_up(new, inputs, release, ReleaseOrigin::Reattached, context)));
            }
        }
        Ok(None)
    }

    /// Requests the next number, and another one while the number is taken by a release that is not this build's.
    async fn create_next(
        &self,
        new: &NewRelease<'_>,
        inputs: &ReleaseInputs,
        mut numbering: Numbering<'_>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        let mut taken = None;
        for _ in 0..CLASHES {
            let version = self.next_number(new, &numbering, context).await?;
            if taken.as_ref() == Some(&version) {
                break;
            }
            let (release, is_lost) = match self.create_version(new, inputs, &version, context).await? {
                Attempt::Made(release) => return self.verified(new, inputs, release, context).await,
                Attempt::Exists(release) => (release, false),
                Attempt::Lost(release) => (release, true),
            };
            if owner(&release, context.build) == Owner::ThisBuild {
                let (release, differences) =
                    self.compared(&inputs.space, &inputs.asked(new), *release, context).await?;
                if differences.is_empty() {
                    return Ok(self.taken_up(new, inputs, release, ReleaseOrigin::Reattached, context));
                }
                // The lost request made it: the next number would be a second release.
                if is_lost {
                    return Err(differs(new.project, release, differences));
                }
            }
            if let Numbering::Mask(_, versions) = &mut numbering {
                versions.push(version.clone());
            }
            taken = Some(version);
        }
        let version = taken.unwrap_or_else(|| ReleaseVersion::new(""));
        Err(BackendError::NumberTaken { project: new.project.to_string(), version })
    }

    async fn next_number(
        &self,
        new: &NewRelease<'_>,
        numbering: &Numbering<'_>,
        context: Context<'_>,
    ) -> Result<ReleaseVersion, BackendError> {
        match numbering {
            Numbering::Mask(mask, versions) => mask.next(versions.iter()).ok_or_else(|| {
                BackendError::Impossible(
                    "the version's numbers are too large to increment; set a version".into(),
                )
            }),
            Numbering::Server(request) => {
                let template =
                    self.look("reading the server's next release number", request, context).await?;
                let next = template.next_version_increment.filter(|it| !it.is_empty());
                next.map(ReleaseVersion::new).ok_or_else(|| {
                    BackendError::Impossible(format!(
                        "project '{}' does not number its releases by itself; set a version",
                        new.project
                    ))
                })
            }
        }
    }
}

/// Warns if a release of this build may exist that is not recognised.
fn warn_of_second_release(are_all: bool, context: Context<'_>) {
    if !are_all && context.build.and_then(|it| it.attempt).is_some_and(|it| it > 1) {
        (context.say)(Notice::Warning(
            "none of the newest releases is this build's, and older ones are not looked at: if an earlier run of \
             this build made one, this is a second (give it a version)"
                .into(),
        ));
    }
    if context.build.is_none() {
        (context.say)(Notice::Warning(
            "the release gets the next number, and without a build a second run would not recognise it: that \
             run creates another release (give it a version, or a build event)"
                .into(),
        ));
    }
}
