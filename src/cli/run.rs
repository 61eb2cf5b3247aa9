//! `promenade run`: drives everything that is pending in a store, until it is stopped.

use std::sync::Arc;

use clap::{ArgMatches, Command};
use promenade::backend::Stop;
use promenade::ci::report::result::{RunResult, RunVerdict};
use promenade::ci::report::{self, Line, Tone};
use promenade::ci::servers::Overrides;
use promenade::driver::{self, Homes, Until};
use promenade::store::{Access, Store, StoreError};
use tokio::time::{sleep, timeout};

use super::output::Output;
use super::process::Process;
use super::promoting::{
    Follower, GRACE, Reporter, config, document, driving, hide_secrets, homes, lock, open, settings_argument,
};
use super::recognise;
use super::refusal::{Unready, refuse};
use super::signals::stop_on_signals;

/// The command.
pub(crate) fn command() -> Command {
    Command::new("run")
        .about("Carries out the promotions that are recorded in the store, until it is stopped")
        .arg(settings_argument())
}

/// Drives until the stop signal.
pub(crate) async fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    recognise::speak(&Overrides::default(), process, output);
    let (store, homes) = match ready(matches, process, output).await {
        Ok(ready) => ready,
        Err(unready) => return refuse(&unready, output),
    };
    let stop = stop_on_signals(RunVerdict::Undecided.exit_code());
    let verdict = match until_stopped(&store, homes, &stop, output).await {
        Ok(()) => RunVerdict::Passed,
        Err(error) => {
            output.lines(&report::plain_error("run", &error, error.advice().map(str::to_owned)));
            RunVerdict::NoAnswer
        }
    };
    let result = RunResult::new(verdict);
    let code = result.exit_code;
    output.lines(&report::verdict(verdict, false, code));
    output.result(result);
    code
}

async fn ready(
    matches: &ArgMatches,
    process: &Process,
    output: &Arc<Output>,
) -> Result<(Arc<Store>, Homes), Unready> {
    let document = document(config(matches))?;
    hide_secrets(&document, process, output);
    let homes = homes(&document, process, output)?;
    Ok((open(&document, Access::ReadWrite, process).await?, homes))
}

async fn until_stopped(
    store: &Arc<Store>,
    homes: Homes,
    stop: &Stop,
    output: &Arc<Output>,
) -> Result<(), StoreError> {
    let then = "waiting until it ends, to go on from there";
    let Some(_lock) = lock(store, stop, then, async || Ok(false), output).await? else { return Ok(()) };
    let path = store.path().display();
    output.lines(&[Line::new(Tone::Plain, format!("run: driving what is recorded in {path}"))]);
    let reporter = Reporter::new(output);
    let (sender, mut moved) = tokio::sync::mpsc::unbounded_channel();
    let listener = Arc::clone(&reporter);
    let say = move |event| {
        if let Some(id) = listener.hear(event) {
            // After the end nobody prints any more.
            sender.send(id).ok();
        }
    };
    let driving = driving(store, homes, stop, output, say);
    let mut follower = Follower::new(store, &reporter, Some(driver::now()));
    let print = async {
        while let Some(id) = moved.recv().await {
            if let Err(error) = follower.tell(&id).await {
                output.lines(&report::plain_error("run", &error, None));
            }
        }
    };
    let ended = async {
        stop.requested().await;
        sleep(GRACE).await;
    };
    tokio::select! {
        done = Box::pin(driver::drive(driving, &Until::Stopped)) => done?,
        () = ended => {}
        () = print => {}
    }
    // The last news, which nothing holds up any more.
    let rest = async {
        while let Ok(id) = moved.try_recv() {
            follower.tell(&id).await?;
        }
        Ok(())
    };
    timeout(GRACE, rest).await.unwrap_or(Ok(()))
}
