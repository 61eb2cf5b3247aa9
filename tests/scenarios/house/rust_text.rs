//! Rust source as rules about its shape read it: without comments, literals and tests.

use std::sync::LazyLock;

use regex::Regex;

static TESTS: LazyLock<Regex> = LazyLock::new(|| pattern(r"#\[cfg\((?:test\)|all\(test\b[^\]]*)\]"));
static MODULE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;$"));
static ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\A(?:\s*#\s*\[[^\]]*\])*\s*"));
static USE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\A(?:pub(?:\([^)]*\))?\s+)?use\b"));
/// Line comments, strings and characters whole; of block comments and raw strings the beginning.
static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
    let character = r"'(?:\\(?:x[0-9a-fA-F]{2}|u\{[0-9a-fA-F_]+\}|.)|[^'\\\n])'";
    pattern(&format!(r#"(?s)//[^\n]*|/\*|[bc]?r#*"|"(?:\\.|[^"\\])*"|{character}"#))
});
static COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"/\*|\*/"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

/// The part of a file that ships.
pub(crate) struct Shipped {
    /// The text of the same length, with spaces for comments, literals and everything under `#[cfg(test)]`.
    pub(crate) code: String,
    /// Its lines, blank and comment lines included, tests not.
    pub(crate) lines: usize,
    /// The modules of other files that are declared under `#[cfg(test)]`.
    pub(crate) test_modules: Vec<String>,
}

/// Takes the tests out of a file.
pub(crate) fn shipped(text: &str) -> Shipped {
    let mut code = blank(text);
    let mut lines = text.lines().count();
    let mut test_modules = Vec::new();
    let mut from = 0;
    while let Some(found) = TESTS.find_at(&code, from).map(|it| it.range()) {
        let item = item(&code, found.end);
        let declared = MODULE.captures(&code[item.clone()]).map(|it| it[1].to_owned());
        test_modules.extend(declared);
        lines -= code[found.start..item.end].matches('\n').count() + 1;
        code.replace_range(found.start..item.end, &spaces(&code[found.start..item.end]));
        from = item.end;
    }
    Shipped { code, lines, test_modules }
}

/// Where the brace that opens at `open` closes; the end of the text where it does not.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in code.bytes().enumerate().skip(open) {
        match letter {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len() - 1
}

/// The item after an attribute, past its further attributes: up to its `;` or its closing brace.
fn item(code: &str, after: usize) -> std::ops::Range<usize> {
    let start = after + ATTRIBUTES.find(&code[after..]).map_or(0, |it| it.end());
    let is_use = USE.is_match(&code[start..]);
    let ends = |letter: char| letter == ';' || (letter == '{' && !is_use);
    let Some(at) = code[start..].find(ends).map(|it| start + it) else { return start..code.len() };
    let end = if code.as_bytes()[at] == b';' { at } else { closing(code, at) };
    start..(end + 1).min(code.len())
}

/// The text with spaces for comments, strings and characters; lines stay where they are.
pub(crate) fn blank(text: &str) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = LITERAL.find_at(text, at) {
        let end = match found.as_str() {
            "/*" => comment_end(text, found.start()),
            raw if raw.ends_with('"') && !raw.starts_with(['"', '\'', '/']) => {
                let closing = format!("\"{}", "#".repeat(raw.matches('#').count()));
                text[found.end()..].find(&closing).map(|it| found.end() + it + closing.len())
            }
            _ => Some(found.end()),
        };
        let end = end.unwrap_or(text.len());
        blanked.push_str(&text[at..found.start()]);
        blanked.push_str(&spaces(&text[found.start()..end]));
        at = end;
    }
    blanked + &text[at..]
}

fn spaces(text: &str) -> String {
    text.bytes().map(|it| if it == b'\n' { '\n' } else { ' ' }).collect()
}

/// The end of a block comment; they nest.
fn comment_end(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for mark in COMMENT.find_iter(&text[start..]) {
        depth = if mark.as_str() == "/*" { depth + 1 } else { depth - 1 };
        if depth == 0 {
            return Some(start + mark.end());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_lines_stay() {
        for (text, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d\n */ e", "a               \n    e"),
            (r#"f("{ \" }", '{', '\'', b'}')"#, r"f(        ,    ,     , b   )"),
            ("r#\"a \" b\"# + c", "           + c"),
            (r#"br"\" + c("//")"#, r"      + c(    )"),
            ("fn f<'a>(_: &'a str) -> char { '{' }", "fn f<'a>(_: &'a str) -> char {     }"),
        ] {
            assert_eq!(blank(text), code, "{text}");
        }
        assert_eq!(blank("f('é', \"é\nü\") // é").trim_end(), "f(    ,    \n   )");
    }

    #[test]
    fn tests_do_not_ship() {
        let text = "//! A.\nuse a;\n\n#[cfg(test)]\nmod tests {\n    fn f() { \"}\"; }\n}\n";
        let found = shipped(text);
        assert_eq!((found.code.trim(), found.lines, found.test_modules), ("use a;", 3, Vec::new()));
        let text = "fn f() {}\n#[cfg(test)]\n#[expect(dead_code)]\npub(super) mod home;\nfn g() {}\n";
        let found = shipped(text);
        assert_eq!((found.lines, found.test_modules), (2, vec!["home".to_owned()]));
        assert!(found.code.contains("fn g") && !found.code.contains("home"));
        let text = "#[cfg(test)]\nuse a::{b, c};\nfn g() {}\n";
        assert_eq!(shipped(text).code.trim(), "fn g() {}");
    }
}
