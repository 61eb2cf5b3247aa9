//! The rules of the house: who may import whom, what touches the world, how long files and functions are, and
//! what documents may say.
//!
//! Each rule is a pure function over a path and its text, and under each stand planted violations
//! that it must catch. The rules read text, not types; `docs/architecture.md` says what that misses.

mod crates;
mod imports;
mod lengths;
mod paths;
mod rings;
mod rust_text;
mod uses;
mod words;

use crate::support::left_out;
use crate::support::tree::{self, Source};

/// Each module may import the modules named beside it, and no others.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("text", &[]),
    ("document", &["text"]),
    ("event", &["text", "document", "model"]),
    ("flow", &["text", "document", "model"]),
    ("settings", &["text", "document", "event", "model", "http"]),
    ("http", &[]),
    ("octopus", &["http"]),
    ("sandbox", &[]),
    ("backend", &["text", "model", "octopus"]),
    ("actions", &["model", "backend"]),
    ("store", &["model", "flow"]),
    ("driver", &["model", "flow", "store", "backend", "actions"]),
    (
        "ci",
        &["text", "document", "event", "settings", "model", "flow", "backend", "actions", "store", "driver"],
    ),
    ("generate", &["text", "document", "event", "settings", "model", "flow", "ci"]),
];

/// The files and folders that touch network, disk, process or clock. Everything else decides.
const TOUCHES_THE_WORLD: &[&str] = &[
    "src/main.rs",
    "src/cli/",
    "src/actions/mod.rs",
    "src/actions/tests.rs",
    "src/actions/watch/",
    "src/backend/context.rs",
    "src/backend/folder.rs",
    "src/backend/octopus/automatic.rs",
    "src/backend/octopus/completion.rs",
    "src/backend/octopus/explain.rs",
    "src/backend/octopus/look.rs",
    "src/backend/octopus/mod.rs",
    "src/backend/octopus/settle.rs",
    "src/backend/octopus/watch.rs",
    "src/backend/octopus/writing.rs",
    "src/backend/permit.rs",
    "src/backend/settle.rs",
    "src/backend/stop.rs",
    "src/ci/run/clock.rs",
    "src/driver/",
    "src/http/client.rs",
    "src/http/connector.rs",
    "src/http/failure.rs",
    "src/http/leave.rs",
    "src/http/limiter.rs",
    "src/http/moment.rs",
    "src/http/proxy.rs",
    "src/http/raw.rs",
    "src/http/retry.rs",
    "src/http/server_url.rs",
    "src/http/transport.rs",
    "src/octopus/client.rs",
    "src/octopus/credential.rs",
    "src/octopus/login.rs",
    "src/octopus/oidc.rs",
    "src/sandbox/body.rs",
    "src/sandbox/connection.rs",
    "src/sandbox/handler.rs",
    "src/sandbox/server.rs",
    "src/sandbox/shared.rs",
    "src/store/db.rs",
    "src/store/driver_lock.rs",
    "src/store/error.rs",
    "src/store/files.rs",
    "src/store/handle.rs",
    "src/store/tests/",
];

/// The files that know of the second home of releases, which only tests have: it proves the verbs of the backend.
const KNOWS_THE_HOME_OF_TESTS: &[&str] =
    &["src/backend/cause.rs", "src/backend/home.rs", "src/backend/mod.rs", "src/backend/opaque.rs"];

/// The files that may print, exit and read the environment: the binary's own.
const SPEAKS: &[&str] = &["src/main.rs", "src/cli/"];

fn sources() -> Vec<Source> {
    let found = tree::files("src", ".rs");
    assert!(found.iter().any(|it| it.path == "src/lib.rs"), "the walk found no crate");
    found
}

/// Fails with every problem at once.
fn none_of(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let sources = sources();
    let mut problems: Vec<String> =
        sources.iter().flat_map(|it| imports::problems(&it.path, &it.text, MAY_IMPORT)).collect();
    for (module, _) in MAY_IMPORT {
        if !sources.iter().any(|it| imports::module_of(&it.path) == *module) {
            problems.push(format!("the table names {module}, which src/ does not have"));
        }
    }
    none_of(problems);
}

