//! Random walks over random graphs of twelve environments, each step judged by the oracle.

use fastrand::Rng;

use promenade::flow::course::{Approval, Course, End, Kind, NodeId, When};
use promenade::flow::engine::{MOST_ROUNDS, MOST_WAITS, ending, start, wake};
use promenade::flow::input::{Command, Input, Report};
use promenade::flow::promotion::{Event, Promotion};
use promenade::flow::time::{Period, Time};

use super::courses::{Builder, any, id, is, passed, person};
use super::inputs::inputs;
use super::judge::{Judge, Step};
use super::meaning::Meanings;
use super::reading::Reading;

/// The environments of a graph.
const ENVIRONMENTS: usize = 12;

/// A graph: each environment comes after up to three earlier ones.
fn graph(rng: &mut Rng) -> Course {
    let mut built = Builder::new();
    let mut names: Vec<String> = Vec::new();
    for nth in 0..ENVIRONMENTS {
        let name = format!("e{nth}");
        let after: Vec<&str> =
            (0..rng.usize(0..3)).filter_map(|_| rng.choice(&names)).map(String::as_str).collect();
        let rule = match rng.u8(0..6) {
            0 if !after.is_empty() => any(&after),
            1 if after.len() > 1 => When::AtLeast(2, after.iter().map(|it| passed(it)).collect()),
            2 if !after.is_empty() => is(after[0], &[End::Failed, End::Unknown]),
            _ => When::All(after.iter().map(|it| passed(it)).collect()),
        };
        built = environment(rng, built, &name, rule);
        names.push(name);
    }
    let result: Vec<&str> = names.iter().map(String::as_str).collect();
    built.limit(rng.u64(20..400)).done(&result)
}

/// An environment, with or without an approval, a soak, a second application and clean-up.
fn environment(rng: &mut Rng, built: Builder, name: &str, rule: When) -> Builder {
    let part = |part: &str| format!("{name}/{part}");
    let (enter, one, two, hook) = (part("enter"), part("one"), part("two"), part("hook"));
    let (mut built, mut gate) = (built, rule);
    if rng.u8(0..4) == 0 {
        let approval = Approval { need: rng.u32(1..3), of: None, not: [person("ann")].into() };
        built = built.approval(&part("ok"), approval, gate);
        gate = passed(&part("ok"));
    }
    built = built.enter(&enter, name, gate).act(&one, passed(&enter)).tries(&one, rng.u32(1..4)).ours(&one);
    let mut members = vec![enter.as_str(), &one];
    let uncounted = format!("?{two}");
    if rng.bool() {
        built = built.act(&two, passed(&enter)).ours(&two);
        members.push(if rng.bool() { &two } else { &uncounted });
    }
    built = built.environment(name, &members);
    if rng.u8(0..3) == 0 {
        built = built.act(&hook, When::ended(&id(name))).cleanup(&hook);
    }
    if rng.u8(0..4) == 0 {
        built = built.soak(&part("rest"), name, rng.u64(1..20), passed(name));
    }
    built
}

/// The length that no journal of this course exceeds.
fn longest(course: &Course) -> usize {
    let few = |number: u32| usize::try_from(number).expect("a small number");
    let of = |kind: &Kind, tries: usize| match kind {
        // Began, noted, stopping, put off or ended, and the waits for people; then cancelled, and learned.
        Kind::Act(_) => tries * (4 + 2 * few(MOST_WAITS)) + 2,
        Kind::Approval(it) => 3 + few(it.need),
        Kind::Soak { .. } | Kind::Enter(_) => 3,
        Kind::Join(members) => 1 + members.len(),
    };
    let round: usize = course.nodes.values().map(|it| of(&it.kind, few(it.retry.tries))).sum();
    // A reset, two stops, and the stopwatch starts or stops at most once for each other event.
    2 * (round + 3) * few(MOST_ROUNDS + 1)
}

/// A promotion on its way, with its journal.
struct Walk<'a> {
    course: &'a Course,
    judge: Judge<'a>,
    place: Promotion,
    reading: Reading,
    journal: Vec<(Time, Event)>,
    now: Time,
}

impl<'a> Walk<'a> {
    fn new(course: &'a Course, meanings: &'a Meanings) -> Self {
        let now = Time::from_millis(1_700_000_000_000);
        let judge = Judge { course, meanings };
        let (place, events) = start(course, now);
        let reading = judge.events(Reading::new(course, now), &events, 1, &place, now).expect("the start");
        let journal = events.into_iter().map(|it| (now, it)).collect();
        Self { course, judge, place, reading, journal, now }
    }

