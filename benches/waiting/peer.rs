//! The vendor's TypeScript client, where `scripts/test` has installed it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Sandbox, scrubbed};

/// Its modules, or the words to print where they are not there.
pub(crate) fn modules() -> Result<PathBuf, &'static str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/vendor/typescript-client/node_modules");
    if folder.join("@octopusdeploy/api-client").is_dir() {
        Ok(folder)
    } else {
        Err("the TypeScript client is not measured: scripts/test installs it")
    }
}

/// A command of `peer.js` on this sandbox.
pub(crate) fn command(modules: &Path, sandbox: &Sandbox, words: &[&str]) -> Command {
    let mut command = scrubbed("node");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/waiting/peer.js")).args(words);
    command.env("NODE_PATH", modules);
    sandbox.introduce(&mut command);
    command
}
