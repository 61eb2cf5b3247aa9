//! Continua CI: variables with dots in their names, which an agent gives to the programs it starts.
//!
//! The names are those that cake-build/cake reads (`src/Cake.Common/Build/ContinuaCI`). A program runs within a
//! stage that has begun and not ended, so the moment is the last that has passed, and there is no status yet:
//! whoever calls promenade at the end of a stage says so with `--moment` and `--status`.

use std::collections::BTreeMap;

use super::{EventError, set};
use crate::ci::event::{Build, BuildEvent, Moment};

const MARK: &str = "ContinuaCI.Version";
const ID: &str = "ContinuaCI.Build.Id";
const VARIABLE: &str = "ContinuaCI.Variable.";

/// The event of an environment that Continua made; `None` where it did not.
pub(super) fn event(environment: &BTreeMap<String, String>) -> Option<Result<BuildEvent, EventError>> {
    environment.contains_key(MARK).then(|| {
        let id = set(environment, ID).ok_or(EventError::NoBuild { server: "Continua CI", variable: ID })?;
        Ok(of(id, environment))
    })
}

fn of(id: String, environment: &BTreeMap<String, String>) -> BuildEvent {
    let get = |name: &str| set(environment, &format!("ContinuaCI.{name}"));
    let mut build = Build::new(id);
    build.number = get("Build.BuildNumber");
    build.version = get("Build.Version");
    build.pipeline = match (get("Project.Name"), get("Configuration.Name")) {
        (Some(project), Some(configuration)) => Some(format!("{project}/{configuration}")),
        (project, configuration) => configuration.or(project),
    };
    build.branch = get("Build.TriggeringBranch").or_else(|| get("Build.LatestChangeset.Branch"));
    build.commit = get("Build.LatestChangeset.Revision");
    build.started_by = get("Build.StartedBy");
    // Continua writes the time in the agent's own format and zone; what is not RFC 3339 is left out, since a
    // wrong start would make another build's deployment look like ours.
    build.started_at = get("Build.Started").and_then(|it| it.parse().ok());
    let mut event = BuildEvent::new(Moment::SendingStageToAgent, build);
    let variables = environment
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(VARIABLE)?.to_owned(), value.clone())));
    event.variables = variables.collect();
    event
}
