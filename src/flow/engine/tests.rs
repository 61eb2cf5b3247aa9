//! The engine over courses built by hand: what each rule does, one by one. `tests/engine` searches all places.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::flow::course::{
    Action, Approval, Clock, Enter, FrozenOptions, Kind, Member, Node, Person, Place, PlaceTenant, Retry,
    Stop, Target, When,
};
use crate::flow::input::{Command, Report};
use crate::flow::promotion::{At, Stopped, StoppedBy, Why};
use crate::flow::time::Period;

fn target(environment: &str) -> Target {
    Target {
        application: "shop".into(),
        connection: "default".into(),
        space: None,
        project: "Shop".into(),
        channel: None,
        environment: environment.into(),
        tenants: crate::model::Tenants::Untenanted,
    }
}

fn node(kind: Kind, after: When) -> Node {
    let clock = if matches!(kind, Kind::Act(_)) { Clock::Ours } else { Clock::Theirs };
    Node {
        kind,
        after,
        limit: Period::from_secs(100),
        stop_limit: Period::from_secs(10),
        person_limit: Period::from_secs(1000),
        retry: Retry::never(),
        cleanup: false,
        clock,
    }
}

fn deploy(environment: &str) -> Kind {
    Kind::Act(Action::Deploy { target: target(environment), options: Box::new(FrozenOptions::default()) })
}

fn enter(environment: &str) -> Kind {
    let place = Place {
        connection: "default".into(),
        space: None,
        project: "Shop".into(),
        environment: environment.into(),
        tenant: PlaceTenant::Untenanted,
    };
    Kind::Enter(Enter { places: BTreeSet::from([place]), until: environment.into() })
}

fn join(members: &[&str]) -> Node {
    let after = When::All(members.iter().map(|it| When::ended(&(*it).into())).collect());
    let members = members.iter().map(|it| Member { node: (*it).into(), counts: true }).collect();
    node(Kind::Join(members), after)
}

/// dev is there; qa, then prod.
fn chain() -> Course {
    let mut nodes = BTreeMap::new();
    let mut add = |name: &str, node: Node| nodes.insert(NodeId::new(name), node);
    for (environment, after) in [("qa", When::Now), ("prod", When::passed(&"qa".into()))] {
        let (entry, work) = (format!("{environment}/enter"), format!("{environment}/deploy"));
        add(&entry, node(enter(environment), after));
        add(&work, node(deploy(environment), When::passed(&NodeId::new(&*entry))));
        add(environment, join(&[&entry, &work]));
    }
    add("release", join(&["qa", "prod"]));
    let stops = ["qa", "prod"].map(|it| Stop { environment: it.into(), node: it.into() });
    Course { nodes, environments: stops.into(), result: "release".into(), limit: Period::from_secs(1000) }
}

/// A promotion whose events are remembered.
struct Play {
    course: Course,
    promotion: Promotion,
    journal: Vec<(Time, Event)>,
    now: Time,
}

impl Play {
    fn new(course: Course) -> Self {
        let now = Time::from_millis(1_000_000);
        let (promotion, events) = start(&course, now);
        let journal = events.into_iter().map(|it| (now, it)).collect();
        Self { course, promotion, journal, now }
    }

    fn later(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now.plus(Period::from_secs(seconds));
        self.put(&Input::Tick).unwrap();
        self
    }

    fn put(&mut self, input: &Input) -> Result<usize, Refusal> {
        let (next, events) = decide(&self.course, &self.promotion, input, self.now)?;
        self.promotion = next;
        let count = events.len();
        self.journal.extend(events.into_iter().map(|it| (self.now, it)));
        let folded = Promotion::fold(&self.course, self.journal.iter().map(|(at, it)| (*at, it)));
        assert_eq!(folded, self.promotion, "the journal alone leads to the same place");
        Ok(count)
    }

    fn attempt(&self, node: &str) -> Attempt {
        Attempt { node: node.into(), number: self.promotion.nodes[&NodeId::new(node)].attempt }
    }

    fn report(&mut self, node: &str, report: Report) -> Result<usize, Refusal> {
        let of = self.attempt(node);
        self.put(&Input::Report(of, report))
    }

    fn command(&mut self, command: Command) -> Result<usize, Refusal> {
        self.put(&Input::Command(command))
    }

    fn grant(&mut self, node: &str) -> &mut Self {
        let of = self.attempt(node);
        self.command(Command::Grant(of)).unwrap();
        self
    }

    fn at(&self, node: &str) -> At {
        self.promotion.nodes[&NodeId::new(node)].at
    }

