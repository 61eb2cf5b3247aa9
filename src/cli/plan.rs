//! `promenade plan`: what `handle` would do, without a request.

use std::sync::Arc;

use promenade::ci::Decision;
use promenade::ci::invocation::Invocation;
use promenade::ci::report::result::{ActionResult, RunResult, RunVerdict};
use promenade::ci::report::{self, Line, Tone};
use promenade::ci::run::RunEvent;

use super::output::Output;
use super::process::Process;
use super::ready::ready;
use super::refusal::refuse;

/// What a plan does not know, since it sends no request.
const UNCHECKED: &str = "plan: not checked, since nothing was asked: whether the names exist on the server, which \
                         `promenade check` looks up, and whether the lifecycle lets a release through";

/// Prints for each action whether it would run, or why it would be skipped.
pub(crate) fn plan(asked: &Invocation, process: &Process, output: &Arc<Output>) -> u8 {
    let ready = match ready(asked, process, output) {
        Ok(ready) => ready,
        Err(unready) => return refuse(&unready, output),
    };
    let mut result = RunResult::new(RunVerdict::Passed);
    for planned in &ready.plan.actions {
        match &planned.decision {
            Decision::Run(_) => output.lines(&report::would_run(planned)),
            Decision::Skip(because) => {
                output.lines(&report::lines(&RunEvent::Skipped { action: planned, because }));
            }
        }
        result.actions.push(ActionResult::planned(planned));
    }
    output.lines(&[Line::new(Tone::Plain, UNCHECKED)]);
    output.result(result);
    0
}
