//! A release in lines: where it stands, what was done for it, why it has not gone on, and what to do.

use std::time::Duration;

use crate::ci::report::result::RunVerdict;
use crate::ci::report::{Line, Tone, span};
use crate::flow::course::Course;
use crate::flow::promotion::Promotion;
use crate::text::clean;

use super::list::who;
use super::record::{ActivityReport, DetailsReport, OutcomeReport, PersonReport, ReleaseReport, outcome};

/// What begins each line about a release.
#[must_use]
pub fn title(release: &ReleaseReport) -> String {
    format!("release: {}", clean(&release.name))
}

/// Everything about a release but its picture.
#[must_use]
pub fn lines(release: &ReleaseReport) -> Vec<Line> {
    let mut lines = head(release);
    let Some(details) = &release.details else { return lines };
    let say = |tone: Tone, text: String| Line::of_text(tone, &title(release), &text);
    for (environment, at) in release.environments.iter().zip(0..) {
        let mut of = details.activities.iter().filter(|it| it.environment == environment.name).peekable();
        let status = format!("{}: {} since {}", environment.name, environment.status, environment.since);
        // An environment is named at least once.
        if of.peek().is_none() {
            let text = if at == 0 { format!("{status} (trigger)") } else { status };
            lines.extend(say(Tone::Plain, text));
        }
        of.for_each(|it| lines.extend(say(tone(it), activity(it))));
    }
    let waits = details.waits.iter().flat_map(|it| it.reasons.iter().map(move |reason| (it, reason)));
    waits.for_each(|(it, reason)| {
        lines.extend(say(Tone::Plain, format!("{}: not yet: {reason}", it.environment)));
    });
    details.people.iter().for_each(|it| lines.extend(say(Tone::Plain, person(it))));
    if let Some(trouble) = &release.trouble {
        lines.extend(say(Tone::Bad, format!("error: it is driven no further: {trouble}")));
    }
    details.advice.iter().for_each(|it| lines.extend(say(Tone::Plain, format!("what to do: {it}"))));
    lines
}

fn head(release: &ReleaseReport) -> Vec<Line> {
    let flow = release.flow.as_deref().map_or_else(|| "by hand".to_owned(), |it| format!("by flow {it}"));
    let ended = release.ended.as_ref().map(|it| format!(", ended {it}")).unwrap_or_default();
    let mut text = vec![format!(
        "{} {} {flow}, started {} by {}{ended}",
        release.application,
        release.version,
        release.started,
        who(&release.by, release.verified)
    )];
    let source = release.details.as_ref();
    let parts = [
        ("commit", release.commit.as_ref()),
        ("branch", source.and_then(|it| it.branch.as_ref())),
        ("build", source.and_then(|it| it.build.as_ref())),
    ];
    text.extend(parts.into_iter().filter_map(|(key, value)| Some(format!("{key} {}", value?))));
    let reason = release.reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    let told = |it: &&OutcomeReport| it.name != release.status;
    let words = source.and_then(|it| it.outcome.as_ref()).filter(told).map(|it| format!(" ({})", it.words));
    text.push(format!("status: {}{}{reason}", release.status, words.unwrap_or_default()));
    text.into_iter().flat_map(|it| Line::of_text(Tone::Plain, &title(release), &it)).collect()
}

fn tone(it: &ActivityReport) -> Tone {
    match it.end.as_deref() {
        Some("passed") => Tone::Good,
        Some("failed" | "refused" | "unknown") => Tone::Bad,
        Some("again-later" | "cancelled") => Tone::Warning,
        _ if it.needs_person => Tone::Warning,
        _ => Tone::Plain,
    }
}

fn activity(it: &ActivityReport) -> String {
    let took = span(Duration::try_from_secs_f64(it.seconds).unwrap_or_default());
    let end = match (it.end.as_deref(), it.needs_person) {
        (Some("again-later"), _) => "failed and is tried again, after",
        (Some(end), _) => &format!("{end} after"),
        (None, true) => "needs a person, since",
        (None, false) => "is at work since",
    };
    let attempt = if it.attempt > 1 { format!(" (attempt {})", it.attempt) } else { String::new() };
    let reason = it.reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    let links: Vec<String> = it.deployments.iter().map(|it| format!("; {} {}", it.task, it.url)).collect();
    format!("{}: {}{attempt} {end} {took}{reason}{}", it.environment, it.kind, links.concat())
}

fn person(it: &PersonReport) -> String {
    format!("{}: {} {}", it.at, who(&it.by, it.verified), it.what)
}

/// How a promotion ended, in words and as a verdict; `None` = it has not.
#[must_use]
pub fn ending(
    release: &ReleaseReport,
    course: &Course,
    promotion: &Promotion,
) -> Option<(Vec<Line>, RunVerdict)> {
    let outcome = outcome(course, promotion)?;
    let tone = if outcome.exit_code() == 0 { Tone::Good } else { Tone::Bad };
    let reason = release.reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    let text = format!("{}{reason}", outcome.words());
    Some((Line::of_text(tone, &title(release), &text), RunVerdict::from(&outcome)))
}

/// Where each environment stands, in a short table: a line for each.
#[must_use]
pub fn progress(release: &ReleaseReport) -> Vec<Line> {
    let activities = release.details.as_ref().map(|it: &DetailsReport| it.activities.as_slice());
    let last = |name: &String| {
        let mut of =
            activities.unwrap_or_default().iter().filter(|it| it.environment == *name && it.kind != "enter");
        of.next_back()
            .map(|it| span(Duration::try_from_secs_f64(it.seconds).unwrap_or_default()))
            .unwrap_or_default()
    };
    let wide =
        release.environments.iter().map(|it| clean(&it.name).chars().count()).max().unwrap_or_default();
    let line = |it: &super::ReleaseEnvironmentReport| {
        let text = format!("{:wide$}  {:<9}  {}", clean(&it.name), it.status, last(&it.name));
        Line::of_text(Tone::Plain, &title(release), text.trim_end())
    };
    release.environments.iter().flat_map(line).collect()
}
