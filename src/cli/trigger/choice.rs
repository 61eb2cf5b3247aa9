//! Asks a person at a terminal which application to promote.

use std::io::{BufRead, IsTerminal};

use promenade::driver::start::Candidate;
use promenade::model::ApplicationName;
use promenade::text::clean;

use crate::cli::output::Output;
use crate::cli::refusal::Refusal;

/// Whether somebody is there to answer.
pub(super) fn can_ask(output: &Output) -> bool {
    output.is_watched() && std::io::stdin().is_terminal()
}

/// The application that the person chooses; `None` = none of them.
///
/// # Errors
/// The terminal cannot be read.
pub(super) fn ask(candidates: &[Candidate], output: &Output) -> Result<Option<ApplicationName>, Refusal> {
    output.say("Which application do you want to promote?");
    for (number, it) in (1..).zip(candidates) {
        let changes = if it.has_changes { "with changes" } else { "without changes" };
        output.say(&format!(
            "  {number}  {} {} ({changes})",
            clean(it.application.as_str()),
            clean(it.version.as_str())
        ));
    }
    output.say("Type its number, or nothing to end:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| {
        Refusal::new(
            format!("the terminal cannot be read: {error}"),
            "name the application with --application",
        )
    })?;
    Ok(chosen(&line, candidates))
}

fn chosen(line: &str, candidates: &[Candidate]) -> Option<ApplicationName> {
    let number: usize = line.trim().parse().ok()?;
    candidates.get(number.checked_sub(1)?).map(|it| it.application.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_of_the_list_chooses() {
        let candidate = |name: &str| Candidate {
            application: name.into(),
            version: promenade::model::ReleaseVersion::new("1"),
            has_changes: true,
        };
        let all = [candidate("a"), candidate("b")];
        assert_eq!(chosen(" 2\n", &all), Some("b".into()));
        for line in ["", "0", "3", "-1", "b", "99999999999999999999"] {
            assert_eq!(chosen(line, &all), None, "{line}");
        }
    }
}
