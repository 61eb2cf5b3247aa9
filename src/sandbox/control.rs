//! The control routes under `/sandbox/`: what was received, what is to go wrong, how the world stands.
//!
//! They need no credential, for the sandbox listens on loopback only, and they are neither entered in the
//! journal nor hit by faults.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::{
    World,
    exchange::{Request, Response},
    faults::Script,
    room::Room,
};

const ROUTES: &str = "GET, DELETE /sandbox/requests; GET, POST, DELETE /sandbox/faults; GET /sandbox/state; \
POST /sandbox/seed; POST /sandbox/outage";

/// The control route that a path means: at the root, or under the world's virtual directory.
pub(crate) fn path<'a>(base_path: &str, path: &'a str) -> Option<&'a str> {
    let is_control = |it: &&str| *it == "/sandbox" || it.starts_with("/sandbox/");
    Some(path).filter(is_control).or_else(|| path.strip_prefix(base_path).filter(is_control))
}

/// Answers a control request.
pub(crate) fn respond(room: &Room, request: &Request, now: Timestamp) -> Response {
    let method = request.method.as_str();
    match (request.path.as_str(), method) {
        ("/sandbox/requests", "GET") => Response::json(200, &json!(room.contents().journal.all())),
        ("/sandbox/requests", "DELETE") => {
            room.contents().journal.clear();
            nothing()
        }
        ("/sandbox/faults", "GET") => faults_left(room),
        ("/sandbox/faults", "POST") => add_faults(room, &request.body),
        ("/sandbox/faults", "DELETE") => {
            room.contents().scripts.clear();
            nothing()
        }
        ("/sandbox/state", "GET") => Response::json(200, &room.contents().world.summary(now)),
        ("/sandbox/seed", "POST") => replace_world(room, &request.body, now),
        ("/sandbox/outage", "POST") => begin_outage(room, &request.body),
        (path, _) => {
            let text = format!("there is no {method} {path}; there are: {ROUTES}");
            refusal(404, &text)
        }
    }
}

fn faults_left(room: &Room) -> Response {
    let now = room.elapsed();
    Response::json(200, &json!(room.contents().scripts.left(now)))
}

/// One script or a list; nothing is added where one of them is wrong.
fn add_faults(room: &Room, body: &[u8]) -> Response {
    let scripts = match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(items)) => items.into_iter().map(serde_json::from_value).collect(),
        Ok(one) => serde_json::from_value::<Script>(one).map(|script| vec![script]),
        Err(error) => Err(error),
    };
    match scripts {
        Ok(scripts) => {
            let now = room.elapsed();
            let mut contents = room.contents();
            scripts.into_iter().for_each(|script| contents.scripts.add(script, now));
            drop(contents);
            faults_left(room)
        }
        Err(error) => refusal(400, &format!("this is no fault script: {error}")),
    }
}

/// The new world has its own key and space; the journal and the scripts stay.
fn replace_world(room: &Room, body: &[u8], now: Timestamp) -> Response {
    let Ok(text) = std::str::from_utf8(body) else { return refusal(400, "the seed is not UTF-8") };
    match World::from_seed(text, now, room.scale()) {
        Ok(world) => {
            let answer = json!({
                "apiKey": world.api_key(),
                "space": world.space_id(),
                "basePath": world.base_path(),
            });
            room.contents().world = world;
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

/// The answer may not arrive any more: the outage takes this connection too.
fn begin_outage(room: &Room, body: &[u8]) -> Response {
    match serde_json::from_slice::<Outage>(body) {
        Ok(Outage { ms }) => {
            room.go_away(Duration::from_millis(ms));
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
