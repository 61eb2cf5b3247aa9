//! From how many bytes or signs on a secret, or a part of one, is looked for.

/// Secrets shorter than this many bytes are not looked for: they would black out half of every text.
pub const SHORTEST: usize = 4;

/// Lines of a secret that are shorter than this many bytes are not looked for alone, but with the whole only.
pub const SHORTEST_LINE: usize = 2 * SHORTEST;

/// Patterns of at least so many signs are found also where line breaks, control sequences and signs of no width
/// stand between their signs, and by so many first signs where a line ends in the midst of them.
pub(super) const SHORTEST_WIDE: usize = 12;

/// How many first bytes of a pattern are known for what they are before `…`.
pub(super) const SHORTEST_BEFORE_SIGN: usize = SHORTEST;

/// The same before `...`, which stands behind many a word of prose.
pub(super) const SHORTEST_BEFORE_DOTS: usize = 2 * SHORTEST;
