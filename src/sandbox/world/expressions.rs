//! Expressions in texts: `#{Name}` becomes the variable's value, as the server's own templates do.
//!
//! Only a part of the template language is supported: names, and the filters `ToLower`, `ToUpper` and `Trim`.
//! A text with conditions and loops (`#{if …}`, `#{each …}`) stays as it is.

use crate::sandbox::world::made::{Deployment, Release};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Variable;

/// How deep the values of variables may refer to other variables.
const DEEPEST: usize = 10;
/// What replaces a sensitive value in a text.
const MASK: &str = "********";

/// The text with its expressions evaluated, by the rules of the server's template language.
///
/// What names no variable stays as it was written. `##{` is `#{` without a meaning; of a longer run of signs
/// before a brace it is their number that decides: an odd one leaves an expression behind it (`###{A}` is `#`
/// and the value of A), an even one does not. A text that cannot be read stays as it is, as a whole.
pub(super) fn evaluate(text: &str, value_of: &dyn Fn(&str) -> Option<String>) -> String {
    within(text, value_of, DEEPEST)
}

fn within(text: &str, value_of: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    let mut evaluated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first != '#' {
            evaluated.push(first);
            rest = &rest[first.len_utf8()..];
        } else if rest.starts_with("###{") && rest.len() > 4 {
            evaluated.push('#');
            rest = &rest[2..];
        } else if rest.starts_with("##{") {
            evaluated.push_str("#{");
            rest = &rest[3..];
        } else if rest.starts_with("#{") {
            let Some((inner, after)) = rest[2..].split_once('}').filter(|(inner, _)| is_expression(inner))
            else {
                return text.to_owned();
            };
            match value(inner, value_of) {
                Some(value) if depth > 0 => evaluated.push_str(&within(&value, value_of, depth - 1)),
                _ => {
                    let parts: Vec<&str> = inner.split('|').map(str::trim).collect();
                    evaluated.push_str(&format!("#{{{}}}", parts.join(" | ")));
                }
            }
            rest = after;
        } else {
            // The escape also covers the character after it, which may be another `#`.
            let taken = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            evaluated.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
    }
    evaluated
}

/// Whether this text can be between the braces of an expression.
fn is_expression(inner: &str) -> bool {
    let allowed = |it: char| it.is_alphanumeric() || it.is_whitespace() || "_-:/~().[]|".contains(it);
    !inner.starts_with('/') && !inner.trim().is_empty() && inner.chars().all(allowed)
}

/// The value of the text between the braces: a name, and filters after it.
fn value(expression: &str, value_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut parts = expression.split('|').map(str::trim);
    let value = value_of(parts.next()?)?;
    parts.try_fold(value, |value, filter| match filter.to_ascii_lowercase().as_str() {
        "tolower" => Some(value.to_lowercase()),
        "toupper" => Some(value.to_uppercase()),
        "trim" => Some(value.trim().to_owned()),
        _ => None,
    })
}

impl World {
    /// The notes of a release that is being made.
    pub(super) fn evaluated_notes(&self, release: &Release) -> String {
        evaluate(&release.notes, &|name| self.value_for_release(release, name))
    }

    /// A text of a step as its deployment evaluates it.
    pub(super) fn evaluated_in(&self, deployment: &Deployment, text: &str) -> String {
        evaluate(text, &|name| self.value_for_deployment(deployment, name))
    }

    fn value_for_release(&self, release: &Release, name: &str) -> Option<String> {
        let project = self.project(&release.project)?;
        let space = self.spaces.iter().find(|it| it.id == release.space);
        let own = match name.to_ascii_lowercase().as_str() {
            "octopus.release.number" => Some(release.version.clone()),
            "octopus.release.channel.name" => self.channel(&release.channel).map(|it| it.name.clone()),
            "octopus.project.name" => Some(project.name.clone()),
            "octopus.project.id" => Some(project.id.clone()),
            "octopus.space.name" => space.map(|it| it.name.clone()),
            "octopus.space.id" => Some(release.space.clone()),
            _ => None,
        };
        own.or_else(|| Some(shown(variable(release, name)?)))
    }

    fn value_for_deployment(&self, deployment: &Deployment, name: &str) -> Option<String> {
        let release = self.release(&deployment.order.release)?;
        let order = &deployment.order;
        let own = match name.to_ascii_lowercase().as_str() {
            "octopus.release.id" => Some(release.id.clone()),
            "octopus.release.notes" => Some(release.notes.clone()),
            "octopus.deployment.id" => Some(deployment.id.clone()),
            "octopus.environment.name" => Some(self.environment_name(&order.environment).to_owned()),
            "octopus.deployment.tenant.name" => {
                order.tenant.as_deref().and_then(|it| self.tenant(it)).map(|it| it.name.clone())
            }
            _ => None,
        };
        let prompted = || {
            let variable = variable(release, name)?;
            let (_, value) = order.values.iter().find(|(it, _)| it.eq_ignore_ascii_case(name))?;
            Some(if variable.sensitive { MASK.to_owned() } else { value.clone() })
        };
        own.or_else(prompted).or_else(|| self.value_for_release(release, name))
    }
}

fn variable<'a>(release: &'a Release, name: &str) -> Option<&'a Variable> {
    release.variables.iter().find(|it| it.name.eq_ignore_ascii_case(name))
}

