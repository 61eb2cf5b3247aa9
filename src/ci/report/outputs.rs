//! The output values of a run for later steps of its build.

use serde_json::{Map, Value};

use super::result::{DeploymentReport, DeploymentState, RunResult};
use crate::text::clean;

/// A value for later steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name: lower case, with dashes.
    pub name: &'static str,
    /// One line.
    pub value: String,
}

impl Output {
    /// Its name as a variable: `PROMENADE_RELEASE_VERSION`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("PROMENADE_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

/// The output values of a run, always all of them, blank if there is no value:
///
/// - `verdict` and `exit-code`, as the published exit codes have them
/// - `release-version` and `release-url`: the last release that was made or deployed
/// - `deployment-ids` and `task-ids`, joined by commas
/// - `environments`: which version is in which environment now, as JSON; with tenants, `environment/tenant`
#[must_use]
pub fn outputs(result: &RunResult) -> Vec<Output> {
    let release = result.actions.iter().rev().find_map(|it| it.releases.last());
    let deployments = || result.actions.iter().flat_map(|it| &it.deployments);
    let joined = |id: fn(&DeploymentReport) -> &str| deployments().map(id).collect::<Vec<_>>().join(",");
    let value = |name, value: &str| Output { name, value: clean(value) };
    vec![
        value("verdict", result.verdict.name()),
        value("exit-code", &result.exit_code.to_string()),
        value("release-version", release.map(|it| it.version.as_str()).unwrap_or_default()),
        value("release-url", release.map(|it| it.url.as_str()).unwrap_or_default()),
        value("deployment-ids", &joined(|it| &it.id)),
        value("task-ids", &joined(|it| &it.task)),
        value("environments", &environments(result).to_string()),
    ]
}

/// What succeeded, where it is known which release that was: tenants may have had several in one action.
fn environments(result: &RunResult) -> Value {
    let mut versions = Map::new();
    for action in &result.actions {
        let [release] = action.releases.as_slice() else { continue };
        for it in action.deployments.iter().filter(|it| it.state == DeploymentState::Succeeded) {
            let tenant = it.tenant.as_ref().map(|it| format!("/{it}")).unwrap_or_default();
            // Made harmless before it is JSON, of which nothing may be changed any more.
            let target = clean(&format!("{}{tenant}", it.environment));
            versions.insert(target, clean(&release.version).into());
        }
    }
    versions.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(environment: &str, tenant: Option<&str>, state: &str) -> Value {
        json!({ "environment": environment, "tenant": tenant, "id": format!("Deployments-{environment}"),
            "task": format!("Tasks-{environment}"), "state": state, "url": "u", "warnings": false })
    }

    fn action(releases: &[&str], deployments: &[Value]) -> Value {
        let release = |it: &&str| json!({ "id": "r", "version": it, "origin": "new", "url": format!("https://o/{it}") });
        let releases: Vec<_> = releases.iter().map(release).collect();
        json!({ "action": "deploy", "title": "t", "decision": "run", "releases": releases, "deployments": deployments })
    }

    fn of(verdict: &str, exit_code: u8, actions: &[Value]) -> Vec<(&'static str, String)> {
        let result = json!({ "verdict": verdict, "exitCode": exit_code, "warnings": [], "problems": [],
            "actions": actions });
        let result = serde_json::from_value(result).expect("a result");
        outputs(&result).into_iter().map(|it| (it.name, it.value)).collect()
    }

    #[test]
    fn all_of_them_are_there_whatever_became_of_the_run() {
        let blank = |name| (name, String::new());
        let expected = vec![
            ("verdict", "bad-settings".to_owned()),
            ("exit-code", "2".to_owned()),
            blank("release-version"),
            blank("release-url"),
            blank("deployment-ids"),
            blank("task-ids"),
            ("environments", "{}".to_owned()),
        ];
        assert_eq!(of("bad-settings", 2, &[]), expected);
    }

    #[test]
    fn the_last_release_counts_and_what_succeeded_is_where_it_is_now() {
        let actions = [
            action(&["1.0"], &[deployment("Test", None, "succeeded"), deployment("Live", None, "failed")]),
            action(
                &["2.0"],
                &[deployment("Test", Some("Acme"), "succeeded"), deployment("Dev", None, "succeeded")],
            ),
            // Whose release is which is not known.
            action(&["3.0", "4.0"], &[deployment("Live", Some("Acme"), "succeeded")]),
            action(&[], &[]),
        ];
        let values = of("failed", 1, &actions);
        let value =
            |name| values.iter().find(|it| it.0 == name).map(|it| it.1.as_str()).expect("it is there");
        assert_eq!((value("verdict"), value("exit-code")), ("failed", "1"));
        assert_eq!((value("release-version"), value("release-url")), ("4.0", "https://o/4.0"));
        assert_eq!(
            value("deployment-ids"),
            "Deployments-Test,Deployments-Live,Deployments-Test,Deployments-Dev,Deployments-Live"
        );
        assert_eq!(value("task-ids"), "Tasks-Test,Tasks-Live,Tasks-Test,Tasks-Dev,Tasks-Live");
        assert_eq!(value("environments"), r#"{"Test":"1.0","Test/Acme":"2.0","Dev":"2.0"}"#);
    }

    #[test]
    fn a_value_is_one_harmless_line_and_json_whatever_people_call_things() {
        let name = "Te\"st\n::error::x\r##vso[task.complete]\u{202e}\\";
        let values = of("passed", 0, &[action(&["1.0"], &[deployment(name, None, "succeeded")])]);
        let (_, environments) = values.last().expect("the last");
        let read: Map<String, Value> = serde_json::from_str(environments).expect("JSON");
        let expected = "Te\"st\\u{a}::error::x\\u{d}\\u{23}#vso[task.complete]\\u{202e}\\";
        assert_eq!(read.keys().collect::<Vec<_>>(), [expected]);
        for (name, value) in values {
            assert!(!value.contains(['\n', '\r', '\u{202e}']) && !value.contains("##vso"), "{name}: {value}");
        }
    }
}
