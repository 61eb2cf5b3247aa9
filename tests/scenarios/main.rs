//! Every scenario in one binary: stories told through the real program, and the rules of the house.

#[path = "../support/mod.rs"]
mod support;

mod connection;
mod create;
mod deploy;
mod docs;
mod examples;
mod faults;
mod generated;
mod host;
mod house;
mod promote;
mod rerun;
mod sandbox;
mod static_binary;
