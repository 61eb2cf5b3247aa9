//! The release that this build made: in this run, or in an earlier one by its version or its marker.

use crate::actions::{ActionError, CreateOptions, Session, release_of_this_build};
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
                "the create of this run did not succeed, so there is no release of this build to continue with",
            ));
        }
        let (project, session) = (self.project, self.session);
        let create = self.asked();
        let proof = self.proof(proof, version.is_some_and(|it| VersionMask::of(it).is_none()))?;
        release_of_this_build(session, project, version, proof, create, self.clock.left()).await
    }

    /// What the create of an earlier run asked for, as far as that is known.
    fn asked(&self) -> Option<&CreateOptions> {
        match &self.earlier_create?.asks {
            Ok(options) => Some(options),
            Err(because) => {
                (self.session.say)(Notice::Warning(format!(
                    "the release of this build is taken as it is: what `[create]` asks for is not known on this event \
                     ({because})"
                )));
                None
            }
        }
    }

    /// What a release has to show, so that it is this build's. `is_exact`: its version is known.
    fn proof(&self, wanted: Proof, is_exact: bool) -> Result<Proof, ActionError> {
        let reuses = self.earlier_create.is_some_and(|it| it.reuse);
        match (wanted, self.session.build) {
            (Proof::Marker, None) if is_exact => Err(impossible(
                "the build whose release may be promoted is not known; pass the build event, or leave \
                 only-this-build out",
            )),
            (Proof::Marker, _) => Ok(Proof::Marker),
            (_, Some(_)) if !reuses => Ok(Proof::Version),
            _ => Ok(Proof::Nothing),
        }
    }
}

fn impossible(because: &str) -> ActionError {
    BackendError::Impossible(because.to_owned()).into()
}
