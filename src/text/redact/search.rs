//! Finds many patterns in one walk through a text, whichever way each of their signs is written.
//!
//! This is the automaton of Aho and Corasick over signs, walked by several readings of a text at once: at an escape one
//! goes on with the escape as it is written and one with what it means, and at a line break one goes on as if it were
//! not there. Memory is that of the patterns, and time is that of the text.

use std::collections::VecDeque;
use std::ops::Range;

use super::lengths::{SHORTEST_BEFORE_DOTS, SHORTEST_BEFORE_SIGN, SHORTEST_WIDE};
use super::patterns::{Patterns, ROOT, mark};
use super::signs::{Ellipsis, Readings};

/// More readings of one place than this are not followed; those that have come furthest are.
const MOST_WALKS: usize = 16;
/// How many shorter beginnings are tried where another reading of the same place has come further.
const MOST_SUFFIXES: usize = 256;

/// Where patterns stand in a text: in order, none touching another.
pub(super) fn find(patterns: &Patterns, text: &str) -> Vec<Range<usize>> {
    let mut search = Search { patterns, text, walks: Vec::new(), found: Vec::new() };
    // Where the last line break ends, and the blanks behind it.
    let (mut at, mut broken) = (0, None);
    let mut readings = Readings::default();
    while at < text.len() {
        if search.walks.is_empty() && patterns.is_idle(text.as_bytes()[at]) {
            at += 1;
            continue;
        }
        let after_break = broken == Some(at);
        readings.read(&text[at..], after_break);
        search.look(at, &readings);
        let sign = text[at..].chars().next().unwrap_or_default();
        if let Some(length) = readings.line_break {
            broken = Some(at + length);
        } else if after_break && matches!(sign, ' ' | '\t') {
            broken = Some(at + 1);
        }
        at += sign.len_utf8();
    }
    search.end()
}

/// One way to read a text up to a place, as far as it matches.
struct Walk {
    /// The longest beginning of a pattern that the text ends with.
    node: u32,
    /// Where the text goes on.
    at: usize,
    /// Where each sign of that beginning stands.
    starts: VecDeque<usize>,
}

struct Search<'a> {
    patterns: &'a Patterns,
    text: &'a str,
    walks: Vec<Walk>,
    found: Vec<Range<usize>>,
}

