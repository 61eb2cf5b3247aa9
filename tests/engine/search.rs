//! Goes through all places of a course, breadth-first, and asks the oracle about every move.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use promenade::flow::course::{Course, Kind, NodeId};
use promenade::flow::engine::{decide, start, wake};
use promenade::flow::input::{Command, Input, Report};
use promenade::flow::promotion::{At, Event, Promotion};
use promenade::flow::time::{Period, Time};

use super::demands::Demands;
use super::expect::{Expect, No, plain};
use super::inputs::inputs;
use super::meaning::Meanings;
use super::reading::Reading;

/// The moment of every place's last event: times are told relative to it, so that places are few.
const BASE: i64 = 1_000_000_000_000;

/// Which moves lead on to places that are searched as well. Every other input is judged too, but not followed.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// How often a person may start it again.
    pub rounds: u32,
    /// Whether people restart environments.
    pub restart: bool,
    /// Whether entries are denied, approvals rejected, and work refused.
    pub refuse: bool,
    /// Whether work waits for people and notes what it made.
    pub suspend: bool,
    /// Whether work fails in a way that may be tried again, is lost, and is reported as stopped although nobody stops it.
    pub trouble: bool,
    /// Whether people stop it.
    pub stop: bool,
    /// Whether reports arrive when a limit has just been reached.
    pub late: bool,
}

impl Scope {
    /// Work passes, fails or is stopped, entries are granted, people approve and stop.
    pub const FEW: Self = Self {
        rounds: 0,
        restart: false,
        refuse: false,
        suspend: false,
        trouble: false,
        stop: true,
        late: false,
    };

    pub fn with_retry(self) -> Self {
        Self { rounds: 1, restart: true, ..self }
    }

    pub fn with_refusals(self) -> Self {
        Self { refuse: true, ..self }
    }

    pub fn with_people(self) -> Self {
        Self { suspend: true, ..self }
    }

    pub fn with_trouble(self) -> Self {
        Self { trouble: true, ..self }
    }

    pub fn with_late(self) -> Self {
        Self { late: true, ..self }
    }

    /// Everything that can be said is followed.
    pub fn wide(self) -> Self {
        let suspend = self.suspend;
        Self { rounds: 1, restart: true, refuse: true, suspend, trouble: true, stop: true, late: true }
    }

    fn follows(&self, input: &Input, reading: &Reading) -> bool {
        match input {
            Input::Tick => true,
            Input::Report(_, Report::Suspended(_) | Report::Resumed | Report::Reference(_)) => self.suspend,
            Input::Report(of, Report::Stopped(_)) => {
                self.trouble || matches!(reading.nodes[&of.node].is, super::reading::Is::Stopping(_))
            }
            Input::Report(_, Report::Refused(_)) => self.refuse,
            Input::Report(_, Report::Unknown(_) | Report::Failed { again: true, .. }) => self.trouble,
            Input::Report(_, Report::Passed | Report::Failed { .. }) => true,
            Input::Command(Command::Deny { .. } | Command::Reject { .. }) => self.refuse,
            Input::Command(Command::Stop { .. }) => self.stop,
            Input::Command(Command::Retry { .. }) => reading.round < self.rounds,
            Input::Command(Command::Restart { .. }) => self.restart && reading.round < self.rounds,
            Input::Command(_) => true,
        }
    }
}

/// A place, with the way to it.
struct Found {
    place: Promotion,
    reading: Reading,
    from: usize,
    by: String,
    /// The place that the next tick leads to.
    tick: Option<usize>,
}

/// What a search found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub places: usize,
    pub moves: usize,
    pub refused: usize,
}

pub struct Search<'a> {
    course: &'a Course,
    scope: Scope,
    meanings: Meanings,
    found: Vec<Found>,
    known: HashMap<u64, usize>,
    counts: Counts,
}

/// Searches all places. It ends with the way to the first one where the engine and the oracle disagree.
pub fn search(course: &Course, scope: Scope) -> Counts {
    let (known, found) = (HashMap::new(), Vec::new());
    let mut search =
        Search { course, scope, meanings: Meanings::default(), found, known, counts: Counts::default() };
    search.begin();
    let mut next = 0;
    while next < search.found.len() {
        search.visit(next);
        next += 1;
        assert!(next < 400_000, "the places have no end");
    }
    search.all_end();
    search.counts.places = search.found.len();
    search.counts
}

