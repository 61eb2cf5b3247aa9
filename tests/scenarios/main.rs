//! Every scenario in one binary: stories told through the real program, and the rules of the house.

#[path = "../support/mod.rs"]
mod support;

mod build_logs;
mod ci_servers;
mod connection;
mod create;
mod deploy;
mod docs;
mod empty_image;
mod examples;
mod exit_codes;
mod faults;
mod generated;
mod grace;
mod host;
mod hostile;
mod hostile_ci;
mod house;
mod install;
mod limits;
mod names;
mod output;
mod packaging;
mod promote;
mod rerun;
mod sandbox;
mod secrets;
mod settings;
mod static_binary;
mod step;
mod tenants;
mod threads;
