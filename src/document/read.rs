//! Reads bytes into text, and text into a tree: the part that all formats share.

use std::sync::Arc;

use super::lines::Lines;
use super::problem::{Origin, Problem, Problems};
use super::tree::Node;
use super::{json, toml, yaml};

/// The largest text that is read, in bytes: 1 MiB.
const LARGEST: usize = 1024 * 1024;

/// The format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// TOML 1.0: one document.
    Toml,
    /// JSON: one document.
    Json,
    /// YAML 1.2 with its core schema: any number of documents.
    Yaml,
}

impl Format {
    /// The format for a file's extension, in any case; `None` if it is not supported.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// A text to be read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name in problems, such as its path.
    pub name: &'a str,
    /// The text in UTF-8, 1 MiB at most.
    pub bytes: &'a [u8],
    /// The format that it is written in.
    pub format: Format,
}

/// The documents of a text, in their order.
///
/// # Errors
///
/// All errors of syntax in the text; of a JSON text only the first.
pub fn read(source: &Source<'_>) -> Result<Vec<Node>, Problems> {
    read_all([*source])
}

/// The documents of several texts, in their order. Each location in them names its file.
///
/// # Errors
///
/// The problems of all texts.
pub fn read_all<'a>(sources: impl IntoIterator<Item = Source<'a>>) -> Result<Vec<Node>, Problems> {
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for source in sources {
        let (read, wrong) = what_can_be_read(&source);
        documents.extend(read);
        problems.extend(wrong);
    }
    Problems::or(problems, documents)
}

/// The documents of a text that can be read, and the problems of the others: who checks many documents together
/// reports what is wrong in the readable ones as well.
pub(crate) fn what_can_be_read(source: &Source<'_>) -> (Vec<Node>, Vec<Problem>) {
    let file = Arc::from(source.name);
    match as_text(source.bytes, &file) {
        Ok(text) => parse(text, &file, source.format),
        Err(problem) => (Vec::new(), vec![problem]),
    }
}

fn parse(text: &str, file: &Arc<str>, format: Format) -> (Vec<Node>, Vec<Problem>) {
    match format {
        Format::Toml => {
            let (root, problems) = toml::parse(text, file);
            (vec![root], problems)
        }
        Format::Json => match json::parse(text, file) {
            Ok(root) => (vec![root], Vec::new()),
            Err(problem) => (Vec::new(), vec![problem]),
        },
        Format::Yaml => yaml::parse(text, file),
    }
}

/// Reads a TOML text. `name` is its name in problems.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_toml(bytes: &[u8], name: &str) -> Result<Node, Problems> {
    let file = Arc::from(name);
    let (root, problems) = toml::parse(as_text(bytes, &file).map_err(Problems::one)?, &file);
    Problems::or(problems, root)
}

/// Reads a JSON text. `name` is its name in problems.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_json(bytes: &[u8], name: &str) -> Result<Node, Problems> {
    let file = Arc::from(name);
    as_text(bytes, &file).and_then(|it| json::parse(it, &file)).map_err(Problems::one)
}

/// Parses a JSON text that is a value by itself and no file.
///
/// # Errors
///
/// The first location where the text is not JSON or has a duplicate key.
pub(crate) fn parse_json(text: &str) -> Result<Node, Problem> {
    json::parse(text, &Arc::from("value"))
}

/// The byte order mark that some programs put before a text. It is not part of the text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The bytes as text that is not too large.
fn as_text<'a>(bytes: &'a [u8], file: &Arc<str>) -> Result<&'a str, Problem> {
    if bytes.len() > LARGEST {
        let message = format!("the text has {} bytes, and at most {LARGEST} are read", bytes.len());
        return Err(Problem::new(&Origin::start_of(file), message, "check that this is the right file"));
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
        let origin = Lines::of(&valid, file).origin(valid.len());
        Problem::new(&origin, "the text is not UTF-8", "save the file as UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source<'a>(name: &'a str, text: &'a str) -> Source<'a> {
        Source { name, bytes: text.as_bytes(), format: Format::of_name(name).expect("a format") }
    }

    #[test]
    fn the_format_is_in_the_name() {
        for (name, format) in [
            ("promenade.toml", Some(Format::Toml)),
            ("a/b.JSON", Some(Format::Json)),
            ("a.b.yaml", Some(Format::Yaml)),
            (".yml", Some(Format::Yaml)),
            ("yaml", None),
            ("a.yaml/b", None),
            ("a.txt", None),
            ("", None),
        ] {
            assert_eq!(Format::of_name(name), format, "{name}");
        }
    }

    #[test]
    fn many_files_have_one_list_of_problems() {
        let files = [
            source("z.yaml", "a: [1\n---\nb: {c: 1, c: 2}\n"),
            source("b.toml", "a = \nb = 1\n"),
            source("c.json", "{\"a\": }"),
            source("good.yaml", "a: 1"),
        ];
        let latin = Source { name: "latin.yaml", bytes: b"a: 1\nb: \xe9\n", format: Format::Yaml };
        let problems = read_all(files.into_iter().chain([latin])).expect_err("problems");
        let places: Vec<_> =
            problems.one_by_one().map(|it| it.splitn(4, ':').take(3).collect::<Vec<_>>().join(":")).collect();
        assert_eq!(places, ["b.toml:1:5", "c.json:1:7", "latin.yaml:2:4", "z.yaml:1:4", "z.yaml:3:11"]);
    }

    #[test]
    fn the_documents_of_many_files_come_in_order_and_know_their_file() {
        let files =
            [source("z.yaml", "a: 1\n---\nb: 2\n"), source("a.toml", "c = 3"), source("b.json", "[4]")];
        let documents = read_all(files).expect("good files");
        let found: Vec<_> = documents.iter().map(|it| it.to_json().to_string()).collect();
        assert_eq!(found, [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#, "[4]"]);
        let files = documents.iter().map(|it| match &it.origin {
            Origin::File { file, line, .. } => format!("{file}:{line}"),
            other => format!("{other:?}"),
        });
        assert_eq!(files.collect::<Vec<_>>(), ["z.yaml:1", "z.yaml:3", "a.toml:1", "b.json:1"]);
    }
}
