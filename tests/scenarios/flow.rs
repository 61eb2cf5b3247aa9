//! `promenade flow`: the definitions of promotion flows, checked and listed through the real program.

use promenade::ci::report::flows::FlowsResult;
use promenade::document::{Format, Source, read};
use serde_json::{Value, json};

use crate::support::folder::{Folder, Told};
use crate::support::tree;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/promotions");

const HOME: &str = "\
apiVersion: promenade/v1
kind: Environment
metadata: {name: dev}
spec: {order: 2, octopus: {}}
---
apiVersion: promenade/v1
kind: Environment
metadata: {name: prod}
spec: {order: 1, production: true, octopus: {connection: eu}}
---
apiVersion: promenade/v1
kind: Product
metadata: {name: shop}
spec: {flows: [f], applications: [{name: web, octopus: {project: Web Shop}}]}
";

const FLOW: &str = "\
apiVersion: promenade/v1
kind: PromotionFlow
metadata: {name: f}
spec: {triggerEnvironment: dev, steps: [{environment: prod, dependsOn: [dev]}]}
";

const SETTINGS: &str =
    "[connections.eu]\nurl = 'https://eu.example'\n[connection]\nurl = 'https://octopus.example'\n";

/// A folder with promotions and settings.
fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        folder.write(name, text);
    }
    folder
}

/// The document of `--json`, which fits its schema and names the exit code.
#[track_caller]
fn told(ran: &Told) -> FlowsResult {
    let document: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran:?}"));
    assert_eq!(misfits(&document, "schemas/flows.json"), Vec::<String>::new(), "{document}");
    let result: FlowsResult = serde_json::from_value(document).expect("it is the result");
    assert_eq!(i32::from(result.exit_code), ran.code, "{ran:?}");
    result
}

fn misfits(value: &Value, schema: &str) -> Vec<String> {
    let text = std::fs::read_to_string(tree::root().join(schema)).expect("the schema is there");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    validator.iter_errors(value).map(|it| it.to_string()).collect()
}

#[test]
fn the_quick_start_is_valid() {
    let folder = Folder::new();
    let ran = folder.run(&["flow", "validate", "--promotions", EXAMPLE]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("flow: 3 flows, 6 environments and 1 product are well-formed\n"), "{ran:?}");
    assert!(ran.stdout.ends_with("promenade: passed (exit code 0)\n"), "{ran:?}");
    let note =
        "sequential.yaml:18:17: `commit` means here: deploy the release, since `qa` is on Octopus Deploy\n";
    assert!(ran.stdout.contains(note), "{ran:?}");
    let result = told(&folder.run(&["flow", "validate", "--promotions", EXAMPLE, "--json"]));
    let flow = result
        .flows
        .iter()
        .flatten()
        .find(|it| it.name == "dependency-multi-env-promotion")
        .expect("the flow");
    let steps: Vec<_> =
        flow.steps.iter().map(|it| (it.environment.as_str(), it.depends_on.join(" "))).collect();
    let expected =
        [("qa", "dev".to_owned()), ("staging", "dev".to_owned()), ("prod", "qa staging".to_owned())];
    assert_eq!(steps, expected, "each behind those that it depends on");
    assert_eq!((flow.time_limit_seconds, flow.unsupported.len()), (24 * 60 * 60, 0));
    assert_eq!(flow.products, ["demo-trioapp"]);
    let order: Vec<_> = result.environments.iter().flatten().map(|it| it.name.as_str()).collect();
    assert_eq!(order, ["dev", "qa", "staging", "prod", "prod-eu", "prod-asia"]);
}

#[test]
fn flows_are_listed() {
    let folder = Folder::new();
    let ran = folder.run(&["flow", "list", "--promotions", EXAMPLE]);
    let expected = "\
flow: dependency-multi-env-promotion 1.00: prod after qa and staging: dev, qa, staging, prod (products: demo-trioapp; limit: 1d)
flow: multi-env-sequential-promotion 1.00: From dev through qa to prod: dev, qa, prod (products: demo-trioapp; limit: 5m)
flow: parallel-multi-env-promotion 1.00: All production environments after qa: dev, qa, prod, prod-eu, prod-asia (products: demo-trioapp; limit: 1d)
promenade: passed (exit code 0)
";
    assert_eq!((ran.code, ran.stdout.as_str()), (0, expected), "{ran:?}");
}

