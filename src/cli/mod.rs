//! The binary's own rooms: arguments, environment and files in; words, progress and an exit code out.

mod arguments;
mod check;
mod completions;
mod connect;
mod demo;
mod event;
mod handle;
mod output;
mod progress;
mod sandbox;
mod secrets;
mod signals;
mod speaker;
mod status;
mod step;

use std::process::ExitCode;
use std::sync::Arc;

use promenade::ci::invocation::{Command, Invocation};
use promenade::ci::result::{ReportedProblem, RunVerdict};

use output::{Manner, Output};
use secrets::Environment;
use step::Step;

/// Runs the command that the process was started for.
pub(crate) fn main() -> ExitCode {
    output::hide_panics();
    // Before there is an output, nobody could be told more than the hook tells.
    std::panic::catch_unwind(begin).unwrap_or_else(|_| ExitCode::from(RunVerdict::NoAnswer.exit_code()))
}

fn begin() -> ExitCode {
    let environment = Environment::of_process();
    let matches = match arguments::command().try_get_matches_from(step::arguments(&environment)) {
        Ok(matches) => matches,
        Err(error) => return usage(&error, &environment),
    };
    let flag = |name: &str| matches.get_flag(name);
    let manner = Manner { json: flag("json"), quiet: flag("quiet"), verbose: flag("verbose") };
    let step = (matches.subcommand_name() == Some("step")).then(|| Step::read(&environment));
    let manner = step.as_ref().map_or(manner, |it| it.manner(manner));
    let output = Output::new(manner, &environment);
    if let Some(step) = &step {
        output.hide(step.secrets(&environment));
    }
    output.listen_to_panics();
    output.listen_to_tracing(&environment);
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
                Some(step) => step.run(&environment, &output).await,
                None => dispatch(&matches, &environment, &output).await,
            }
        })
    });
    // A look-up of a host name that hangs must not hold up the end.
    runtime.shutdown_background();
    output.finish();
    ExitCode::from(code)
}

async fn dispatch(matches: &clap::ArgMatches, environment: &Environment, output: &Arc<Output>) -> u8 {
    match matches.subcommand() {
        Some(("sandbox", given)) => sandbox::run(given, output).await,
        Some(("status", given)) => status::run(given, environment, output).await,
        Some(("demo", _)) => demo::run(output).await,
        Some(("completions", given)) => completions::completions(given, output),
        Some(("man", given)) => completions::man(given, output),
        Some((name, given)) => match Command::named(name) {
            Ok(command) => match arguments::asked(given, command) {
                Ok(asked) => perform(command, &asked, environment, output).await,
                Err(words) => handle::refuse(&words.into(), output),
            },
            Err(_) => RunVerdict::BadSettings.exit_code(),
        },
        None => RunVerdict::BadSettings.exit_code(),
    }
}

/// Does what was asked for, by arguments or by inputs.
async fn perform(
    command: Command,
    asked: &Invocation,
    environment: &Environment,
    output: &Arc<Output>,
) -> u8 {
    match command {
        Command::Handle | Command::Action(_) => handle::act(asked, environment, output).await,
        Command::Plan => handle::plan(asked, environment, output),
        Command::Check => check::check(asked, environment, output).await,
        Command::Event => event::event(&asked.overrides, environment, output),
    }
}

/// Help and version are no errors; anything else on the command line is a bad setting.
fn usage(error: &clap::Error, environment: &Environment) -> ExitCode {
    let arguments = environment.arguments();
    let json = error.use_stderr() && arguments.iter().any(|it| it == "--json");
    let output = Output::new(Manner { json, ..Manner::default() }, environment);
    output.usage(error, arguments);
    if !error.use_stderr() {
        output.finish();
        return ExitCode::SUCCESS;
    }
    output.result(handle::not_begun(vec![ReportedProblem {
        source: None,
        line: None,
        column: None,
        message: error.render().to_string(),
        remedy: "see `promenade --help`".to_owned(),
    }]));
    output.finish();
    ExitCode::from(RunVerdict::BadSettings.exit_code())
}
