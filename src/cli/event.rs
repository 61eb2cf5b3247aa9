//! `promenade event`: prints which CI server is recognised, and what it says of the build.

use promenade::ci::report::result::RunVerdict;
use promenade::ci::servers::{Field, Overrides, Recognised};
use promenade::text::clean;
use serde_json::{Map, Value, json};

use super::output::Output;
use super::process::Process;
use super::recognise::recognised;

/// Prints what the environment says. The exit code is that of bad settings where there is no build event in it.
pub(crate) fn event(overrides: &Overrides, process: &Process, output: &Output) -> u8 {
    let found = match recognised(overrides, process) {
        Ok(found) => found,
        Err(error) => {
            output.error(&error.to_string());
            return RunVerdict::BadSettings.exit_code();
        }
    };
    if output.is_json() {
        output.json(&document(&found));
    } else {
        print(&found, output);
    }
    // Without an id there is no build event, and `handle` would report the same.
    match found.event() {
        Ok(_) => 0,
        Err(error) => {
            output.error(&error.to_string());
            RunVerdict::BadSettings.exit_code()
        }
    }
}

fn print(found: &Recognised, output: &Output) {
    let by = found.by.map_or("named by --ci".to_owned(), |it| format!("recognised by {it}"));
    output.say(&format!("CI server: {} ({by})", found.server));
    output.say(&format!("event: {}", found.moment));
    for field in Field::ALL {
        let text = match (found.known.get(&field), found.looked.get(&field)) {
            (Some(known), _) => format!("{}  (from {})", clean(&known.value), known.from.join(", ")),
            (None, Some(looked)) => format!("-  (not said by {})", looked.join(", ")),
            (None, None) => format!("-  ({} has no variable for it)", found.server),
        };
        output.say(&format!("{field}: {text}"));
    }
    if !found.parameters.is_empty() {
        let names: Vec<_> = found.parameters.keys().map(|it| clean(it)).collect();
        output.say(&format!("variables: {}", names.join(", ")));
    }
    for doubt in &found.doubts {
        output.say(&format!("warning: {}", clean(doubt)));
    }
}

/// The same as JSON. Of other variables it has the names alone, since any value may be a secret.
fn document(found: &Recognised) -> String {
    let fields: Map<String, Value> = found
        .known
        .iter()
        .map(|(field, known)| (field.name().to_owned(), json!({ "value": known.value, "from": known.from })))
        .collect();
    let missing: Map<String, Value> =
        found.looked.iter().map(|(field, looked)| (field.name().to_owned(), json!(looked))).collect();
    let variables: Vec<_> = found.parameters.keys().collect();
    let document = json!({
        "server": found.server.name(),
        "recognisedBy": found.by,
        "event": found.moment.name(),
        "fields": fields,
        "missing": missing,
        "variables": variables,
        "warnings": found.doubts,
    });
    format!("{document:#}")
}
