//! `promenade release list`: which release went where, page by page.

use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use promenade::ci::report::releases::{self, ReleaseReport, ReleasesResult};
use promenade::ci::report::result::RunVerdict;
use promenade::ci::report::{Line, Tone};
use promenade::flow::time::Time;
use promenade::model::{FlowName, ProductName, ReleaseVersion};
use promenade::store::{Access, Filter, OfFlow, Page};

use super::named::unreadable;
use crate::cli::flow::folder_arguments;
use crate::cli::output::Output;
use crate::cli::process::Process;
use crate::cli::promoting::{config, document, hide_secrets, open};
use crate::cli::promotions;
use crate::cli::refusal::{Refusal, Unready, refuse};

/// What `--status` takes.
const STATUSES: [&str; 9] =
    ["running", "waiting", "stopping", "passed", "failed", "refused", "cancelled", "skipped", "unknown"];

/// The command.
pub(super) fn command() -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    let status = text("status", "STATUS", "Only releases with this status");
    Command::new("list")
        .about("Lists releases, the newest first")
        .arg(text("product", "NAME", "Only releases of this product"))
        .arg(text("flow", "NAME", "Only releases of this promotion flow"))
        .arg(switch("manual", "Only single promotions by hand").conflicts_with("flow"))
        .arg(status.value_parser(PossibleValuesParser::new(STATUSES)))
        .arg(text("by", "PERSON", "Only releases that this person started"))
        .arg(text("version", "VERSION", "Only releases of this version"))
        .arg(text(
            "since",
            "TIME",
            "Only releases that started then or later: `2026-05-01`, or with a time, in UTC",
        ))
        .arg(text("until", "TIME", "Only releases that started before then"))
        .arg(switch("unfinished", "Only releases that have not ended"))
        .arg(
            text("page-size", "NUMBER", "How many releases to list, at most 500")
                .default_value("20")
                .value_parser(value_parser!(u32).range(1..=500)),
        )
        .arg(text("after", "CURSOR", "The page behind the one that printed this cursor"))
        .args(folder_arguments())
}

/// Lists releases.
pub(super) async fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    match look(matches, process, output).await {
        Ok(result) => {
            print(&result, output);
            output.release_end(&result, result.verdict, result.exit_code)
        }
        Err(unready) => refuse(&unready, output),
    }
}

async fn look(
    matches: &ArgMatches,
    process: &Process,
    output: &Arc<Output>,
) -> Result<ReleasesResult, Unready> {
    let (filter, page) = (filter(matches)?, page(matches)?);
    let document = document(config(matches))?;
    hide_secrets(&document, process, output);
    let (defined, warnings) = defined(matches, process)?;
    let store = open(&document, Access::ReadOnly, process).await?;
    let (found, next) = store.releases(&filter, &page).await.map_err(unreadable)?;
    let releases: Vec<ReleaseReport> = found.iter().map(ReleaseReport::listed).collect();
    Ok(ReleasesResult {
        verdict: RunVerdict::Passed,
        exit_code: RunVerdict::Passed.exit_code(),
        warnings,
        problems: Vec::new(),
        environments: releases::columns(&defined, &releases),
        releases,
        next: next.and_then(|it| it.cursor()),
    })
}

fn filter(matches: &ArgMatches) -> Result<Filter, Refusal> {
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let time = |name: &str| text(name).map(|it| moment(name, &it)).transpose();
    let flow = if matches.get_flag("manual") {
        Some(OfFlow::Manual)
    } else {
        text("flow").map(|it| OfFlow::Named(FlowName::new(it)))
    };
    Ok(Filter {
        product: text("product").map(ProductName::new),
        flow,
        status: text("status"),
        by: text("by"),
        version: text("version").map(ReleaseVersion::new),
        since: time("since")?,
        until: time("until")?,
        unfinished: matches.get_flag("unfinished"),
    })
}

/// A day, which begins at midnight in UTC, or a moment.
fn moment(flag: &str, text: &str) -> Result<Time, Refusal> {
    let day = |it: Date| it.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp());
    let found = text.parse::<Timestamp>().ok().or_else(|| text.parse::<Date>().ok().and_then(day));
    found.map(Time::from).ok_or_else(|| {
        let message = format!("--{flag}: `{text}` is not a time");
        Refusal::new(message, "write `2026-05-01`, or `2026-05-01T10:00:00Z`")
    })
}

fn page(matches: &ArgMatches) -> Result<Page, Refusal> {
    let size = matches.get_one::<u32>("page-size").copied().unwrap_or(20);
    let Some(cursor) = matches.get_one::<String>("after") else { return Ok(Page::first(size)) };
    Page::at(size, cursor).ok_or_else(|| {
        let message = format!("--after: `{cursor}` is not a cursor");
        Refusal::new(message, "copy it from the end of the page before")
    })
}

/// The environments in the order of their definitions. Lists need none: where no folder is named and the usual one
/// cannot be read, the releases say the order.
fn defined(matches: &ArgMatches, process: &Process) -> Result<(Vec<String>, Vec<String>), Unready> {
    match promotions::definitions(matches, process) {
        Ok(checked) => {
            let mut environments: Vec<_> = checked.definitions.environments.values().collect();
            environments.sort_by(|one, other| (one.order, &one.name).cmp(&(other.order, &other.name)));
            Ok((environments.iter().map(|it| it.name.to_string()).collect(), Vec::new()))
        }
        Err(unready) if matches.contains_id("promotions") => Err(unready),
        Err(Unready::Refused(_)) => Ok((Vec::new(), Vec::new())),
        Err(Unready::Problems(_)) => {
            let warning = "the definitions have problems, so environments have the order of the releases; \
                           see `promenade flow validate`";
            Ok((Vec::new(), vec![warning.to_owned()]))
        }
    }
}

fn print(result: &ReleasesResult, output: &Output) {
    let warnings =
        result.warnings.iter().map(|it| Line::new(Tone::Warning, format!("release: warning: {it}")));
    output.lines(&warnings.collect::<Vec<_>>());
    if result.releases.is_empty() {
        output.lines(&[Line::new(Tone::Plain, "release: no release fits")]);
        return;
    }
    let mut table = Table::new();
    let preset = if output.is_watched() { presets::UTF8_FULL_CONDENSED } else { presets::NOTHING };
    table.load_style(preset).set_content_arrangement(ContentArrangement::Disabled);
    let head = ["release", "date", "initiator", "version", "Promotion Flow"].map(str::to_owned);
    let columns = result.environments.iter().map(|it| promenade::text::clean(it));
    table.set_header(head.into_iter().chain(columns).chain(["status".to_owned()]));
    for row in result.releases.iter().map(|it| releases::row(it, &result.environments)) {
        let first = [row.release, row.date, row.initiator, row.version, row.flow];
        table.add_row(first.into_iter().chain(row.environments).chain([row.status]));
    }
    table.to_string().lines().for_each(|it| output.say(it.trim_end()));
    if let Some(next) = &result.next {
        let text = format!("release: there are more; see them with `--after {next}`");
        output.lines(&[Line::new(Tone::Plain, text)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let millis = |text: &str| moment("since", text).ok().map(Time::as_millis);
        assert_eq!(millis("1970-01-02"), Some(86_400_000));
        assert_eq!(millis("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(millis("1970-01-01T02:00:00+02:00"), Some(0));
        for text in ["", "tomorrow", "99999-01-01", "1970-13-01"] {
            assert_eq!(millis(text), None, "{text}");
        }
    }
}
