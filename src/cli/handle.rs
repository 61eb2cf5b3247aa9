//! `promenade handle`, and `create`, `deploy` and `promote`: carries out the actions of a plan.

use std::sync::Arc;

use promenade::actions::Stop;
use promenade::backend::Backend;
use promenade::ci::invocation::Invocation;
use promenade::ci::report::result::{ActionResult, RunResult, RunVerdict};
use promenade::ci::run::{Run, RunEvent, run};
use promenade::ci::{Decision, report};

use super::connect;
use super::output::{Output, RunPrinter};
use super::process::Process;
use super::ready::{Ready, ready};
use super::refusal::refuse_run;
use super::signals::stop_on_signals;

/// Plans the actions that were asked for or that the event starts, and carries them out.
pub(crate) async fn handle(asked: &Invocation, process: &Process, output: &Arc<Output>) -> u8 {
    let mut ready = match ready(asked, process, output) {
        Ok(ready) => ready,
        Err(unready) => return refuse_run(&unready, None, output),
    };
    let nothing_runs = !ready.plan.actions.iter().any(|it| matches!(it.decision, Decision::Run(_)));
    let hidden = output.hidden().len();
    let backend = match connect::backend(&ready.settings.connection().server, process, output) {
        Ok(backend) => backend,
        Err(refusal) if !nothing_runs => {
            return refuse_run(&refusal.into(), Some(&ready.settings), output);
        }
        // An event that starts no action needs no credential.
        Err(_) => return skip_all(&ready, output),
    };
    // What a command prints is known only now, and must not stand in the plan's texts either.
    if output.hidden().len() > hidden
        && let Err(unready) = ready.plan_again(asked, process, output)
    {
        return refuse_run(&unready, Some(&ready.settings), output);
    }
    if ready.settings.register_secrets() {
        output.register_secrets();
    }
    let stop = stop_on_signals(RunVerdict::Undecided.exit_code());
    let result = run_plan(&ready, &backend, &stop, output).await;
    let code = result.exit_code;
    output.leave(&result, Some(&ready.settings));
    output.result(result);
    code
}

/// Carries out a plan and reports what happens.
pub(crate) async fn run_plan(
    ready: &Ready,
    backend: &Backend,
    stop: &Stop,
    output: &Arc<Output>,
) -> RunResult {
    let build = ready.event.as_ref().map(|it| it.build.identity());
    let printer = RunPrinter::new(output);
    let listener = |event: &RunEvent<'_>| printer.print(event);
    let run_with = Run {
        backend,
        project: &ready.settings.connection().project,
        build: build.as_ref(),
        stop,
        warnings_exit: ready.settings.warnings_exit(),
        listener: &listener,
    };
    let result = run(&ready.plan, run_with).await;
    output.end_drawing();
    result
}

fn skip_all(ready: &Ready, output: &Output) -> u8 {
    let mut result = RunResult::new(RunVerdict::Passed);
    for planned in &ready.plan.actions {
        if let Decision::Skip(because) = &planned.decision {
            output.lines(&report::lines(&RunEvent::Skipped { action: planned, because }));
        }
        result.actions.push(ActionResult::planned(planned));
    }
    output.lines(&report::lines(&RunEvent::Finished(&result)));
    output.leave(&result, Some(&ready.settings));
    output.result(result);
    0
}
