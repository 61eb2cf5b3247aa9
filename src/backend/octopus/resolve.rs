//! What a word means: an id, else an exact name (case ignored), else a slug. A word is looked up among everything
//! that the server lists of its kind, so that a weaker match never wins by coming first, and two matches of the same
//! strength are an error that names both.
//!
//! [`Octopus::resolve`] finds out what all words of a run mean before anything is changed. Whoever asks later is
//! answered from memory.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all, join3, join5};

use crate::backend::{BackendError, Call};
use crate::model::{
    ChannelName, DeploymentOptions, EnvironmentName, GitSource, PackageChoice, ProjectName, StepName, Tenants,
};
use crate::octopus::channel::Channel;
use crate::octopus::environment::Environment;
use crate::octopus::freeze::Freeze;
use crate::octopus::machine::Machine;
use crate::octopus::process::Process;
use crate::octopus::project::Project;
use crate::octopus::space::Space;
use crate::octopus::tenant::Tenant;
use crate::octopus::{self as api, ProjectId};

use super::Octopus;
use super::names::{same, unknown};
use super::packages;

/// Something that people name.
pub(super) trait Named {
    /// What it is called in messages.
    const KIND: &'static str;

    /// The server's id.
    fn id(&self) -> &str;

    /// Its name.
    fn name(&self) -> &str;

    /// Its name in addresses; empty where the kind, or the server, has none.
    fn slug(&self) -> &str;
}

macro_rules! named {
    ($($kind:ty = $word:literal, $slug:expr;)*) => {$(
        impl Named for $kind {
            const KIND: &'static str = $word;

            fn id(&self) -> &str {
                self.id.as_str()
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn slug(&self) -> &str {
                let slug: fn(&Self) -> &str = $slug;
                slug(self)
            }
        }
    )*};
}

named! {
    Space = "space", |it| &it.slug;
    Project = "project", |it| &it.slug;
    Channel = "channel", |it| &it.slug;
    Environment = "environment", |it| &it.slug;
    Tenant = "tenant", |it| &it.slug;
    Machine = "machine", |it| &it.slug;
    Freeze = "deployment freeze", |_| "";
}

/// The one that a word means; nothing where it means none.
///
/// # Errors
///
/// Two mean it alike.
pub(super) fn meant<'a, T: Named>(word: &str, all: &'a [T]) -> Result<Option<&'a T>, BackendError> {
    let strengths: [fn(&T) -> &str; 3] = [T::id, T::name, T::slug];
    for strength in strengths {
        let mut found: Vec<&T> = Vec::new();
        for it in all.iter().filter(|it| !strength(it).is_empty() && same(strength(it), word)) {
            if !found.iter().any(|known| known.id() == it.id()) {
                found.push(it);
            }
        }
        match found.as_slice() {
            [] => {}
            [one] => return Ok(Some(one)),
            several => {
                let candidates = several.iter().map(|it| format!("'{}' ({})", it.name(), it.id())).collect();
                return Err(BackendError::Ambiguous { kind: T::KIND, name: word.to_owned(), candidates });
            }
        }
    }
    Ok(None)
}

/// The one that a word means.
///
/// # Errors
///
/// There is none, or two mean it alike.
pub(super) fn find<'a, T: Named>(word: &str, all: &'a [T]) -> Result<&'a T, BackendError> {
    meant(word, all)?.ok_or_else(|| unknown(T::KIND, word, all.iter().map(|it| it.name().to_owned())))
}

/// Whether the server, which is told the name alone, can mean nothing else by it: no other has this name, or has it
/// for its id or slug.
pub(super) fn is_plain<T: Named>(one: &T, all: &[T]) -> bool {
    let name = one.name();
    !all.iter()
        .any(|it| it.id() != one.id() && [it.id(), it.name(), it.slug()].iter().any(|it| same(it, name)))
}

/// All results, or every error.
pub(super) fn all_or_every_error<T>(
    results: impl IntoIterator<Item = Result<T, BackendError>>,
) -> Result<Vec<T>, BackendError> {
    let (mut good, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(it) => good.push(it),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(good) } else { Err(together(errors)) }
}

