//! A promotion flow as it was written: environments in their order.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::document::Origin;
use crate::model::{EnvironmentName, FlowName};

/// The limit of a whole flow if its document gives none: 1 day.
pub const DEFAULT_FLOW_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A promotion flow: the environment where a release appears first, and those it is promoted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Its name, unique in the folder.
    pub name: FlowName,
    /// What it is for, in the words of its author.
    pub description: Option<String>,
    /// The version of the flow's document, in the words of its author; nothing is derived from it.
    pub version: Option<String>,
    /// The environment whose release is promoted. It is never written to.
    pub trigger: EnvironmentName,
    /// The environments to promote to, in the order of the document, which has no meaning: `depends_on` has.
    pub steps: Vec<Step>,
    /// The hooks of the whole release.
    pub hooks: Hooks,
    /// The time limit of the whole flow.
    pub limit: Duration,
    /// Whether time spent waiting for a person counts towards the limit, as Codefresh counts it.
    pub every_wait_counts: bool,
    /// What the flow asks for and this version does not carry out. A flow for which this list is not empty must not
    /// start.
    pub unsupported: Vec<Unsupported>,
    /// Where its name was written.
    pub origin: Origin,
}

impl Flow {
    /// The steps, each behind all that it depends on; otherwise in the order of the document. Steps that could never
    /// begin, which no checked flow has, come last.
    #[must_use]
    pub fn in_order(&self) -> Vec<&Step> {
        let mut ordered: Vec<&Step> = Vec::new();
        let mut passed = BTreeSet::from([&self.trigger]);
        let mut rest: Vec<&Step> = self.steps.iter().collect();
        while let Some(at) = rest.iter().position(|it| it.depends_on.iter().all(|on| passed.contains(on))) {
            let step = rest.remove(at);
            passed.insert(&step.environment);
            ordered.push(step);
        }
        ordered.extend(rest);
        ordered
    }
}

/// One environment of a flow to which a release is promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The environment, unique in the flow.
    pub environment: EnvironmentName,
    /// The environments that must have passed before; at least one, each once. The flow's trigger may be one.
    pub depends_on: Vec<EnvironmentName>,
    /// How the release comes there.
    pub action: StepAction,
    /// The workflow to run before the action.
    pub pre_action: Option<String>,
    /// The workflow to run after the action.
    pub post_action: Option<String>,
    /// The hooks of this environment.
    pub hooks: Hooks,
    /// Where its environment was written.
    pub origin: Origin,
}

/// How a release comes to an environment. On Octopus Deploy all but `None` mean: deploy the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepAction {
    /// No action is named: whatever the environment's home does.
    Deploy,
    /// A commit.
    Commit,
    /// A pull request.
    PullRequest,
    /// promenade writes nothing. Not carried out yet.
    None,
}

/// Names of workflows that run when something happens. Not carried out yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// When the work begins.
    pub on_start: Option<String>,
    /// When all of it has passed.
    pub on_success: Option<String>,
    /// When some of it has failed.
    pub on_fail: Option<String>,
}

/// Something that a document asks for and that is not carried out yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// What it is, such as ``the preAction `smoke-test` of `qa` ``.
    pub what: String,
    /// Where it was written.
    pub origin: Origin,
}
