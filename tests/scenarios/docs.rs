//! The documents keep their word: every fenced block is run or parsed.
//!
//! What the info string says:
//! - `sh`: run from top to bottom, and must succeed. `promenade` and `cargo run -- …` are the program under test, a
//!   sandbox that is 20 times as fast is there, and `OCTOPUS_URL`, `OCTOPUS_API_KEY` and `OCTOPUS_SPACE` name it.
//! - `sh exits N`: run, and must end with N.
//! - `sh no-run <reason>`: its syntax is checked.
//! - `toml`: settings of promenade, complete; the program and the schema take them. `toml fragment` is a part of
//!   them, and fits the schema. `toml wrong FILE` is what the program refuses.
//! - `json`: parsed; with a member `event` it is a build event and must fit its schema.
//! - `toml FILE` and `json FILE`, such as `toml promenade.toml`: also written to that file, for the
//!   `sh` blocks further down in the same document.
//! - `yaml FILE`: documents of promotion flows, which fit their schema, written to `promotions/FILE` for the `sh` blocks
//!   further down in the same document.
//! - any other tag needs a reason: `text what a terminal shows`.

use std::process::Command;

use promenade::document::{Format, Source, read};
use promenade::settings::{Document, Settings};

use crate::support::documents::{Block, blocks};
use crate::support::program::{PROGRAM, Sandbox, scrubbed};
use crate::support::tree;

#[test]
fn every_block_of_the_documents_is_run_or_parsed() {
    let documents = tree::documents();
    let read = |it: &tree::Source| match blocks(&it.text) {
        Ok(found) => (found.len(), Story::new(&it.path).check(&found)),
        Err(problem) => (0, vec![format!("{}: {problem}", it.path)]),
    };
    // Each document waits for deployments of its own, so all are read at once.
    let (seen, problems) = std::thread::scope(|scope| {
        let readers: Vec<_> = documents.iter().map(|it| scope.spawn(move || read(it))).collect();
        let all = readers.into_iter().map(|it| it.join().expect("a document is read to its end"));
        all.fold((0, Vec::new()), |(seen, problems), (more, found)| (seen + more, [problems, found].concat()))
    });
    assert!(seen > 0, "no fenced block in {} documents: the check checks nothing", documents.len());
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// One document, read from top to bottom in a folder of its own.
struct Story<'a> {
    document: &'a str,
    folder: tempfile::TempDir,
    sandbox: Option<Sandbox>,
}

impl<'a> Story<'a> {
    fn new(document: &'a str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the document's files");
        Self { document, folder, sandbox: None }
    }

    /// What is wrong with these blocks.
    fn check(&mut self, blocks: &[Block]) -> Vec<String> {
        let mut problems = Vec::new();
        for block in blocks {
            if let Err(problem) = self.read(block) {
                problems.push(format!("{}:{}: {problem}", self.document, block.line));
            }
        }
        problems
    }

    fn read(&mut self, block: &Block) -> Result<(), String> {
        let (first, rest) = block.info.split_once(' ').unwrap_or((&block.info, ""));
        match (block.tag.as_str(), first) {
            ("sh", "no-run") if rest.trim().is_empty() => Err("`sh no-run` needs a reason".into()),
            ("sh", "no-run") => self.syntax(&block.text),
            ("sh", "exits") => self.run(&block.text, rest.trim().parse().map_err(|_| "exits what?")?),
            ("sh", "") => self.run(&block.text, 0),
            ("toml", "fragment") => fragment(&block.text),
            ("toml", "wrong") => {
                self.keep(rest.trim(), &block.text)?;
                settings(&block.text).map_or(Ok(()), |()| Err("the program takes these settings".into()))
            }
            ("toml", name) => {
                self.keep(name, &block.text)?;
                settings(&block.text)?;
                fragment(&block.text)
            }
            ("json", name) => {
                self.keep(name, &block.text)?;
                json(&block.text)
            }
            ("yaml", name) if !name.is_empty() => {
                let folder = self.folder.path().join("promotions");
                std::fs::create_dir_all(&folder).map_err(|e| format!("promotions: {e}"))?;
                std::fs::write(folder.join(name), &block.text).map_err(|e| format!("{name}: {e}"))?;
                yaml(name, &block.text)
            }
            ("sh" | "yaml", _) => Err(format!("nothing reads a block `{} {}`", block.tag, block.info)),
            ("", _) => Err("a block without a tag: sh, toml, json, or `text <reason>`".into()),
            (tag, "") => Err(format!("a block tagged {tag} is not checked, so it needs a reason")),
            _ => Ok(()),
        }
    }

