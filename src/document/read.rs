//! Bytes into text, and text into a tree: what every format has in common.

use std::sync::Arc;

use super::lines::Lines;
use super::problem::{Origin, Problem, Problems};
use super::tree::Node;
use super::{json, toml};

/// The largest text that is read, in bytes: 1 MiB.
const LARGEST: usize = 1024 * 1024;

/// Reads a TOML text. `name` is what problems call it.
///
/// # Errors
/// All places where the text is not TOML, or that it is larger than 1 MiB or not UTF-8.
pub(crate) fn read_toml(bytes: &[u8], name: &str) -> Result<Node, Problems> {
    let file = Arc::from(name);
    let text = as_text(bytes, &file)?;
    let (root, problems) = toml::parse(text, &file);
    Problems::or(problems, root)
}

/// Reads a JSON text. `name` is what problems call it.
///
/// # Errors
/// The first place where the text is not JSON or says a key twice, or that it is larger than 1 MiB or not UTF-8.
pub(crate) fn read_json(bytes: &[u8], name: &str) -> Result<Node, Problems> {
    let file = Arc::from(name);
    let text = as_text(bytes, &file)?;
    json::parse(text, &file).map_err(Problems::one)
}

/// Parses a JSON text that is a value by itself and no file.
///
/// # Errors
/// The first place where the text is not JSON or says a key twice.
pub(crate) fn parse_json(text: &str) -> Result<Node, Problem> {
    json::parse(text, &Arc::from("value"))
}

/// The sign that some programs put before a text to say how it is encoded. It is no part of the text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The bytes as text that is not too large.
fn as_text<'a>(bytes: &'a [u8], file: &Arc<str>) -> Result<&'a str, Problems> {
    if bytes.len() > LARGEST {
        let message = format!("the text has {} bytes, and at most {LARGEST} are read", bytes.len());
        return Err(Problems::one(Problem::new(
            &Origin::start_of(file),
            message,
            "check that this is the right file",
        )));
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
        let origin = Lines::of(&valid, file).origin(valid.len());
        Problems::one(Problem::new(&origin, "the text is not UTF-8", "save the file as UTF-8"))
    })
}
