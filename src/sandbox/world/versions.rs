//! Version numbers: their order, ranges in interval notation, the next number of a template, masks.

use std::cmp::Ordering;

use regex::Regex;

/// A version of up to four numbers with an optional pre-release tag and build metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    numbers: [u64; 4],
    pre_release: String,
}

impl Version {
    /// Reads `1`, `1.2`, `1.2.3.4`, `1.2.3-beta.1+build`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.split('+').next().unwrap_or(text);
        let (core, pre_release) = text.split_once('-').unwrap_or((text, ""));
        let mut numbers = [0; 4];
        let core = core.strip_prefix(['v', 'V']).unwrap_or(core);
        for (at, part) in core.split('.').enumerate() {
            *numbers.get_mut(at)? = part.parse().ok()?;
        }
        Some(Self { numbers, pre_release: pre_release.to_owned() })
    }

    pub(super) fn pre_release(&self) -> &str {
        &self.pre_release
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| compare_tags(&self.pre_release, &other.pre_release))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A version without a tag comes after all of its pre-releases; numbers in tags compare as numbers.
fn compare_tags(left: &str, right: &str) -> Ordering {
    if left.is_empty() || right.is_empty() {
        return left.is_empty().cmp(&right.is_empty());
    }
    let mut rights = right.split('.');
    for left in left.split('.') {
        let Some(right) = rights.next() else { return Ordering::Greater };
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => left.cmp(right),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    if rights.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Whether a release may carry this version at all.
pub(super) fn is_valid(text: &str) -> bool {
    let begins = text.starts_with(|it: char| it.is_ascii_alphanumeric());
    let allowed = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_' | '+');
    begins && text.chars().all(allowed) && text.chars().any(|it| it.is_ascii_digit())
}

/// Whether a version lies in a range such as `[2.0,3.0)`, `(,1.5]`, `[1.0]` or `2.0` (this or later).
///
/// # Errors
///
/// The range or the version is invalid.
pub(super) fn in_range(version: &str, range: &str) -> Result<bool, String> {
    let range = range.trim();
    if range.is_empty() {
        return Ok(true);
    }
    let unreadable = || format!("The version range '{range}' could not be understood.");
    let found = Version::parse(version).ok_or_else(|| format!("'{version}' is not a valid version."))?;
    let Some(inner) = range.strip_prefix(['[', '(']) else {
        return Ok(found >= Version::parse(range).ok_or_else(unreadable)?);
    };
    let inner = inner.strip_suffix([']', ')']).ok_or_else(unreadable)?;
    let bound = |text: &str| match text.trim() {
        "" => Ok(None),
        text => Version::parse(text).map(Some).ok_or_else(unreadable),
    };
    let Some((low, high)) = inner.split_once(',') else {
        return Ok(bound(inner)?.is_some_and(|only| found == only));
    };
    let above = bound(low)?.is_none_or(|low| found > low || (range.starts_with('[') && found == low));
    let below = bound(high)?.is_none_or(|high| found < high || (range.ends_with(']') && found == high));
    Ok(above && below)
}

/// Whether a version's pre-release tag matches a rule's regular expression; `^$` means none at all.
///
/// # Errors
///
/// The expression is invalid.
pub(super) fn tag_matches(version: &str, expression: &str) -> Result<bool, String> {
    if expression.is_empty() {
        return Ok(true);
    }
    let regex = Regex::new(expression)
        .map_err(|error| format!("The pre-release tag '{expression}' is not a valid expression: {error}"))?;
    Ok(regex.is_match(Version::parse(version).as_ref().map_or("", Version::pre_release)))
}

/// The number that a project's versioning template gives after the last release.
pub(super) fn next(template: &str, last: Option<&str>) -> String {
    let last = last.and_then(Version::parse);
    let numbers = last.map_or([0; 4], |it| it.numbers);
    let mut text = template.to_owned();
    for (at, name) in ["Major", "Minor", "Patch", "Revision"].into_iter().enumerate() {
        text = text.replace(&format!("#{{Octopus.Version.Last{name}}}"), &numbers[at].to_string());
        text = text
            .replace(&format!("#{{Octopus.Version.Next{name}}}"), &numbers[at].saturating_add(1).to_string());
    }
    text
}

/// Fills in a mask such as `1.4.i` or `1.c.i`: an `i` becomes the number after, and a `c` the number of,
/// the highest of the `known` versions that begin as the mask does, or 0 if there is none.
pub(super) fn unmask<'a>(version: &str, known: impl Iterator<Item = &'a str>) -> String {
    let (core, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let is_open = |part: &&str| matches!(*part, "i" | "c");
    if !core.split('.').any(|part| is_open(&part)) {
        return version.to_owned();
    }
    let fixed: Vec<Option<u64>> =
        core.split('.').take_while(|it| !is_open(it)).map(|it| it.parse().ok()).collect();
    let fits = |it: &Version| fixed.iter().zip(it.numbers).all(|(wanted, is)| *wanted == Some(is));
    let highest = known.filter_map(Version::parse).filter(fits).max();
    let numbers = highest.map_or([0; 4], |it| it.numbers);
    let part = |(at, part): (usize, &str)| match part {
        "i" => numbers.get(at).copied().unwrap_or(0).saturating_add(1).to_string(),
        "c" => numbers.get(at).copied().unwrap_or(0).to_string(),
        other => other.to_owned(),
    };
    let core: Vec<String> = core.split('.').enumerate().map(part).collect();
    format!("{}{rest}", core.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_parts_and_tags_are_ordered() {
        let ordered =
            ["1.9.0", "1.10.0-alpha.2", "1.10.0-alpha.10", "1.10.0", "1.10.0.1", "2.0.0-beta", "2.0.0"];
        for pair in ordered.windows(2) {
            assert!(Version::parse(pair[0]) < Version::parse(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn ranges_keep_their_ends() {
        for (version, range, inside) in [
            ("2.0.0", "[2.0,3.0)", true),
            ("3.0.0", "[2.0,3.0)", false),
            ("2.0.0", "(2.0,3.0)", false),
            ("1.5", "(,1.5]", true),
            ("7.0", "2.0", true),
            ("1.0.1", "[1.0]", false),
        ] {
            assert_eq!(in_range(version, range), Ok(inside), "{version} in {range}");
        }
        assert!(in_range("1.0", "[1.0,").is_err());
    }

    #[test]
    fn an_empty_tag_rule_wants_no_pre_release() {
        assert_eq!(tag_matches("2.4.0", "^$"), Ok(true));
        assert_eq!(tag_matches("2.4.0-rc.1", "^$"), Ok(false));
    }

    #[test]
    fn the_template_and_the_mask_count_on() {
        let template =
            "#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}";
        assert_eq!(next(template, Some("1.4.6")), "1.4.7");
        let known = ["1.4.9", "1.4.10", "1.3.7", "2.0.0-rc.1", "odd"];
        for (mask, version) in [
            ("1.4.i", "1.4.11"),
            ("1.4.c", "1.4.10"),
            ("1.c.i", "1.4.11"),
            ("1.i", "1.5"),
            ("i.0.0", "3.0.0"),
            ("2.0.i", "2.0.1"),
            ("9.1.i", "9.1.1"),
            ("9.1.c", "9.1.0"),
            ("1.3.i-beta", "1.3.8-beta"),
            ("1.4.6-i", "1.4.6-i"),
            ("odd.i", "odd.1"),
        ] {
            assert_eq!(unmask(mask, known.into_iter()), version, "{mask}");
        }
    }
}
