//! How much of one answer is read: the text may come from anywhere, and must not fill the memory.

use std::cell::Cell;

use serde::de::Error;

/// How many items and entries of lists and maps are read of one answer. The longest answers, logs of the largest size
/// that is read at all, have half as many; more would only fill the memory.
pub(super) const MOST_ITEMS: usize = 300_000;

/// How deep structs and maps may be nested; logs, the deepest, have a dozen levels.
pub(super) const DEEPEST: usize = 64;

/// How many more items and levels of one answer may be read.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    left: &'a Cell<usize>,
    depth: usize,
}

impl<'a> Limits<'a> {
    /// At the outermost level. `left` counts down from [`MOST_ITEMS`].
    pub(super) fn new(left: &'a Cell<usize>) -> Self {
        Self { left, depth: 0 }
    }

    /// Counts one more item.
    pub(super) fn one_more<E: Error>(self) -> Result<(), E> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Err(E::custom(format!("it has more than {MOST_ITEMS} items")));
        };
        self.left.set(left);
        Ok(())
    }

    /// One level deeper.
    pub(super) fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            return Err(E::custom("it is nested too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}
