//! Single documents: kinds, keys, values, limits.

use super::support::{HOME, checked, connections, flow, notes, problems};
use crate::document::{Format, Source};
use crate::flow::definition::{MOST_FILES, read};

#[test]
fn an_unknown_key_is_an_error_with_the_nearest_one() {
    let text =
        flow("  - {environment: qa, dependOn: [dev], dependsOn: [dev]}\n  promotionTimeoutLimits: 5\n");
    assert_eq!(
        problems(&text),
        [
            "f.yaml:7:23: unknown key `dependOn` in `spec.steps[1]`; did you mean `dependsOn`?",
            "f.yaml:8:3: unknown key `promotionTimeoutLimits` in `spec`; did you mean `promotionTimeoutLimit`?",
        ]
    );
    let of_the_other = flow("  - {environment: qa, dependsOn: [dev]}\n  timeLimit: 5m\n");
    assert_eq!(
        problems(&of_the_other),
        [
            "f.yaml:8:3: unknown key `timeLimit` in `spec`; write `promotionTimeoutLimit`, a whole number of minutes, or use \
          `apiVersion: promenade/v1`"
        ]
    );
    let own = flow("  - {environment: qa, dependsOn: [dev]}\n  promotionTimeoutLimit: 5\n")
        .replace("codefresh.io/v1beta1", "promenade/v1");
    assert_eq!(
        problems(&own),
        [
            "f.yaml:8:3: unknown key `promotionTimeoutLimit` in `spec`; write `timeLimit`, a duration such as `30m` or `1d`"
        ]
    );
}

#[test]
fn a_kind_is_known_or_an_error() {
    assert_eq!(
        problems(
            "apiVersion: codefresh.io/v1beta1\nkind: PromotionFow\n---\napiVersion: promenade/v2\nkind: Product\n"
        ),
        [
            "f.yaml:2:7: unknown kind `PromotionFow`; did you mean `PromotionFlow`?",
            "f.yaml:4:13: there is no kind `Product` of `promenade/v2`; write `promenade/v1`, `codefresh.io/v1beta1` or \
             `codefresh.io/v1beta2`",
        ]
    );
    assert_eq!(
        problems("apiVersion: v1\nkind: ConfigMap\n---\nkind: 5\n---\n[a]\n"),
        [
            "f.yaml:2:7: unknown kind `ConfigMap`; write `PromotionFlow`, `Environment` or `Product`",
            "f.yaml:4:1: `apiVersion` is missing; add it: `promenade/v1` or `codefresh.io/v1beta1`",
            "f.yaml:4:7: `kind` must be text that is not blank; write `PromotionFlow`, `Environment` or `Product`",
            "f.yaml:6:1: a document must be a table, and this is a list; begin it with `apiVersion: promenade/v1` and a \
             `kind`",
        ]
    );
}

#[test]
fn known_kinds_that_are_not_carried_out_are_named_as_such() {
    let text = format!(
        "{}---\napiVersion: codefresh.io/v1beta2\nkind: Product\nanything: [goes]\n---\napiVersion: \
         argoproj.io/v1alpha1\nkind: WorkflowTemplate\n",
        flow("  - {environment: qa, dependsOn: [dev], policy: {action: commit}}\n")
    );
    assert_eq!(
        notes(&text),
        [
            "f.yaml:7:58: `commit` means here: deploy the release, since `qa` is on Octopus Deploy",
            "f.yaml:9:1: documents of kind `Product` (codefresh.io/v1beta2) are known, and not carried out yet",
            "f.yaml:13:1: documents of kind `WorkflowTemplate` (argoproj.io/v1alpha1) are known, and not carried out yet",
        ]
    );
}

#[test]
fn blank_names_and_other_kinds_of_values_are_errors() {
    let text = "apiVersion: promenade/v1\nkind: Environment\nmetadata: {name: '  '}\nspec:\n  order: first\n  production: \
                'yes'\n  octopus: {connection: '', environment: true}\n  deploy: {timeLimit: 5, tries: 11, whenPersonNeeded: \
                weit, stopLimit: 1w}\n";
    assert_eq!(
        problems(text),
        [
            "f.yaml:3:18: metadata.name is blank; write a value",
            "f.yaml:5:10: spec.order must be a whole number, and this is text; write the number without quotes",
            "f.yaml:6:15: spec.production must be true or false, and this is text; write `true` or `false` without quotes",
            "f.yaml:7:25: spec.octopus.connection is blank; write a value",
            "f.yaml:7:42: spec.octopus.environment must be text, and this is true or false; write it in quotes",
            "f.yaml:8:23: spec.deploy.timeLimit is not a duration: `5`; write `90s`, `30m`, `2h` or `7d`, from 1s to 365d",
            "f.yaml:8:33: spec.deploy.tries cannot be 11; write a number from 1 to 10",
            "f.yaml:8:55: spec.deploy.whenPersonNeeded cannot be `weit`; did you mean `wait`? Known are `wait`, `fail`, \
             `proceed`, `abort`, `failStep`, `retry`, `ignore` or `exclude`",
            "f.yaml:8:72: spec.deploy.stopLimit is not a duration: `1w`; write `90s`, `30m`, `2h` or `7d`, from 1s to 365d",
        ]
    );
}