/// One error for several. Where an answer is missing, that is what is told: what was learned beside it may not be all.
pub(super) fn together(mut errors: Vec<BackendError>) -> BackendError {
    if let Some(at) = errors.iter().position(BackendError::is_transient) {
        return errors.swap_remove(at);
    }
    // Who is not let in knows nothing of names.
    let is_shut_out = |it: &BackendError| matches!(it, BackendError::Refused { source, .. } if source.status() == Some(401));
    if let Some(at) = errors.iter().position(is_shut_out) {
        return errors.swap_remove(at);
    }
    let mut flat: Vec<BackendError> = Vec::new();
    for error in errors {
        match error {
            BackendError::Names(several) => flat.extend(several),
            one => flat.push(one),
        }
    }
    let mut told = BTreeSet::new();
    flat.retain(|it| told.insert(it.to_string()));
    if flat.len() == 1 { flat.remove(0) } else { BackendError::Names(flat) }
}

/// What an action needs to know the meaning of.
#[derive(Debug, Clone)]
pub struct Needs<'a> {
    /// The project.
    pub project: &'a ProjectName,
    /// The channel of its releases.
    pub channel: Option<&'a ChannelName>,
    /// Where a release is taken from; must be none of `to`.
    pub from: Option<&'a EnvironmentName>,
    /// Where a release goes.
    pub to: Vec<&'a EnvironmentName>,
    /// For whom.
    pub tenants: &'a Tenants,
    /// Machines, freezes, steps and variables.
    pub options: Option<&'a DeploymentOptions>,
    /// The packages of a new release.
    pub packages: &'a [PackageChoice],
    /// Where the process of a release is read from that is new in this run, so that the present process is what it
    /// will hold. Steps and prompted variables are compared with that. `None` = the release is there already, and only
    /// it can tell.
    pub new_from: Option<&'a GitSource>,
    /// Where the template of release notes is read from, for a new release without notes of its own. No name, but
    /// asked for beside them, so that the release waits for nothing more.
    pub notes_from: Option<&'a GitSource>,
}

impl<'a> Needs<'a> {
    /// Of an action that needs nothing but its project.
    #[must_use]
    pub fn of(project: &'a ProjectName) -> Self {
        Self {
            project,
            channel: None,
            from: None,
            to: Vec::new(),
            tenants: &Tenants::Untenanted,
            options: None,
            packages: &[],
            new_from: None,
            notes_from: None,
        }
    }

    fn environments(&self) -> impl Iterator<Item = &'a EnvironmentName> {
        self.from.into_iter().chain(self.to.iter().copied())
    }

    fn machines(&self) -> bool {
        self.options.is_some_and(|it| !it.machines.is_empty() || !it.excluded_machines.is_empty())
    }

    fn freezes(&self) -> bool {
        self.options.is_some_and(|it| it.freeze_override.is_some())
    }

    fn steps(&self) -> &'a [StepName] {
        match (self.new_from, self.options) {
            (Some(_), Some(options)) => &options.skip_steps,
            _ => &[],
        }
    }

    fn variables(&self) -> Vec<&'a String> {
        match (self.new_from, self.options) {
            (Some(_), Some(options)) => options.variables.keys().collect(),
            _ => Vec::new(),
        }
    }

    fn git_ref(&self) -> Option<&'a str> {
        self.new_from.and_then(|it| it.git_ref.as_deref())
    }
}

