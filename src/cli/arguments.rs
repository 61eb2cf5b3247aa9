//! The command line. The flags of the actions are made from the settings' schema, so that each option
//! exists once and is called the same everywhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use promenade::ci::inputs::EXPRESSIONS;
use promenade::ci::invocation::{Command as Asking, Invocation, SettingsSource};
use promenade::ci::servers::{CiServer, Overrides};
use promenade::document::Origin;
use promenade::event::Moment;
use promenade::model::ActionKind;
use promenade::settings::{Flag, connection_flags, duration, flags};

use super::flags::{OUTPUT, given, with_flags};
use super::refusal::Refusal;
use super::{flow, release, run, store, trigger};

/// The whole command line.
pub(crate) fn command() -> Command {
    Command::new("promenade")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Creates, deploys and promotes releases from a CI build, waits, and passes or fails the build")
        .after_help(
            "Exit codes: 0 passed; 1 failed; 2 bad settings; 3 undecided; 4 no answer; 5 cancelled; \
             6 timed out on the server.\nTry `promenade demo` first: it needs no server.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(output_arguments())
        .subcommand(
            of(Asking::Handle).defer(configured),
        )
        .subcommands(ActionKind::ALL.map(action))
        .subcommand(
            of(Asking::Check)
                .defer(|it| {
                    configured(it).arg(switch("offline", "Check only the settings, without a request"))
                }),
        )
        .subcommand(
            of(Asking::Plan).defer(configured),
        )
        .subcommand(
            Command::new("status")
                .about("Prints which release is in each environment, for each tenant; changes nothing")
                .defer(status),
        )
        .subcommand(flow::command().subcommand(trigger::command()))
        .subcommand(release::command())
        .subcommand(run::command())
        .subcommand(store::command())
        .subcommand(Command::new("step").about(
            "Runs the command that a CI step's inputs describe: PROMENADE_INPUT_COMMAND and others (docs/inputs.md)",
        ))
        .subcommand(
            of(Asking::Event)
                .args(event_overrides()),
        )
        .subcommand(sandbox())
        .subcommand(
            Command::new("demo")
                .about("Shows build events creating, deploying and promoting releases on an embedded server"),
        )
        .subcommand(completions())
        .subcommand(man())
}

/// How much every command prints, and in which form.
fn output_arguments() -> [Arg; 3] {
    [
        switch("json", "Print the result as JSON on standard output; log lines go to standard error"),
        switch("quiet", "Print only the verdict, warnings and errors").short('q'),
        switch("verbose", "Print each request (method, path, status, time) on standard error").short('v'),
    ]
    .map(|it| it.global(true).help_heading(OUTPUT))
}

fn completions() -> Command {
    Command::new("completions").about("Prints completions for a shell").arg(
        Arg::new("shell").required(true).value_parser(value_parser!(clap_complete::Shell)).help("The shell"),
    )
}

fn man() -> Command {
    Command::new("man")
        .about("Prints the manual page of the program or of one command")
        .arg(Arg::new("command").help("The command, such as `deploy`. Default: the whole program"))
}

/// A command by its name, with its help.
fn of(command: Asking) -> Command {
    Command::new(command.name()).about(command.help().trim_end_matches('.'))
}

fn action(kind: ActionKind) -> Command {
    // Hundreds of flags cost milliseconds, so a command's own are made only for that command.
    let command = of(Asking::Action(kind));
    match kind {
        ActionKind::Create => command.defer(|it| with_action(it, ActionKind::Create)),
        ActionKind::Deploy => command.defer(|it| with_action(it, ActionKind::Deploy)),
        ActionKind::Promote => {
            command.defer(|it| with_action(it, ActionKind::Promote).args(trigger::promote_arguments()))
        }
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

/// How long `status` may take where no flag says it.
pub(crate) const STATUS_LIMIT: Duration = Duration::from_secs(120);

/// The flags of the connection, without those that only releases need.
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
        .arg(config("The settings file. Default: promenade.toml in the working folder, if there is one"))
        .arg(many(
            "environment",
            "TEXT",
            "An environment by id, name or slug; may be repeated. Default: those of the project's lifecycles, and those \
             with a recent deployment",
        ))
        .arg(many(
            "tenant",
            "TEXT",
            "A tenant by id, name or slug, or `*` for all; may be repeated. Default: all that are linked to the project, \
             and untenanted deployments where the project allows them",
        ))
        .arg(many("tenant-tag", "TEXT", "Tenants with this tag, written `Set/Tag`; may be repeated"))
        .arg(
            Arg::new("time-limit")
                .long("time-limit")
                .value_name("DURATION")
                .value_parser(limit)
                .help("The time limit, such as `90s` [default: 2m]"),
        )
}

fn limit(text: &str) -> Result<Duration, String> {
    duration(text).ok_or_else(|| "write `90s`, `30m` or `2h`, from 1s to 168h (7 days)".to_owned())
}

/// What the command line of `status` asks for.
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
                .help("The initial data (docs/sandbox.md describes the format). Default: the built-in data"),
        )
        .arg(
            Arg::new("time-scale")
                .long("time-scale")
                .value_name("FACTOR")
                .default_value("1")
                .value_parser(value_parser!(f64))
                .help("How many times faster tasks run than the initial data says"),
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
    let [ci, overrides @ ..] = event_overrides();
    command.arg(event).arg(ci).args(overrides.map(|it| it.conflicts_with("event")))
}

/// What overrides the CI server's environment.
fn event_overrides() -> [Arg; 4] {
    [
        text("ci", "NAME", "The CI server (docs/ci-servers.md). Default: recognised by the environment"),
        text(
            "moment",
            "NAME",
            "The build event, such as `build-completed`. Default: the CI server's environment",
        ),
        text("stage", "NAME", "The stage of the event. Default: the CI server's environment"),
        text(
            "status",
            "STATUS",
            "The status of the stage or build, also in the CI server's own words. Default: the CI server's \
             environment",
        ),
    ]
}

fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// What the command line asks for.
///
/// # Errors
/// A server or an event that is not known.
pub(crate) fn asked(matches: &ArgMatches, command: Asking) -> Result<Invocation, Refusal> {
    let kind = command.action();
    // Not every command has every flag.
    let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
    let config = matches.try_get_one::<PathBuf>("config").ok().flatten();
    let server = text("ci").as_deref().map(CiServer::named).transpose()?;
    let moment = text("moment").as_deref().map(Moment::named).transpose()?;
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
