//! What to do about a release that has not passed.

use crate::text::clean;

use super::activities::is_unknown;
use super::record::{DetailsReport, ReleaseReport};

/// Commands that help, each with what it is for.
pub(super) fn of(release: &ReleaseReport, details: &DetailsReport) -> Vec<String> {
    let command = |verb: &str| command_for(release, verb);
    if release.trouble.is_some() {
        return vec![format!("run {} with a program that can read its journal", command("repair"))];
    }
    let unknown = details.activities.iter().filter(|it| is_unknown(it));
    let mut advice: Vec<String> = unknown
        .map(|it| {
            let settle = command("settle");
            let settle = settle.trim_end_matches('`');
            format!(
                "see what became of {}, then run {settle} {} --passed --reason TEXT`, or the same with `--failed`",
                it.name,
                quoted(&it.name)
            )
        })
        .collect();
    let ended = details.outcome.as_ref();
    if let Some(outcome) = ended.filter(|it| it.exit_code != 0 && advice.is_empty()) {
        let first = match outcome.name.as_str() {
            "refused" => "remove what refuses it, then run ",
            "terminated" | "replaced" => "to go on, run ",
            _ => "remove the cause, then run ",
        };
        advice.push(format!("{first}{}", command("retry")));
    }
    advice
}

/// The command that does this to a release, between backticks.
#[must_use]
pub fn command_for(release: &ReleaseReport, verb: &str) -> String {
    format!("`promenade release {verb} {} {}`", clean(&quoted(&release.product)), release.number)
}

/// A name as a shell reads it back.
pub(super) fn quoted(name: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./#@%+".contains(it);
    if !name.is_empty() && !name.starts_with(['#', '-']) && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "'\\''"))
}
