//! The repository's own files, as the rules read them.

use std::path::{Path, PathBuf};

/// The folder that holds `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file's path from the root, with `/` between its parts, and its text.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every file under `folder` (from the root) whose name ends so, in the order of their paths.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut |path| {
        let name = from_root(path);
        if name.ends_with(ending) {
            let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{name}: {e}"));
            found.push(Source { path: name, text });
        }
    });
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The documents for people: the README and everything in `docs/`.
pub(crate) fn documents() -> Vec<Source> {
    let mut found = files("docs", ".md");
    let readme = root().join("README.md");
    if readme.is_file() {
        let text = std::fs::read_to_string(readme).expect("README.md is text");
        found.insert(0, Source { path: "README.md".into(), text });
    }
    found
}

/// The paths, from the root, of every file that the repository keeps.
pub(crate) fn every_path() -> Vec<String> {
    let mut found = Vec::new();
    walk(root(), &mut |path| found.push(from_root(path)));
    found
}

fn from_root(path: &Path) -> String {
    let inside = path.strip_prefix(root()).expect("the walk began at the root");
    inside.to_string_lossy().replace('\\', "/")
}

fn walk(folder: &Path, see: &mut dyn FnMut(&Path)) {
    const NOT_OURS: [&str; 3] = ["target", ".git", "node_modules"];
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    for path in paths {
        if NOT_OURS.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() { walk(&path, see) } else { see(&path) }
    }
}