    fn end(&self, node: &str) -> Option<End> {
        self.promotion.nodes[&NodeId::new(node)].end()
    }

    fn wishes(&self) -> Vec<(String, Wish)> {
        let all = pending(&self.course, &self.promotion);
        all.into_iter().map(|(of, it)| (of.to_string(), it.wish)).collect()
    }
}

fn failed(again: bool) -> Report {
    Report::Failed { reason: "no".to_owned(), again }
}

fn stop(now: bool) -> Command {
    Command::Stop { by: Person("ann".to_owned()), now, reason: None }
}

fn retry(round: u32) -> Command {
    Command::Retry { by: Person("ann".to_owned()), round }
}

#[test]
fn a_chain_passes_environment_by_environment() {
    let mut play = Play::new(chain());
    assert!(play.wishes().is_empty(), "nothing is deployed before admission");
    play.grant("qa/enter");
    assert_eq!(play.wishes(), [("qa/deploy#1".to_owned(), Wish::Run)]);
    play.report("qa/deploy", Report::Passed).unwrap();
    play.grant("prod/enter").report("prod/deploy", Report::Passed).unwrap();
    assert_eq!(ending(&play.course, &play.promotion).unwrap().end, End::Passed);
    assert_eq!(wake(&play.course, &play.promotion), None);
}

#[test]
fn what_depends_on_a_failure_is_skipped_and_the_whole_failed() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").report("qa/deploy", failed(true)).unwrap();
    assert_eq!(play.end("prod"), Some(End::Skipped));
    assert_eq!(ending(&play.course, &play.promotion).unwrap().end, End::Failed);
}

#[test]
fn a_denied_entry_is_refused_and_not_skipped() {
    let mut play = Play::new(chain());
    let of = play.attempt("qa/enter");
    play.command(Command::Deny { of, reason: "2.0 is there".to_owned() }).unwrap();
    assert_eq!((play.end("qa"), play.end("qa/deploy")), (Some(End::Refused), Some(End::Skipped)));
    assert_eq!(ending(&play.course, &play.promotion).unwrap().end, End::Refused);
}

#[test]
fn a_limit_stops_first_and_what_had_passed_meanwhile_has_passed() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").later(99);
    assert!(matches!(play.at("qa/deploy"), At::Running(_)));
    play.later(1);
    assert!(matches!(play.at("qa/deploy"), At::Stopping(_, Why::Limit)));
    assert_eq!(play.wishes(), [("qa/deploy#1".to_owned(), Wish::Stop)]);
    play.report("qa/deploy", Report::Passed).unwrap();
    assert_eq!(play.end("qa"), Some(End::Passed));
}

#[test]
fn what_cannot_be_stopped_in_time_is_unknown_and_a_late_end_begins_nothing() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").later(100).later(10);
    assert_eq!((play.end("qa"), play.end("prod")), (Some(End::Unknown), Some(End::Skipped)));
    assert_eq!(ending(&play.course, &play.promotion).unwrap().end, End::Unknown);
    assert_eq!(play.wishes(), [("qa/deploy#1".to_owned(), Wish::Look)]);
    assert_eq!(play.command(retry(0)).unwrap_err().to_string().split(';').count(), 2, "it is settled first");
    play.report("qa/deploy", Report::Passed).unwrap();
    assert_eq!(play.end("qa"), Some(End::Passed));
    assert_eq!(play.end("prod"), Some(End::Cancelled), "it was not the flow that skipped it");
    assert_eq!(ending(&play.course, &play.promotion).unwrap().end, End::Cancelled);
    assert!(play.wishes().is_empty());
    play.command(retry(0)).unwrap();
    assert!(matches!(play.at("prod/enter"), At::Running(_)), "a retry goes on behind it");
    assert_eq!(play.end("qa"), Some(End::Passed));
}

#[test]
fn tries_have_growing_pauses_and_a_round_has_its_own() {
    let mut course = chain();
    let work = course.nodes.get_mut(&NodeId::new("qa/deploy")).unwrap();
    work.retry = Retry { tries: 3, first: Period::from_secs(10), factor: 3, most: Period::from_secs(20) };
    let mut play = Play::new(course);
    play.grant("qa/enter");
    for (attempt, least, most) in [(1, 9, 10), (2, 18, 20)] {
        assert_eq!(play.attempt("qa/deploy").number, attempt);
        play.report("qa/deploy", failed(true)).unwrap();
        let At::Due(until) = play.at("qa/deploy") else { panic!("it is put off") };
        let pause = until.since(play.now);
        assert!(pause >= Period::from_secs(least) && pause <= Period::from_secs(most), "{pause:?}");
        play.later(20);
    }
    play.report("qa/deploy", failed(true)).unwrap();
    assert_eq!(play.end("qa/deploy"), Some(End::Failed));
    play.command(retry(0)).unwrap();
    play.grant("qa/enter");
    assert_eq!(play.attempt("qa/deploy").number, 4, "the numbers go on");
    play.report("qa/deploy", failed(true)).unwrap();
    assert!(matches!(play.at("qa/deploy"), At::Due(_)), "a round has its own tries");
}

