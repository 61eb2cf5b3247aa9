//! `promenade check`: what can be verified before a build event comes.

use std::sync::Arc;
use std::time::Duration;

use promenade::backend::{BackendError, Context, Finding, Inspection, Ledger, Notice, Stop};
use promenade::ci::invocation::Invocation;
use promenade::ci::report::result::{RunResult, RunVerdict};
use promenade::ci::report::{Line, Tone};
use promenade::settings::{Names, Settings};
use promenade::text::clean;

use super::connect;
use super::output::Output;
use super::process::Process;
use super::ready::ready;
use super::refusal::{Refusal, Unready, backend_problem, refuse};
use super::{recognise, settings};

/// How long the whole check may take.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What a check cannot know; printed each time.
const UNKNOWABLE: &str = "cannot be known before it is tried: whether the lifecycle lets a release through, whether \
                          required prompted variables are complete, and whether a deployment succeeds";

/// Checks the settings and, without `--offline`, the server.
pub(crate) async fn check(asked: &Invocation, process: &Process, output: &Arc<Output>) -> u8 {
    let settings = match load(asked, process, output) {
        Ok(settings) => settings,
        Err(unready) => return refuse(&unready, output),
    };
    let names = settings.names();
    say(output, Tone::Good, "settings are well-formed");
    if names.with_expressions > 0 {
        say(
            output,
            Tone::Plain,
            "names with expressions are known only with a build event; hand one in with --event",
        );
    }
    let mut result = RunResult::new(RunVerdict::Passed);
    if !asked.offline
        && let Err(refusal) = look(&settings, &names, process, output, &mut result).await
    {
        return refuse(&refusal.into(), output);
    }
    let verdict = result.verdict;
    result.exit_code = verdict.exit_code();
    say(output, Tone::Plain, UNKNOWABLE);
    output.lines(&promenade::ci::report::verdict(verdict, false, verdict.exit_code()));
    output.result(result);
    verdict.exit_code()
}

/// Reads the settings; with an event, also what they mean on it, so that its expressions are checked.
fn load(asked: &Invocation, process: &Process, output: &Arc<Output>) -> Result<Settings, Unready> {
    if asked.event.is_some() {
        return ready(asked, process, output).map(|it| it.settings);
    }
    recognise::speak(&asked.overrides, process, output);
    let settings = settings::settings(asked, process, output)?;
    settings::hide_named(&settings, process, output);
    Ok(settings)
}

async fn look(
    settings: &Settings,
    names: &Names,
    process: &Process,
    output: &Arc<Output>,
    result: &mut RunResult,
) -> Result<(), Refusal> {
    let backend = connect::backend(&settings.connection().server, process, output)?;
    let tell = |notice: Notice| {
        if let Notice::Warning(text) = notice {
            say(output, Tone::Warning, &format!("warning: {text}"));
        }
    };
    let (stop, ledger) = (Stop::never(), Ledger::default());
    let until = tokio::time::Instant::now() + TIME_LIMIT;
    let context =
        Context { deadline: until, build: None, attempt: None, say: &tell, stop: &stop, ledger: &ledger };
    let inspection = Inspection {
        project: &settings.connection().project,
        environments: &names.environments,
        channels: &names.channels,
        tenants: &names.tenants,
        tags: &names.tags,
        machines: &names.machines,
        freezes: &names.freezes,
        steps: &names.steps,
        packages: &names.packages,
        variables: &names.variables,
        git: &names.git,
        creates: names.creates,
        deploys: names.deploys,
    };
    for finding in backend.check(&inspection, context).await {
        match finding {
            Finding::Fine(text) => say(output, Tone::Good, &text),
            Finding::Doubt(text) => {
                say(output, Tone::Warning, &format!("warning: {text}"));
                result.warnings.push(text);
            }
            Finding::Invalid(error) => {
                result.verdict = worse(result.verdict, &error);
                result.problems.push(backend_problem(&error));
                for line in promenade::ci::report::plain_error("check", &error, error.advice()) {
                    output.lines(&[line]);
                }
            }
        }
    }
    Ok(())
}

/// A name that does not exist is a bad setting, a refusal is a failure, silence is no answer.
fn worse(verdict: RunVerdict, error: &BackendError) -> RunVerdict {
    match error {
        _ if error.is_transient() => RunVerdict::NoAnswer,
        BackendError::Refused { .. } => RunVerdict::Failed,
        _ if verdict == RunVerdict::Passed => RunVerdict::BadSettings,
        _ => verdict,
    }
}

fn say(output: &Output, tone: Tone, text: &str) {
    output.lines(&[Line::new(tone, format!("check: {}", clean(text)))]);
}
