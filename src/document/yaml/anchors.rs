//! Anchored values, and the limit on what aliases may expand to.
//!
//! An alias stands for a copy of its value. Some lines of aliases of aliases can stand for more values than a machine
//! can hold, so everything that is made of a file counts against one budget, copies included.

use std::collections::BTreeMap;

use crate::document::tree::{Node, Value};

/// The most values in one file, with its aliases expanded.
pub(super) const MOST_VALUES: usize = 100_000;

/// Text counts as one value more for each of this many bytes.
const BYTES_OF_A_VALUE: usize = 32;

/// A value that is complete.
#[derive(Clone)]
pub(super) struct Built {
    /// The value.
    pub(super) node: Node,
    /// How many values it counts for, itself included.
    pub(super) weight: usize,
    /// How many collections are nested in it, itself included.
    pub(super) height: usize,
}

impl Built {
    /// A value without others in it.
    pub(super) fn leaf(node: Node) -> Self {
        let length = match &node.value {
            Value::Text(text) => text.as_str().len(),
            Value::Number(text) => text.len(),
            _ => 0,
        };
        Self { node, weight: weight_of(length), height: 0 }
    }
}

/// For how many values a text of so many bytes counts.
pub(super) fn weight_of(bytes: usize) -> usize {
    1 + bytes / BYTES_OF_A_VALUE
}

/// Why an alias stands for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoValue {
    /// Its value is not complete where the alias stands: it would contain itself.
    ContainsItself,
    /// With it the file would come to more than [`MOST_VALUES`], or be nested too deep.
    TooLarge,
}

/// The anchored values of a document, and what its file has come to so far.
pub(super) struct Anchors {
    values: BTreeMap<usize, Option<Built>>,
    left: usize,
}

impl Anchors {
    pub(super) fn new() -> Self {
        Self { values: BTreeMap::new(), left: MOST_VALUES }
    }

    /// Forgets the anchors: each document has its own.
    pub(super) fn clear(&mut self) {
        self.values.clear();
    }

    /// Counts values; returns whether the budget allows them.
    pub(super) fn spend(&mut self, weight: usize) -> bool {
        let left = self.left.checked_sub(weight);
        self.left = left.unwrap_or_default();
        left.is_some()
    }

    /// A value with this anchor has begun. 0 is none.
    pub(super) fn begin(&mut self, anchor: usize) {
        if anchor != 0 {
            self.values.insert(anchor, None);
        }
    }

    /// Keeps a copy of an anchored value, which counts like any other; returns whether the budget allows it.
    pub(super) fn keep(&mut self, anchor: usize, built: &Built) -> bool {
        if anchor == 0 {
            return true;
        }
        let is_allowed = self.spend(built.weight);
        if is_allowed {
            self.values.insert(anchor, Some(built.clone()));
        }
        is_allowed
    }

    /// The value that an alias stands for, where it may be nested so many collections more.
    pub(super) fn copy(&mut self, anchor: usize, room: usize) -> Result<Built, NoValue> {
        let Some(Some(built)) = self.values.get(&anchor) else { return Err(NoValue::ContainsItself) };
        let weight = built.weight;
        if built.height > room || weight > self.left {
            return Err(NoValue::TooLarge);
        }
        self.left -= weight;
        Ok(built.clone())
    }
}
