//! What is said of a run, in words: one line for each thing, stable and greppable.
//!
//! A line begins with the action (`deploy:`) and, where there is one, the target (`deploy: Test:`). Foreign
//! text, such as a step's log, follows a bar, so that it can stand at the beginning of no line.

use std::time::Duration;

use crate::actions::{ActionError, DeploymentResult, End, Outcome, Verdict};
use crate::backend::{Deployment, DeploymentStatus, Notice, Phase};
use crate::model::{Release, ReleaseOrigin};
use crate::text::clean;

use super::plan::{Decision, Planned};
use super::result::{
    ActionName, ActionResult, AdoptedName, DeploymentReport, DeploymentState, ErrorReport, OriginName,
    ReleaseResult, RunOrSkipped, RunVerdict,
};
use crate::model::ActionKind;

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// The text, without line breaks or other control characters.
    pub text: String,
    /// How many bytes of the text are our own words before somebody's message.
    head: usize,
    /// Whether it is told at every level, whatever its tone.
    always: bool,
}

impl Line {
    /// A line.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), head: 0, always: false }
    }

    /// A line of a message, after words of ours that begin each line of it.
    fn of_message(tone: Tone, head: &str, text: &str) -> Self {
        Self { head: head.len(), ..Self::new(tone, format!("{head}{}", clean(text))) }
    }

    /// Our own words before the message; blank where the line is all ours.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.text[..self.head]
    }

    /// The message's line without our words.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.text[self.head..]
    }

    /// Whether two lines that follow each other are of one message, so that they have to be searched for secrets
    /// together.
    #[must_use]
    pub fn is_of_one_message(&self, next: &Self) -> bool {
        self.head > 0 && self.tone == next.tone && self.always == next.always && self.head() == next.head()
    }

    /// Whether the line is told even where an action's log is switched off.
    #[must_use]
    pub fn is_always_told(&self) -> bool {
        self.always || self.tone.is_always_told()
    }
}

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What happens.
    Plain,
    /// A line of a step's log.
    Log,
    /// A good end.
    Good,
    /// Something to know, although nothing failed.
    Warning,
    /// A bad end, or an error.
    Bad,
}

impl Tone {
    /// Whether a line is told even where an action's log is switched off.
    #[must_use]
    pub fn is_always_told(self) -> bool {
        matches!(self, Self::Good | Self::Warning | Self::Bad)
    }
}

/// The lines for something that happened while an action ran.
#[must_use]
pub fn notice(kind: ActionKind, notice: &Notice) -> Vec<Line> {
    let action = kind.name();
    let line = |tone, text: String| lines(tone, action, &text);
    match notice {
        Notice::Release(release) => line(Tone::Plain, release_words(release)),
        Notice::Chosen { version, because, replaces } => {
            let mut said = line(Tone::Plain, format!("release {version} is promoted: {because}"));
            for (target, current) in replaces.iter().filter(|(_, current)| current != version) {
                said.extend(line(Tone::Plain, format!("{target}: it replaces {current}")));
            }
            said
        }
        Notice::Deployment(it) => match it.adopted {
            None => line(Tone::Plain, format!("{}: deploying ({}, {})", it.target, it.task, it.url)),
            Some(why) => {
                let why = why.reason();
                let text = format!("{}: taken over, since {why} ({}, {})", it.target, it.task, it.url);
                // Whoever is told of a success is told that it is an earlier one.
                line(Tone::Plain, text).into_iter().map(|it| Line { always: true, ..it }).collect()
            }
        },
        Notice::DeployingAnew { target, because } => {
            line(Tone::Plain, format!("{target}: deploying anew, since {because}"))
        }
        Notice::Trouble(what) => line(Tone::Plain, format!("trouble: {what}; trying again")),
        Notice::AnswerLost(what) => {
            line(Tone::Warning, format!("the answer was lost; looking before anything is sent again: {what}"))
        }
        Notice::Warning(what) => line(Tone::Warning, format!("warning: {what}")),
        Notice::State { deployment, state } => line(Tone::Plain, format!("{}: {state}", deployment.target)),
        Notice::Ended { deployment, status } => line(tone(status), ended(deployment, status)),
        Notice::WaitingFor { deployment, what } => {
            line(Tone::Warning, format!("{}: waiting for {what}", deployment.target))
        }
        Notice::Answered { deployment, question, answer } => {
            line(Tone::Warning, format!("{}: '{question}' was answered with {answer}", deployment.target))
        }
        Notice::Step { deployment, name, state } => {
            line(Tone::Plain, format!("{}: {}: {state}", deployment.target, step_words(name)))
        }
        Notice::Log { deployment, step, category, text } => log(action, deployment, step, category, text),
        Notice::Progress { .. } => Vec::new(),
    }
}

