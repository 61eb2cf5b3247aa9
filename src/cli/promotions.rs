//! Reads the folder of promotion flows.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use promenade::ci::invocation::DEFAULT_FILE;
use promenade::document::{Format, Problems, Source};
use promenade::flow::definition::{Checked, KnownConnection, MOST_BYTES, MOST_FILES, read};
use promenade::model::ConnectionName;
use promenade::settings::{Document, FlowSettings, NamedConnection};

use super::files;
use super::process::Process;
use super::refusal::{Refusal, Unready};
use super::settings::name;

/// The folder where no flag says it.
const DEFAULT_FOLDER: &str = "promotions";

/// How deep folders may be nested.
const DEEPEST: usize = 16;

/// A file that was read.
struct Read {
    name: String,
    bytes: Vec<u8>,
}

/// Reads and checks the definitions that the command line names: `--promotions`, and `--config` for the connections.
///
/// # Errors
/// The folder cannot be read or has no document, or there is a problem in it or in the settings; all of them together.
pub(crate) fn definitions(matches: &ArgMatches, process: &Process) -> Result<Checked, Unready> {
    let config = matches.get_one::<PathBuf>("config");
    let folder = match matches.get_one::<PathBuf>("promotions") {
        Some(folder) => folder.clone(),
        None => beside(config),
    };
    let files = files_of(&folder)?;
    let settings = settings(config)?;
    let (connections, mut wrong) = match settings.map(|it| known(&it, process)).transpose() {
        Ok(connections) => (connections, Vec::new()),
        Err(problems) => (None, vec![problems]),
    };
    let sources: Vec<_> =
        files.iter().map(|it| Source { name: &it.name, bytes: &it.bytes, format: Format::Yaml }).collect();
    match read(&sources, connections.as_ref()) {
        Ok(checked) if wrong.is_empty() => Ok(checked),
        Ok(_) => Err(Unready::Problems(wrong)),
        Err(problems) => {
            wrong.push(problems);
            Err(Unready::Problems(wrong))
        }
    }
}

/// The folder `promotions` next to the settings file, or in the working folder.
fn beside(config: Option<&PathBuf>) -> PathBuf {
    let parent = config.and_then(|it| it.parent()).filter(|it| !it.as_os_str().is_empty());
    parent.map_or_else(|| DEFAULT_FOLDER.into(), |it| it.join(DEFAULT_FOLDER))
}

/// The settings; `None` where no file is named and the working folder has none.
fn settings(config: Option<&PathBuf>) -> Result<Option<Document>, Unready> {
    Ok(match config {
        Some(path) => Some(Document::parse(&files::bytes(path)?, &name(path))?),
        None => match files::bytes_if_there(Path::new(DEFAULT_FILE))? {
            Some(bytes) => Some(Document::parse(&bytes, DEFAULT_FILE)?),
            None => None,
        },
    })
}

/// The connections of the settings.
fn known(
    document: &Document,
    process: &Process,
) -> Result<BTreeMap<ConnectionName, KnownConnection>, Problems> {
    let named = FlowSettings::connections(document, process.variables())?;
    let place = |it: NamedConnection| KnownConnection { address: it.url, space: it.space };
    Ok(named.into_iter().map(|(name, it)| (name, place(it))).collect())
}

/// The YAML files of a folder and of the folders in it, in the order of their paths.
fn files_of(folder: &Path) -> Result<Vec<Read>, Refusal> {
    let mut paths = Vec::new();
    walk(folder, DEEPEST, &mut paths).map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "name the folder of the definitions with `--promotions`",
            _ => "check that it is a folder that can be read",
        };
        Refusal::new(format!("the folder {} cannot be read: {error}", folder.display()), remedy)
    })?;
    if paths.is_empty() {
        let message = format!("the folder {} has no `.yaml` and no `.yml` file", folder.display());
        return Err(Refusal::new(message, "name the folder of the definitions with `--promotions`"));
    }
    paths.sort();
    let (mut files, mut bytes) = (Vec::new(), 0);
    for path in paths {
        let file = Read { name: name(&path), bytes: files::bytes(&path)? };
        bytes += file.bytes.len();
        files.push(file);
        // Enough for the reader to see that it is too much.
        if bytes > MOST_BYTES {
            break;
        }
    }
    Ok(files)
}

/// Adds the YAML files below a folder. What begins with a dot is left out, such as `.git`, and links to folders are not
/// followed: they may lead back.
fn walk(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let is_yaml = Format::of_name(&path.to_string_lossy()) == Some(Format::Yaml);
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            walk(&path, depth - 1, paths)?;
        } else if is_yaml && !kind.is_dir() && std::fs::metadata(&path)?.is_file() {
            paths.push(path);
        }
        if paths.len() > MOST_FILES {
            break;
        }
    }
    Ok(())
}
