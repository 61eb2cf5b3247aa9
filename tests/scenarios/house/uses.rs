//! The paths in a file: of its imports, of its re-exports, and in its code.

use std::sync::LazyLock;

use regex::Regex;

use super::rust_text::closing;

static STATEMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u:\b)(pub(?:\s*\([^)]*\))?\s+)?use(?-u:\s)+([^;]+);"));
static PATH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u:\b[a-z_]\w*(?:\s*::\s*\w+)+)"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

/// The segments of a path, `["crate", "model", "Name"]`.
pub(crate) type Segments = Vec<String>;

/// The paths in a file.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// The paths of its `use` lines, and those that begin with `crate`, `super` or `self` in its code.
    pub(crate) imported: Vec<Segments>,
    /// The paths of its `pub use` lines, each with its name here. They are not imports.
    pub(crate) reexports: Vec<(String, Segments)>,
    /// Other paths in its code that begin in lower case: `child::call()`.
    pub(crate) called: Vec<Segments>,
}

/// Reads code without comments and literals.
pub(crate) fn uses(code: &str) -> Uses {
    let mut found = Uses::default();
    for it in STATEMENT.captures_iter(code) {
        let mut paths = Vec::new();
        expand(&[], &it[2], &mut paths);
        if it.get(1).is_some() {
            found.reexports.extend(paths.into_iter().filter_map(named));
        } else {
            found.imported.extend(paths.into_iter().map(|(path, _)| path));
        }
    }
    let body = STATEMENT.replace_all(code, " ");
    for it in PATH.find_iter(&body).filter(|it| !body[..it.start()].ends_with([':', '.', '$'])) {
        let path = segments(it.as_str());
        let is_rooted = ["crate", "super", "self"].contains(&path[0].as_str());
        if is_rooted { found.imported.push(path) } else { found.called.push(path) }
    }
    found
}

/// The name of a re-export: its alias, or else the last segment.
fn named((path, alias): (Segments, Option<String>)) -> Option<(String, Segments)> {
    Some((alias.or_else(|| path.last().cloned())?, path))
}

fn segments(path: &str) -> Segments {
    path.split("::").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// Every path of a `use` tree, with its alias; `self` and `*` at the end mean the module before them.
fn expand(prefix: &[String], text: &str, found: &mut Vec<(Segments, Option<String>)>) {
    let head = &text[..text.find('{').unwrap_or(text.len())];
    if head.len() == text.len() {
        let (path, alias) = text.split_once(" as ").unwrap_or((text, ""));
        let mut path = [prefix, &segments(path)].concat();
        if path.last().is_some_and(|it| it == "self" || it == "*") {
            path.pop();
        }
        let alias = Some(alias.trim().to_owned()).filter(|it| !it.is_empty());
        if !path.is_empty() {
            found.push((path, alias));
        }
        return;
    }
    let prefix = [prefix, &segments(head)].concat();
    let inner = &text[head.len() + 1..closing(text, head.len())];
    members(inner).into_iter().filter(|it| !it.trim().is_empty()).for_each(|it| expand(&prefix, it, found));
}

/// The members of a brace group.
fn members(inner: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&inner[start..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(paths: &[Segments]) -> Vec<String> {
        paths.iter().map(|it| it.join("::")).collect()
    }

    #[test]
    fn a_use_tree_is_all_its_paths() {
        let found = uses("use crate::a::{self, b::{C, D as E}, f::*,\n g};\nuse super::h;");
        let wanted =
            ["crate::a", "crate::a::b::C", "crate::a::b::D", "crate::a::f", "crate::a::g", "super::h"];
        assert_eq!(joined(&found.imported), wanted);
    }

    #[test]
    fn what_is_reexports_has_its_name() {
        let found = uses("pub use a::{B, C as D};\npub(crate) use crate::e;");
        let names: Vec<&str> = found.reexports.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["B", "D", "e"]);
        assert!(found.imported.is_empty() && found.called.is_empty());
    }

    #[test]
    fn paths_in_the_code_count() {
        let found = uses("fn f() -> crate :: a::B { c::d(self::e::F, x.g::<H>(), I::new()) }");
        assert_eq!(joined(&found.imported), ["crate::a::B", "self::e::F"]);
        assert_eq!(joined(&found.called), ["c::d"]);
    }
}
