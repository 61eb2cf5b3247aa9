//! Makes a release, once. `ground.rs` reads what it needs, `recognition.rs` says whose a release is that exists.

use futures_util::future::join;

use crate::backend::{BackendError, Call, NewRelease, Notice};
use crate::model::{Release, ReleaseOrigin, ReleaseVersion, VersionMask};
use crate::octopus::{self as api, ReleaseId};

use super::ground::{self, Ground};
use super::lookup::{Newest, admits, differs, says_there_is_none, untold_of};
use super::recognition::{self, Owner, owner, owner_of_version};
use super::settle::{Sent, Settled, answer_lost, unanswered};
use super::{Octopus, packages};

/// How often another number is taken when the one that comes next is taken by somebody else meanwhile.
const CLASHES: u32 = 10;

/// What an attempt to create a version came to.
enum Attempt {
    Made(Release),
    /// The version exists.
    Exists(Box<api::release::Release>),
    /// The version exists after a request of ours for it was lost.
    Lost(Box<api::release::Release>),
}

/// Where the number of a release without a whole version comes from.
enum Numbers<'a> {
    /// The server's next, by the project's own strategy.
    Server(api::Request<api::template::ReleaseTemplate>),
    /// Counted on from the releases that there are.
    Mask(&'a VersionMask, Vec<ReleaseVersion>),
}

impl Octopus {
    /// Makes a release, or takes up the one that an earlier try of the same build made.
    ///
    /// # Errors
    ///
    /// The version exists and may not be used, or is not what was asked for; a name is unknown, the server refused,
    /// or it is not known whether it carried the request out.
    pub async fn create_release(
        &self,
        new: &NewRelease<'_>,
        call: Call<'_>,
    ) -> Result<Release, BackendError> {
        let Some(version) = new.version else { return self.create_numbered(new, None, call).await };
        if let Some(mask) = VersionMask::of(version) {
            return self.create_numbered(new, Some(mask), call).await;
        }
        let ground = self.ground(new, None, call).await?;
        let release = match self.create_version(new, &ground, version, call).await? {
            Attempt::Made(release) => return self.verified(new, &ground, release, call).await,
            Attempt::Exists(release) | Attempt::Lost(release) => release,
        };
        let origin = match owner_of_version(&release, call.build) {
            Owner::ThisBuild => ReleaseOrigin::Reattached,
            Owner::AnotherBuild | Owner::Nobody if new.reuse => ReleaseOrigin::Reused,
            Owner::AnotherBuild | Owner::Nobody => {
                return Err(BackendError::ReleaseExists {
                    project: new.project.to_string(),
                    version: ReleaseVersion::new(release.version),
                });
            }
        };
        let (release, differences) = self.compared(&ground.space, &ground.asked(new), *release, call).await?;
        if !differences.is_empty() {
            return Err(differs(new.project, release, differences));
        }
        Ok(self.taken_up(new, &ground, release, origin, call))
    }