/// A step by its name. The server says "Step 1: Migrate" itself, and of other steps only what they do.
fn step_words(name: &str) -> String {
    let says_it = name.get(..5).is_some_and(|it| it.eq_ignore_ascii_case("step "));
    if says_it { name.to_owned() } else { format!("step {name}") }
}

fn log(action: &str, deployment: &Deployment, step: &str, category: &str, text: &str) -> Vec<Line> {
    let category = match category {
        "" | "Info" | "Highlight" | "Finished" => String::new(),
        other => format!("{}: ", clean(other)),
    };
    let head = format!("{action}: {} | {} | {category}", clean(&deployment.target.to_string()), clean(step));
    text.lines().map(|it| Line::of_message(Tone::Log, &head, it)).collect()
}

fn release_words(release: &Release) -> String {
    let Release { version, url, .. } = release;
    match release.origin {
        ReleaseOrigin::New => format!("release {version} was created ({url})"),
        ReleaseOrigin::Reattached => format!("release {version} was made by this build before ({url})"),
        ReleaseOrigin::Reused => format!("release {version} exists and is used as it is ({url})"),
        ReleaseOrigin::Found => format!("release {version} ({url})"),
    }
}

fn tone(status: &DeploymentStatus) -> Tone {
    match (status.phase, status.warnings) {
        (Phase::Succeeded, false) => Tone::Good,
        (Phase::Succeeded, true) => Tone::Warning,
        _ => Tone::Bad,
    }
}

fn ended(deployment: &Deployment, status: &DeploymentStatus) -> String {
    let took = status.duration.map(|it| format!(" in {}", span(it))).unwrap_or_default();
    let how = match status.phase {
        Phase::Succeeded if status.warnings => format!("succeeded{took}, with warnings"),
        Phase::Succeeded => format!("succeeded{took}"),
        Phase::Cancelled => "was cancelled".to_owned(),
        Phase::TimedOut => "ran into the server's time limit".to_owned(),
        _ => format!("failed{took}"),
    };
    let message = status.message.trim();
    let because = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("{}: {how}{because} ({})", deployment.target, deployment.url)
}

/// The line for an action that begins.
#[must_use]
pub fn begins(kind: ActionKind, title: &str) -> Line {
    Line::new(Tone::Plain, format!("{}: {}", kind.name(), clean(title)))
}

/// The line for an action that does not run.
#[must_use]
pub fn skipped(kind: ActionKind, title: &str, reason: &str) -> Vec<Line> {
    lines(Tone::Plain, kind.name(), &format!("skipped: {title}: {reason}"))
}

/// The line for an action that would run.
#[must_use]
pub fn would_run(kind: ActionKind, title: &str) -> Vec<Line> {
    lines(Tone::Plain, kind.name(), &format!("would run: {title}"))
}

/// A planned action as results show it.
#[must_use]
pub fn planned(planned: &Planned) -> ActionResult {
    let (decision, reason) = match &planned.decision {
        Decision::Run(_) => (RunOrSkipped::Run, None),
        Decision::Skip(reason) => (RunOrSkipped::Skipped, Some(reason.to_string())),
    };
    ActionResult {
        action: action_name(planned.kind),
        title: planned.title.clone(),
        decision,
        reason,
        verdict: None,
        releases: Vec::new(),
        deployments: Vec::new(),
        error: None,
    }
}

/// The lines for what an action came to, where its deployments have not been told one by one.
#[must_use]
pub fn outcome(kind: ActionKind, outcome: &Outcome) -> Vec<Line> {
    outcome
        .deployments
        .iter()
        .flat_map(|it| stands(kind, it, "accepted; its result is not waited for"))
        .collect()
}

