//! A span of time as people read it.

use std::time::Duration;

/// A span as people read it.
#[must_use]
pub fn span(span: Duration) -> String {
    match span.as_secs() {
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        let read = |seconds: f64| span(Duration::from_secs_f64(seconds));
        assert_eq!(
            [read(0.25), read(12.9), read(75.0), read(3700.0)],
            ["0.2 s", "12 s", "1 min 15 s", "1 h 1 min"]
        );
    }
}
