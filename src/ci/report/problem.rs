//! Why a build fails, for pages of a CI server that list problems and let people mute them.

use std::fmt::Write as _;

use super::result::{ActionResult, DeploymentReport, RunResult, RunVerdict};
use crate::document::{Origin, Problems};
use crate::text::clean;

/// A problem with an identity that is the same in each build that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildProblem {
    /// At most 60 letters, digits and underscores, beginning with a letter.
    pub identity: String,
    /// What failed, in a few words.
    pub title: String,
    /// Why; perhaps several lines.
    pub text: String,
    /// The file, line and column of a mistake in what people wrote.
    pub place: Option<(String, usize, usize)>,
}

/// The longest part of an identity that people can read.
const READABLE: usize = 40;

/// Why this run fails its build; nothing for a run that passed.
#[must_use]
pub fn of_run(result: &RunResult) -> Option<BuildProblem> {
    // After the failure that counts nothing more is begun, so it is the last.
    let failed = |it: &&ActionResult| it.verdict.is_some_and(|it| it != RunVerdict::Passed);
    let counts = result.verdict != RunVerdict::Passed;
    let action = result.actions.iter().rev().find(failed).filter(|_| counts)?;
    let mut text = String::new();
    for it in action.deployments.iter().filter(|it| !it.state.is_fine()) {
        let _ = writeln!(text, "{}", described(it));
    }
    if let Some(error) = &action.error {
        let _ = writeln!(text, "{}", error.message);
        if let Some(advice) = &error.advice {
            let _ = writeln!(text, "what to do: {advice}");
        }
    }
    let title = format!("{}: {}", action.title, result.verdict.words());
    Some(BuildProblem {
        identity: identity(&action.title),
        title: clean(&title),
        text: lines(&text),
        place: None,
    })
}

/// The problems of a text that people wrote.
#[must_use]
pub fn of_problems(problems: &Problems) -> Vec<BuildProblem> {
    let place = |origin: &Origin| match origin {
        Origin::File { file, line, column } => Some((clean(file), *line, *column)),
        _ => None,
    };
    let trouble = |(text, origin)| BuildProblem { text: lines(text), place: place(origin), ..of_words("") };
    let texts: Vec<_> = problems.one_by_one().collect();
    texts.iter().map(String::as_str).zip(problems.iter().map(|it| &it.origin)).map(trouble).collect()
}

/// Anything else for which nothing was begun.
#[must_use]
pub fn of_words(words: &str) -> BuildProblem {
    let title = RunVerdict::BadSettings.words();
    BuildProblem { identity: identity(&title), title, text: lines(words), place: None }
}

fn described(it: &DeploymentReport) -> String {
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
    // FNV-1a keeps titles apart that read the same here; it need not resist an attacker.
    let mix = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let sum = title.bytes().fold(0x811c_9dc5, mix);
    format!("promenade_{readable}_{sum:08x}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::settings::Document;
    use crate::settings::Settings;

    fn run(verdict: &str, actions: Value) -> Option<BuildProblem> {
        let result =
            json!({ "verdict": verdict, "exitCode": 0, "warnings": [], "problems": [], "actions": actions });
        of_run(&serde_json::from_value(result).expect("a result"))
    }

    fn failed(title: &str, message: &str) -> Value {
        json!([
            { "action": "create", "title": "Create", "decision": "run", "verdict": "failed", "releases": [],
              "deployments": [], "error": { "message": "tolerated" } },
            { "action": "deploy", "title": title, "decision": "run", "verdict": "failed", "releases": [],
              "deployments": [
                { "environment": "Dev", "id": "d", "task": "t", "state": "succeeded", "url": "https://o/s", "warnings": false },
                { "environment": "Test", "tenant": "Acme", "id": "d", "task": "t", "state": "failed", "url": "https://o/t",
                  "warnings": false, "message": message },
              ], "error": { "message": "not all", "advice": "look" } },
            { "action": "promote", "title": "Promote", "decision": "skipped", "releases": [], "deployments": [] },
        ])
    }

    #[test]
    fn a_failed_run_names_what_failed_and_why() {
        let trouble = run("failed", failed("Deploy to Test", "no disk")).expect("it failed");
        assert_eq!(trouble.title, "Deploy to Test: failed");
        let text = "Test for Acme: failed: no disk (https://o/t)\nnot all\nwhat to do: look";
        assert_eq!((trouble.text.as_str(), trouble.place), (text, None));
        assert_eq!(
            run("passed", failed("Deploy to Test", "no disk")),
            None,
            "a tolerated failure fails no build"
        );
    }

    #[test]
    fn foreign_words_are_harmless_line_by_line() {
        let trouble = run("failed", failed("a\r##vso[x]", "one\n##teamcity[x]\u{1b}[2J")).expect("it failed");
        assert_eq!(trouble.title, "a\\u{d}\\u{23}#vso[x]: failed");
        let lines: Vec<_> = trouble.text.lines().take(2).collect();
        assert_eq!(lines, ["Test for Acme: failed: one", "\\u{23}#teamcity[x]\\u{1b}[2J (https://o/t)"]);
    }

    #[test]
    fn an_identity_is_the_same_for_the_same_action_alone_and_fits_every_server() {
        let of =
            |title: &str, message: &str| run("failed", failed(title, message)).expect("it failed").identity;
        assert_eq!(of("Deploy to Test", "a"), of("Deploy to Test", "b"));
        assert_eq!(of("Deploy to Test", "a"), "promenade_deploy_to_test_a4b48bcd");
        assert_ne!(of("Deploy to Test", "a"), of("Deploy to-Test", "a"), "they read the same");
        for title in ["", "é😀", &"Deploy ".repeat(100)] {
            let identity = of(title, "a");
            assert!(identity.len() <= 60 && identity.starts_with("promenade_"), "{identity}");
            assert!(identity.chars().all(|it| it.is_ascii_alphanumeric() || it == '_'), "{identity}");
        }
    }

    #[test]
    fn a_mistake_in_a_file_has_its_place() {
        let text = "[connection]\nurl = 'http://o'\nproject = 'p'\napi-key = { env = 'K' }\n[deploy]\nto = ['T']\n  bad = 1\n";
        let document = Document::parse(text.as_bytes(), "p\u{1b}.toml").expect("TOML");
        let problems = Settings::load(&document, &Default::default()).expect_err("an unknown key");
        let troubles = of_problems(&problems);
        assert_eq!(troubles.len(), 1, "{troubles:?}");
        assert_eq!(troubles[0].place, Some(("p\\u{1b}.toml".to_owned(), 7, 3)));
        assert_eq!(
            (&troubles[0].title, &troubles[0].identity),
            (&"bad settings".to_owned(), &of_words("x").identity)
        );
        assert!(troubles[0].text.starts_with("p\\u{1b}.toml:7:3: unknown key `bad`"), "{}", troubles[0].text);
        assert_eq!((of_words("a\nb").text.as_str(), of_words("a").place), ("a\nb", None));
    }
}
