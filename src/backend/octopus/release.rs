//! Makes a release, once, and finds releases.

use jiff::SignedDuration;
use tokio::time::Instant;

use crate::backend::{BackendError, Call, NewRelease, Notice};
use crate::model::{
    BuildIdentity, ChannelName, Marker, PackageChoice, ProjectName, Release, ReleaseOrigin, ReleaseVersion,
    marker,
};
use crate::octopus::release::CreateReleaseV1;
use crate::octopus::{self as api, ChannelId, ProjectId, SpaceId};

use super::names::same;
use super::settle::{Sent, Settled, answer_lost, unanswered};
use super::{Octopus, unclear};

/// How often another number is taken when the server's next one is taken by somebody else meanwhile.
const CLASHES: u32 = 10;

/// Times on the wire are whole seconds in places.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(5);

/// What an attempt to create a version came to.
enum Attempt {
    Made(Release),
    /// The version exists; the release, and whether it can be told to be this build's.
    Exists {
        release: Release,
        ours: bool,
    },
}

impl Octopus {
    /// Makes a release, or takes up the one that an earlier try of the same build made.
    ///
    /// # Errors
    ///
    /// The version exists and may not be reused, a step or package is unknown, the server refused, or it is
    /// not known whether it carried the request out.
    pub async fn create_release(
        &self,
        new: &NewRelease<'_>,
        call: Call<'_>,
    ) -> Result<Release, BackendError> {
        self.check_packages(new, call).await?;
        match new.version {
            Some(version) => match self.create_version(new, version, call).await? {
                Attempt::Made(release) => Ok(release),
                Attempt::Exists { release, ours: true } => Ok(release),
                Attempt::Exists { release, .. } if new.reuse => {
                    Ok(Release { origin: ReleaseOrigin::Reused, ..release })
                }
                Attempt::Exists { release, .. } => Err(BackendError::ReleaseExists {
                    project: new.project.to_string(),
                    version: release.version,
                }),
            },
            None => self.create_next(new, call).await,
        }
    }

    /// A release without a version given. Asking the server to number it would make a second release when
    /// the answer is lost, so its next number is read and asked for.
    async fn create_next(&self, new: &NewRelease<'_>, call: Call<'_>) -> Result<Release, BackendError> {
        if let Some(release) = self.release_of_this_build(new, call).await? {
            return Ok(release);
        }
        let space = self.space(call).await?;
        let project = self.project_id(new.project, call).await?;
        let channel = match new.channel {
            Some(name) => Some(self.channel(&project, Some(name), call).await?.0),
            None => None,
        };
        let request =
            api::template::of_project(&space, &project, new.git.git_ref.as_deref(), channel.as_ref());
        let mut last_clash = None;
        for _ in 0..CLASHES {
            let template = self.look("reading the server's next release number", &request, call).await?;
            let Some(next) = template.next_version_increment.filter(|it| !it.is_empty()) else {
                return Err(BackendError::Impossible(format!(
                    "project '{}' does not number its releases by itself; set a version",
                    new.project
                )));
            };
            let version = ReleaseVersion::new(next);
            match self.create_version(new, &version, call).await? {
                Attempt::Made(release) => return Ok(release),
                Attempt::Exists { release, ours: true } => return Ok(release),
                Attempt::Exists { .. } if last_clash.as_ref() == Some(&version) => break,
                Attempt::Exists { .. } => last_clash = Some(version),
            }
        }
        let version = last_clash.unwrap_or_else(|| ReleaseVersion::new(""));
        Err(BackendError::ReleaseExists { project: new.project.to_string(), version })
    }

    /// On a re-run: the release whose notes carry this build's marker. Without notes of our own there is no
    /// marker, as writing one would replace the project's template of notes.
    async fn release_of_this_build(
        &self,
        new: &NewRelease<'_>,
        call: Call<'_>,
    ) -> Result<Option<Release>, BackendError> {
        let (Some(build), Some(_)) = (call.build, new.notes) else {
            (call.say)(Notice::Warning(
                "the release gets the server's next number; a re-run of this build cannot recognise it and makes \
                 another (give it notes, or a version)"
                    .into(),
            ));
            return Ok(None);
        };
        self.find_marked(new.project, build, call).await
    }

    /// The newest release of a project whose notes carry a build's marker.
    ///
    /// # Errors
    ///
    /// A project that does not exist, or no answer.
    pub async fn find_marked(
        &self,
        project: &ProjectName,
        build: &BuildIdentity,
        call: Call<'_>,
    ) -> Result<Option<Release>, BackendError> {
        let space = self.space(call).await?;
        let project = self.project_id(project, call).await?;
        let request = api::release::of_project(&space, &project, None, 100);
        let found = self.look("looking for this build's release", &request, call).await?.items;
        let marked = found.into_iter().find(|it| is_signed_by(it, build));
        Ok(marked.map(|it| self.found(&space, it, ReleaseOrigin::Reattached)))
    }