impl Search<'_> {
    /// Goes on with every walk that has come to this place, and begins a new one.
    fn look(&mut self, at: usize, readings: &Readings) {
        let mut here = Vec::new();
        if !self.walks.is_empty() {
            let (come, later) = std::mem::take(&mut self.walks).into_iter().partition(|it| it.at == at);
            (here, self.walks) = (come, later);
            self.cut(at, readings, &here);
        }
        here.push(Walk { node: ROOT, at, starts: Default::default() });
        for walk in here {
            self.walk_on(walk, readings);
        }
    }

    /// What stands before a place at which a text was cut is hidden where it begins a pattern.
    fn cut(&mut self, at: usize, readings: &Readings, here: &[Walk]) {
        for walk in here {
            let Some(start) = walk.starts.front().copied() else { continue };
            let cut = match readings.ellipsis {
                Some(Ellipsis::Sign) => at - start >= SHORTEST_BEFORE_SIGN,
                Some(Ellipsis::Dots) => at - start >= SHORTEST_BEFORE_DOTS,
                None => readings.line_break.is_some() && walk.starts.len() >= SHORTEST_WIDE,
            };
            if cut {
                self.hide(start..at);
            }
        }
    }

    /// Where a walk leads from here: to which beginning, where the text goes on, and whether a sign was added. The
    /// shortest beginning comes first.
    fn ways(&self, walk: &Walk, readings: &Readings) -> Vec<(u32, usize, bool)> {
        let patterns = self.patterns;
        let from = patterns.node(walk.node);
        let several = !readings.nothing.is_empty() || readings.signs.len() > 1;
        let most = if several { MOST_SUFFIXES } else { usize::MAX };
        let mut ways = Vec::with_capacity(readings.signs.len() + 1);
        for reading in &readings.signs {
            let on = walk.at + reading.length;
            if reading.sign == ' ' && from.sign == ' ' {
                ways.push((walk.node, on, false));
            } else {
                ways.push((patterns.step(walk.node, reading.sign, most), on, true));
            }
        }
        if walk.node != ROOT {
            let mut kept = walk.node;
            while kept != ROOT && !patterns.node(kept).is_wide() {
                kept = patterns.node(kept).suffix;
            }
            ways.extend(readings.nothing.iter().map(|length| (kept, walk.at + length, false)));
        }
        ways.retain(|(node, ..)| *node != ROOT);
        ways.sort_by_key(|(node, ..)| patterns.node(*node).depth);
        ways
    }

    fn walk_on(&mut self, walk: Walk, readings: &Readings) {
        let ways = self.ways(&walk, readings);
        let mut starts = walk.starts;
        let furthest = ways.len().saturating_sub(1);
        for (number, (node, on, added)) in ways.into_iter().enumerate() {
            let depth = self.patterns.node(node).depth as usize;
            let kept = starts.len().min(depth - usize::from(added));
            // The one that comes furthest takes what there is; the others copy what they need of it.
            let mut own = if number == furthest {
                starts.drain(..starts.len() - kept);
                std::mem::take(&mut starts)
            } else {
                starts.range(starts.len() - kept..).copied().collect()
            };
            if added {
                own.push_back(walk.at);
            }
            let next = Walk { node, at: on, starts: own };
            if added {
                self.end_pattern(&next);
            }
            self.keep(next);
        }
    }

    /// Hides the longest pattern that ends here.
    fn end_pattern(&mut self, walk: &Walk) {
        let node = *self.patterns.node(walk.node);
        let length = node.length();
        if length == 0 {
            return;
        }
        let first = walk.starts.len().saturating_sub(length);
        let mut start = walk.starts.get(first).copied().unwrap_or(walk.at);
        let mut end = walk.at;
        let bytes = self.text.as_bytes();
        let marks = node.marks();
        if marks & mark::MIXED_FRONT != 0 && start > 0 && is_base64(bytes[start - 1]) {
            start -= 1;
        }
        if marks & mark::MIXED_BACK != 0 {
            end += usize::from(bytes.get(end).is_some_and(|it| is_base64(*it)));
            end += bytes[end..].iter().take(2).take_while(|it| **it == b'=').count();
        }
        if marks & mark::GOES_ON != 0 {
            end = bytes.len();
        }
        self.hide(start..end);
    }

    fn hide(&mut self, new: Range<usize>) {
        match self.found.last_mut() {
            Some(last) if new.start <= last.end && last.start <= new.end => {
                *last = last.start.min(new.start)..last.end.max(new.end);
            }
            _ => self.found.push(new),
        }
    }

    fn keep(&mut self, walk: Walk) {
        if self.walks.iter().any(|it| it.at == walk.at && it.node == walk.node) {
            return;
        }
        self.walks.push(walk);
        if self.walks.len() > MOST_WALKS {
            let depth = |it: &Walk| self.patterns.node(it.node).depth;
            let shallowest = (0..self.walks.len()).min_by_key(|it| depth(&self.walks[*it]));
            shallowest.map(|it| self.walks.swap_remove(it));
        }
    }

    /// What was found, and what begins a pattern where the text ends.
    fn end(mut self) -> Vec<Range<usize>> {
        let length = self.text.len();
        let last = std::mem::take(&mut self.walks);
        for walk in last.iter().filter(|it| it.at == length && it.starts.len() >= SHORTEST_WIDE) {
            self.hide(walk.starts[0]..length);
        }
        joined(self.found)
    }
}

/// The same places in order, those that overlap or touch as one.
pub(super) fn joined(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|it| it.start);
    found.dedup_by(|new, last| {
        let touches = new.start <= last.end;
        if touches {
            last.end = last.end.max(new.end);
        }
        touches
    });
    found
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/_-".contains(&byte)
}
