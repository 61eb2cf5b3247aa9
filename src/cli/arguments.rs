//! The command line. The flags of the actions are made from the settings' schema, so that each option
//! exists once and is called the same everywhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use promenade::ci::inputs::EXPRESSIONS;
use promenade::ci::invocation::{Command as Asking, Invocation, SettingsSource};
use promenade::ci::servers::{CiServer, Overrides};
use promenade::document::Origin;
use promenade::event::Moment;
use promenade::model::ActionKind;
use promenade::settings::{Flag, FlagKind, FlagValue, Given, connection_flags, duration, flags};

const OUTPUT: &str = "Output";

/// The whole command line.
pub(crate) fn command() -> Command {
    Command::new("promenade")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Creates, deploys and promotes releases from a CI build, waits, and passes or fails the build")
        .after_help(
            "Exit codes: 0 passed; 1 failed; 2 bad settings; 3 undecided; 4 no answer; 5 cancelled; \
             6 timed out on the server.\nTry `promenade demo` first: it needs nothing else.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args([
            switch("json", "Print the result as JSON on standard output; words go to standard error")
                .global(true)
                .help_heading(OUTPUT),
            switch("quiet", "Print the verdict, warnings and errors alone")
                .short('q')
                .global(true)
                .help_heading(OUTPUT),
            switch("verbose", "Print each request (method, path, status, time) on standard error")
                .short('v')
                .global(true)
                .help_heading(OUTPUT),
        ])
        .subcommand(
            of(Asking::Handle).defer(configured),
        )
        .subcommands(ActionKind::ALL.map(action))
        .subcommand(
            of(Asking::Check)
                .defer(|it| {
                    configured(it).arg(switch("offline", "Check the settings alone, without a request"))
                }),
        )
        .subcommand(
            of(Asking::Plan).defer(configured),
        )
        .subcommand(
            Command::new("status")
                .about("Prints what is where: the release in each environment, for each tenant; changes nothing")
                .defer(status),
        )
        .subcommand(Command::new("step").about(
            "Does what the inputs of a CI server's step say: PROMENADE_INPUT_COMMAND and its like (docs/inputs.md)",
        ))
        .subcommand(
            of(Asking::Event)
                .args(told_arguments()),
        )
        .subcommand(sandbox())
        .subcommand(
            Command::new("demo")
                .about("Shows build events creating, deploying and promoting releases on an embedded server"),
        )
        .subcommand(
            Command::new("completions").about("Prints completions for a shell").arg(
                Arg::new("shell")
                    .required(true)
                    .value_parser(value_parser!(clap_complete::Shell))
                    .help("The shell"),
            ),
        )
        .subcommand(
            Command::new("man")
                .about("Prints the manual page of the program or of one command")
                .arg(Arg::new("command").help("The command, such as `deploy`. Default: the whole program")),
        )
}

/// A command by its name, with its help.
fn of(command: Asking) -> Command {
    Command::new(command.name()).about(command.help().trim_end_matches('.'))
}

fn action(kind: ActionKind) -> Command {
    // Hundreds of flags cost milliseconds, so a command's own are made only where it is asked for.
    let command = of(Asking::Action(kind));
    match kind {
        ActionKind::Create => command.defer(|it| with_action(it, ActionKind::Create)),
        ActionKind::Deploy => command.defer(|it| with_action(it, ActionKind::Deploy)),
        ActionKind::Promote => command.defer(|it| with_action(it, ActionKind::Promote)),
    }
}

fn with_action(command: Command, kind: ActionKind) -> Command {
    let all = flags(kind).into_iter().chain(connection_flags()).collect();
    event_arguments(with_flags(command, all))
        .arg(config("The settings file"))
        .arg(switch("expressions", EXPRESSIONS))
}

/// The arguments of a command that needs a settings file.
fn configured(command: Command) -> Command {
    let config = config("The settings file. Default: promenade.toml in the working folder");
    event_arguments(with_flags(command, connection_flags())).arg(config)
}

/// How long a status may take.
pub(crate) const STATUS_LIMIT: Duration = Duration::from_secs(120);

/// The connection's flags that matter where nothing is released.
fn status_flags() -> Vec<Flag> {
    let matters = |it: &Flag| {
        it.path.first().is_some_and(|it| it == "connection")
            && it.path.get(1).is_some_and(|it| it != "channel")
    };
    connection_flags().into_iter().filter(matters).collect()
}

