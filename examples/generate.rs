//! Writes the files that are made from the settings' types: `cargo run --example generate`.
//!
//! These are `schemas/*.json`, `plugin.toml`, the tables of options in the documentation, and the lists of inputs in the
//! packages. Run it after changing a key of the settings, an event or a result; a test fails while the files differ.

use std::path::Path;
use std::{fs, io};

use promenade::generate::{files, pages, splice, with_inputs};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(root.join("schemas"))?;
    for made in files() {
        fs::write(root.join(made.path), made.text)?;
    }
    for page in pages() {
        let path = root.join(page.path);
        let text = fs::read_to_string(&path)?;
        let made = splice(&text, &page.tables)
            .ok_or_else(|| io::Error::other(format!("{} has no markers for its tables", page.path)))?;
        fs::write(path, made)?;
    }
    lists(&root.join("docs/inputs.md"))?;
    lists(&root.join("integrations"))
}

/// Makes the lists of inputs in a file, or in every file of a folder.
fn lists(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return fs::read_dir(path)?.try_for_each(|it| lists(&it?.path()));
    }
    // What is not text holds no list.
    let Ok(text) = fs::read_to_string(path) else { return Ok(()) };
    let made =
        with_inputs(&text).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
    if made == text { Ok(()) } else { fs::write(path, made) }
}
