//! Where lines turn between two columns of a picture: each wire that has to has an upright track of its own.

use std::collections::{BTreeMap, BTreeSet};

/// The ends of one wire, as lines of the terminal.
pub(super) struct Ends {
    pub(super) from: Vec<usize>,
    pub(super) to: Vec<usize>,
}

impl Ends {
    /// The first and the last line that the wire touches.
    pub(super) fn span(&self) -> (usize, usize) {
        let all = || self.from.iter().chain(&self.to).copied();
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    }

    fn is_straight(&self) -> bool {
        let (first, last) = self.span();
        first == last
    }
}

/// The tracks of one gap.
#[derive(Debug, PartialEq)]
pub(super) struct Tracks {
    /// The track of each wire, counted from the left. A straight wire has none.
    pub(super) of: Vec<Option<usize>>,
    /// The number of tracks.
    pub(super) count: usize,
}

/// Gives each wire the leftmost track on which it touches no other wire. Two wires may cross; they never lie upon each
/// other, so that each line can be followed. `None` where no choice of tracks achieves that.
pub(super) fn tracks(wires: &[Ends]) -> Option<Tracks> {
    let after = after(wires);
    let mut open = vec![0; wires.len()];
    after.iter().flatten().for_each(|it| open[*it] += 1);
    let mut least = vec![0; wires.len()];
    let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut found = Tracks { of: vec![None; wires.len()], count: 0 };
    let mut ready: BTreeSet<((usize, usize), usize)> =
        (0..wires.len()).filter(|it| open[*it] == 0).map(|it| (wires[it].span(), it)).collect();
    let mut placed = 0;
    while let Some((span, wire)) = ready.pop_first() {
        placed += 1;
        if !wires[wire].is_straight() {
            let track = free(&mut taken, least[wire], span);
            found.of[wire] = Some(track);
            after[wire].iter().for_each(|it| least[*it] = least[*it].max(track + 1));
        }
        for next in &after[wire] {
            open[*next] -= 1;
            if open[*next] == 0 {
                ready.insert((wires[*next].span(), *next));
            }
        }
    }
    found.count = taken.len();
    (placed == wires.len()).then_some(found)
}

/// For each wire those that have to turn further right: they leave the gap on a line on which this one enters it.
fn after(wires: &[Ends]) -> Vec<BTreeSet<usize>> {
    let entering: BTreeMap<usize, usize> =
        wires.iter().enumerate().flat_map(|(at, it)| it.from.iter().map(move |line| (*line, at))).collect();
    let mut after = vec![BTreeSet::new(); wires.len()];
    for (at, wire) in wires.iter().enumerate() {
        for other in wire.to.iter().filter_map(|it| entering.get(it)).filter(|it| **it != at) {
            after[*other].insert(at);
        }
    }
    after
}

/// Takes the first track from `least` on that is free on these lines.
fn free(taken: &mut Vec<Vec<(usize, usize)>>, least: usize, span: (usize, usize)) -> usize {
    let apart = |it: &(usize, usize)| it.1 < span.0 || span.1 < it.0;
    let mut track = least;
    while taken.get(track).is_some_and(|it| !it.iter().all(apart)) {
        track += 1;
    }
    while taken.len() <= track {
        taken.push(Vec::new());
    }
    taken[track].push(span);
    track
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(wires: &[(&[usize], &[usize])]) -> Option<(Vec<Option<usize>>, usize)> {
        let ends = |it: &(&[usize], &[usize])| Ends { from: it.0.to_vec(), to: it.1.to_vec() };
        tracks(&wires.iter().map(ends).collect::<Vec<_>>()).map(|it| (it.of, it.count))
    }

    #[test]
    fn wires_that_do_not_touch_share_a_track() {
        assert_eq!(found(&[(&[1], &[0, 2]), (&[5], &[4, 6])]), Some((vec![Some(0), Some(0)], 1)));
        assert_eq!(found(&[(&[1], &[1])]), Some((vec![None], 0)));
        assert_eq!(found(&[(&[1], &[0, 4]), (&[5], &[2, 6])]), Some((vec![Some(0), Some(1)], 2)));
    }

    #[test]
    fn a_wire_turns_before_another_leaves_on_its_line() {
        // The second enters on line 4, on which the first leaves: the first has to turn to the right of it.
        assert_eq!(found(&[(&[0], &[4]), (&[4], &[8])]), Some((vec![Some(1), Some(0)], 2)));
    }

    #[test]
    fn wires_that_would_lie_upon_each_other_are_given_up() {
        assert_eq!(found(&[(&[0], &[4]), (&[4], &[0])]), None);
    }
}