fn status(command: Command) -> Command {
    let many = |name, value, help| text(name, value, help).action(ArgAction::Append);
    with_flags(command, status_flags())
        .arg(config("The settings file. Default: promenade.toml in the working folder, if it is there"))
        .arg(many(
            "environment",
            "TEXT",
            "An environment by id, name or slug; may be repeated. Default: all of the project's lifecycles, and where \
             something was deployed lately",
        ))
        .arg(many(
            "tenant",
            "TEXT",
            "A tenant by id, name or slug, or `*` for all; may be repeated. Default: all that are linked to the project, \
             and without a tenant where the project may be deployed so",
        ))
        .arg(many("tenant-tag", "TEXT", "Tenants with this tag, written `Set/Tag`; may be repeated"))
        .arg(
            Arg::new("time-limit")
                .long("time-limit")
                .value_name("DURATION")
                .value_parser(limit)
                .help("How long it may take, such as `90s` [default: 2m]"),
        )
}

fn limit(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| "write `90s`, `30m` or `2h`, from 1s to 168h (7 days)".to_owned())
}

/// Where the settings of a status are, and what stands above them.
pub(crate) fn asked_for_status(matches: &ArgMatches) -> Invocation {
    let config = matches.get_one::<PathBuf>("config");
    Invocation {
        action: None,
        settings: config
            .map_or(SettingsSource::DefaultFileIfThere, |path| SettingsSource::File(path.clone())),
        event: None,
        overrides: Overrides::default(),
        offline: false,
        expressions: false,
        given: given(matches, status_flags()),
    }
}

fn sandbox() -> Command {
    Command::new("sandbox")
        .about("Runs an Octopus-compatible server in memory, until it is interrupted")
        .arg(
            Arg::new("listen")
                .long("listen")
                .value_name("ADDRESS")
                .default_value("127.0.0.1:0")
                .help("The loopback address to listen on; port 0 takes a free one"),
        )
        .arg(
            Arg::new("seed")
                .long("seed")
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .help("Another world than the built-in one (docs/sandbox.md describes the format)"),
        )
        .arg(
            Arg::new("time-scale")
                .long("time-scale")
                .value_name("FACTOR")
                .default_value("1")
                .value_parser(value_parser!(f64))
                .help("How many times faster than in their seed tasks play out"),
        )
}

fn config(help: &'static str) -> Arg {
    Arg::new("config")
        .long("config")
        .short('c')
        .value_name("FILE")
        .value_parser(value_parser!(std::path::PathBuf))
        .help(help)
}

fn event_arguments(command: Command) -> Command {
    let event = text(
        "event",
        "FILE",
        "The build event in JSON; `-` reads standard input. Default: the CI server's environment",
    );
    let [ci, told @ ..] = told_arguments();
    command.arg(event).arg(ci).args(told.map(|it| it.conflicts_with("event")))
}

/// What people say of an event where the environment does not.
fn told_arguments() -> [Arg; 4] {
    [
        text("ci", "NAME", "The CI server, where its environment does not show it: see docs/ci-servers.md"),
        text("moment", "NAME", "What happened, where the CI server's environment does not say it"),
        text("stage", "NAME", "The stage that it happened to, likewise"),
        text(
            "status",
            "STATUS",
            "How the stage or build stands, likewise; also in the CI server's own words",
        ),
    ]
}

fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// What every command takes is listed below its own options.
fn heading(flag: &Flag) -> Option<&'static str> {
    match flag.path.first().map(String::as_str) {
        Some("connection") => Some("Connection"),
        Some("report") => Some(OUTPUT),
        _ => None,
    }
}

fn with_flags(command: Command, flags: Vec<Flag>) -> Command {
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

/// What a command was asked to do.
///
/// # Errors
/// A server, an event or a status that is not known, in words.
pub(crate) fn asked(matches: &ArgMatches, command: Asking) -> Result<Invocation, String> {
    let kind = command.action();
    // The commands do not all take the same.
    let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
    let config = matches.try_get_one::<PathBuf>("config").ok().flatten();
    let server = text("ci").as_deref().map(CiServer::named).transpose().map_err(|it| it.to_string())?;
    let moment = text("moment").as_deref().map(Moment::named).transpose().map_err(|it| it.to_string())?;
    let unnamed =
        if command.needs_settings() { SettingsSource::DefaultFile } else { SettingsSource::Nowhere };
    let switched = |name: &str| matches.try_get_one(name).ok().flatten().copied().unwrap_or_default();
    let known = connection_flags().into_iter().chain(kind.map(flags).unwrap_or_default()).collect();
    Ok(Invocation {
        action: kind.map(|it| (it, Origin::Nowhere)),
        settings: config.map_or(unnamed, |path| SettingsSource::File(path.clone())),
        event: text("event"),
        overrides: Overrides { server, moment, stage: text("stage"), status: text("status") },
        offline: switched("offline"),
        expressions: switched("expressions"),
        given: given(matches, known),
    })
}

/// The flags that were given, with their values.
fn given(matches: &ArgMatches, flags: Vec<Flag>) -> Vec<Given> {
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
        Some(Given { flag, value, origin })
    };
    flags.into_iter().filter_map(given).collect()
}