    /// Writes a block that names a file.
    fn keep(&self, name: &str, text: &str) -> Result<(), String> {
        if name.is_empty() {
            return Ok(());
        }
        if !name.contains('.') || name.contains(['/', '\\']) {
            return Err(format!("{name} is not the name of a file"));
        }
        std::fs::write(self.folder.path().join(name), text).map_err(|e| format!("{name}: {e}"))
    }

    /// Checks the syntax of a script that is not run.
    fn syntax(&self, script: &str) -> Result<(), String> {
        let mut shell = self.shell(script);
        finished(shell.args(["-n", "block.sh"]), 0)
    }

    /// Runs a script, beside a sandbox of this document's own where it calls the program.
    fn run(&mut self, script: &str, expected: i32) -> Result<(), String> {
        let mut shell = self.shell(script);
        if script.contains("promenade") || script.contains("cargo run") {
            self.sandbox.get_or_insert_with(|| Sandbox::start(&["--time-scale", "20"])).introduce(&mut shell);
        }
        finished(shell.args(["-e", "-u", "block.sh"]), expected)
    }

    fn shell(&self, script: &str) -> Command {
        let folder = self.folder.path();
        std::fs::write(folder.join("block.sh"), format!("{SHIMS}{script}")).expect("the block is written");
        let mut shell = scrubbed("sh");
        shell.current_dir(folder).env("HOME", folder).env("PROGRAM", PROGRAM);
        shell
    }
}

