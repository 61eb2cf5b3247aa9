//! The commands of promenade, and what one of them is given: on a command line, or in the inputs of a CI server's step.

use std::path::PathBuf;

use crate::document::Origin;
use crate::event::UnknownName;
use crate::model::ActionKind;
use crate::settings::FlagArgument;

use super::servers::Overrides;

/// What promenade can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Take a build event and carry out the actions that it starts.
    Handle,
    /// One action.
    Action(ActionKind),
    /// Print what `handle` would do.
    Plan,
    /// Check settings, server and permissions.
    Check,
    /// Print which CI server is recognised.
    Event,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 7] = [
        Self::Handle,
        Self::Action(ActionKind::Create),
        Self::Action(ActionKind::Deploy),
        Self::Action(ActionKind::Promote),
        Self::Plan,
        Self::Check,
        Self::Event,
    ];

    /// Its name: the value of the input `command`, and the subcommand.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::Action(kind) => kind.name(),
            Self::Plan => "plan",
            Self::Check => "check",
            Self::Event => "event",
        }
    }

    /// The command of this name.
    ///
    /// # Errors
    /// Says which names there are.
    pub fn named(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| UnknownName::of("command", name, Self::ALL.into_iter().map(Self::name)))
    }

    /// What it does: the help of the command line, and of the input `command`.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Handle => "Takes a build event and carries out the actions that it starts.",
            Self::Action(ActionKind::Create) => "Creates a release.",
            Self::Action(ActionKind::Deploy) => "Deploys a release and waits for the result.",
            Self::Action(ActionKind::Promote) => {
                "Promotes the release that is in one environment to others, and waits."
            }
            Self::Plan => "Prints what `handle` would do, without a request.",
            Self::Check => {
                "Checks settings, reachability, credential, names and permissions; changes nothing."
            }
            Self::Event => "Prints which CI server is recognised, what it says of the build, and from where.",
        }
    }

    /// Whether it does what settings say, and so needs some.
    #[must_use]
    pub fn needs_settings(self) -> bool {
        matches!(self, Self::Handle | Self::Plan | Self::Check)
    }

    /// The action, where it is one.
    #[must_use]
    pub fn action(self) -> Option<ActionKind> {
        match self {
            Self::Action(kind) => Some(kind),
            _ => None,
        }
    }
}

/// A command with all that it was given, on a command line or in inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The one action, and where it was asked for; without it, those that the event starts.
    pub action: Option<(ActionKind, Origin)>,
    /// Where settings are.
    pub settings: SettingsSource,
    /// The file of the build event, or `-`.
    pub event: Option<String>,
    /// What the CI server's environment does not say.
    pub overrides: Overrides,
    /// Whether a check is made without a request.
    pub offline: bool,
    /// Whether expressions are read in flags and inputs, too.
    pub expressions: bool,
    /// Flags and inputs that stand above the settings.
    pub given: Vec<FlagArgument>,
}

/// The settings file that is taken where a command needs one and none is named.
pub const DEFAULT_FILE: &str = "promenade.toml";

/// Where settings are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsSource {
    /// Nowhere: flags, inputs and environment say all.
    Nowhere,
    /// In the working folder, in a file of the name that settings usually have ([`DEFAULT_FILE`]).
    DefaultFile,
    /// There, if there is such a file; else nowhere.
    DefaultFileIfThere,
    /// In this file.
    File(PathBuf),
    /// Here, in a variable of this name.
    Inline {
        /// What problems call it.
        name: String,
        /// The text of a settings file.
        text: String,
    },
}
