//! Finds many patterns in one walk through a text, whichever way each of their signs is written.
//!
//! This is the automaton of Aho and Corasick over signs, walked by several readings of a text at once: at an escape one
//! goes on with the escape as it is written and one with what it means, and at a line break one goes on as if it were
//! not there. Memory is that of the patterns, and time is that of the text.

use std::collections::VecDeque;
use std::ops::Range;

use super::lengths::{SHORTEST_BEFORE_DOTS, SHORTEST_BEFORE_SIGN, SHORTEST_WIDE};
use super::signs::{Ellipsis, Readings};

/// More readings of one place than this are not followed; those that have come furthest are.
const MOST_WALKS: usize = 16;
/// How many shorter beginnings are tried where another reading of the same place has come further.
const MOST_SUFFIXES: usize = 256;

/// What is to be done with what stands around a pattern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Around {
    /// The sign of base64 before it holds bits of it.
    pub(super) mixed_front: bool,
    /// The sign of base64 behind it may hold bits of it, and padding follows.
    pub(super) mixed_back: bool,
    /// Only its beginning is known: everything behind it belongs to it.
    pub(super) goes_on: bool,
}

const ROOT: u32 = 0;
/// Node 0 is the root, which is nobody's child.
const NO_NODE: u32 = 0;

/// The bits of [`Node::marks`].
mod mark {
    /// A pattern that may be interrupted goes through here.
    pub(super) const WIDE: u8 = 1;
    pub(super) const MIXED_FRONT: u8 = 2;
    pub(super) const MIXED_BACK: u8 = 4;
    pub(super) const GOES_ON: u8 = 8;
    /// Those that tell of the pattern that ends here.
    pub(super) const OF_END: u8 = MIXED_FRONT | MIXED_BACK | GOES_ON;
}

/// How many bits a length takes; the rest of the word holds marks.
const LENGTH_BITS: u32 = 24;

/// A beginning of patterns.
#[derive(Clone, Copy)]
struct Node {
    sign: char,
    /// The longest other beginning that this one ends with.
    suffix: u32,
    child: u32,
    sibling: u32,
    depth: u32,
    /// The length of the longest pattern that this beginning ends with, 0 for none, and [`mark`]s above it.
    ends: u32,
}

impl Node {
    fn marks(&self) -> u8 {
        u8::try_from(self.ends >> LENGTH_BITS).unwrap_or_default()
    }

    fn mark(&mut self, marks: u8) {
        self.ends |= u32::from(marks) << LENGTH_BITS;
    }

    /// The length of the longest pattern that ends here.
    fn length(&self) -> usize {
        (self.ends & ((1 << LENGTH_BITS) - 1)) as usize
    }

    fn is_wide(&self) -> bool {
        self.marks() & mark::WIDE != 0
    }
}

/// Patterns to look for.
pub(super) struct Patterns {
    nodes: Vec<Node>,
    /// The root's children by their sign, those of ASCII.
    first: [u32; 128],
    /// By the first byte of what stands at a place: whether no pattern can begin there.
    idle: [bool; 256],
}

impl Patterns {
    /// These patterns, each with what belongs to it besides. In a pattern all white space is one blank.
    pub(super) fn new(patterns: &[(Vec<char>, Around)]) -> Self {
        let most = 1 + patterns.iter().map(|(signs, _)| signs.len()).sum::<usize>();
        let root = Node { sign: '\0', suffix: ROOT, child: NO_NODE, sibling: NO_NODE, depth: 0, ends: 0 };
        let mut nodes = Vec::with_capacity(most);
        nodes.push(root);
        let mut made = Self { nodes, first: [NO_NODE; 128], idle: [true; 256] };
        for (signs, around) in patterns {
            made.insert(signs, *around);
        }
        made.link();
        made.idle = made.idle_bytes();
        made
    }

    fn insert(&mut self, signs: &[char], around: Around) {
        let wide = signs.len() >= SHORTEST_WIDE;
        let mut at = ROOT;
        for sign in signs {
            at = match self.child(at, *sign) {
                NO_NODE => self.grow(at, *sign),
                known => known,
            };
            if wide {
                self.nodes[at as usize].mark(mark::WIDE);
            }
        }
        let node = &mut self.nodes[at as usize];
        node.ends |= node.depth;
        for (is, marks) in [
            (around.mixed_front, mark::MIXED_FRONT),
            (around.mixed_back, mark::MIXED_BACK),
            (around.goes_on, mark::GOES_ON),
        ] {
            node.mark(if is { marks } else { 0 });
        }
    }

