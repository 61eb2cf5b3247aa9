//! Creates a release, once. `release_inputs.rs` reads what it needs, `numbering.rs` determines an open number,
//! `recognition.rs` decides which build an existing release belongs to.

use futures_util::future::join;

use crate::backend::{BackendError, Context, NewRelease, Notice};
use crate::model::{Release, ReleaseOrigin, ReleaseVersion, VersionMask};
use crate::octopus::{self as api, ReleaseId};

use super::comparison::{differs, fields_not_shown};
use super::lookup::says_there_is_none;
use super::recognition::{self, Owner, owner, owner_of_version};
use super::release_inputs::ReleaseInputs;
use super::settle::{Settled, answer_lost, unanswered};
use super::writing::Sent;
use super::{Octopus, packages};

/// The result of an attempt to create a version.
pub(super) enum Attempt {
    /// It is new.
    Made(Release),
    /// The version exists.
    Exists(Box<api::release::Release>),
    /// The version exists, after a request of this run for it got no answer.
    Lost(Box<api::release::Release>),
}

impl Octopus {
    /// Creates a release, or takes over the one that an earlier run of the same build created.
    ///
    /// # Errors
    ///
    /// The version exists and may not be used, or is not what was asked for; a name is unknown; the server refused; or
    /// it is not known whether the server carried out the request.
    pub async fn create_release(
        &self,
        new: &NewRelease<'_>,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        let Some(version) = new.version else { return self.create_numbered(new, None, context).await };
        if let Some(mask) = VersionMask::of(version) {
            return self.create_numbered(new, Some(mask), context).await;
        }
        let inputs = self.release_inputs(new, None, context).await?;
        let release = match self.create_version(new, &inputs, version, context).await? {
            Attempt::Made(release) => return self.verified(new, &inputs, release, context).await,
            Attempt::Exists(release) | Attempt::Lost(release) => release,
        };
        let origin = match owner_of_version(&release, context.build) {
            Owner::ThisBuild => ReleaseOrigin::Reattached,
            Owner::AnotherBuild | Owner::Nobody if new.reuse => ReleaseOrigin::Reused,
            Owner::AnotherBuild | Owner::Nobody => {
                return Err(BackendError::ReleaseExists {
                    project: new.project.to_string(),
                    version: ReleaseVersion::new(release.version),
                });
            }
        };
        let (release, differences) =
            self.compared(&inputs.space, &inputs.asked(new), *release, context).await?;
        if !differences.is_empty() {
            return Err(differs(new.project, release, differences));
        }
        Ok(self.taken_up(new, &inputs, release, origin, context))
    }

    /// Requests a release of this version, once; again only if two looks show that the first request made none.
    pub(super) async fn create_version(
        &self,
        new: &NewRelease<'_>,
        inputs: &ReleaseInputs,
        version: &ReleaseVersion,
        context: Context<'_>,
    ) -> Result<Attempt, BackendError> {
        let request = api::release::create_v1(&inputs.space, &inputs.body(new, version.as_str()));
        let doing = format!("creating release {version} of project '{}'", new.project);
        let again = if context.build.is_some() { "; a re-run of this build continues with it" } else { "" };
        let check = format!("look at the releases of project '{}' for {version}{again}", new.project);
        let mut sent = 0;
        loop {
            sent += 1;
            let is_repeated = sent > 1;
            let (sent_now, ()) =
                join(self.write(&request, context), self.learn_automatic(new.project, context)).await;
            let lost = match sent_now {
                Ok(Sent::Answered(made)) => return Ok(Attempt::Made(self.new_release(inputs, made))),
                Ok(Sent::Lost(error)) => error,
                Err(error) if exists_already(&error) => {
                    let existing = self.release_of(inputs, version, context).await;
                    let existing =
                        existing.map_err(|error| unanswered(&doing, &check, is_repeated, error))?;
                    return match existing {
                        Some(release) if is_repeated => {
                            self.of_a_lost_answer(new, inputs, release, doing, error, context)
                        }
                        Some(release) => Ok(Attempt::Exists(Box::new(release))),
                        // "Already exists" of something else, such as a package: the refusal itself.
                        None if is_repeated => Err(unanswered(&doing, &check, is_repeated, error)),
                        None => Err(BackendError::Refused { doing, source: Box::new(error.into()) }),
                    };
                }
                Err(error) if error.is_transient() => {
                    return Err(unanswered(&doing, &check, is_repeated, error));
                }
                // A certain answer to this request proves nothing about an earlier one without an answer.
                Err(error) if is_repeated => return Err(unanswered(&doing, &check, is_repeated, error)),
                Err(error) => return Err(self.explain_creation(new, doing, error, context).await),
            };
            (context.say)(Notice::AnswerLost(format!("{doing}: {lost}")));
            let look = || self.release_of(inputs, version, context);
            match self.settle(sent, context, look).await {
                Ok(Settled::Found(release)) => {
                    return self.of_a_lost_answer(new, inputs, release, doing, lost, context);
                }
                Ok(Settled::SendAgain) => {
                    (context.say)(Notice::Warning(format!("two looks found nothing; {doing} is sent again")));
                }
                Ok(Settled::Unclear) => return Err(answer_lost(&doing, &check, lost)),
                Err(error) => return Err(answer_lost(&doing, &check, error)),
            }
        }
    }

