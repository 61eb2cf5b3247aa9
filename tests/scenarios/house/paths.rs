//! Every path that a document mentions exists.

use regex::Regex;

/// The paths in this document that the repository, whose files are `here`, does not have.
///
/// Three things are read as a path: the target of a relative link, a word that begins with one of
/// the repository's folders, and a code span that ends in `.rs` or `.md`.
pub(crate) fn missing(document: &str, text: &str, here: &[String]) -> Vec<String> {
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found = Vec::new();
    let mut check = |name: &str, exists: bool| {
        let problem = format!("{document}: mentions {name}, which does not exist");
        if !exists && !found.contains(&problem) {
            found.push(problem);
        }
    };
    for it in pattern(r"\]\(([^)\s]+)\)").captures_iter(text) {
        let target = it[1].split('#').next().unwrap_or_default();
        if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
            check(&it[1], exists(&joined(folder, target), here));
        }
    }
    let folders =
        r"(?:^|[\s`(\x22'])((?:\./)?(?:src|docs|tests|schemas|scripts|benches|\.ci|\.cargo)/[\w./*-]*)";
    for it in pattern(folders).captures_iter(text) {
        let name = it[1].trim_start_matches("./").trim_end_matches(['.', ',']);
        check(name, exists(name, here) || exists(&joined(folder, name), here));
    }
    for it in pattern(r"`([\w./-]+\.(?:rs|md))`").captures_iter(text) {
        let name = &it[1];
        let ends = format!("/{name}");
        check(name, here.iter().any(|path| path == name || path.ends_with(&ends)));
    }
    found
}

fn pattern(text: &str) -> Regex {
    Regex::new(&format!("(?m){text}")).expect("the pattern is right")
}

/// A relative link's target, from the root.
fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// Whether a file or folder of this name is there; `*` stands for any part of a name.
fn exists(name: &str, here: &[String]) -> bool {
    let name = regex::escape(name.trim_end_matches('/')).replace(r"\*", "[^/]*");
    let wanted = Regex::new(&format!("^{name}(?:/|$)")).expect("the pattern is right");
    here.iter().any(|path| wanted.is_match(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing_in(text: &str) -> Vec<String> {
        let here =
            ["README.md", "docs/deploy.md", "src/ci/event.rs", "schemas/event.json"].map(str::to_owned);
        missing("docs/handle.md", text, &here)
    }

    #[test]
    fn paths_that_exist_pass() {
        let text = "[deploy](deploy.md#options), [up](../README.md), [web](https://x.example/a.md), \
                    `src/ci/`, `schemas/*.json`, `ci/event.rs`, `event.rs`, docs/deploy.md. And [here](#top)";
        assert_eq!(missing_in(text), Vec::<String>::new());
    }

    #[test]
    fn paths_that_do_not_exist_are_caught() {
        for text in [
            "[a](gone.md)",
            "[a](../docs/gone.md)",
            "see src/gone.rs for more",
            "`src/ci/gone/`",
            "`schemas/*.yaml`",
            "`ci/gone.rs`",
            "`gone.md`",
            "(tests/gone.rs)",
        ] {
            assert_eq!(missing_in(text).len(), 1, "{text}");
        }
    }
}
