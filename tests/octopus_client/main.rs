//! The Octopus client against small servers on the loopback interface: single facts of the wire.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "../support/tls.rs"]
mod tls;

mod examples;
mod leave;
mod login;
mod rate;
mod reach;
mod sending;
mod wire;

use std::time::Duration;

use promenade::octopus::{Client, Connection, Credential, Proxy, SpaceId};
use tokio::time::Instant;
use wiremock::MockServer;

/// A connection with an API key that is planted to be searched for.
fn connection(url: &str) -> Connection {
    let mut connection = Connection::new(url, Credential::ApiKey("API-HUNTER2".into())).unwrap();
    connection.endpoint.proxy = Proxy::None;
    connection
}

fn client(server: &MockServer) -> Client {
    Client::new(connection(&server.uri())).unwrap()
}

fn space() -> SpaceId {
    SpaceId::new("Spaces-1").unwrap()
}

/// A deadline that no test is meant to reach.
fn later() -> Instant {
    soon(30_000)
}

fn soon(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}
