//! Reads everything needed before a release is created, in parallel, so that it takes the time of one request.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::{join, join4};

use crate::backend::{BackendError, Context, NewRelease, Notice};
use crate::model::{GitSource, ProjectName};
use crate::octopus::process::Process;
use crate::octopus::project::Project;
use crate::octopus::release::{CreateReleaseV1, Release};
use crate::octopus::settings::DeploymentSettings;
use crate::octopus::{self as api, ChannelId, Page, ProjectId, SpaceId};

use super::newest::PAGE;
use super::recognition::ReleaseSpec;
use super::{Octopus, packages};

/// Everything that a new release is created from.
pub(super) struct ReleaseInputs {
    pub(super) space: SpaceId,
    pub(super) project: Project,
    pub(super) channel: Option<(ChannelId, String)>,
    /// The process, if packages are named.
    process: Option<Arc<Process>>,
    /// The packages, in the server's terms.
    packages: Vec<String>,
    /// The notes that are sent.
    notes: Option<String>,
    /// The newest releases, if the number is open.
    pub(super) newest: Option<Page<Release>>,
}

/// The requests about a project.
#[derive(Clone, Copy)]
struct Questions<'a> {
    new: &'a NewRelease<'a>,
    process: bool,
    template: bool,
    /// The text that the wanted versions contain; `None` = no releases are read.
    newest: Option<&'a str>,
}

/// The answers; `None` if no request was sent.
struct Answers {
    channel: Option<Result<(ChannelId, String), BackendError>>,
    process: Option<Result<Arc<Process>, BackendError>>,
    settings: Option<Result<DeploymentSettings, BackendError>>,
    newest: Option<Result<Page<Release>, BackendError>>,
}

impl Octopus {
    /// Reads everything that a new release needs. `newest` also reads the newest releases: those whose version contains
    /// the text, or all if it is empty.
    ///
    /// # Errors
    ///
    /// A name that does not exist, or no answer. Nothing is changed.
    pub(super) async fn release_inputs(
        &self,
        new: &NewRelease<'_>,
        newest: Option<&str>,
        context: Context<'_>,
    ) -> Result<ReleaseInputs, BackendError> {
        let space = self.space(context).await?;
        let questions = Questions {
            new,
            process: new.packages.iter().any(packages::names_something),
            template: new.notes.is_none() && context.build.is_some(),
            newest,
        };
        let guess = self.guess(new.project);
        let asked = async {
            match &guess {
                Some(guess) => Some(self.ask_about(guess, &space, questions, context).await),
                None => None,
            }
        };
        let (project, answers) = join(self.project(new.project, context), asked).await;
        let project = project?;
        let is_id = guess.as_ref() == Some(&project.id);
        let is_slug = guess.as_ref().is_some_and(|it| it.as_str() == project.slug);
        let answers = match answers {
            Some(answers) if is_id || is_slug && answers.are_of(&project.id) => answers,
            _ => self.ask_about(&project.id, &space, questions, context).await,
        };
        let channel = answers.channel.transpose()?;
        let process = answers.process.transpose()?;
        let newest = answers.newest.transpose()?;
        let packages = match &process {
            Some(process) => packages::translated(new.packages, process)?,
            None => packages::for_all(new.packages),
        };
        let own = match (new.notes, answers.settings) {
            (Some(notes), _) => Some(notes.to_owned()),
            (None, Some(settings)) => template(new, &project, settings, context)?,
            (None, None) => None,
        };
        let notes = own.map(|own| match context.build {
            Some(build) => build.sign(&own, &[]),
            None => crate::model::marker::harmless(&own),
        });
        Ok(ReleaseInputs { space, project, channel, process, packages, notes, newest })
    }

    /// The id or slug that the project probably has, before it is looked up. An answer to a guess counts only if it is
    /// about the project that was meant.
    pub(super) fn guess(&self, name: &ProjectName) -> Option<ProjectId> {
        if let Some(known) = self.memory().projects.get(&name.as_str().to_lowercase()) {
            return Some(known.id.clone());
        }
        ProjectId::recognise(name.as_str()).or_else(|| ProjectId::new(slug(name.as_str())))
    }

    /// Remembers a project's deployment settings, before the project itself is known.
    pub(super) async fn seek_template(&self, project: &ProjectName, git: &GitSource, context: Context<'_>) {
        if let (Ok(space), Some(guess)) = (self.space(context).await, self.guess(project)) {
            // The answer names its project.
            drop(self.settings(&guess, &space, place(git), context).await);
        }
    }

    async fn settings(
        &self,
        project: &ProjectId,
        space: &SpaceId,
        place: Option<&str>,
        context: Context<'_>,
    ) -> Result<DeploymentSettings, BackendError> {
        let place_text = place.map(str::to_owned);
        if let Some(known) = self.memory().settings.get(&(project.clone(), place_text.clone())) {
            return Ok(known.clone());
        }
        let request = api::settings::of_project(space, project, place);
        let settings = self.look("reading the template of release notes", &request, context).await?;
        self.memory().settings.insert((settings.project_id.clone(), place_text), settings.clone());
        Ok(settings)
    }

