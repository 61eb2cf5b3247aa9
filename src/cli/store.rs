//! `promenade store check`: whether what is derived from the journals fits them.

use std::sync::Arc;

use clap::{ArgMatches, Command};
use promenade::ci::report::releases::{CheckResult, FindingReport};
use promenade::ci::report::result::RunVerdict;
use promenade::ci::report::{Line, Tone};
use promenade::ci::servers::Overrides;
use promenade::store::Access;
use promenade::text::clean;

use super::output::Output;
use super::process::Process;
use super::promoting::{config, document, hide_secrets, open, settings_argument};
use super::recognise;
use super::refusal::{Refusal, Unready, refuse};

/// The command and its subcommands.
pub(crate) fn command() -> Command {
    let check = "Reads every journal and compares the store with it; changes nothing";
    Command::new("store")
        .about("Looks after the store of promotions")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("check").about(check).arg(settings_argument()))
}

/// Checks the store.
pub(crate) async fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    recognise::speak(&Overrides::default(), process, output);
    let Some((_, given)) = matches.subcommand() else { return 2 };
    match check(given, process, output).await {
        Ok(result) => {
            print(&result, output);
            output.release_end(&result, result.verdict, result.exit_code)
        }
        Err(unready) => refuse(&unready, output),
    }
}

async fn check(
    matches: &ArgMatches,
    process: &Process,
    output: &Arc<Output>,
) -> Result<CheckResult, Unready> {
    let document = document(config(matches))?;
    hide_secrets(&document, process, output);
    let store = open(&document, Access::ReadOnly, process).await?;
    let found = store
        .check()
        .await
        .map_err(|error| Refusal::new(error.to_string(), error.advice().unwrap_or_default()))?;
    let verdict = if found.is_empty() { RunVerdict::Passed } else { RunVerdict::Failed };
    Ok(CheckResult {
        verdict,
        exit_code: verdict.exit_code(),
        warnings: Vec::new(),
        problems: Vec::new(),
        store: store.path().display().to_string(),
        findings: found.iter().map(FindingReport::from).collect(),
    })
}

fn print(result: &CheckResult, output: &Output) {
    let line = |it: &FindingReport| {
        Line::new(Tone::Bad, clean(&format!("store: error: {}: {}", it.release, it.what)))
    };
    let mut lines: Vec<Line> = result.findings.iter().map(line).collect();
    lines.push(if lines.is_empty() {
        Line::new(Tone::Good, clean(&format!("store: {} fits its journals", result.store)))
    } else {
        Line::new(
            Tone::Plain,
            "store: what to do: run `promenade release repair` for each release".to_owned(),
        )
    });
    output.lines(&lines);
}
