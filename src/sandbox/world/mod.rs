//! The world of the sandbox: everything that the server remembers, and the one door to it.
//!
//! A pure state machine: a request and the time go in, an answer comes out. There is no socket, no clock
//! and nothing that waits. A seed describes the beginning (`seed`, `founding`, `history`), a table of
//! routes leads each request to its handler (`routes`), and what was set going plays itself out up to
//! the time that each request brings (`execution`).

mod founding;
mod history;
mod made;
mod project_founding;
mod project_seed;
mod running;
mod seed;
mod state;

mod access;
mod call;
mod limits;
mod lookups;
mod pages;
mod refusal;
mod routes;

mod oidc;
mod spaces;
mod users;

mod channels;
mod environments;
mod feeds;
mod freezes;
mod lifecycles;
mod process;
mod projects;
mod tenants;
mod variables;
mod versions;

mod commands;
mod creating;
mod planning;
mod release_edits;
mod releases;

mod admission;
mod deployments;
mod executions;
mod legacy;
mod previews;

mod activity;
mod artifacts;
mod execution;
mod guidance;
mod interruptions;
mod tasks;
mod worklog;

mod dashboard;
mod summary;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sandbox::exchange::{Request, Response};

use access::{Token, User};
use limits::Buckets;
use lookups::{place_of, slug, stamp, there};
use made::{Deployment, Release};
use running::{Interruption, Task};
use seed::{BUILT_IN, TeamSeed};
use state::{Channel, Environment, Feed, Freeze, Id, Lifecycle, Machine, Project, Space, TagSet, Tenant};

pub use seed::SeedError;

/// An Octopus-compatible server without its socket and its clock: a request and the time go in, an
/// answer comes out.
#[derive(Debug)]
pub struct World {
    version: String,
    scale: f64,
    task_cap: Option<usize>,
    maintenance: bool,
    teams: Vec<TeamSeed>,
    users: Vec<User>,
    tokens: Vec<Token>,
    buckets: Option<Buckets>,
    spaces: Vec<Space>,
    environments: Vec<Environment>,
    lifecycles: Vec<Lifecycle>,
    feeds: Vec<Feed>,
    machines: Vec<Machine>,
    tag_sets: Vec<TagSet>,
    tenants: Vec<Tenant>,
    projects: Vec<Project>,
    channels: Vec<Channel>,
    freezes: Vec<Freeze>,
    /// In the order of their assembly.
    releases: Vec<Release>,
    /// In the order of their creation.
    deployments: Vec<Deployment>,
    tasks: Vec<Task>,
    interruptions: Vec<Interruption>,
    /// The places in `tasks` of those that are not over, in the order of their queue time.
    unfinished: Vec<usize>,
    /// The time up to which the tasks were played.
    clock: Timestamp,
    counters: HashMap<&'static str, u32>,
}

impl World {
    /// The built-in world at this moment. `scale` divides all durations of tasks and steps (with 60 a
    /// minute plays in a second); the times of the past and of freezes stay real.
    ///
    /// # Panics
    ///
    /// Never with the built-in seed, which a test loads.
    #[must_use]
    pub fn seeded(now: Timestamp, scale: f64) -> Self {
        match Self::from_seed(BUILT_IN, now, scale) {
            Ok(world) => world,
            Err(error) => unreachable!("{error}"),
        }
    }

    /// The world that a seed describes, with its past placed before `now`.
    ///
    /// # Errors
    ///
    /// The seed cannot be read, or names things that it does not have; every problem is named.
    pub fn from_seed(json: &str, now: Timestamp, scale: f64) -> Result<Self, SeedError> {
        founding::found(json, now, scale)
    }

    /// Plays the tasks up to `now`, then answers.
    pub fn respond(&mut self, request: &Request, now: Timestamp) -> Response {
        self.advance(now);
        routes::answer(self, request, now)
    }

    /// The key of the first user of the seed that has one.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.users.iter().find_map(|it| it.api_keys.first()).map_or("", String::as_str)
    }

    /// The id of the default space.
    #[must_use]
    pub fn space_id(&self) -> &str {
        let default = self.spaces.iter().find(|it| it.is_default);
        default.or(self.spaces.first()).map_or("", |it| it.id.as_str())
    }

    /// What the world holds, for tests: releases, deployments with what was asked of them, counts.
    pub fn summary(&mut self, now: Timestamp) -> Value {
        self.advance(now);
        summary::summary(self)
    }

    fn empty(now: Timestamp, scale: f64) -> Self {
        Self {
            version: String::new(),
            scale,
            task_cap: None,
            maintenance: false,
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
            interruptions: Vec::new(),
            unfinished: Vec::new(),
            clock: now,
            counters: HashMap::new(),
        }
    }

    /// The next id of a kind, `Releases-7`.
    fn mint(&mut self, kind: &'static str) -> Id {
        let counter = self.counters.entry(kind).or_insert(0);
        *counter += 1;
        format!("{kind}-{counter}")
    }

    /// A length of time of the seed as it plays in this world.
    fn scaled(&self, seconds: f64) -> SignedDuration {
        let scaled = if self.scale > 0.0 { seconds / self.scale } else { seconds };
        SignedDuration::try_from_secs_f64(scaled).unwrap_or(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests;
