//! What is where, for machines, as `schemas/status.json` describes it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::backend::{DeploymentRecord, DeploymentRecordState, Overview, TargetOverview};

use crate::ci::report::result::{ReportedProblem, RunVerdict};

/// What is where in a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "promenade status")]
pub struct StatusResult {
    /// `passed` where everything is known, `no-answer` where the server did not answer or does not show something.
    pub verdict: RunVerdict,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What is not known, target by target.
    pub warnings: Vec<String>,
    /// Why nothing is known.
    pub problems: Vec<ReportedProblem>,
    /// The project's name; missing where nothing is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub project: Option<String>,
    /// When it was so, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
    /// Each target; missing where nothing is known.
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
    /// The result for what is known.
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

    /// The result where nothing is known, for this reason.
    #[must_use]
    pub fn not_told(verdict: RunVerdict, problem: ReportedProblem) -> Self {
        let exit_code = verdict.exit_code();
        let (warnings, problems) = (Vec::new(), vec![problem]);
        Self { verdict, exit_code, warnings, problems, project: None, at: None, targets: None }
    }

    /// Changes every text that may contain foreign words. Values of promenade's own closed sets stay.
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
    let all = |some: &[DeploymentRecord]| some.iter().map(recorded).collect();
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

fn recorded(it: &DeploymentRecord) -> RecordedReport {
    let state = match it.state {
        DeploymentRecordState::Scheduled => RecordedStateName::Scheduled,
        DeploymentRecordState::Queued => RecordedStateName::Queued,
        DeploymentRecordState::Running => RecordedStateName::Running,
        DeploymentRecordState::Succeeded => RecordedStateName::Succeeded,
        DeploymentRecordState::Failed => RecordedStateName::Failed,
        DeploymentRecordState::Cancelling => RecordedStateName::Cancelling,
        DeploymentRecordState::Cancelled => RecordedStateName::Cancelled,
        DeploymentRecordState::TimedOut => RecordedStateName::TimedOut,
        DeploymentRecordState::Unknown => RecordedStateName::Unknown,
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
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The schema of a status.
pub(crate) fn schema() -> serde_json::Value {
    crate::document::schema::of_output::<StatusResult>()
}

/// What is not known of a target, in words.
pub(super) fn not_known(it: &TargetOverview) -> impl Iterator<Item = String> {
    it.unknown.iter().map(|one| {
        let because = match one.state {
            DeploymentRecordState::Succeeded => {
                "the server does not say whether it left machines or steps out"
            }
            _ => "the server does not show its task",
        };
        let of = one.version.as_ref().map(|it| format!(" of release {it}")).unwrap_or_default();
        format!("{}: what became of {}{of} is not known: {because} ({})", it.target, one.id, one.url)
    })
}