#[test]
fn a_refusal_is_not_tried_again() {
    let mut course = chain();
    course.nodes.get_mut(&NodeId::new("qa/deploy")).unwrap().retry.tries = 3;
    for report in [failed(false), Report::Refused("no".to_owned())] {
        let mut play = Play::new(course.clone());
        play.grant("qa/enter").report("qa/deploy", report).unwrap();
        assert!(play.end("qa/deploy").is_some());
    }
}

#[test]
fn a_stop_cancels_what_waits_and_stops_what_runs() {
    let mut play = Play::new(chain());
    play.grant("qa/enter");
    play.command(stop(false)).unwrap();
    assert_eq!(play.end("prod/enter"), Some(End::Cancelled));
    assert_eq!(play.wishes(), [("qa/deploy#1".to_owned(), Wish::Stop)]);
    assert_eq!(play.command(stop(false)), Err(Refusal::Already));
    assert_eq!(play.report("qa/deploy", Report::Stopped(String::new())), Ok(4));
    let ending = ending(&play.course, &play.promotion).unwrap();
    assert_eq!(ending.end, End::Cancelled);
    let by = StoppedBy::Person(Person("ann".to_owned()));
    assert_eq!(ending.stopped, Some(Stopped { by, now: false, reason: None }));
    assert_eq!(play.command(stop(true)), Err(Refusal::Late));
}

#[test]
fn a_wait_for_a_person_stops_the_stopwatch_and_has_a_limit_of_its_own() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").later(50);
    play.report("qa/deploy", Report::Suspended("approve?".to_owned())).unwrap();
    play.later(700);
    assert_eq!(play.promotion.ticking, None);
    assert_eq!(play.promotion.spent, Period::from_secs(50));
    play.report("qa/deploy", Report::Resumed).unwrap();
    play.later(49);
    assert!(matches!(play.at("qa/deploy"), At::Running(_)), "the wait did not count");
    play.report("qa/deploy", Report::Suspended("really?".to_owned())).unwrap();
    play.later(299);
    assert!(matches!(play.at("qa/deploy"), At::Running(_)));
    play.later(1);
    assert!(matches!(play.at("qa/deploy"), At::Stopping(_, Why::PersonLimit)), "all waits count together");
    play.report("qa/deploy", Report::Stopped(String::new())).unwrap();
    assert_eq!(play.end("qa/deploy"), Some(End::Failed));
}

#[test]
fn the_limit_of_the_whole_counts_only_our_own_work() {
    let mut course = chain();
    course.limit = Period::from_secs(120);
    let mut play = Play::new(course);
    play.later(90).grant("qa/enter").later(80).report("qa/deploy", Report::Passed).unwrap();
    play.later(90).grant("prod/enter").later(39);
    assert!(matches!(play.at("prod/deploy"), At::Running(_)), "waiting for the entry did not count");
    play.later(1);
    assert!(matches!(play.at("prod/deploy"), At::Stopping(_, Why::Stopped)));
    assert_eq!(play.promotion.stopped.as_ref().unwrap().by, StoppedBy::Limit);
    play.report("prod/deploy", Report::Stopped(String::new())).unwrap();
    play.command(retry(0)).unwrap();
    assert_eq!((play.promotion.spent, &play.promotion.stopped), (Period::ZERO, &None), "it starts anew");
}

#[test]
fn a_retry_asks_for_the_entry_again_and_leaves_what_passed() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").report("qa/deploy", Report::Passed).unwrap();
    play.grant("prod/enter").report("prod/deploy", failed(false)).unwrap();
    assert_eq!(play.command(retry(1)), Err(Refusal::NotHere));
    play.command(retry(0)).unwrap();
    assert_eq!(play.command(retry(0)), Err(Refusal::Already), "a double click");
    assert!(matches!(play.at("prod/enter"), At::Running(_)), "the hold was given back with the failure");
    assert!(matches!(play.at("prod/deploy"), At::Waiting));
    assert_eq!(play.end("qa"), Some(End::Passed));
    assert_eq!(play.command(retry(1)), Err(Refusal::Busy));
}