#[test]
fn a_flow_is_drawn_for_terminals_as_svg_and_for_mermaid() {
    let folder = Folder::new();
    let show = |more: &[&str]| {
        let arguments = ["flow", "show", "dependency-multi-env-promotion", "--promotions", EXAMPLE];
        let ran = folder.run(&[&arguments, more].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout
    };
    let picture = [
        "                     ┌─────────┐",
        "                  ┌─►│ qa      ├─┐",
        "┌───────────────┐ │  └─────────┘ │  ┌──────┐",
        "│ dev (trigger) ├─┤              ├─►│ prod │",
        "└───────────────┘ │  ┌─────────┐ │  └──────┘",
        "                  └─►│ staging ├─┘",
        "                     └─────────┘",
        "promenade: passed (exit code 0)",
    ];
    assert_eq!(show(&[]).lines().collect::<Vec<_>>(), picture);
    let svg = show(&["--format", "svg"]);
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "nothing else is in the file: {svg}");
    let mermaid = show(&["--format", "mermaid"]);
    assert!(mermaid.starts_with("flowchart LR\n") && !mermaid.contains("exit code"), "{mermaid}");
    let json: Value = serde_json::from_str(&show(&["--json"])).expect("JSON");
    let flows = json["flows"].as_array().expect("a list");
    assert_eq!(flows.len(), 1, "{json}");
    let ran = folder.run(&["flow", "show", "dependency", "--promotions", EXAMPLE]);
    assert!(ran.code == 2 && ran.stderr.contains("did you mean `dependency-multi-env-promotion`"), "{ran:?}");
}

#[test]
fn a_flow_that_refuses_to_start_is_listed_as_such() {
    let hooked = FLOW.replace("steps:", "hooks: {onStart: smoke}, steps:");
    let folder = folder(&[
        ("promotions/f.yaml", &hooked),
        ("promotions/home.yaml", HOME),
        ("promenade.toml", SETTINGS),
    ]);
    let ran = folder.run(&["flow", "list"]);
    assert!(
        ran.stdout.contains("flow: f: dev, prod (products: shop; limit: 1d; refuses to start)\n"),
        "{ran:?}"
    );
    let ran = folder.run(&["flow", "validate"]);
    let note = "flow: note: promotions/f.yaml:4:50: the hook onStart `smoke` is read, and not carried out yet: the flow `f` \
                refuses to start\n";
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains(note), "{ran:?}");
}

