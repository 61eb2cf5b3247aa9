//! When to look at running deployments next: often enough to notice the end early, rarely enough to spare the server.
//!
//! Octopus has no push and no long poll, and all builds of a company that use one service account share 200 requests a
//! minute, so each look delays other builds. docs/performance.md holds the figures; the tests below simulate them.

use std::time::Duration;

/// Requests that one wait may cost in its first three minutes if earlier durations are known.
const BUDGET: f64 = 20.0;
/// The time that [`BUDGET`] covers, in seconds; after it, the budget grows by one request every [`LATER_GAP`] seconds.
const BUDGET_SPAN: f64 = 180.0;
/// Seconds after which the budget grows by one request, once [`BUDGET_SPAN`] is over.
const LATER_GAP: f64 = 15.0;
/// Most durations fall within this fraction of the mean, so this is where looks are dense.
const CORE: f64 = 0.17;
/// The shortest pause between two looks.
const SHORTEST_GAP: Duration = Duration::from_millis(100);
/// The longest pause: what is left of [`BUDGET_SPAN`] once [`BUDGET`] is spent.
const LONGEST_GAP: Duration = Duration::from_secs(180);
/// If earlier durations deviate from the mean by more than this fraction, nothing is predicted.
const SHOULDER: f64 = 0.30;

/// The expected duration of a deployment: the mean of earlier durations, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExpectedDuration(f64);

impl ExpectedDuration {
    /// Computes it from earlier durations of the same project and environment; `None` if they are too few or too far
    /// apart to predict the next one.
    #[must_use]
    pub fn from_history(durations: &[Duration]) -> Option<Self> {
        let seconds: Vec<f64> = durations.iter().map(Duration::as_secs_f64).filter(|it| *it > 0.0).collect();
        if seconds.is_empty() {
            return None;
        }
        let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
        let near = |it: &f64| (it - mean).abs() <= SHOULDER * mean;
        seconds.iter().all(near).then_some(Self(mean))
    }
}

/// How long to wait before the next look.
///
/// `age` is the age of the youngest deployment that has not finished, `spent` what the wait has cost so far
/// in requests. Without `expected`, the end is noticed at most max(1 s, 10 % of the age) late and never more
/// than 10 s.
#[must_use]
pub fn next_look(age: Duration, spent: u32, expected: Option<ExpectedDuration>) -> Duration {
    let age = age.as_secs_f64();
    let gap =
        expected.map_or_else(|| (age / 10.0).clamp(1.0, 10.0), |it| predicted(age, f64::from(spent), it.0));
    // Durations come from the server. Whatever they are, a wait neither spins nor sleeps forever.
    Duration::try_from_secs_f64(gap).map_or(LONGEST_GAP, |it| it.clamp(SHORTEST_GAP, LONGEST_GAP))
}

/// Sparse before the expected end, dense around it, and within the budget at all times.
fn predicted(age: f64, spent: f64, mean: f64) -> f64 {
    let wanted = wanted_gap(age, mean);
    let dense_until = mean * (1.0 + CORE);
    let end = mean * (1.0 + SHOULDER);
    if age >= BUDGET_SPAN {
        let left = BUDGET + (end - BUDGET_SPAN) / LATER_GAP - spent;
        // After the expected end, `wanted` is already LATER_GAP.
        return if left >= 1.0 { wanted.max((end - age) / left) } else { LATER_GAP };
    }
    let left = BUDGET - spent;
    let rest = BUDGET_SPAN - age;
    if age < dense_until {
        let reserve = (BUDGET_SPAN - dense_until).max(0.0) / 18.0;
        let dense = dense_until.min(BUDGET_SPAN) - age;
        if left - reserve >= 1.0 {
            return wanted.max(dense / (left - reserve)).min(wanted.max(dense));
        }
    }
    wanted.max(rest / left.max(1.0))
}

