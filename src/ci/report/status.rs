//! What is where, in words and for machines: what `promenade status` tells, as `schemas/status.json` describes it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backend::{Overview, Recorded, RecordedState, TargetOverview};

use super::line::{Line, Tone};
use super::result::{ReportedProblem, RunVerdict};
use crate::text::clean;

/// What is where in a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "promenade status")]
pub struct StatusResult {
    /// `passed` where all could be told, `no-answer` where the server did not answer or does not show something.
    pub verdict: RunVerdict,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What is not known, target by target.
    pub warnings: Vec<String>,
    /// Why nothing could be told.
    pub problems: Vec<ReportedProblem>,
    /// The project's name; missing where nothing could be told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub project: Option<String>,
    /// When it was so, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
    /// Each target; missing where nothing could be told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub targets: Option<Vec<TargetReport>>,
}

/// What is at one target: an environment, for a tenant or without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetReport {
    /// The environment.
    pub environment: String,
    /// The tenant; missing without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tenant: Option<String>,
    /// The deployment that ended well last and left nothing out; missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub now: Option<RecordedReport>,
    /// Those that ended well after `now` and left machines or steps out, the last one first.
    pub partial: Vec<RecordedReport>,
    /// Those that ended after `now` in another way, or are being stopped, the last one first.
    pub failed: Vec<RecordedReport>,
    /// Those that run, wait or are scheduled.
    pub unfinished: Vec<RecordedReport>,
    /// Those that may have ended well after `now`: the server does not show their task, or how much they did. While
    /// there is one, `now` may not be what is there.
    pub unknown: Vec<RecordedReport>,
}

/// A deployment as the server records it. Times are RFC 3339, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordedReport {
    /// The server's id of the deployment.
    pub id: String,
    /// The server's id of its task.
    pub task: String,
    /// The task's page.
    pub url: String,
    /// The server's id of the release.
    pub release: String,
    /// The release's version; missing where it was not learned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// Where it stands.
    pub state: RecordedStateName,
    /// When it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asked: Option<String>,
    /// When it was, or is to be, taken from the queue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due: Option<String>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<String>,
}

/// Where a recorded deployment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedStateName {
    /// It is to begin at the time `due`.
    Scheduled,
    /// It waits for its turn.
    Queued,
    /// It runs, or waits for a person.
    Running,
    /// It ended well.
    Succeeded,
    /// It failed.
    Failed,
    /// It is being stopped.
    Cancelling,
    /// It was stopped.
    Cancelled,
    /// The server's own time limit ended it.
    TimedOut,
    /// The server does not show its task.
    Unknown,
}

impl StatusResult {
    /// What could be told.
    #[must_use]
    pub fn told(overview: &Overview) -> Self {
        let warnings: Vec<String> = overview.targets.iter().flat_map(not_known).collect();
        let verdict = if warnings.is_empty() { RunVerdict::Passed } else { RunVerdict::NoAnswer };
        Self {
            verdict,
            exit_code: verdict.exit_code(),
            warnings,
            problems: Vec::new(),
            project: Some(overview.project.clone()),
            at: Some(stamp(overview.at)),
            targets: Some(overview.targets.iter().map(target).collect()),
        }
    }

    /// Nothing could be told, for this reason.
    #[must_use]
    pub fn not_told(verdict: RunVerdict, problem: ReportedProblem) -> Self {
        let exit_code = verdict.exit_code();
        let (warnings, problems) = (Vec::new(), vec![problem]);
        Self { verdict, exit_code, warnings, problems, project: None, at: None, targets: None }
    }

    /// Changes every text that may hold somebody else's words. What is one of a closed set of our own stays.
    pub fn change_texts(&mut self, change: &dyn Fn(&mut String)) {
        let Self { verdict: _, exit_code: _, warnings, problems, project, at: _, targets } = self;
        warnings.iter_mut().chain(project).for_each(change);
        for problem in problems {
            let ReportedProblem { source, line: _, column: _, message, remedy } = problem;
            source.iter_mut().chain([message, remedy]).for_each(change);
        }
        for target in targets.iter_mut().flatten() {
            let TargetReport { environment, tenant, now, partial, failed, unfinished, unknown } = target;
            tenant.iter_mut().chain([environment]).for_each(change);
            for it in now.iter_mut().chain(partial).chain(failed).chain(unfinished).chain(unknown) {
                let RecordedReport { id, task, url, release, version, .. } = it;
                version.iter_mut().chain([id, task, url, release]).for_each(change);
            }
        }
    }
}

