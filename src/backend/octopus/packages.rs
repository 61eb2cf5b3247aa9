//! The versions of packages: translates the names that users write into the server's terms, and compares them with what
//! the release contains. Pure.
//!
//! The server compares the first part of a choice with the name of a step or the id of a package, and the second with
//! the package's reference within the step, which is blank for a step's own package. It ignores names that it does not
//! know and takes the latest version. So every choice is resolved here against the process, sent to the server in its
//! own terms, and compared with what the release got.

use crate::backend::BackendError;
use crate::model::PackageChoice;
use crate::octopus::process::{Process, ProcessAction, ProcessPackage};
use crate::octopus::release::SelectedPackage;

use super::matching::same;

/// A package as used by a step.
#[derive(Clone, Copy)]
struct PackageUse<'a> {
    step: &'a str,
    action: &'a ProcessAction,
    package: &'a ProcessPackage,
}

/// Whether a choice names a step or a package, so that it is resolved against the process.
pub(super) fn names_something(choice: &PackageChoice) -> bool {
    choice.step.is_some() || choice.package.is_some()
}

/// Choices without a step or package, in the server's terms.
pub(super) fn for_all(choices: &[PackageChoice]) -> Vec<String> {
    choices.iter().filter(|it| !names_something(it)).map(|it| format!("*:{}", it.version)).collect()
}

/// Translates the choices into the server's terms.
///
/// # Errors
///
/// A step or package is not in the process, one package is given two versions, or the choice cannot be
/// expressed in the server's terms.
pub(super) fn translated(choices: &[PackageChoice], process: &Process) -> Result<Vec<String>, BackendError> {
    let uses = uses(process);
    let is_known = |choice: &&PackageChoice| {
        !names_something(choice) || uses.iter().any(|it| fits(choice, it).is_some())
    };
    let unknown: Vec<String> = choices.iter().filter(|it| !is_known(it)).map(name_of).collect();
    if !unknown.is_empty() {
        return Err(BackendError::NotInProcess {
            kind: "step or package",
            names: unknown,
            known: known(&uses),
        });
    }
    let mut meant = Vec::new();
    for it in &uses {
        meant.push((*it, chosen(choices, it)?));
    }
    let mut sent: Vec<ServerChoice<'_>> = Vec::new();
    for choice in choices.iter().filter(|it| !names_something(it)) {
        sent.push(ServerChoice { name: None, reference: None, version: &choice.version });
    }
    for (it, version) in &meant {
        let Some(version) = version else { continue };
        let own = server_choice(it, version, &meant);
        if !sent.contains(&own) {
            sent.push(own);
        }
    }
    // The server's own comparison must give the same result.
    let otherwise = choices.iter().rfind(|it| !names_something(it)).map(|it| it.version.as_str());
    for (it, version) in &meant {
        if server_version(&sent, it) != version.or(otherwise) {
            return Err(BackendError::Impossible(format!(
                "the server does not accept a version for {} alone; give the other packages of step '{}' versions \
                 too, or the one version to the whole step",
                describe(it),
                it.action.name
            )));
        }
    }
    Ok(sent.iter().map(ServerChoice::text).collect())
}

/// The differences between the packages of a release and the requested ones, one line for each.
pub(super) fn differences(
    choices: &[PackageChoice],
    process: &Process,
    selected: &[SelectedPackage],
) -> Vec<String> {
    let mut differences = Vec::new();
    let uses = uses(process);
    let of_release: Vec<(PackageUse<'_>, &SelectedPackage)> = selected
        .iter()
        .filter_map(|it| {
            let is_it = |used: &&PackageUse<'_>| {
                same(&used.action.name, &it.action_name)
                    && same(&used.package.name, &it.package_reference_name)
            };
            Some((*uses.iter().find(is_it)?, it))
        })
        .collect();
    for (used, selected) in &of_release {
        // Two versions for one package were an error before anything was sent.
        if let Ok(Some(version)) = chosen(choices, used)
            && version != selected.version
        {
            differences.push(format!("{} has version {}, not {version}", describe(used), selected.version));
        }
    }
    for choice in choices.iter().filter(|it| names_something(it)) {
        if !of_release.iter().any(|(used, _)| fits(choice, used).is_some()) {
            differences.push(format!("'{}' is not among its packages", name_of(choice)));
        }
    }
    differences
}

fn uses(process: &Process) -> Vec<PackageUse<'_>> {
    let of_step = process.steps.iter().flat_map(|step| step.actions.iter().map(move |action| (step, action)));
    of_step
        .flat_map(|(step, action)| {
            action.packages.iter().map(move |package| PackageUse { step: &step.name, action, package })
        })
        .collect()
}

