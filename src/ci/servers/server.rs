//! The CI servers, each with its profile.

use std::fmt;
use std::path::Path;

use crate::ci::sources::{Files, SourceError};
use crate::event::{Moment, Status, UnknownName};

use super::message::{Act, Message, MessageContext};
use super::profile::Profile;
use super::reading::{Field, Reading, Variables};
use super::{
    azure, bamboo, bitbucket, buildbot, buildkite, circleci, continua, drone, forgejo, gitea, github, gitlab,
    jenkins, shell, teamcity, woodpecker,
};

/// A CI server that promenade is at home in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CiServer {
    /// Continua CI.
    Continua,
    /// TeamCity.
    TeamCity,
    /// Forgejo Actions.
    Forgejo,
    /// Gitea Actions.
    Gitea,
    /// GitHub Actions, and what stands in for its runner on a developer's machine.
    GitHub,
    /// Woodpecker.
    Woodpecker,
    /// GitLab CI.
    GitLab,
    /// Azure Pipelines.
    Azure,
    /// Buildkite.
    Buildkite,
    /// CircleCI.
    CircleCi,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Bamboo.
    Bamboo,
    /// Drone.
    Drone,
    /// Jenkins.
    Jenkins,
    /// Buildbot.
    Buildbot,
    /// A plain shell, or a server that is not known.
    Shell,
}

/// How a step of a server comes to raise an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raises {
    /// Each step raises it by itself.
    ByItself,
    /// A step at this place raises it where `--moment` says so.
    WhenTold(&'static str),
    /// No step ever can.
    Never,
}

impl CiServer {
    /// Every server, in the order in which they are looked for: several set the marks of others as well.
    pub const ALL: [Self; 16] = [
        Self::Continua,
        Self::TeamCity,
        Self::Forgejo,
        Self::Gitea,
        Self::GitHub,
        Self::Woodpecker,
        Self::GitLab,
        Self::Azure,
        Self::Buildkite,
        Self::CircleCi,
        Self::Bitbucket,
        Self::Bamboo,
        Self::Drone,
        Self::Jenkins,
        Self::Buildbot,
        Self::Shell,
    ];

    pub(super) fn profile(self) -> &'static Profile {
        match self {
            Self::Continua => &continua::PROFILE,
            Self::TeamCity => &teamcity::PROFILE,
            Self::Forgejo => &forgejo::PROFILE,
            Self::Gitea => &gitea::PROFILE,
            Self::GitHub => &github::PROFILE,
            Self::Woodpecker => &woodpecker::PROFILE,
            Self::GitLab => &gitlab::PROFILE,
            Self::Azure => &azure::PROFILE,
            Self::Buildkite => &buildkite::PROFILE,
            Self::CircleCi => &circleci::PROFILE,
            Self::Bitbucket => &bitbucket::PROFILE,
            Self::Bamboo => &bamboo::PROFILE,
            Self::Drone => &drone::PROFILE,
            Self::Jenkins => &jenkins::PROFILE,
            Self::Buildbot => &buildbot::PROFILE,
            Self::Shell => &shell::PROFILE,
        }
    }

    /// What flags call it, such as `github`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.profile().name
    }

    /// The server of this name.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn named(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| UnknownName::of("CI server", name, Self::ALL.into_iter().map(Self::name)))
    }

    /// The server that made an environment, and the variable that shows it. `CI=true` alone shows nothing.
    #[must_use]
    pub fn recognised(variables: &Variables) -> Option<(Self, &'static str)> {
        Self::ALL.into_iter().find_map(|it| Some((it, (it.profile().recognised)(variables)?)))
    }

    /// How a step of this server comes to raise an event.
    #[must_use]
    pub fn raises(self, moment: Moment) -> Raises {
        if moment == Moment::StageCompleted {
            return Raises::ByItself;
        }
        let event = self.profile().steps_for.iter().find(|(it, _)| *it == moment);
        event.map_or(Raises::Never, |(_, place)| Raises::WhenTold(place))
    }

    /// The variables in which a field is looked for; none for a field that this server does not have.
    #[must_use]
    pub fn looks_for(self, field: Field) -> Vec<String> {
        let nothing = Variables::new();
        let mut reading = Reading::new(&nothing, &NoFiles);
        (self.profile().read)(&mut reading);
        reading.looked.remove(&field).unwrap_or_default()
    }

    /// This server's own words for a status.
    pub fn statuses(self) -> impl Iterator<Item = (&'static str, Status)> {
        self.profile().statuses.iter().copied()
    }

    /// How a status is passed in.
    #[must_use]
    pub fn status_by(self) -> &'static str {
        self.profile().status_by
    }

    /// A status in this server's own words, or in promenade's.
    ///
    /// # Errors
    /// Says which words there are.
    pub fn status(self, word: &str) -> Result<Status, UnknownName> {
        let words = self.profile().statuses;
        let own = words.iter().find(|(it, _)| it.eq_ignore_ascii_case(word)).map(|(_, status)| *status);
        own.map_or_else(|| Status::named(word), Ok).map_err(|_| {
            let known = Status::ALL.into_iter().map(Status::name).chain(words.iter().map(|(it, _)| *it));
            UnknownName::of("status", word, known)
        })
    }

    /// A message in the form that this server reads.
    #[must_use]
    pub fn render(self, message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
        (self.profile().render)(message, context)
    }
}

/// No file is there.
struct NoFiles;

impl Files for NoFiles {
    fn text(&self, path: &Path) -> Result<String, SourceError> {
        Err(SourceError::new(format!("{} is not there", path.display()), "make the file"))
    }
}

impl fmt::Display for CiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.profile().title)
    }
}
