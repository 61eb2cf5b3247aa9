//! The proof of the engine of promotion flows: a search through all places of courses of every shape, beside an oracle
//! that does not share the engine's code.

mod again;
mod courses;
mod demands;
mod expect;
mod inputs;
mod meaning;
mod reading;
mod search;

use promenade::flow::course::Course;
use search::{Scope, search};

/// Searches a course, prints what was searched, and demands that it was at least this much.
fn searched(name: &str, course: &Course, scope: Scope, least: usize) {
    let started = std::time::Instant::now();
    let counts = search(course, scope);
    println!("{name}: {counts:?} in {:?}", started.elapsed());
    assert!(counts.places >= least, "{name}: only {counts:?}");
}

#[test]
fn a_chain() {
    searched(
        "chain",
        &courses::chain(),
        Scope { suspend: false, late: false, refuse: false, rounds: 1, ..Scope::ALL },
        1000,
    );
}
#[test]
fn people() {
    searched("people", &courses::people(), Scope { rounds: 1, ..Scope::ALL }, 1000);
}
#[test]
fn diamond() {
    searched(
        "diamond",
        &courses::diamond(),
        Scope { suspend: false, late: false, refuse: false, ..Scope::ALL },
        1000,
    );
}
#[test]
fn any_of() {
    searched(
        "any-of",
        &courses::any_of(),
        Scope { suspend: false, late: false, refuse: false, ..Scope::ALL },
        1000,
    );
}
#[test]
fn two_of_three() {
    searched(
        "two of three",
        &courses::two_of_three(),
        Scope { suspend: false, late: false, refuse: false, ..Scope::ALL },
        1000,
    );
}
#[test]
fn approved() {
    searched("approved", &courses::approved(), Scope { suspend: false, ..Scope::ALL }, 1000);
}
#[test]
fn soaked() {
    searched("soaked", &courses::soaked(), Scope { suspend: false, ..Scope::ALL }, 1000);
}
#[test]
fn failure() {
    searched("failure", &courses::failure(), Scope { suspend: false, late: false, ..Scope::ALL }, 1000);
}
#[test]
fn hooked() {
    searched("hooked", &courses::hooked(), Scope { suspend: false, ..Scope::ALL }, 1000);
}
#[test]
fn side_by_side() {
    searched(
        "side by side",
        &courses::side_by_side(),
        Scope { suspend: false, late: false, refuse: false, ..Scope::ALL },
        1000,
    );
}
