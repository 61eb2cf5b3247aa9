//! `promenade release`: what was started, where it stands, and what a person may do about it.

mod change;
mod list;
mod named;
mod show;

use std::sync::Arc;

use clap::{ArgMatches, Command};
use promenade::ci::servers::Overrides;

use super::output::Output;
use super::process::Process;
use super::recognise;

pub(crate) use show::report;

/// The command and its subcommands.
pub(crate) fn command() -> Command {
    Command::new("release")
        .about("Lists the releases that promotions made, shows one, and changes its course")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(list::command())
        .subcommand(show::command())
        .subcommands(change::commands())
}

/// Does what a subcommand asks for.
pub(crate) async fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    recognise::speak(&Overrides::default(), process, output);
    match matches.subcommand() {
        Some(("list", given)) => list::run(given, process, output).await,
        Some(("show", given)) => show::run(given, process, output).await,
        Some((name, given)) => change::run(name, given, process, output).await,
        None => 2,
    }
}
