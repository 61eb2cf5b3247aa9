//! Chooses the channel of a new release, and the version of each package.

use crate::sandbox::world::made::SelectedPackage;
use crate::sandbox::world::process_seed::PackageUseSeed;
use crate::sandbox::world::project_seed::RuleSeed;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Channel, Package, Project, Step};
use crate::sandbox::world::versions::{Version, in_range, tag_matches};

/// Which package versions the caller asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes {
    /// For every package that no choice names.
    pub(super) default_version: Option<String>,
    pub(super) choices: Vec<Choice>,
    /// The pre-release tag of the versions that the server may choose.
    pub(super) pre_release: Option<String>,
    pub(super) ignore_rules: bool,
    /// Whether the server may choose versions by itself; the legacy route needs them all in the body.
    pub(super) may_pick: bool,
}

/// A package version that the caller asks for: a step or package, a reference, a version; `*` stands for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) reference: String,
    pub(super) version: String,
}

impl Choice {
    /// Reads `Step:Version`, `PackageId:Version`, `Step:Reference:Version` or `PackageId:Reference:Version`;
    /// the separator may also be `/` or `=`, and where the server knows escapes a backslash takes a
    /// separator's meaning away.
    ///
    /// # Errors
    ///
    /// The text has another form; a version alone is one.
    pub(super) fn parse(text: &str, knows_escapes: bool) -> Result<Self, String> {
        let mut parts = vec![String::new()];
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let escapes = knows_escapes
                && letter == '\\'
                && letters.peek().is_some_and(|it| is_separator(*it) || *it == '\\');
            let kept = if escapes { letters.next() } else { Some(letter).filter(|it| !is_separator(*it)) };
            match (kept, parts.last_mut()) {
                (Some(letter), Some(part)) => part.push(letter),
                _ => parts.push(String::new()),
            }
        }
        let any =
            |part: &String| if part.trim().is_empty() { "*".to_owned() } else { part.trim().to_owned() };
        let choice = match parts.as_slice() {
            [name, version] => {
                Self { name: any(name), reference: "*".to_owned(), version: version.trim().to_owned() }
            }
            [name, reference, version] => {
                Self { name: any(name), reference: any(reference), version: version.trim().to_owned() }
            }
            _ => {
                return Err(format!(
                    "'{text}' is not a package: it must be Step:Version or Step:Reference:Version."
                ));
            }
        };
        if choice.version.is_empty() { Err(format!("'{text}' names no version.")) } else { Ok(choice) }
    }

    /// How closely the choice names this package; `None` if it names another.
    fn closeness(&self, step: &str, used: &PackageUseSeed) -> Option<u8> {
        let name = self.name.eq_ignore_ascii_case(step) || self.name.eq_ignore_ascii_case(&used.id);
        let reference = self.reference.eq_ignore_ascii_case(&used.reference);
        match (name, self.name == "*", reference, self.reference == "*") {
            (true, _, true, _) => Some(4),
            (_, true, true, _) => Some(3),
            (true, _, _, true) => Some(2),
            (_, true, _, true) => Some(1),
            _ => None,
        }
    }
}

fn is_separator(letter: char) -> bool {
    matches!(letter, ':' | '/' | '=')
}

