//! Resolves all names of a run before anything is changed. Later lookups are answered from memory.

use futures_util::future::{join, join_all, join4, join5};

use crate::backend::{BackendError, Context};
use crate::model::{ChannelName, EnvironmentName, ProjectName, Tenants};
use crate::octopus as api;

use super::Octopus;
use super::errors::{first_alone, together, without_repeats};
use super::needs::Needs;

impl Octopus {
    /// Resolves the names of these actions before anything is changed. Sends only the requests that the actions need,
    /// in parallel where possible. Returns, for each action in the same order, all errors in its names.
    ///
    /// The steps and prompted variables of a release are compared with the current process if the release is yet to be
    /// created, and with the release itself before it is deployed.
    ///
    /// # Errors
    ///
    /// For each action: a name that does not exist or is ambiguous, or no answer.
    pub async fn resolve(&self, needs: &[Needs<'_>], context: Context<'_>) -> Vec<Result<(), BackendError>> {
        if needs.is_empty() {
            return Vec::new();
        }
        if let Err(error) = self.space(context).await {
            return first_alone(error, needs.len());
        }
        // Each request remembers its answer; invalid names are reported below, action by action. A missing answer is
        // reported immediately: the request is not repeated, and no name is judged without the answer.
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

    /// Reads the lists that the names of these actions refer to; returns the errors of lists that could not be read.
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
            // If this fails, the create reads it again and reports the consequence.
            join_all(templates.map(|(project, git)| self.seek_template(project, git, context))),
            join_all(processes.map(|it| self.seek_process(it.project, it.git_ref(), context))),
        );
        let lists = join5(
            async { if environments { self.seek_environments(context).await } else { Ok(()) } },
            async { if tenants { self.all_tenants(context).await.map(drop) } else { Ok(()) } },
            async { if machines { self.all_machines(context).await.map(drop) } else { Ok(()) } },
            async { if freezes { self.all_freezes(context).await.map(drop) } else { Ok(()) } },
            // Not a name, but needed before anything is deployed; reading it here adds no wait.
            async { if targets { self.lifecycles(context).await.map(drop) } else { Ok(()) } },
        );
        let ((by_project, by_channel, _, _), lists) = join(names, lists).await;
        let rest = [lists.0, lists.1, lists.2, lists.3, lists.4];
        by_project.into_iter().chain(by_channel).chain(rest).filter_map(Result::err).collect()
    }

    /// Resolves the names of one action, as [`Self::resolve`] does.
    ///
    /// # Errors
    ///
    /// A name that does not exist or is ambiguous, or no answer.
    pub async fn resolve_one(&self, needs: Needs<'_>, context: Context<'_>) -> Result<(), BackendError> {
        let results = self.resolve(std::slice::from_ref(&needs), context).await;
        results.into_iter().collect()
    }

    /// Checks the names of one action against the lists.
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

/// Refuses a promotion whose source is one of its targets, also under another name.
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
