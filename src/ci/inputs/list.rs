//! The inputs that there are, made from the flags, which are made from the settings' types.

use crate::ci::invocation::Command;
use crate::ci::servers::CiServer;
use crate::event::Moment;
use crate::settings::{Flag, FlagKind, connection_flags, flags, help_of};

/// What the input and the flag `expressions` do.
pub const EXPRESSIONS: &str = "Evaluates expressions in the other inputs and flags of the action as well. Anybody who \
                               controls a part of one can then read every variable of the build that is not known to be \
                               secret.";

/// What the variable of an input begins with.
pub(super) const PREFIX: &str = "PROMENADE_INPUT_";

/// What the variable of an input is called after its prefix.
pub(super) fn suffix(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// An input of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name, such as `on-timeout`: the flag's, or the settings' key where that is a switch or a secret.
    pub name: String,
    /// What it takes.
    pub kind: InputKind,
    /// What it does.
    pub help: String,
    /// What holds without it, where that has a name.
    pub default: Option<String>,
    /// The commands that take it.
    pub commands: Vec<Command>,
}

/// What an input takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    /// `true` or `false`.
    Switch,
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A duration such as `30m`.
    Duration,
    /// A time with an offset.
    Time,
    /// One of these values, each with what it means.
    Choice(Vec<(String, String)>),
    /// Several texts: a JSON list, or one a line.
    List,
    /// Names and values: a JSON object, or one `NAME=VALUE` a line.
    Map,
    /// A text that is never shown.
    Secret,
}

impl InputKind {
    /// Whether it takes several values.
    #[must_use]
    pub fn is_several(&self) -> bool {
        matches!(self, Self::List | Self::Map)
    }
}

impl Input {
    /// The variable that passes it, such as `PROMENADE_INPUT_ON_TIMEOUT`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", suffix(&self.name))
    }
}

/// Every input that some command takes, the general ones first. An input that means something else to each action
/// says so.
#[must_use]
pub fn inputs() -> Vec<Input> {
    let mut all: Vec<(Input, Vec<String>)> = Vec::new();
    for command in Command::ALL {
        for (input, _) in of(command) {
            match all.iter_mut().find(|(it, _)| it.name == input.name) {
                Some((it, helps)) => {
                    it.commands.push(command);
                    helps.push(input.help);
                }
                None => {
                    let helps = vec![input.help.clone()];
                    all.push((Input { commands: vec![command], ..input }, helps));
                }
            }
        }
    }
    all.into_iter()
        .map(|(input, helps)| Input { help: told_once(&input.commands, &helps), ..input })
        .collect()
}

/// One text for the help of several commands.
fn told_once(commands: &[Command], helps: &[String]) -> String {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (command, help) in commands.iter().zip(helps) {
        match groups.iter_mut().find(|(it, _)| it == help) {
            Some((_, names)) => names.push(command.name()),
            None => groups.push((help, vec![command.name()])),
        }
    }
    match groups.as_slice() {
        [(help, _)] => (*help).to_owned(),
        several => {
            let words: Vec<_> =
                several.iter().map(|(help, names)| format!("{}: {help}", names.join(", "))).collect();
            words.join(" ")
        }
    }
}

/// The inputs of one command, each with the flag that it stands for; the general ones stand for none.
pub(super) fn of(command: Command) -> Vec<(Input, Option<Flag>)> {
    let takes = |input: &Input| match input.name.as_str() {
        "config" | "settings" | "event" => command != Command::Event,
        "offline" => command == Command::Check,
        "expressions" => command.action().is_some(),
        _ => true,
    };
    let mut all: Vec<_> = general().into_iter().filter(takes).map(|it| (it, None)).collect();
    let own = command.action().map(flags).unwrap_or_default();
    all.extend(connection_flags().into_iter().chain(own).flat_map(of_flag));
    all
}

/// The inputs that stand for no flag of an action or a connection.
fn general() -> Vec<Input> {
    let mut all = what_to_do();
    all.extend(of_event());
    all.extend(switches());
    all
}

fn input(name: &str, kind: InputKind, help: &str) -> Input {
    let default = (kind == InputKind::Switch).then(|| "false".to_owned());
    Input { name: name.to_owned(), kind, help: help.to_owned(), default, commands: Vec::new() }
}

fn what_to_do() -> Vec<Input> {
    let commands = Command::ALL.iter().map(|it| (it.name().to_owned(), it.help().to_owned())).collect();
    vec![
        input(
            "command",
            InputKind::Choice(commands),
            "What to do. Default: `handle` where `config` or `settings` is given.",
        ),
        input(
            "config",
            InputKind::Text,
            "The settings file. Default, where the command needs one: `promenade.toml` in the working folder.",
        ),
        input(
            "settings",
            InputKind::Text,
            "The text of a settings file (TOML), instead of `config`. All of it is read as settings: never put text of a \
             build or of other people into it.",
        ),
        input(
            "event",
            InputKind::Text,
            "The file of the build event (JSON). Default: what the CI server's environment says.",
        ),
    ]
}

