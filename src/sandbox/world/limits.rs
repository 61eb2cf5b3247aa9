//! The rate limit: a bucket of requests for each caller, refilled evenly.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::sandbox::exchange::Response;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::seed::RateLimitSeed;

/// The buckets of all callers.
#[derive(Debug)]
pub(super) struct Buckets {
    limit: RateLimitSeed,
    levels: HashMap<String, (f64, Timestamp)>,
}

/// What is left to a caller after a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Level {
    pub(super) allowed: bool,
    remaining: f64,
    /// Seconds until the next request is allowed.
    wait: f64,
}

impl Buckets {
    pub(super) fn new(limit: RateLimitSeed) -> Self {
        Self { limit, levels: HashMap::new() }
    }

    /// Takes one request from the caller's bucket where one is left.
    pub(super) fn take(&mut self, caller: &str, now: Timestamp) -> Level {
        let per_second = self.limit.per_minute / 60.0;
        let (level, last) = self.levels.get(caller).copied().unwrap_or((self.limit.burst, now));
        let passed = now.duration_since(last).as_secs_f64().max(0.0);
        let level = (level + passed * per_second).min(self.limit.burst);
        let allowed = level >= 1.0;
        let remaining = if allowed { level - 1.0 } else { level };
        self.levels.insert(caller.to_owned(), (remaining, now));
        Level { allowed, remaining, wait: ((1.0 - remaining) / per_second).max(0.0) }
    }

    /// The advisory header fields.
    pub(super) fn mark(&self, level: Level, response: &mut Response) {
        let policy = format!("\"user\";q={};w=60", self.limit.per_minute);
        let state = format!("\"user\";r={};t={}", level.remaining.floor(), level.wait.ceil());
        response.headers.push(("octopus-ratelimit-policy".to_owned(), policy));
        response.headers.push(("octopus-ratelimit".to_owned(), state));
        if !level.allowed {
            response.headers.push(("retry-after".to_owned(), level.wait.ceil().max(1.0).to_string()));
        }
    }

    /// The answer to a caller whose bucket is empty.
    pub(super) fn refusal() -> Refusal {
        Refusal {
            status: 429,
            message: "Too many requests. Please wait before sending the next one.".to_owned(),
            errors: Vec::new(),
        }
    }
}
