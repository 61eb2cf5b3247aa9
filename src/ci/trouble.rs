//! Why a build fails, for pages of a CI server that list problems and let people mute them.

use std::fmt::Write as _;

use super::problem::{Origin, Problems};
use super::report::clean;
use super::result::{ActionResult, DeploymentReport, RunResult, RunVerdict};
use super::servers::Trouble;

/// The longest part of an identity that people can read.
const READABLE: usize = 40;

/// Why this run fails its build; nothing for a run that passed.
#[must_use]
pub fn of_run(result: &RunResult) -> Option<Trouble> {
    // After the failure that counts nothing more is begun, so it is the last.
    let failed = |it: &&ActionResult| it.verdict.is_some_and(|it| it != RunVerdict::Passed);
    let counts = result.verdict != RunVerdict::Passed;
    let action = result.actions.iter().rev().find(failed).filter(|_| counts)?;
    let mut text = String::new();
    for it in action.deployments.iter().filter(|it| !it.state.is_fine()) {
        let _ = writeln!(text, "{}", told(it));
    }
    if let Some(error) = &action.error {
        let _ = writeln!(text, "{}", error.message);
        if let Some(advice) = &error.advice {
            let _ = writeln!(text, "what to do: {advice}");
        }
    }
    let title = format!("{}: {}", action.title, result.verdict.words());
    Some(Trouble { identity: identity(&action.title), title: clean(&title), text: lines(&text), place: None })
}

/// What is wrong with a text that people wrote, problem by problem.
#[must_use]
pub fn of_problems(problems: &Problems) -> Vec<Trouble> {
    let place = |origin: &Origin| match origin {
        Origin::File { line, column } => Some((clean(problems.name()), *line, *column)),
        _ => None,
    };
    let trouble = |(text, origin)| Trouble { text: lines(text), place: place(origin), ..of_words("") };
    let texts: Vec<_> = problems.one_by_one().collect();
    texts.iter().map(String::as_str).zip(problems.iter().map(|it| &it.origin)).map(trouble).collect()
}

/// Anything else for which nothing was begun.
#[must_use]
pub fn of_words(words: &str) -> Trouble {
    let title = RunVerdict::BadSettings.words();
    Trouble { identity: identity(&title), title, text: lines(words), place: None }
}

fn told(it: &DeploymentReport) -> String {
    let tenant = it.tenant.as_ref().map(|it| format!(" for {it}")).unwrap_or_default();
    let because = it.message.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
    format!("{}{tenant}: {}{because} ({})", it.environment, it.state.words(), it.url)
}

/// Harmless lines without a break at the end.
fn lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// The same for the same action of every build, whatever it failed of, so that it can be muted and counted.
fn identity(title: &str) -> String {
    let word = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '_' };
    let readable: String = title.chars().map(word).take(READABLE).collect();
    // FNV-1a keeps titles apart that read the same here; it is not meant to resist anybody.
    let mix = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let sum = title.bytes().fold(0x811c_9dc5, mix);
    format!("promenade_{readable}_{sum:08x}")
}
