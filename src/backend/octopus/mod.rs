//! The verbs in Octopus's terms.
//!
//! *Names*: `matching.rs` finds what a word means in a list, `errors.rs` combines errors. `space.rs`, `projects.rs`,
//! `environments.rs`, `channels.rs`, `tenants.rs` (with `tenant_tags.rs`), `machines.rs`, `freezes.rs` and `process.rs`
//! read the lists. `resolve.rs` looks up all names of a run (`needs.rs`) before anything is changed.
//!
//! *Releases*: `release.rs` creates them, `numbering.rs` those with an open number; `release_inputs.rs` reads what they
//! need, `packages.rs` resolves packages, `recognition.rs` decides which build a release belongs to. `find.rs` and
//! `lookup.rs` find them, `newest.rs` lists them, `comparison.rs` compares them with what was asked for.
//!
//! *Targets*: `targets.rs` determines the targets of a release, `eligibility.rs` the tenants that can be deployed to,
//! `skipped_tenants.rs` reports the others. `histories.rs` reads the histories of targets from `lists.rs` and
//! `progression.rs`, `completion.rs` adds what is missing, `history.rs` determines the current state. `selection.rs`
//! and `selection_by_tenant.rs` choose what is promoted from a `source.rs`.
//!
//! *Deployments*: `prepare.rs` prepares them. `automatic.rs` waits for the server's own, `previews.rs` refuses names
//! that the server would ignore, `take_over.rs` takes over what `adoption.rs` decides (`deployment_spec.rs` compares),
//! and `requests.rs` builds the requests for the rest. `deploy.rs` sends one of them (`executions.rs` and `legacy.rs`
//! are the two routes), `settle.rs` determines its outcome, `search.rs` looks for what it made if its answer was lost,
//! and `explain.rs` explains why the server refused.
//!
//! *Waiting*: `watch.rs` looks at running deployments (`task_status.rs`), `task_log.rs` reads their logs,
//! `questions.rs` their questions to people.
//!
//! *Reports*: `overview.rs` reports which release is where (`scope.rs` determines the targets), and `inspection.rs`
//! checks names and permissions beforehand (`permissions.rs`).

mod adoption;
mod automatic;
mod channels;
mod comparison;
mod completion;
mod current;
mod deploy;
mod deployment_spec;
mod deployment_targets;
mod eligibility;
mod environments;
mod errors;
mod executions;
mod explain;
mod find;
mod finding;
mod form;
mod freezes;
mod histories;
mod history;
mod inspection;
mod legacy;
mod lists;
mod look;
mod lookup;
mod machines;
mod matching;
mod needs;
mod newest;
mod numbering;
mod overview;
mod packages;
mod permissions;
mod place;
mod preparation_inputs;
mod prepare;
mod previews;
mod process;
mod progression;
mod projects;
mod questions;
mod recognition;
mod release;
mod release_inputs;
mod request;
mod requests;
mod resolve;
mod scope;
mod search;
mod selection;
mod selection_by_tenant;
mod settle;
mod skipped_tenants;
mod source;
mod space;
mod take_over;
mod targets;
mod task_log;
mod task_status;
mod tenant_tags;
mod tenants;
mod variables;
mod watch;
mod writing;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::backend::Context;
use crate::model::{ReleaseVersion, SpaceName};
use crate::octopus as api;

pub(super) use deployment_targets::PlaceHistory;
pub use finding::{Finding, Inspection};
pub use needs::Needs;
pub use overview::{DeploymentRecord, DeploymentRecordState, Overview, TargetOverview};
pub(super) use preparation_inputs::PreparationInputs;
pub(super) use request::Request;
pub use scope::Scope;

/// A space of an Octopus server, and what this process has read from it.
pub struct Octopus {
    client: api::Client,
    space: Option<SpaceName>,
    /// How long a read request outside of a wait is retried while it gets no answer.
    retry_limit: Duration,
    memory: Mutex<Memory>,
}

/// The release and the target of a deployment, in ids.
#[derive(Debug, Clone)]
struct Destination {
    project: api::ProjectId,
    environment: api::EnvironmentId,
    tenant: Option<api::TenantId>,
    release: api::ReleaseId,
}

