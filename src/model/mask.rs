//! Version masks: `9.1.i` stands for the next number of its kind.

use super::version::ReleaseVersion;

/// A version with open numbers: `i` is the next number, `c` the number of the highest matching release. They stand
/// before any `-` or `+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMask {
    parts: Vec<Part>,
    /// What follows the numbers, including its `-` or `+`.
    rest: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Fixed(String),
    Next,
    Current,
}

impl VersionMask {
    /// Reads a mask; `None` if the version leaves no number open.
    #[must_use]
    pub fn of(version: &ReleaseVersion) -> Option<Self> {
        let (numbers, rest) = split(version.as_str());
        let part = |it: &str| match it {
            "i" => Part::Next,
            "c" => Part::Current,
            other => Part::Fixed(other.to_owned()),
        };
        let parts: Vec<_> = numbers.split('.').map(part).collect();
        let is_open = parts.iter().any(|it| !matches!(it, Part::Fixed(_)));
        is_open.then(|| Self { parts, rest: rest.to_owned() })
    }

    /// Whether this mask can produce the version.
    #[must_use]
    pub fn admits(&self, version: &ReleaseVersion) -> bool {
        let (_, rest) = split(version.as_str());
        rest == self.rest && self.numbers(version, self.parts.len()).is_some()
    }

    /// The text with which every matching version begins, for a server's search; empty if the first number is open.
    #[must_use]
    pub fn beginning(&self) -> String {
        let fixed = self.parts.iter().map_while(|it| match it {
            Part::Fixed(text) => Some(format!("{text}.")),
            Part::Next | Part::Current => None,
        });
        fixed.collect()
    }

    /// The next version after these, counted from the highest that matches the beginning of the mask. Without a match,
    /// `i` is 1 and `c` is 0. `None` = a number is too large to increment.
    #[must_use]
    pub fn next<'a>(&self, existing: impl Iterator<Item = &'a ReleaseVersion>) -> Option<ReleaseVersion> {
        let open = self.parts.iter().position(|it| !matches!(it, Part::Fixed(_))).unwrap_or(0);
        let of_its_kind = existing.filter_map(|it| self.numbers(it, open)).max();
        let number = |at: usize| of_its_kind.as_ref().and_then(|it| it.get(at).copied()).unwrap_or(0);
        let parts: Option<Vec<String>> = self
            .parts
            .iter()
            .enumerate()
            .map(|(at, part)| match part {
                Part::Fixed(text) => Some(text.clone()),
                Part::Next => number(at).checked_add(1).map(|it| it.to_string()),
                Part::Current => Some(number(at).to_string()),
            })
            .collect();
        Some(ReleaseVersion::new(format!("{}{}", parts?.join("."), self.rest)))
    }

    /// Returns the numbers of a version if its first `fixed` parts match those that the mask fixes.
    fn numbers(&self, version: &ReleaseVersion, fixed: usize) -> Option<Vec<u64>> {
        let (numbers, _) = split(version.as_str());
        let found: Option<Vec<u64>> = numbers.split('.').map(|it| it.parse().ok()).collect();
        let found = found?;
        let fits = self.parts.iter().zip(numbers.split('.')).take(fixed).all(|(part, found)| match part {
            Part::Fixed(text) => text == found || text.parse::<u64>().is_ok_and(|it| Ok(it) == found.parse()),
            Part::Next | Part::Current => true,
        });
        // All parts if all must match; otherwise at least as many as are fixed.
        let long_enough = if fixed == self.parts.len() { found.len() == fixed } else { found.len() >= fixed };
        (fits && long_enough).then_some(found)
    }
}

/// Splits a version into its numbers and what follows them.
fn split(text: &str) -> (&str, &str) {
    text.split_at(text.find(['-', '+']).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(text: &str) -> VersionMask {
        VersionMask::of(&ReleaseVersion::new(text)).unwrap_or_else(|| panic!("{text} is a mask"))
    }

    fn next(text: &str, existing: &[&str]) -> Option<String> {
        let existing: Vec<_> = existing.iter().map(|it| ReleaseVersion::new(*it)).collect();
        mask(text).next(existing.iter()).map(|it| it.to_string())
    }

    #[test]
    fn only_open_numbers_make_a_mask() {
        for text in ["1.2.3", "1.2.3-i", "1.2.3+c", "1.2.ii", "v1.2", ""] {
            assert_eq!(VersionMask::of(&ReleaseVersion::new(text)), None, "{text}");
        }
        assert_eq!((mask("9.1.i").beginning(), mask("i.0").beginning()), ("9.1.".into(), String::new()));
    }

    #[test]
    fn the_next_number_is_counted_on_from_the_highest_of_its_kind() {
        for (text, existing, expected) in [
            ("9.1.i", &[][..], "9.1.1"),
            ("9.1.i", &["9.1.1", "9.1.10", "9.1.9", "9.2.50", "1.9.1"], "9.1.11"),
            ("9.1.i", &["9.1.7-beta"], "9.1.8"),
            ("9.i", &["9.4.3"], "9.5"),
            ("9.1.c.i", &["9.1.4.6", "9.1.3.9"], "9.1.4.7"),
            ("9.1.i-rc.1", &["9.1.2"], "9.1.3-rc.1"),
            ("9.1.i", &["nonsense", "9", "09.01.3"], "9.1.4"),
        ] {
            assert_eq!(next(text, existing).as_deref(), Some(expected), "{text} {existing:?}");
        }
        assert_eq!(next("9.i", &["9.18446744073709551615"]), None, "it does not wrap around");
    }

    #[test]
    fn a_mask_admits_what_it_may_give() {
        for (text, version, expected) in [
            ("9.1.i", "9.1.7", true),
            ("9.1.i", "9.2.7", false),
            ("9.1.i", "9.1.7.1", false),
            ("9.1.i", "9.1.7-beta", false),
            ("9.1.i-beta", "9.1.7-beta", true),
            ("9.1.i", "9.1.x", false),
        ] {
            assert_eq!(mask(text).admits(&ReleaseVersion::new(version)), expected, "{text} {version}");
        }
    }
}
