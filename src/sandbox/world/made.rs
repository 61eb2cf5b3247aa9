//! Releases and deployments as the world stores them.

use jiff::Timestamp;

use crate::sandbox::world::process_seed::PromptSeed;
use crate::sandbox::world::stored::{Id, Step, Variable};

#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) project: Id,
    pub(super) channel: Id,
    pub(super) version: String,
    pub(super) assembled: Timestamp,
    pub(super) notes: String,
    pub(super) packages: Vec<SelectedPackage>,
    pub(super) git_resources: Vec<SelectedGitResource>,
    pub(super) git: Option<GitSelection>,
    pub(super) custom_fields: Vec<(String, String)>,
    pub(super) defects: Vec<Defect>,
    /// The process and the variables as they were when the release was made, or refreshed last.
    pub(super) steps: Vec<Step>,
    pub(super) variables: Vec<Variable>,
    /// Which state of the project's variables the release holds, and how often it was refreshed.
    pub(super) variables_version: u32,
    pub(super) snapshots: u32,
    pub(super) ignored_channel_rules: bool,
    pub(super) made_by: Id,
}

impl Release {
    /// The prompted variables of this release.
    pub(super) fn prompts(&self) -> impl Iterator<Item = (&Variable, &PromptSeed)> {
        self.variables.iter().filter_map(|it| Some((it, it.prompt.as_ref()?)))
    }

    pub(super) fn has_unresolved_defect(&self) -> bool {
        self.defects.iter().any(|it| !it.resolved)
    }

    /// What a client must send back to prove that it saw the latest snapshot.
    pub(super) fn snapshot_token(&self) -> String {
        format!("{}-{}", self.id, self.snapshots)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SelectedPackage {
    pub(super) step: String,
    pub(super) reference: String,
    pub(super) id: String,
    pub(super) version: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SelectedGitResource {
    pub(super) step: String,
    pub(super) name: String,
    pub(super) git_ref: String,
}

#[derive(Debug, Clone)]
pub(super) struct GitSelection {
    pub(super) git_ref: String,
    pub(super) commit: String,
}

#[derive(Debug, Clone)]
pub(super) struct Defect {
    pub(super) id: Id,
    pub(super) description: String,
    pub(super) resolved: bool,
}

/// The options of a deployment.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    pub(super) release: Id,
    pub(super) environment: Id,
    pub(super) tenant: Option<Id>,
    pub(super) specific_machines: Vec<Id>,
    pub(super) excluded_machines: Vec<Id>,
    /// Ids of actions.
    pub(super) skipped: Vec<Id>,
    /// Names of steps to skip that the process does not have; the log warns of them.
    pub(super) unknown_skips: Vec<String>,
    pub(super) guided: bool,
    /// Values of prompted variables by the variable's name.
    pub(super) values: Vec<(String, String)>,
    pub(super) run_at: Option<Timestamp>,
    pub(super) expires: Option<Timestamp>,
    pub(super) force_download: bool,
    pub(super) force_redeployment: bool,
    pub(super) refresh_variables: bool,
    pub(super) comments: String,
    pub(super) freeze_reason: Option<String>,
    pub(super) overridden_freezes: Vec<String>,
    pub(super) priority: Option<String>,
    /// The route that made it: `executions`, `legacy`, `automatic` or `history`.
    pub(super) route: &'static str,
}

/// A deployment that the server makes by itself when its time has come.
#[derive(Debug, Clone)]
pub(super) struct Automatic {
    pub(super) release: Id,
    pub(super) environment: Id,
    pub(super) tenant: Option<Id>,
    pub(super) due: Timestamp,
    /// Its time has passed, whether or not a deployment was made.
    pub(super) is_over: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Deployment {
    pub(super) id: Id,
    pub(super) space: Id,
    pub(super) project: Id,
    pub(super) channel: Id,
    pub(super) task: Id,
    pub(super) created: Timestamp,
    pub(super) deployed_by: Id,
    pub(super) order: Order,
    pub(super) machines: Vec<Id>,
}
