//! The CI servers: how each is recognised, what its environment says about the build, and how it is spoken to.
//!
//! Each server has one file, which holds one `Profile`. A new server is a file, a variant of [`Server`] and its
//! line in `Server::profile`.

mod azure;
mod bamboo;
mod bitbucket;
mod buildbot;
mod buildkite;
mod circleci;
mod continua;
mod drone;
mod forgejo;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
mod properties;
mod reach;
mod reading;
mod shell;
mod speech;
mod teamcity;
mod woodpecker;

use std::collections::BTreeMap;
use std::fmt;

use crate::event::{Build, BuildEvent, Moment, Status, UnknownName};
pub use reach::Unreachable;
pub use reading::{Field, Files, Known, Variables};
use reading::{Reading, set};
pub use speech::{Act, Output, Speech, Trouble, Voice};

/// A CI server that promenade is at home in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
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

/// All that is known of one server.
struct Profile {
    /// What settings and flags call it.
    name: &'static str,
    /// What people call it.
    title: &'static str,
    /// The variable by which an environment shows that this server made it.
    recognised: fn(&Variables) -> Option<&'static str>,
    /// Reads what its variables say about the build.
    read: fn(&mut Reading<'_>),
    /// What a step can say has happened, beside that its stage is completed, and where such a step stands.
    told: &'static [(Moment, &'static str)],
    /// Its own words for how a stage or build stands; what is none of them says nothing.
    statuses: &'static [(&'static str, Status)],
    /// How a status is passed in where no variable holds it.
    status_by: &'static str,
    /// What it is given to hear something.
    speak: fn(&Speech<'_>, &Voice<'_>) -> Vec<Act>,
}

/// How a step of a server comes to raise an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raises {
    /// Each step raises it by itself.
    ByItself,
    /// A step at this place raises it when told so with `--moment`.
    WhenTold(&'static str),
    /// No step ever can.
    Never,
}

impl Server {
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

    fn profile(self) -> &'static Profile {
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
        let told = self.profile().told.iter().find(|(it, _)| *it == moment);
        told.map_or(Raises::Never, |(_, place)| Raises::WhenTold(place))
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

    /// What this server is given to hear something.
    #[must_use]
    pub fn speak(self, speech: &Speech<'_>, voice: &Voice<'_>) -> Vec<Act> {
        (self.profile().speak)(speech, voice)
    }
}

/// No file is there.
struct NoFiles;

impl Files for NoFiles {
    fn text(&self, path: &std::path::Path) -> Result<String, String> {
        Err(format!("{} is not there", path.display()))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.profile().title)
    }
}

/// What the command line says about the event, beside the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The server, whatever the environment shows.
    pub server: Option<Server>,
    /// What happened; most servers do not say.
    pub moment: Option<Moment>,
    /// The stage that it happened to.
    pub stage: Option<String>,
    /// How the stage or build stands, in promenade's words or the server's own.
    pub status: Option<String>,
}

/// What an environment says, and where each part of it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The server.
    pub server: Server,
    /// The variable that showed it; nothing where the command line said so.
    pub by: Option<&'static str>,
    /// What happened.
    pub moment: Moment,
    /// The fields that are known.
    pub known: BTreeMap<Field, Known>,
    /// Where the others would have stood; nothing for a field that this server does not have.
    pub looked: BTreeMap<Field, Vec<String>>,
    /// The server's own variables, such as its configuration parameters.
    pub parameters: BTreeMap<String, String>,
    /// What could not be read, in words.
    pub doubts: Vec<String>,
    status: Option<Status>,
}

/// Why the environment gives no build event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.message(), self.remedy())]
pub enum EventError {
    /// No CI server is recognised.
    NoServer,
    /// A server is recognised, and does not say which build this is.
    NoBuild {
        /// The server.
        server: Server,
        /// The variables that would name the build.
        looked: Vec<String>,
    },
    /// A status in words that this server does not have.
    Status(#[from] UnknownName),
    /// Something that this server's steps can never raise.
    NeverRaised {
        /// The server.
        server: Server,
        /// The event.
        moment: Moment,
    },
}

impl EventError {
    /// What is wrong, without a full stop.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::NoServer => "no CI server is recognised in the environment".to_owned(),
            Self::NoBuild { server, looked } => {
                format!("this is {server}, but nothing says which build: {}", missing(looked))
            }
            Self::Status(unknown) => unknown.message.clone(),
            Self::NeverRaised { server, moment } => {
                format!("a step of {server} never raises the event {moment}")
            }
        }
    }

    /// How to fix it, without a full stop.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NoServer => "pass the build event with `--event FILE` or `--event -` (schemas/event.json describes \
                               it), name the server with `--ci NAME`, or name the action and its options on the \
                               command line (`promenade create`, `promenade deploy`, `promenade promote`)"
                .to_owned(),
            Self::NoBuild { .. } => {
                "set what is missing, or pass the build event with `--event FILE`".to_owned()
            }
            Self::Status(unknown) => unknown.remedy.clone(),
            Self::NeverRaised { .. } => {
                format!("use another `--moment`, or leave it out: a step is {}", Moment::StageCompleted)
            }
        }
    }
}