impl Search<'_> {
    fn begin(&mut self) {
        let at = Time::from_millis(BASE);
        let (place, events) = start(self.course, at);
        let before = Reading::new(self.course, at);
        assert_eq!(events.first(), Some(&Event::Started));
        let judged = self.judge(before, &events, 1, &place, at);
        let reading = judged.expect("the start");
        self.add(place, reading, 0, "start".to_owned());
    }

    fn visit(&mut self, index: usize) {
        let now = self.found[index].place.at;
        let wake = wake(self.course, &self.found[index].place);
        let all = inputs(self.course, &self.found[index].reading);
        for input in &all {
            self.try_one(index, input, now);
            let report = matches!(input, Input::Report(..) | Input::Command(Command::Approve { .. }));
            if let Some(late) = wake.filter(|_| report && self.scope.late) {
                self.try_one(index, input, late);
            }
        }
        self.try_one(index, &Input::Tick, now);
        if let Some(wake) = wake {
            assert!(wake > now, "{}", self.way(index, "wake is not later"));
            let before = Time::from_millis(wake.as_millis() - 1);
            let (_, events) =
                decide(self.course, &self.found[index].place, &Input::Tick, before).expect("a tick");
            assert!(events.is_empty(), "{}", self.way(index, "a tick before wake changed something"));
            let to = self.try_one(index, &Input::Tick, wake);
            assert!(to.is_some(), "{}", self.way(index, "a tick at wake changed nothing"));
            self.found[index].tick = to;
        }
    }

    /// Tells a place something, and judges what comes of it: the place that it leads to, if another one.
    fn try_one(&mut self, index: usize, input: &Input, now: Time) -> Option<usize> {
        self.counts.moves += 1;
        let Found { place, reading, .. } = &self.found[index];
        let expect = Expect { course: self.course, reading, meanings: &self.meanings, now };
        let expected = expect.first(input);
        let by = || format!("{input:?} at +{}", now.as_millis() - BASE);
        let fail = |why: String| -> String { self.way(index, &format!("{}: {why}", by())) };
        match (decide(self.course, place, input, now), expected) {
            (Err(refusal), Err(no)) => {
                assert!(No::from(&refusal) == no, "{}", fail(format!("refused as {refusal:?}, not {no:?}")));
                self.counts.refused += 1;
                self.counts.moves -= 1;
                None
            }
            (Err(refusal), Ok(event)) => panic!("{}", fail(format!("refused as {refusal:?}, not {event:?}"))),
            (Ok((_, events)), Err(no)) => panic!("{}", fail(format!("{events:?}, not refused as {no:?}"))),
            (Ok((next, events)), Ok(first)) => {
                if let Some(first) = &first {
                    let got = events.first().map(plain);
                    assert!(
                        got.as_ref().is_some_and(|it| same(it, first)),
                        "{}",
                        fail(format!("{got:?}, not {first:?}"))
                    );
                }
                if events.is_empty() {
                    assert!(next == *place, "{}", fail("it moved without an event".to_owned()));
                    return None;
                }
                let follows = self.scope.follows(input, reading);
                let judged = self.judge(reading.clone(), &events, usize::from(first.is_some()), &next, now);
                let after = judged.unwrap_or_else(|why| panic!("{}", fail(format!("{why}; {events:?}"))));
                let by = by();
                follows.then(|| self.add(next, after, index, by))
            }
        }
    }

    /// Reads the events, the first `given` of which the input itself led to, and judges the others and the place.
    fn judge(
        &self,
        mut reading: Reading,
        events: &[Event],
        given: usize,
        place: &Promotion,
        now: Time,
    ) -> Result<Reading, String> {
        let demands = Demands { course: self.course, meanings: &self.meanings, now };
        for (nth, event) in events.iter().enumerate() {
            if nth >= given && !demands.may_follow(&reading, event) {
                return Err(format!("{event:?} must not follow"));
            }
            reading.fold(self.course, event, now);
        }
        reading.compare(self.course, place, now)?;
        demands.settled(&reading, place)?;
        Ok(reading)
    }

    fn add(&mut self, place: Promotion, reading: Reading, from: usize, by: String) -> usize {
        let (place, reading) = shifted(place, reading);
        let next = self.found.len();
        match self.known.entry(key(self.course, &place)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                free.insert(next);
                self.found.push(Found { place, reading, from, by, tick: None });
                next
            }
        }
    }

    /// Time alone ends it, from wherever it is: no ticks lead in a ring.
    fn all_end(&self) {
        let mut ends: Vec<bool> = self.found.iter().map(|it| it.reading.ended()).collect();
        for index in 0..self.found.len() {
            let (mut at, mut way) = (index, Vec::new());
            while !ends[at] {
                assert!(way.len() < 10_000, "{}", self.way(index, "time alone does not end it"));
                way.push(at);
                at =
                    self.found[at].tick.unwrap_or_else(|| panic!("{}", self.way(at, "nothing more happens")));
            }
            way.into_iter().for_each(|it| ends[it] = true);
        }
    }

    /// The way to a place, for people.
    fn way(&self, mut index: usize, why: &str) -> String {
        let mut steps = vec![why.to_owned(), format!("{:#?}", self.found[index].place)];
        while index != 0 {
            steps.push(self.found[index].by.clone());
            index = self.found[index].from;
        }
        steps.reverse();
        steps.join("\n")
    }
}

