//! Drives promotions: makes what goes on outside equal to what must be going on, and reports what became of it.
//!
//! [`drive`] is one loop. Recovery after a crash is its first pass; there is no other code for it. Work is done by
//! `hands.rs`: an attempt is *performed* until it has made something outside (`perform/`), and *watched* from then
//! on (`watch/`), many in one request. What an attempt does about a request that may have been sent before is decided in
//! [`begin`].

pub mod begin;
mod clock;
mod events;
mod hands;
mod homes;
mod perform;
mod records;
mod redact;
mod run;
pub mod start;
mod watch;
mod world;

#[cfg(test)]
mod tests;

pub use clock::now;
pub use events::{DriverEvent, Say};
pub use homes::{HomeError, Homes, MakeHome};
pub use records::Made;
pub use redact::Redact;
pub use run::{Until, drive};
pub use world::{Driving, Pace};
