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
mod hiding;
mod journal;
mod room;
mod server;
mod world;

pub use exchange::{Request, Response};
pub use faults::{BodyKind, CarryOut, Cut, Fault, Match, Script};
pub use journal::Received;
pub use server::{Sandbox, SandboxOptions, StartError};
pub use world::{SeedError, World};
