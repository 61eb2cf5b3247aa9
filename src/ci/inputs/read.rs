//! From an environment's inputs to what was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::list::{Input, InputKind, inputs, of};
use super::value::{Wrong, flag_value, is_nothing, switch, text};
use super::variables::{Raw, RawValue, collect, has_inputs};
use super::way::Way;
use crate::ci::invocation::{Command, Invocation, SettingsSource};
use crate::ci::servers::{CiServer, Overrides};
use crate::document::{Origin, Problem, Problems};
use crate::event::{Moment, UnknownName};
use crate::settings::{Flag, FlagArgument, FlagKind, FlagValue};
use crate::text::choices;

/// What the inputs of an environment say.
#[derive(Debug)]
pub struct Reading {
    /// The variables that hold a secret.
    pub secrets: Vec<String>,
    /// Whether the result is wanted as JSON.
    pub json: bool,
    /// Whether verdict, warnings and errors are wanted alone.
    pub quiet: bool,
    /// Whether every request is wanted.
    pub verbose: bool,
    /// The CI server, where it is named.
    pub server: Option<CiServer>,
    /// What to do, or everything that is wrong with the inputs.
    pub asked: Result<(Command, Invocation), Problems>,
}

/// Whether a program that was started without arguments was started for its inputs, as Drone, Woodpecker and Bitbucket
/// start a container.
#[must_use]
pub fn is_plugin_call(arguments: usize, environment: &BTreeMap<String, String>) -> bool {
    arguments == 0 && has_inputs(environment)
}

/// Reads the inputs of an environment. `unreadable` are the names of variables whose values are not Unicode.
#[must_use]
pub fn read(environment: &BTreeMap<String, String>, unreadable: &BTreeSet<String>) -> Reading {
    let known = inputs();
    let (mut raws, problems) = collect(environment, unreadable, &known);
    raws.retain(|raw| !known.iter().any(|it| it.name == raw.name && is_nothing(&it.kind, &raw.value)));
    let is_secret = |raw: &&Raw| known.iter().any(|it| it.name == raw.name && it.kind == InputKind::Secret);
    let secrets = raws.iter().filter(is_secret).map(|it| it.variable.clone()).collect();
    let mut reader = Reader { way: Way::of(environment), known: &known, raws, problems };
    let (json, quiet, verbose) = (reader.switch("json"), reader.switch("quiet"), reader.switch("verbose"));
    let server = reader.named("ci", CiServer::named);
    let asked = reader.asked(server, CiServer::recognised(environment).map(|(found, _)| found));
    let asked = match asked {
        Some(asked) => Problems::or(reader.problems, asked),
        None => Problems::or(reader.problems, ()).and_then(|()| Err(nothing())),
    };
    Reading { secrets, json, quiet, verbose, server, asked }
}

fn nothing() -> Problems {
    let problem = Problem::new(&Origin::Nowhere, "no command is given", "set the input `command`");
    Problems::one(problem)
}