#[test]
fn only_named_files_touch_the_world() {
    let sources = sources();
    let mut problems: Vec<String> = sources
        .iter()
        .filter(|it| !under(&it.path, TOUCHES_THE_WORLD))
        .flat_map(|it| words::impure(&it.path, &it.text))
        .collect();
    for entry in TOUCHES_THE_WORLD.iter().filter(|it| it.ends_with(".rs") && **it != "src/main.rs") {
        let file = sources.iter().find(|it| it.path == *entry);
        if file.is_none_or(|it| words::impure(&it.path, &it.text).is_empty()) {
            problems.push(format!("{entry} no longer touches the world: take it off the list"));
        }
    }
    none_of(problems);
}

#[test]
fn only_the_binary_speaks() {
    let sources = sources();
    let rest = sources.iter().filter(|it| !under(&it.path, SPEAKS));
    none_of(rest.flat_map(|it| words::speaking(&it.path, &it.text)).collect());
}

#[test]
fn every_file_opens_with_what_it_is() {
    let mut files = sources();
    files.extend(tree::files("tests", ".rs"));
    files.extend(tree::files("benches", ".rs"));
    none_of(files.iter().flat_map(|it| words::opening(&it.path, &it.text)).collect());
}

#[test]
fn tests_stand_under_the_code_they_test() {
    let sources = sources();
    let rest = sources.iter().filter(|it| !under(&it.path, KNOWS_THE_HOME_OF_TESTS));
    none_of(rest.flat_map(|it| words::test_only_code(&it.path, &it.text)).collect());
}

#[test]
fn no_files_import_each_other_in_a_ring() {
    let imports = rings::imports(&sources());
    none_of(rings::rings(&imports).iter().map(|it| rings::described(&imports, it)).collect());
}

#[test]
fn files_are_short() {
    let files = lengths::files(&sources());
    let long = lengths::over_unless(95, &files, 300);
    let too_long = lengths::over(&files, 500);
    let of = |breach: &str, some: Vec<String>| -> Vec<String> {
        some.into_iter().map(|it| format!("{it}: {breach}")).collect()
    };
    none_of([of("more than 5 % of files are over 300 lines", long), of("over 500 lines", too_long)].concat());
}

#[test]
fn functions_are_short() {
    let functions = lengths::functions(&sources());
    let long = lengths::over_unless(90, &functions, 25);
    let too_long = lengths::over(&functions, 60);
    let of = |breach: &str, some: Vec<String>| -> Vec<String> {
        some.into_iter().map(|it| format!("{it}: {breach}")).collect()
    };
    none_of(
        [of("more than 10 % of functions are over 25 lines", long), of("over 60 lines", too_long)].concat(),
    );
}

#[test]
fn every_path_in_the_documents_exists() {
    let here = tree::every_path();
    let documents = tree::documents();
    none_of(documents.iter().flat_map(|it| paths::missing(&it.path, &it.text, &here)).collect());
}

#[test]
fn every_dependency_has_its_row() {
    let read = |path: &str| std::fs::read_to_string(tree::root().join(path)).unwrap();
    none_of(crates::problems(&read("Cargo.toml"), &read("docs/dependencies.md")));
}

#[test]
fn plain_cargo_test_says_what_it_leaves_out() {
    // scripts/test sets this variable, and runs the rest itself.
    if std::env::var_os("PROMENADE_LEFT_OUT").is_none() {
        let rest = "format, lints, the documentation's build, licences, advisories, the vendors' clients";
        left_out(rest, "run scripts/test");
    }
}

fn under(path: &str, entries: &[&str]) -> bool {
    entries.iter().any(|it| path == *it || (it.ends_with('/') && path.starts_with(it)))
}
