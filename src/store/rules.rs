//! The engine as the store calls it: an engine that panics is an error of one promotion, not the end of the process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::flow::course::{Action, Attempt, Course};
use crate::flow::engine::{self, Wish};
use crate::flow::input::{Input, Refusal};
use crate::flow::promotion::{Event, Promotion};
use crate::flow::time::Time;

use super::places::{self, Held, Waiting};
use super::status::{self, Cell};

type Decided = Result<(Promotion, Vec<Event>), Refusal>;

/// What decides. The store always uses the engine's own functions; tests plant mistakes.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) start: fn(&Course, Time) -> (Promotion, Vec<Event>),
    pub(super) decide: fn(&Course, &Promotion, &Input, Time) -> Decided,
}

impl Rules {
    /// The engine's own.
    pub(super) fn engine() -> Self {
        Self { start: engine::start, decide: engine::decide }
    }
}

/// Where a promotion stands after a batch of events, and everything that follows from it.
pub(super) struct Moved {
    pub(super) promotion: Promotion,
    pub(super) events: Vec<Event>,
    pub(super) derived: Derived,
}

/// What the tables hold because a promotion stands where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Derived {
    pub(super) ended: Option<Time>,
    pub(super) wake: Option<Time>,
    pub(super) status: &'static str,
    pub(super) reason: Option<String>,
    pub(super) effects: Vec<Wanted>,
    pub(super) holds: Vec<Held>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) cells: Vec<Cell>,
}

/// An effect that must be going on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) of: Attempt,
    pub(super) action: Action,
    pub(super) wish: Wish,
    pub(super) reference: Option<String>,
    pub(super) again: bool,
}

/// Starts a promotion. `Err` = the engine panicked, with its message.
pub(super) fn start(rules: Rules, course: &Course, at: Time) -> Result<Moved, String> {
    guarded(|| {
        let (promotion, events) = (rules.start)(course, at);
        let derived = derive(course, &promotion);
        Moved { promotion, events, derived }
    })
}

/// Takes an input. `Err` = the engine panicked, with its message.
pub(super) fn decide(
    rules: Rules,
    course: &Course,
    promotion: &Promotion,
    input: &Input,
    now: Time,
) -> Result<Result<Moved, Refusal>, String> {
    guarded(|| {
        let (promotion, events) = (rules.decide)(course, promotion, input, now)?;
        let derived = derive(course, &promotion);
        Ok(Moved { promotion, events, derived })
    })
}

/// What follows from where a promotion stands.
pub(super) fn derive(course: &Course, promotion: &Promotion) -> Derived {
    let ending = engine::ending(course, promotion);
    let effects = engine::pending(course, promotion).into_iter().map(|(of, effect)| Wanted {
        of,
        action: effect.action.clone(),
        wish: effect.wish,
        reference: effect.reference.map(str::to_owned),
        again: effect.again,
    });
    Derived {
        ended: ending.as_ref().map(|_| promotion.at),
        wake: engine::wake(course, promotion),
        status: status::status(course, promotion, ending.as_ref()),
        reason: status::reason(course, promotion, ending.as_ref()),
        effects: effects.collect(),
        holds: places::holds(course, promotion),
        waiting: places::waiting(course, promotion),
        cells: status::cells(course, promotion),
    }
}

/// Runs what is pure; a panic becomes its message. Nothing outside can have been left half done.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|it| (*it).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        format!("the engine panicked: {}", text.unwrap_or_else(|| "it left no message".to_owned()))
    })
}

/// A number for where a promotion stands, the same in every build (FNV-1a over its text).
///
/// Only the bits that a BIGINT keeps as they are.
pub(super) fn mark(text: &str) -> i64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, it| (hash ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3));
    hash.cast_signed()
}
