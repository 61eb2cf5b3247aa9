//! The proof of the engine of promotion flows: a search through all places of courses of every shape, beside an oracle
//! that does not share the engine's code.
//!
//! `PROMENADE_ENGINE=wide` searches further; `scripts/engine` runs that.

mod again;
mod begin;
mod courses;
mod demands;
mod expect;
mod inputs;
mod judge;
mod meaning;
mod mistakes;
mod quick_start;
mod reading;
mod search;
mod walks;

use promenade::flow::course::Course;
use search::{Scope, search};

/// Searches a course, prints what was searched, and demands that it was at least this much.
#[expect(clippy::print_stdout, reason = "the counts are what a reader of the run looks for")]
fn searched(name: &str, course: &Course, scope: Scope, least: usize) {
    let wide = std::env::var("PROMENADE_ENGINE").is_ok_and(|it| it == "wide");
    let counts = search(course, if wide { scope.wide() } else { scope });
    println!("{name}: {} places, {} moves, {} refused", counts.places, counts.moves, counts.refused);
    if counts.left > 0 {
        println!("{name}: not complete: {} more places were found and not searched", counts.left);
    }
    assert!(counts.places >= least, "{name}: only {counts:?}");
}

#[test]
fn every_place_of_a_chain_with_retries() {
    searched("chain", &courses::chain(), Scope::FEW.with_retry().with_trouble(), 1000);
}

#[test]
fn every_place_of_work_that_asks_people_under_a_limit_of_the_whole() {
    searched("people", &courses::people(), Scope::FEW.with_people(), 1000);
}

#[test]
fn every_place_of_a_diamond() {
    searched("diamond", &courses::diamond(), Scope::FEW.with_retry().with_trouble(), 1000);
}

#[test]
fn every_place_of_one_that_waits_for_either_of_two() {
    searched("any of two", &courses::any_of(), Scope::FEW.with_retry(), 500);
}

#[test]
fn every_place_of_one_that_waits_for_two_of_three() {
    searched("two of three", &courses::two_of_three(), Scope::FEW.with_retry(), 500);
}

#[test]
fn every_place_of_an_approval() {
    searched("approval", &courses::approved(), Scope::FEW.with_retry().with_refusals().with_late(), 500);
}

#[test]
fn every_place_of_a_soak_under_a_limit_of_the_whole() {
    searched("soak", &courses::soaked(), Scope::FEW.with_retry().with_trouble().with_late(), 1000);
}

#[test]
fn every_place_of_a_failure_branch_with_clean_up() {
    searched("failure branch", &courses::failure(), Scope::FEW, 1000);
}

#[test]
fn every_place_of_an_environment_with_a_hook_of_its_own() {
    searched("hook", &courses::hooked(), Scope::FEW.with_retry().with_refusals().with_trouble(), 1000);
}

#[test]
fn every_place_of_applications_side_by_side() {
    searched("side by side", &courses::side_by_side(), Scope::FEW.with_retry(), 500);
}

#[test]
fn every_place_of_a_failure_that_does_not_count() {
    searched("ignored failure", &courses::ignored(), Scope::FEW.with_retry(), 500);
}

#[test]
fn every_place_of_a_part_of_two_joins() {
    searched("part of two", &courses::shared(), Scope::FEW.with_retry().with_trouble().with_refusals(), 100);
}

#[test]
fn every_place_of_the_quick_starts_flow() {
    searched("quick start", &quick_start::quick_start(), Scope::FEW.with_refusals(), 500);
}
