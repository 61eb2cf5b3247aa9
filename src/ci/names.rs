//! Names that do not exist, with the ones that do.

use crate::event::UnknownName;

/// Why there is no such thing: which names there are, and the nearest one.
#[must_use]
pub fn unknown(kind: &str, name: &str, known: &[&str]) -> UnknownName {
    UnknownName::of(kind, name, known.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let unknown = unknown("flow", "to-prd", &["to-prod", "nightly"]);
        assert_eq!(unknown.message, "unknown flow `to-prd`");
        assert_eq!(unknown.remedy, "did you mean `to-prod`? known are `to-prod` or `nightly`");
    }
}
