//! Reads from an environment which CI server made it, and what it says about the build.

use std::collections::BTreeMap;

use crate::ci::sources::Files;
use crate::event::{Build, BuildEvent, Moment, Status, UnknownName};

use super::reading::{Field, Known, Reading, Variables};
use super::server::{CiServer, Raises};

/// What the command line says about the event, in addition to the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The server, whatever the environment shows.
    pub server: Option<CiServer>,
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
    pub server: CiServer,
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
        server: CiServer,
        /// The variables that would name the build.
        looked: Vec<String>,
    },
    /// A status in words that this server does not have.
    Status(#[from] UnknownName),
    /// Something that this server's steps can never raise.
    NeverRaised {
        /// The server.
        server: CiServer,
        /// The event.
        moment: Moment,
    },
}

impl EventError {
    /// The message, without a full stop.
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
    let (server, by) = match (overrides.server, CiServer::recognised(variables)) {
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
