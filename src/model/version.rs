//! Release versions and their order.

use std::cmp::Ordering;
use std::fmt;

/// The version of a release, as the server shows it.
///
/// Octopus accepts semantic versions, up to four numbers (`1.2.3.4`), and masks resolved by the server;
/// equality is by text, order by [`ReleaseVersion::compare`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ReleaseVersion(String);

impl ReleaseVersion {
    /// Takes the text unchanged.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text that was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares two versions: first the numbers (missing ones count as 0), then a release is higher than its
    /// pre-releases, then the parts of the pre-release (numbers before words). Build metadata (`+…`) is ignored.
    ///
    /// Follows SemVer 2.0 section 11, widened to four numbers and a leading `v`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let (numbers, pre) = split(&self.0);
        let (other_numbers, other_pre) = split(&other.0);
        let length = numbers.len().max(other_numbers.len());
        let padded = |it: &[Part]| -> Vec<Part> {
            (0..length).map(|at| it.get(at).cloned().unwrap_or_else(|| Part::number("0"))).collect()
        };
        padded(&numbers).cmp(&padded(&other_numbers)).then_with(|| {
            match (pre.is_empty(), other_pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => pre.cmp(&other_pre),
            }
        })
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ReleaseVersion {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// One dot-separated part. A number is kept as its length and digits, so that none overflows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(usize, String),
    Word(String),
}

impl Part {
    fn number(digits: &str) -> Self {
        let digits = digits.trim_start_matches('0');
        Self::Number(digits.len(), digits.to_owned())
    }

    fn of(text: &str) -> Self {
        if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
            Self::number(text)
        } else {
            Self::Word(text.to_lowercase())
        }
    }
}

fn split(text: &str) -> (Vec<Part>, Vec<Part>) {
    let text = text.split('+').next().unwrap_or_default().trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
    let parts = |it: &str| it.split('.').map(Part::of).collect();
    (parts(numbers), pre.map(parts).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> ReleaseVersion {
        ReleaseVersion::new(text)
    }

    #[test]
    fn versions_are_ordered_as_octopus_orders_them() {
        let ascending = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
            "1.0.0.1",
            "1.9.0",
            "1.10.0",
            "2.0.0-rc.1",
            "2.0.0",
            "10.0.0",
        ];
        for pair in ascending.windows(2) {
            assert_eq!(version(pair[0]).compare(&version(pair[1])), Ordering::Less, "{pair:?}");
        }
    }

    #[test]
    fn metadata_case_a_leading_v_and_missing_numbers_do_not_count() {
        for (one, other) in
            [("1.0.0+a", "1.0.0+b"), ("v1.2", "1.2.0.0"), ("1.0-RC", "1.0-rc"), ("01.2", "1.2")]
        {
            assert_eq!(version(one).compare(&version(other)), Ordering::Equal, "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in "[0-9.av+-]{0,12}", b in "[0-9.av+-]{0,12}", c in "[0-9.av+-]{0,12}") {
            let (a, b, c) = (version(&a), version(&b), version(&c));
            prop_assert_eq!(a.compare(&a), Ordering::Equal);
            prop_assert_eq!(a.compare(&b), b.compare(&a).reverse());
            if a.compare(&b).is_le() && b.compare(&c).is_le() {
                prop_assert!(a.compare(&c).is_le());
            }
        }

        #[test]
        fn a_higher_number_at_any_place_is_a_higher_version(
            numbers in proptest::collection::vec(0_u64..1_000_000_000_000, 1..4), at in 0_usize..4, more in 1_u64..1000
        ) {
            let at = at % numbers.len();
            let mut raised = numbers.clone();
            raised[at] += more;
            let text = |it: &[u64]| it.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
            prop_assert_eq!(version(&text(&numbers)).compare(&version(&text(&raised))), Ordering::Less);
        }
    }
}
