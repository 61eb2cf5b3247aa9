//! Promotion flows: what users write, what it means for one release, and the engine that decides what happens next.
//!
//! Everything here is pure: no network, disk or clock, and ordered maps only, so the same input gives the same result
//! in every process and on every host.

pub mod admission;
pub mod compile;
pub mod course;
pub mod definition;
pub mod engine;
pub mod graph;
pub mod input;
pub mod outcome;
pub mod picture;
pub mod promotion;
pub mod time;
