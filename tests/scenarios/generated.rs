//! What is made from the settings' types is as it would be made now, and holds together.

use promenade::generate::{files, pages, splice, with_inputs};

use crate::support::tree;

/// The text of a file in the repository; a checkout may have changed its line ends.
fn text(path: &str) -> String {
    let read = std::fs::read_to_string(tree::root().join(path));
    read.unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

fn json(path: &str) -> serde_json::Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What of a value does not fit a schema.
fn misfits(value: &serde_json::Value, schema: &str) -> Vec<String> {
    let validator =
        jsonschema::validator_for(&json(schema)).unwrap_or_else(|error| panic!("{schema}: {error}"));
    validator.iter_errors(value).map(|it| format!("{}: {it}", it.instance_path())).collect()
}

fn toml(text: &str) -> serde_json::Value {
    toml::from_str(text).expect("TOML")
}

#[test]
fn the_made_files_are_as_they_would_be_made_now() {
    let remedy = "run `cargo run --example generate` and look at the differences";
    for made in files() {
        assert!(text(made.path) == made.text, "{} is out of date: {remedy}", made.path);
    }
    for page in pages() {
        let now = text(page.path);
        let made = splice(&now, &page.tables);
        assert!(made.as_ref() == Some(&now), "{} is out of date, or lacks its markers: {remedy}", page.path);
    }
    let mut lists = 0;
    for path in tree::every_path() {
        let is_list = path.starts_with("integrations/") || path == "docs/inputs.md";
        // What is not text holds no list.
        let Some(now) = is_list.then(|| std::fs::read_to_string(tree::root().join(&path)).ok()).flatten()
        else {
            continue;
        };
        let now = now.replace("\r\n", "\n");
        let made = with_inputs(&now).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(made == now, "{path} is out of date: {remedy}");
        lists += usize::from(now.contains("inputs:begin"));
    }
    assert!(lists > 0, "there are lists of inputs");
}

#[test]
fn the_schemas_are_schemas() {
    for made in files().iter().filter(|it| it.path.ends_with(".json")) {
        let schema = json(made.path);
        assert!(jsonschema::meta::is_valid(&schema), "{}", made.path);
        assert!(schema.get("title").is_some() && schema.get("description").is_some(), "{}", made.path);
    }
}

#[test]
fn the_manifest_fits_its_schema() {
    assert_eq!(misfits(&toml(&text("plugin.toml")), "schemas/plugin.json"), Vec::<String>::new());
    let broken = text("plugin.toml").replace("kind = \"memo\"", "kind = \"novel\"");
    assert!(!misfits(&toml(&broken), "schemas/plugin.json").is_empty());
}

#[test]
fn the_settings_schema_takes_what_settings_may_say_and_nothing_else() {
    let good = r#"
        [connection]
        api-key = { env = "K" }
        [deploy]
        to = ["a"]
        guided-failure = "%Guide%"
        time-limit = "90s"
        [[promote]]
        from = "a"
        to = ["b"]
        on-timeout = "cancel"
        [prompted-variables]
        A = "x"
        B = { file = "b" }
        [conditions]
        all = [{ left = "a", op = "in", right = ["a", "b"] }]
    "#;
    assert_eq!(misfits(&toml(good), "schemas/settings.json"), Vec::<String>::new());
    for (from, to) in [
        ("to = [\"a\"]", "to = \"a\""),
        ("to = [\"a\"]", "to = []"),
        ("to = [\"a\"]", "on = [\"a\"]"),
        ("{ env = \"K\" }", "\"API-SECRET\""),
        ("{ env = \"K\" }", "{ env = \"K\", file = \"f\" }"),
        ("\"%Guide%\"", "\"perhaps\""),
        ("90s", "90"),
        ("\"in\"", "\"among\""),
        ("from = \"a\"", ""),
        ("A = \"x\"", "A = 1"),
    ] {
        let broken = good.replacen(from, to, 1);
        assert!(!misfits(&toml(&broken), "schemas/settings.json").is_empty(), "{to} was taken for {from}");
    }
}