    /// A release whose number is to be found. Asking the server to number it would make a second release when the
    /// answer is lost, so the number is found first, and asked for.
    async fn create_numbered(
        &self,
        new: &NewRelease<'_>,
        mask: Option<VersionMask>,
        call: Call<'_>,
    ) -> Result<Release, BackendError> {
        // Without a build there is nothing to look for, and a mask counts on from what there is.
        let beginning = mask.as_ref().map(VersionMask::beginning);
        let search = beginning.as_deref().or(call.build.map(|_| ""));
        let mut ground = self.ground(new, search, call).await?;
        let Newest { releases: existing, are_all } = match ground.newest.take() {
            Some(newest) => {
                let search = search.unwrap_or_default();
                self.releases(&ground.space, &ground.project.id, search, newest, call).await?
            }
            None => Newest { releases: Vec::new(), are_all: true },
        };
        let versions = existing.iter().map(|it| ReleaseVersion::new(&it.version)).collect();
        for release in existing {
            if owner(&release, call.build) != Owner::ThisBuild || !admits(mask.as_ref(), &release) {
                continue;
            }
            let (release, differences) =
                self.compared(&ground.space, &ground.asked(new), release, call).await?;
            if differences.is_empty() {
                return Ok(self.taken_up(new, &ground, release, ReleaseOrigin::Reattached, call));
            }
        }
        if !are_all && call.build.and_then(|it| it.attempt).is_some_and(|it| it > 1) {
            (call.say)(Notice::Warning(
                "none of the newest releases is this build's, and older ones are not looked at: if an earlier try of \
                 this build made one, this is a second (give it a version)"
                    .into(),
            ));
        }
        if call.build.is_none() {
            (call.say)(Notice::Warning(
                "the release gets the next number, and there is no build by which a second run would know it: that \
                 one makes another (give it a version, or a build event)"
                    .into(),
            ));
        }
        let mut numbers = match &mask {
            Some(mask) => Numbers::Mask(mask, versions),
            None => Numbers::Server(api::template::of_project(
                &ground.space,
                &ground.project.id,
                ground::place(new.git),
                ground.channel.as_ref().map(|(id, _)| id),
            )),
        };
        let mut taken = None;
        for _ in 0..CLASHES {
            let version = self.next_number(new, &numbers, call).await?;
            if taken.as_ref() == Some(&version) {
                break;
            }
            let (release, is_lost) = match self.create_version(new, &ground, &version, call).await? {
                Attempt::Made(release) => return self.verified(new, &ground, release, call).await,
                Attempt::Exists(release) => (release, false),
                Attempt::Lost(release) => (release, true),
            };
            if owner(&release, call.build) == Owner::ThisBuild {
                let (release, differences) =
                    self.compared(&ground.space, &ground.asked(new), *release, call).await?;
                if differences.is_empty() {
                    return Ok(self.taken_up(new, &ground, release, ReleaseOrigin::Reattached, call));
                }
                // It is what our lost request made: the next number would be a second release.
                if is_lost {
                    return Err(differs(new.project, release, differences));
                }
            }
            if let Numbers::Mask(_, versions) = &mut numbers {
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
        numbers: &Numbers<'_>,
        call: Call<'_>,
    ) -> Result<ReleaseVersion, BackendError> {
        match numbers {
            Numbers::Mask(mask, versions) => mask.next(versions.iter()).ok_or_else(|| {
                BackendError::Impossible(
                    "the version's numbers are too large to count on from; set a version".into(),
                )
            }),
            Numbers::Server(request) => {
                let template = self.look("reading the server's next release number", request, call).await?;
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

    async fn create_version(
        &self,
        new: &NewRelease<'_>,
        ground: &Ground,
        version: &ReleaseVersion,
        call: Call<'_>,
    ) -> Result<Attempt, BackendError> {
        let request = api::release::create_v1(&ground.space, &ground.body(new, version.as_str()));
        let doing = format!("creating release {version} of project '{}'", new.project);
        let again = if call.build.is_some() { "; a re-run of this build goes on with it" } else { "" };
        let check = format!("look at the releases of project '{}' for {version}{again}", new.project);
        let mut sent = 0;
        loop {
            sent += 1;
            let is_repeated = sent > 1;
            let (sent_now, ()) =
                join(self.write(&request, call), self.learn_automatic(new.project, call)).await;
            let lost = match sent_now {
                Ok(Sent::Answered(made)) => return Ok(Attempt::Made(self.new_release(ground, made))),
                Ok(Sent::Lost(error)) => error,
                Err(error) if exists_already(&error) => {
                    let existing = self.release_of(ground, version, call).await;
                    let existing =
                        existing.map_err(|error| unanswered(&doing, &check, is_repeated, error))?;
                    return match existing {
                        Some(release) if is_repeated => {
                            self.of_a_lost_answer(new, ground, release, doing, error, call)
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
                // What is certain of this request says nothing of an earlier one whose answer was lost.
                Err(error) if is_repeated => return Err(unanswered(&doing, &check, is_repeated, error)),
                Err(error) => return Err(self.explain_creation(new, doing, error, call).await),
            };
            (call.say)(Notice::AnswerLost(format!("{doing}: {lost}")));
            let look = || self.release_of(ground, version, call);
            match self.settle(sent, call, look).await {
                Ok(Settled::Found(release)) => {
                    return self.of_a_lost_answer(new, ground, release, doing, lost, call);
                }
                Ok(Settled::SendAgain) => {
                    (call.say)(Notice::Warning(format!("two looks found nothing; {doing} is sent again")));
                }
                Ok(Settled::Unclear) => return Err(answer_lost(&doing, &check, lost)),
                Err(error) => return Err(answer_lost(&doing, &check, error)),
            }
        }
    }

    /// What a look shows after a request of ours was lost. A marker says whose the release is. Without one it may be
    /// ours or somebody else's, and nothing can tell; where any of this very version will do, it is used. Of a number
    /// that was counted any will never do: the next one would be taken, a second release where the first was ours.
    fn of_a_lost_answer(
        &self,
        new: &NewRelease<'_>,
        ground: &Ground,
        release: api::release::Release,
        doing: String,
        lost: api::Error,
        call: Call<'_>,
    ) -> Result<Attempt, BackendError> {
        let is_exact = new.version.is_some_and(|it| VersionMask::of(it).is_none());
        if owner(&release, call.build) != Owner::Nobody || new.reuse && is_exact {
            return Ok(Attempt::Lost(Box::new(release)));
        }
        let check = format!(
            "release {} is there now ({}), and it carries no build's marker: look whether it is what this build made, \
             and deploy it by its version, or delete it and run the build step again",
            release.version,
            self.page(&ground.space, "releases", release.id.as_str())
        );
        Err(answer_lost(&doing, &check, lost))
    }

    /// The release of this version, if there is one.
    async fn release_of(
        &self,
        ground: &Ground,
        version: &ReleaseVersion,
        call: Call<'_>,
    ) -> Result<Option<api::release::Release>, api::Error> {
        let request = api::release::by_version(&ground.space, &ground.project.id, version.as_str());
        match self.client.look(&request, call.until).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(error) if says_there_is_none(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A new release, once its packages are seen to be those that were named. The server passes over names that it
    /// does not know and takes the latest version.
    async fn verified(
        &self,
        new: &NewRelease<'_>,
        ground: &Ground,
        release: Release,
        call: Call<'_>,
    ) -> Result<Release, BackendError> {
        let Some((process, id)) = ground.process().zip(ReleaseId::new(&release.id)) else {
            return Ok(release);
        };
        let request = api::release::get(&ground.space, &id);
        let made = self.look("reading the packages of the new release", &request, call).await?;
        let Some(selected) = &made.selected_packages else {
            return Err(untold_of(&made.version, &["packages"]));
        };
        let differences = packages::differences(new.packages, process, selected);
        if differences.is_empty() {
            return Ok(release);
        }
        Err(BackendError::OtherPackages { version: release.version, url: release.url, differences })
    }

    /// A release that is there and is what was asked for.
    fn taken_up(
        &self,
        new: &NewRelease<'_>,
        ground: &Ground,
        release: api::release::Release,
        origin: ReleaseOrigin,
        call: Call<'_>,
    ) -> Release {
        if recognition::has_other_notes(&release, new.notes) {
            (call.say)(Notice::Warning(format!(
                "release {} has other notes than were asked for; they stay as they are",
                release.version
            )));
        }
        self.found(&ground.space, release, origin)
    }

    fn new_release(&self, ground: &Ground, made: api::release::CreatedRelease) -> Release {
        Release {
            url: self.page(&ground.space, "releases", made.release_id.as_str()),
            id: made.release_id.to_string(),
            version: ReleaseVersion::new(made.release_version),
            origin: ReleaseOrigin::New,
        }
    }
}

/// The server has no code for it, only these words, on every version read.
fn exists_already(error: &api::Error) -> bool {
    let api::Error::Refused { status: 400 | 409, error, .. } = error else {
        return false;
    };
    let said = |it: &String| it.to_lowercase().contains("already exist");
    said(&error.message) || error.errors.iter().any(said)
}
