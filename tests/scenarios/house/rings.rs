//! Files that import each other in a ring.
//!
//! Paths are resolved along the module tree. A name that a module re-exports leads to the file that defines it; the
//! re-export itself is not an import. A parent that calls its child imports it, by whatever path.

use std::collections::{BTreeMap, BTreeSet};

use super::rust_text::{Shipped, shipped};
use super::uses::{Segments, Uses, uses};
use crate::support::tree::Source;

/// Which files of `src/` each file imports, tests left out.
pub(crate) type Imports = BTreeMap<String, BTreeSet<String>>;

/// The rings, each in the order of its paths.
pub(crate) fn rings(imports: &Imports) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        imports.keys().map(|it| (it, reachable(imports, it))).collect();
    let mut rings: BTreeSet<Vec<String>> = BTreeSet::new();
    for (file, all) in reached.iter().filter(|(file, all)| all.contains(*file)) {
        let back = |it: &&&String| reached.get(**it).is_some_and(|it| it.contains(file));
        rings.insert(all.iter().filter(back).map(|it| (*it).clone()).collect());
    }
    rings.into_iter().collect()
}

/// What the files of a ring import of each other, for people who look for the import to cut.
pub(crate) fn described(imports: &Imports, ring: &[String]) -> String {
    let line = |file: &String| {
        let within: Vec<&str> =
            imports[file].iter().filter(|it| ring.contains(it)).map(String::as_str).collect();
        format!("  {file} imports {}", within.join(", "))
    };
    ring.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn reachable<'a>(imports: &'a Imports, from: &String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in imports.get(file).into_iter().flatten() {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

/// Reads the imports of all files.
pub(crate) fn imports(sources: &[Source]) -> Imports {
    let read: Vec<(&str, Shipped)> = sources.iter().map(|it| (it.path.as_str(), shipped(&it.text))).collect();
    let below_tests = |(path, shipped): &(&str, Shipped)| {
        shipped.test_modules.iter().map(|name| below(path, name)).collect::<Vec<_>>()
    };
    let tests: Vec<String> = read.iter().flat_map(below_tests).collect();
    let is_test = |path: &str| {
        let is_below =
            |it: &String| path.strip_prefix(it.as_str()).is_some_and(|it| it.starts_with(['.', '/']));
        tests.iter().any(is_below)
    };
    let product = read.iter().filter(|(path, _)| !is_test(path));
    let files: Vec<(&str, Segments, Uses)> =
        product.map(|(path, shipped)| (*path, module(path), uses(&shipped.code))).collect();
    let tree = Tree::of(&files);
    files.iter().map(|(path, here, uses)| ((*path).to_owned(), tree.imports(path, here, uses))).collect()
}

/// The path of a file's child module, without its ending.
fn below(path: &str, child: &str) -> String {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let folder = ["/mod", "/lib", "/main"].iter().find_map(|it| stem.strip_suffix(it)).unwrap_or(stem);
    format!("{folder}/{child}")
}

/// The module that a file is: `src/ci/plan/mod.rs` is `ci`, `plan`.
fn module(path: &str) -> Segments {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    let stem = inside.strip_suffix(".rs").unwrap_or(inside);
    let mut segments: Segments = stem.split('/').map(str::to_owned).collect();
    if segments.last().is_some_and(|it| ["mod", "lib", "main"].contains(&it.as_str())) {
        segments.pop();
    }
    segments
}

/// The modules with their files, and the names that they re-export.
struct Tree<'a> {
    files: BTreeMap<&'a [String], &'a str>,
    reexports: BTreeMap<(&'a [String], &'a str), Segments>,
}

impl<'a> Tree<'a> {
    fn of(files: &'a [(&'a str, Segments, Uses)]) -> Self {
        let mut tree = Self { files: BTreeMap::new(), reexports: BTreeMap::new() };
        // The roots of the library and of the binary have the same path. No file imports the binary's.
        for (path, module, _) in files.iter().filter(|(path, ..)| *path != "src/main.rs") {
            tree.files.insert(module, path);
        }
        for (_, module, uses) in files {
            for (name, path) in &uses.reexports {
                if let Some(path) = tree.absolute(path, module) {
                    tree.reexports.insert((module, name), path);
                }
            }
        }
        tree
    }

    fn imports(&self, file: &str, here: &[String], uses: &Uses) -> BTreeSet<String> {
        let calls = uses.called.iter().filter(|it| self.is_child(here, &it[0]));
        let paths = uses.imported.iter().chain(calls);
        let modules = paths.filter_map(|it| self.defining(self.absolute(it, here)?, 0));
        let files = modules.filter_map(|it| self.files.get(it.as_slice()).copied());
        files.filter(|it| *it != file).map(str::to_owned).collect()
    }

    fn is_child(&self, here: &[String], name: &str) -> bool {
        self.files.contains_key([here, &[name.to_owned()]].concat().as_slice())
    }

    /// The path from the crate's root; `None` if it leads out of the crate.
    fn absolute(&self, path: &[String], here: &[String]) -> Option<Segments> {
        let ups = path.iter().take_while(|it| *it == "super").count();
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([here, &path[1..]].concat()),
            "super" => Some([&here[..here.len().checked_sub(ups)?], &path[ups..]].concat()),
            name => self.is_child(here, name).then(|| [here, path].concat()),
        }
    }

    /// The module that defines what a path names, through re-exports.
    fn defining(&self, path: Segments, depth: usize) -> Option<Segments> {
        let mut at = 0;
        while at < path.len() && self.files.contains_key(&path[..=at]) {
            at += 1;
        }
        let Some(name) = path.get(at) else { return Some(path) };
        match self.reexports.get(&(&path[..at], name.as_str())) {
            Some(to) if depth < 8 => self.defining([to.as_slice(), &path[at + 1..]].concat(), depth + 1),
            _ => Some(path[..at].to_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let source =
            |(path, text): &(&str, &str)| Source { path: (*path).to_owned(), text: (*text).to_owned() };
        let root = Source { path: "src/lib.rs".to_owned(), text: "mod a;\nmod b;\n".to_owned() };
        let mut sources: Vec<Source> = files.iter().map(source).collect();
        sources.push(root);
        rings(&imports(&sources))
    }

    #[test]
    fn files_without_a_ring_pass() {
        assert_eq!(
            found(&[
                ("src/a.rs", "use crate::b::B;\n// use crate::a;\npub struct A(&'static str, B);"),
                ("src/b.rs", "pub struct B; const A: &str = \"crate::a::A\";"),
            ]),
            Vec::<Vec<String>>::new()
        );
    }

    #[test]
    fn a_ring_of_two_files_is_caught_in_every_spelling() {
        for back in [
            "use crate::a::A;",
            "use super::a::{A, c};",
            "fn f(_: crate::a::A) {}",
            "use crate::{a::A as C};",
            "use super::a;",
            "use crate::a as c;",
            "fn f() -> super :: a :: A {}",
        ] {
            let files = [("src/a.rs", "use crate::b::B;\npub struct A;"), ("src/b.rs", back)];
            assert_eq!(found(&files), [["src/a.rs", "src/b.rs"]], "{back}");
        }
    }

    #[test]
    fn a_longer_ring_is_one_ring() {
        let files = [
            ("src/a.rs", "use crate::b::B;"),
            ("src/b.rs", "use crate::c::C;"),
            ("src/c.rs", "use crate::d::D;\nuse crate::a::A;"),
            ("src/d.rs", "use crate::c::C;"),
            ("src/e.rs", "use crate::a::A;"),
        ];
        assert_eq!(found(&files), [["src/a.rs", "src/b.rs", "src/c.rs", "src/d.rs"]]);
    }

    #[test]
    fn a_parent_and_its_child_are_a_ring_where_each_needs_the_other() {
        let child = "use super::Parent;\npub fn run(_: &Parent) {}";
        for parent in [
            "mod child;\npub struct Parent;\nfn f() { child::run(&Parent) }",
            "mod child;\nuse child::run;\npub struct Parent;",
            "mod child;\npub struct Parent;\nfn f() { self::child::run(&Parent) }",
            "mod child;\npub struct Parent;\nfn f() { crate::a::child::run(&Parent) }",
        ] {
            let files = [("src/a/mod.rs", parent), ("src/a/child.rs", child)];
            assert_eq!(found(&files), [["src/a/child.rs", "src/a/mod.rs"]], "{parent}");
        }
        let files = [
            ("src/a.rs", "mod child;\npub struct Parent;\nfn f() { child::run() }"),
            ("src/a/child.rs", child),
        ];
        assert_eq!(found(&files), [["src/a.rs", "src/a/child.rs"]]);
    }

    #[test]
    fn a_child_that_only_uses_its_parent_is_not_a_ring() {
        let files =
            [("src/a/mod.rs", "mod child;\npub struct Parent;"), ("src/a/child.rs", "use super::Parent;")];
        assert_eq!(found(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn a_reexport_of_a_child_is_not_an_import() {
        let files = [
            ("src/a/mod.rs", "mod child;\nmod other;\npub use child::Child;\npub(crate) use other::*;"),
            ("src/a/child.rs", "use super::other::Other;\npub struct Child;"),
            ("src/a/other.rs", "pub struct Other;"),
        ];
        assert_eq!(found(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn a_name_that_is_reexports_leads_to_the_file_that_defines_it() {
        let reexports = ("src/a/mod.rs", "mod child;\nmod other;\npub use child::{Child as Kid};");
        let other = ("src/a/other.rs", "use crate::a::Kid;\npub struct Other;");
        let calm = [reexports, other, ("src/a/child.rs", "pub struct Child;")];
        assert_eq!(found(&calm), Vec::<Vec<String>>::new());
        let ring = [reexports, other, ("src/a/child.rs", "use super::other::Other;\npub struct Child;")];
        assert_eq!(found(&ring), [["src/a/child.rs", "src/a/other.rs"]]);
    }

    #[test]
    fn tests_may_import_what_they_like() {
        let files = [
            ("src/a.rs", "use crate::b::B;\n#[cfg(test)]\nmod tests;"),
            ("src/a/tests.rs", "use super::A;\nuse crate::b::B;"),
            ("src/b.rs", "pub struct B;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}"),
        ];
        assert_eq!(found(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn the_arrows_of_a_ring_are_shown() {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        let sources = [
            source("src/a.rs", "use crate::b::B;\nuse crate::c::C;"),
            source("src/b.rs", "use crate::a::A;"),
            source("src/c.rs", ""),
        ];
        let imports = imports(&sources);
        let ring = rings(&imports).remove(0);
        assert_eq!(described(&imports, &ring), "  src/a.rs imports src/b.rs\n  src/b.rs imports src/a.rs");
    }
}