#[test]
fn what_kubernetes_keeps_beside_is_not_checked() {
    let text = "apiVersion: codefresh.io/v1beta1\nkind: PromotionFlow\nmetadata:\n  name: f\n  namespace: x\n  \
                creationTimestamp: null\n  labels: {a: b}\n  annotations: {argocd.argoproj.io/sync-wave: '1', version: 1.00}\nspec:\n  \
                triggerEnvironment: dev\n  hooks: null\n  steps:\n  - {environment: qa, dependsOn: [dev], hooks: ~}\nstatus: {x: [1]}\n";
    let checked = checked(&[("f.yaml", text), ("home.yaml", HOME)]).expect("no problem");
    let flow = checked.definitions.flows.get(&"f".into()).expect("the flow");
    assert_eq!(flow.version.as_deref(), Some("1.00"));
}

#[test]
fn null_is_no_value_of_our_own_kinds() {
    let text = "apiVersion: promenade/v1\nkind: Environment\nmetadata: {name: x, labels: null}\nspec: {production: null}\n";
    let good = flow("  - {environment: qa, dependsOn: [dev]}\n");
    assert_eq!(
        checked(&[("f.yaml", &good), ("home.yaml", HOME), ("more.yaml", text)]).expect_err("a problem"),
        ["more.yaml:4:20: spec.production must be true or false, and this is null; write true or false"]
    );
}

#[test]
fn a_number_is_a_name_where_it_is_written_in_yaml() {
    let numbers = flow("  - {environment: 2024, dependsOn: [dev]}\n");
    let more = "apiVersion: promenade/v1\nkind: Environment\nmetadata: {name: 2024}\nspec: {octopus: {}}\n";
    assert!(checked(&[("f.yaml", &numbers), ("home.yaml", HOME), ("more.yaml", more)]).is_ok());
    let json =
        r#"{"apiVersion": "promenade/v1", "kind": "Environment", "metadata": {"name": 2024}, "spec": {}}"#;
    let good = flow("  - {environment: qa, dependsOn: [dev]}\n");
    assert_eq!(
        checked(&[("f.yaml", &good), ("home.yaml", HOME), ("more.json", json)]).expect_err("a problem"),
        ["more.json:1:76: metadata.name must be text, and this is a number; write it in quotes"]
    );
}

#[test]
fn a_folder_has_so_many_files_and_bytes_and_no_more() {
    let source = |name, bytes| Source { name, bytes, format: Format::Yaml };
    let files = vec![source("a.yaml", b"".as_slice()); MOST_FILES + 1];
    let many = read(&files, Some(&connections())).expect_err("too many").to_string();
    assert_eq!(
        many,
        "a.yaml:1:1: the folder has 1001 files, and at most 1000 are read; check that this is the right folder"
    );
    assert!(read(&files[1..], Some(&connections())).is_ok());
    // No text, which is quickly found out.
    let mebibyte = vec![0xff; 1024 * 1024];
    let mut files = vec![source("a.yaml", mebibyte.as_slice()); 16];
    let whole = read(&files, Some(&connections())).expect_err("no text").to_string();
    assert!(whole.contains("the text is not UTF-8") && !whole.contains("at most"), "{whole}");
    files.push(source("b.yaml", b"\n"));
    let large = read(&files, Some(&connections())).expect_err("too large").to_string();
    assert_eq!(
        large,
        "a.yaml:1:1: the files have 16777217 bytes, and at most 16777216 are read; check that this is the right folder"
    );
}

#[test]
fn problems_of_all_files_come_together() {
    let bad = flow("  - {environment: qa, dependsOn: [dev], polcy: {}}\n");
    let broken = "a: [\n";
    let found = checked(&[("b.yaml", &bad), ("a.yaml", broken), ("home.yaml", HOME)]).expect_err("problems");
    let places: Vec<_> = found.iter().map(|it| it.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(places, ["a.yaml:1:4", "b.yaml:7:41"]);
}
