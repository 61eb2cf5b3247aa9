//! `promenade completions`: completions for a shell, made from the command line itself.

use clap::ArgMatches;

use super::arguments;
use super::output::Output;

/// `promenade completions SHELL`.
pub(crate) fn completions(matches: &ArgMatches, output: &Output) -> u8 {
    let Some(shell) = matches.get_one::<clap_complete::Shell>("shell") else {
        return 2;
    };
    let mut text = Vec::new();
    clap_complete::generate(*shell, &mut arguments::command(), "promenade", &mut text);
    output.print(&String::from_utf8_lossy(&text));
    0
}