fn shown(variable: &Variable) -> String {
    if variable.sensitive { MASK.to_owned() } else { variable.value.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::world::tests::Bench;

    #[test]
    fn names_become_values_and_the_rest_stays() {
        let value_of = |name: &str| match name {
            "A" => Some("one".to_owned()),
            "B" => Some("#{A} and ##{A}".to_owned()),
            "Loop" => Some("#{Loop}".to_owned()),
            _ => None,
        };
        for (text, wanted) in [
            ("#{A}", "one"),
            ("<#{ A | ToUpper }>", "<ONE>"),
            ("#{B}", "one and #{A}"),
            ("##{A}", "#{A}"),
            ("x##{A}#{A}", "x#{A}one"),
            ("###{A}", "#one"),
            ("####{A}", "###{A}"),
            ("#####{A}", "###one"),
            ("# #{A} #a##", "# one #a##"),
            ("###{", "###{"),
            ("#ö#{A}", "#öone"),
            ("#{Nobody} #{A | Nothing}", "#{Nobody} #{A | Nothing}"),
            ("#{ Nobody |  ToLower }", "#{Nobody | ToLower}"),
            ("#{A}#{if A}x#{/if}##{A}", "#{A}#{if A}x#{/if}##{A}"),
            ("#{A} ##{A} #{A", "#{A} ##{A} #{A"),
            ("#{A} #{ = }", "#{A} #{ = }"),
            ("# {A} ö#", "# {A} ö#"),
            ("#{Loop}", "#{Loop}"),
        ] {
            assert_eq!(evaluate(text, &value_of), wanted, "{text}");
        }
    }

    #[test]
    fn notes_are_evaluated_when_the_release_is_made() {
        let mut bench = Bench::changed(|seed| {
            let shop = &mut seed["spaces"][0]["projects"][0];
            shop["releaseNotesTemplate"] = json!("#{Octopus.Project.Name} #{Octopus.Release.Number}");
            shop["variables"] = json!({ "LogLevel": "Info", "Deep": "<#{LogLevel}>" });
        });
        let notes = |bench: &mut Bench, version: &str| {
            bench.get(&format!("/api/Spaces-1/projects/web-shop/releases/{version}"))["ReleaseNotes"].clone()
        };
        let sent = json!({ "ReleaseNotes": "#{Deep} ##{LogLevel} #{Nobody}" });
        assert_eq!(bench.create("Web Shop", "7.0.0", sent.clone()).0, 201);
        assert_eq!(notes(&mut bench, "7.0.0"), "<Info> #{LogLevel} #{Nobody}");
        assert_eq!(bench.create("Web Shop", "7.0.1", json!({})).0, 201);
        assert_eq!(notes(&mut bench, "7.0.1"), "Web Shop 7.0.1", "the project's template");
        assert_eq!(bench.create("Web Shop", "7.0.2", json!({ "ReleaseNotes": "" })).0, 201);
        assert_eq!(notes(&mut bench, "7.0.2"), "", "notes that are blank are notes");
        let project = bench.get("/api/Spaces-1/projects/Projects-1");
        assert_eq!(project["ReleaseNotesTemplate"], "#{Octopus.Project.Name} #{Octopus.Release.Number}");
        let settings = bench.get("/api/Spaces-1/projects/Projects-1/deploymentsettings");
        assert_eq!(settings["ReleaseNotesTemplate"], project["ReleaseNotesTemplate"]);
        let id = bench.get("/api/Spaces-1/projects/web-shop/releases/7.0.0")["Id"].clone();
        let path = format!("/api/Spaces-1/releases/{}/release-notes", id.as_str().unwrap());
        assert_eq!(bench.ask("POST", &path, sent).1["ReleaseNotes"], "#{Deep} ##{LogLevel} #{Nobody}");
    }

    #[test]
    fn a_version_controlled_project_keeps_its_template_in_its_branch() {
        let mut bench = Bench::changed(|seed| {
            seed["spaces"][0]["projects"][1]["releaseNotesTemplate"] = json!("of #{Octopus.Release.Number}");
        });
        let own = "/api/Spaces-1/projects/Projects-2";
        assert_eq!(bench.get(own)["ReleaseNotesTemplate"], json!(null));
        assert_eq!(bench.ask("GET", &format!("{own}/deploymentsettings"), json!(null)).0, 400);
        let settings = bench.get(&format!("{own}/refs%2Fheads%2Fmain/deploymentsettings"));
        assert_eq!(settings["ReleaseNotesTemplate"], "of #{Octopus.Release.Number}");
        assert_eq!(bench.create("Infra", "7.0.0", json!({ "GitRef": "main" })).0, 201);
        assert_eq!(bench.get(&format!("{own}/releases/7.0.0"))["ReleaseNotes"], "of 7.0.0");
    }

    #[test]
    fn prompted_values_are_evaluated_where_a_step_uses_them() {
        let mut bench = Bench::new();
        bench.create("Asking Shop", "1.0.0", json!({}));
        let values = json!({ "Approver": "#{Octopus.Release.Number} of ann", "Reason": "##{x}" });
        let (_, made) =
            bench.deploy("Asking Shop", "1.0.0", &["Development"], json!({ "Variables": values }));
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(60);
        let log = bench.send("GET", &format!("/api/Spaces-1/tasks/{task}/raw"), &json!(null));
        let log = String::from_utf8(log.body).unwrap();
        assert!(log.contains("Approved by 1.0.0 of ann"), "{log}");
        assert!(log.contains("The reason is '#{x}'"), "{log}");
    }
}