fn wanted_gap(age: f64, mean: f64) -> f64 {
    let (sparse_until, dense_from) = (mean * (1.0 - SHOULDER), mean * (1.0 - CORE));
    let late = age >= BUDGET_SPAN;
    let shoulder = (0.07 * mean).clamp(1.0, if late { 9.0 } else { 12.0 });
    if age < sparse_until {
        let sparse: f64 = if mean < 240.0 { 45.0 } else { 60.0 };
        sparse.min(sparse_until - age).max(1.0)
    } else if age < dense_from {
        shoulder.min((dense_from - age).max(0.5))
    } else if age < mean * (1.0 + CORE) {
        (0.043 * mean).clamp(0.4, if late { 7.5 } else { 4.4 })
    } else if age < mean * (1.0 + SHOULDER) {
        shoulder
    } else {
        (age / 10.0).clamp(1.0, LATER_GAP)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, proptest};

    use super::*;

    /// Requests a wait has cost when it begins to look: two history reads.
    const HISTORY_READS: u32 = 2;

    struct Wait {
        lost: f64,
        looks_in_three_minutes: u32,
        looks: u32,
        seen_at: f64,
    }

    /// Plays one wait for a deployment of `duration` seconds.
    fn wait(duration: f64, expected: Option<ExpectedDuration>) -> Wait {
        let (mut at, mut spent, mut early) = (0.0, if expected.is_some() { HISTORY_READS } else { 0 }, 0);
        let mut looks = 0;
        while at < duration {
            let gap = next_look(Duration::from_secs_f64(at), spent, expected).as_secs_f64();
            assert!(gap > 0.0, "{at} s: looks without end");
            at += gap;
            spent += 1;
            looks += 1;
            early += u32::from(at <= BUDGET_SPAN);
        }
        Wait { lost: at - duration, looks_in_three_minutes: early, looks, seen_at: at }
    }

    #[test]
    fn without_history_little_is_lost_and_looks_are_few() {
        for tenths in 1..=36_000_u32 {
            let duration = f64::from(tenths) / 10.0;
            let wait = wait(duration, None);
            assert!(wait.lost <= f64::max(1.0, duration / 10.0) + 1e-6, "{duration} s: lost {}", wait.lost);
            assert!(wait.lost <= 10.0 + 1e-6);
            assert!(wait.looks_in_three_minutes <= 45, "{duration} s: {} looks", wait.looks_in_three_minutes);
            let later = f64::max(0.0, wait.seen_at - BUDGET_SPAN) / 60.0 * 6.0;
            assert!(f64::from(wait.looks - wait.looks_in_three_minutes) <= later + 1.0);
        }
    }

    #[test]
    fn with_history_a_wait_keeps_its_budget_whatever_happens() {
        for mean in [2.0, 10.0, 45.0, 60.0, 100.0, 130.0, 140.0, 180.0, 200.0, 600.0, 1800.0] {
            let expected = ExpectedDuration::from_history(&[Duration::from_secs_f64(mean)]);
            for percent in 1..400_u32 {
                let wait = wait(mean * f64::from(percent) / 100.0, expected);
                let spent = wait.looks_in_three_minutes + HISTORY_READS;
                assert!(spent <= 20, "mean {mean}, {percent} %: {spent} requests");
                let earned = 20.0 + f64::max(0.0, wait.seen_at - BUDGET_SPAN) / LATER_GAP + 1.0;
                assert!(f64::from(wait.looks + HISTORY_READS) <= earned, "mean {mean}, {percent} %");
            }
        }
    }

    #[test]
    fn with_history_the_mean_loss_is_small() {
        for mean in
            [5.0, 10.0, 20.0, 30.0, 60.0, 100.0, 130.0, 150.0, 156.0, 212.0, 300.0, 600.0, 1200.0, 1560.0]
        {
            let expected = ExpectedDuration::from_history(&[Duration::from_secs_f64(mean)]);
            let lost: Vec<f64> = (-150..=150_i32)
                .map(|permille| wait(mean * (1.0 + f64::from(permille) / 1000.0), expected).lost)
                .collect();
            let average = lost.iter().sum::<f64>() / lost.len() as f64;
            let allowed = if mean * 1.15 <= 180.0 { 2.5 } else { 5.0 };
            assert!(average <= allowed, "mean {mean}: {average} s lost on average");
        }
    }

    proptest! {
        #[test]
        fn no_duration_makes_it_panic_spin_or_sleep_on(
            age in any::<(u64, u32)>(),
            spent: u32,
            history in vec(any::<(u64, u32)>(), 0..4),
        ) {
            let span = |(seconds, nanos): (u64, u32)| Duration::new(seconds, nanos % 1_000_000_000);
            let history: Vec<_> = history.into_iter().map(span).collect();
            for expected in [None, ExpectedDuration::from_history(&history), ExpectedDuration::from_history(&[span(age)])] {
                let gap = next_look(span(age), spent, expected);
                assert!((SHORTEST_GAP..=LONGEST_GAP).contains(&gap), "{gap:?}");
            }
        }
    }

    #[test]
    fn the_longest_and_the_shortest_spans_have_a_pace() {
        for age in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
            for mean in [Duration::from_nanos(1), Duration::MAX] {
                let gap = next_look(age, u32::MAX, ExpectedDuration::from_history(&[mean, mean]));
                assert!((SHORTEST_GAP..=LONGEST_GAP).contains(&gap), "{age:?} {mean:?}: {gap:?}");
            }
        }
    }

    #[test]
    fn durations_too_far_apart_predict_nothing() {
        let seconds = |them: &[u64]| them.iter().map(|it| Duration::from_secs(*it)).collect::<Vec<_>>();
        assert_eq!(ExpectedDuration::from_history(&[]), None);
        assert_eq!(ExpectedDuration::from_history(&seconds(&[30, 300])), None);
        assert_eq!(ExpectedDuration::from_history(&seconds(&[90, 110])), Some(ExpectedDuration(100.0)));
        assert_eq!(
            ExpectedDuration::from_history(&seconds(&[70, 130])),
            Some(ExpectedDuration(100.0)),
            "just near enough"
        );
        assert_eq!(ExpectedDuration::from_history(&seconds(&[69, 131])), None);
        assert_eq!(
            ExpectedDuration::from_history(&seconds(&[0, 100, 0])),
            Some(ExpectedDuration(100.0)),
            "zero is not a duration"
        );
        assert_eq!(ExpectedDuration::from_history(&seconds(&[0])), None);
    }

    /// Compares gaps, in seconds, with those worked out by hand: `(age, spent, gap)`.
    fn gaps(mean: f64, expected: &[(f64, u32, f64)]) {
        for &(age, spent, gap) in expected {
            let got =
                next_look(Duration::from_secs_f64(age), spent, Some(ExpectedDuration(mean))).as_secs_f64();
            assert!((got - gap).abs() < 1e-6, "mean {mean}, age {age}, {spent} spent: {got} and not {gap}");
        }
    }

    /// For a mean of 100 s: shoulders from 70 to 83 s and from 117 to 130 s, and the dense part between them.
    #[test]
    fn looks_are_sparse_then_dense_then_sparse_again() {
        gaps(
            100.0,
            &[
                (0.0, 2, 45.0),
                // No further than to the first shoulder.
                (45.0, 3, 25.0),
                // 0.07 of the mean on the shoulders, and no further than to the dense part.
                (70.0, 2, 7.0),
                (80.0, 2, 3.0),
                // 0.043 of the mean around it.
                (83.0, 2, 4.3),
                (100.0, 2, 4.3),
                (110.0, 2, 4.3),
                (116.0, 2, 4.3),
                (117.0, 2, 7.0),
                (120.0, 2, 7.0),
                // A tenth of the age after the end of what was expected.
                (130.0, 2, 13.0),
                (140.0, 2, 14.0),
            ],
        );
        // Short ones: every second, and more often just before the end.
        gaps(10.0, &[(6.9, 2, 1.0)]);
        gaps(5.0, &[(4.0, 2, 0.5)]);
        // From four minutes on.
        gaps(239.0, &[(0.0, 2, 45.0)]);
        gaps(240.0, &[(0.0, 2, 60.0)]);
    }

    /// Of the 20 requests in 180 s, one for each 18 s after the dense part (117 s to 180 s: 3.5) is kept for it.
    #[test]
    fn looks_grow_rarer_where_the_budget_runs_out() {
        gaps(
            100.0,
            &[
                // 17 s to go with 20 - 14 - 3.5 requests.
                (100.0, 14, 17.0 / 2.5),
                // 20 - 16 - 3.5 is less than one, so what is left is spread until 180 s.
                (50.0, 16, 130.0 / 4.0),
                (117.0, 15, 63.0 / 5.0),
                (140.0, 18, 20.0),
                (140.0, 19, 40.0),
                // None is left: the next one is at 180 s.
                (140.0, 20, 40.0),
                (140.0, 21, 40.0),
            ],
        );
        // The dense part reaches beyond 180 s, so nothing is kept.
        gaps(160.0, &[(150.0, 10, 4.4), (150.0, 15, 6.0)]);
    }

    /// For a mean of 200 s, which is over at 260 s: one more request for each 15 s after 180 s, 5.33 in all.
    #[test]
    fn after_three_minutes_requests_are_earned() {
        gaps(
            200.0,
            &[
                (180.0, 10, 7.5),
                (240.0, 10, 9.0),
                // 60 s to go with 25.33 - 18 requests.
                (200.0, 18, 60.0 / (22.0 / 3.0)),
                // Less than one is left.
                (200.0, 25, 15.0),
                (260.0, 10, 15.0),
                (300.0, 10, 15.0),
            ],
        );
    }
}