    fn put(&mut self, input: &Input) -> Result<(), String> {
        if let Step::To(to) = self.judge.step(&self.place, &self.reading, input, self.now)? {
            let (place, reading, events) = *to;
            (self.place, self.reading) = (place, reading);
            self.journal.extend(events.into_iter().map(|it| (self.now, it)));
        }
        Ok(())
    }

    /// Something random: time passes, or the place is told something that is rather often sensible.
    fn step(&mut self, rng: &mut Rng) -> Result<(), String> {
        match rng.u8(0..8) {
            0 => self.now = self.now.plus(Period::from_millis(rng.u64(0..4))),
            1 => self.now = wake(self.course, &self.place).unwrap_or(self.now),
            _ => {}
        }
        let all = inputs(self.course, &self.reading);
        let input = match rng.u8(0..4) {
            0 => Input::Tick,
            1 => rng.choice(&all).expect("an input").clone(),
            _ => {
                let sensible: Vec<&Input> = all.iter().filter(is_sensible).collect();
                (*rng.choice(&sensible).expect("an input")).clone()
            }
        };
        self.put(&input)
    }

    /// Time alone ends it.
    fn wait(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            let Some(wake) = wake(self.course, &self.place) else { break };
            self.now = wake;
            self.put(&Input::Tick)?;
        }
        ending(self.course, &self.place).map(|_| ()).ok_or_else(|| "time alone did not end it".to_owned())
    }

    /// The journal alone leads to the same place, also as text, and it is not too long.
    fn check(&self) -> Result<(), String> {
        let text: Vec<String> =
            self.journal.iter().map(|it| serde_json::to_string(it).expect("a text")).collect();
        let read: Vec<(Time, Event)> =
            text.iter().map(|it| serde_json::from_str(it).expect("an event")).collect();
        let folded = Promotion::fold(self.course, read.iter().map(|(at, it)| (*at, it)));
        let place = serde_json::to_string(&self.place).expect("a text");
        if read != self.journal || folded != self.place {
            return Err("the journal leads to another place".to_owned());
        }
        if serde_json::from_str::<Promotion>(&place).ok().as_ref() != Some(&self.place) {
            return Err(format!("a place is not read back: {place}"));
        }
        let longest = longest(self.course);
        if self.journal.len() > longest {
            return Err(format!("the journal has {} lines, and {longest} at most", self.journal.len()));
        }
        Ok(())
    }
}

fn is_sensible(input: &&Input) -> bool {
    match input {
        Input::Report(of, Report::Passed | Report::Failed { .. } | Report::Unknown(_)) => of.number > 0,
        Input::Command(Command::Grant(of)) => of.node != NodeId::new("nowhere"),
        Input::Command(Command::Approve { .. } | Command::Settle { .. } | Command::Retry { .. }) => true,
        _ => false,
    }
}

fn walk(seed: u64) -> usize {
    let mut rng = Rng::with_seed(seed);
    let course = graph(&mut rng);
    let text = serde_json::to_string(&course).expect("a text");
    assert_eq!(serde_json::from_str::<Course>(&text).expect("a course"), course);
    let meanings = Meanings::default();
    let mut walk = Walk::new(&course, &meanings);
    let steps = rng.usize(50..1500);
    let walked = (0..steps).try_for_each(|_| walk.step(&mut rng)).and_then(|()| walk.wait());
    if let Err(why) = walked.and_then(|()| walk.check()) {
        let journal: Vec<String> = walk.journal.iter().map(|(at, it)| format!("{at} {it:?}")).collect();
        panic!("seed {seed}: {why}\n{}\n{:#?}", journal.join("\n"), walk.place);
    }
    walk.journal.len()
}

#[test]
fn whatever_happens_the_journal_leads_there_and_time_ends_it() {
    let wide = std::env::var("PROMENADE_ENGINE").is_ok_and(|it| it == "wide");
    let walks = if wide { 5_000 } else { 40 };
    let lines: Vec<usize> = (0..walks).map(walk).collect();
    let longest = lines.iter().max().expect("a walk");
    println!("{walks} walks, {} lines of journals, the longest {longest}", lines.iter().sum::<usize>());
    assert!(*longest > 100, "nothing much happened");
}
