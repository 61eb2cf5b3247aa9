//! The planted mistakes still fit the sources: `scripts/mistakes` plants each and sees that a test notices.

use std::path::{Path, PathBuf};

/// The patches, by their names.
fn patches(root: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root.join("tests/engine/mistakes")).expect("the folder");
    folder.map(|it| it.expect("a file").path()).collect()
}

/// The file that a patch changes, and the lines of each of its parts that must be there.
fn expected(patch: &str) -> (String, Vec<String>) {
    let file = patch.lines().find_map(|it| it.strip_prefix("--- a/")).expect("a file").to_owned();
    let mut parts: Vec<String> = Vec::new();
    for line in patch.lines().skip(2) {
        if line.starts_with("@@") {
            parts.push(String::new());
        } else if let Some(old) = line.strip_prefix([' ', '-']) {
            let part = parts.last_mut().expect("a part");
            part.push_str(old);
            part.push('\n');
        }
    }
    (file, parts)
}

#[test]
fn every_mistake_can_be_planted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let patches = patches(root);
    assert!(patches.len() >= 30, "only {} mistakes", patches.len());
    for path in patches {
        let (file, parts) = expected(&std::fs::read_to_string(&path).expect("a patch"));
        let source = std::fs::read_to_string(root.join(&file)).expect("a source");
        assert!(!parts.is_empty(), "{} changes nothing", path.display());
        for part in parts {
            assert!(source.contains(&part), "{} does not fit {file}:\n{part}", path.display());
        }
    }
}
