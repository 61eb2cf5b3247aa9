//! What CI servers read in files that a step leaves: output values, and pages of Markdown.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use regex::Regex;

/// The values in a file for them, as actions/runner reads it (`FileCommandManager.cs`).
pub(crate) fn outputs(text: &str) -> BTreeMap<String, String> {
    let (mut values, mut lines) = (BTreeMap::new(), text.lines());
    while let Some(line) = lines.next() {
        match (line.find('='), line.find("<<")) {
            (Some(equals), here) if here.is_none_or(|it| equals < it) => {
                values.insert(line[..equals].to_owned(), line[equals + 1..].to_owned());
            }
            (_, Some(here)) => {
                let value: Vec<_> = lines.by_ref().take_while(|it| *it != &line[here + 2..]).collect();
                values.insert(line[..here].to_owned(), value.join("\n"));
            }
            _ => {}
        }
    }
    values
}

/// The values in a file of `KEY=value`.
pub(crate) fn dotenv(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        (name.to_owned(), value.to_owned())
    };
    text.lines().map(pair).collect()
}

/// The variables of a shell that has read this file; nothing where there is no such shell.
pub(crate) fn exported(file: &Path) -> Option<BTreeMap<String, String>> {
    let mut shell = Command::new("bash");
    shell.args(["--norc", "-c", ". \"$0\" && env -0"]).arg(file).env_clear();
    let folder = file.parent().expect("it is in a folder");
    shell.env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(folder);
    let said = shell.output().ok()?;
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let all = String::from_utf8_lossy(&said.stdout).into_owned();
    Some(
        all.split('\0')
            .filter_map(|it| it.split_once('='))
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect(),
    )
}

/// Everything in a page of Markdown that is more than words, tables of five columns, and links to this server.
pub(crate) fn more_than_words(page: &str, server: &str) -> Vec<String> {
    let link = Regex::new(r"\[((?:\\.|[^\\\[\]])*)\]\(<([^<>\s]*)>\)").expect("a pattern");
    let mut found = Vec::new();
    for link in link.captures_iter(page).filter(|it| !it[2].starts_with(&format!("{server}/"))) {
        found.push(format!("a link to {}", &link[2]));
    }
    let without_links = link.replace_all(page, "$1");
    let plain = Regex::new(r"\\[!-/:-@\[-`{-~]").expect("a pattern").replace_all(&without_links, "");
    for sign in ["<", ">", "[", "]", "`", "~~", "://", "www.", "![", "__"] {
        if plain.contains(sign) {
            found.push(format!("{sign} in {plain}"));
        }
    }
    for line in plain.lines() {
        let begins = ["### promenade: ", "| ", "- **", "  - what to do: ", "- warning: "];
        if !line.is_empty() && !begins.iter().any(|it| line.starts_with(it)) {
            found.push(format!("a line that begins in foreign words: {line}"));
        }
        if line.starts_with('|') && line.matches('|').count() != 6 {
            found.push(format!("a row of other than five cells: {line}"));
        }
        if line.matches('*').count() != if line.starts_with("- **") { 4 } else { 0 } {
            found.push(format!("emphasis: {line}"));
        }
    }
    found
}
