//! The CI servers: how each is recognised, what its environment says about the build, and how messages to it are
//! written.
//!
//! Each server has one file, which holds one `Profile`. A new server is a file, a variant of [`CiServer`] and its line in
//! `CiServer::profile`.

mod azure;
mod bamboo;
mod bitbucket;
mod buildbot;
mod buildkite;
mod circleci;
mod continua;
mod drone;
mod forgejo;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
mod message;
mod profile;
mod properties;
mod reach;
mod reading;
mod recognise;
mod server;
mod shell;
mod teamcity;
mod woodpecker;

pub use message::{Act, Message, MessageContext};
pub use reach::{Unreachable, event_for};
pub use reading::{Field, Known, Variables};
pub use recognise::{EventError, Overrides, Recognised, recognise};
pub use server::{CiServer, Raises};
