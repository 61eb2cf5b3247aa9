//! The HTTP API of Octopus Deploy, typed; imports [`http`](crate::http) and nothing else of promenade.
//!
//! A call is a value first: each function of the resource families ([`release`], [`deployment`],
//! [`task`] and the rest) describes one HTTP call as a [`Request`], which carries the type of its answer.
//! Such a request can be looked at and tested without a server. A [`Client`] sends it: [`Client::send`]
//! once, and [`Client::send_retrying`] again and again until there is an answer.
//!
//! To add an endpoint, write one function in the file of its family that returns a [`Request`], and a
//! test of its path, query and body. Answers ignore fields they do not know; what a field's absence
//! means is written with the field. A field without `#[serde(default)]` is one that every server sends: an
//! answer that lacks it is not the answer to the question that was asked.

mod bounds;
mod executions;
mod id;
mod page;
mod paths;
mod reading;

mod answer;
mod api_error;
mod client;
mod connection;
mod credential;
mod credential_error;
mod error;
mod login;
mod oidc;
mod once;
mod rate_limit;

pub mod server;
pub mod space;

pub mod channel;
pub mod environment;
pub mod machine;
pub mod process;
pub mod project;
pub mod settings;
pub mod template;
pub mod tenant;

pub mod deployment;
mod deployment_bodies;
pub mod freeze;
pub mod lifecycle;
pub mod preview;
pub mod progression;
pub mod release;
mod release_bodies;
pub mod variable;

pub mod interruption;
pub mod task;
pub mod task_log;
pub mod team;

pub use answer::Answer;
pub use api_error::ApiError;
pub use client::{Client, RetryObserver};
pub use connection::{Connection, SecretObserver, server_url};
pub use credential::{Credential, JwtCommand, JwtSource, OidcLogin};
pub use credential_error::CredentialError;
pub use error::Error;
pub use id::{
    ChannelId, DeploymentId, EnvironmentId, FeedId, FreezeId, InterruptionId, MachineId, ProcessId,
    ProjectId, ReleaseId, SpaceId, TaskId, TeamId, TenantId, UserId, VariableSetId,
};
pub use once::Once;
pub use page::Page;
pub use rate_limit::RateLimit;
pub use reading::read;

// What of HTTP appears in this API.
pub use crate::http::{
    ConnectError, EndpointError, Leave, Method, Proxy, Request, SendError, ServerUrl, after,
};
