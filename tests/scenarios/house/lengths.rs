//! How long files and functions are, tests left out.

use std::sync::LazyLock;

use regex::Regex;

use super::rust_text::{closing, shipped};
use crate::support::tree::Source;

static FUNCTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u:\bfn\s+(?:r#)?(\w+))").expect("a pattern"));

/// A file or a function, and its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Length {
    /// `src/a.rs`, or `src/a.rs: name` for a function.
    pub(crate) name: String,
    /// Blank and comment lines included; of a function from `fn` to its closing brace.
    pub(crate) lines: usize,
}

/// The files of the product.
pub(crate) fn files(sources: &[Source]) -> Vec<Length> {
    let files = sources.iter().filter(|it| !is_test(&it.path));
    files.map(|it| Length { name: it.path.clone(), lines: shipped(&it.text).lines }).collect()
}

/// The functions with a body. A nested one also counts in its parent.
pub(crate) fn functions(sources: &[Source]) -> Vec<Length> {
    let files = sources.iter().filter(|it| !is_test(&it.path));
    files.flat_map(|it| functions_of(&it.path, &shipped(&it.text).code)).collect()
}

/// The names of what has more lines than `most`.
pub(crate) fn over(all: &[Length], most: usize) -> Vec<String> {
    all.iter().filter(|it| it.lines > most).map(|it| it.name.clone()).collect()
}

/// The same; nothing if at least `percent` of all have no more than `most`.
pub(crate) fn over_unless(percent: usize, all: &[Length], most: usize) -> Vec<String> {
    let over = over(all, most);
    if (all.len() - over.len()) * 100 >= percent * all.len() { Vec::new() } else { over }
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|it| it == "tests" || it == "tests.rs")
}

fn functions_of(path: &str, code: &str) -> Vec<Length> {
    let length = |it: regex::Captures<'_>| {
        let whole = it.get(0)?;
        let end = closing(code, body(code, whole.end())?);
        let lines = code[whole.start()..end].matches('\n').count() + 1;
        Some(Length { name: format!("{path}: {}", &it[1]), lines })
    };
    FUNCTION.captures_iter(code).filter_map(length).collect()
}

/// Where the body of a function opens; `None` for one without a body.
fn body(code: &str, after: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in code.bytes().enumerate().skip(after) {
        match letter {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    fn length(name: &str, lines: usize) -> Length {
        Length { name: name.to_owned(), lines }
    }

    #[test]
    fn a_file_is_as_long_as_what_ships_of_it() {
        let tests = "#[cfg(test)]\nmod tests {\n    fn f() {\n    }\n}\n";
        let long = "//! A.\n".repeat(301);
        let sources = [
            source("src/a.rs", &format!("{long}{tests}")),
            source("src/b.rs", &format!("//! B.\n\n{tests}")),
            source("src/b/tests.rs", &long),
        ];
        let files = files(&sources);
        assert_eq!(files, [length("src/a.rs", 301), length("src/b.rs", 2)]);
        assert_eq!(over(&files, 300), ["src/a.rs"]);
        assert_eq!(over(&files, 301), Vec::<String>::new());
    }

    #[test]
    fn one_in_twenty_may_be_longer() {
        let mut all = vec![length("short", 300); 19];
        all.push(length("long", 301));
        assert_eq!(over_unless(95, &all, 300), Vec::<String>::new());
        all.push(length("longer", 302));
        assert_eq!(over_unless(95, &all, 300), ["long", "longer"]);
    }

    #[test]
    fn a_function_is_as_long_as_from_its_name_to_its_brace() {
        let text = "/// Doc.\n#[must_use]\npub fn a(\n    f: fn(u8) -> [u8; 2],\n) -> u8 {\n    // }\n    0\n}\n\
                    trait T {\n    fn b(&self);\n    fn c(&self) { fn d() {\n } }\n}\n\
                    #[cfg(test)]\nmod tests {\n    fn e() {}\n}\n";
        let wanted = [length("src/a.rs: a", 6), length("src/a.rs: c", 2), length("src/a.rs: d", 2)];
        assert_eq!(functions(&[source("src/a.rs", text)]), wanted);
        let long = format!("fn long() {{\n{}}}\n", "    x();\n".repeat(58));
        let longer = format!("fn longer() {{\n{}}}\n", "    x();\n".repeat(59));
        let all = functions(&[source("src/a.rs", &format!("{long}{longer}"))]);
        assert_eq!(over(&all, 60), ["src/a.rs: longer"]);
    }
}
