//! Stands in for the world until it moves in.
#![expect(missing_docs, reason = "temporary")]

use crate::sandbox::{Request, Response};
use serde_json::{Value, json};

pub struct World {
    writes: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("no seed")]
pub struct SeedError;

impl World {
    pub fn seeded(_: jiff::Timestamp, _: f64) -> Self {
        Self { writes: 0 }
    }
    pub fn from_seed(json: &str, now: jiff::Timestamp, scale: f64) -> Result<Self, SeedError> {
        if json == "{}" { Ok(Self::seeded(now, scale)) } else { Err(SeedError) }
    }
    pub fn respond(&mut self, request: &Request, _: jiff::Timestamp) -> Response {
        if request.method == "POST" {
            self.writes += 1;
        }
        Response::json(
            200,
            &json!({"Application": "Octopus Deploy", "Links": {"Self": "/api"}, "Writes": self.writes}),
        )
    }
    pub fn api_key(&self) -> &str {
        "API-STUB"
    }
    pub fn space_id(&self) -> &str {
        "Spaces-1"
    }
    pub fn summary(&mut self, _: jiff::Timestamp) -> Value {
        json!({"writes": self.writes})
    }
}