/// Names for the program as a reader calls it: installed, or by cargo from a clone.
const SHIMS: &str = r#"
promenade() { "$PROGRAM" "$@"; }
cargo() {
    [ "$1" = run ] || { echo "the documents may only say: cargo run" >&2; return 64; }
    while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
    [ $# -eq 0 ] || shift
    "$PROGRAM" "$@"
}
"#;

/// Runs the shell and compares its exit status.
fn finished(shell: &mut Command, expected: i32) -> Result<(), String> {
    let output = shell.output().map_err(|e| format!("no shell: {e}"))?;
    if output.status.code() == Some(expected) {
        return Ok(());
    }
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{}, not {expected}\n{out}{err}", output.status))
}

/// Checks settings as the program does, with a server and a key in the environment.
fn settings(text: &str) -> Result<(), String> {
    let environment = [("OCTOPUS_URL", "https://octopus.example"), ("OCTOPUS_API_KEY", "API-X")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let document = Document::parse(text.as_bytes(), "the block").map_err(|it| it.to_string())?;
    Settings::load(&document, &environment).map(drop).map_err(|it| it.to_string())
}

/// Checks a part of settings against the schema.
fn fragment(text: &str) -> Result<(), String> {
    let table: toml::Table = toml::from_str(text).map_err(|e| e.to_string())?;
    if table.is_empty() {
        return Err("settings without a key".into());
    }
    let value = serde_json::to_value(table).map_err(|e| e.to_string())?;
    fits_schema(&value, "schemas/settings.json")
}

/// Checks each JSON value of a block, a build event against its schema.
fn json(text: &str) -> Result<(), String> {
    let values: Result<Vec<serde_json::Value>, _> =
        serde_json::Deserializer::from_str(text).into_iter().collect();
    let values = values.map_err(|e| e.to_string())?;
    if values.is_empty() {
        return Err("a block without a value".into());
    }
    let mut events = values.iter().filter(|it| it.get("event").is_some());
    events.try_for_each(|event| fits_schema(event, "schemas/event.json"))
}

/// Checks each document of a block against the schema of promotion flows.
fn yaml(name: &str, text: &str) -> Result<(), String> {
    let format = Format::of_name(name).ok_or_else(|| format!("{name} is not the name of a YAML file"))?;
    let documents = read(&Source { name, bytes: text.as_bytes(), format }).map_err(|it| it.to_string())?;
    documents.iter().try_for_each(|it| fits_schema(&it.to_json(), "schemas/promotions.json"))
}

/// Checks a value against one of the repository's schemas.
fn fits_schema(value: &serde_json::Value, schema: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(tree::root().join(schema)).map_err(|e| format!("{schema}: {e}"))?;
    let parsed = serde_json::from_str(&text).map_err(|e| format!("{schema}: {e}"))?;
    let validator = jsonschema::validator_for(&parsed).map_err(|e| format!("{schema}: {e}"))?;
    let problems: Vec<String> =
        validator.iter_errors(value).map(|it| format!("{}: {it}", it.instance_path())).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

#[test]
fn every_test_that_the_architecture_names_exists() {
    let tests: String =
        ["src", "tests"].iter().flat_map(|it| tree::files(it, ".rs")).map(|it| it.text).collect();
    let pages: Vec<_> = tree::documents().into_iter().filter(|it| it.path.starts_with("docs/a")).collect();
    let name = regex::Regex::new("`([a-z0-9]+(?:_[a-z0-9]+){3,})`").expect("the pattern is right");
    let named: Vec<_> = pages.iter().flat_map(|it| name.captures_iter(&it.text)).collect();
    assert!(named.len() > 20, "{} names in {} pages", named.len(), pages.len());
    let missing: Vec<_> = named.iter().filter(|it| !tests.contains(&format!("fn {}(", &it[1]))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_block_that_does_not_keep_its_word_is_caught() {
    for (text, words) in [
        ("```\nx\n```", "without a tag"),
        ("```text\nx\n```", "needs a reason"),
        ("```rust\nx\n```", "needs a reason"),
        ("```yaml\na: 1\n```", "nothing reads"),
        ("```sh sometimes\ntrue\n```", "nothing reads"),
        ("```sh no-run\ntrue\n```", "needs a reason"),
        ("```sh no-run it needs a terminal\nif true; then\n```", "not 0"),
        ("```sh\nfalse\ntrue\n```", "not 0"),
        ("```sh\necho $UNSET_HERE\n```", "not 0"),
        ("```sh\ncargo publish\n```", "may only say"),
        ("```sh exits 3\nexit 4\n```", "4, not 3"),
        ("```toml\na = \n```", "the block:1:"),
        ("```toml\n[deploy]\nto = ['x']\n```", "no project is named"),
        ("```toml\n[connection]\nproject = 'P'\nspaec = 'S'\n```", "did you mean `space`?"),
        ("```toml fragment\n\n```", "without a key"),
        ("```toml fragment\n[deploy]\ntoo = ['x']\n```", "too"),
        ("```toml wrong a.toml\n[connection]\nproject = 'P'\n```", "takes these settings"),
        ("```toml ../a.toml\na = 1\n```", "not the name of a file"),
        ("```json\n{\"a\": }\n```", "line 1"),
        ("```json\n```", "without a value"),
    ] {
        let problems = Story::new("planted.md").check(&blocks(text).unwrap());
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].starts_with("planted.md:1: ") && problems[0].contains(words), "{problems:?}");
    }
}

#[test]
fn a_document_is_one_story() {
    let text = "```toml a.toml\n[connection]\nproject = 'P1'\n```\n```toml wrong c.toml\na = 1\n```\n```json b.json\n{}\n```\n```text what it prints\nx\n```\n\
                ```sh\ntest -z \"${CARGO_MANIFEST_DIR-}\" && grep -q 1 a.toml && grep -q {} b.json\n```\n\
                ```sh exits 3\nexit 3\n```\n```sh no-run it installs things\nscripts/test\n```\n";
    assert_eq!(Story::new("planted.md").check(&blocks(text).unwrap()), Vec::<String>::new());
}
