//! What the plan's tests start from, and how they read a plan.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::actions::{DeployOptions, PromoteOptions};
use crate::ci::plan::{
    Decision, Occasion, Plan, Planned, PlannedAction, PlannedPromotion, PlannedRelease, Work,
};
use crate::ci::sources::{Files, SourceError, Sources};
use crate::event::expression::RunContext;
use crate::event::{Build, BuildEvent, Moment, Status};
use crate::model::SecretSource;
use crate::settings::{Document, Settings};

pub(super) struct Fake;

impl RunContext for Fake {
    fn redacted(&self, text: &str) -> String {
        text.replace("s3cret", "***")
    }

    fn is_unreadable(&self, _: &str) -> bool {
        false
    }
}

impl Files for Fake {
    fn text(&self, path: &Path) -> Result<String, SourceError> {
        match path.to_str() {
            Some("notes.md") => Ok("From 50% of $files".into()),
            Some("foreign.md") => Ok("Merge #{Database.Password} of s3cret".into()),
            _ => Err(SourceError::new("not found", "check the path")),
        }
    }
}

impl Sources for Fake {
    fn secret(&self, source: &SecretSource) -> Result<SecretString, SourceError> {
        match source {
            SecretSource::Variable(name) if name == "TOKEN" => Ok("s3cret".into()),
            SecretSource::Variable(name) if name == "ODD" => Ok("p#{w".into()),
            other => Err(SourceError::new(format!("no such thing as {other:?}"), "make it")),
        }
    }

    fn now(&self) -> Timestamp {
        "2026-12-01T20:59:00Z".parse().expect("a time")
    }
}

pub(super) fn settings(actions: &str) -> Settings {
    let connection =
        "connection = { url = \"http://o\", project = \"P\", channel = \"C\", api-key = { env = \"K\" } }\n";
    let document = Document::parse(format!("{connection}{actions}").as_bytes(), "p.toml").expect("TOML");
    Settings::load(&document, &BTreeMap::new()).unwrap_or_else(|it| panic!("{it}"))
}

pub(super) fn completed() -> BuildEvent {
    let mut event = BuildEvent::new(Moment::BuildCompleted, Build::new("7"));
    event.status = Some(Status::Successful);
    event.build.version = Some("1.2.3".into());
    event.build.branch = Some("release/1".into());
    event.variables.insert("Approver".into(), "Ann".into());
    event
}

pub(super) fn plan_for(actions: &str, event: &BuildEvent) -> Result<Plan, String> {
    crate::ci::plan::plan(&settings(actions), Occasion::Event(event), &BTreeMap::new(), &Fake)
        .map_err(|it| it.to_string())
}

pub(super) fn plan(actions: &str) -> Result<Plan, String> {
    plan_for(actions, &completed())
}

pub(super) fn run(planned: &Planned) -> &PlannedAction {
    match &planned.decision {
        Decision::Run(action) => action,
        Decision::Skip(reason) => panic!("{} is skipped: {reason}", planned.title),
    }
}

pub(super) fn skipped(planned: &Planned) -> String {
    match &planned.decision {
        Decision::Run(_) => panic!("{} runs", planned.title),
        Decision::Skip(reason) => reason.to_string(),
    }
}

pub(super) fn deploy(planned: &Planned) -> &DeployOptions {
    deployed(planned).1
}

/// What is deployed, and how.
pub(super) fn deployed(planned: &Planned) -> (&PlannedRelease, &DeployOptions) {
    if let Work::Deploy(release, options) = &run(planned).work {
        (release, options)
    } else {
        panic!("{} is no deploy", planned.title)
    }
}

pub(super) fn promote(planned: &Planned) -> &PromoteOptions {
    promoted(planned).1
}

/// What is promoted, and how.
pub(super) fn promoted(planned: &Planned) -> (&PlannedPromotion, &PromoteOptions) {
    if let Work::Promote(release, options) = &run(planned).work {
        (release, options)
    } else {
        panic!("{} is no promote", planned.title)
    }
}
