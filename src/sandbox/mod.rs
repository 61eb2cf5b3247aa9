//! An Octopus-compatible server in memory; imports nothing from promenade.
//!
//! It writes its own JSON and shares no type with the client, so that a misreading of the API cannot
//! stand on both sides of the wire.

mod answer;
mod body;
mod connection;
mod control;
mod exchange;
mod faults;
mod journal;
mod room;
mod server;

mod world;

mod founding;
mod history;
mod seed;
mod state;

mod access;
mod call;
mod limits;
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
mod interruptions;
mod tasks;
mod worklog;

mod dashboard;
mod summary;

pub use exchange::{Request, Response};
pub use faults::{BodyKind, CarryOut, Cut, Fault, Match, Script};
pub use journal::Received;
pub use seed::SeedError;
pub use server::{Sandbox, SandboxOptions, StartError};
pub use world::World;
