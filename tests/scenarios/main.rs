//! Every scenario in one binary: stories told through the real program, and the rules of the house.

#[path = "../support/mod.rs"]
mod support;

mod docs;
mod faults;
mod generated;
mod house;
mod sandbox;
mod static_binary;
