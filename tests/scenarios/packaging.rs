//! Every package takes every input, and no other: each is read in the form that its own server reads, and compared
//! with the settings' schema. Not even an input's name reaches a script's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::tree;

/// The inputs that are not settings.
const GENERAL: [&str; 13] = [
    "command",
    "config",
    "settings",
    "event",
    "ci",
    "moment",
    "stage",
    "status",
    "expressions",
    "offline",
    "json",
    "quiet",
    "verbose",
];

fn text(path: &str) -> String {
    let read = std::fs::read_to_string(tree::root().join(path));
    read.unwrap_or_else(|error| panic!("{path}: {error}")).replace("\r\n", "\n")
}

fn yaml(path: &str, text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of inputs, and whether each is a secret itself.
fn inputs() -> BTreeMap<String, bool> {
    let schema: Value = serde_json::from_str(&text("schemas/settings.json")).expect("JSON");
    let mut names: BTreeMap<String, bool> = GENERAL.iter().map(|it| ((*it).to_owned(), false)).collect();
    for section in ["connection", "report", "create", "deploy", "promote"] {
        let table = &schema["properties"][section];
        keys(&schema, table.get("items").unwrap_or(table), "", &mut names);
    }
    for table in ["prompted-variables", "edit-project-variables"] {
        key(&schema, table, &schema["properties"][table], "", &mut names);
    }
    names
}

fn target<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str().and_then(|it| it.strip_prefix("#/$defs/"));
    name.map_or(schema, |name| &root["$defs"][name])
}

fn keys(root: &Value, table: &Value, prefix: &str, names: &mut BTreeMap<String, bool>) {
    let properties = target(root, table)["properties"].as_object();
    for (name, schema) in properties.unwrap_or_else(|| panic!("no properties: {table}")) {
        key(root, name, schema, prefix, names);
    }
}

fn key(root: &Value, name: &str, schema: &Value, prefix: &str, names: &mut BTreeMap<String, bool>) {
    let word = |word: &str| schema.get(word).unwrap_or(&target(root, schema)[word]);
    let name = match &schema["x-flag"] {
        Value::Bool(false) => return,
        Value::String(name) => name.clone(),
        _ => format!("{prefix}{name}"),
    };
    if word("x-kind") == "secret" {
        names.insert(format!("{name}-env"), false);
        names.insert(format!("{name}-file"), false);
        names.insert(name, true);
    } else if word("properties").is_object() {
        keys(root, schema, &format!("{name}-"), names);
    } else {
        let values = word("additionalProperties");
        if values.get("anyOf").or_else(|| target(root, values).get("anyOf")).is_some() {
            names.insert(format!("{name}-env"), false);
            names.insert(format!("{name}-file"), false);
        }
        names.insert(name, false);
    }
}

/// All inputs, or all but secrets, and what a package has besides.
fn wanted(with_secrets: bool, more: &[&str]) -> BTreeSet<String> {
    let inputs = inputs().into_iter().filter(|(_, secret)| with_secrets || !secret).map(|(name, _)| name);
    inputs.chain(more.iter().map(|it| (*it).to_owned())).collect()
}

/// The variables of these names.
fn variables(names: &BTreeSet<String>) -> BTreeSet<String> {
    names.iter().map(|it| format!("PROMENADE_INPUT_{}", it.to_uppercase().replace('-', "_"))).collect()
}

/// The same, where `in_json` says which are handed over as JSON that no server has put values into.
fn variables_where(names: &BTreeSet<String>, in_json: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let (json, plain): (BTreeSet<_>, BTreeSet<_>) = names.iter().cloned().partition(|it| in_json(it));
    variables(&json).iter().map(|it| format!("{it}_JSON")).chain(variables(&plain)).collect()
}

/// The inputs that take several values: Buildkite's schema says so.
fn several() -> BTreeSet<String> {
    let path = "integrations/buildkite/plugin.yml";
    let plugin = yaml(path, &text(path));
    let properties = plugin["configuration"]["properties"].as_object().expect("properties").clone();
    properties.into_iter().filter(|(_, it)| it["type"].is_array()).map(|(name, _)| name).collect()
}

/// The keys of a map.
fn keys_of(map: &Value) -> BTreeSet<String> {
    map.as_object().unwrap_or_else(|| panic!("no map: {map}")).keys().cloned().collect()
}

/// What stands between these two in a text, at each place.
fn between(text: &str, before: &str, after: &str) -> BTreeSet<String> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|it| Some(it.split_once(after)?.0.to_owned())).collect()
}

/// The lines of a package's list, between its markers.
fn list<'a>(text: &'a str, word: &str) -> &'a str {
    let after =
        text.split_once(&format!("inputs:begin {word}")).unwrap_or_else(|| panic!("no list {word}")).1;
    after.split_once("inputs:end").expect("an end").0
}