    async fn ask_about(
        &self,
        project: &ProjectId,
        space: &SpaceId,
        questions: Questions<'_>,
        context: Context<'_>,
    ) -> Answers {
        let Questions { new, process, template, newest } = questions;
        let place = place(new.git);
        let newest_request =
            api::release::of_project(space, project, newest.filter(|it| !it.is_empty()), PAGE);
        let (channel, process, settings, newest) = join4(
            when(new.channel.is_some(), self.channel(project, new.channel, context)),
            when(process, self.process(project, place, context)),
            when(template, self.settings(project, space, place, context)),
            when(newest.is_some(), self.look("looking at the releases", &newest_request, context)),
        )
        .await;
        Answers { channel, process, settings, newest }
    }
}

impl ReleaseInputs {
    /// The requested properties, to compare an existing release with.
    pub(super) fn asked<'a>(&'a self, new: &'a NewRelease<'_>) -> ReleaseSpec<'a> {
        ReleaseSpec {
            channel: self.channel.as_ref(),
            git: new.git,
            packages: new.packages,
            process: self.process.as_deref(),
            custom_fields: new.custom_fields,
        }
    }

    /// The process, if packages are named.
    pub(super) fn process(&self) -> Option<&Process> {
        self.process.as_deref()
    }

    /// Builds the request's body. Project and channel are given by id, which is unambiguous.
    pub(super) fn body(&self, new: &NewRelease<'_>, version: &str) -> CreateReleaseV1 {
        CreateReleaseV1 {
            project_name: self.project.id.to_string(),
            release_version: Some(version.to_owned()),
            channel_name: self.channel.as_ref().map(|(id, _)| id.to_string()),
            package_version: new.default_package_version.map(str::to_owned),
            packages: self.packages.clone(),
            package_prerelease: None,
            git_ref: new.git.git_ref.clone(),
            git_commit: new.git.commit.clone(),
            git_resources: new.git.resources.clone(),
            release_notes: self.notes.clone(),
            custom_fields: new.custom_fields.clone(),
            ignore_if_already_exists: false,
            ignore_channel_rules: new.ignore_channel_rules,
        }
    }
}

impl Answers {
    /// Whether all answers are about this project. A server may answer a request by slug with an empty list, which must
    /// not be taken for "there are none".
    fn are_of(&self, project: &ProjectId) -> bool {
        let newest =
            |it: &Page<Release>| !it.items.is_empty() && it.items.iter().all(|it| it.project_id == *project);
        self.channel.as_ref().is_none_or(Result::is_ok)
            && self.process.as_ref().is_none_or(|it| it.as_ref().is_ok_and(|it| !it.steps.is_empty()))
            && self.settings.as_ref().is_none_or(|it| it.as_ref().is_ok_and(|it| it.project_id == *project))
            && self.newest.as_ref().is_none_or(|it| it.as_ref().is_ok_and(newest))
    }
}

/// The project's own template of notes. If it may not be read: `None`, and a warning that says what a re-run does.
fn template(
    new: &NewRelease<'_>,
    project: &Project,
    settings: Result<DeploymentSettings, BackendError>,
    context: Context<'_>,
) -> Result<Option<String>, BackendError> {
    match settings {
        Ok(settings) => Ok(Some(settings.release_notes_template)),
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            if let Some(template) = project.release_notes_template.as_ref().filter(|_| !project.is_in_git()) {
                return Ok(Some(template.clone()));
            }
            // A project in git without a reference, or the reverse: the release is refused anyway.
            if project.is_in_git() == new.git.git_ref.is_some() {
                let meets = if new.version.is_some_and(|it| crate::model::VersionMask::of(it).is_none()) {
                    "will find it and not recognise it as its own"
                } else {
                    "creates another one"
                };
                (context.say)(Notice::Warning(format!(
                    "{error}, so the release carries no marker: a re-run of this build {meets}; give the create notes, \
                     or let the credential read the project's settings"
                )));
            }
            Ok(None)
        }
    }
}

/// The git reference at which a project is read: a branch or a complete commit id.
pub(super) fn place(git: &GitSource) -> Option<&str> {
    let is_whole = |it: &&str| it.len() == 40 && it.bytes().all(|it| it.is_ascii_hexdigit());
    git.commit.as_deref().filter(is_whole).or(git.git_ref.as_deref())
}

async fn when<T>(wanted: bool, question: impl Future<Output = T>) -> Option<T> {
    if wanted { Some(question.await) } else { None }
}

/// The slug that a server makes of a name.
fn slug(name: &str) -> String {
    let words = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_guessed_as_servers_make_it() {
        for (name, expected) in
            [("Web Shop", "web-shop"), ("web-shop", "web-shop"), ("A.B  (c)", "a-b-c"), ("ü", "")]
        {
            assert_eq!(slug(name), expected, "{name}");
        }
    }
}