#[test]
fn problems_of_the_folder_and_of_the_settings_come_together() {
    let broken = FLOW.replace("[dev]", "[dve]");
    let settings = SETTINGS.replace("url = 'https://octopus.example'", "urk = 1");
    let folder = folder(&[
        ("promotions/f.yaml", &broken),
        ("promotions/home.yaml", HOME),
        ("promenade.toml", &settings),
    ]);
    let ran = folder.run(&["flow", "validate"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let expected = "\
promenade.toml:4:1: unknown key `urk` in `connection`; did you mean `url`?
promotions/f.yaml:4:73: `dve` is not a step of this flow, and not its trigger environment; did you mean `dev`?
";
    assert!(ran.stderr.contains(expected), "{ran:?}");
    let result = told(&folder.run(&["flow", "validate", "--json"]));
    let places: Vec<_> =
        result.problems.iter().map(|it| (it.source.as_deref(), it.line, it.column)).collect();
    assert_eq!(
        places,
        [(Some("promenade.toml"), Some(4), Some(1)), (Some("promotions/f.yaml"), Some(4), Some(73))]
    );
    assert_eq!((result.flows, result.notes), (None, None), "not known, which is not none");
}

#[test]
fn connections_are_those_of_the_settings_that_stand_beside() {
    let folder = folder(&[
        ("there/promotions/f.yaml", FLOW),
        ("there/promotions/home.yaml", HOME),
        ("there/promenade.toml", SETTINGS),
        ("other.toml", "[connection]\nurl = 'https://octopus.example'\n"),
    ]);
    let ran = folder.run(&["flow", "validate", "--config", "there/promenade.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains("not checked"), "{ran:?}");
    let ran = folder.run(&["flow", "validate", "--config", "other.toml", "--promotions", "there/promotions"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let unknown = "there/promotions/home.yaml:9:58: unknown connection `eu`; add `[connections.eu]` to the settings; known \
                   are `default`\n";
    assert!(ran.stderr.contains(unknown), "{ran:?}");
    let ran = folder.run(&["flow", "validate", "--promotions", "there/promotions"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("without settings the names of connections are not checked\n"), "{ran:?}");
}

#[test]
fn a_folder_without_documents_is_an_error_and_not_an_empty_list() {
    let folder = folder(&[("empty/readme.md", "# x\n"), ("empty/.git/x.yaml", "x: [\n")]);
    for (promotions, words) in [
        ("none", "promenade: the folder none cannot be read: "),
        ("empty", "promenade: the folder empty has no `.yaml` and no `.yml` file; name the folder"),
    ] {
        let ran = folder.run(&["flow", "list", "--promotions", promotions]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
        told(&folder.run(&["flow", "list", "--promotions", promotions, "--json"]));
    }
}

#[cfg(unix)]
#[test]
fn folders_in_the_folder_are_read_and_links_do_not_lead_astray() {
    let folder = folder(&[
        ("promotions/a/b/f.yml", FLOW),
        ("promotions/home.yaml", HOME),
        ("promotions/.hidden/x.yaml", "x: [\n"),
        ("promotions/notes.txt", "x: [\n"),
        ("promenade.toml", SETTINGS),
    ]);
    std::os::unix::fs::symlink("..", folder.path().join("promotions/a/up")).expect("a link is made");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(folder.path().join("promotions/pipe.yaml"))
            .status()
            .is_ok_and(|it| it.success())
    );
    let ran = folder.run(&["flow", "validate"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("flow: 1 flow, 2 environments and 1 product are well-formed\n"), "{ran:?}");
}

#[test]
fn foreign_text_in_documents_steers_nothing() {
    let steering =
        FLOW.replace("name: f}", "name: f, annotations: {description: \"a\\e[31m\\n::error::x\"}}");
    let folder = folder(&[
        ("promotions/f.yaml", &steering),
        ("promotions/home.yaml", HOME),
        ("promenade.toml", SETTINGS),
    ]);
    let ran = folder.run(&["flow", "list"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
    assert!(!ran.stdout.lines().any(|it| it.starts_with("::")), "{ran:?}");
}

/// The documents of a YAML text without their locations.
fn documents(name: &str, text: &str) -> Vec<Value> {
    let source = Source { name, bytes: text.as_bytes(), format: Format::Yaml };
    read(&source).expect("YAML").iter().map(promenade::document::Node::to_json).collect()
}

#[test]
fn the_schema_for_editors_takes_the_example_and_nothing_else() {
    let schema = "schemas/promotions.json";
    let mut seen = 0;
    for file in tree::every_path().iter().filter(|it| it.starts_with("examples/promotions/")) {
        let text = std::fs::read_to_string(tree::root().join(file)).expect("the file is there");
        for document in documents(file, &text) {
            assert_eq!(misfits(&document, schema), Vec::<String>::new(), "{file}");
            seen += 1;
        }
    }
    assert_eq!(seen, 10, "documents of the example");
    let flow = documents("f.yaml", FLOW).remove(0);
    let policy =
        json!({ "apiVersion": "codefresh.io/v1beta1", "kind": "PromotionPolicy", "spec": { "any": 1 } });
    assert_eq!((misfits(&flow, schema).len(), misfits(&policy, schema).len()), (0, 0));
    for (from, to) in [
        ("PromotionFlow", "PromotionFlows"),
        ("promenade/v1", "codefresh.io/v1"),
        ("triggerEnvironment", "trigger"),
        ("dependsOn: [dev]", "dependsOn: []"),
        ("spec: {", "spec: {timeLimit: 5, "),
        ("spec: {", "spec: {timeLimit: 5x, "),
        ("spec: {", "spec: {promotionTimeoutLimit: 5, "),
    ] {
        let broken = documents("f.yaml", &FLOW.replace(from, to)).remove(0);
        assert!(!misfits(&broken, schema).is_empty(), "{to} was taken for {from}");
    }
}
