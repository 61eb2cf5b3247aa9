//! Words that a file may hold only where it says so: of the world outside, of speaking, of tests.

/// The world outside: network, disk, processes, clocks.
const OF_THE_WORLD: [&str; 10] = [
    "tokio",
    "sqlx",
    "reqwest",
    "std::fs",
    "std::net",
    "std::process",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];

/// Printing, ending the process, reading the environment.
const OF_SPEAKING: [&str; 14] = [
    "print!(",
    "println!(",
    "dbg!(",
    "stdout()",
    "stderr()",
    "stdin()",
    "std::env",
    "env::var",
    "env::args",
    "process::exit",
    "process::abort",
    "ExitCode",
    "var_os(",
    "vars_os(",
];

/// The text without comments. A `//` inside a string cuts its line short, which can only hide what
/// stands behind it on that line.
pub(crate) fn code(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The code above the tests, which may do as they need.
fn shipped(text: &str) -> String {
    code(text).split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

/// The words of the world outside in a file that decides.
pub(crate) fn impure(path: &str, text: &str) -> Vec<String> {
    let code = shipped(text);
    let found = OF_THE_WORLD.iter().filter(|word| code.contains(**word));
    found.map(|word| format!("{path}: a file that decides may not use {word}")).collect()
}

/// The words of speaking in a file that is not the binary's.
pub(crate) fn speaking(path: &str, text: &str) -> Vec<String> {
    let code = shipped(text);
    let found = OF_SPEAKING.iter().filter(|word| code.contains(**word));
    found.map(|word| format!("{path}: only main.rs and cli/ may use {word}")).collect()
}

/// A file that does not open with what it is.
pub(crate) fn opening(path: &str, text: &str) -> Option<String> {
    (!text.starts_with("//! ")).then(|| format!("{path}: does not open with `//!`"))
}

/// Code that exists for tests only, other than the tests under the code.
pub(crate) fn test_only_code(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    // Long tests stand in a file of their own below the one they test.
    let tests = code.matches("#[cfg(test)]\nmod tests {").count()
        + code.matches("#[cfg(test)]\nmod tests;").count()
        + code.matches("#[cfg(test)]\npub(super) mod tests {").count();
    let all = code.matches("cfg(test").count()
        + code.matches("cfg!(test").count()
        + code.matches("cfg_attr(test").count()
        + code.matches("(test,").count()
        + code.matches("not(test)").count();
    let mut found = Vec::new();
    if all != tests {
        found.push(format!("{path}: code for tests other than `#[cfg(test)] mod tests`"));
    }
    if tests > 1 {
        found.push(format!("{path}: two test modules in one file"));
    }
    let after = code.split("#[cfg(test)]\nmod tests {").nth(1).unwrap_or_default();
    if after.lines().any(|line| line.starts_with(|first: char| first.is_alphabetic())) {
        found.push(format!("{path}: the tests stand at the end of a file"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = "\n#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn f() { println!(); }\n}\n";

    #[test]
    fn a_file_that_decides_may_not_touch_the_world() {
        for word in OF_THE_WORLD {
            assert_eq!(impure("a.rs", &format!("fn f() {{ {word}(); }}")).len(), 1, "{word}");
        }
        assert!(impure("a.rs", &format!("// tokio, in words only.\nfn f() {{}}{TESTS}")).is_empty());
        assert_eq!(impure("a.rs", "let url = \"https://x\"; tokio::spawn(f);").len(), 1);
    }

    #[test]
    fn only_the_binary_may_speak() {
        for word in ["println!(\"x\")", "eprint!(\"x\")", "std::process::exit(1)", "env::var(\"X\")"] {
            assert!(!speaking("a.rs", &format!("fn f() {{ {word}; }}")).is_empty(), "{word}");
        }
        assert!(speaking("a.rs", &format!("const V: &str = env!(\"CARGO_PKG_VERSION\");{TESTS}")).is_empty());
    }

    #[test]
    fn a_file_opens_with_what_it_is() {
        assert!(opening("a.rs", "use std::fmt;\n").is_some());
        assert!(opening("a.rs", "\n//! Late.\n").is_some());
        assert_eq!(opening("a.rs", "//! What it is.\n"), None);
    }

    #[test]
    fn code_for_tests_stands_in_one_module_at_the_end() {
        for text in [
            "#[cfg(test)]\nfn helper() {}\n",
            "#[cfg(any(test, feature = \"x\"))]\nfn helper() {}\n",
            "#[cfg(not(test))]\nfn real() {}\n",
            "fn f() { if cfg!(test) {} }\n",
            "#[cfg_attr(test, derive(Debug))]\nstruct A;\n",
            "#[cfg(test)]\nmod helpers;\n",
            "#[cfg(test)]\nmod tests {\n}\nfn below() {}\n",
        ] {
            assert!(!test_only_code("a.rs", text).is_empty(), "{text}");
        }
        assert!(test_only_code("a.rs", &format!("fn f() {{}}\n{TESTS}")).is_empty());
    }
}
