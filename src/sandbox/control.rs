//! The control routes under `/sandbox/`: recorded requests, fault scripts, the state of the world.
//!
//! They need no credential, since the sandbox listens on loopback only. They are not recorded themselves, and
//! no fault hits them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::{
    World,
    faults::Script,
    message::{Request, Response},
    shared::Shared,
};

const ROUTES: &str = "GET, DELETE /sandbox/requests; GET, POST, DELETE /sandbox/faults; GET /sandbox/state; \
POST /sandbox/seed; POST /sandbox/outage";

/// The control route that a path means: at the root, or under the world's virtual directory.
pub(crate) fn path<'a>(base_path: &str, path: &'a str) -> Option<&'a str> {
    let is_control = |it: &&str| *it == "/sandbox" || it.starts_with("/sandbox/");
    Some(path).filter(is_control).or_else(|| path.strip_prefix(base_path).filter(is_control))
}

/// Answers a control request.
pub(crate) fn respond(shared: &Shared, request: &Request, now: Timestamp) -> Response {
    let method = request.method.as_str();
    match (request.path.as_str(), method) {
        ("/sandbox/requests", "GET") => Response::json(200, &json!(shared.contents().requests.all())),
        ("/sandbox/requests", "DELETE") => {
            shared.contents().requests.clear();
            nothing()
        }
        ("/sandbox/faults", "GET") => faults_left(shared),
        ("/sandbox/faults", "POST") => add_faults(shared, &request.body),
        ("/sandbox/faults", "DELETE") => {
            shared.contents().scripts.clear();
            nothing()
        }
        ("/sandbox/state", "GET") => Response::json(200, &shared.contents().world.summary(now)),
        ("/sandbox/seed", "POST") => replace_world(shared, &request.body, now),
        ("/sandbox/outage", "POST") => begin_outage(shared, &request.body),
        (path, _) => {
            let text = format!("there is no {method} {path}; there are: {ROUTES}");
            refusal(404, &text)
        }
    }
}

fn faults_left(shared: &Shared) -> Response {
    let now = shared.elapsed();
    Response::json(200, &json!(shared.contents().scripts.left(now)))
}

/// One script or a list; nothing is added if one of them is invalid.
fn add_faults(shared: &Shared, body: &[u8]) -> Response {
    let scripts = match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(items)) => items.into_iter().map(serde_json::from_value).collect(),
        Ok(one) => serde_json::from_value::<Script>(one).map(|script| vec![script]),
        Err(error) => Err(error),
    };
    match scripts {
        Ok(scripts) => {
            let now = shared.elapsed();
            let mut contents = shared.contents();
            scripts.into_iter().for_each(|script| contents.scripts.add(script, now));
            drop(contents);
            faults_left(shared)
        }
        Err(error) => refusal(400, &format!("this is no fault script: {error}")),
    }
}

/// The new world has its own key and space; recorded requests and scripts stay.
fn replace_world(shared: &Shared, body: &[u8], now: Timestamp) -> Response {
    let Ok(text) = std::str::from_utf8(body) else { return refusal(400, "the seed is not UTF-8") };
    match World::from_seed(text, now, shared.scale()) {
        Ok(world) => {
            let answer = json!({
                "apiKey": world.api_key(),
                "space": world.space_id(),
                "basePath": world.base_path(),
            });
            shared.contents().world = world;
            Response::json(200, &answer)
        }
        Err(error) => refusal(400, &format!("this is no seed: {error}")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outage {
    ms: u64,
}

/// The answer may not arrive: the outage resets this connection too.
fn begin_outage(shared: &Shared, body: &[u8]) -> Response {
    match serde_json::from_slice::<Outage>(body) {
        Ok(Outage { ms }) => {
            shared.go_away(Duration::from_millis(ms));
            nothing()
        }
        Err(error) => refusal(400, &format!("an outage is {{\"ms\": milliseconds}}: {error}")),
    }
}

fn nothing() -> Response {
    Response { status: 204, headers: Vec::new(), body: Vec::new() }
}

fn refusal(status: u16, text: &str) -> Response {
    Response::json(status, &json!({ "error": text }))
}