impl Octopus {
    /// Finds out what all words of these actions mean, before anything is changed: what can be asked at once is asked
    /// side by side, and only what the actions need. For each action, in the same order, everything that is wrong
    /// with its words.
    ///
    /// What only a release can tell (its steps, its prompted variables) is compared with the present process where
    /// the release is to be made, and with the release itself before it is deployed.
    ///
    /// # Errors
    ///
    /// Of each action: a word that means nothing, or two things; or a question without an answer.
    pub async fn resolve(&self, needs: &[Needs<'_>], call: Call<'_>) -> Vec<Result<(), BackendError>> {
        if needs.is_empty() {
            return Vec::new();
        }
        if let Err(error) = self.space(call).await {
            return first(error, needs.len());
        }
        // Each remembers what it learns; which words are wrong is said below, action by action. What could not be
        // learned is said at once: it is not asked for again, and no word is judged without it.
        let unlearned = self.ask_side_by_side(needs, call).await;
        if !unlearned.is_empty() {
            return first(together(unlearned), needs.len());
        }
        let mut results = Vec::new();
        for needs in needs {
            results.push(self.check_needs(needs, call).await);
        }
        once_each(results)
    }

    /// Lists what the words of these actions can mean; the errors of what could not be listed.
    async fn ask_side_by_side(&self, needs: &[Needs<'_>], call: Call<'_>) -> Vec<BackendError> {
        let mut projects: Vec<&ProjectName> = Vec::new();
        let mut channels: Vec<(&ProjectName, &ChannelName)> = Vec::new();
        for it in needs {
            if !projects.contains(&it.project) {
                projects.push(it.project);
            }
            if let Some(channel) = it.channel.map(|channel| (it.project, channel))
                && !channels.contains(&channel)
            {
                channels.push(channel);
            }
        }
        let wants = |wanted: fn(&Needs<'_>) -> bool| needs.iter().any(wanted);
        let (environments, tenants, machines, freezes) = (
            wants(|it| it.environments().next().is_some()),
            wants(|it| *it.tenants != Tenants::Untenanted),
            wants(|it| it.machines()),
            wants(|it| it.freezes()),
        );
        let targets = wants(|it| !it.to.is_empty());
        let templates = needs.iter().filter_map(|it| Some((it.project, it.notes_from?)));
        let templates = templates.filter(|_| call.build.is_some());
        let names = join3(
            join_all(projects.into_iter().map(|it| self.seek_project(it, call))),
            join_all(channels.into_iter().map(|(project, it)| self.seek_channel(project, it, call))),
            // What this does not learn is asked for again by the create itself, which says what it means.
            join_all(templates.map(|(project, git)| self.seek_template(project, git, call))),
        );
        let lists = join5(
            async { if environments { self.seek_environments(call).await } else { Ok(()) } },
            async { if tenants { self.all_tenants(call).await.map(drop) } else { Ok(()) } },
            async { if machines { self.all_machines(call).await.map(drop) } else { Ok(()) } },
            async { if freezes { self.all_freezes(call).await.map(drop) } else { Ok(()) } },
            // No name, but asked for before anything is deployed: here it waits for nothing.
            async { if targets { self.lifecycles(call).await.map(drop) } else { Ok(()) } },
        );
        let ((by_project, by_channel, _), lists) = join(names, lists).await;
        let rest = [lists.0, lists.1, lists.2, lists.3, lists.4];
        by_project.into_iter().chain(by_channel).chain(rest).filter_map(Result::err).collect()
    }

    async fn seek_project(&self, name: &ProjectName, call: Call<'_>) -> Result<(), BackendError> {
        // An id needs no document.
        match ProjectId::recognise(name.as_str().trim()) {
            Some(_) => Ok(()),
            None => self.project(name, call).await.map(drop),
        }
    }

    /// The same for one action.
    ///
    /// # Errors
    ///
    /// As said there.
    pub async fn resolve_one(&self, needs: Needs<'_>, call: Call<'_>) -> Result<(), BackendError> {
        let results = self.resolve(std::slice::from_ref(&needs), call).await;
        results.into_iter().collect()
    }

    /// What is wrong with the words of one action.
    async fn check_needs(&self, needs: &Needs<'_>, call: Call<'_>) -> Result<(), BackendError> {
        let project = self.project_id(needs.project, call).await?;
        let mut errors: Vec<BackendError> = Vec::new();
        if let Some(name) = needs.channel {
            errors.extend(self.channel(&project, Some(name), call).await.err());
        }
        let places: Vec<EnvironmentName> = needs.environments().cloned().collect();
        if !places.is_empty() {
            match self.environments_of(&places, &project, call).await {
                Err(error) => errors.push(error),
                Ok(found) => errors.extend(to_itself(needs, &found)),
            }
        }
        if *needs.tenants != Tenants::Untenanted {
            errors.extend(self.check_tenants(needs, &project, call).await.err());
        }
        if let Some(options) = needs.options {
            let named = self.machines(&options.machines, call).await;
            let excluded = self.machines(&options.excluded_machines, call).await;
            if let (Ok(named), Ok(excluded)) = (&named, &excluded)
                && let Some(both) = named.iter().find(|it| excluded.iter().any(|other| other.id == it.id))
            {
                errors.push(BackendError::Impossible(format!(
                    "machine '{}' is both named and excluded",
                    both.name
                )));
            }
            errors.extend(named.err());
            errors.extend(excluded.err());
            if let Some(freeze) = &options.freeze_override {
                errors.extend(self.freezes(&freeze.freezes, call).await.err());
            }
        }
        if needs.packages.iter().any(|it| it.step.is_some() || it.package.is_some())
            || !needs.steps().is_empty()
            || !needs.variables().is_empty()
        {
            errors.extend(self.check_process(needs, &project, call).await.err());
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }

    /// The steps and prompted variables of a release that is to be made, as far as the present process tells.
    pub(super) async fn check_process(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let mut errors = Vec::new();
        let steps = needs.steps();
        let variables = needs.variables();
        let process = async {
            if steps.is_empty() && needs.packages.is_empty() {
                return Ok(None);
            }
            self.process(project, needs.git_ref(), call).await.map(Some)
        };
        let prompts =
            async { if variables.is_empty() { Ok(None) } else { self.prompts(needs, project, call).await } };
        let (process, prompts) = join(process, prompts).await;
        match process {
            Ok(Some(process)) => {
                errors.extend(packages::translated(needs.packages, &process).err());
                errors.extend(unknown_steps(&process, steps));
            }
            Ok(None) => {}
            // The server runs a misspelt step, so without the process nothing is begun.
            Err(error) => errors.push(error),
        }
        match prompts {
            Ok(Some(known)) => errors.extend(unknown_variables(&known, &variables)),
            Ok(None) => {}
            Err(error) if error.is_transient() => errors.push(error),
            // The release itself is asked before it is deployed, and what it does not tell is warned of.
            Err(_) => {}
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }
}

/// The same error, told of the first of so many actions alone.
fn first(error: BackendError, actions: usize) -> Vec<Result<(), BackendError>> {
    let rest = std::iter::repeat_with(|| Ok(())).take(actions.saturating_sub(1));
    std::iter::once(Err(error)).chain(rest).collect()
}

/// The results without what an action before is told of already.
fn once_each(results: Vec<Result<(), BackendError>>) -> Vec<Result<(), BackendError>> {
    let mut told = BTreeSet::new();
    let mut once = |result: Result<(), BackendError>| match result {
        Err(BackendError::Names(several)) => {
            let rest: Vec<_> = several.into_iter().filter(|it| told.insert(it.to_string())).collect();
            if rest.is_empty() { Ok(()) } else { Err(together(rest)) }
        }
        Err(error) if !told.insert(error.to_string()) => Ok(()),
        other => other,
    };
    results.into_iter().map(&mut once).collect()
}

/// A promotion whose source is one of its targets, by whatever words.
fn to_itself(needs: &Needs<'_>, found: &[(api::EnvironmentId, EnvironmentName)]) -> Option<BackendError> {
    let from = needs.from?;
    let (source, rest) = found.split_first()?;
    rest.iter().any(|it| it.0 == source.0).then(|| {
        BackendError::Impossible(format!(
            "environment '{from}' is promoted to itself: '{}' is both source and target",
            source.1
        ))
    })
}

/// The steps to skip that the process does not have, and those that must run.
fn unknown_steps(process: &Process, steps: &[StepName]) -> Vec<BackendError> {
    let mut errors = Vec::new();
    let mut missing = Vec::new();
    for step in steps {
        let mut named = process.actions().filter(|it| step.is(&it.name)).peekable();
        if named.peek().is_none() {
            missing.push(step.to_string());
        } else if named.any(|it| it.is_required) {
            errors.push(required(step));
        }
    }
    if !missing.is_empty() {
        let known = process.actions().map(|it| it.name.clone()).collect();
        errors.push(BackendError::NotInProcess { kind: "step", names: missing, known });
    }
    errors
}

/// The error for a step that must run.
pub(super) fn required(step: &StepName) -> BackendError {
    BackendError::Impossible(format!("step '{step}' is required and cannot be skipped"))
}

pub(super) fn unknown_variables(known: &[super::names::Prompt], variables: &[&String]) -> Vec<BackendError> {
    let asked = |name: &str| known.iter().any(|it| same(&it.name, name) || same(&it.label, name));
    let missing = variables.iter().filter(|it| !asked(it));
    let names = || known.iter().map(|it| it.name.clone());
    missing.map(|it| unknown("prompted variable", it, names())).collect()
}

#[cfg(test)]
mod tests {
    use crate::octopus::EnvironmentId;

    use super::*;

    fn environment(id: u32, name: &str, slug: &str) -> Environment {
        Environment {
            id: EnvironmentId::new(format!("Environments-{id}")).unwrap(),
            name: name.to_owned(),
            slug: slug.to_owned(),
            sort_order: 0,
            use_guided_failure: false,
        }
    }

    fn found(word: &str, all: &[Environment]) -> Result<String, String> {
        find(word, all).map(|it| it.id.to_string()).map_err(|it| it.to_string())
    }

    #[test]
    fn an_id_comes_before_a_name_and_a_name_before_a_slug_whatever_the_order() {
        let mut all = vec![
            environment(1, "Archive", "test"),
            environment(2, "Test", "test-1"),
            environment(3, "Environments-1", "environments-1"),
        ];
        for _ in 0..3 {
            all.rotate_left(1);
            for (word, expected) in [
                ("test", "Environments-2"),
                ("TEST", "Environments-2"),
                ("test-1", "Environments-2"),
                ("archive", "Environments-1"),
                ("Environments-1", "Environments-1"),
                ("environments-3", "Environments-3"),
            ] {
                assert_eq!(found(word, &all).as_deref(), Ok(expected), "{word}");
            }
        }
    }

    #[test]
    fn two_of_the_same_strength_are_an_error_that_names_both() {
        let all = [environment(1, "Test", "a"), environment(2, "test", "b"), environment(3, "Other", "test")];
        let told = found("Test", &all).unwrap_err();
        assert_eq!(
            told,
            "environment 'Test' can mean several: 'Test' (Environments-1), 'test' (Environments-2)"
        );
        assert_eq!(found("a", &all).as_deref(), Ok("Environments-1"));
        let told = found("Tset", &all).unwrap_err();
        assert!(told.starts_with("there is no environment 'Tset'; the nearest is"), "{told}");
    }

    #[test]
    fn a_name_is_plain_where_no_other_has_it_in_any_way() {
        let all = [
            environment(1, "Test", "test"),
            environment(2, "Environments-1", "x"),
            environment(3, "Old", "new"),
            environment(4, "New", "new-1"),
            environment(5, "Twin", "twin"),
            environment(6, "TWIN", "twin-1"),
        ];
        let plain: Vec<bool> = all.iter().map(|it| is_plain(it, &all)).collect();
        assert_eq!(plain, [true, false, true, false, false, false]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_once_and_a_missing_answer_before_it() {
        let wrong = |name: &str| unknown("environment", name, std::iter::empty());
        let both = together(vec![wrong("a"), BackendError::Names(vec![wrong("b"), wrong("a")])]);
        assert_eq!(both.to_string(), "there is no environment 'a'; there is no environment 'b'");
        let silent = BackendError::NoAnswer {
            doing: "asking".into(),
            source: Box::new(
                api::Error::NoAnswer { request: "GET /x".into(), trouble: api::Trouble::NoTimeLeft }.into(),
            ),
        };
        assert!(together(vec![wrong("a"), silent]).is_transient());
        let results =
            once_each(vec![Err(wrong("a")), Err(BackendError::Names(vec![wrong("a"), wrong("b")]))]);
        let told: Vec<_> = results.into_iter().map(|it| it.unwrap_err().to_string()).collect();
        assert_eq!(told, ["there is no environment 'a'", "there is no environment 'b'"]);
    }
}
