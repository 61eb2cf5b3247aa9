//! Every scenario in one binary: stories told through the real program, and the rules of the house.

mod docs;
mod examples;
mod faults;
mod generated;
mod house;
mod sandbox;
mod settings;
mod static_binary;
#[path = "../support/mod.rs"]
mod support;