fn target(it: &TargetOverview) -> TargetReport {
    let all = |some: &[Recorded]| some.iter().map(recorded).collect();
    TargetReport {
        environment: it.target.environment.to_string(),
        tenant: it.target.tenant.as_ref().map(ToString::to_string),
        now: it.now.as_ref().map(recorded),
        partial: all(&it.partial),
        failed: all(&it.failed),
        unfinished: all(&it.unfinished),
        unknown: all(&it.unknown),
    }
}

fn recorded(it: &Recorded) -> RecordedReport {
    let state = match it.state {
        RecordedState::Scheduled => RecordedStateName::Scheduled,
        RecordedState::Queued => RecordedStateName::Queued,
        RecordedState::Running => RecordedStateName::Running,
        RecordedState::Succeeded => RecordedStateName::Succeeded,
        RecordedState::Failed => RecordedStateName::Failed,
        RecordedState::Cancelling => RecordedStateName::Cancelling,
        RecordedState::Cancelled => RecordedStateName::Cancelled,
        RecordedState::TimedOut => RecordedStateName::TimedOut,
        RecordedState::Unknown => RecordedStateName::Unknown,
    };
    RecordedReport {
        id: it.id.clone(),
        task: it.task.clone(),
        url: it.url.clone(),
        release: it.release.clone(),
        version: it.version.as_ref().map(ToString::to_string),
        state,
        asked: it.asked.map(stamp),
        due: it.due.map(stamp),
        started: it.started.map(stamp),
        ended: it.ended.map(stamp),
    }
}

/// A time as people and programs read it, to the second.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

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
    let place = |one: &Recorded| clean(&format!("({}, {})", one.id, one.url));
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
/// it. Each that is to come is told by itself.
fn notes(it: &TargetOverview) -> impl Iterator<Item = (&'static str, &Recorded, usize)> {
    let coming = it.unfinished.iter().map(|one| ("on its way", one, 0));
    last("in part since", &it.partial).chain(coming).chain(last("without success since", &it.failed))
}

