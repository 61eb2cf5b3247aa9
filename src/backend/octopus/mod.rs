//! The verbs in Octopus's terms.
//!
//! *Names*: `matching.rs` says what a word means among a list, `errors.rs` gathers what is wrong. `space.rs`,
//! `projects.rs`, `environments.rs`, `channels.rs`, `tenants.rs` (with `tenant_tags.rs`), `machines.rs`, `freezes.rs` and
//! `process.rs` read the lists. `resolve.rs` looks up all words of a run (`needs.rs`) before anything is changed.
//!
//! *Releases*: `release.rs` makes them, `numbering.rs` those whose number is left open; `release_inputs.rs` reads what
//! they need, `packages.rs` says which packages are meant, `recognition.rs` whose a release is. `find.rs` and `lookup.rs`
//! find them, `newest.rs` lists them, `comparison.rs` compares them with what was asked for.
//!
//! *Targets*: `targets.rs` says where a release goes, `eligibility.rs` for which tenants that is possible,
//! `skipped_tenants.rs` reports the others. `histories.rs` reads what is where: `lists.rs` and `progression.rs` say of what,
//! `completion.rs` adds what is missing, `history.rs` says what is there now. `selection.rs` and `selection_by_tenant.rs`
//! choose what is promoted from a `source.rs`.
//!
//! *Deployments*: `prepare.rs` makes them ready. `automatic.rs` waits for the server's own, `previews.rs` refuses names
//! that the server would pass over, `take_over.rs` takes over what `adoption.rs` decides (`deployment_spec.rs` compares), and
//! `requests.rs` says which requests ask for the rest. `deploy.rs` sends one of them (`executions.rs` and `legacy.rs` are
//! the two routes), `settle.rs` tells what is certain of it, `search.rs` looks for what it made where its answer was
//! lost, and `explain.rs` says why the server refused.
//!
//! *Waiting*: `watch.rs` looks at what runs (`task_status.rs`), `task_log.rs` reads its log, `questions.rs` what it asks
//! people.
//!
//! *Reports*: `overview.rs` reports what is where (`scope.rs` says of which targets), and `inspection.rs` what can be
//! known beforehand (`permissions.rs`).

mod adoption;
mod automatic;
mod channels;
mod comparison;
mod completion;
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

/// A space of an Octopus server, and what this process has learned of it.
pub struct Octopus {
    client: api::Client,
    space: Option<SpaceName>,
    /// How long a question outside of a wait is repeated while it gets no answer.
    retry_limit: Duration,
    memory: Mutex<Memory>,
}

/// What a deployment brings where, in ids.
#[derive(Debug, Clone)]
struct Destination {
    project: api::ProjectId,
    environment: api::EnvironmentId,
    tenant: Option<api::TenantId>,
    release: api::ReleaseId,
}

/// What does not change within a run: above all, what its words mean, so that no word is found to mean one thing
/// first and another later. Where releases are is never remembered.
#[derive(Default)]
struct Memory {
    space: Option<api::SpaceId>,
    projects: HashMap<String, api::project::Project>,
    /// All environments, once they were listed.
    environments: Option<Arc<[api::environment::Environment]>>,
    /// Ephemeral environments, where there are any, are among them.
    environments_are_all: bool,
    /// The credential may not list environments.
    environments_are_hidden: bool,
    /// All tenants, once they were listed, and some that were asked for by their ids.
    tenants: Option<Arc<[api::tenant::Tenant]>>,
    other_tenants: Vec<api::tenant::Tenant>,
    /// All channels of a project, and those of all projects that were looked for by a name.
    channels: HashMap<api::ProjectId, Arc<[api::channel::Channel]>>,
    sought_channels: HashMap<String, Vec<api::channel::Channel>>,
    machines: Option<Arc<[api::machine::Machine]>>,
    freezes: Option<Arc<[api::freeze::Freeze]>>,
    /// Deployment processes, by project and git reference.
    processes: HashMap<(api::ProjectId, Option<String>), Arc<api::process::Process>>,
    /// Deployment settings, by project and place in git.
    settings: HashMap<(api::ProjectId, Option<String>), api::settings::DeploymentSettings>,
    /// The channels of releases, from answers that carried them.
    channels_of: HashMap<api::ReleaseId, api::ChannelId>,
    /// The names of teams, and the ids of those whose names the server does not tell.
    teams: HashMap<api::TeamId, String>,
    /// The versions of releases, from answers that carried them.
    versions: HashMap<api::ReleaseId, ReleaseVersion>,
    /// Earlier durations by environment, from answers that carried them anyway.
    durations: HashMap<(api::ProjectId, api::EnvironmentId), Vec<Duration>>,
    /// What deployments would do, by release and target.
    previews:
        HashMap<(api::ReleaseId, api::EnvironmentId, Option<api::TenantId>), Arc<api::preview::Preview>>,
    /// Who we are on the server.
    me: Option<api::UserId>,
    /// Tasks whose logs are too large to be read whole.
    large_logs: HashSet<api::TaskId>,
    /// The lifecycles of the space; the inner `None` where they may not be read.
    lifecycles: Option<Option<Arc<[api::lifecycle::Lifecycle]>>>,
    /// How far the server's clock is ahead of ours, from the last answer that told its time.
    clock: Option<SignedDuration>,
    /// What a deployment of this run brings where, in ids.
    places: HashMap<String, Destination>,
}

impl Octopus {
    /// A space of the server that `client` talks to; without a name, the server's default space.
    ///
    /// `retry_limit` is how long a question outside of a wait is repeated while it gets no answer.
    #[must_use]
    pub fn new(client: api::Client, space: Option<SpaceName>, retry_limit: Duration) -> Self {
        Self { client, space, retry_limit, memory: Mutex::default() }
    }

    /// The client, for questions that no verb asks.
    #[must_use]
    pub fn client(&self) -> &api::Client {
        &self.client
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // What is remembered is whole after every statement, so a panic elsewhere spoils nothing.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is by the server's clock, as far as an answer has told; else by ours.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        let now = Timestamp::now();
        self.memory().clock.and_then(|ahead| now.checked_add(ahead).ok()).unwrap_or(now)
    }

    /// Until when a question outside of a wait is repeated.
    fn patience(&self, context: Context<'_>) -> Instant {
        context.deadline.min(api::after(Instant::now(), self.retry_limit))
    }

    fn page(&self, space: &api::SpaceId, kind: &str, id: &str) -> String {
        self.client.server().link(&format!("/app#/{space}/{kind}/{id}"))
    }
}

/// The error for a look that could not even be asked.
fn unclear(what: &str) -> api::Error {
    api::Error::NoAnswer { request: what.to_owned(), error: api::SendError::NoTimeLeft }
}