    async fn create_version(
        &self,
        new: &NewRelease<'_>,
        version: &ReleaseVersion,
        call: Call<'_>,
    ) -> Result<Attempt, BackendError> {
        let space = self.space(call).await?;
        let project = self.project_id(new.project, call).await?;
        let channel = match new.channel {
            Some(name) => Some(self.channel(&project, Some(name), call).await?.0),
            None => None,
        };
        let request = api::release::create_v1(&space, &body(new, version, &project, channel.as_ref(), call));
        let doing = format!("creating release {version} of project '{}'", new.project);
        let check = format!(
            "look at the releases of project '{}' for {version}; a re-run of this build goes on with it",
            new.project
        );
        let first_sent = Instant::now();
        let mut sent = 0;
        loop {
            sent += 1;
            let is_repeated = sent > 1;
            let lost = match self.write(&request, call).await {
                Ok(Sent::Answered(made)) => return Ok(Attempt::Made(self.new_release(&space, made))),
                Ok(Sent::Lost(error)) => error,
                Err(error) if exists_already(&error) => {
                    let since = is_repeated.then_some(first_sent);
                    let existing = self.release_with_age(new.project, version, since, call).await;
                    let existing = existing.map_err(|error| BackendError::from_client(&*doing, error))?;
                    // "Already exists" of something else, such as a package: the refusal itself.
                    return existing.ok_or(BackendError::Refused { doing, source: Box::new(error) });
                }
                Err(error) if error.is_transient() => {
                    return Err(unanswered(&doing, &check, is_repeated, error));
                }
                Err(error) => return Err(self.explain_creation(new, doing, error, call).await),
            };
            (call.say)(Notice::AnswerLost(format!("{doing}: {lost}")));
            let look = || self.release_with_age(new.project, version, Some(first_sent), call);
            match self.settle(sent, call, look).await {
                Ok(Settled::Found(attempt)) => return Ok(attempt),
                Ok(Settled::SendAgain) => {
                    (call.say)(Notice::Warning(format!("two looks found nothing; {doing} is sent again")));
                }
                Ok(Settled::Unclear) => return Err(answer_lost(&doing, &check, lost)),
                Err(error) => return Err(answer_lost(&doing, &check, error)),
            }
        }
    }

