//! An Octopus-compatible server in memory; imports nothing from promenade.
//!
//! It writes its own JSON and shares no type with the client, so that a misreading of the API cannot
//! stand on both sides of the wire.

mod answer;
mod body;
mod carry_out;
mod connection;
mod control;
mod fault_json;
mod faults;
mod handler;
mod hiding;
mod message;
mod recorded;
mod scripts;
mod server;
mod shared;
mod world;

pub use carry_out::CarryOut;
pub use faults::{BodyKind, Cut, Fault, Match, Script};
pub use message::{Request, Response};
pub use recorded::ReceivedRequest;
pub use server::{Sandbox, SandboxOptions, StartError};
pub use world::{SeedError, World};
