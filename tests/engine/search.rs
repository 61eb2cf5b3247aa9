//! Goes through all places of a course, breadth-first, and asks the oracle about every move.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use promenade::flow::course::{Course, Kind};
use promenade::flow::engine::{decide, start, wake};
use promenade::flow::input::{Command, Input, Report};
use promenade::flow::promotion::{At, Event, Promotion};
use promenade::flow::time::Time;

use super::inputs::inputs;
use super::judge::{Judge, Step};
use super::meaning::Meanings;
use super::reading::Reading;

/// The moment of every place's last event: times are told relative to it, so that places are few.
const BASE: i64 = 1_000_000_000_000;

/// The most places that are searched.
const MOST_PLACES: usize = 200_000;

/// Which moves lead on to places that are searched as well. Every other input is judged too, but not followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    /// How often a person may start it again.
    pub(crate) rounds: u32,
    /// Whether people restart environments.
    pub(crate) restart: bool,
    /// Whether entries are denied, approvals rejected, and work refused.
    pub(crate) refuse: bool,
    /// Whether work waits for people and notes what it made.
    pub(crate) suspend: bool,
    /// Whether work fails in a way that may be tried again, is lost, and is reported as stopped although nobody stops it.
    pub(crate) trouble: bool,
    /// Whether people stop it.
    pub(crate) stop: bool,
    /// Whether reports arrive when a limit has just been reached.
    pub(crate) late: bool,
}

impl Scope {
    /// Work passes, fails or is stopped, entries are granted, people approve and stop.
    pub(crate) const FEW: Self = Self {
        rounds: 0,
        restart: false,
        refuse: false,
        suspend: false,
        trouble: false,
        stop: true,
        late: false,
    };

    pub(crate) fn with_retry(self) -> Self {
        Self { rounds: 1, restart: true, ..self }
    }

    pub(crate) fn with_refusals(self) -> Self {
        Self { refuse: true, ..self }
    }

    pub(crate) fn with_people(self) -> Self {
        Self { suspend: true, ..self }
    }

    pub(crate) fn with_trouble(self) -> Self {
        Self { trouble: true, ..self }
    }

    pub(crate) fn with_late(self) -> Self {
        Self { late: true, ..self }
    }

    /// Everything that can be said is followed.
    pub(crate) fn wide(self) -> Self {
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
pub(crate) struct Counts {
    pub(crate) places: usize,
    pub(crate) moves: usize,
    pub(crate) refused: usize,
    /// Places that were found and not searched, because they are too many.
    pub(crate) left: usize,
}

pub(crate) struct Search<'a> {
    course: &'a Course,
    scope: Scope,
    meanings: Meanings,
    found: Vec<Found>,
    known: HashMap<u64, usize>,
    counts: Counts,
}

/// Searches all places. It ends with the way to the first one where the engine and the oracle disagree.
pub(crate) fn search(course: &Course, scope: Scope) -> Counts {
    let (known, found) = (HashMap::new(), Vec::new());
    let mut search =
        Search { course, scope, meanings: Meanings::default(), found, known, counts: Counts::default() };
    search.begin();
    let mut next = 0;
    while next < search.found.len() {
        search.visit(next);
        next += 1;
        if next == MOST_PLACES {
            search.counts.left = search.found.len() - next;
            break;
        }
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
        let judge = Judge { course: self.course, meanings: &self.meanings };
        let reading = judge.events(before, &events, 1, &place, at).expect("the start");
        self.add(place, reading, 0, "start".to_owned());
    }

    fn visit(&mut self, index: usize) {
        let now = self.found[index].place.at;
        let wake = wake(self.course, &self.found[index].place);
        let all = inputs(self.course, &self.found[index].reading);
        let earlier = Time::from_millis(now.as_millis() - 1);
        for input in &all {
            self.try_one(index, input, earlier);
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
        let Found { place, reading, .. } = &self.found[index];
        let judge = Judge { course: self.course, meanings: &self.meanings };
        let by = || format!("{input:?} at +{}", now.as_millis() - BASE);
        let step = judge.step(place, reading, input, now);
        let follows = self.scope.follows(input, reading);
        match step.unwrap_or_else(|why| panic!("{}", self.way(index, &format!("{}: {why}", by())))) {
            Step::Refused => self.counts.refused += 1,
            Step::Nothing => self.counts.moves += 1,
            Step::To(to) => {
                let (next, after, _) = *to;
                self.counts.moves += 1;
                let by = by();
                return follows.then(|| self.add(next, after, index, by));
            }
        }
        None
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
        let counts_from = |it: &Kind| matches!(it, Kind::Soak { since, .. } if since == id);
        match it.at {
            At::Ended(_, end) if !course.nodes.values().any(|it| counts_from(&it.kind)) => {
                end.name().hash(&mut hasher)
            }
            at => format!("{at:?}").hash(&mut hasher),
        }
        let paused = it.end().is_none().then_some(it.paused);
        (it.attempt, it.before, &it.reference, it.suspended, it.again, paused).hash(&mut hasher);
        it.approvals.iter().for_each(|it| it.0.hash(&mut hasher));
    }
    hasher.finish()
}
