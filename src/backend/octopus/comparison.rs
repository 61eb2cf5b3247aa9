//! Compares an existing release with what was asked for. Items of a list lack some fields, so those are read from the
//! release itself.

use crate::backend::{BackendError, Context, NewRelease};
use crate::model::{ProjectName, ReleaseVersion};
use crate::octopus::{self as api, ProjectId, SpaceId};

use super::recognition::{self, ReleaseSpec};
use super::release_inputs::place;
use super::{Octopus, packages};

impl Octopus {
    /// A release that an earlier run created, if it is what was asked for then.
    pub(super) async fn as_asked(
        &self,
        name: &ProjectName,
        project: &ProjectId,
        new: &NewRelease<'_>,
        release: api::release::Release,
        context: Context<'_>,
    ) -> Result<api::release::Release, BackendError> {
        let space = self.space(context).await?;
        let channel = match new.channel {
            Some(_) => Some(self.channel(project, new.channel, context).await?),
            None => None,
        };
        let process = match new.packages.iter().any(packages::names_something) {
            true => Some(self.process(project, place(new.git), context).await?),
            false => None,
        };
        let asked = ReleaseSpec {
            channel: channel.as_ref(),
            git: new.git,
            packages: new.packages,
            process: process.as_deref(),
            custom_fields: new.custom_fields,
        };
        let (release, differences) = self.compared(&space, &asked, release, context).await?;
        if differences.is_empty() { Ok(release) } else { Err(differs(name, release, differences)) }
    }

    /// An existing release, and its differences from what was asked for. Fields that its document lacks are read from
    /// the release itself.
    ///
    /// # Errors
    ///
    /// No answer, or the release itself lacks them too.
    pub(super) async fn compared(
        &self,
        space: &SpaceId,
        asked: &ReleaseSpec<'_>,
        mut release: api::release::Release,
        context: Context<'_>,
    ) -> Result<(api::release::Release, Vec<String>), BackendError> {
        let wants_git = asked.git.git_ref.is_some() || asked.git.commit.is_some();
        let lacks_git = wants_git && release.version_control_reference.is_none();
        if lacks_git || !recognition::not_shown(&release, asked).is_empty() {
            let request = api::release::get(space, &release.id);
            release = self.look("reading the release", &request, context).await?;
        }
        let differences = recognition::differences(&release, asked);
        let not_shown = recognition::not_shown(&release, asked);
        if differences.is_empty() && !not_shown.is_empty() {
            return Err(fields_not_shown(&release.version, &not_shown));
        }
        Ok((release, differences))
    }
}

/// The error for a release that is not what was asked for.
pub(super) fn differs(
    project: &ProjectName,
    release: api::release::Release,
    differences: Vec<String>,
) -> BackendError {
    BackendError::ReleaseDiffers {
        project: project.to_string(),
        version: ReleaseVersion::new(release.version),
        differences,
    }
}

/// The error for a release whose document lacks these fields, which were asked for.
pub(super) fn fields_not_shown(version: &str, not_shown: &[&str]) -> BackendError {
    BackendError::Hidden {
        what: format!("continuing with release {version}"),
        because: format!("the server does not show its {}", not_shown.join(" and ")),
    }
}
