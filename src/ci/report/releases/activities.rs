//! The work for a release, read from its journal.

use std::collections::BTreeMap;

use crate::driver::Made;
use crate::flow::course::{Attempt, Course, End};
use crate::flow::promotion::Event;
use crate::flow::time::Time;
use crate::store::Entry;

use super::course::{environment, kind};
use super::record::{ActivityReport, DeploymentLink, stamp};

/// An attempt so far.
struct Activity {
    report: ActivityReport,
    began: Time,
    ended: Option<Time>,
}

/// The attempts in the order in which they began. Entries that nothing held up are left out.
pub(super) fn of(course: &Course, journal: &[Entry], now: Time) -> Vec<ActivityReport> {
    let mut all: Vec<Activity> = Vec::new();
    let mut places: BTreeMap<&Attempt, usize> = BTreeMap::new();
    for entry in journal {
        let Some(event) = &entry.event else { continue };
        let Some(of) = event.attempt() else { continue };
        if let Event::Began(of) = event {
            places.insert(of, all.len());
            all.push(began(course, of, entry.at));
        } else if let Some(activity) = places.get(of).and_then(|it| all.get_mut(*it)) {
            activity.apply(event, entry.at);
        }
    }
    let reports = all.into_iter().map(|it| it.report(now));
    reports
        .filter(|it| !(it.kind == "enter" && it.seconds < 1.0 && it.end.as_deref() == Some("passed")))
        .collect()
}

fn began(course: &Course, of: &Attempt, at: Time) -> Activity {
    let report = ActivityReport {
        name: of.to_string(),
        environment: environment(course, &of.node).unwrap_or_default().to_owned(),
        kind: kind(course, &of.node).to_owned(),
        attempt: of.number,
        began: stamp(at),
        ended: None,
        seconds: 0.0,
        end: None,
        reason: None,
        needs_person: false,
        deployments: Vec::new(),
    };
    Activity { report, began: at, ended: None }
}

impl Activity {
    fn apply(&mut self, event: &Event, at: Time) {
        match event {
            Event::Noted { reference, .. } => self.report.deployments = links(reference),
            Event::Suspended { reason, .. } => {
                self.report.needs_person = true;
                self.report.reason = Some(reason.clone());
            }
            Event::Resumed(_) => {
                self.report.needs_person = false;
                self.report.reason = None;
            }
            Event::PutOff { reason, .. } => self.end("again-later", Some(reason), at),
            Event::Ended { end, reason, .. } => self.end(end.name(), reason.as_ref(), at),
            // When that was is not known; when it became known is.
            Event::Learned { end, reason, .. } => self.end(end.name(), reason.as_ref(), at),
            _ => {}
        }
    }

    fn end(&mut self, end: &str, reason: Option<&String>, at: Time) {
        self.report.needs_person = false;
        self.report.end = Some(end.to_owned());
        self.report.reason = reason.cloned();
        self.ended = Some(at);
    }

    fn report(mut self, now: Time) -> ActivityReport {
        let took = self.ended.unwrap_or(now).since(self.began);
        self.report.seconds = std::time::Duration::from(took).as_secs_f64();
        self.report.ended = self.ended.map(stamp);
        self.report
    }
}

/// The deployments that a reference names.
pub(super) fn links(reference: &str) -> Vec<DeploymentLink> {
    let made = Made::read(reference).map(|it| it.deployments).unwrap_or_default();
    let link = |it: crate::backend::Deployment| DeploymentLink {
        target: it.target.to_string(),
        adopted: it.adopted.is_some(),
        id: it.id,
        task: it.task,
        url: it.url,
    };
    made.into_iter().map(link).collect()
}

/// Whether an activity ended without anybody knowing how.
pub(super) fn is_unknown(activity: &ActivityReport) -> bool {
    activity.end.as_deref() == Some(End::Unknown.name())
}