    fn grow(&mut self, parent: u32, sign: char) -> u32 {
        // A text of four thousand million signs is no secret that this process could hold.
        let new = u32::try_from(self.nodes.len()).unwrap_or(NO_NODE);
        let Node { child: sibling, depth, .. } = self.nodes[parent as usize];
        self.nodes.push(Node { sign, suffix: ROOT, child: NO_NODE, sibling, depth: depth + 1, ends: 0 });
        self.nodes[parent as usize].child = new;
        if parent == ROOT && sign.is_ascii() {
            self.first[sign as usize] = new;
        }
        new
    }

    fn child(&self, of: u32, sign: char) -> u32 {
        if of == ROOT && sign.is_ascii() {
            return self.first[sign as usize];
        }
        let mut it = self.nodes[of as usize].child;
        while it != NO_NODE && self.nodes[it as usize].sign != sign {
            it = self.nodes[it as usize].sibling;
        }
        it
    }

    /// Finds for each beginning its longest suffix that begins a pattern too, the short ones first.
    fn link(&mut self) {
        let mut order = Vec::with_capacity(self.nodes.len());
        order.push(ROOT);
        let mut next = 0;
        while let Some(parent) = order.get(next).copied() {
            next += 1;
            let mut it = self.nodes[parent as usize].child;
            while it != NO_NODE {
                order.push(it);
                let Node { sign, sibling, .. } = self.nodes[it as usize];
                let suffix = match parent {
                    ROOT => ROOT,
                    parent => self.step(self.nodes[parent as usize].suffix, sign, usize::MAX),
                };
                let shorter = self.nodes[suffix as usize];
                let node = &mut self.nodes[it as usize];
                node.suffix = suffix;
                if node.length() == 0 {
                    node.ends |= u32::try_from(shorter.length()).unwrap_or_default();
                    node.mark(shorter.marks() & mark::OF_END);
                }
                it = sibling;
            }
        }
    }

    /// The longest beginning that there is after one more sign.
    fn step(&self, from: u32, sign: char, most: usize) -> u32 {
        let mut at = from;
        for _ in 0..most {
            match self.child(at, sign) {
                NO_NODE if at == ROOT => return ROOT,
                NO_NODE => at = self.nodes[at as usize].suffix,
                found => return found,
            }
        }
        ROOT
    }

    fn idle_bytes(&self) -> [bool; 256] {
        let mut idle = [true; 256];
        let mut it = self.nodes[ROOT as usize].child;
        while it != NO_NODE {
            let Node { sign, sibling, .. } = self.nodes[it as usize];
            let first = sign.encode_utf8(&mut [0; 4]).as_bytes()[0];
            idle[usize::from(first)] = false;
            match sign {
                '+' => idle[usize::from(b'-')] = false,
                '/' => idle[usize::from(b'_')] = false,
                _ => {}
            }
            it = sibling;
        }
        if self.nodes.len() > 1 {
            idle[usize::from(b'%')] = false;
            idle[usize::from(b'\\')] = false;
        }
        idle
    }

    /// Where patterns stand in a text: in order, none touching another.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut search = Search { patterns: self, text, walks: Vec::new(), found: Vec::new() };
        // Where the last line break ends, and the blanks behind it.
        let (mut at, mut broken) = (0, None);
        let mut readings = Readings::default();
        while at < text.len() {
            if search.walks.is_empty() && self.idle[usize::from(text.as_bytes()[at])] {
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

    fn walk_on(&mut self, walk: Walk, readings: &Readings) {
        let nodes = &self.patterns.nodes;
        let from = nodes[walk.node as usize];
        let several = !readings.nothing.is_empty() || readings.signs.len() > 1;
        let most = if several { MOST_SUFFIXES } else { usize::MAX };
        // Where it leads: to which beginning, where the text goes on, and whether a sign was added.
        let mut ways: Vec<(u32, usize, bool)> = Vec::with_capacity(readings.signs.len() + 1);
        for reading in &readings.signs {
            let on = walk.at + reading.length;
            if reading.sign == ' ' && from.sign == ' ' {
                ways.push((walk.node, on, false));
            } else {
                ways.push((self.patterns.step(walk.node, reading.sign, most), on, true));
            }
        }
        if walk.node != ROOT {
            let mut kept = walk.node;
            while kept != ROOT && !nodes[kept as usize].is_wide() {
                kept = nodes[kept as usize].suffix;
            }
            ways.extend(readings.nothing.iter().map(|length| (kept, walk.at + length, false)));
        }
        ways.retain(|(node, ..)| *node != ROOT);
        ways.sort_by_key(|(node, ..)| nodes[*node as usize].depth);
        let mut starts = walk.starts;
        let furthest = ways.len().saturating_sub(1);
        for (number, (node, on, added)) in ways.into_iter().enumerate() {
            let depth = nodes[node as usize].depth as usize;
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
        let node = self.patterns.nodes[walk.node as usize];
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
            let depth = |it: &Walk| self.patterns.nodes[it.node as usize].depth;
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
