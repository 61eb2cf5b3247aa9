//! How high each node and each lane of a picture stands in its column.

use std::cmp::Ordering;

use super::bundles::Bundles;
use super::shape::{LANE, ROW, Spot, Wire};

/// How often the columns are centred on each other, there and back.
const SWEEPS: usize = 2;

/// Gives each spot its height. Returns the height of the whole: that of the tallest column.
pub(super) fn place(bundles: &mut Bundles, nodes: usize, columns: usize) -> i64 {
    let Bundles { spots, tie, wires } = bundles;
    let mut rows = Rows::new(spots, wires, nodes, columns);
    rows.order(tie);
    for _ in 0..SWEEPS {
        for column in (0..columns).rev() {
            rows.settle(column, Side::Right);
        }
        for column in 0..columns {
            rows.settle(column, Side::Left);
        }
    }
    rows.height
}

/// Which neighbours a column is centred on.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// A mean that is not divided yet, so that comparing two of them is exact.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: i64,
    count: i64,
}

impl Mean {
    fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    /// Compares by value. The mean of nothing comes last.
    fn compare(self, other: Self) -> Ordering {
        match (self.count, other.count) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Greater,
            (_, 0) => Ordering::Less,
            _ => {
                let times = |sum: i64, count: i64| i128::from(sum) * i128::from(count);
                times(self.sum, other.count).cmp(&times(other.sum, self.count))
            }
        }
    }

    fn whole(self) -> Option<i64> {
        (self.count > 0).then(|| self.sum.div_euclid(self.count))
    }
}

struct Rows<'a> {
    spots: &'a mut [Spot],
    wires: &'a [Wire],
    /// For each spot the wires that lead to it and from it.
    into: Vec<Vec<usize>>,
    out: Vec<Vec<usize>>,
    /// The spots of each column, from top to bottom.
    columns: Vec<Vec<usize>>,
    nodes: usize,
    height: i64,
}

impl<'a> Rows<'a> {
    fn new(spots: &'a mut [Spot], wires: &'a [Wire], nodes: usize, count: usize) -> Self {
        let (mut into, mut out) = (vec![Vec::new(); spots.len()], vec![Vec::new(); spots.len()]);
        for (at, wire) in wires.iter().enumerate() {
            wire.from.iter().for_each(|it| out[*it].push(at));
            wire.to.iter().for_each(|it| into[*it].push(at));
        }
        let mut columns = vec![Vec::new(); count];
        for (at, spot) in spots.iter().enumerate() {
            columns[spot.column].push(at);
        }
        let mut rows = Self { spots, wires, into, out, columns, nodes, height: 0 };
        let tallest = (0..count).map(|it| rows.extent(&rows.columns[it])).max();
        rows.height = tallest.unwrap_or(0);
        rows
    }

    fn size(&self, spot: usize) -> i64 {
        if spot < self.nodes { ROW } else { LANE }
    }

    fn extent(&self, spots: &[usize]) -> i64 {
        spots.iter().map(|it| self.size(*it)).sum()
    }

    /// Orders each column by the mean height of what leads to it, ties by the order of the file, and places it there.
    fn order(&mut self, tie: &[usize]) {
        for column in 0..self.columns.len() {
            let means = self.means(column, Side::Left);
            let spots = std::mem::take(&mut self.columns[column]);
            let mut ordered: Vec<(Mean, usize)> = means.into_iter().zip(spots).collect();
            let place = |it: usize| (tie[it], it >= self.nodes, it);
            ordered.sort_by(|a, b| a.0.compare(b.0).then_with(|| place(a.1).cmp(&place(b.1))));
            self.columns[column] = ordered.iter().map(|(_, spot)| *spot).collect();
            // What nothing leads to stays below the rest.
            let wished = ordered.iter().map(|(mean, _)| mean.whole().unwrap_or(self.height)).collect();
            self.put(column, wished);
        }
    }

    /// Brings each spot of a column as near to the middle of its neighbours on one side as the order allows.
    fn settle(&mut self, column: usize, side: Side) {
        let means = self.means(column, side);
        let spots = self.columns[column].iter();
        let wished = means.iter().zip(spots).map(|(mean, spot)| mean.whole().unwrap_or(self.spots[*spot].y));
        let wished = wished.collect();
        self.put(column, wished);
    }

    /// The mean height of the neighbours of each spot of a column. Each wire's ends are added up once.
    fn means(&self, column: usize, side: Side) -> Vec<Mean> {
        let first = match side {
            Side::Left => column.checked_sub(1),
            Side::Right => Some(column),
        };
        let Some(first) = first else { return vec![Mean::default(); self.columns[column].len()] };
        let start = self.wires.partition_point(|it| it.column < first);
        let ends = |wire: &Wire| match side {
            Side::Left => self.mean(&wire.from),
            Side::Right => self.mean(&wire.to),
        };
        let gap = self.wires[start..].iter().take_while(|it| it.column == first);
        let of_wires: Vec<Mean> = gap.map(ends).collect();
        let wires_of = |spot: usize| match side {
            Side::Left => &self.into[spot],
            Side::Right => &self.out[spot],
        };
        let mean = |spot: &usize| {
            let mut all = Mean::default();
            wires_of(*spot).iter().for_each(|it| all.add(of_wires[it - start]));
            all
        };
        self.columns[column].iter().map(mean).collect()
    }

    fn mean(&self, spots: &[usize]) -> Mean {
        let mut all = Mean::default();
        spots.iter().for_each(|it| all.add(Mean { sum: self.spots[*it].y, count: 1 }));
        all
    }

    /// Places a column's spots below each other, in their order and without overlap, as near to what they wish as that
    /// allows (least squares by pooling adjacent violators), and within the height of the whole.
    fn put(&mut self, column: usize, wished: Vec<i64>) {
        let spots = std::mem::take(&mut self.columns[column]);
        let room = self.height - self.extent(&spots);
        let mut above = 0;
        let mut middles = Vec::with_capacity(spots.len());
        for spot in &spots {
            let size = self.size(*spot);
            middles.push(above + size / 2);
            above += size;
        }
        let shifts = pooled(wished.iter().zip(&middles).map(|(wish, middle)| wish - middle));
        for ((spot, shift), middle) in spots.iter().zip(shifts).zip(middles) {
            self.spots[*spot].y = shift.clamp(0, room) + middle;
        }
        self.columns[column] = spots;
    }
}

/// The nearest numbers that never fall from one to the next.
fn pooled(wished: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut pools: Vec<Mean> = Vec::new();
    for sum in wished {
        let mut pool = Mean { sum, count: 1 };
        while let Some(above) = pools.pop_if(|it| it.compare(pool).is_ge()) {
            pool.add(above);
        }
        pools.push(pool);
    }
    let shift =
        |pool: &Mean| std::iter::repeat_n(pool.whole().unwrap_or(0), pool.count.unsigned_abs() as usize);
    pools.iter().flat_map(shift).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fall_is_pooled_at_its_mean_and_the_rest_stays() {
        assert_eq!(pooled([1, 2, 9].into_iter()), [1, 2, 9]);
        assert_eq!(pooled([5, 1, 9].into_iter()), [3, 3, 9]);
        assert_eq!(pooled([9, 9, 0].into_iter()), [6, 6, 6]);
        assert_eq!(pooled([4, 3, 2, 1, 10].into_iter()), [2, 2, 2, 2, 10]);
        assert_eq!(pooled([-3, -4].into_iter()), [-4, -4]);
    }
}
