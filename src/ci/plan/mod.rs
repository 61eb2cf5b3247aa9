//! Which of the configured actions a build event starts, with what, and why the others do not run.
//!
//! A plan is made before anything is done, so that whatever is wrong with an action is said before the first one
//! runs.

mod options;
mod order;
mod outgoing;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::actions::{CreateOptions, DeployOptions, PromoteOptions, PromotionChoice, ReleaseChoice, Wait};
use crate::document::{Node, Origin, Problem, Problems, Text, Texts, validate};
use crate::event::condition::{self, Conditions, Held};
use crate::event::expression::{self, Missing, RunContext, Scope};
use crate::event::{BuildEvent, Moment, Status};
use crate::model::{
    ActionKind, ChannelName, DeploymentOptions, EnvironmentName, ProjectName, PromptedValue, ReleaseVersion,
    SecretSource, Targets, Tenants,
};
use crate::settings::wire::When;
use crate::settings::{Settings, part, section, section_schema, sections, settings_schema};

pub(crate) use order::{feeds_in_words, ties};

/// Why there is something to plan.
#[derive(Debug, Clone, Copy)]
pub enum Occasion<'a> {
    /// A build event: each configured action says whether it is meant.
    Event(&'a BuildEvent),
    /// Somebody asks for one action, whatever its `when` and the conditions say; an event gives values to
    /// expressions alone.
    Command(ActionKind, Option<&'a BuildEvent>),
}

/// What a plan has to ask of the world: it reads what settings only name, and knows the run's secrets and the time. Plans
/// stay free of input and output this way.
pub trait Sources: RunContext {
    /// The secret behind a source.
    ///
    /// # Errors
    /// Why it cannot be read; never any of its text.
    fn secret(&self, source: &SecretSource) -> Result<SecretString, SourceError>;

    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn text(&self, path: &Path) -> Result<String, SourceError>;

    /// The time.
    fn now(&self) -> Timestamp;
}

/// Why a source cannot be read. Neither text quotes what was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}; {remedy}")]
pub struct SourceError {
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to do about it, without a full stop.
    pub remedy: String,
}

impl SourceError {
    /// What is wrong, and what to do about it.
    pub fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into() }
    }
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Every configured action in the order in which they run, those that do not run included.
    pub actions: Vec<Planned>,
    /// The configured create where it does not run on this occasion: by it an action knows the release that an earlier
    /// run made.
    pub earlier_create: Option<EarlierCreate>,
    /// The project's own variables that are edited before the actions run; empty unless settings ask for it by
    /// its loud name, and when no action runs.
    pub edit_project_variables: BTreeMap<String, PromptedValue>,
    /// What people should know of it beforehand, in words.
    pub warnings: Vec<String>,
}

/// A create that runs on another occasion.
#[derive(Debug, Clone)]
pub struct EarlierCreate {
    /// Whether it goes on with a release that another build made; a later action then does too.
    pub reuse: bool,
    /// What it asks for, but for its notes; or why that cannot be told on this occasion, in words.
    pub asks: Result<Box<CreateOptions>, String>,
}

/// A configured action.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What kind it is.
    pub kind: ActionKind,
    /// What people call it, such as "Deploy to Development".
    pub title: String,
    /// Whether it runs.
    pub decision: Decision,
}

/// Whether an action runs.
#[derive(Debug, Clone)]
pub enum Decision {
    /// It runs.
    Run(Box<PlannedAction>),
    /// It does not.
    Skip(SkipReason),
}

/// An action that runs.
#[derive(Debug, Clone)]
pub struct PlannedAction {
    /// What is done.
    pub work: Work,
    /// Whether its failure fails the build.
    pub fail_build: bool,
    /// Whether progress is told; verdict and errors always are.
    pub log: bool,
}

impl PlannedAction {
    /// How long the whole action may take, with all that it takes to find out what it means.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        match &self.work {
            Work::Create(options) => options.time_limit,
            Work::Deploy(planned) => planned.time_limit,
            Work::Promote(planned) => planned.time_limit,
        }
    }
}

/// What is done.
#[derive(Debug, Clone)]
pub enum Work {
    /// A release is created.
    Create(CreateOptions),
    /// A release is deployed.
    Deploy(PlannedDeploy),
    /// A release is promoted.
    Promote(PlannedPromote),
}

/// A deployment whose release is still to be found.
#[derive(Debug, Clone)]
pub struct PlannedDeploy {
    /// Which release.
    pub release: PlannedRelease,
    /// The project.
    pub project: ProjectName,
    /// The channel that the release has to be of.
    pub channel: Option<ChannelName>,
    /// Where to.
    pub to: Targets,
    /// For which tenants.
    pub tenants: Tenants,
    /// How.
    pub deployment: DeploymentOptions,
    /// How long it may take.
    pub time_limit: Duration,
    /// Whether and how it is waited for.
    pub wait: Wait,
}

