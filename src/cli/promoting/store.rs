//! Where promotions are recorded: the file that the settings name, or the one in the user's state folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use promenade::ci::Sources;
use promenade::ci::invocation::DEFAULT_FILE;
use promenade::settings::{Document, FlowSettings, StoreSettings};
use promenade::store::{Access, Store, StoreError};

use crate::cli::files;
use crate::cli::output::Output;
use crate::cli::process::Process;
use crate::cli::refusal::{Refusal, Unready};
use crate::cli::secrets::Reader;
use crate::cli::settings::name;

/// The settings that the command line names, or those of the working folder, if there are any.
pub(crate) fn document(config: Option<&PathBuf>) -> Result<Document, Unready> {
    Ok(match config {
        Some(path) => Document::parse(&files::bytes(path)?, &name(path))?,
        None => match files::bytes_if_there(Path::new(DEFAULT_FILE))? {
            Some(bytes) => Document::parse(&bytes, DEFAULT_FILE)?,
            None => Document::empty(),
        },
    })
}

/// Hides every secret that the settings name and that can be read: what others wrote into the store may quote it.
pub(crate) fn hide_secrets(document: &Document, process: &Process, output: &Output) {
    let reader = Reader::new(process);
    output.hide(FlowSettings::secrets_of(document).iter().filter_map(|it| reader.secret(it).ok()));
}

/// Opens the store. For writing, the folder is made if it does not exist, for its user alone.
pub(crate) async fn open(
    document: &Document,
    access: Access,
    process: &Process,
) -> Result<Arc<Store>, Unready> {
    let path = match FlowSettings::store_of(document)? {
        StoreSettings::Path(path) => path,
        StoreSettings::Default => default_path(process)?,
        StoreSettings::Url(_) => {
            let message = "store.url: this version keeps its store in a file, and opens no database";
            return Err(Refusal::new(message, "set `path` in `[store]` instead").into());
        }
    };
    if access == Access::ReadWrite {
        make_folder(&path)?;
    }
    Ok(Arc::new(Store::open(&path, access).await.map_err(refusal)?))
}

/// Why the store cannot be used.
fn refusal(error: StoreError) -> Unready {
    let advice = error.advice().unwrap_or_default();
    Refusal::new(error.to_string(), advice).into()
}

/// The file in the user's state folder.
fn default_path(process: &Process) -> Result<PathBuf, Refusal> {
    let folder = |name: &str| process.variable(name).map(PathBuf::from).filter(|it| it.is_absolute());
    let state = folder("XDG_STATE_HOME")
        .or_else(|| folder("HOME").map(|it| it.join(".local").join("state")))
        .or_else(|| folder("LOCALAPPDATA"));
    let state = state.ok_or_else(|| {
        let message =
            "the folder for the store is not known: neither XDG_STATE_HOME nor HOME is an absolute path";
        Refusal::new(message, "set `path` in `[store]`")
    })?;
    Ok(state.join("promenade").join("promenade.db"))
}

fn make_folder(path: &Path) -> Result<(), Refusal> {
    let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        let message = format!("the folder {} cannot be made: {error}", folder.display());
        Refusal::new(message, "make it, or set `path` in `[store]`")
    })
}
