//! What all words of a run mean, found out before anything is changed. Later questions are answered from memory.

use futures_util::future::{join, join_all, join4, join5};

use crate::backend::{BackendError, Context};
use crate::model::{ChannelName, EnvironmentName, ProjectName, Tenants};
use crate::octopus as api;

use super::Octopus;
use super::errors::{first_alone, together, without_repeats};
use super::needs::Needs;

impl Octopus {
    /// Finds out what all words of these actions mean, before anything is changed: what can be asked at once is asked
    /// side by side, and only what the actions need. For each action, in the same order, everything that is wrong
    /// with its words.
    ///
    /// The steps and prompted variables of a release are compared with the present process where the release is to be
    /// made, and with the release itself before it is deployed.
    ///
    /// # Errors
    ///
    /// Of each action: a word that means nothing, or two things; or a question without an answer.
    pub async fn resolve(&self, needs: &[Needs<'_>], context: Context<'_>) -> Vec<Result<(), BackendError>> {
        if needs.is_empty() {
            return Vec::new();
        }
        if let Err(error) = self.space(context).await {
            return first_alone(error, needs.len());
        }
        // Each request remembers its answer; the invalid words are reported below, action by action. A missing answer
        // is reported at once: it is not asked for again, and no word is judged without it.
        let unlearned = self.ask_side_by_side(needs, context).await;
        if !unlearned.is_empty() {
            return first_alone(together(unlearned), needs.len());
        }
        let mut results = Vec::new();
        for needs in needs {
            results.push(self.check_needs(needs, context).await);
        }
        without_repeats(results)
    }

    /// Lists what the words of these actions can mean; the errors of what could not be listed.
    async fn ask_side_by_side(&self, needs: &[Needs<'_>], context: Context<'_>) -> Vec<BackendError> {
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
        let templates = templates.filter(|_| context.build.is_some());
        let processes = needs.iter().filter(|it| it.process());
        let names = join4(
            join_all(projects.into_iter().map(|it| self.seek_project(it, context))),
            join_all(channels.into_iter().map(|(project, it)| self.seek_channel(project, it, context))),
            // Where this fails, the create reads it again and reports what the failure means.
            join_all(templates.map(|(project, git)| self.seek_template(project, git, context))),
            join_all(processes.map(|it| self.seek_process(it.project, it.git_ref(), context))),
        );
        let lists = join5(
            async { if environments { self.seek_environments(context).await } else { Ok(()) } },
            async { if tenants { self.all_tenants(context).await.map(drop) } else { Ok(()) } },
            async { if machines { self.all_machines(context).await.map(drop) } else { Ok(()) } },
            async { if freezes { self.all_freezes(context).await.map(drop) } else { Ok(()) } },
            // Not a name, but read before anything is deployed: here it costs no further wait.
            async { if targets { self.lifecycles(context).await.map(drop) } else { Ok(()) } },
        );
        let ((by_project, by_channel, _, _), lists) = join(names, lists).await;
        let rest = [lists.0, lists.1, lists.2, lists.3, lists.4];
        by_project.into_iter().chain(by_channel).chain(rest).filter_map(Result::err).collect()
    }

    /// Resolves the words of one action, as [`Self::resolve`] does.
    ///
    /// # Errors
    ///
    /// A word that means nothing, or two things; or a question without an answer.
    pub async fn resolve_one(&self, needs: Needs<'_>, context: Context<'_>) -> Result<(), BackendError> {
        let results = self.resolve(std::slice::from_ref(&needs), context).await;
        results.into_iter().collect()
    }

    /// Checks the words of one action against the lists.
    async fn check_needs(&self, needs: &Needs<'_>, context: Context<'_>) -> Result<(), BackendError> {
        let project = self.project_id(needs.project, context).await?;
        let mut errors: Vec<BackendError> = Vec::new();
        if let Some(name) = needs.channel {
            errors.extend(self.channel(&project, Some(name), context).await.err());
        }
        let places: Vec<EnvironmentName> = needs.environments().cloned().collect();
        if !places.is_empty() {
            match self.environments_of(&places, &project, context).await {
                Err(error) => errors.push(error),
                Ok(found) => errors.extend(to_itself(needs, &found)),
            }
        }
        if *needs.tenants != Tenants::Untenanted {
            errors.extend(self.check_tenants(needs, &project, context).await.err());
        }
        if let Some(options) = needs.options {
            let named = self.machines(&options.machines, context).await;
            let excluded = self.machines(&options.excluded_machines, context).await;
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
                errors.extend(self.freezes(&freeze.freezes, context).await.err());
            }
        }
        if needs.process() || !needs.variables().is_empty() {
            errors.extend(self.check_process(needs, &project, context).await.err());
        }
        if errors.is_empty() { Ok(()) } else { Err(together(errors)) }
    }
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
