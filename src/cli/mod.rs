//! The program: arguments, environment and files in; text, progress and an exit code out.

mod arguments;
mod check;
mod child;
mod completions;
mod connect;
mod demo;
mod event;
mod files;
mod flags;
mod flow;
mod flow_show;
mod handle;
mod man;
mod output;
mod plan;
mod process;
mod progress;
mod promoting;
mod promotions;
mod ready;
mod recognise;
mod refusal;
mod release;
mod run;
mod sandbox;
mod secrets;
mod settings;
mod signals;
mod speaker;
mod started;
mod status;
mod step;
mod store;
mod trigger;

use std::process::ExitCode;
use std::sync::Arc;

use promenade::ci::invocation::{Command, Invocation};
use promenade::ci::report::result::RunVerdict;

use output::{Manner, Output};
use process::Process;
use refusal::{refuse, unlocated};
use step::Step;

/// Runs the command that the process was started for.
pub(crate) fn main() -> ExitCode {
    output::hide_panics();
    // Before there is an output, the panic hook alone can report anything.
    std::panic::catch_unwind(begin).unwrap_or_else(|_| ExitCode::from(RunVerdict::NoAnswer.exit_code()))
}

fn begin() -> ExitCode {
    let process = Process::read();
    let matches = match arguments::command().try_get_matches_from(step::arguments(&process)) {
        Ok(matches) => matches,
        Err(error) => return usage(&error, &process),
    };
    let flag = |name: &str| matches.get_flag(name);
    let manner = Manner { json: flag("json"), quiet: flag("quiet"), verbose: flag("verbose") };
    let step = (matches.subcommand_name() == Some("step")).then(|| Step::read(&process));
    let manner = step.as_ref().map_or(manner, |it| it.manner(manner));
    let output = Output::new(manner, &process);
    if let Some(step) = &step {
        output.hide(step.secrets(&process));
    }
    output.listen_to_panics();
    output.listen_to_tracing(&process);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&format!("the program could not start: {error}"));
            output.finish();
            return ExitCode::from(RunVerdict::Failed.exit_code());
        }
    };
    let code = output.guard(|| {
        runtime.block_on(async {
            match step {
                Some(step) => match step.asked(&process, &output) {
                    Ok((command, asked)) => perform(command, &asked, &process, &output).await,
                    Err(unready) => refuse(&unready, &output),
                },
                None => dispatch(&matches, &process, &output).await,
            }
        })
    });
    // A look-up of a host name that hangs must not hold up the end.
    runtime.shutdown_background();
    output.finish();
    ExitCode::from(code)
}

async fn dispatch(matches: &clap::ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    match matches.subcommand() {
        Some(("sandbox", given)) => sandbox::run(given, output).await,
        Some(("status", given)) => status::run(given, process, output).await,
        Some(("flow", given)) => match given.subcommand() {
            Some(("trigger", given)) => Box::pin(trigger::flow(given, process, output)).await,
            _ => flow::run(given, process, output),
        },
        Some(("release", given)) => Box::pin(release::run(given, process, output)).await,
        Some(("run", given)) => Box::pin(run::run(given, process, output)).await,
        Some(("store", given)) => store::run(given, process, output).await,
        Some(("promote", given)) if given.contains_id("product") => {
            Box::pin(trigger::by_hand(given, process, output)).await
        }
        Some(("demo", _)) => demo::run(output).await,
        Some(("completions", given)) => completions::completions(given, output),
        Some(("man", given)) => man::man(given, output),
        Some((name, given)) => match Command::named(name) {
            Ok(command) => match arguments::asked(given, command) {
                Ok(asked) => perform(command, &asked, process, output).await,
                Err(refusal) => refuse(&refusal.into(), output),
            },
            Err(_) => RunVerdict::BadSettings.exit_code(),
        },
        None => RunVerdict::BadSettings.exit_code(),
    }
}

/// Does what arguments or inputs ask for.
async fn perform(command: Command, asked: &Invocation, process: &Process, output: &Arc<Output>) -> u8 {
    match command {
        Command::Handle | Command::Action(_) => handle::handle(asked, process, output).await,
        Command::Plan => plan::plan(asked, process, output),
        Command::Check => check::check(asked, process, output).await,
        Command::Event => event::event(&asked.overrides, process, output),
    }
}

/// Prints help or version, or reports an invalid command line.
fn usage(error: &clap::Error, process: &Process) -> ExitCode {
    let arguments = process.arguments();
    let json = error.use_stderr() && arguments.iter().any(|it| it == "--json");
    let output = Output::new(Manner { json, ..Manner::default() }, process);
    output.usage(error, arguments);
    if !error.use_stderr() {
        output.finish();
        return ExitCode::SUCCESS;
    }
    let problem = unlocated(error.render().to_string(), "see `promenade --help`".to_owned());
    output.result(refusal::not_begun(vec![problem]));
    output.finish();
    ExitCode::from(RunVerdict::BadSettings.exit_code())
}
