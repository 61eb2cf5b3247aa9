//! What the scenarios share: the repository's files, the real program in a clean environment, and a
//! loud word for a check that could not run.

pub(crate) mod documents;
pub(crate) mod folder;
pub(crate) mod front;
pub(crate) mod grammar;
pub(crate) mod hearsay;
pub(crate) mod program;
pub(crate) mod servers;
pub(crate) mod shop;
pub(crate) mod signals;
pub(crate) mod tls;
pub(crate) mod tree;
pub(crate) mod trio;

use std::fs::OpenOptions;
use std::io::Write as _;

/// Says that a check did not run, where neither the test harness nor a green tick can hide it.
///
/// The words go past the harness's capture to standard error, and into the file that `scripts/test`
/// counts. Where `CI` is set nothing may be left out, so there the test fails.
pub(crate) fn left_out(what: &str, because: &str) {
    let words = format!("NOT RUN: {what}: {because}\n");
    assert!(std::env::var_os("CI").is_none(), "{words}");
    std::io::stderr().write_all(words.as_bytes()).expect("standard error takes a line");
    if let Some(file) = std::env::var_os("PROMENADE_LEFT_OUT") {
        let mut list = OpenOptions::new().append(true).create(true).open(file).expect("the list opens");
        list.write_all(words.as_bytes()).expect("the list takes a line");
    }
}