/// The name of a variable that has this value.
fn is(variables: &Variables, name: &'static str, value: &str) -> Option<&'static str> {
    variables.get(name).is_some_and(|it| it == value).then_some(name)
}

/// The name of a variable that is set and not blank.
fn known(variables: &Variables, name: &'static str) -> Option<&'static str> {
    set(variables, name).map(|_| name)
}

fn missing(looked: &[String]) -> String {
    match looked {
        [] => "it has no variable for that".to_owned(),
        [one] => format!("the variable {one} is not set"),
        several => format!("the variables {} are not set", several.join(" and ")),
    }
}

/// What the environment and the command line say.
///
/// # Errors
/// No server is recognised, or what the command line says does not fit it.
pub fn recognise(
    variables: &Variables,
    overrides: &Overrides,
    files: &dyn Files,
) -> Result<Recognised, EventError> {
    let (server, by) = match (overrides.server, Server::recognised(variables)) {
        (Some(server), Some((found, by))) if server == found => (server, Some(by)),
        (Some(server), _) => (server, None),
        (None, Some((server, by))) => (server, Some(by)),
        (None, None) => return Err(EventError::NoServer),
    };
    let moment = overrides.moment.unwrap_or(Moment::StageCompleted);
    if server.raises(moment) == Raises::Never {
        return Err(EventError::NeverRaised { server, moment });
    }
    let mut reading = Reading::new(variables, files);
    reading.set(Field::Stage, overrides.stage.clone(), &["--stage"]);
    reading.set(Field::Status, overrides.status.clone(), &["--status"]);
    (server.profile().read)(&mut reading);
    let Reading { mut known, mut looked, parameters, doubts, .. } = reading;
    if !moment.has_stage() && overrides.stage.is_none() {
        known.remove(&Field::Stage);
    }
    let status = match known.get(&Field::Status) {
        Some(it) if it.from == ["--status"] => Some(server.status(&it.value)?),
        // A word for a build that is still running says nothing about how it ends.
        Some(it) => server.status(&it.value).ok(),
        None => None,
    };
    if status.is_none()
        && let Some(it) = known.remove(&Field::Status)
    {
        looked.entry(Field::Status).or_default().extend(it.from);
    }
    looked.retain(|field, from| {
        from.retain(|it| !it.starts_with("--"));
        !known.contains_key(field) && !from.is_empty()
    });
    Ok(Recognised { server, by, moment, known, looked, parameters, doubts, status })
}

impl Recognised {
    /// What it says about a field.
    #[must_use]
    pub fn value(&self, field: Field) -> Option<&str> {
        self.known.get(&field).map(|it| it.value.as_str())
    }

    /// The build event.
    ///
    /// # Errors
    /// Nothing says which build it is.
    pub fn event(&self) -> Result<BuildEvent, EventError> {
        let get = |field| self.value(field).map(str::to_owned);
        let Some(id) = get(Field::Id) else {
            let looked = self.looked.get(&Field::Id).cloned().unwrap_or_default();
            return Err(EventError::NoBuild { server: self.server, looked });
        };
        let mut build = Build::new(id);
        build.server = Some(self.server.name().to_owned());
        build.address = get(Field::Address);
        build.attempt = self.value(Field::Attempt).and_then(|it| it.parse().ok());
        build.number = get(Field::Number);
        build.version = get(Field::Version);
        build.url = get(Field::Url);
        build.pipeline = get(Field::Pipeline);
        build.branch = get(Field::Branch);
        build.tag = get(Field::Tag);
        build.pull_request = get(Field::PullRequest);
        build.commit = get(Field::Commit);
        build.started_by = get(Field::StartedBy);
        build.started_at = self.value(Field::StartedAt).and_then(|it| it.parse().ok());
        let mut event = BuildEvent::new(self.moment, build);
        event.stage = get(Field::Stage);
        event.status = self.status;
        event.variables.clone_from(&self.parameters);
        Ok(event)
    }
}