/// How closely a choice names a package; `None` if it names another.
fn fits(choice: &PackageChoice, used: &PackageUse<'_>) -> Option<u8> {
    let names = [used.step, &used.action.name, &used.package.package_id];
    let step = choice.step.as_ref().map(|step| names.iter().any(|it| same(it, step)));
    let package = choice
        .package
        .as_ref()
        .map(|package| same(&used.package.name, package) || same(&used.package.package_id, package));
    match (step, package) {
        (Some(false), _) | (_, Some(false)) => None,
        (Some(true), Some(true)) => Some(4),
        (None, Some(true)) => Some(3),
        (Some(true), None) => Some(2),
        (None, None) => Some(1),
    }
}

/// The version chosen for a package by name; the closest choice counts.
fn chosen<'a>(choices: &'a [PackageChoice], used: &PackageUse<'_>) -> Result<Option<&'a str>, BackendError> {
    let named = choices.iter().filter(|it| names_something(it));
    let fitting: Vec<(u8, &str)> =
        named.filter_map(|it| fits(it, used).map(|close| (close, it.version.as_str()))).collect();
    let closest = fitting.iter().map(|(close, _)| *close).max();
    let mut versions =
        fitting.iter().filter(|(close, _)| Some(*close) == closest).map(|(_, version)| *version);
    let version = versions.next();
    match versions.find(|it| Some(*it) != version) {
        Some(other) => Err(BackendError::Impossible(format!(
            "{} is given two versions: {} and {other}",
            describe(used),
            version.unwrap_or_default()
        ))),
        None => Ok(version),
    }
}

/// One choice in the server's terms; `None` = any.
#[derive(PartialEq, Eq)]
struct ServerChoice<'a> {
    name: Option<&'a str>,
    reference: Option<&'a str>,
    version: &'a str,
}

/// A version for one package in the server's terms: by step and reference. A step's own package has no reference, so it
/// is given by the step if the step has no other open package, else by the package's id.
fn server_choice<'a>(
    used: &PackageUse<'a>,
    version: &'a str,
    meant: &[(PackageUse<'a>, Option<&'a str>)],
) -> ServerChoice<'a> {
    let PackageUse { action, package, .. } = *used;
    if !package.name.is_empty() {
        return ServerChoice { name: Some(&action.name), reference: Some(&package.name), version };
    }
    let others =
        meant.iter().filter(|(it, _)| std::ptr::eq(it.action, action) && !it.package.name.is_empty());
    let alone = others.into_iter().all(|(_, it)| it.is_some());
    ServerChoice {
        name: Some(if alone { &action.name } else { &package.package_id }),
        reference: None,
        version,
    }
}

/// The version that the server takes for a package with these choices.
fn server_version<'a>(sent: &[ServerChoice<'a>], used: &PackageUse<'_>) -> Option<&'a str> {
    let close = |it: &ServerChoice<'_>| {
        let name = it.name.map(|it| same(it, &used.action.name) || same(it, &used.package.package_id));
        let reference = it.reference.map(|it| same(it, &used.package.name));
        match (name, reference) {
            (Some(false), _) | (_, Some(false)) => None,
            (name, reference) => Some(2 * u8::from(reference.is_some()) + u8::from(name.is_some())),
        }
    };
    sent.iter()
        .filter_map(|it| close(it).map(|close| (close, it.version)))
        .max_by_key(|(close, _)| *close)
        .map(|it| it.1)
}

impl ServerChoice<'_> {
    /// `Step:Version`, `Step:Reference:Version` or `*:Version`. A separator within a name is escaped; servers before
    /// 2025.4.10680 do not understand the escape, so such a name cannot be sent to them.
    fn text(&self) -> String {
        let escaped = |text: &str| text.replace(':', "\\:").replace('/', "\\/").replace('=', "\\=");
        let name = self.name.map_or_else(|| "*".to_owned(), escaped);
        match self.reference {
            Some(reference) => format!("{name}:{}:{}", escaped(reference), self.version),
            None => format!("{name}:{}", self.version),
        }
    }
}

fn describe(used: &PackageUse<'_>) -> String {
    format!("package '{}' of step '{}'", used.package.package_id, used.action.name)
}

fn name_of(choice: &PackageChoice) -> String {
    let parts = [choice.step.as_deref(), choice.package.as_deref()];
    parts.into_iter().flatten().map(|it| it.replace(':', "\\:")).collect::<Vec<_>>().join(":")
}

