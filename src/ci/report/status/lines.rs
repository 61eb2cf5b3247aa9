//! What is where, in words: lines, and the rows of a table.

use jiff::Timestamp;

use crate::backend::{DeploymentRecord, DeploymentRecordState, TargetOverview};
use crate::ci::report::{Line, Tone};
use crate::text::clean;

use super::record::{not_known, stamp};

/// What is at a target, in the cells of a table. No cell steers anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The environment, and the tenant where there is one.
    pub target: String,
    /// The release that is there.
    pub release: String,
    /// Since when.
    pub since: String,
    /// What else there is to know: a line for each.
    pub notes: Vec<String>,
    /// The page of the deployment that brought what is there.
    pub url: String,
}

/// What is at a target as a row of a table; [`lines`] has more of what is noted.
#[must_use]
pub fn row(it: &TargetOverview) -> Row {
    let there = it.now.as_ref();
    let unknown = it.unknown.iter().map(|one| ("unknown", one, 0));
    Row {
        target: clean(&it.target.to_string()),
        release: there.map_or_else(|| nothing(it).to_owned(), version),
        since: there.map(since).unwrap_or_default(),
        notes: notes(it).chain(unknown).map(|(head, one, _)| format!("{head}: {}", version(one))).collect(),
        url: there.map(|it| clean(&it.url)).unwrap_or_default(),
    }
}

/// What is at a target in lines, each of which begins with its name: first what is there, then what else there is to
/// know.
#[must_use]
pub fn lines(it: &TargetOverview) -> Vec<Line> {
    let target = clean(&it.target.to_string());
    let line = |text: String| Line::new(Tone::Plain, format!("status: {target}: {text}"));
    let place = |one: &DeploymentRecord| clean(&format!("({}, {})", one.id, one.url));
    let first = match &it.now {
        Some(one) => format!("release {} since {} {}", version(one), since(one), place(one)),
        None => nothing(it).to_owned(),
    };
    let mut said = vec![line(first)];
    for (head, one, more) in notes(it) {
        let more = if more == 0 { String::new() } else { format!("; {more} more before it") };
        said.push(line(format!("{head}: release {}, {} {}{more}", version(one), moment(one), place(one))));
    }
    let unknown =
        not_known(it).map(|it| Line::new(Tone::Warning, format!("status: warning: {}", clean(&it))));
    said.extend(unknown);
    said
}

/// What came after what is there, and what is to come: what it is called, the last one, and how many there are before
/// it. Each that is to come is reported by itself.
fn notes(it: &TargetOverview) -> impl Iterator<Item = (&'static str, &DeploymentRecord, usize)> {
    let coming = it.unfinished.iter().map(|one| ("on its way", one, 0));
    last("in part since", &it.partial).chain(coming).chain(last("without success since", &it.failed))
}

fn last<'a>(
    head: &'static str,
    some: &'a [DeploymentRecord],
) -> impl Iterator<Item = (&'static str, &'a DeploymentRecord, usize)> {
    some.first().map(|one| (head, one, some.len() - 1)).into_iter()
}

/// What is said where no whole success is known.
fn nothing(it: &TargetOverview) -> &'static str {
    let TargetOverview { target: _, now: _, partial, failed, unfinished, unknown } = it;
    if !unknown.is_empty() {
        "not known"
    } else if partial.is_empty() && failed.is_empty() && unfinished.is_empty() {
        "nothing was deployed"
    } else {
        "nothing was deployed whole"
    }
}

/// The version; the release's id where it was not learned.
fn version(it: &DeploymentRecord) -> String {
    it.version.as_ref().map_or_else(|| clean(&it.release), |it| clean(it.as_str()))
}

fn since(it: &DeploymentRecord) -> String {
    it.ended.or(it.started).or(it.due).or(it.asked).map(stamp).unwrap_or_default()
}

/// Where it stands, and since when or from when on.
fn moment(it: &DeploymentRecord) -> String {
    let at = |words: &str, time: Option<Timestamp>| match time {
        Some(time) => format!("{words} {}", stamp(time)),
        None => words.split(' ').next().unwrap_or_default().to_owned(),
    };
    match it.state {
        DeploymentRecordState::Scheduled => at("scheduled for", it.due),
        DeploymentRecordState::Queued => at("queued since", it.due.or(it.asked)),
        DeploymentRecordState::Running => at("running since", it.started),
        DeploymentRecordState::Succeeded => at("succeeded at", it.ended),
        DeploymentRecordState::Failed => at("failed at", it.ended),
        DeploymentRecordState::Cancelling => "being cancelled".to_owned(),
        DeploymentRecordState::Cancelled => at("cancelled at", it.ended),
        DeploymentRecordState::TimedOut => at("timed-out at", it.ended),
        DeploymentRecordState::Unknown => "unknown".to_owned(),
    }
}
