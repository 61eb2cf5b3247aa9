//! Actions that wait for what a server's steps can never say.

use super::recognise::{EventError, Recognised};
use super::server::{CiServer, Raises};
use crate::document::{Node, Problem, Problems};
use crate::event::{BuildEvent, Moment, Status};
use crate::settings::{Settings, sections, wire::When};
use crate::text::choices;

/// The build event of a recognised server, where every action of the settings could be meant by one of that server's.
///
/// # Errors
///
/// Nothing says which build it is; or an action waits for an event that no step of this server raises, or for
/// a status that was not passed.
pub fn event_for(found: &Recognised, settings: &Settings) -> Result<BuildEvent, Unreachable> {
    let event = found.event()?;
    let mut problems = Vec::new();
    for (_, node) in sections(&settings.root) {
        problems.extend(never_meant(found.server, node, &event));
    }
    Ok(Problems::or(problems, event)?)
}

fn never_meant(server: CiServer, action: &Node, event: &BuildEvent) -> Option<Problem> {
    let at = action.get("when").unwrap_or(action);
    let when: When =
        action.get("when").and_then(|it| serde_json::from_value(it.to_json()).ok()).unwrap_or_default();
    let wanted = when.event.map(Moment::from);
    if let Some(wanted) = wanted.filter(|it| server.raises(*it) == Raises::Never) {
        let known = Moment::ALL.into_iter().filter(|it| server.raises(*it) != Raises::Never);
        let remedy = format!("a step of {server} can raise {}", choices(known.map(Moment::name)));
        let message = format!("this action waits for {wanted}, which no step of {server} ever raises");
        let origin = &at.get("event").unwrap_or(at).origin;
        return Some(Problem::new(origin, message, remedy));
    }
    let meant = wanted.is_none_or(|it| it == event.moment) && event.moment.has_status();
    (meant && event.status.is_none()).then(|| {
        let status = Status::from(when.status);
        let message = format!(
            "this action waits for the status {status}, and {server} does not say how the {} stands",
            if event.moment.has_stage() { "stage" } else { "build" }
        );
        Problem::new(&at.get("status").unwrap_or(at).origin, message, server.status_by())
    })
}

/// Why a recognised server gives no event for these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The event has a problem.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The settings have a problem.
    #[error(transparent)]
    Settings(#[from] Problems),
}
