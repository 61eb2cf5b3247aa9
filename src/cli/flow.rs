//! `promenade flow`: the definitions of promotion flows, checked and listed.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Arg, ArgMatches, Command, value_parser};
use comfy_table::{Table, presets};
use promenade::ci::report;
use promenade::ci::report::flows::{self, FlowsResult};
use promenade::ci::servers::Overrides;

use super::output::Output;
use super::process::Process;
use super::refusal::refuse;
use super::{flow_show, promotions, recognise};

/// The command and its subcommands.
pub(crate) fn command() -> Command {
    Command::new("flow")
        .about("Checks, lists, draws and starts promotion flows")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(of_folder("validate", "Checks all definitions of a folder, without a request"))
        .subcommand(of_folder("list", "Lists the promotion flows of a folder"))
        .subcommand(flow_show::command(folder_arguments()))
}

/// A subcommand that reads the definitions.
fn of_folder(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about).args(folder_arguments())
}

/// The arguments of every command that reads the definitions; [`promotions::definitions`] takes them.
pub(crate) fn folder_arguments() -> [Arg; 2] {
    let path = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).value_parser(value_parser!(PathBuf)).help(help)
    };
    [
        path(
            "promotions",
            "DIR",
            "The folder of the definitions: all `.yaml` and `.yml` files in it. Default: `promotions` next to the settings \
             file, or in the working folder",
        ),
        path(
            "config",
            "FILE",
            "The settings file, which names the connections. Default: promenade.toml in the working folder, if there is one",
        )
        .short('c'),
    ]
}

/// Does what a subcommand asks for.
pub(crate) fn run(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    if let Some(("show", given)) = matches.subcommand() {
        return flow_show::run(given, process, output);
    }
    recognise::speak(&Overrides::default(), process, output);
    let Some((name, given)) = matches.subcommand() else { return 2 };
    let result = match promotions::definitions(given, process) {
        Ok(checked) => FlowsResult::of(&checked),
        Err(unready) => return refuse(&unready, output),
    };
    match name {
        "list" => list(&result, output),
        _ => {
            output.lines(&flows::note_lines(&result));
            output.lines(&[flows::count_line(&result)]);
        }
    }
    let code = result.exit_code;
    output.lines(&report::verdict(result.verdict, false, code));
    output.flows(result);
    code
}

/// Prints the flows: as a table on a terminal, else in lines.
fn list(result: &FlowsResult, output: &Output) {
    if !output.is_watched() {
        return output.lines(&result.flows.iter().flatten().map(flows::line).collect::<Vec<_>>());
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header([
        "flow",
        "description",
        "version",
        "environments",
        "products",
        "limit",
    ]);
    for it in result.flows.iter().flatten().map(flows::row) {
        table.add_row([it.name, it.description, it.version, it.environments, it.products, it.limit]);
    }
    table.to_string().lines().for_each(|it| output.say(it));
}
