//! `promenade man`: the manual page, made from the command line itself.

use clap::ArgMatches;

use super::arguments;
use super::output::Output;

/// `promenade man [COMMAND]`.
pub(crate) fn man(matches: &ArgMatches, output: &Output) -> u8 {
    let mut command = arguments::command();
    // Built, a subcommand knows the flags that it has from the whole program.
    command.build();
    if let Some(name) = matches.get_one::<String>("command") {
        match command.find_subcommand(name) {
            Some(found) => command = found.clone(),
            None => {
                output.error(&format!("there is no command `{name}`; `promenade --help` lists them"));
                return 2;
            }
        }
    }
    let mut text = Vec::new();
    match clap_mangen::Man::new(command).render(&mut text) {
        Ok(()) => {
            output.print(&String::from_utf8_lossy(&text));
            0
        }
        Err(error) => {
            output.error(&format!("the manual page cannot be written: {error}"));
            1
        }
    }
}
