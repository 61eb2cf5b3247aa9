//! The rate limit: a bucket of requests for each caller, refilled evenly.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::sandbox::message::Response;
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

    /// Takes one request from the caller's bucket, if one is left.
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::{Bench, READER};

    #[test]
    fn the_rate_limit_is_off_until_a_seed_sets_it() {
        let mut bench = Bench::new();
        for _ in 0..300 {
            assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 200);
        }
        let mut bench = Bench::changed(|seed| seed["rateLimit"] = json!({ "perMinute": 60, "burst": 5 }));
        let header = |response: &crate::sandbox::Response, name: &str| {
            response.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone())
        };
        for left in (0..5).rev() {
            let response = bench.send("GET", "/api/users/me", &Value::Null);
            assert_eq!(response.status, 200);
            assert!(header(&response, "octopus-ratelimit").unwrap().contains(&format!("r={left};")));
        }
        let response = bench.send("POST", "/api/Spaces-1/releases/create/v1", &json!({}));
        assert_eq!((response.status, header(&response, "retry-after").as_deref()), (429, Some("1")));
        bench.key = READER.to_owned();
        assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 200, "each caller has an own bucket");
        bench.key = bench.world.api_key().to_owned();
        bench.pass(1);
        assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 200);
        assert_eq!(bench.ask("GET", "/api/users/me", Value::Null).0, 429);
    }
}
