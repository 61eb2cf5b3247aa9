//! Many patterns as one automaton over signs, after Aho and Corasick.

use super::lengths::SHORTEST_WIDE;

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

/// The node of the empty beginning.
pub(super) const ROOT: u32 = 0;
/// Node 0 is the root, which is nobody's child.
const NO_NODE: u32 = 0;

/// The bits of [`Node::marks`].
pub(super) mod mark {
    /// A pattern that may be interrupted goes through here.
    pub(in crate::text::redact) const WIDE: u8 = 1;
    pub(in crate::text::redact) const MIXED_FRONT: u8 = 2;
    pub(in crate::text::redact) const MIXED_BACK: u8 = 4;
    pub(in crate::text::redact) const GOES_ON: u8 = 8;
    /// Those that tell of the pattern that ends here.
    pub(in crate::text::redact) const OF_END: u8 = MIXED_FRONT | MIXED_BACK | GOES_ON;
}

/// How many bits a length takes; the rest of the word holds marks.
const LENGTH_BITS: u32 = 24;

/// A beginning of patterns.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) sign: char,
    /// The longest other beginning that this one ends with.
    pub(super) suffix: u32,
    child: u32,
    sibling: u32,
    pub(super) depth: u32,
    /// The length of the longest pattern that this beginning ends with, 0 for none, and [`mark`]s above it.
    ends: u32,
}

impl Node {
    /// The bits of [`mark`].
    pub(super) fn marks(&self) -> u8 {
        u8::try_from(self.ends >> LENGTH_BITS).unwrap_or_default()
    }

    fn mark(&mut self, marks: u8) {
        self.ends |= u32::from(marks) << LENGTH_BITS;
    }

    /// The length of the longest pattern that ends here.
    pub(super) fn length(&self) -> usize {
        (self.ends & ((1 << LENGTH_BITS) - 1)) as usize
    }

    /// Whether a pattern that may be interrupted goes through here.
    pub(super) fn is_wide(&self) -> bool {
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

    /// The node of this number.
    pub(super) fn node(&self, number: u32) -> &Node {
        &self.nodes[number as usize]
    }

    /// Whether no pattern can begin where this byte stands.
    pub(super) fn is_idle(&self, byte: u8) -> bool {
        self.idle[usize::from(byte)]
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
    pub(super) fn step(&self, from: u32, sign: char, most: usize) -> u32 {
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
}
