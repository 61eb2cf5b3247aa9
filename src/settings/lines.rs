//! Settings that hold several values in one line of text.

use crate::model::PackageChoice;

/// How the version of a package may be written.
pub(crate) const PACKAGE_FORMS: &str =
    "write `\"Step Name\" = \"1.0.0.1\"`, `Step:Version`, `Step:Package:Version` or `*:Version`";

/// How the reference of a step's repository may be written.
pub(crate) const GIT_RESOURCE_FORMS: &str = "write `Step:reference` or `Step:Resource:reference`";

/// Reads the version of a package.
pub(crate) fn package(line: &str) -> Result<PackageChoice, String> {
    let line = line.trim();
    let wrong = || format!("`{line}` is not a package version");
    let equation = if line.starts_with('"') { quoted_equation(line) } else { None };
    let parts: Vec<String> = match equation {
        Some((step, version)) => vec![step, version],
        None if line.contains('"') => return Err(wrong()),
        None => {
            let line = line.replacen('=', ":", usize::from(!line.contains(':')));
            parts_of(&line)
        }
    };
    if parts.iter().any(String::is_empty) {
        return Err(wrong());
    }
    let named = |it: &String| Some(it.clone()).filter(|it| it != "*");
    match parts.as_slice() {
        [step, version] => Ok(PackageChoice { step: named(step), package: None, version: version.clone() }),
        [step, package, version] => {
            Ok(PackageChoice { step: named(step), package: named(package), version: version.clone() })
        }
        _ => Err(wrong()),
    }
}

/// The parts between colons. A colon within a name is written `\:`, as Octopus's own tools have it.
fn parts_of(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' if signs.peek() == Some(&':') => push(&mut parts, signs.next()),
            ':' => parts.push(String::new()),
            sign => push(&mut parts, Some(sign)),
        }
    }
    parts.iter().map(|it| it.trim().to_owned()).collect()
}

fn push(parts: &mut [String], sign: Option<char>) {
    if let Some(last) = parts.last_mut() {
        last.extend(sign);
    }
}

/// `"Step Name" = "1.0"`, where the version's quotes may be missing.
fn quoted_equation(line: &str) -> Option<(String, String)> {
    let (step, rest) = line.strip_prefix('"')?.split_once('"')?;
    let version = rest.trim_start().strip_prefix('=')?.trim();
    let version = version.strip_prefix('"').map_or(Some(version), |it| it.strip_suffix('"'))?;
    let plain = !version.contains(['"', '=']);
    plain.then(|| (step.trim().to_owned(), version.trim().to_owned()))
}

/// Checks the reference of a step's repository, which is sent as it is.
pub(crate) fn git_resource(line: &str) -> Result<(), String> {
    let parts: Vec<_> = line.split(':').map(str::trim).collect();
    let whole = (2..=3).contains(&parts.len()) && parts.iter().all(|it| !it.is_empty());
    whole.then_some(()).ok_or_else(|| format!("`{line}` is not a reference of a step"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(step: Option<&str>, package: Option<&str>, version: &str) -> Result<PackageChoice, String> {
        let owned = |it: Option<&str>| it.map(str::to_owned);
        Ok(PackageChoice { step: owned(step), package: owned(package), version: version.into() })
    }

    #[test]
    fn package_versions_have_four_forms() {
        for (line, expected) in [
            ("\"Deploy: web\" = \"1.0.0.1\"", choice(Some("Deploy: web"), None, "1.0.0.1")),
            ("\"Web\"=1.0", choice(Some("Web"), None, "1.0")),
            ("Web = 1.0", choice(Some("Web"), None, "1.0")),
            ("Web:1.0", choice(Some("Web"), None, "1.0")),
            ("Web app:Acme.Web:1.0-rc+2", choice(Some("Web app"), Some("Acme.Web"), "1.0-rc+2")),
            ("com.acme\\:shop:1.0", choice(Some("com.acme:shop"), None, "1.0")),
            ("*:1.0", choice(None, None, "1.0")),
            ("*:Acme.Web:1.0", choice(None, Some("Acme.Web"), "1.0")),
        ] {
            assert_eq!(package(line), expected, "{line}");
        }
        for line in [
            "",
            "Web",
            ":1",
            "Web:",
            "a:b:c:d",
            "\"Web\" 1.0",
            "\"Web\" = \"1\" x\"",
            "Web = \"1",
            "\"\"=\"1\"",
        ] {
            assert!(package(line).is_err(), "{line}");
        }
    }

    #[test]
    fn git_resources_name_a_step_and_a_reference() {
        for line in ["Step:main", "Step:Resource:refs/heads/main"] {
            assert_eq!(git_resource(line), Ok(()), "{line}");
        }
        for line in ["Step", "Step:", "a:b:c:d", ":main"] {
            assert!(git_resource(line).is_err(), "{line}");
        }
    }
}