/// The event's properties, if the environment lacks them.
fn of_event() -> Vec<Input> {
    let names = |names: Vec<&str>| {
        InputKind::Choice(names.into_iter().map(|it| (it.to_owned(), String::new())).collect())
    };
    let servers = names(CiServer::ALL.iter().map(|it| it.name()).collect());
    let moments = names(Moment::ALL.iter().map(|it| it.name()).collect());
    vec![
        input("ci", servers, "The CI server. Default: recognised by the environment."),
        input("moment", moments, "The build event. Default: what the CI server's environment says."),
        input(
            "stage",
            InputKind::Text,
            "The stage of the event. Default: what the CI server's environment says.",
        ),
        input(
            "status",
            InputKind::Text,
            "The status of the stage or build: `successful`, `failed` or `cancelled`, or the CI server's own word. \
             Default: what the CI server's environment says.",
        ),
    ]
}

fn switches() -> Vec<Input> {
    let switch = |name, help| input(name, InputKind::Switch, help);
    vec![
        switch("expressions", EXPRESSIONS),
        switch("offline", "Checks only the settings, without a request."),
        switch("json", "Prints the result as JSON on standard output; log lines go to standard error."),
        switch("quiet", "Prints only the verdict, warnings and errors."),
        switch("verbose", "Prints each request (method, path, status, time) on standard error."),
    ]
}

/// The inputs that stand for a flag: one, and for where a secret is read from, the secret itself as well.
fn of_flag(flag: Flag) -> Vec<(Input, Option<Flag>)> {
    let name = flag.name.trim_start_matches("--").to_owned();
    let input = |name: &str, kind, help: &str, default| {
        (Input { default, ..input(name, kind, help) }, Some(flag.clone()))
    };
    let kind = match &flag.kind {
        FlagKind::Switch(sets) => {
            let key = if *sets { name.as_str() } else { name.trim_start_matches("no-") };
            return vec![input(key, InputKind::Switch, &help_of(&flag.path), Some((!sets).to_string()))];
        }
        FlagKind::FromEnvironment => {
            let secret = name.strip_suffix("-env").unwrap_or(&name);
            return vec![
                input(secret, InputKind::Secret, &help_of(&flag.path), None),
                input(&name, InputKind::Text, &flag.help, None),
            ];
        }
        FlagKind::Text | FlagKind::FromFile => InputKind::Text,
        FlagKind::Integer => InputKind::Integer,
        FlagKind::Duration => InputKind::Duration,
        FlagKind::Time => InputKind::Time,
        FlagKind::Choice(values) => InputKind::Choice(values.clone()),
        FlagKind::List => InputKind::List,
        FlagKind::Map | FlagKind::MapFromEnvironment | FlagKind::MapFromFile => InputKind::Map,
    };
    vec![input(&name, kind, &flag.help, flag.default.clone())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ActionKind;

    #[test]
    fn no_command_has_two_inputs_of_one_name() {
        for command in Command::ALL {
            let mut names: Vec<_> = of(command).into_iter().map(|(it, _)| it.variable()).collect();
            let all = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), all, "{command:?}");
        }
    }

    #[test]
    fn inputs_are_named_positively_and_take_secrets_themselves() {
        let all = inputs();
        let find = |name: &str| all.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(find("verify-tls").default.as_deref(), Some("true"));
        assert_eq!(find("force-redeployment").default.as_deref(), Some("false"));
        assert_eq!(find("client-certificate-key").kind, InputKind::Secret);
        assert_eq!(find("oidc-token-file").kind, InputKind::Text);
        assert_eq!(find("on-timeout").variable(), "PROMENADE_INPUT_ON_TIMEOUT");
        let actions = ActionKind::ALL.map(Command::Action);
        assert_eq!(find("version").commands, actions);
        assert!(
            find("version").help.starts_with("create: The release's version."),
            "{}",
            find("version").help
        );
        assert_eq!(find("time-limit").default.as_deref(), Some("30m"));
    }

    #[test]
    fn an_input_of_several_commands_is_one_kind() {
        let all = inputs();
        for command in Command::ALL {
            for (input, _) in of(command) {
                let whole = all.iter().find(|it| it.name == input.name).expect("it is listed");
                assert_eq!((&whole.kind, &whole.default), (&input.kind, &input.default), "{}", input.name);
            }
        }
    }
}
