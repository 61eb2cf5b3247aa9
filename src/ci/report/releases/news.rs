//! The news of a release in lines: what each event of its journal means for people.

use crate::ci::report::{Line, Tone};
use crate::flow::course::{Attempt, Course, End};
use crate::flow::input::{Command, Input};
use crate::flow::promotion::{Event, StoppedBy, Why};
use crate::store::{Cause, Entry};
use crate::text::clean;

use super::activities::links;
use super::course::{environment, joined, kind};
use super::record::stamp;

/// What is news in a line of a journal. `title` is the release's name, `version` what it promotes.
#[must_use]
pub fn news(title: &str, version: &str, course: &Course, entry: &Entry) -> Vec<Line> {
    let by = entry.cause.as_ref().and_then(|it| match &it.from {
        Cause::Person { by, .. } => Some(by.0.as_str()),
        _ => None,
    });
    let Some(event) = &entry.event else {
        let text = format!("line {} of its journal is of a newer program", entry.seq);
        return said(title, Tone::Warning, &text);
    };
    let (tone, text) = match told(version, course, entry, event, by) {
        Some(told) => told,
        None => return Vec::new(),
    };
    let place = event.attempt().and_then(|it| environment(course, &it.node));
    match place {
        Some(environment) => said(title, tone, &format!("{}: {text}", clean(environment))),
        None => said(title, tone, &text),
    }
}

/// Something that nobody has to do anything about at once, such as what does not work and is tried again.
#[must_use]
pub fn warning(
    title: Option<&str>,
    attempt: Option<&Attempt>,
    message: &str,
    advice: Option<&str>,
) -> Vec<Line> {
    let attempt = attempt.map(|it| format!("{it}: ")).unwrap_or_default();
    let advice = advice.map(|it| format!("; what to do: {it}")).unwrap_or_default();
    let text = format!("warning: {attempt}{message}{advice}");
    match title {
        Some(title) => said(title, Tone::Warning, &text),
        None => Line::of_text(Tone::Warning, "release", &text),
    }
}

fn said(title: &str, tone: Tone, text: &str) -> Vec<Line> {
    Line::of_text(tone, &format!("release: {}", clean(title)), text)
}

fn told(
    version: &str,
    course: &Course,
    entry: &Entry,
    event: &Event,
    by: Option<&str>,
) -> Option<(Tone, String)> {
    let plain = |text: String| Some((Tone::Plain, text));
    match event {
        Event::Started => {
            plain(format!("started with {version}{}", by.map(|it| format!(" by {it}")).unwrap_or_default()))
        }
        Event::Began(of) => plain(begins(version, course, of)?),
        Event::Noted { reference, .. } => plain(made(reference)?),
        Event::Suspended { reason, .. } => Some((Tone::Warning, format!("needs a person: {reason}"))),
        Event::Resumed(_) => plain("needs no person any more".to_owned()),
        Event::PutOff { until, reason, .. } => {
            Some((Tone::Warning, format!("failed: {reason}; tried again at {}", stamp(*until))))
        }
        Event::Stopping { why, .. } => Some((Tone::Warning, format!("is being stopped: {}", stopping(*why)))),
        Event::Ended { of, end, reason } => ended(course, of, *end, reason.as_deref()),
        Event::Learned { of, end, reason } => {
            let reason = reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
            environment(course, &of.node)?;
            (kind(course, &of.node) != "join").then(|| (tone(*end), format!("{of} turned out {end}{reason}")))
        }
        Event::Approved { of, by } => plain(format!("{} approved {of}", by.0)),
        Event::Stopped(stopped) => {
            let reason = stopped.reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
            Some((Tone::Warning, format!("{}{reason}", stopped_by(&stopped.by))))
        }
        Event::Reset { .. } => {
            plain(format!("{}{}", by.map(|it| format!("{it}: ")).unwrap_or_default(), again(entry)))
        }
        Event::StopwatchStarted | Event::StopwatchStopped => None,
    }
}

fn begins(version: &str, course: &Course, of: &Attempt) -> Option<String> {
    let again = if of.number > 1 { format!(" (attempt {})", of.number) } else { String::new() };
    match kind(course, &of.node) {
        "verify" => Some(format!("checking that it has {version}{again}")),
        "deploy" => Some(format!("deploying {version}{again}")),
        "approval" => Some("waits for an approval".to_owned()),
        _ => None,
    }
}

/// The deployments that a reference names, in one line.
fn made(reference: &str) -> Option<String> {
    let links = links(reference);
    let link = |it: &super::DeploymentLink| {
        let taken_over = if it.adopted { ", taken over" } else { "" };
        format!("deployment {} to {} ({}{taken_over})", it.id, it.target, it.url)
    };
    (!links.is_empty()).then(|| links.iter().map(link).collect::<Vec<_>>().join(", "))
}

/// Work that passed is told by the end of its environment.
fn ended(course: &Course, of: &Attempt, end: End, reason: Option<&str>) -> Option<(Tone, String)> {
    let reason = reason.map(|it| format!(": {it}")).unwrap_or_default();
    let is_environment = joined(course, &of.node).is_some();
    let worth = match end {
        End::Passed | End::Skipped | End::Cancelled => is_environment,
        End::Failed | End::Refused | End::Unknown => !is_environment,
    };
    if !worth || of.node == course.result {
        return None;
    }
    let words = match end {
        End::Unknown => "nobody can tell how it ended".to_owned(),
        End::Skipped => "skipped, since what it depends on has not passed".to_owned(),
        end => end.name().to_owned(),
    };
    Some((tone(end), format!("{words}{reason}")))
}

pub(super) fn tone(end: End) -> Tone {
    match end {
        End::Passed => Tone::Good,
        End::Skipped => Tone::Plain,
        End::Cancelled => Tone::Warning,
        End::Failed | End::Refused | End::Unknown => Tone::Bad,
    }
}

fn stopping(why: Why) -> &'static str {
    match why {
        Why::Stopped => "the release is being stopped",
        Why::Limit => "it reached its time limit",
        Why::PersonLimit => "it waited too long for a person",
    }
}

fn stopped_by(by: &StoppedBy) -> String {
    match by {
        StoppedBy::Person(person) => format!("{} terminates it", person.0),
        StoppedBy::Limit => "the flow's time limit ends it".to_owned(),
        StoppedBy::Newer(number) => format!("release {number} replaces it"),
    }
}

fn again(entry: &Entry) -> String {
    match entry.cause.as_ref().and_then(|it| it.input.as_ref()) {
        Some(Input::Command(Command::Restart { environment, .. })) => {
            format!("{environment} and what follows it run again")
        }
        _ => "what did not pass runs again".to_owned(),
    }
}
