//! The engine of promotions: pure functions from a course, a place and an input to the next place.
//!
//! [`decide`] takes an input and then lets everything follow that follows by itself. What it decides is a list of
//! events; [`Promotion::apply`](super::promotion::Promotion::apply) writes them down. [`pending`] is what must be going on
//! outside, [`wake`] the next moment at which time alone changes something, and [`ending`] how the promotion ended.

mod intake;
mod outlook;
mod reset;
mod rules;
mod settle;

#[cfg(test)]
mod tests;

pub use intake::MOST_WAITS;
pub use outlook::{Effect, Ending, Wish, ending, pending, wake};
pub use reset::MOST_ROUNDS;

use super::course::{Attempt, Course, End, Node, NodeId};
use super::input::{Input, Refusal};
use super::promotion::{Event, Promotion, Standing};
use super::time::Time;

/// Starts a promotion: the place where it stands, and the events that led there.
#[must_use]
pub fn start(course: &Course, at: Time) -> (Promotion, Vec<Event>) {
    let mut moving = Moving::new(course, Promotion::new(course, at), at);
    moving.emit(Event::Started);
    moving.settle();
    (moving.promotion, moving.events)
}

/// Takes an input: the place where the promotion stands then, and the events that led there. No events mean that
/// nothing changed.
///
/// A clock that went back counts as standing still.
///
/// # Errors
///
/// The input is not taken, and nothing changes.
pub fn decide(
    course: &Course,
    promotion: &Promotion,
    input: &Input,
    now: Time,
) -> Result<(Promotion, Vec<Event>), Refusal> {
    let mut moving = Moving::new(course, promotion.clone(), now);
    moving.take(input)?;
    moving.settle();
    Ok((moving.promotion, moving.events))
}

/// A promotion on its way from one place to the next.
struct Moving<'a> {
    course: &'a Course,
    promotion: Promotion,
    now: Time,
    events: Vec<Event>,
}

impl<'a> Moving<'a> {
    fn new(course: &'a Course, promotion: Promotion, now: Time) -> Self {
        let now = now.max(promotion.at);
        Self { course, promotion, now, events: Vec::new() }
    }

    /// Writes an event down and remembers it.
    fn emit(&mut self, event: Event) {
        self.promotion.apply(&event, self.now);
        self.events.push(event);
    }

    /// The last attempt of a node.
    fn attempt(&self, node: &NodeId) -> Attempt {
        let number = self.promotion.nodes.get(node).map_or(0, |it| it.attempt);
        Attempt { node: node.clone(), number }
    }

    fn end(&mut self, node: &NodeId, end: End, reason: Option<String>) {
        let of = self.attempt(node);
        self.emit(Event::Ended { of, end, reason });
    }

    /// A node with where it stands.
    fn node(&self, node: &NodeId) -> Option<(&'a Node, &Standing)> {
        Some((self.course.nodes.get(node)?, self.promotion.nodes.get(node)?))
    }
}
