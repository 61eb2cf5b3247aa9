//! The course of a promotion: what a flow means for one release, frozen when the promotion starts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{
    ApplicationName, ChannelName, ConnectionName, DeploymentOptions, EnvironmentName, ProjectName, SpaceName,
    TenantName, Tenants,
};

use super::definition::WhenPersonNeeded;
use super::time::Period;

/// What a flow means for one release. It never changes once its promotion has started: an edited flow reaches only
/// promotions that start later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Course {
    /// All nodes, by their names.
    pub nodes: BTreeMap<NodeId, Node>,
    /// The environments in the order of the flow, the trigger environment first, each with the node whose end is its
    /// own.
    pub environments: Vec<Stop>,
    /// The node whose end is the promotion's.
    pub result: NodeId,
    /// The time limit of the whole, measured by a stopwatch that runs while a node with [`Clock::Ours`] is at work.
    pub limit: Period,
}

/// An environment on the course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stop {
    /// Its name in the flow.
    pub environment: EnvironmentName,
    /// The join whose end is the environment's.
    pub node: NodeId,
}

/// The name of a node in its course, such as `qa/enter`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(String);

impl NodeId {
    /// The node with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for NodeId {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One attempt of a node. The numbers of a node's attempts only grow, over retries of any kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attempt {
    /// The node.
    pub node: NodeId,
    /// The number of the attempt, from 1.
    pub number: u32,
}

/// Writes it as `qa/shop/deploy#2`.
impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.node, self.number)
    }
}

/// A node of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// When it may begin.
    pub after: When,
    /// The time limit of one attempt. Time that an attempt waits for a person does not count.
    pub limit: Period,
    /// The time limit for stopping it, after which nobody knows what became of it.
    pub stop_limit: Period,
    /// The time limit of all waits for people within an attempt, taken together.
    pub person_limit: Period,
    /// How often it is tried.
    pub retry: Retry,
    /// Whether it runs although the promotion is being stopped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cleanup: bool,
    /// Whether it counts towards the limit of the whole.
    pub clock: Clock,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An environment or the whole promotion: its end is made of its members' ends.
    Join(Vec<Member>),
    /// Waits for people.
    Approval(Approval),
    /// Passes by itself.
    Soak {
        /// The node from whose end the time counts.
        since: NodeId,
        /// How long after that it passes.
        lasts: Period,
    },
    /// Waits until its places are free.
    Enter(Enter),
    /// Work outside of the engine.
    Act(Action),
}

/// A member of a join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Member {
    /// The node.
    pub node: NodeId,
    /// Whether its end counts.
    pub counts: bool,
}

/// An approval by people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Approval {
    /// How many different people have to approve.
    pub need: u32,
    /// Who may approve; `None` = anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<BTreeSet<Person>>,
    /// Who may not approve, although `of` names them: the author and the requester.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub not: BTreeSet<Person>,
}

/// The name of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person(pub String);

impl Person {
    /// Whether both are the same person, ignoring case as servers do.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }
}

/// The entry into an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Enter {
    /// What is held from the entry on; at least one.
    pub places: BTreeSet<Place>,
    /// The node with whose end, unless it is [`End::Unknown`], the places are free again.
    pub until: NodeId,
}

/// Where an application of an environment runs: at most one unfinished deployment of a flow is at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// The connection to the server.
    pub connection: ConnectionName,
    /// The space; `None` = the default space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<SpaceName>,
    /// The project.
    pub project: ProjectName,
    /// The environment, as the server names it.
    pub environment: EnvironmentName,
    /// The tenants.
    pub tenant: PlaceTenant,
}

/// The tenants of a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceTenant {
    /// Without tenants.
    Untenanted,
    /// This tenant.
    One(TenantName),
    /// Tenants that only the server can name: any of them.
    Any,
}

/// Work outside of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Passes if the release is what the target has, and changes nothing.
    Verify(Target),
    /// Deploys the release to the target.
    Deploy {
        /// The target.
        target: Target,
        /// The options of the deployment, without variables.
        options: Box<FrozenOptions>,
    },
}

