//! Every scenario in one binary: stories told through the real program, and the rules of the house.

#[path = "../support/mod.rs"]
mod support;

mod docs;
mod exit_codes;
mod generated;
mod hostile;
mod house;
mod limits;
mod sandbox;
mod secrets;
mod static_binary;
