//! From settings and a build event to a plan: what `handle`, `plan` and `check` begin with.

use std::path::Path;
use std::sync::Arc;

use promenade::ci::invocation::Invocation;
use promenade::ci::plan::plan;
use promenade::ci::servers::{EventError, Recognised, Unreachable, event_for};
use promenade::ci::{Occasion, Plan};
use promenade::event::BuildEvent;
use promenade::settings::Settings;

use super::output::Output;
use super::process::Process;
use super::refusal::{Refusal, Unready};
use super::secrets::Reader;
use super::settings::{hide_named, name, settings};
use super::{files, recognise};

/// Settings that were understood, and the plan that they make of this event.
pub(crate) struct Ready {
    pub(crate) settings: Settings,
    pub(crate) plan: Plan,
    pub(crate) event: Option<BuildEvent>,
}

/// Reads settings and event, and makes the plan. Every problem is reported before anything is done.
pub(crate) fn ready(asked: &Invocation, process: &Process, output: &Arc<Output>) -> Result<Ready, Unready> {
    recognise::speak(&asked.overrides, process, output);
    let settings = settings(asked, process, output);
    let event = event(asked, process);
    // A mistake in the settings does not hide one in the event.
    let (settings, event) = match (settings, event) {
        (Ok(settings), Ok(event)) => (settings, event),
        (Err(Unready::Problems(mut one)), Err(Unready::Problems(other))) => {
            one.extend(other);
            return Err(Unready::Problems(one));
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let event = event.of(asked, &settings)?;
    hide_named(&settings, process, output);
    let plan = planned(asked, &settings, event.as_ref(), process, output);
    if output.too_short() > 0 {
        output.error("warning: a secret is shorter than 4 characters and cannot be kept out of the log");
    }
    let plan = plan?;
    for warning in &plan.warnings {
        output.error(&format!("warning: {warning}"));
    }
    Ok(Ready { plan, settings, event })
}

impl Ready {
    /// Makes the plan again, with the secrets that the output hides by now, and reports the warnings that are new.
    pub(super) fn plan_again(
        &mut self,
        asked: &Invocation,
        process: &Process,
        output: &Output,
    ) -> Result<(), Unready> {
        let plan = planned(asked, &self.settings, self.event.as_ref(), process, output)?;
        let new = plan.warnings.iter().filter(|it| !self.plan.warnings.contains(it));
        new.for_each(|it| output.error(&format!("warning: {it}")));
        self.plan = plan;
        Ok(())
    }
}

/// The plan. None of its texts holds a secret that the output hides by now.
fn planned(
    asked: &Invocation,
    settings: &Settings,
    event: Option<&BuildEvent>,
    process: &Process,
    output: &Output,
) -> Result<Plan, Unready> {
    let reader = Reader::new(process).redacting(output);
    let occasion = match (&asked.action, event) {
        (Some((kind, _)), event) => Occasion::Command(*kind, event),
        (None, Some(event)) => Occasion::Event(event),
        (None, None) => return Err(Refusal::new("there is no build event", "").into()),
    };
    let plan = plan(settings, occasion, process.variables(), &reader);
    output.hide(reader.secrets());
    Ok(plan?)
}

/// Where a build event comes from.
enum Event {
    Nowhere,
    Document(Box<BuildEvent>),
    Environment(Recognised),
}

impl Event {
    /// The build event. Where a CI server's step raises it, no action may wait for what such a step never reports; an
    /// action that was asked for by its own command waits for nothing.
    fn of(self, asked: &Invocation, settings: &Settings) -> Result<Option<BuildEvent>, Unready> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Document(event) => Ok(Some(*event)),
            Self::Environment(found) if asked.action.is_some() => Ok(found.event().ok()),
            Self::Environment(found) => event_for(&found, settings).map(Some).map_err(|error| match error {
                Unreachable::Event(error) => Refusal::from(error).into(),
                Unreachable::Settings(problems) => problems.into(),
            }),
        }
    }
}

/// The event that the command line names, or the one of the environment.
fn event(asked: &Invocation, process: &Process) -> Result<Event, Unready> {
    let document = |bytes: &[u8], name: &str| -> Result<Event, Unready> {
        Ok(Event::Document(Box::new(BuildEvent::parse(bytes, name)?)))
    };
    match asked.event.as_deref() {
        Some("-") => document(&files::standard_input()?, "standard input"),
        Some(path) => document(&files::bytes(Path::new(path))?, &name(Path::new(path))),
        None => match recognise::recognised(&asked.overrides, process) {
            Ok(found) => {
                recognise::all_readable(&found, process)?;
                Ok(Event::Environment(found))
            }
            // An action's own command needs no event.
            Err(EventError::NoServer) if asked.action.is_some() => Ok(Event::Nowhere),
            Err(error) => Err(Refusal::from(error).into()),
        },
    }
}
