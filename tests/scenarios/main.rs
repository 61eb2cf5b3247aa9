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
mod foreign_text;
mod generated;
mod grace;
mod hard_use;
mod hard_use_a;
mod hard_use_b;
mod host;
mod hostile;
mod hostile_ci;
mod house;
mod install;
mod large_logs;
mod limits;
mod names;
mod no_answer;
mod output;
mod ownership;
mod packaging;
mod promote;
mod rate_limit;
mod rerun;
mod sandbox;
mod sandbox_truth;
mod secrets;
mod settings;
mod static_binary;
mod status;
mod step;
mod stopping;
mod tenants;
mod threads;
mod waiting;