struct Reader<'a> {
    way: Way,
    known: &'a [Input],
    raws: Vec<Raw>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn say(&mut self, variable: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(&origin(variable), message, remedy));
    }

    fn raw(&self, name: &str) -> Option<Raw> {
        self.raws.iter().find(|it| it.name == name).cloned()
    }

    /// A value, where it was given and is right.
    fn value<T>(&mut self, name: &str, read: impl Fn(&RawValue) -> Result<T, Wrong>) -> Option<T> {
        let raw = self.raw(name)?;
        read(&raw.value).map_err(|(message, remedy)| self.say(&raw.variable, message, remedy)).ok()
    }

    fn switch(&mut self, name: &str) -> bool {
        self.value(name, switch).unwrap_or_default()
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.value(name, text)
    }

    /// What a name stands for, where it was given and is known.
    fn named<T>(&mut self, name: &str, of: impl Fn(&str) -> Result<T, UnknownName>) -> Option<T> {
        let text = self.text(name)?;
        of(&text).map_err(|unknown| self.say_of(name, &unknown.message, &unknown.remedy)).ok()
    }

    fn asked(&mut self, server: Option<CiServer>, found: Option<CiServer>) -> Option<(Command, Invocation)> {
        let command = self.command()?;
        self.refuse_others(command);
        let settings = self.settings(command);
        let event = self.text("event");
        // A status is no contradiction: packages pass it on by themselves.
        for name in ["moment", "stage"] {
            if event.is_some() && self.raw(name).is_some() {
                let message = format!("`{name}` means nothing with `event`, which says it");
                self.say_of(name, &message, "leave one of them out");
            }
        }
        let moment = self.named("moment", Moment::named);
        if let Some(server) = server.or(found) {
            self.named("status", |word| server.status(word));
        }
        let overrides = Overrides { server, moment, stage: self.text("stage"), status: self.text("status") };
        let section = origin(&self.variable("command"));
        let action = command.action().map(|it| (it, section));
        let (offline, expressions) = (self.switch("offline"), self.switch("expressions"));
        let given = self.given(command);
        Some((command, Invocation { action, settings, event, overrides, offline, expressions, given }))
    }

    /// The variable that an input came in, or would.
    fn variable(&self, name: &str) -> String {
        self.raw(name).map_or_else(|| self.way.variable(name), |it| it.variable)
    }

    fn say_of(&mut self, name: &str, message: &str, remedy: &str) {
        let variable = self.variable(name);
        self.say(&variable, message, remedy);
    }

    fn command(&mut self) -> Option<Command> {
        if self.raw("command").is_some() {
            return self.named("command", Command::named);
        }
        if self.raw("config").is_some() || self.raw("settings").is_some() {
            return Some(Command::Handle);
        }
        let names = Command::ALL.into_iter().map(Command::name).filter(|it| *it != "handle");
        let remedy = format!("set it to {}, or give `config` or `settings`, for `handle`", choices(names));
        self.say_of("command", "no command is given", &remedy);
        None
    }

    /// An input that the command does not take would be lost.
    fn refuse_others(&mut self, command: Command) {
        for raw in self.raws.clone() {
            let Some(input) = self.known.iter().find(|it| it.name == raw.name) else { continue };
            if !input.commands.contains(&command) {
                let message = format!("`{}` takes no `{}`", command.name(), input.name);
                let takers = choices(input.commands.iter().map(|it| it.name()));
                self.say(&raw.variable, message, format!("leave it out; it is for {takers}"));
            }
        }
    }

    fn settings(&mut self, command: Command) -> SettingsSource {
        let config = self.text("config");
        let settings = self.raw("settings");
        match (config, settings) {
            (Some(_), Some(raw)) => {
                self.say(&raw.variable, "settings are given beside `config`", "keep one of them");
                SettingsSource::Nowhere
            }
            (Some(path), None) => SettingsSource::File(PathBuf::from(path)),
            // The text is taken as it is, so that problems count its own lines and columns.
            (None, Some(Raw { variable, value: RawValue::Text(text) | RawValue::Commas(text), .. })) => {
                SettingsSource::Inline { name: variable, text }
            }
            (None, Some(Raw { variable, value, .. })) => match text(&value) {
                Ok(text) => SettingsSource::Inline { name: variable, text },
                Err((message, remedy)) => {
                    self.say(&variable, message, remedy);
                    SettingsSource::Nowhere
                }
            },
            (None, None) if command.needs_settings() => SettingsSource::DefaultFile,
            (None, None) => SettingsSource::Nowhere,
        }
    }

    fn given(&mut self, command: Command) -> Vec<FlagArgument> {
        let mut all: Vec<FlagArgument> = Vec::new();
        for (input, flag) in of(command) {
            let (Some(flag), Some(raw)) = (flag, self.raw(&input.name)) else { continue };
            let (flag, value) = match self.flag(&input, flag, &raw) {
                Ok(pair) => pair,
                Err((message, remedy)) => {
                    self.say(&raw.variable, message, remedy);
                    continue;
                }
            };
            // An empty JSON list is what a server writes for a list that nobody gave.
            if value == FlagValue::Many(Vec::new()) {
                continue;
            }
            let same = all.iter().find(|it| it.flag.path == flag.path && !flag.kind.is_map());
            if let Some(FlagArgument { origin: Origin::Variable(other), .. }) = same {
                let message = format!("{other} says the same already");
                self.say(&raw.variable, message, "keep one of them");
                continue;
            }
            all.push(FlagArgument { flag, value, origin: origin(&raw.variable) });
        }
        all
    }

    /// The flag that an input stands for, and its value.
    fn flag(&self, input: &Input, flag: Flag, raw: &Raw) -> Result<(Flag, FlagValue), Wrong> {
        Ok(match input.kind {
            InputKind::Switch => {
                let kind = FlagKind::Switch(switch(&raw.value)?);
                (Flag { kind, ..flag }, FlagValue::Present)
            }
            // What Buildkite calls a configuration is part of a pipeline's text.
            InputKind::Secret if matches!(raw.value, RawValue::Json(_)) => {
                let message =
                    format!("`{}` is a secret, and secrets do not belong into a pipeline", input.name);
                return Err((
                    message,
                    "name the variable that holds it with the same key and `-env` behind it",
                ));
            }
            InputKind::Secret => {
                text(&raw.value)?;
                (flag, FlagValue::One(raw.variable.clone()))
            }
            ref kind => (flag, flag_value(kind, &raw.value)?),
        })
    }
}

fn origin(variable: &str) -> Origin {
    Origin::Variable(variable.to_owned())
}
