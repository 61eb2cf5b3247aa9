//! The CI servers: how each is recognised, and what its environment says about the build.

mod continua;
mod shell;

use std::collections::BTreeMap;

use super::event::{BuildEvent, Moment, Status, UnknownName};

/// What the command line says about the event, beside the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// What happened; most servers do not say.
    pub moment: Option<Moment>,
    /// The stage that it happened to.
    pub stage: Option<String>,
    /// How the stage or build stands; most servers do not say.
    pub status: Option<Status>,
}

impl Overrides {
    /// Takes the names of a moment and a status as a person wrote them.
    ///
    /// # Errors
    /// A name that is not known.
    pub fn named(
        moment: Option<&str>,
        stage: Option<String>,
        status: Option<&str>,
    ) -> Result<Self, UnknownName> {
        let moment = moment.map(Moment::named).transpose()?;
        Ok(Self { moment, stage, status: status.map(Status::named).transpose()? })
    }
}

/// Why the environment gives no build event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// No CI server is recognised.
    #[error(
        "no CI server is recognised in the environment; hand in the build event with `--event FILE` or `--event -` \
         (schemas/event.json describes it), or name the action and its options on the command line \
         (`promenade create`, `promenade deploy`, `promenade promote`)"
    )]
    NoServer,
    /// A server is recognised, and does not say which build this is.
    #[error(
        "this is {server}, but the variable {variable} is not set; hand in the build event with `--event FILE`"
    )]
    NoBuild {
        /// The server.
        server: &'static str,
        /// The variable that should name the build.
        variable: &'static str,
    },
}

/// The build event that the environment speaks of.
///
/// # Errors
/// No server is recognised, or it does not name the build.
pub fn from_environment(
    environment: &BTreeMap<String, String>,
    overrides: &Overrides,
) -> Result<BuildEvent, EventError> {
    let mut event = match continua::event(environment) {
        Some(event) => event?,
        None => return shell::event(),
    };
    event.moment = overrides.moment.unwrap_or(event.moment);
    event.stage = overrides.stage.clone().or(event.stage);
    event.status = overrides.status.or(event.status);
    Ok(event)
}

/// A variable that is set and not blank.
fn set(environment: &BTreeMap<String, String>, name: &str) -> Option<String> {
    environment.get(name).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn continua() -> BTreeMap<String, String> {
        [
            ("ContinuaCI.Version", "1.9.2"),
            ("ContinuaCI.Build.Id", "4711"),
            ("ContinuaCI.Build.BuildNumber", "12"),
            ("ContinuaCI.Build.Version", "1.2.3"),
            ("ContinuaCI.Build.TriggeringBranch", "release/1"),
            ("ContinuaCI.Build.LatestChangeset.Revision", "abc"),
            ("ContinuaCI.Build.StartedBy", "Ann"),
            ("ContinuaCI.Build.Started", "22/11/2026 10:00:00"),
            ("ContinuaCI.Project.Name", "Shop"),
            ("ContinuaCI.Configuration.Name", "Web"),
            ("ContinuaCI.Variable.Approver", "Ben"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn continuas_variables_become_an_event() {
        let event = from_environment(&continua(), &Overrides::default()).expect("an event");
        let mut expected = BuildEvent::new(Moment::SendingStageToAgent, crate::ci::Build::new("4711"));
        expected.build.number = Some("12".into());
        expected.build.version = Some("1.2.3".into());
        expected.build.branch = Some("release/1".into());
        expected.build.commit = Some("abc".into());
        expected.build.started_by = Some("Ann".into());
        expected.build.pipeline = Some("Shop/Web".into());
        expected.variables.insert("Approver".into(), "Ben".into());
        assert_eq!(event, expected);
    }

    #[test]
    fn the_command_line_says_what_the_environment_does_not() {
        let overrides = Overrides::named(Some("stage-completed"), Some("Test".into()), Some("failed"));
        let event = from_environment(&continua(), &overrides.expect("known names")).expect("an event");
        let told = (event.moment, event.stage.as_deref(), event.status);
        assert_eq!(told, (Moment::StageCompleted, Some("Test"), Some(Status::Failed)));
        Overrides::named(Some("done"), None, None).expect_err("unknown");
    }

    #[test]
    fn nothing_is_guessed() {
        let error = from_environment(&BTreeMap::new(), &Overrides::default()).expect_err("no server");
        assert_eq!(error, EventError::NoServer);
        let mut nameless = continua();
        nameless.insert("ContinuaCI.Build.Id".into(), " ".into());
        let error = from_environment(&nameless, &Overrides::default()).expect_err("no build");
        assert!(error.to_string().contains("ContinuaCI.Build.Id"), "{error}");
    }
}
