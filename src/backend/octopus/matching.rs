//! Finds what a word means in a list: an id, else an exact name (case ignored), else a slug. A weaker match never wins
//! by coming first, and two matches of the same strength are an error that names both. Pure.

use crate::backend::BackendError;
use crate::octopus::channel::Channel;
use crate::octopus::environment::Environment;
use crate::octopus::freeze::Freeze;
use crate::octopus::machine::Machine;
use crate::octopus::project::Project;
use crate::octopus::space::Space;
use crate::octopus::tenant::Tenant;
use crate::text::nearness;

/// A kind of thing that users refer to by a word.
pub(super) trait Named {
    /// The kind, as messages call it.
    const KIND: &'static str;

    /// The server's id.
    fn id(&self) -> &str;

    /// Its display name.
    fn name(&self) -> &str;

    /// Its slug; empty if the kind, or the server, has none.
    fn slug(&self) -> &str;
}

macro_rules! named {
    ($($kind:ty = $word:literal, $slug:expr;)*) => {$(
        impl Named for $kind {
            const KIND: &'static str = $word;

            fn id(&self) -> &str {
                self.id.as_str()
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn slug(&self) -> &str {
                let slug: fn(&Self) -> &str = $slug;
                slug(self)
            }
        }
    )*};
}

named! {
    Space = "space", |it| &it.slug;
    Project = "project", |it| &it.slug;
    Channel = "channel", |it| &it.slug;
    Environment = "environment", |it| &it.slug;
    Tenant = "tenant", |it| &it.slug;
    Machine = "machine", |it| &it.slug;
    Freeze = "deployment freeze", |_| "";
}

/// The item that a word means; `None` if nothing matches.
///
/// # Errors
///
/// Several match with the same strength.
pub(super) fn best_match<'a, T: Named>(word: &str, all: &'a [T]) -> Result<Option<&'a T>, BackendError> {
    let strengths: [fn(&T) -> &str; 3] = [T::id, T::name, T::slug];
    for strength in strengths {
        let mut found: Vec<&T> = Vec::new();
        for it in all.iter().filter(|it| !strength(it).is_empty() && same(strength(it), word)) {
            if !found.iter().any(|known| known.id() == it.id()) {
                found.push(it);
            }
        }
        match found.as_slice() {
            [] => {}
            [one] => return Ok(Some(one)),
            several => {
                let candidates = several.iter().map(|it| format!("'{}' ({})", it.name(), it.id())).collect();
                return Err(BackendError::Ambiguous { kind: T::KIND, name: word.to_owned(), candidates });
            }
        }
    }
    Ok(None)
}

/// The one that a word means.
///
/// # Errors
///
/// Nothing matches, or several match with the same strength.
pub(super) fn find<'a, T: Named>(word: &str, all: &'a [T]) -> Result<&'a T, BackendError> {
    best_match(word, all)?.ok_or_else(|| unknown(T::KIND, word, all.iter().map(|it| it.name().to_owned())))
}

/// Whether the name alone identifies the item: no other has it as its name, id or slug.
pub(super) fn is_plain<T: Named>(one: &T, all: &[T]) -> bool {
    let name = one.name();
    !all.iter()
        .any(|it| it.id() != one.id() && [it.id(), it.name(), it.slug()].iter().any(|it| same(it, name)))
}

/// Whether two names are the same to the server, which ignores case and surrounding blanks.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// The error for an unknown name, with the nearest names.
pub(super) fn unknown(kind: &'static str, name: &str, known: impl Iterator<Item = String>) -> BackendError {
    let mut near: Vec<(usize, String)> =
        known.filter_map(|it| nearness(name, &it).map(|edits| (edits, it))).collect();
    near.sort();
    BackendError::Unknown {
        kind,
        name: name.to_owned(),
        nearest: near.into_iter().map(|(_, it)| it).take(3).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::octopus::EnvironmentId;

    use super::*;

    fn environment(id: u32, name: &str, slug: &str) -> Environment {
        Environment {
            id: EnvironmentId::new(format!("Environments-{id}")).unwrap(),
            name: name.to_owned(),
            slug: slug.to_owned(),
            sort_order: 0,
            use_guided_failure: false,
        }
    }

    fn found(word: &str, all: &[Environment]) -> Result<String, String> {
        find(word, all).map(|it| it.id.to_string()).map_err(|it| it.to_string())
    }

    #[test]
    fn an_id_comes_before_a_name_and_a_name_before_a_slug_whatever_the_order() {
        let mut all = vec![
            environment(1, "Archive", "test"),
            environment(2, "Test", "test-1"),
            environment(3, "Environments-1", "environments-1"),
        ];
        for _ in 0..3 {
            all.rotate_left(1);
            for (word, expected) in [
                ("test", "Environments-2"),
                ("TEST", "Environments-2"),
                ("test-1", "Environments-2"),
                ("archive", "Environments-1"),
                ("Environments-1", "Environments-1"),
                ("environments-3", "Environments-3"),
            ] {
                assert_eq!(found(word, &all).as_deref(), Ok(expected), "{word}");
            }
        }
    }

    #[test]
    fn two_of_the_same_strength_are_an_error_that_names_both() {
        let all = [environment(1, "Test", "a"), environment(2, "test", "b"), environment(3, "Other", "test")];
        let error = found("Test", &all).unwrap_err();
        assert_eq!(
            error,
            "environment 'Test' can mean several: 'Test' (Environments-1), 'test' (Environments-2)"
        );
        assert_eq!(found("a", &all).as_deref(), Ok("Environments-1"));
        let error = found("Tset", &all).unwrap_err();
        assert!(error.starts_with("there is no environment 'Tset'; the nearest is"), "{error}");
    }

    #[test]
    fn a_name_is_plain_where_no_other_has_it_in_any_way() {
        let all = [
            environment(1, "Test", "test"),
            environment(2, "Environments-1", "x"),
            environment(3, "Old", "new"),
            environment(4, "New", "new-1"),
            environment(5, "Twin", "twin"),
            environment(6, "TWIN", "twin-1"),
        ];
        let plain: Vec<bool> = all.iter().map(|it| is_plain(it, &all)).collect();
        assert_eq!(plain, [true, false, true, false, false, false]);
    }
}