    /// The release of this version, if there is one, and whether it is this build's: by the marker in its
    /// notes, or because it is younger than our request (`sent`, where an answer was lost) or our build.
    async fn release_with_age(
        &self,
        project: &ProjectName,
        version: &ReleaseVersion,
        sent: Option<Instant>,
        call: Call<'_>,
    ) -> Result<Option<Attempt>, api::Error> {
        let (space, project) = match (self.space(call).await, self.project_id(project, call).await) {
            (Ok(space), Ok(project)) => (space, project),
            (Err(error), _) | (_, Err(error)) => return Err(client_error(error)),
        };
        let request = api::release::by_version(&space, &project, version.as_str());
        let answer = match self.client.look(&request, call.until).await {
            Ok(answer) => answer,
            Err(error) if says_there_is_none(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        // Both ages are spans by one clock each, so it does not matter that the clocks differ.
        let age = answer.server_time.zip(answer.value.assembled).map(|(now, then)| now.duration_since(then));
        let since_sent = sent.and_then(|it| SignedDuration::try_from(it.elapsed()).ok());
        let since_start =
            call.build.and_then(|it| it.started_at).map(|it| jiff::Timestamp::now().duration_since(it));
        let younger = |than: Option<SignedDuration>| {
            age.zip(than).is_some_and(|(age, than)| age <= than.saturating_add(CLOCK_SLACK))
        };
        let marked = call.build.is_some_and(|it| is_signed_by(&answer.value, it));
        let ours = marked || younger(since_sent) || younger(since_start);
        let release = self.found(&space, answer.value, ReleaseOrigin::Reattached);
        Ok(Some(Attempt::Exists { release, ours }))
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
        let id = self.project_id(project, call).await?;
        let request = api::release::by_version(&space, &id, version.as_str());
        match self.client.look(&request, self.patience(call)).await {
            Ok(answer) => Ok(self.found(&space, answer.value, ReleaseOrigin::Found)),
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

    /// The server ignores names that it does not know and takes the latest package (Issues 6912), so every
    /// name is compared with the process before anything is created.
    async fn check_packages(&self, new: &NewRelease<'_>, call: Call<'_>) -> Result<(), BackendError> {
        if new.packages.iter().all(|it| it.step.is_none() && it.package.is_none()) {
            return Ok(());
        }
        let project = self.project_id(new.project, call).await?;
        let process = self.process(&project, new.git.git_ref.as_deref(), call).await?;
        unknown_packages(&process, new.packages).map_or(Ok(()), Err)
    }

    fn new_release(&self, space: &SpaceId, made: api::release::CreatedRelease) -> Release {
        Release {
            url: self.page(space, "releases", made.release_id.as_str()),
            id: made.release_id.to_string(),
            version: ReleaseVersion::new(made.release_version),
            origin: ReleaseOrigin::New,
        }
    }

    fn found(&self, space: &SpaceId, release: api::release::Release, origin: ReleaseOrigin) -> Release {
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

/// The steps and packages that the process does not have.
pub(super) fn unknown_packages(
    process: &api::process::Process,
    packages: &[PackageChoice],
) -> Option<BackendError> {
    let named = packages.iter().filter(|it| it.step.is_some() || it.package.is_some());
    let unknown: Vec<String> = named.filter(|it| !is_in(process, it)).map(name_of).collect();
    if unknown.is_empty() {
        return None;
    }
    let known = process.actions().filter(|it| !it.packages.is_empty()).map(|it| it.name.clone()).collect();
    Some(BackendError::NotInProcess { kind: "step or package", names: unknown, known })
}

fn body(
    new: &NewRelease<'_>,
    version: &ReleaseVersion,
    project: &ProjectId,
    channel: Option<&ChannelId>,
    call: Call<'_>,
) -> CreateReleaseV1 {
    let notes = new.notes.map(|notes| match call.build {
        Some(build) => build.sign(notes, &[]),
        None => marker::harmless(notes),
    });
    CreateReleaseV1 {
        project_name: project.to_string(),
        release_version: Some(version.to_string()),
        channel_name: channel.map(ToString::to_string),
        package_version: new.default_package_version.map(str::to_owned),
        packages: new.packages.iter().map(package).collect(),
        package_prerelease: None,
        git_ref: new.git.git_ref.clone(),
        git_commit: new.git.commit.clone(),
        git_resources: new.git.resources.clone(),
        release_notes: notes,
        custom_fields: new.custom_fields.clone(),
        ignore_if_already_exists: false,
        ignore_channel_rules: new.ignore_channel_rules,
    }
}

/// `Step:Version`, `Step:Package:Version` or `*:Version`. A separator within a name is escaped; servers
/// before 2025.4.10680 do not read the escape, and have no way to say such a name at all.
fn package(choice: &PackageChoice) -> String {
    let escaped = |text: &str| text.replace(':', "\\:").replace('/', "\\/").replace('=', "\\=");
    let step = choice.step.as_deref().map_or_else(|| "*".to_owned(), escaped);
    match &choice.package {
        Some(package) => format!("{step}:{}:{}", escaped(package), choice.version),
        None => format!("{step}:{}", choice.version),
    }
}

fn is_in(process: &api::process::Process, choice: &PackageChoice) -> bool {
    let of_step = |it: &&api::process::ProcessAction| match &choice.step {
        Some(step) => {
            same(&it.name, step) || it.packages.iter().any(|package| same(&package.package_id, step))
        }
        None => true,
    };
    let in_step = |step: &&api::process::ProcessStep| match &choice.step {
        Some(name) => same(&step.name, name),
        None => false,
    };
    let by_step = process.steps.iter().filter(in_step).flat_map(|it| &it.actions);
    // A step without packages has no version that could be chosen.
    let mut actions = process.actions().filter(of_step).chain(by_step).filter(|it| !it.packages.is_empty());
    match &choice.package {
        Some(package) => actions.any(|it| {
            it.packages.iter().any(|known| same(&known.name, package) || same(&known.package_id, package))
        }),
        None => actions.next().is_some(),
    }
}

fn name_of(choice: &PackageChoice) -> String {
    [choice.step.as_deref(), choice.package.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(":")
}

/// Whether a release carries a build's marker.
fn is_signed_by(release: &api::release::Release, build: &BuildIdentity) -> bool {
    Marker::read(&release.release_notes).is_some_and(|it| it.is_of(build))
}

/// The server has no code for it, only these words, on every version read.
fn exists_already(error: &api::Error) -> bool {
    let api::Error::Refused { status: 400 | 409, error, .. } = error else {
        return false;
    };
    let said = |it: &String| it.to_lowercase().contains("already exist");
    said(&error.message) || error.errors.iter().any(said)
}

/// A 404 in the server's own words. A page that stands in for a server on its way up or down knows of no release.
fn says_there_is_none(error: &api::Error) -> bool {
    matches!(error, api::Error::Refused { status: 404, error, .. } if error.is_octopus)
}

/// The client's error inside a look-up of a name, for a look that speaks of client errors only.
pub(super) fn client_error(error: BackendError) -> api::Error {
    match error {
        BackendError::Refused { source, .. } | BackendError::NoAnswer { source, .. } => *source,
        other => unclear(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(step: Option<&str>, package: Option<&str>) -> PackageChoice {
        let text = |it: Option<&str>| it.map(str::to_owned);
        PackageChoice { step: text(step), package: text(package), version: "1.2".into() }
    }

    #[test]
    fn packages_are_written_as_the_server_reads_them() {
        assert_eq!(package(&choice(None, None)), "*:1.2");
        assert_eq!(package(&choice(Some("Deploy web"), None)), "Deploy web:1.2");
        assert_eq!(package(&choice(Some("Migrate"), Some("scripts"))), "Migrate:scripts:1.2");
        assert_eq!(package(&choice(Some("com.acme:shop"), None)), "com.acme\\:shop:1.2");
    }
}