#[test]
fn a_restart_takes_everything_behind_along_and_does_it_again() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").report("qa/deploy", Report::Passed).unwrap();
    play.grant("prod/enter").report("prod/deploy", Report::Passed).unwrap();
    let restart = |round| Command::Restart { by: Person("ann".to_owned()), round, environment: "QA".into() };
    play.command(restart(0)).unwrap();
    assert!(matches!(play.at("prod/enter"), At::Waiting));
    play.grant("qa/enter");
    let effects = pending(&play.course, &play.promotion);
    assert!(effects.values().all(|it| it.again), "{effects:?}");
    assert_eq!(play.command(restart(1)), Err(Refusal::Busy), "while any of it is live");
}

#[test]
fn it_is_started_again_only_so_often() {
    let mut play = Play::new(chain());
    for round in 0..MOST_ROUNDS {
        play.grant("qa/enter").report("qa/deploy", failed(false)).unwrap();
        play.command(retry(round)).unwrap();
    }
    play.grant("qa/enter").report("qa/deploy", failed(false)).unwrap();
    assert_eq!(play.command(retry(MOST_ROUNDS)), Err(Refusal::TooOften));
}

#[test]
fn what_began_in_an_earlier_round_has_not_begun_in_this_one() {
    let mut course = chain();
    let work = NodeId::new("qa/deploy");
    let after = When::All(vec![When::ended(&work), When::Began(work)]);
    let hook = Node { cleanup: true, ..node(deploy("qa"), after) };
    course.nodes.insert("qa/hook".into(), hook);
    let mut play = Play::new(course);
    play.grant("qa/enter").report("qa/deploy", failed(false)).unwrap();
    play.report("qa/hook", Report::Passed).unwrap();
    play.command(retry(0)).unwrap();
    let of = play.attempt("qa/enter");
    play.command(Command::Deny { of, reason: "2.0 is there".to_owned() }).unwrap();
    assert_eq!(play.end("qa/hook"), Some(End::Skipped), "nothing was entered, so nothing is cleaned up");
}

#[test]
fn a_person_settles_what_nobody_knows() {
    let mut play = Play::new(chain());
    play.grant("qa/enter");
    let settle = |of, passed| Command::Settle {
        of,
        by: Person("ann".to_owned()),
        passed,
        reason: "I looked".to_owned(),
    };
    let of = play.attempt("qa/deploy");
    assert_eq!(play.command(settle(of.clone(), true)), Err(Refusal::Late), "it runs");
    play.report("qa/deploy", Report::Unknown("lost".to_owned())).unwrap();
    play.command(settle(of.clone(), false)).unwrap();
    assert_eq!(play.end("qa"), Some(End::Failed));
    assert_eq!(play.end("prod"), Some(End::Skipped), "its rule still never holds");
    assert_eq!(play.command(settle(of, true)), Err(Refusal::Late));
}

#[test]
fn what_is_to_be_done_again_stays_so_when_it_is_retried() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").report("qa/deploy", Report::Passed).unwrap();
    play.grant("prod/enter").report("prod/deploy", Report::Passed).unwrap();
    let by = Person("ann".to_owned());
    play.command(Command::Restart { by, round: 0, environment: "qa".into() }).unwrap();
    play.grant("qa/enter").report("qa/deploy", failed(false)).unwrap();
    play.command(retry(1)).unwrap();
    play.grant("qa/enter").report("qa/deploy", Report::Passed).unwrap();
    play.grant("prod/enter");
    assert!(
        pending(&play.course, &play.promotion).values().all(|it| it.again),
        "the restart meant prod as well"
    );
}

#[test]
fn a_retry_leaves_an_environment_that_passed_and_repeats_the_step_for_a_failure() {
    let mut course = chain();
    let on = |end| When::Is("prod/deploy".into(), BTreeSet::from([end]));
    course.nodes.insert("else".into(), node(deploy("Else"), on(End::Failed)));
    let hook = When::Is("qa/deploy".into(), BTreeSet::from([End::Failed]));
    course.nodes.insert("qa/hook".into(), node(deploy("Hook"), hook));
    if let Kind::Join(members) = &mut course.nodes.get_mut(&"qa".into()).unwrap().kind {
        members.push(Member { node: "qa/hook".into(), counts: true });
    }
    let mut play = Play::new(course);
    play.grant("qa/enter").report("qa/deploy", Report::Passed).unwrap();
    play.grant("prod/enter").report("prod/deploy", failed(false)).unwrap();
    play.report("else", Report::Passed).unwrap();
    play.command(retry(0)).unwrap();
    assert_eq!((play.end("qa"), play.end("qa/hook")), (Some(End::Passed), Some(End::Skipped)));
    assert_eq!(play.end("qa/enter"), Some(End::Passed), "nothing of it is entered again");
    play.grant("prod/enter").report("prod/deploy", failed(false)).unwrap();
    assert_eq!(play.wishes(), [("else#2".to_owned(), Wish::Run)], "it failed again");
}