/// Which release a deployment takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedRelease {
    /// The one with this version.
    Exact(ReleaseVersion),
    /// The one of this build: what its create made or found, in this run or an earlier one. The version where
    /// settings give one to the create; without it the build's marker finds the release.
    ThisBuild(Option<ReleaseVersion>),
    /// The latest of this channel, since no create is configured.
    LatestOfChannel(Option<ChannelName>),
}

/// A promotion whose release is still to be found.
#[derive(Debug, Clone)]
pub struct PlannedPromote {
    /// Which release.
    pub release: PlannedPromotion,
    /// The project.
    pub project: ProjectName,
    /// Where it is taken from.
    pub from: EnvironmentName,
    /// Where it goes.
    pub to: Targets,
    /// Only releases of this channel.
    pub channel: Option<ChannelName>,
    /// For which tenants.
    pub tenants: Tenants,
    /// Whether a lower version than the target's may go there.
    pub allow_downgrade: bool,
    /// How.
    pub deployment: DeploymentOptions,
    /// How long it may take.
    pub time_limit: Duration,
    /// Whether and how it is waited for.
    pub wait: Wait,
}

/// Which release a promotion takes, where this run has brought none to the source itself. What it has brought there is
/// taken in any case, and where an action before that goes there is not successful, nothing is promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedPromotion {
    /// The latest that was deployed to the source environment successfully.
    LatestSuccessful,
    /// The one with this version.
    Exact(ReleaseVersion),
    /// This build's, and none else. The version as in [`PlannedRelease::ThisBuild`].
    OnlyThisBuild(Option<ReleaseVersion>),
}

impl PlannedDeploy {
    /// The options, once the release is known.
    #[must_use]
    pub fn options(&self, release: ReleaseChoice) -> DeployOptions {
        let mut options = DeployOptions::new(self.project.clone(), release, self.to.clone());
        options.channel = self.channel.clone();
        options.tenants = self.tenants.clone();
        options.deployment = self.deployment.clone();
        options.time_limit = self.time_limit;
        options.wait = self.wait.clone();
        options
    }
}

impl PlannedPromote {
    /// The options, once the choice of a release is known.
    #[must_use]
    pub fn options(&self, release: PromotionChoice) -> PromoteOptions {
        let mut options = PromoteOptions::new(self.project.clone(), self.from.clone(), self.to.clone());
        options.release = release;
        options.channel = self.channel.clone();
        options.tenants = self.tenants.clone();
        options.allow_downgrade = self.allow_downgrade;
        options.deployment = self.deployment.clone();
        options.time_limit = self.time_limit;
        options.wait = self.wait.clone();
        options
    }
}

/// Why an action does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// It waits for another event.
    OtherEvent {
        /// The one it waits for.
        wanted: Moment,
        /// The one that came.
        got: Moment,
    },
    /// It waits for another stage.
    OtherStage {
        /// The one it waits for.
        wanted: String,
        /// The one that the event names.
        got: Option<String>,
    },
    /// It waits for another status.
    OtherStatus {
        /// The one it waits for.
        wanted: Status,
        /// The one that the event names.
        got: Option<Status>,
    },
    /// A condition does not hold; in words with both of its values.
    ConditionNotMet(String),
    /// Another action was asked for.
    NotAsked,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherEvent { wanted, got } => {
                write!(f, "it waits for the event {wanted}, and this is {got}")
            }
            Self::OtherStage { wanted, got: Some(got) } => {
                write!(f, "it waits for the stage \"{wanted}\", and this is \"{got}\"")
            }
            Self::OtherStage { wanted, got: None } => {
                write!(f, "it waits for the stage \"{wanted}\", and the event names no stage")
            }
            Self::OtherStatus { wanted, got: Some(got) } => {
                write!(f, "it waits for the status {wanted}, and this is {got}")
            }
            Self::OtherStatus { wanted, got: None } => {
                write!(f, "it waits for the status {wanted}, and the event names no status")
            }
            Self::ConditionNotMet(row) => write!(f, "a condition is not met: {row}"),
            Self::NotAsked => f.write_str("another action was asked for"),
        }
    }
}

