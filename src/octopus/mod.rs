//! The HTTP API of Octopus Deploy, typed; imports nothing from promenade.
//!
//! A call is a value first: each function of the resource families ([`release`], [`deployment`],
//! [`task`] and the rest) describes one HTTP call as a [`Request`], which carries the type of its answer.
//! Such a request can be looked at and tested without a server. A [`Client`] sends it: [`Client::send`]
//! once, and [`Client::look`] again and again until there is an answer.
//!
//! To add an endpoint, write one function in the file of its family that returns a [`Request`], and a
//! test of its path, query and body. Answers ignore fields they do not know; what a field's absence
//! means is written beside it. A field without `#[serde(default)]` is one that every server sends: an
//! answer that lacks it is not the answer to the question that was asked.

mod id;
mod page;
mod reading;
mod request;

mod advice;
mod client;
mod connection;
mod credential;
mod error;
mod gate;
mod moment;
mod oidc;
mod pace;
mod proxy;
mod refusal;
mod retry;
mod transport;

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

mod deploying;
pub mod deployment;
pub mod freeze;
pub mod lifecycle;
pub mod preview;
pub mod progression;
pub mod release;
pub mod variable;

pub mod interruption;
pub mod task;
pub mod team;

pub use client::{Answer, Client, Observer};
pub use connection::{Connection, Proxy, SecretObserver, ServerUrl};
pub use credential::{Credential, JwtCommand, JwtSource, OidcLogin};
pub use error::{ConnectTrouble, CredentialError, Error, SettingsError, Trouble};
pub use id::{
    ChannelId, DeploymentId, EnvironmentId, FeedId, FreezeId, InterruptionId, MachineId, ProcessId,
    ProjectId, ReleaseId, SpaceId, TaskId, TeamId, TenantId, UserId, VariableSetId,
};
pub use moment::after;
pub use pace::Pace;
pub use page::Page;
pub use reading::read;
pub use refusal::ApiError;
pub use request::{Method, Request};
