//! The kill drill: a driver in a process of its own is killed with SIGKILL at every point, driven on by the next one,
//! and judged by what the server counted: exactly one deployment for each environment, never two.
//!
//! `PROMENADE_DRILL_POINT` plays a single point.

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is read by the drill")]
mod child;
mod judge;
mod points;
mod silent;
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};

use world::{Drill, Scenario};

/// How many drills run side by side: most of their time is waiting.
const SIDE_BY_SIDE: usize = 8;

/// Drives a flow to its end in this process; as the process of a drill, until it is killed.
#[test]
fn a_flow_is_driven_to_its_end() {
    if let Some(orders) = child::Orders::read() {
        return child::drive(orders);
    }
    let drill = Drill::new(Scenario::Plain);
    drill.start();
    let points = drill.drive_to_the_end();
    assert!(points > 40, "only {points} points: the drill would not reach what it should");
    judge::judge(&drill).expect("a calm run is as it should be");
}

/// Kills a driver at each point of a scenario.
#[expect(clippy::print_stdout, reason = "a drill says how often it killed")]
fn kills_at_every_point(scenario: Scenario) {
    let calm = Drill::new(scenario);
    calm.start();
    let points = calm.drive_to_the_end();
    judge::judge(&calm).expect("a calm run is as it should be");
    let chosen: Vec<usize> = match std::env::var("PROMENADE_DRILL_POINT") {
        Ok(only) => vec![only.parse().expect("PROMENADE_DRILL_POINT is a number")],
        Err(_) => (1..=points).collect(),
    };
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some(point) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let drill = Drill::new(scenario);
                    drill.start();
                    killed.fetch_add(usize::from(drill.kill_at(*point)), Ordering::Relaxed);
                    drill.drive_to_the_end();
                    if let Err(what) = judge::judge(&drill) {
                        failures
                            .lock()
                            .expect("no drill panicked")
                            .push(format!("killed at point {point}: {what}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no drill panicked");
    let killed = killed.into_inner();
    println!("{scenario:?}: killed at {killed} of {points} points, {} failures", failures.len());
    assert!(killed * 10 >= chosen.len() * 9, "only {killed} of {} were killed", chosen.len());
    assert!(failures.is_empty(), "{scenario:?}:\n{}", failures.join("\n"));
}

#[test]
fn killed_anywhere_a_flow_ends_as_it_should() {
    kills_at_every_point(Scenario::Plain);
}

#[test]
fn killed_anywhere_a_failure_is_retried_once() {
    kills_at_every_point(Scenario::Failing);
}

#[test]
fn killed_anywhere_a_refusal_is_retried_once() {
    kills_at_every_point(Scenario::Refused);
}

#[test]
fn killed_anywhere_a_terminated_flow_ends_cancelled() {
    kills_at_every_point(Scenario::Terminated);
}

#[test]
fn killed_anywhere_lost_answers_deploy_nothing_twice() {
    kills_at_every_point(Scenario::AnswersLost);
}

#[test]
fn killed_anywhere_a_lost_request_is_sent_again_once() {
    kills_at_every_point(Scenario::RequestLost);
}

#[test]
fn killed_anywhere_a_restart_deploys_once_more_and_not_twice() {
    kills_at_every_point(Scenario::Restarted);
}
