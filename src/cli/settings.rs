//! Reads the settings: their file, with the flags laid over it and the environment beneath.

use std::path::Path;

use promenade::ci::Sources;
use promenade::ci::invocation::{DEFAULT_FILE, Invocation, SettingsSource};
use promenade::ci::report::{Line, Tone};
use promenade::document::Problems;
use promenade::settings::{Document, Settings};

use super::files;
use super::output::Output;
use super::process::Process;
use super::refusal::{Refusal, Unready};
use super::secrets::Reader;

/// Reads the settings.
pub(crate) fn settings(asked: &Invocation, process: &Process, output: &Output) -> Result<Settings, Unready> {
    let document = document(asked, output)?;
    Ok(Settings::load_where(&document, process.variables(), process.unreadable())?)
}

/// Hides every secret that settings name and that can be read, whether this run needs it or not. What a command
/// prints is known only once it is needed.
pub(crate) fn hide_named(settings: &Settings, process: &Process, output: &Output) {
    let reader = Reader::new(process);
    // One that cannot be read is reported where it is needed.
    output.hide(settings.secret_sources().iter().filter_map(|it| reader.secret(it).ok()));
}

/// What a file is called at the beginning of a line: some names would read as a command to a CI server there.
pub(super) fn name(path: &Path) -> String {
    let plain = |it: &str| it.starts_with(|it: char| it.is_alphanumeric() || "./\\_~".contains(it));
    let name = path.display().to_string();
    if plain(&name) { name } else { format!("./{name}") }
}

fn document(asked: &Invocation, output: &Output) -> Result<Document, Unready> {
    let file = match &asked.settings {
        SettingsSource::DefaultFile => {
            let bytes = files::bytes_if_there(Path::new(DEFAULT_FILE))?.ok_or_else(|| {
                Refusal::new(
                    format!("no settings file is named, and the working folder has no {DEFAULT_FILE}"),
                    "name the file with `--config`, or with the input `config`",
                )
            })?;
            default_file(&bytes, output)?
        }
        SettingsSource::DefaultFileIfThere => match files::bytes_if_there(Path::new(DEFAULT_FILE))? {
            Some(bytes) => default_file(&bytes, output)?,
            None => Document::empty(),
        },
        SettingsSource::File(path) => Document::parse(&files::bytes(path)?, &name(path))?,
        SettingsSource::Inline { name, text } => Document::parse(text.as_bytes(), name)?,
        SettingsSource::Nowhere => Document::empty(),
    };
    let whole = file.overlay(Document::from_flags(&asked.given, asked.expressions)?);
    Ok(asked.action.iter().fold(whole, |whole, (kind, origin)| whole.with_section(*kind, origin)))
}

fn default_file(bytes: &[u8], output: &Output) -> Result<Document, Problems> {
    let text = format!("promenade: the settings are those of {DEFAULT_FILE} in the working folder");
    output.lines(&[Line::new(Tone::Plain, text)]);
    Document::parse(bytes, DEFAULT_FILE)
}