/// The existing names: steps, and the ids of their packages, as written in settings.
fn known(uses: &[PackageUse<'_>]) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    let steps = uses.iter().map(|it| it.action.name.as_str());
    for name in steps.chain(uses.iter().map(|it| it.package.package_id.as_str())) {
        let name = name.replace(':', "\\:");
        if !name.is_empty() && !known.contains(&name) {
            known.push(name);
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(text: &str) -> PackageChoice {
        let named = |it: &str| Some(it.to_owned()).filter(|it| it != "*");
        let parts: Vec<&str> = text.split('|').collect();
        let (step, package, version) = match parts.as_slice() {
            [step, version] => (step, None, version),
            [step, package, version] => (step, named(package), version),
            _ => panic!("{text}"),
        };
        PackageChoice { step: named(step), package, version: (*version).to_owned() }
    }

    fn process(actions: &[(&str, &[(&str, &str)])]) -> Process {
        let steps: Vec<_> = actions
            .iter()
            .map(|(name, packages)| {
                let packages: Vec<_> = packages
                    .iter()
                    .map(|(name, id)| serde_json::json!({"Name": name, "PackageId": id}))
                    .collect();
                serde_json::json!({"Name": name, "Actions": [{"Name": name, "Packages": packages}]})
            })
            .collect();
        crate::octopus::read(serde_json::json!({"Steps": steps}).to_string().as_bytes()).expect("a process")
    }

    fn shop() -> Process {
        process(&[
            ("Migrate", &[("", "Shop.Database"), ("scripts", "Shop.Scripts")]),
            ("Deploy web", &[("", "Shop.Web")]),
            ("Deploy api", &[("", "com.acme:api")]),
            ("Smoke test", &[]),
        ])
    }

    fn said(choices: &[&str]) -> Result<Vec<String>, String> {
        let choices: Vec<_> = choices.iter().map(|it| choice(it)).collect();
        translated(&choices, &shop()).map_err(|it| format!("{it} {}", it.advice().unwrap_or_default()))
    }

    #[test]
    fn every_form_is_said_as_the_server_compares_it() {
        for (choices, expected) in [
            (&["Deploy web|1"][..], &["Deploy web:1"][..]),
            (&["deploy WEB|1"], &["Deploy web:1"]),
            (&["Deploy web|Shop.Web|1"], &["Deploy web:1"]),
            (&["Shop.Web|1"], &["Deploy web:1"]),
            (&["*|Shop.Web|1"], &["Deploy web:1"]),
            (&["Migrate|scripts|1"], &["Migrate:scripts:1"]),
            (&["Migrate|Shop.Scripts|1"], &["Migrate:scripts:1"]),
            (&["*|Shop.Scripts|1"], &["Migrate:scripts:1"]),
            // A step's own package among others goes by its id.
            (&["Migrate|Shop.Database|1"], &["Shop.Database:1"]),
            (&["Migrate|1"], &["Migrate:1", "Migrate:scripts:1"]),
            (&["Migrate|1", "Migrate|scripts|2"], &["Migrate:1", "Migrate:scripts:2"]),
            (&["*|3", "Deploy web|1"], &["*:3", "Deploy web:1"]),
            (&["com.acme:api|1"], &["Deploy api:1"]),
        ] {
            assert_eq!(said(choices).expect("they are in the process"), expected, "{choices:?}");
        }
    }

    #[test]
    fn what_is_not_in_the_process_is_reported_with_what_is() {
        for name in ["Deploy wbe|1", "*|Shop.Wbe|1", "Deploy web|scripts|1", "Smoke test|1", "com.acme|api|1"]
        {
            let error = said(&[name]).expect_err(name);
            assert!(error.contains("has no step or package"), "{error}");
            assert!(error.contains("'Deploy web'") && error.contains("'com.acme\\:api'"), "{error}");
        }
        let error = said(&["Deploy web|1", "Shop.Web|2"]).expect_err("two versions");
        assert!(error.contains("two versions: 1 and 2"), "{error}");
    }

    #[test]
    fn what_the_server_has_no_words_for_is_an_error() {
        let process = process(&[("One", &[("", "A"), ("b", "B")]), ("Two", &[("", "A")])]);
        let choices = [choice("One|A|1")];
        let error = translated(&choices, &process).expect_err("A of One alone").to_string();
        assert!(error.contains("package 'A' of step"), "{error}");
        assert!(translated(&[choice("One|A|1"), choice("One|b|2")], &process).is_ok());
    }

    #[test]
    fn a_release_is_compared_with_what_was_asked_for() {
        let selected = |action: &str, reference: &str, version: &str| SelectedPackage {
            action_name: action.into(),
            package_reference_name: reference.into(),
            version: version.into(),
        };
        let all = [
            selected("Migrate", "", "1"),
            selected("Migrate", "scripts", "2"),
            selected("Deploy web", "", "3"),
        ];
        for (asked, expected) in [
            ("Shop.Web|3", &[][..]),
            ("Deploy web|4", &["package 'Shop.Web' of step 'Deploy web' has version 3, not 4"]),
            ("Migrate|1", &["package 'Shop.Scripts' of step 'Migrate' has version 2, not 1"]),
            ("Deploy api|1", &["'Deploy api' is not among its packages"]),
            ("*|9", &[]),
        ] {
            assert_eq!(differences(&[choice(asked)], &shop(), &all), expected, "{asked}");
        }
    }
}
