//! What is made from the settings' types: the schemas, the manifest for CI servers, the tables of the
//! documentation.
//!
//! Everything here gives texts; `examples/generate.rs` writes them, and a test compares them with the files.

mod fields;
mod manifest;
mod packages;
mod plugin;
mod servers;
mod tables;

pub use packages::with_inputs;
pub use tables::{Page, pages, splice};

use serde_json::Value;

use crate::ci::report::{flows, releases, result, status};
use crate::document::schema;
use crate::event;
use crate::flow::definition::documents_schema;
use crate::settings::settings_schema;
use plugin::Manifest;

/// A file that is made, from its path within the repository and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The path, with `/`.
    pub path: &'static str,
    /// The whole text.
    pub text: String,
}

/// The files that are made as a whole: the schemas and the manifest.
#[must_use]
pub fn files() -> Vec<Made> {
    vec![
        Made { path: "schemas/settings.json", text: json(settings_schema()) },
        Made { path: "schemas/event.json", text: json(&event::schema()) },
        Made { path: "schemas/result.json", text: json(&result::schema()) },
        Made { path: "schemas/status.json", text: json(&status::schema()) },
        Made { path: "schemas/release.json", text: json(&releases::schema()) },
        Made { path: "schemas/releases.json", text: json(&releases::list_schema()) },
        Made { path: "schemas/store-check.json", text: json(&releases::check_schema()) },
        Made { path: "schemas/flows.json", text: json(&flows::schema()) },
        Made { path: "schemas/promotions.json", text: json(documents_schema()) },
        Made { path: "schemas/plugin.json", text: json(&schema::of_json::<Manifest>()) },
        Made { path: "plugin.toml", text: manifest::text(&manifest::manifest()) },
    ]
}

fn json(schema: &Value) -> String {
    format!("{schema:#}\n")
}
