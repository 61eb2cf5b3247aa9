//! `promenade status`: which release is in each environment of a project.

use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use comfy_table::{Table, presets};
use promenade::backend::{BackendError, Context, Ledger, Notice, Overview, Scope, Stop};
use promenade::ci::invocation::Invocation;
use promenade::ci::report::result::RunVerdict;
use promenade::ci::report::status::{self, StatusResult};
use promenade::ci::report::{self, Line, Tone};
use promenade::model::{EnvironmentName, TenantName, TenantTag, Tenants};
use promenade::settings::ConnectionSettings;
use promenade::text::clean;

use super::output::Output;
use super::process::Process;
use super::refusal::{Refusal, Unready, backend_problem, refuse};
use super::{arguments, connect, recognise, settings};

/// What the command line asks for.
struct StatusRequest {
    environments: Vec<EnvironmentName>,
    tenants: Option<Tenants>,
    time_limit: Duration,
}

impl StatusRequest {
    /// Reads the arguments.
    ///
    /// # Errors
    /// `*` together with tenants or tags.
    fn read(matches: &ArgMatches) -> Result<Self, Refusal> {
        let texts = |name: &str| -> Vec<String> {
            matches.get_many::<String>(name).into_iter().flatten().map(|it| it.trim().to_owned()).collect()
        };
        let (names, tags) = (texts("tenant"), texts("tenant-tag"));
        let tenants = match (names.as_slice(), tags.as_slice()) {
            ([], []) => None,
            ([all], []) if all == "*" => Some(Tenants::All),
            _ if names.iter().any(|it| it == "*") => {
                let message = "--tenant `*` already stands for every tenant";
                return Err(Refusal::new(message, "use it alone, or name tenants"));
            }
            _ => Some(Tenants::Some {
                names: names.iter().map(TenantName::new).collect(),
                tags: tags.iter().map(TenantTag::new).collect(),
            }),
        };
        Ok(Self {
            environments: texts("environment").iter().map(EnvironmentName::new).collect(),
            tenants,
            time_limit: matches.get_one("time-limit").copied().unwrap_or(arguments::STATUS_LIMIT),
        })
    }
}

/// Prints which release is where.
pub(crate) async fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    let asked = arguments::asked_for_status(matches);
    match look(matches, &asked, process, output).await {
        Ok(result) => {
            let code = result.exit_code;
            output.lines(&report::verdict(result.verdict, false, code));
            output.status(result);
            code
        }
        Err(unready) => refuse(&unready, output),
    }
}

async fn look(
    matches: &ArgMatches,
    asked: &Invocation,
    process: &Process,
    output: &Arc<Output>,
) -> Result<StatusResult, Unready> {
    recognise::speak(&asked.overrides, process, output);
    let wanted = StatusRequest::read(matches)?;
    let settings = settings::settings(asked, process, output)?;
    settings::hide_named(&settings, process, output);
    let found = overview(&wanted, settings.connection(), process, output).await?;
    Ok(match found {
        Ok(overview) => {
            print(&overview, output);
            StatusResult::of(&overview)
        }
        Err(error) => {
            output.lines(&report::plain_error("status", &error, error.advice()));
            let verdict = if error.is_transient() { RunVerdict::NoAnswer } else { RunVerdict::Failed };
            StatusResult::failed(verdict, backend_problem(&error))
        }
    })
}

async fn overview(
    wanted: &StatusRequest,
    connection: &ConnectionSettings,
    process: &Process,
    output: &Arc<Output>,
) -> Result<Result<Overview, BackendError>, Unready> {
    let backend = connect::backend(&connection.server, process, output)?;
    let tell = |notice: Notice| {
        if let Notice::Warning(text) = notice {
            say(output, Tone::Warning, &format!("warning: {text}"));
        }
    };
    let (stop, ledger) = (Stop::never(), Ledger::default());
    let until = tokio::time::Instant::now() + wanted.time_limit;
    let context =
        Context { deadline: until, build: None, attempt: None, say: &tell, stop: &stop, ledger: &ledger };
    let scope = Scope {
        project: &connection.project,
        environments: &wanted.environments,
        tenants: wanted.tenants.as_ref(),
    };
    Ok(backend.overview(&scope, context).await)
}

/// Prints it for people: as a table on a terminal, else in lines.
fn print(overview: &Overview, output: &Output) {
    if overview.targets.is_empty() {
        say(
            output,
            Tone::Plain,
            &format!("project '{}' has no environment and tenant to look at", overview.project),
        );
    }
    if !output.is_watched() {
        return overview.targets.iter().for_each(|it| output.lines(&status::lines(it)));
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header([
        "where",
        "release",
        "since",
        "besides",
        "deployment",
    ]);
    for it in &overview.targets {
        let row = status::row(it);
        table.add_row([row.target, row.release, row.since, row.notes.join("\n"), row.url]);
    }
    table.to_string().lines().for_each(|it| output.say(it));
    // The other lines have times and links; with `--quiet`, only what is not known.
    for it in &overview.targets {
        output.lines(&status::lines(it).split_off(1));
    }
}

fn say(output: &Output, tone: Tone, text: &str) {
    output.lines(&[Line::new(tone, format!("status: {}", clean(text)))]);
}
