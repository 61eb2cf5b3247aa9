//! The options of the settings as flags, made from their schema.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use promenade::document::Origin;
use promenade::settings::{Flag, FlagArgument, FlagKind, FlagValue};

/// The heading under which `--help` lists what concerns the output.
pub(super) const OUTPUT: &str = "Output";

/// Options that every command has are listed below its own.
fn heading(flag: &Flag) -> Option<&'static str> {
    match flag.path.first().map(String::as_str) {
        Some("connection") => Some("Connection"),
        Some("report") => Some(OUTPUT),
        _ => None,
    }
}

/// The command with an argument for each of these options.
pub(super) fn with_flags(command: Command, flags: Vec<Flag>) -> Command {
    flags.into_iter().fold(command, |command, flag| command.arg(argument(flag)))
}

fn argument(flag: Flag) -> Arg {
    let long = flag.name.trim_start_matches("--").to_owned();
    let default = flag.default.as_ref().map(|it| format!(" [default: {it}]")).unwrap_or_default();
    let help = format!("{}{default}", flag.help);
    let arg = Arg::new(long.clone()).long(long).help(help).help_heading(heading(&flag));
    let named = |name: &'static str| arg.clone().value_name(name).action(ArgAction::Set);
    let many = |name: &'static str| arg.clone().value_name(name).action(ArgAction::Append);
    match flag.kind {
        FlagKind::Switch(_) => arg.action(ArgAction::SetTrue),
        FlagKind::Text => named("TEXT"),
        FlagKind::Integer => named("NUMBER"),
        FlagKind::Duration => named("DURATION"),
        FlagKind::Time => named("TIME"),
        FlagKind::Choice(values) => {
            named("CHOICE").value_parser(PossibleValuesParser::new(values.into_iter().map(|(name, _)| name)))
        }
        FlagKind::List => many("TEXT"),
        FlagKind::Map => many("NAME=VALUE"),
        FlagKind::FromEnvironment => named("VARIABLE"),
        FlagKind::FromFile => named("PATH"),
        FlagKind::MapFromEnvironment => many("NAME=VARIABLE"),
        FlagKind::MapFromFile => many("NAME=PATH"),
    }
}

/// The flags that the command line gives, with their values.
pub(super) fn given(matches: &ArgMatches, flags: Vec<Flag>) -> Vec<FlagArgument> {
    let value = |flag: &Flag| {
        let id = flag.name.trim_start_matches("--");
        let is_known = matches.try_contains_id(id).is_ok();
        if !is_known || matches.value_source(id) != Some(clap::parser::ValueSource::CommandLine) {
            return None;
        }
        Some(match flag.kind {
            FlagKind::Switch(_) => FlagValue::Present,
            FlagKind::List | FlagKind::Map | FlagKind::MapFromEnvironment | FlagKind::MapFromFile => {
                FlagValue::Many(matches.get_many::<String>(id)?.cloned().collect())
            }
            _ => FlagValue::One(matches.get_one::<String>(id)?.clone()),
        })
    };
    let given = |flag: Flag| {
        let (value, origin) = (value(&flag)?, Origin::Flag(flag.name.clone()));
        Some(FlagArgument { flag, value, origin })
    };
    flags.into_iter().filter_map(given).collect()
}
