//! What a run reports, in words: one line for each thing, stable and greppable.
//!
//! A line begins with the action (`deploy:`) and, where there is one, the target (`deploy: Test:`). Foreign
//! text, such as a step's log, follows a bar, so that it can stand at the beginning of no line.

use crate::actions::{ActionError, DeploymentResult, End, Outcome};
use crate::backend::Notice;
use crate::ci::plan::Planned;
use crate::ci::run::RunEvent;
use crate::model::ActionKind;
use crate::text::clean;

use super::causes::with_causes;
use super::line::{Line, Tone};
use super::notice;
use super::result::RunVerdict;

/// The lines for something that happens while a plan is carried out.
#[must_use]
pub fn lines(event: &RunEvent<'_>) -> Vec<Line> {
    match event {
        RunEvent::Skipped { action, because } => skipped(action, &because.to_string()),
        RunEvent::Began { action, .. } => vec![begins(action)],
        // Trouble is reported once until something else happens: the minutes of a server's upgrade fill no log.
        RunEvent::Notice { repeated: true, .. } => Vec::new(),
        RunEvent::Notice { action, notice, .. } => during(action, notice),
        RunEvent::Ended { action, result: Ok(outcome) } => ended(action.kind, outcome),
        RunEvent::Ended { action, result: Err(error) } => failed(action.kind, error),
        RunEvent::Finished(result) => {
            verdict(result.verdict, result.passed_with_warnings(), result.exit_code)
        }
    }
}

/// The line for an action that begins.
#[must_use]
pub fn begins(action: &Planned) -> Line {
    Line::new(Tone::Plain, format!("{}: {}", action.kind.name(), clean(&action.title)))
}

/// The line for an action that would run.
#[must_use]
pub fn would_run(action: &Planned) -> Vec<Line> {
    of_text(action.kind, Tone::Plain, &format!("would run: {}", action.title))
}

fn skipped(action: &Planned, because: &str) -> Vec<Line> {
    of_text(action.kind, Tone::Plain, &format!("skipped: {}: {because}", action.title))
}

/// The lines of a notice; those that matter where the action's log is switched off.
fn during(action: &Planned, notice: &Notice) -> Vec<Line> {
    let mut lines = notice::notice(action.kind, notice);
    if !action.has_log() {
        lines.retain(Line::is_always_printed);
    }
    lines
}

/// The lines for an outcome, but for the deployments whose end was reported when it was seen.
fn ended(kind: ActionKind, outcome: &Outcome) -> Vec<Line> {
    let lines = |it| unreported(kind, it, "accepted; its result is not waited for");
    outcome.deployments.iter().flat_map(lines).collect()
}

/// The last state of a deployment, unless it was reported when it was seen. `not_awaited` is the text for one that was
/// not waited for.
fn unreported(kind: ActionKind, it: &DeploymentResult, not_awaited: &str) -> Vec<Line> {
    let message = it.message.clone().unwrap_or_default();
    let (tone, how) = match it.end {
        End::Succeeded | End::Failed | End::TimedOut => return Vec::new(),
        // Without a message of ours, the server's own word for it was reported when it was seen.
        End::Cancelled if it.message.is_none() => return Vec::new(),
        End::NotAwaited => (Tone::Good, not_awaited),
        End::NeedsPerson => (Tone::Bad, "failed: a person is needed"),
        End::OutOfTime | End::Interrupted => (Tone::Bad, "undecided"),
        End::Cancelled => (Tone::Bad, "cancelled"),
        End::Unknown => (Tone::Bad, "no answer"),
    };
    let because = if message.is_empty() { String::new() } else { format!(": {message}") };
    of_text(kind, tone, &format!("{}: {how}{because} ({})", it.deployment.target, it.deployment.url))
}

/// The lines for an error: the cause, the deployments that keep running, and the advice.
fn failed(kind: ActionKind, error: &ActionError) -> Vec<Line> {
    let mut lines = of_text(kind, Tone::Bad, &format!("error: {}", with_causes(error)));
    for mut line in error.deployments().iter().flat_map(|it| unreported(kind, it, "keeps running")) {
        // A deployment that keeps running although its action failed is bad news.
        line.tone = Tone::Bad;
        lines.push(line);
    }
    if let Some(advice) = error.advice() {
        lines.extend(of_text(kind, Tone::Bad, &format!("what to do: {advice}")));
    }
    lines
}

/// The lines for an error outside of any action.
#[must_use]
pub fn plain_error(head: &str, error: &dyn std::error::Error, advice: Option<String>) -> Vec<Line> {
    let mut lines = Line::of_text(Tone::Bad, head, &format!("error: {}", with_causes(error)));
    if let Some(advice) = advice {
        lines.extend(Line::of_text(Tone::Bad, head, &format!("what to do: {advice}")));
    }
    lines
}

/// The last line of a command.
#[must_use]
pub fn verdict(verdict: RunVerdict, with_warnings: bool, exit_code: u8) -> Vec<Line> {
    let (tone, word) = match verdict {
        RunVerdict::Passed if with_warnings => (Tone::Warning, "passed with warnings".to_owned()),
        RunVerdict::Passed => (Tone::Good, verdict.words()),
        _ => (Tone::Bad, verdict.words()),
    };
    Line::of_text(tone, "promenade", &format!("{word} (exit code {exit_code})"))
}

fn of_text(kind: ActionKind, tone: Tone, text: &str) -> Vec<Line> {
    Line::of_text(tone, kind.name(), text)
}