impl World {
    /// The enabled steps that releases of a channel have, with each package that they use.
    pub(super) fn package_uses<'a>(
        &self,
        project: &'a Project,
        channel: &Channel,
    ) -> Vec<(&'a Step, &'a PackageUseSeed)> {
        let for_channel = |step: &&Step| {
            let names = &step.seed.channels;
            !step.seed.disabled
                && (names.is_empty() || names.iter().any(|it| it.eq_ignore_ascii_case(&channel.name)))
        };
        let steps = project.steps.iter().filter(for_channel);
        steps.flat_map(|step| step.seed.packages.iter().map(move |it| (step, it))).collect()
    }

    /// The packages of a new release of a channel.
    ///
    /// # Errors
    ///
    /// Every package without a version, or with a version that its feed lacks or the channel's rules forbid.
    pub(super) fn select_packages(
        &self,
        project: &Project,
        channel: &Channel,
        wishes: &Wishes,
    ) -> Result<Vec<SelectedPackage>, Vec<String>> {
        let mut selected = Vec::new();
        let mut errors = Vec::new();
        for (step, used) in self.package_uses(project, channel) {
            match self.select(project, channel, wishes, (step, used)) {
                Ok(version) => selected.push(SelectedPackage {
                    step: step.seed.name.clone(),
                    reference: used.reference.clone(),
                    id: used.id.clone(),
                    version,
                }),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(selected) } else { Err(errors) }
    }

    fn select(
        &self,
        project: &Project,
        channel: &Channel,
        wishes: &Wishes,
        (step, used): (&Step, &PackageUseSeed),
    ) -> Result<String, String> {
        if let Some(fixed) = &used.fixed_version {
            return Ok(fixed.clone());
        }
        let name = &step.seed.name;
        // Of two choices that name it equally closely, the higher version wins.
        let rank = |it: &&Choice| (it.closeness(name, used).unwrap_or(0), Version::parse(&it.version));
        let best = wishes.choices.iter().max_by_key(rank);
        let chosen = best.filter(|it| it.closeness(name, used).is_some()).map(|it| it.version.clone());
        let rule =
            channel.rules.iter().find(|it| !wishes.ignore_rules && it.steps.iter().any(|it| it == name));
        let known = self.find_package(&project.space, used).map(|(_, package)| package);
        if let Some(version) = chosen.or_else(|| wishes.default_version.clone()) {
            if !used.id.contains("#{") && !known.is_some_and(|it| it.has(&version)) {
                return Err(format!(
                    "Version {version} of the package '{}' for the step '{name}' was not found in its feed.",
                    used.id
                ));
            }
            return obey(rule, channel, name, version);
        }
        let latest = match known.filter(|_| wishes.may_pick) {
            Some(package) => latest(package, rule, wishes)?,
            None => None,
        };
        latest.ok_or_else(|| {
            format!(
                "A version of the package '{}' is needed for the step '{name}', and none was found or given.",
                used.id
            )
        })
    }

    /// The channel for a release for which none was named, and its packages.
    ///
    /// # Errors
    ///
    /// 400: no channel fits, or several do and the default one is not among them.
    pub(super) fn best_channel(
        &self,
        project: &Project,
        wishes: &Wishes,
    ) -> Result<(&Channel, Vec<SelectedPackage>), Refusal> {
        let mut fitting = Vec::new();
        let mut reasons = Vec::new();
        for channel in self.channels.iter().filter(|it| it.project == project.id) {
            match self.select_packages(project, channel, wishes) {
                Ok(packages) => fitting.push((channel, packages)),
                Err(errors) => {
                    reasons.extend(errors.iter().map(|it| format!("Channel '{}': {it}", channel.name)))
                }
            }
        }
        if let Some(at) =
            fitting.iter().position(|(it, _)| it.is_default).or((fitting.len() == 1).then_some(0))
        {
            return Ok(fitting.swap_remove(at));
        }
        if fitting.is_empty() {
            return Err(Refusal::all_bad(reasons));
        }
        let names: Vec<&str> = fitting.iter().map(|(it, _)| it.name.as_str()).collect();
        Err(Refusal::bad(format!(
            "Several channels fit this release, name one of them: {}.",
            names.join(", ")
        )))
    }
}

/// The highest version of a package that the rule and the wanted pre-release tag allow.
fn latest(package: &Package, rule: Option<&RuleSeed>, wishes: &Wishes) -> Result<Option<String>, String> {
    let wanted = wishes.pre_release.as_ref().filter(|it| !it.is_empty());
    let tag = wanted.map(|it| format!("^{}", regex::escape(it))).or_else(|| rule?.tag.clone());
    let range = rule.and_then(|it| it.version_range.clone()).unwrap_or_default();
    let found = package.matching(&range, &tag.unwrap_or_default())?;
    Ok(found.first().map(|it| (*it).clone()))
}

/// Whether the channel's rule allows this version.
fn obey(rule: Option<&RuleSeed>, channel: &Channel, step: &str, version: String) -> Result<String, String> {
    let Some(rule) = rule else { return Ok(version) };
    let range = rule.version_range.as_deref().unwrap_or_default();
    let tag = rule.tag.as_deref().unwrap_or_default();
    if in_range(&version, range)? && tag_matches(&version, tag)? {
        return Ok(version);
    }
    Err(format!(
        "Version {version} of the package for the step '{step}' does not satisfy the version rule of the channel \
         '{}' (range '{range}', tag '{tag}').",
        channel.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(name: &str, reference: &str, version: &str) -> Choice {
        Choice { name: name.to_owned(), reference: reference.to_owned(), version: version.to_owned() }
    }

    #[test]
    fn the_reference_stands_second() {
        assert_eq!(Choice::parse("Migrate:scripts:1.4.2", true), Ok(choice("Migrate", "scripts", "1.4.2")));
        assert_eq!(Choice::parse("Deploy web=1.0", true), Ok(choice("Deploy web", "*", "1.0")));
        assert_eq!(Choice::parse("*:1.2", true), Ok(choice("*", "*", "1.2")));
        assert_eq!(Choice::parse(":1.2", true), Ok(choice("*", "*", "1.2")));
    }

    #[test]
    fn a_backslash_keeps_a_separator_in_a_name() {
        assert_eq!(Choice::parse(r"com.acme\:shop:1.0", true), Ok(choice("com.acme:shop", "*", "1.0")));
        assert_eq!(Choice::parse(r"com.acme\:shop:1.0", false), Ok(choice(r"com.acme\", "shop", "1.0")));
        assert_eq!(Choice::parse(r"a\b:1.0", true), Ok(choice(r"a\b", "*", "1.0")));
    }

    #[test]
    fn a_bare_version_is_not_a_package() {
        assert!(Choice::parse("1.2.3", true).is_err());
        assert!(Choice::parse("a:b:c:d", true).is_err());
        assert!(Choice::parse("Deploy web:", true).is_err());
    }
}
