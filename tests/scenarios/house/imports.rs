//! Who may import whom: reads the names after `crate::`, singly or in a brace group.

use regex::Regex;

/// The top-level module that a file of `src/` belongs to; `lib`, `main` and `cli` are the edges.
pub(crate) fn module_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let first = inside.split('/').next().unwrap_or(inside);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// Every import of this file that the table does not allow.
pub(crate) fn problems(path: &str, text: &str, table: &[(&str, &[&str])]) -> Vec<String> {
    let module = module_of(path);
    let code = super::words::code(text);
    let mut found = Vec::new();
    for forbidden in ["super::super", "#[path", "extern crate"] {
        if code.contains(forbidden) {
            found.push(format!("{path}: {forbidden} hides where a name comes from"));
        }
    }
    if module == "lib" {
        return found;
    }
    let binary = ["main", "cli"].contains(&module);
    let allowed: &[&str] = match table.iter().find(|(it, _)| *it == module) {
        _ if binary => &["cli"],
        Some((_, allowed)) => allowed,
        None => {
            found.push(format!("{path}: {module} is not in the table"));
            return found;
        }
    };
    for name in imported(&code) {
        if name != module && !allowed.contains(&name.as_str()) {
            found.push(format!("{path}: {module} may not import {name}"));
        }
    }
    if binary && module == "main" {
        for module in declared(&code).iter().filter(|it| *it != "cli") {
            found.push(format!("{path}: the binary's rooms are in cli/, not in {module}"));
        }
    }
    // From the file that is the module itself, `super` is the crate's root.
    let is_the_module = path == format!("src/{module}/mod.rs") || path == format!("src/{module}.rs");
    let before_tests = code.split("#[cfg(test)]").next().unwrap_or_default();
    if !binary && is_the_module && before_tests.contains("super::") {
        found.push(format!("{path}: super:: is the crate's root here"));
    }
    found
}

/// The modules that a file declares.
fn declared(code: &str) -> Vec<String> {
    let declaration =
        Regex::new(r"(?m)^(?:pub(?:\([a-z]+\))? )?mod (\w+)\s*;").expect("the pattern is right");
    declaration.captures_iter(code).map(|it| it[1].to_owned()).collect()
}

/// The first names after `crate::`, in the order of the text.
fn imported(code: &str) -> Vec<String> {
    let start = Regex::new(r"\bcrate\s*::\s*(\{|\*|\w+)|\buse\s+crate\s*(?:;|as\b)");
    let mut found = Vec::new();
    for it in start.expect("the pattern is right").captures_iter(code) {
        match it.get(1) {
            Some(name) if name.as_str() == "{" => found.extend(group(&code[name.end()..])),
            Some(name) => found.push(name.as_str().to_owned()),
            None => found.push("the whole crate".to_owned()),
        }
    }
    found
}

/// The first names of each member of a brace group; the text begins after the opening brace.
fn group(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut member = String::new();
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(std::mem::take(&mut member)),
            _ if depth == 0 => member.push(letter),
            _ => {}
        }
    }
    found.push(member);
    let first = |member: &String| member.trim().split([':', ' ']).next().unwrap_or_default().to_owned();
    found.iter().map(first).filter(|it| !it.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[(&str, &[&str])] = &[("model", &[]), ("octopus", &[]), ("backend", &["model", "octopus"])];

    fn caught(path: &str, text: &str) -> bool {
        !problems(path, text, TABLE).is_empty()
    }

    #[test]
    fn allowed_imports_pass() {
        let text = "//! Crate doc: crate::ci is not here.\nuse crate::{model::{Name, Version}, octopus};\n\
                    use crate::backend::Error; // not crate::ci\npub(in crate::backend) fn f() {}\n";
        assert_eq!(problems("src/backend/octopus.rs", text, TABLE), Vec::<String>::new());
        assert!(!caught(
            "src/octopus/mod.rs",
            "mod task;\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n"
        ));
        assert!(!caught("src/cli/mod.rs", "use crate::cli::run;\nuse promenade::ci;\n"));
    }

    #[test]
    fn a_forbidden_import_is_caught_in_every_spelling() {
        for text in [
            "use crate::backend::Backend;",
            "use crate::{backend::Backend};",
            "use crate::{\n    octopus::{Task, Release},\n    backend,\n};",
            "fn f() -> crate::backend::Backend {}",
            "use crate::  backend;",
            "use crate :: backend;",
            "use crate::Backend;",
            "use crate::*;",
            "use crate as root;",
            "use super::super::backend;",
            "#[path = \"../backend/mod.rs\"]\nmod sly;",
            "#[cfg(test)]\nmod tests {\n    use crate::backend::Backend;\n}",
        ] {
            assert!(caught("src/octopus/client.rs", text), "{text}");
        }
    }

    #[test]
    fn the_crates_root_is_not_reached_by_super() {
        assert!(caught("src/octopus/mod.rs", "use super::backend;"));
        assert!(!caught("src/octopus/client.rs", "use super::Error;"));
    }

    #[test]
    fn a_folder_outside_the_table_is_caught() {
        assert!(caught("src/utils/mod.rs", "//! Things."));
        assert!(caught("src/utils.rs", "//! Things."));
    }

    #[test]
    fn the_binary_uses_the_public_face_only() {
        assert!(caught("src/main.rs", "mod octopus;"));
        assert!(caught("src/main.rs", "mod cli;\nuse crate::octopus::Client;"));
        assert!(caught("src/cli/handle.rs", "#[path = \"../octopus/client.rs\"]\nmod client;"));
        assert!(!caught("src/main.rs", "mod cli;\nfn main() { cli::run(promenade::ci::VERSION) }"));
    }
}
