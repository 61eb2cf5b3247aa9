//! The state of the world: everything that the server stores, and the ids of new things.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::sandbox::world::accounts::{Token, User};
use crate::sandbox::world::limits::Buckets;
use crate::sandbox::world::made::{Automatic, Deployment, Release};
use crate::sandbox::world::running::{Interruption, Task};
use crate::sandbox::world::seed::{FormValues, ListItems, TeamSeed};
use crate::sandbox::world::stored::{
    Channel, Environment, Feed, Freeze, Id, Lifecycle, Machine, Project, Space, TagSet, Tenant,
};
use crate::sandbox::world::versions::Version;

/// An Octopus-compatible server without its socket and its clock: a request and the time go in, an
/// answer comes out.
#[derive(Debug)]
pub struct World {
    pub(super) version: String,
    pub(super) base_path: String,
    pub(super) scale: f64,
    pub(super) task_cap: Option<usize>,
    pub(super) maintenance: bool,
    pub(super) automatic_delay: Option<f64>,
    pub(super) form_values: FormValues,
    pub(super) list_items: ListItems,
    pub(super) teams: Vec<TeamSeed>,
    pub(super) users: Vec<User>,
    pub(super) tokens: Vec<Token>,
    pub(super) buckets: Option<Buckets>,
    pub(super) spaces: Vec<Space>,
    pub(super) environments: Vec<Environment>,
    pub(super) lifecycles: Vec<Lifecycle>,
    pub(super) feeds: Vec<Feed>,
    pub(super) machines: Vec<Machine>,
    pub(super) tag_sets: Vec<TagSet>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) projects: Vec<Project>,
    pub(super) channels: Vec<Channel>,
    pub(super) freezes: Vec<Freeze>,
    /// In the order of their assembly.
    pub(super) releases: Vec<Release>,
    /// In the order of their creation.
    pub(super) deployments: Vec<Deployment>,
    pub(super) tasks: Vec<Task>,
    /// Deployments to automatic targets: those that are planned, and those that were made.
    pub(super) automatic: Vec<Automatic>,
    pub(super) interruptions: Vec<Interruption>,
    /// The indexes in `tasks` of those that are not over, in the order of their queue time.
    pub(super) unfinished: Vec<usize>,
    /// The time up to which the tasks were played.
    pub(super) clock: Timestamp,
    pub(super) counters: HashMap<&'static str, u32>,
}

impl World {
    /// A world with nothing in it.
    pub(super) fn empty(now: Timestamp, scale: f64) -> Self {
        Self {
            version: String::new(),
            base_path: String::new(),
            scale,
            task_cap: None,
            maintenance: false,
            automatic_delay: None,
            form_values: FormValues::Shown,
            list_items: ListItems::Full,
            teams: Vec::new(),
            users: Vec::new(),
            tokens: Vec::new(),
            buckets: None,
            spaces: Vec::new(),
            environments: Vec::new(),
            lifecycles: Vec::new(),
            feeds: Vec::new(),
            machines: Vec::new(),
            tag_sets: Vec::new(),
            tenants: Vec::new(),
            projects: Vec::new(),
            channels: Vec::new(),
            freezes: Vec::new(),
            releases: Vec::new(),
            deployments: Vec::new(),
            tasks: Vec::new(),
            automatic: Vec::new(),
            interruptions: Vec::new(),
            unfinished: Vec::new(),
            clock: now,
            counters: HashMap::new(),
        }
    }

    /// Whether the server has this version or a later one; a developer's build, `0.0.0`, counts as the latest.
    pub(super) fn is_at_least(&self, version: &str) -> bool {
        self.version.starts_with("0.0.0") || Version::parse(&self.version) >= Version::parse(version)
    }

    /// The next id of a kind, `Releases-7`.
    pub(super) fn mint(&mut self, kind: &'static str) -> Id {
        let counter = self.counters.entry(kind).or_insert(0);
        *counter += 1;
        format!("{kind}-{counter}")
    }

    /// The id of a new step's action.
    pub(super) fn step_id(&mut self) -> Id {
        let number = self.mint("Actions").replace("Actions-", "");
        format!("ac710000-0000-4000-8000-{number:0>12}")
    }

    /// The id of a new variable, and of its element in a form.
    pub(super) fn variable_id(&mut self) -> Id {
        let number = self.mint("Variables").replace("Variables-", "");
        format!("5a7a0000-0000-4000-8000-{number:0>12}")
    }

    /// A duration of the seed, in seconds, divided by the world's scale.
    pub(super) fn scaled(&self, seconds: f64) -> SignedDuration {
        let scaled = if self.scale > 0.0 { seconds / self.scale } else { seconds };
        SignedDuration::try_from_secs_f64(scaled).unwrap_or(SignedDuration::ZERO)
    }

    /// The time so many seconds of the seed later, as this world plays them.
    pub(super) fn later(&self, now: Timestamp, seconds: f64) -> Timestamp {
        now.checked_add(self.scaled(seconds)).unwrap_or(now)
    }
}
