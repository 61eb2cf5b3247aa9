//! The CI server that started the process: what it says, and how it is spoken to. `promenade event` prints it.

use promenade::ci::result::RunVerdict;
use promenade::ci::servers::{CiServer, Field, Overrides, Recognised, recognise};
use promenade::text::clean;
use serde_json::{Map, Value, json};

use super::output::Output;
use super::secrets::{Environment, Reader};
use super::speaker::Speaker;

/// Speaks to the CI server from now on.
pub(crate) fn speak(overrides: &Overrides, environment: &Environment, output: &Output) {
    let found = CiServer::recognised(environment.variables()).map(|(server, _)| server);
    let server = overrides.server.or(found).unwrap_or(CiServer::Shell);
    output.speak_to(Speaker::new(server, environment.variables().clone()));
}

/// What the environment says.
///
/// # Errors
/// No server is recognised, or what the command line says does not fit it.
pub(crate) fn recognised(
    overrides: &Overrides,
    environment: &Environment,
) -> Result<Recognised, promenade::ci::servers::EventError> {
    recognise(environment.variables(), overrides, &Reader::new(environment))
}

/// Which variable would say something of the build, and is not Unicode text. To go on without it would take what it
/// says for not said; only who started the build decides nothing.
pub(crate) fn unreadable(found: &Recognised, environment: &Environment) -> Option<String> {
    let looked = found.looked.iter().filter(|(field, _)| **field != Field::StartedBy);
    let mut named = looked.flat_map(|(field, names)| names.iter().map(move |name| (field, name)));
    let (field, name) = named.find(|(_, name)| environment.unreadable().contains(*name))?;
    Some(format!(
        "the environment variable {name}, which says {field}, is not Unicode text; set it anew, or hand in the build event \
         with `--event FILE`"
    ))
}

/// `promenade event`.
pub(crate) fn event(overrides: &Overrides, environment: &Environment, output: &Output) -> u8 {
    let found = match recognised(overrides, environment) {
        Ok(found) => found,
        Err(error) => {
            output.error(&error.to_string());
            return RunVerdict::BadSettings.exit_code();
        }
    };
    if output.is_json() {
        output.json(&document(&found));
    } else {
        tell(&found, output);
    }
    // Without an id there is no build event, and `handle` would say the same.
    match found.event() {
        Ok(_) => 0,
        Err(error) => {
            output.error(&error.to_string());
            RunVerdict::BadSettings.exit_code()
        }
    }
}

fn tell(found: &Recognised, output: &Output) {
    let by = found.by.map_or("named by --ci".to_owned(), |it| format!("recognised by {it}"));
    output.say(&format!("CI server: {} ({by})", found.server));
    output.say(&format!("event: {}", found.moment));
    for field in Field::ALL {
        let told = match (found.known.get(&field), found.looked.get(&field)) {
            (Some(known), _) => format!("{}  (from {})", clean(&known.value), known.from.join(", ")),
            (None, Some(looked)) => format!("-  (not said by {})", looked.join(", ")),
            (None, None) => format!("-  ({} has no variable for it)", found.server),
        };
        output.say(&format!("{field}: {told}"));
    }
    if !found.parameters.is_empty() {
        let names: Vec<_> = found.parameters.keys().map(|it| clean(it)).collect();
        output.say(&format!("variables: {}", names.join(", ")));
    }
    for doubt in &found.doubts {
        output.say(&format!("warning: {}", clean(doubt)));
    }
}

/// The same as JSON: the names of variables, and no values of theirs, since nobody knows which are secret.
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
