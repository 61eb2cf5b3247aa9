//! One move, judged: what the engine makes of an input, compared with what the oracle demands.

use promenade::flow::course::Course;
use promenade::flow::engine::decide;
use promenade::flow::input::Input;
use promenade::flow::promotion::{Event, Promotion};
use promenade::flow::time::{Period, Time};

use super::demands::Demands;
use super::expect::{Expect, No, plain};
use super::meaning::Meanings;
use super::reading::Reading;

pub(crate) struct Judge<'a> {
    pub(crate) course: &'a Course,
    pub(crate) meanings: &'a Meanings,
}

/// What came of an input.
pub(crate) enum Step {
    Refused,
    Nothing,
    To(Box<(Promotion, Reading, Vec<Event>)>),
}

impl Judge<'_> {
    /// Tells a place something.
    pub(crate) fn step(
        &self,
        place: &Promotion,
        reading: &Reading,
        input: &Input,
        clock: Time,
    ) -> Result<Step, String> {
        // A clock that went back counts as standing still.
        let now = clock.max(place.at);
        let expected = Expect { course: self.course, reading, meanings: self.meanings, now }.first(input);
        let (next, events, first) = match (decide(self.course, place, input, clock), expected) {
            (Err(refusal), Err(no)) if No::from(&refusal) == no => return Ok(Step::Refused),
            (Err(refusal), expected) => return Err(format!("refused as {refusal:?}, expected {expected:?}")),
            (Ok((_, events)), Err(no)) => return Err(format!("{events:?}, expected a refusal, {no:?}")),
            (Ok((next, events)), Ok(first)) => (next, events, first),
        };
        if let Some(first) = &first {
            let got = events.first().map(plain);
            if !got.as_ref().is_some_and(|it| same(it, first)) {
                return Err(format!("{got:?}, expected {first:?}"));
            }
        }
        if events.is_empty() {
            return if next == *place {
                Ok(Step::Nothing)
            } else {
                Err("it moved without an event".to_owned())
            };
        }
        let after = self.events(reading.clone(), &events, usize::from(first.is_some()), &next, now);
        match after {
            Ok(after) => Ok(Step::To(Box::new((next, after, events)))),
            Err(why) => Err(format!("{why}; {events:?}")),
        }
    }

    /// Reads events, the first `given` of which the input itself led to, and judges the others and the place.
    pub(crate) fn events(
        &self,
        mut reading: Reading,
        events: &[Event],
        given: usize,
        place: &Promotion,
        now: Time,
    ) -> Result<Reading, String> {
        let demands = Demands { course: self.course, meanings: self.meanings, now };
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
}

/// Whether an event is the expected one. A pause may be up to a tenth shorter.
fn same(event: &Event, expected: &Event) -> bool {
    match (event, expected) {
        (Event::PutOff { of, until, .. }, Event::PutOff { of: other, until: latest, .. }) => {
            of == other && until <= latest && latest.since(*until) <= Period::from_secs(6)
        }
        _ => event == expected,
    }
}
