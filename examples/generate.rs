//! Writes the files that are made from the settings' types: `cargo run --example generate`.
//!
//! These are `schemas/*.json`, `plugin.toml`, and the tables of options in the documentation. Run it after changing a
//! key of the settings, an event or a result; a test fails while the files differ.

use std::path::Path;
use std::{fs, io};

use promenade::ci::manifest::{files, pages, splice};

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
    Ok(())
}