fn last<'a>(
    head: &'static str,
    some: &'a [Recorded],
) -> impl Iterator<Item = (&'static str, &'a Recorded, usize)> {
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

/// What is not known of a target, in words.
fn not_known(it: &TargetOverview) -> impl Iterator<Item = String> {
    it.unknown.iter().map(|one| {
        let because = match one.state {
            RecordedState::Succeeded => "the server does not say whether it left machines or steps out",
            _ => "the server does not show its task",
        };
        let of = one.version.as_ref().map(|it| format!(" of release {it}")).unwrap_or_default();
        format!("{}: what became of {}{of} is not known: {because} ({})", it.target, one.id, one.url)
    })
}

/// The version; the release's id where it was not learned.
fn version(it: &Recorded) -> String {
    it.version.as_ref().map_or_else(|| clean(&it.release), |it| clean(it.as_str()))
}

fn since(it: &Recorded) -> String {
    it.ended.or(it.started).or(it.due).or(it.asked).map(stamp).unwrap_or_default()
}

/// Where it stands, and since when or from when on.
fn moment(it: &Recorded) -> String {
    let at = |words: &str, time: Option<Timestamp>| match time {
        Some(time) => format!("{words} {}", stamp(time)),
        None => words.split(' ').next().unwrap_or_default().to_owned(),
    };
    match it.state {
        RecordedState::Scheduled => at("scheduled for", it.due),
        RecordedState::Queued => at("queued since", it.due.or(it.asked)),
        RecordedState::Running => at("running since", it.started),
        RecordedState::Succeeded => at("succeeded at", it.ended),
        RecordedState::Failed => at("failed at", it.ended),
        RecordedState::Cancelling => "being cancelled".to_owned(),
        RecordedState::Cancelled => at("cancelled at", it.ended),
        RecordedState::TimedOut => at("timed-out at", it.ended),
        RecordedState::Unknown => "unknown".to_owned(),
    }
}

/// The schema of a status.
pub(crate) fn schema() -> serde_json::Value {
    crate::document::schema::of_output::<StatusResult>()
}

#[cfg(test)]
mod tests {
    use crate::model::{EnvironmentName, ReleaseVersion, TenantName, TenantTarget};

    use super::*;

    fn one(id: u32, state: RecordedState) -> Recorded {
        let at = |minute: u8| format!("2026-05-01T10:{minute:02}:00Z").parse().ok();
        Recorded {
            id: format!("Deployments-{id}"),
            task: format!("ServerTasks-{id}"),
            url: format!("https://octopus.example/{id}"),
            release: format!("Releases-{id}"),
            version: Some(ReleaseVersion::new(format!("{id}.0.0"))),
            state,
            asked: at(0),
            due: at(1),
            started: at(2),
            ended: at(3),
        }
    }

    fn at(now: Option<Recorded>) -> TargetOverview {
        TargetOverview {
            target: TenantTarget { environment: EnvironmentName::new("Test"), tenant: None },
            now,
            partial: Vec::new(),
            failed: Vec::new(),
            unfinished: Vec::new(),
            unknown: Vec::new(),
        }
    }

    fn texts(it: &TargetOverview) -> Vec<String> {
        lines(it).into_iter().map(|it| it.text).collect()
    }

    #[test]
    fn what_came_after_what_is_there_is_told_by_kind() {
        let whole = TargetOverview {
            partial: vec![one(2, RecordedState::Succeeded)],
            failed: vec![one(3, RecordedState::TimedOut)],
            unfinished: vec![one(4, RecordedState::Scheduled), one(5, RecordedState::Running)],
            ..at(Some(one(1, RecordedState::Succeeded)))
        };
        assert_eq!(
            texts(&whole),
            [
                "status: Test: release 1.0.0 since 2026-05-01T10:03:00Z (Deployments-1, https://octopus.example/1)",
                "status: Test: in part since: release 2.0.0, succeeded at 2026-05-01T10:03:00Z (Deployments-2, https://octopus.example/2)",
                "status: Test: on its way: release 4.0.0, scheduled for 2026-05-01T10:01:00Z (Deployments-4, https://octopus.example/4)",
                "status: Test: on its way: release 5.0.0, running since 2026-05-01T10:02:00Z (Deployments-5, https://octopus.example/5)",
                "status: Test: without success since: release 3.0.0, timed-out at 2026-05-01T10:03:00Z (Deployments-3, https://octopus.example/3)",
            ]
        );
    }

    #[test]
    fn a_row_is_short_and_of_many_failures_the_last_is_told_with_their_number() {
        let failed = [4, 3, 2].map(|it| one(it, RecordedState::Failed)).to_vec();
        let it = TargetOverview {
            failed,
            unknown: vec![one(5, RecordedState::Unknown)],
            ..at(Some(one(1, RecordedState::Succeeded)))
        };
        let expected = Row {
            target: "Test".into(),
            release: "1.0.0".into(),
            since: "2026-05-01T10:03:00Z".into(),
            notes: vec!["without success since: 4.0.0".into(), "unknown: 5.0.0".into()],
            url: "https://octopus.example/1".into(),
        };
        assert_eq!(row(&it), expected);
        assert!(texts(&it)[1].ends_with("(Deployments-4, https://octopus.example/4); 2 more before it"));
        let nameless = Recorded { version: None, ..one(7, RecordedState::Succeeded) };
        assert_eq!(row(&at(Some(nameless))).release, "Releases-7");
    }

    #[test]
    fn what_is_not_known_is_not_nothing() {
        assert_eq!(texts(&at(None)), ["status: Test: nothing was deployed"]);
        let failed = TargetOverview { failed: vec![one(1, RecordedState::Failed)], ..at(None) };
        assert_eq!(texts(&failed)[0], "status: Test: nothing was deployed whole");
        let unknown = TargetOverview { unknown: vec![one(1, RecordedState::Unknown)], ..failed };
        assert_eq!(texts(&unknown)[0], "status: Test: not known");
        let overview =
            |it| Overview { project: "P".to_owned(), at: Timestamp::UNIX_EPOCH, targets: vec![it] };
        let told = StatusResult::told(&overview(unknown));
        assert_eq!((told.verdict, told.exit_code, told.warnings.len()), (RunVerdict::NoAnswer, 4, 1));
        assert_eq!(StatusResult::told(&overview(at(None))).exit_code, 0);
    }

    #[test]
    fn foreign_text_begins_no_line_and_is_changed_everywhere() {
        let mut hostile = one(1, RecordedState::Succeeded);
        hostile.version = Some(ReleaseVersion::new("1\n::error::x"));
        let target = TenantTarget {
            environment: EnvironmentName::new("a\n##vso[x]"),
            tenant: Some(TenantName::new("b\r\u{1b}[2J")),
        };
        let it = TargetOverview {
            target,
            now: Some(hostile.clone()),
            partial: vec![hostile.clone()],
            failed: vec![hostile.clone()],
            unfinished: vec![hostile.clone()],
            unknown: vec![hostile],
        };
        let row = row(&it);
        for text in texts(&it).into_iter().chain([row.target, row.release]).chain(row.notes) {
            assert!(!text.contains(|it: char| it.is_control()) && !text.contains("##vso["), "{text}");
        }
        let mut told = StatusResult::told(&Overview {
            project: "P".into(),
            at: Timestamp::UNIX_EPOCH,
            targets: vec![it],
        });
        told.change_texts(&|it| "x".clone_into(it));
        let json = serde_json::to_string(&told).unwrap();
        assert!(
            !json.contains("error") && !json.contains("vso") && !json.contains("octopus.example"),
            "{json}"
        );
    }
}