/// Whether an event is the expected one. Pauses differ by up to a tenth.
fn same(event: &Event, expected: &Event) -> bool {
    match (event, expected) {
        (Event::PutOff { of, until, .. }, Event::PutOff { of: other, until: latest, .. }) => {
            of == other && until <= latest && latest.since(*until) <= Period::from_secs(60)
        }
        _ => event == expected,
    }
}

/// The same place with its last event at [`BASE`].
fn shifted(mut place: Promotion, mut reading: Reading) -> (Promotion, Reading) {
    let by = BASE - place.at.as_millis();
    let shift = |time: &mut Time| *time = Time::from_millis(time.as_millis() + by);
    shift(&mut place.at);
    place.started = place.at;
    place.ticking.as_mut().map(shift);
    for it in place.nodes.values_mut() {
        it.suspended.as_mut().map(shift);
        match &mut it.at {
            At::Due(time) | At::Running(time) | At::Stopping(time, _) | At::Ended(time, _) => shift(time),
            At::Waiting => {}
        }
    }
    shift(&mut reading.at);
    for it in reading.nodes.values_mut() {
        shift(&mut it.since);
        it.suspended.as_mut().map(shift);
        if let super::reading::Is::Due(time) = &mut it.is {
            shift(time);
        }
    }
    (place, reading)
}

/// What tells one place from another: everything but words, and the times of ends from which nothing counts.
fn key(course: &Course, place: &Promotion) -> u64 {
    let mut hasher = DefaultHasher::new();
    (place.spent, place.ticking, place.round).hash(&mut hasher);
    place.stopped.as_ref().map(|it| (format!("{:?}", it.by), it.now)).hash(&mut hasher);
    for (id, it) in &place.nodes {
        let at = match it.at {
            At::Ended(_, end) if !is_counted_from(course, id) => (4, None, end.name()),
            At::Ended(time, end) => (4, Some(time), end.name()),
            At::Waiting => (0, None, ""),
            At::Due(time) => (1, Some(time), ""),
            At::Running(time) => (2, Some(time), ""),
            At::Stopping(time, why) => (
                3,
                Some(time),
                match why {
                    promenade::flow::promotion::Why::Stopped => "stopped",
                    promenade::flow::promotion::Why::Limit => "limit",
                    promenade::flow::promotion::Why::PersonLimit => "person",
                },
            ),
        };
        (at, it.attempt, it.before, &it.reference, it.suspended, it.again).hash(&mut hasher);
        let live = it.end().is_none();
        (live.then_some(it.paused), it.approvals.iter().map(|it| &it.0).collect::<Vec<_>>())
            .hash(&mut hasher);
    }
    hasher.finish()
}

fn is_counted_from(course: &Course, id: &NodeId) -> bool {
    course.nodes.values().any(|it| matches!(&it.kind, Kind::Soak { since, .. } if since == id))
}