impl Action {
    /// The target.
    #[must_use]
    pub fn target(&self) -> &Target {
        match self {
            Self::Verify(target) | Self::Deploy { target, .. } => target,
        }
    }
}

/// The target of an action: an application in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Target {
    /// The application, as the product names it.
    pub application: ApplicationName,
    /// The connection to the server.
    pub connection: ConnectionName,
    /// The space; `None` = the default space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub space: Option<SpaceName>,
    /// The project.
    pub project: ProjectName,
    /// The channel of the application's releases; `None` = any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelName>,
    /// The environment, as the server names it.
    pub environment: EnvironmentName,
    /// The tenants.
    #[serde(default, skip_serializing_if = "Tenants::is_untenanted")]
    pub tenants: Tenants,
}

/// The options of a deployment and what to do where it asks a person.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct FrozenOptions {
    /// How it is deployed.
    pub deployment: DeploymentOptions,
    /// What to do when a deployment waits for a person.
    pub when_person_needed: WhenPersonNeeded,
    /// Whether a release older than the one that succeeded there last may be deployed.
    pub allow_backwards: bool,
}

impl PartialEq for FrozenOptions {
    /// Compares what is written.
    fn eq(&self, other: &Self) -> bool {
        let text = |it: &Self| serde_json::to_string(it).ok();
        text(self) == text(other)
    }
}

impl Eq for FrozenOptions {}

/// How often a node is tried within one round, and the pauses between the tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Retry {
    /// The number of tries, at least 1.
    pub tries: u32,
    /// The pause after the first failed try.
    pub first: Period,
    /// By how much each pause is longer than the one before.
    pub factor: u32,
    /// The longest pause.
    pub most: Period,
}

impl Retry {
    /// A single try.
    #[must_use]
    pub fn never() -> Self {
        Self { tries: 1, first: Period::ZERO, factor: 1, most: Period::ZERO }
    }
}

/// Whether a node counts towards the limit of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// It counts.
    Ours,
    /// It waits for people or for time, and does not count.
    Theirs,
}

/// When a node may begin, over how others ended. What is decided stays decided until a reset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// At once.
    Now,
    /// When the node has one of these ends.
    Is(NodeId, BTreeSet<End>),
    /// When the node has begun in this round.
    Began(NodeId),
    /// When all hold.
    All(Vec<When>),
    /// When one holds.
    Any(Vec<When>),
    /// When this many hold.
    AtLeast(u32, Vec<When>),
}

impl When {
    /// When the node has passed.
    #[must_use]
    pub fn passed(node: &NodeId) -> Self {
        Self::Is(node.clone(), BTreeSet::from([End::Passed]))
    }

    /// When the node has ended, whatever its end.
    #[must_use]
    pub fn ended(node: &NodeId) -> Self {
        Self::Is(node.clone(), End::ALL.into())
    }

    /// The nodes that it speaks of.
    #[must_use]
    pub fn nodes(&self) -> Vec<&NodeId> {
        match self {
            Self::Now => Vec::new(),
            Self::Is(node, _) | Self::Began(node) => vec![node],
            Self::All(parts) | Self::Any(parts) | Self::AtLeast(_, parts) => {
                parts.iter().flat_map(Self::nodes).collect()
            }
        }
    }
}

/// How a node or a promotion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// What was asked for happened.
    Passed,
    /// It was tried and did not happen, or not in time.
    Failed,
    /// It was asked for and not allowed.
    Refused,
    /// It was stopped, or never begun because the promotion was.
    Cancelled,
    /// The flow itself did not take this branch.
    Skipped,
    /// Nobody can tell what became of it.
    Unknown,
}

impl End {
    /// All ends.
    pub const ALL: [Self; 6] =
        [Self::Passed, Self::Failed, Self::Refused, Self::Cancelled, Self::Skipped, Self::Unknown];

    /// Its name, as in journals.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