/// Compares two sets, and names what is too much and what is missing.
#[track_caller]
fn same(path: &str, found: &BTreeSet<String>, wanted: &BTreeSet<String>) {
    let missing: Vec<_> = wanted.difference(found).collect();
    let unknown: Vec<_> = found.difference(wanted).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "{path}: missing {missing:?}, unknown {unknown:?}");
}

/// Each value's template names the input whose variable it is given to.
#[track_caller]
fn each_gets_its_own(path: &str, environment: &Value, name: impl Fn(&str) -> String) {
    for (variable, value) in environment.as_object().expect("a map") {
        let Some(rest) = variable.strip_prefix("PROMENADE_INPUT_") else { continue };
        let rest = rest.strip_suffix("_JSON").unwrap_or(rest);
        let wanted = name(&rest.to_lowercase().replace('_', "-"));
        let value = value.as_str().expect("text");
        assert!(value == wanted, "{path}: {variable} is given {value} and not {wanted}");
    }
}

#[test]
fn the_rules_find_what_is_missing_or_unknown() {
    let all = inputs();
    assert!(
        all.len() > 60 && all["api-key"] && !all["api-key-env"] && !all["override-freeze-reason"],
        "{all:?}"
    );
    for name in
        ["variable-file", "client-certificate", "client-certificate-key", "verify-tls", "register-secrets"]
    {
        assert!(all.contains_key(name), "{name}");
    }
    assert!(!all.contains_key("when") && !all.contains_key("no-verify-tls"));
    let mut broken = wanted(true, &[]);
    broken.remove("to");
    broken.insert("too".to_owned());
    let told = std::panic::catch_unwind(|| same("x", &broken, &wanted(true, &[]))).expect_err("they differ");
    let told = told.downcast::<String>().expect("words");
    assert_eq!(*told, "x: missing [\"to\"], unknown [\"too\"]");
}

#[test]
fn the_github_action_takes_every_input() {
    let path = "integrations/github/action.yml";
    let action = yaml(path, &text(path));
    let own = ["promenade-version", "promenade-sha256"];
    same(path, &keys_of(&action["inputs"]), &wanted(true, &own));
    let step = &action["runs"]["steps"][0];
    let mut given = variables(&wanted(true, &[]));
    given.extend(["PROMENADE_VERSION".to_owned(), "PROMENADE_SHA256".to_owned()]);
    same(path, &keys_of(&step["env"]), &given);
    each_gets_its_own(path, &step["env"], |it| match it {
        "status" => "${{ inputs.status || job.status }}".to_owned(),
        it => format!("${{{{ inputs.{it} }}}}"),
    });
    assert!(!step["run"].as_str().expect("a script").contains("${{"), "a template in a script");
    for (name, output) in action["outputs"].as_object().expect("outputs") {
        assert_eq!(output["value"], format!("${{{{ steps.promenade.outputs.{name} }}}}"));
    }
}

#[test]
fn the_gitlab_component_takes_every_input() {
    let path = "integrations/gitlab/templates/promenade.yml";
    let text = text(path);
    let (header, jobs) = text.split_once("\n---\n").expect("a header");
    let (header, jobs) = (yaml(path, header), yaml(path, jobs));
    let own = ["job-name", "job-stage", "job-image", "promenade-version", "promenade-sha256"];
    same(path, &keys_of(&header["spec"]["inputs"]), &wanted(true, &own));
    // What can have a line break is an array: only in JSON it stays within the line that it is put into.
    let is_array = |name: &str| header["spec"]["inputs"][name]["type"] == "array";
    let arrays = wanted(true, &own).into_iter().filter(|it| is_array(it)).collect();
    let mut lines = several();
    lines.extend(["settings".to_owned(), "notes".to_owned()]);
    same(path, &arrays, &lines);
    let job = &jobs["$[[ inputs.job-name ]]"];
    let mut given = variables_where(&wanted(true, &[]), is_array);
    given.extend(["PROMENADE_VERSION".to_owned(), "PROMENADE_SHA256".to_owned()]);
    same(path, &keys_of(&job["variables"]), &given);
    let mut values = job["variables"].clone();
    for (variable, value) in values.as_object_mut().expect("a map") {
        if value.is_object() {
            // Otherwise GitLab would put the values of variables into the JSON.
            assert!(variable.ends_with("_JSON") && value["expand"] == false, "{variable}");
            *value = value["value"].take();
        }
    }
    each_gets_its_own(path, &values, |it| format!("$[[ inputs.{it} ]]"));
    assert!(!job["script"].to_string().contains("$[["), "a template in a script");
}