#[test]
fn a_retry_does_not_enter_a_passed_environment_again_for_a_failure_that_does_not_count() {
    let mut course = chain();
    course.nodes.insert("qa/check".into(), node(deploy("Check"), When::passed(&"qa/deploy".into())));
    if let Kind::Join(members) = &mut course.nodes.get_mut(&"qa".into()).unwrap().kind {
        members.push(Member { node: "qa/check".into(), counts: false });
    }
    course.nodes.get_mut(&"qa".into()).unwrap().after = When::ended(&"qa/check".into());
    let mut play = Play::new(course);
    play.grant("qa/enter").report("qa/deploy", Report::Passed).unwrap();
    play.report("qa/check", failed(false)).unwrap();
    play.grant("prod/enter").report("prod/deploy", failed(false)).unwrap();
    play.command(retry(0)).unwrap();
    assert_eq!((play.end("qa"), play.end("qa/enter")), (Some(End::Passed), Some(End::Passed)));
    assert!(matches!(play.at("prod/enter"), At::Running(_)));
}

#[test]
fn an_attempt_waits_for_people_only_so_often() {
    let mut play = Play::new(chain());
    play.grant("qa/enter");
    for _ in 0..MOST_WAITS {
        play.report("qa/deploy", Report::Suspended(String::new())).unwrap();
        play.report("qa/deploy", Report::Resumed).unwrap();
    }
    let refused = play.report("qa/deploy", Report::Suspended(String::new()));
    assert!(matches!(refused, Err(Refusal::NotAllowed(_))), "{refused:?}");
}

#[test]
fn nonsense_is_refused_everywhere() {
    let mut play = Play::new(chain());
    for number in [0, 1, 2, u32::MAX] {
        for name in ["qa/deploy", "qa/enter", "qa", "nowhere"] {
            let of = Attempt { node: name.into(), number };
            for report in [Report::Passed, failed(true), Report::Resumed, Report::Unknown(String::new())] {
                assert!(play.put(&Input::Report(of.clone(), report)).is_err());
            }
            if (name, number) != ("qa/enter", 1) {
                assert!(play.command(Command::Grant(of)).is_err());
            }
        }
    }
    play.grant("qa/enter");
    play.report("qa/deploy", Report::Reference("ServerTasks-1".to_owned())).unwrap();
    let again = play.report("qa/deploy", Report::Reference("ServerTasks-1".to_owned()));
    assert_eq!(again, Err(Refusal::Already));
    let other = play.report("qa/deploy", Report::Reference("ServerTasks-2".to_owned()));
    assert!(matches!(other, Err(Refusal::NotAllowed(_))));
}

#[test]
fn approvals_count_different_people_who_may() {
    let mut course = chain();
    let ann = Person("ann".to_owned());
    let approval = Approval { need: 2, of: None, not: BTreeSet::from([ann.clone()]) };
    course.nodes.insert("qa/ok".into(), node(Kind::Approval(approval), When::Now));
    course.nodes.get_mut(&NodeId::new("qa/enter")).unwrap().after = When::passed(&"qa/ok".into());
    let mut play = Play::new(course);
    let of = play.attempt("qa/ok");
    let approve = |by: &str| Command::Approve { of: of.clone(), by: Person(by.to_owned()) };
    for author in ["ann", "Ann"] {
        assert!(matches!(play.command(approve(author)), Err(Refusal::NotAllowed(_))), "the author may not");
    }
    assert_eq!(play.command(approve("bob")), Ok(1));
    assert_eq!(play.command(approve("bob")), Err(Refusal::Already));
    assert_eq!(play.command(approve("Bob")), Err(Refusal::Already), "the same person");
    assert_eq!(play.end("qa/ok"), None);
    play.command(approve("cy")).unwrap();
    assert_eq!(play.end("qa/ok"), Some(End::Passed));
    assert_eq!(play.command(approve("dora")), Err(Refusal::Late));
}

#[test]
fn a_reason_is_cut_where_it_is_too_long_to_keep() {
    let mut play = Play::new(chain());
    play.grant("qa/enter").report("qa/deploy", Report::Refused("ä".repeat(10_000))).unwrap();
    let kept = play.promotion.nodes[&NodeId::new("qa/deploy")].reason.clone().unwrap();
    assert_eq!(kept.len(), 4096);
}