    /// The result if a look shows a release after the answer to this run's request was lost. A marker shows which build
    /// it belongs to. Without one, that cannot be decided; if any release of exactly this version is acceptable, it is
    /// used. With a counted number it is an error: the next number would make a second release if this run made the
    /// first.
    fn of_a_lost_answer(
        &self,
        new: &NewRelease<'_>,
        inputs: &ReleaseInputs,
        release: api::release::Release,
        doing: String,
        lost: api::Error,
        context: Context<'_>,
    ) -> Result<Attempt, BackendError> {
        let is_exact = new.version.is_some_and(|it| VersionMask::of(it).is_none());
        if owner(&release, context.build) != Owner::Nobody || new.reuse && is_exact {
            return Ok(Attempt::Lost(Box::new(release)));
        }
        let check = format!(
            "release {} is there now ({}), and it carries no build's marker: look whether it is what this build made, \
             and deploy it by its version, or delete it and run the build step again",
            release.version,
            self.page(&inputs.space, "releases", release.id.as_str())
        );
        Err(answer_lost(&doing, &check, lost))
    }

    /// Looks for the release of this version.
    async fn release_of(
        &self,
        inputs: &ReleaseInputs,
        version: &ReleaseVersion,
        context: Context<'_>,
    ) -> Result<Option<api::release::Release>, api::Error> {
        let request = api::release::by_version(&inputs.space, &inputs.project.id, version.as_str());
        match self.client.send_retrying(&request, context.deadline).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(error) if says_there_is_none(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Checks that a new release has the packages that were named. The server ignores names that it does not know and
    /// takes the latest version.
    pub(super) async fn verified(
        &self,
        new: &NewRelease<'_>,
        inputs: &ReleaseInputs,
        release: Release,
        context: Context<'_>,
    ) -> Result<Release, BackendError> {
        let Some((process, id)) = inputs.process().zip(ReleaseId::new(&release.id)) else {
            return Ok(release);
        };
        let request = api::release::get(&inputs.space, &id);
        let made = self.look("reading the packages of the new release", &request, context).await?;
        let Some(selected) = &made.selected_packages else {
            return Err(fields_not_shown(&made.version, &["packages"]));
        };
        let differences = packages::differences(new.packages, process, selected);
        if differences.is_empty() {
            return Ok(release);
        }
        Err(BackendError::OtherPackages { version: release.version, url: release.url, differences })
    }

    /// Returns an existing release that is what was asked for.
    pub(super) fn taken_up(
        &self,
        new: &NewRelease<'_>,
        inputs: &ReleaseInputs,
        release: api::release::Release,
        origin: ReleaseOrigin,
        context: Context<'_>,
    ) -> Release {
        if recognition::has_other_notes(&release, new.notes) {
            (context.say)(Notice::Warning(format!(
                "release {} has other notes than were asked for; they stay as they are",
                release.version
            )));
        }
        self.found(&inputs.space, release, origin)
    }

    fn new_release(&self, inputs: &ReleaseInputs, made: api::release::CreatedRelease) -> Release {
        Release {
            url: self.page(&inputs.space, "releases", made.release_id.as_str()),
            id: made.release_id.to_string(),
            version: ReleaseVersion::new(made.release_version),
            origin: ReleaseOrigin::New,
        }
    }
}

/// The server has no error code for this, only these words, in every version examined.
fn exists_already(error: &api::Error) -> bool {
    let api::Error::Refused { status: 400 | 409, error, .. } = error else {
        return false;
    };
    let said = |it: &String| it.to_lowercase().contains("already exist");
    said(&error.message) || error.errors.iter().any(said)
}