#[test]
fn the_buildkite_plugin_takes_every_input_but_secrets() {
    let path = "integrations/buildkite/plugin.yml";
    let plugin = yaml(path, &text(path));
    let schema = &plugin["configuration"];
    same(path, &keys_of(&schema["properties"]), &wanted(false, &[]));
    let validator = jsonschema::validator_for(schema).expect("a schema");
    let good = serde_json::json!({
        "command": "deploy", "to": ["Test"], "variable": {"A": "b"}, "warnings-exit": 10, "wait": false,
        "time-limit": "30m", "on-timeout": "cancel",
    });
    assert!(validator.is_valid(&good), "{:?}", validator.iter_errors(&good).map(|it| it.to_string()).next());
    for (key, value) in
        [("tto", "x"), ("command", "delpoy"), ("wait", "no"), ("api-key", "API-1"), ("on-timeout", "x")]
    {
        let mut broken = good.clone();
        broken[key] = value.into();
        assert!(!validator.is_valid(&broken), "{key}");
    }
    assert!(!text("integrations/buildkite/hooks/command").contains("BUILDKITE_PLUGIN_PROMENADE"));
}

#[test]
fn the_circleci_orb_takes_every_input_but_secrets() {
    let path = "integrations/circleci/orb.yml";
    let orb = yaml(path, &text(path));
    let command = &orb["commands"]["step"];
    same(path, &keys_of(&command["parameters"]), &wanted(false, &["promenade-version", "promenade-sha256"]));
    let run = &command["steps"][0]["run"];
    let mut given = variables(&wanted(false, &[]));
    given.extend(["PROMENADE_VERSION".to_owned(), "PROMENADE_SHA256".to_owned()]);
    same(path, &keys_of(&run["environment"]), &given);
    each_gets_its_own(path, &run["environment"], |it| format!("<< parameters.{it} >>"));
    assert!(!run["command"].as_str().expect("a script").contains("<<"), "a template in a script");
}

/// `on-timeout` as Azure's parameters are called.
fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| format!("{all}{}{}", word[..1].to_uppercase(), &word[1..]))
}

#[test]
fn the_azure_template_takes_every_input() {
    let path = "integrations/azure/promenade.yml";
    let template = yaml(path, &text(path));
    let parameters = template["parameters"].as_array().expect("parameters");
    let found = parameters.iter().map(|it| it["name"].as_str().expect("a name").to_owned()).collect();
    let names = wanted(true, &["step-name", "promenade-version", "promenade-sha256", "env"])
        .iter()
        .map(|it| camel(it))
        .collect();
    same(path, &found, &names);
    let step = &template["steps"][0];
    let lists = several();
    let mut given = variables_where(&wanted(true, &[]), |it| lists.contains(it));
    given.extend(["PROMENADE_VERSION", "PROMENADE_SHA256", "${{ insert }}"].map(str::to_owned));
    same(path, &keys_of(&step["env"]), &given);
    assert_eq!(step["env"]["${{ insert }}"], "${{ parameters.env }}");
    for (variable, value) in step["env"].as_object().expect("a map") {
        let Some(rest) = variable.strip_prefix("PROMENADE_INPUT_") else { continue };
        let wanted = match rest.strip_suffix("_JSON") {
            // Otherwise the agent would put the values of variables into the JSON.
            Some(name) => {
                let json =
                    format!("convertToJson(parameters.{})", camel(&name.to_lowercase().replace('_', "-")));
                format!("${{{{ replace({json}, '$(', '$\\u0028') }}}}")
            }
            None => format!("${{{{ parameters.{} }}}}", camel(&rest.to_lowercase().replace('_', "-"))),
        };
        assert_eq!(value, &wanted, "{variable}");
    }
    assert!(!step["bash"].as_str().expect("a script").contains("${{"), "a template in a script");
}

#[test]
fn the_teamcity_packages_take_every_input() {
    let path = "integrations/teamcity/recipe.yml";
    let recipe = yaml(path, &text(path));
    let inputs = recipe["inputs"].as_array().expect("inputs").iter().flat_map(keys_of);
    let found = inputs.map(|it| it.trim_start_matches("env.").to_owned()).collect();
    same(path, &found, &variables(&wanted(true, &[])));
    assert!(!recipe["steps"].to_string().contains('%'), "a parameter in a script");
    let path = "integrations/teamcity/promenade.xml";
    let runner = text(path);
    let found = between(list(&runner, "teamcity-params"), "<param name=\"env.", "\"");
    same(path, &found, &variables(&wanted(true, &[])));
    assert!(
        !runner.split_once("<build-runners>").expect("runners").1.contains('%'),
        "a parameter in a script"
    );
}

