//! The variables of each CI server, as it gives them to a step.

use std::path::Path;
use std::process::Command;

use super::tree;

/// The variables of `tests/data/ci-servers/NAME.env`; `FOLDER` in a value is this folder.
pub(crate) fn variables(name: &str, folder: &Path) -> Vec<(String, String)> {
    let lines = text(&format!("{name}.env"), folder);
    let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    lines.lines().map(|it| pair(it).unwrap_or_else(|| panic!("{name}.env: {it}"))).collect()
}

/// A file beside the variables, likewise.
pub(crate) fn text(file: &str, folder: &Path) -> String {
    let path = tree::root().join("tests/data/ci-servers").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    text.replace("FOLDER", &folder.display().to_string())
}

/// Gives a command the variables of a server, and writes the files that they name into the folder.
pub(crate) fn at_home(command: &mut Command, name: &str, folder: &Path) {
    command.envs(variables(name, folder));
    if name == "teamcity" {
        for file in ["teamcity.build.properties", "teamcity.config.parameters"] {
            std::fs::write(folder.join(file), text(file, folder)).expect("the folder can be written");
        }
    }
}
