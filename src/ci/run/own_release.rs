//! The release that this build made: in this run, or in an earlier one by its version or its marker.

use crate::actions::{ActionError, CreateOptions, Session, release_of_this_build, release_of_version};
use crate::backend::{BackendError, Notice, Proof};
use crate::ci::plan::EarlierCreate;
use crate::model::{ProjectName, Release, ReleaseVersion, VersionMask};

use super::clock::Clock;
use super::history::History;

/// Where this build's release is looked for.
pub(super) struct OwnRelease<'a> {
    pub(super) project: &'a ProjectName,
    pub(super) history: &'a History,
    /// The configured create where it runs on another occasion.
    pub(super) earlier_create: Option<&'a EarlierCreate>,
    pub(super) clock: Clock,
    pub(super) session: &'a Session<'a>,
}

impl OwnRelease<'_> {
    /// Finds it. `version` is the one that settings give to the create; `proof` is what an earlier run's release has to
    /// show.
    pub(super) async fn find(
        &self,
        version: Option<&ReleaseVersion>,
        proof: Proof,
    ) -> Result<Release, ActionError> {
        if let Some(release) = self.history.created() {
            return Ok(release.clone());
        }
        if self.history.create_failed() {
            return Err(impossible(
                "the create of this run did not succeed, so there is no release of this build to go on with",
            ));
        }
        let (project, session) = (self.project, self.session);
        let create = self.asked();
        let mask = version.and_then(VersionMask::of);
        if let Some(version) = version.filter(|_| mask.is_none()) {
            let proof = self.proof(proof)?;
            return release_of_version(session, project, version, proof, create, self.clock.left()).await;
        }
        let found = release_of_this_build(session, project, mask.as_ref(), create, self.clock.left()).await?;
        found.ok_or_else(|| {
            impossible(
                "this build's release was not found: no release was created in this run, its version is not given, and \
                 no release carries this build's marker; give the create a version",
            )
        })
    }

    /// What the create of an earlier run asked for, as far as that is known.
    fn asked(&self) -> Option<&CreateOptions> {
        match &self.earlier_create?.asks {
            Ok(options) => Some(options),
            Err(because) => {
                (self.session.say)(Notice::Warning(format!(
                    "the release of this build is taken as it is: what `[create]` asks for cannot be told on this event \
                     ({because})"
                )));
                None
            }
        }
    }

    /// What a release of the given version has to show, so that it is this build's.
    fn proof(&self, wanted: Proof) -> Result<Proof, ActionError> {
        let reuses = self.earlier_create.is_some_and(|it| it.reuse);
        match (wanted, self.session.build) {
            (Proof::Marker, None) => Err(impossible(
                "no build is known whose release alone may be promoted; hand the build's event over, or leave \
                 only-this-build out",
            )),
            (Proof::Marker, Some(_)) => Ok(Proof::Marker),
            (_, Some(_)) if !reuses => Ok(Proof::Version),
            _ => Ok(Proof::Nothing),
        }
    }
}

fn impossible(because: &str) -> ActionError {
    BackendError::Impossible(because.to_owned()).into()
}
