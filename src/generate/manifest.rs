//! The manifest of this version.

use crate::document::schema;
use crate::event::Moment;
use crate::settings::settings_schema;
use crate::settings::wire::TriggerEvent;

use super::fields;
use super::plugin::{Event, Manifest};

pub(super) fn manifest() -> Manifest {
    Manifest {
        manifest: 1,
        id: env!("CARGO_PKG_NAME").to_owned(),
        name: "Octopus Deploy".to_owned(),
        description: env!("CARGO_PKG_DESCRIPTION").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: ["promenade", "handle", "--config", "{settings}", "--event", "-"].map(str::to_owned).into(),
        events: events(),
        tabs: fields::tabs(settings_schema()),
    }
}

/// The events that may start an action, with what settings say of them.
fn events() -> Vec<Event> {
    let schema = schema::of_json::<TriggerEvent>();
    let event = |(name, help): (&str, &str)| {
        let moment = Moment::named(name).ok()?;
        Some(Event {
            name: name.to_owned(),
            help: help.to_owned(),
            stage: moment.has_stage(),
            status: moment.has_status(),
        })
    };
    schema::variants(&schema, &schema).into_iter().filter_map(event).collect()
}

/// The manifest as TOML.
pub(super) fn text(manifest: &Manifest) -> String {
    let head = "# Made from the types of the settings by `cargo run --example generate`; do not edit.\n\
                # schemas/plugin.json describes this format.\n\n";
    // Plain values alone are written, so that there is nothing that TOML could not say.
    format!("{head}{}", toml::to_string(manifest).unwrap_or_default())
}
