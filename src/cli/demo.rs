//! `promenade demo`: real build events, through the real handler, against the embedded server.
//!
//! Everything happens in this process: no file is written, and the port closes when it ends.

use std::sync::Arc;
use std::time::Duration;

use comfy_table::{Table, presets};
use promenade::actions::Stop;
use promenade::ci::Occasion;
use promenade::ci::plan::plan;
use promenade::ci::report::result::{DeploymentReport, RunResult, RunVerdict};
use promenade::ci::report::span;
use promenade::event::BuildEvent;
use promenade::sandbox::{Sandbox, SandboxOptions};
use promenade::settings::{Document, Settings};
use promenade::text::clean;

use super::connect;
use super::handle::run_plan;
use super::output::Output;
use super::process::Process;
use super::ready::Ready;
use super::refusal::{Unready, refuse};
use super::secrets::Reader;
use super::signals::stop_on_signals;

/// How many times faster the deployments run than their seed says.
const TIME_SCALE: f64 = 60.0;

/// The settings of the build that passes; those of the other one differ only in the project.
const SETTINGS: &str = include_str!("demo.toml");

/// The build event that a CI server would pass when its build has completed.
const EVENT: &str = r#"{"event": "build-completed", "status": "successful",
  "build": {"id": "482", "number": "482", "version": "2.1.0", "pipeline": "Web Shop", "branch": "release/2.1"}}"#;

/// Shows a build that is deployed all the way, and one that fails.
pub(crate) async fn run(output: &Arc<Output>) -> u8 {
    let mut options = SandboxOptions::default();
    options.scale = TIME_SCALE;
    let sandbox = match Sandbox::start(options).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            output.error(&format!("the embedded server could not start: {error}"));
            return RunVerdict::Failed.exit_code();
        }
    };
    let stop = stop_on_signals(RunVerdict::Undecided.exit_code());
    let shown = show(&sandbox, &stop, output).await;
    sandbox.stop().await;
    match shown {
        Ok(code) => code,
        Err(unready) => refuse(&unready, output),
    }
}

async fn show(sandbox: &Sandbox, stop: &Stop, output: &Arc<Output>) -> Result<u8, Unready> {
    output.say("An Octopus-compatible server runs in this process. Build 482 has completed, and the handler gets the event.");
    output.say("");
    let good = build("Web Shop", sandbox, stop, output).await?;
    output.say("");
    table(&good, output);
    output.say("");
    output.say("The same for a project whose deployment fails: its build fails with it.");
    output.say("");
    let bad = build("Broken Shop", sandbox, stop, output).await?;
    output.say("");
    table(&bad, output);
    output.say("");
    if stop.is_requested() {
        return Ok(RunVerdict::Undecided.exit_code());
    }
    let as_promised = good.verdict == RunVerdict::Passed && bad.verdict == RunVerdict::Failed;
    output.say(if as_promised {
        "Done: one event, one release, three environments, one exit code. Nothing is left behind."
    } else {
        "This is not what the demo promises; please report it."
    });
    Ok(if as_promised { 0 } else { RunVerdict::Failed.exit_code() })
}

/// One build event, from its JSON to its result, as `promenade handle` does it.
async fn build(
    project: &str,
    sandbox: &Sandbox,
    stop: &Stop,
    output: &Arc<Output>,
) -> Result<RunResult, Unready> {
    let process = Process::with(&[
        ("OCTOPUS_URL", sandbox.url()),
        ("OCTOPUS_API_KEY", sandbox.api_key()),
        ("OCTOPUS_SPACE", sandbox.space()),
    ]);
    let document = Document::parse(SETTINGS.replace("Web Shop", project).as_bytes(), "demo.toml")?;
    let event = BuildEvent::parse(EVENT.as_bytes(), "event.json")?;
    let settings = Settings::load(&document, process.variables())?;
    let plan = plan(&settings, Occasion::Event(&event), process.variables(), &Reader::new(&process))?;
    let backend = connect::backend(&settings.connection().server, &process, output)?;
    let ready = Ready { settings, plan, event: Some(event) };
    Ok(run_plan(&ready, &backend, stop, output).await)
}

fn table(result: &RunResult, output: &Output) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header([
        "action",
        "release",
        "environment",
        "result",
        "took",
    ]);
    for action in &result.actions {
        let release = action.releases.first().map(|it| clean(&it.version)).unwrap_or_default();
        if action.deployments.is_empty() {
            let skipped = action.reason.as_ref().map(|it| format!("skipped: {it}"));
            let result =
                skipped.or_else(|| action.verdict.map(|it| it.name().to_owned())).unwrap_or_default();
            table.add_row([
                clean(&action.title),
                release.clone(),
                String::new(),
                clean(&result),
                String::new(),
            ]);
        }
        for deployment in &action.deployments {
            let DeploymentReport { environment, state, duration_seconds, .. } = deployment;
            let took = duration_seconds
                .and_then(|it| Duration::try_from_secs_f64(it).ok())
                .map(span)
                .unwrap_or_default();
            let row =
                [clean(&action.title), release.clone(), clean(environment), state.name().to_owned(), took];
            table.add_row(row);
        }
    }
    for line in table.to_string().lines() {
        output.say(line);
    }
    output.say(&format!("verdict: {} (exit code {})", result.verdict.name(), result.exit_code));
}
