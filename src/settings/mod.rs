//! The settings: what to do, for which project, on which server.
//!
//! A file, flags and environment become a [`Document`]; [`Settings::load`] checks it as a whole and reports every
//! problem at once.

mod checked_connection;
mod checks;
mod connection;
mod connections;
mod environment;
mod flag_layer;
mod flags;
mod flows;
mod layers;
pub(crate) mod lines;
mod load;
mod names;
mod schema;
mod section_checks;
mod sections;
pub(crate) mod templates;
pub(crate) mod wire;

pub use connection::{ClientCertificate, ConnectionSettings, CredentialSource, Proxy, ServerSettings};
pub use connections::NamedConnection;
pub use flags::{Flag, FlagArgument, FlagKind, FlagValue, connection_flags, flags};
pub use flows::{FlowSettings, StoreSettings};
pub use layers::Document;
pub use load::Settings;
pub use names::Names;
pub(crate) use schema::{default_of, help_of, part, section_schema, settings_schema};
pub(crate) use section_checks::section;
pub(crate) use sections::sections;

/// A length of time as settings write it: `90s`, `30m` or `2h`, from one second to seven days.
#[must_use]
pub fn duration(text: &str) -> Option<std::time::Duration> {
    crate::document::Span::parse(text.trim()).map(|it| it.0)
}

#[cfg(test)]
mod tests {
    mod flows;
    mod stories;
}
