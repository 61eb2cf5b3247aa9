//! `promenade check`: what can be known before a build event comes.

use std::sync::Arc;
use std::time::Duration;

use promenade::backend::{BackendError, Call, Finding, Inspection, Ledger, Notice, Stop};
use promenade::ci::invocation::Invocation;
use promenade::ci::report::{Line, Tone};
use promenade::ci::result::{ReportedProblem, RunResult, RunVerdict};
use promenade::settings::Names;
use promenade::settings::Settings;
use promenade::text::clean;

use super::connect;
use super::event;
use super::handle::{self, Unready};
use super::output::Output;
use super::secrets::Environment;

/// How long the whole check may take.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What a check cannot know, said each time.
const UNKNOWABLE: &str = "cannot be known before it is tried: whether the lifecycle lets a release through, whether \
                          required prompted variables are complete, and whether a deployment succeeds";

/// Checks settings and, unless told otherwise, the server.
pub(crate) async fn check(asked: &Invocation, environment: &Environment, output: &Arc<Output>) -> u8 {
    let settings = match load(asked, environment, output) {
        Ok(settings) => settings,
        Err(unready) => return handle::refuse(&unready, output),
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
    let mut result = RunResult {
        verdict: RunVerdict::Passed,
        exit_code: 0,
        warnings: Vec::new(),
        problems: Vec::new(),
        actions: Vec::new(),
    };
    if !asked.offline
        && let Err(words) = look(&settings, &names, environment, output, &mut result).await
    {
        return handle::refuse(&Unready::Words(words), output);
    }
    let verdict = result.verdict;
    result.exit_code = verdict.exit_code();
    say(output, Tone::Plain, UNKNOWABLE);
    output.lines(&promenade::ci::report::verdict(verdict, false, verdict.exit_code()));
    output.result(result);
    verdict.exit_code()
}

/// Reads the settings; with an event, also what they mean on it, so that its expressions are checked.
fn load(asked: &Invocation, environment: &Environment, output: &Arc<Output>) -> Result<Settings, Unready> {
    if asked.event.is_some() {
        return handle::ready(asked, environment, output).map(|it| it.settings);
    }
    event::speak(&asked.overrides, environment, output);
    let settings = handle::settings(asked, environment, output)?;
    handle::hide_named(&settings, environment, output);
    Ok(settings)
}

async fn look(
    settings: &Settings,
    names: &Names,
    environment: &Environment,
    output: &Arc<Output>,
    result: &mut RunResult,
) -> Result<(), String> {
    let backend = connect::backend(settings.connection(), environment, output)?;
    let tell = |notice: Notice| {
        if let Notice::Warning(text) = notice {
            say(output, Tone::Warning, &format!("warning: {text}"));
        }
    };
    let (stop, ledger) = (Stop::never(), Ledger::default());
    let until = tokio::time::Instant::now() + TIME_LIMIT;
    let call = Call { until, build: None, say: &tell, stop: &stop, ledger: &ledger };
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
    for finding in backend.check(&inspection, call).await {
        match finding {
            Finding::Fine(text) => say(output, Tone::Good, &text),
            Finding::Doubt(text) => {
                say(output, Tone::Warning, &format!("warning: {text}"));
                result.warnings.push(text);
            }
            Finding::Wrong(error) => {
                result.verdict = worse(result.verdict, &error);
                result.problems.push(problem(&error));
                for line in promenade::ci::report::plain_error("check", &error, error.advice()) {
                    output.lines(&[line]);
                }
            }
        }
    }
    Ok(())
}

/// An error as results show it.
pub(crate) fn problem(error: &BackendError) -> ReportedProblem {
    ReportedProblem {
        source: None,
        line: None,
        column: None,
        message: error.to_string(),
        remedy: error.advice().unwrap_or_default(),
    }
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