/// What does not change within a run: above all, the meaning of names, so that a name never means one thing first and
/// another later. Where releases are is never remembered.
#[derive(Default)]
struct Memory {
    space: Option<api::SpaceId>,
    projects: HashMap<String, api::project::Project>,
    /// All environments, once listed.
    environments: Option<Arc<[api::environment::Environment]>>,
    /// Whether `environments` includes ephemeral ones, if there are any.
    environments_are_all: bool,
    /// Whether the credential may not list environments.
    environments_are_hidden: bool,
    /// All tenants, once listed, and some that were read by their ids.
    tenants: Option<Arc<[api::tenant::Tenant]>>,
    other_tenants: Vec<api::tenant::Tenant>,
    /// All channels of a project, and the channels of all projects that were looked up by name.
    channels: HashMap<api::ProjectId, Arc<[api::channel::Channel]>>,
    sought_channels: HashMap<String, Vec<api::channel::Channel>>,
    machines: Option<Arc<[api::machine::Machine]>>,
    freezes: Option<Arc<[api::freeze::Freeze]>>,
    /// Deployment processes, by project and git reference.
    processes: HashMap<(api::ProjectId, Option<String>), Arc<api::process::Process>>,
    /// Deployment settings, by project and git reference.
    settings: HashMap<(api::ProjectId, Option<String>), api::settings::DeploymentSettings>,
    /// The channels of releases, from answers that contained them.
    channels_of: HashMap<api::ReleaseId, api::ChannelId>,
    /// The names of teams; for those whose names the server does not show, the ids.
    teams: HashMap<api::TeamId, String>,
    /// The versions of releases, from answers that contained them.
    versions: HashMap<api::ReleaseId, ReleaseVersion>,
    /// Earlier durations by environment, from answers that contained them anyway.
    durations: HashMap<(api::ProjectId, api::EnvironmentId), Vec<Duration>>,
    /// Previews of deployments, by release and target.
    previews:
        HashMap<(api::ReleaseId, api::EnvironmentId, Option<api::TenantId>), Arc<api::preview::Preview>>,
    /// The user of the credential.
    me: Option<api::UserId>,
    /// Tasks whose logs are too large to be read in full.
    large_logs: HashSet<api::TaskId>,
    /// The lifecycles of the space; the inner `None` if they may not be read.
    lifecycles: Option<Option<Arc<[api::lifecycle::Lifecycle]>>>,
    /// How far the server's clock is ahead of the local one, from the last answer with a time.
    clock: Option<SignedDuration>,
    /// The releases and targets of this run's deployments, in ids.
    places: HashMap<String, Destination>,
}

impl Octopus {
    /// A space of the server that `client` talks to; without a name, the server's default space.
    ///
    /// `retry_limit` is how long a read request outside of a wait is retried while it gets no answer.
    #[must_use]
    pub fn new(client: api::Client, space: Option<SpaceName>, retry_limit: Duration) -> Self {
        Self { client, space, retry_limit, memory: Mutex::default() }
    }

    /// The same space on the same connections, without what this one remembers.
    #[must_use]
    pub fn without_memory(&self) -> Self {
        Self::new(self.client.clone(), self.space.clone(), self.retry_limit)
    }

    /// The client, for requests that no verb sends.
    #[must_use]
    pub fn client(&self) -> &api::Client {
        &self.client
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // The memory is consistent after every statement, so a panic elsewhere does no harm.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the server's clock if an answer has shown it, else by the local clock.
    #[must_use]
    fn server_now(&self) -> Timestamp {
        let now = Timestamp::now();
        self.memory().clock.and_then(|ahead| now.checked_add(ahead).ok()).unwrap_or(now)
    }

    /// Until when a read request outside of a wait is retried.
    fn patience(&self, context: Context<'_>) -> Instant {
        context.deadline.min(api::after(Instant::now(), self.retry_limit))
    }

    fn page(&self, space: &api::SpaceId, kind: &str, id: &str) -> String {
        self.client.server().link(&format!("/app#/{space}/{kind}/{id}"))
    }
}

/// The error for a look that could not be sent.
fn unclear(what: &str) -> api::Error {
    api::Error::NoAnswer { request: what.to_owned(), error: api::SendError::NoTimeLeft }
}