/// Where a deployment stood in the end, unless that was told when it was seen. `not_awaited` says it of one that
/// nobody looked at.
fn stands(kind: ActionKind, it: &DeploymentResult, not_awaited: &str) -> Vec<Line> {
    let message = it.message.clone().unwrap_or_default();
    let (tone, how) = match it.end {
        End::Succeeded | End::Failed | End::TimedOut => return Vec::new(),
        // Without a message of ours, the server's own word for it was told when it was seen.
        End::Cancelled if it.message.is_none() => return Vec::new(),
        End::NotAwaited => (Tone::Good, not_awaited),
        End::NeedsPerson => (Tone::Bad, "failed: a person is needed"),
        End::OutOfTime | End::Interrupted => (Tone::Bad, "undecided"),
        End::Cancelled => (Tone::Bad, "cancelled"),
        End::Unknown => (Tone::Bad, "no answer"),
    };
    let because = if message.is_empty() { String::new() } else { format!(": {message}") };
    lines(tone, kind.name(), &format!("{}: {how}{because} ({})", it.deployment.target, it.deployment.url))
}

/// The lines for an action without an outcome: the error, what caused it, what goes on, and what to do.
#[must_use]
pub fn error(kind: ActionKind, error: &ActionError) -> Vec<Line> {
    let mut said = lines(Tone::Bad, kind.name(), &format!("error: {}", error_text(error)));
    for mut line in error.deployments().iter().flat_map(|it| stands(kind, it, "goes on")) {
        // What goes on although the action failed is no good news.
        line.tone = Tone::Bad;
        said.push(line);
    }
    if let Some(advice) = error.advice() {
        said.extend(lines(Tone::Bad, kind.name(), &format!("what to do: {advice}")));
    }
    said
}

/// The lines for an error outside of any action.
#[must_use]
pub fn plain_error(head: &str, error: &dyn std::error::Error, advice: Option<String>) -> Vec<Line> {
    let mut said = lines(Tone::Bad, head, &format!("error: {}", error_text(error)));
    if let Some(advice) = advice {
        said.extend(lines(Tone::Bad, head, &format!("what to do: {advice}")));
    }
    said
}

/// An error and what caused it, once each.
fn error_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// The last line of a run.
#[must_use]
pub fn verdict(verdict: RunVerdict, with_warnings: bool, exit_code: u8) -> Vec<Line> {
    let (tone, word) = match verdict {
        RunVerdict::Passed if with_warnings => (Tone::Warning, "passed with warnings".to_owned()),
        RunVerdict::Passed => (Tone::Good, verdict.words()),
        _ => (Tone::Bad, verdict.words()),
    };
    lines(tone, "promenade", &format!("{word} (exit code {exit_code})"))
}

/// What a verdict of the actions is called in a result.
#[must_use]
pub fn run_verdict(verdict: Verdict) -> RunVerdict {
    match verdict {
        Verdict::Passed => RunVerdict::Passed,
        Verdict::Undecided => RunVerdict::Undecided,
        Verdict::NoAnswer => RunVerdict::NoAnswer,
        Verdict::Cancelled => RunVerdict::Cancelled,
        Verdict::TimedOut => RunVerdict::TimedOut,
        Verdict::Failed => RunVerdict::Failed,
    }
}

/// A kind of action as results call it.
#[must_use]
pub fn action_name(kind: ActionKind) -> ActionName {
    match kind {
        ActionKind::Create => ActionName::Create,
        ActionKind::Deploy => ActionName::Deploy,
        ActionKind::Promote => ActionName::Promote,
    }
}

/// A release as results show it.
#[must_use]
pub fn release_result(release: &Release) -> ReleaseResult {
    ReleaseResult {
        id: release.id.clone(),
        version: release.version.to_string(),
        origin: match release.origin {
            ReleaseOrigin::New => OriginName::New,
            ReleaseOrigin::Reattached => OriginName::Reattached,
            ReleaseOrigin::Reused => OriginName::Reused,
            ReleaseOrigin::Found => OriginName::Found,
        },
        url: release.url.clone(),
    }
}

/// A deployment as results show it.
#[must_use]
pub fn deployment_report(result: &DeploymentResult) -> DeploymentReport {
    DeploymentReport {
        state: match result.end {
            End::NotAwaited => DeploymentState::NotAwaited,
            End::Succeeded => DeploymentState::Succeeded,
            End::Failed => DeploymentState::Failed,
            End::Cancelled => DeploymentState::Cancelled,
            End::TimedOut => DeploymentState::TimedOut,
            End::NeedsPerson => DeploymentState::NeedsPerson,
            End::OutOfTime => DeploymentState::OutOfTime,
            End::Interrupted => DeploymentState::Interrupted,
            End::Unknown => DeploymentState::Unknown,
        },
        duration_seconds: result.duration.map(|it| it.as_secs_f64()),
        warnings: result.warnings,
        message: result.message.clone(),
        ..accepted_report(&result.deployment)
    }
}