impl Settings {
    /// Decides for each configured action whether it runs, and with what.
    ///
    /// # Errors
    /// Everything that is wrong with the actions that would run, and with what decides whether they do.
    pub fn plan(
        &self,
        occasion: Occasion<'_>,
        environment: &BTreeMap<String, String>,
        sources: &dyn Sources,
    ) -> Result<Plan, Problems> {
        let event = match occasion {
            Occasion::Event(event) => Some(event),
            Occasion::Command(_, event) => event,
        };
        let scope = Scope { event, environment, missing: Missing::IsAnError, run: sources };
        let (problems, warnings) = (Vec::new(), Vec::new());
        let mut planner =
            Planner { settings: self, schema: settings_schema(), scope, sources, problems, warnings };
        let decided = planner.decide(occasion);
        let plan = planner.plan(decided);
        Problems::or(planner.problems, plan)
    }
}

/// Makes one plan, and collects what is wrong on the way.
struct Planner<'a> {
    settings: &'a Settings,
    schema: &'static serde_json::Value,
    scope: Scope<'a>,
    sources: &'a dyn Sources,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

/// A configured action as it was written, and why it does not run.
type Decided<'a> = (ActionKind, &'a Node, Option<SkipReason>);

impl<'a> Planner<'a> {
    fn decide(&mut self, occasion: Occasion<'_>) -> Vec<Decided<'a>> {
        let root = &self.settings.root;
        let event = match occasion {
            Occasion::Command(asked, _) => {
                let reason = |kind| (kind != asked).then_some(SkipReason::NotAsked);
                return sections(root).map(|(kind, node)| (kind, node, reason(kind))).collect();
            }
            Occasion::Event(event) => event,
        };
        if sections(root).next().is_none() {
            let remedy = "add a `[create]`, `[deploy]` or `[[promote]]`";
            self.problems.push(Problem::new(&root.origin, "no action is configured", remedy));
        }
        let mut decided: Vec<_> =
            sections(root).map(|(kind, node)| (kind, node, self.unwanted(kind, node, event))).collect();
        // A condition that cannot be compared is no trouble of an event that starts nothing.
        if decided.iter().any(|(.., reason)| reason.is_none())
            && let Held::No(row) = self.conditions()
        {
            for (.., reason) in &mut decided {
                reason.get_or_insert_with(|| SkipReason::ConditionNotMet(row.clone()));
            }
        }
        decided
    }

    /// Why an action is not meant by this event.
    fn unwanted(&mut self, kind: ActionKind, node: &Node, event: &BuildEvent) -> Option<SkipReason> {
        // In the words of the check that follows where the action runs, so that it is told once.
        let path = format!("{}.when", kind.name());
        let when = match node.get("when").map(|it| self.resolved(it, &path)) {
            Some(node) => {
                let schema = keyed(self.schema, "When");
                let problems = validate(self.schema, schema, &node, &path, Texts::Final);
                self.problems.extend(problems);
                serde_json::from_value(node.to_json()).unwrap_or_default()
            }
            None => When::default(),
        };
        if let Some(wanted) = when.event.map(Moment::from)
            && wanted != event.moment
        {
            return Some(SkipReason::OtherEvent { wanted, got: event.moment });
        }
        let stage = when.stage.filter(|it| !it.trim().is_empty());
        if let Some(wanted) = stage
            && event.stage.as_ref().is_none_or(|got| !got.trim().eq_ignore_ascii_case(wanted.trim()))
        {
            return Some(SkipReason::OtherStage { wanted, got: event.stage.clone() });
        }
        let wanted = Status::from(when.status);
        let told = event.moment.has_status() || event.status.is_some();
        (told && event.status != Some(wanted))
            .then_some(SkipReason::OtherStatus { wanted, got: event.status })
    }

    fn conditions(&mut self) -> Held {
        let Some(node) = self.settings.root.get("conditions") else { return Held::Yes };
        let Some(conditions) = self.read::<Conditions>(node) else { return Held::Yes };
        let scope = Scope { missing: Missing::IsEmpty, ..self.scope };
        condition::evaluate(&conditions, node, &scope).unwrap_or_else(|problems| {
            self.problems.extend(problems);
            Held::Yes
        })
    }

    /// The same tree with the values of its expressions; what has none becomes a problem.
    fn resolved(&mut self, node: &Node, path: &str) -> Node {
        node.map_texts(path, &mut |text, origin, key| {
            expression::resolve_text(text, &self.scope).unwrap_or_else(|error| {
                self.problems.push(Problem::new(origin, error.message_for(key), error.remedy));
                text.clone()
            })
        })
    }

    fn plan(&mut self, decided: Vec<Decided<'_>>) -> Plan {
        let runs = decided.iter().any(|(.., reason)| reason.is_none());
        if runs {
            self.refuse_secret_names();
        }
        let prompts = decided.iter().any(|(kind, _, reason)| reason.is_none() && *kind != ActionKind::Create);
        let prompted = if prompts { self.variables("prompted-variables") } else { BTreeMap::new() };
        let edited = if runs { self.variables("edit-project-variables") } else { BTreeMap::new() };
        let (mut actions, mut earlier_create) = (Vec::new(), None);
        for (kind, node, reason) in decided {
            let title = title(kind, node);
            let planned = match reason {
                Some(reason) => {
                    if runs && kind == ActionKind::Create {
                        earlier_create = Some(self.earlier_create(node));
                    }
                    Some(Planned { kind, title, decision: Decision::Skip(reason) })
                }
                None => self.action(kind, node, &prompted),
            };
            actions.extend(planned);
        }
        if self.problems.is_empty() {
            order::check(&actions, &self.settings.root, &mut self.problems);
        }
        Plan {
            actions,
            earlier_create,
            edit_project_variables: edited,
            warnings: std::mem::take(&mut self.warnings),
        }
    }

    /// A create that runs on another occasion. What is wrong with it on this one is no problem of the actions that run.
    fn earlier_create(&mut self, node: &Node) -> EarlierCreate {
        let reuse = node.get("skip-if-exists").is_some_and(|it| it.to_json() == true);
        let (problems, warnings) = (std::mem::take(&mut self.problems), self.warnings.len());
        // Its notes are not compared, and their file may be gone.
        let node = node.without(&["notes", "notes-file", "when"]);
        let planned = self.action(ActionKind::Create, &node, &BTreeMap::new());
        self.warnings.truncate(warnings);
        let own = std::mem::replace(&mut self.problems, problems);
        let options = match planned.map(|it| it.decision) {
            Some(Decision::Run(action)) => match action.work {
                Work::Create(options) => Some(options),
                Work::Deploy(_) | Work::Promote(_) => None,
            },
            Some(Decision::Skip(_)) | None => None,
        };
        let why = || own.iter().map(|it| it.message.as_str()).collect::<Vec<_>>().join("; ");
        EarlierCreate { reuse, asks: options.map(Box::new).ok_or_else(why) }
    }

    /// Names that every action sends: the connection's, and those of the build, which mark what it makes.
    fn refuse_secret_names(&mut self) {
        let settings = self.settings;
        for key in ["project", "space", "channel"] {
            let node = settings.root.get("connection").and_then(|it| it.get(key));
            if let Some((node, text)) = node.and_then(|it| Some((it, it.as_text()?))) {
                self.refuse_secret(text, &node.origin, &format!("connection.{key}"));
            }
        }
        if let Some(event) = self.scope.event {
            let identity = event.build.identity();
            let (pipeline, address) = (identity.pipeline.as_deref(), identity.address.as_deref());
            for (key, text) in [
                ("build.id", Some(identity.id.as_str())),
                ("build.pipeline", pipeline),
                ("CI server's address", address),
            ] {
                self.refuse_secret(text.unwrap_or_default(), &Origin::Nowhere, &format!("the event's {key}"));
            }
        }
    }

    fn action(
        &mut self,
        kind: ActionKind,
        node: &Node,
        prompted: &BTreeMap<String, PromptedValue>,
    ) -> Option<Planned> {
        let found = self.problems.len();
        let node = self.resolved(node, kind.name());
        if self.problems.len() > found {
            return None;
        }
        let schema = section_schema(self.schema, kind);
        self.problems.extend(validate(self.schema, schema, &node, kind.name(), Texts::Final));
        section(kind, &node, &mut self.problems);
        if self.problems.len() > found {
            return None;
        }
        let node = self.outgoing(&node, kind.name());
        if self.problems.len() > found {
            return None;
        }
        let action = self.typed(kind, &node, prompted)?;
        Some(Planned { kind, title: title(kind, &node), decision: Decision::Run(Box::new(action)) })
    }
}

/// A named part of the settings' schema.
fn keyed<'a>(schema: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    schema.get("$defs").and_then(|it| it.get(name)).unwrap_or_else(|| part(schema, name))
}

fn title(kind: ActionKind, node: &Node) -> String {
    let names = |key: &str| {
        let list = node.get(key).and_then(Node::list).unwrap_or_default();
        list.iter().filter_map(Node::as_text).collect::<Vec<_>>().join(", ")
    };
    let from = node.get("from").and_then(Node::as_text).unwrap_or_default();
    match kind {
        ActionKind::Create => "Create a release".to_owned(),
        ActionKind::Deploy => format!("Deploy to {}", names("to")),
        ActionKind::Promote => format!("Promote from {from} to {}", names("to")),
    }
}

#[cfg(test)]
mod tests {
    mod given;
    mod options;
    mod outgoing;
    mod stories;
    mod ties;
}