#[test]
fn the_bamboo_task_takes_every_input() {
    let path = "integrations/bamboo/promenade.yaml";
    let task = yaml(path, &text(path));
    let script = task["script"]["scripts"][0].as_str().expect("a script");
    same(path, &between(script, "export ", "="), &variables(&wanted(true, &[])));
    for line in script.lines().filter(|it| it.contains("bamboo_")) {
        let (variable, value) = line.trim().split_once('=').expect("an assignment");
        let name = variable.trim_start_matches("export PROMENADE_INPUT_").to_lowercase();
        let secret = if inputs()[&name.replace('_', "-")] { "_secret" } else { "" };
        assert_eq!(value, format!("\"${{bamboo_promenade_{name}{secret}-}}\""), "{line}");
    }
    assert!(!script.contains("${bamboo."), "a template in a script");
}

#[test]
fn the_bitbucket_pipe_takes_every_input() {
    let path = "integrations/bitbucket/pipe.yml";
    let pipe = yaml(path, &text(path));
    let all = pipe["variables"].as_array().expect("variables");
    let found = all.iter().map(|it| it["name"].as_str().expect("a name").to_owned()).collect();
    same(path, &found, &variables(&wanted(true, &[])));
    assert!(all.iter().all(|it| it["default"] == ""), "a default that would hide another");
}

#[test]
fn the_lists_of_names_have_every_input() {
    for path in ["integrations/jenkins/vars/promenade.groovy", "integrations/buildbot/promenade_step.py"] {
        let text = text(path);
        let lines = list(&text, "names").lines().map(str::trim).filter(|it| it.starts_with('"'));
        let found = lines.map(|it| it.trim_matches(['"', ',']).to_owned()).collect();
        same(path, &found, &wanted(true, &[]));
    }
}

#[test]
fn the_tables_of_the_pages_have_every_input() {
    for name in ["github", "gitlab", "buildkite", "drone", "woodpecker"] {
        let path = format!("integrations/{name}/README.md");
        let text = text(&path);
        same(&path, &between(list(&text, "table"), "\n| `", "`"), &wanted(true, &[]));
    }
    for name in ["bitbucket", "continua"] {
        let path = format!("integrations/{name}/README.md");
        let text = text(&path);
        same(&path, &between(list(&text, "variables"), "\n| `", "`"), &variables(&wanted(true, &[])));
    }
}

#[test]
fn every_server_has_its_package_and_its_page() {
    let folders = [
        "azure",
        "bamboo",
        "bitbucket",
        "buildbot",
        "buildkite",
        "circleci",
        "continua",
        "drone",
        "github",
        "gitlab",
        "jenkins",
        "teamcity",
        "woodpecker",
    ];
    for name in folders {
        let page = text(&format!("integrations/{name}/README.md"));
        let (before, _) = page.split_once("```").unwrap_or_else(|| panic!("{name}: no example"));
        assert!(
            before.lines().count() < 16 && !before.contains("\n## "),
            "{name}: its page does not begin with an example"
        );
    }
}

/// The functions of a script that are called as the programs it asks for.
fn asks_itself(script: &str) -> Vec<String> {
    let defined = regex::Regex::new(r"(?m)^\s*(?:function\s+)?([\w-]+)\s*\(\)").expect("a pattern");
    let asked = regex::Regex::new(r"\b(?:command -v|type -P|type|which|hash)\s+([\w-]+)").expect("a pattern");
    let functions: BTreeSet<_> = defined.captures_iter(script).map(|it| it[1].to_owned()).collect();
    asked.captures_iter(script).map(|it| it[1].to_owned()).filter(|it| functions.contains(it)).collect()
}

/// Such a script takes its own function for what it should install, and installs nothing.
#[test]
fn no_script_takes_a_function_of_its_own_for_a_program() {
    assert_eq!(asks_itself("groovy() {\n    command -v groovy >/dev/null && return\n}\n"), ["groovy"]);
    let is_script = |it: &String| {
        (it.starts_with("scripts/") || it.starts_with(".ci/") || it.starts_with("tests/vendor/"))
            && (it.ends_with("/common") || text(it).starts_with("#!/usr/bin/env bash"))
    };
    let common = text("tests/vendor/common");
    let scripts: Vec<_> = tree::every_path().into_iter().filter(is_script).collect();
    assert!(scripts.len() > 9, "{scripts:?}");
    for path in scripts {
        // A run has the functions of the file that it sources.
        let whole = if path.ends_with("/run") { format!("{}\n{common}", text(&path)) } else { text(&path) };
        assert_eq!(asks_itself(&whole), Vec::<String>::new(), "{path}");
    }
}

/// Not every machine has `kill` as a program; `support::signals` asks the shell.
#[test]
fn no_test_needs_a_program_to_send_a_signal() {
    let by_a_program = format!("(\"{}\")", "kill");
    let paths = tree::every_path().into_iter().filter(|it| it.starts_with("tests/") && it.ends_with(".rs"));
    let found: Vec<_> = paths.filter(|it| text(it).contains(&by_a_program)).collect();
    assert_eq!(found, Vec::<String>::new());
}