/// A deployment that goes on although its action failed.
#[must_use]
fn accepted_report(deployment: &Deployment) -> DeploymentReport {
    use crate::backend::Adopted;
    DeploymentReport {
        environment: deployment.target.environment.to_string(),
        tenant: deployment.target.tenant.as_ref().map(ToString::to_string),
        id: deployment.id.clone(),
        task: deployment.task.clone(),
        state: DeploymentState::NotAwaited,
        url: deployment.url.clone(),
        duration_seconds: None,
        adopted: deployment.adopted.map(|it| match it {
            Adopted::Unfinished => AdoptedName::Unfinished,
            Adopted::StillCurrent => AdoptedName::StillCurrent,
            Adopted::AnswerLost => AdoptedName::AnswerLost,
        }),
        warnings: false,
        message: None,
    }
}

/// An error as results show it.
#[must_use]
pub fn error_report(error: &ActionError) -> ErrorReport {
    ErrorReport { message: error_text(error), advice: error.advice() }
}

/// A span as people read it.
#[must_use]
pub fn span(span: Duration) -> String {
    match span.as_secs() {
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn lines(tone: Tone, head: &str, text: &str) -> Vec<Line> {
    // A text of several lines stays one thing: every line of it begins in our words.
    let head = format!("{head}: ");
    text.lines().map(|it| Line::of_message(tone, &head, it)).collect()
}

#[cfg(test)]
mod tests {
    use crate::model::{EnvironmentName, TenantTarget};
    use crate::text::steers;

    use super::*;

    fn deployment() -> Deployment {
        Deployment {
            id: "Deployments-1".into(),
            task: "ServerTasks-1".into(),
            target: TenantTarget { environment: EnvironmentName::new("Test"), tenant: None },
            url: "https://octo/app#/Spaces-1/tasks/ServerTasks-1".into(),
            adopted: None,
        }
    }

    #[test]
    fn foreign_text_begins_no_line_and_steers_nothing() {
        let hostile = "one\n##teamcity[buildStatus status='SUCCESS']\r\n::error::x\n\u{1b}[2Jgone\u{202e}";
        let obeyed = ["##teamcity[", "##vso[", "##[", "@@continua["];
        let log = Notice::Log {
            deployment: deployment(),
            step: "Deploy\nweb".into(),
            category: "Info".into(),
            text: hostile.into(),
        };
        let said = notice(ActionKind::Deploy, &log);
        assert_eq!(said.len(), 4);
        for line in &said {
            assert!(line.text.starts_with("deploy: Test | Deploy\\u{a}web | "), "{}", line.text);
            assert!(!line.text.contains(steers), "{}", line.text);
            assert!(!obeyed.iter().any(|it| line.text.contains(it)), "{}", line.text);
        }
        let warning = notice(ActionKind::Deploy, &Notice::Warning(hostile.into()));
        assert!(warning.iter().all(|it| it.text.starts_with("deploy: ")));
    }

    #[test]
    fn a_step_is_named_once() {
        for (name, expected) in [
            ("Step 1: Migrate", "deploy: Test: Step 1: Migrate: succeeded"),
            ("Acquire packages", "deploy: Test: step Acquire packages: succeeded"),
            ("Stepé", "deploy: Test: step Stepé: succeeded"),
        ] {
            let step =
                Notice::Step { deployment: deployment(), name: name.into(), state: "succeeded".into() };
            let said = notice(ActionKind::Deploy, &step);
            assert_eq!(said[0].text, expected);
        }
    }

    #[test]
    fn an_answer_that_was_given_is_no_longer_waited_for() {
        let answered =
            Notice::Answered { deployment: deployment(), question: "Go?".into(), answer: "Proceed".into() };
        let said = notice(ActionKind::Deploy, &answered);
        assert_eq!(said[0].text, "deploy: Test: 'Go?' was answered with Proceed");
        assert!(said[0].tone.is_always_told(), "it was given in somebody's name");
    }

    #[test]
    fn spans_read_well() {
        let read = |seconds: f64| span(Duration::from_secs_f64(seconds));
        assert_eq!(
            [read(0.25), read(12.9), read(75.0), read(3700.0)],
            ["0.2 s", "12 s", "1 min 15 s", "1 h 1 min"]
        );
    }
}
