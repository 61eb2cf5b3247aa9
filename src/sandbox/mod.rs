//! An Octopus-compatible server in memory; imports nothing from promenade.
//!
//! It writes its own JSON and shares no type with the client, so that a misreading of the API cannot
//! stand on both sides of the wire.

mod exchange;

pub use exchange::{Request, Response};
