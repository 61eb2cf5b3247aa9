//! Which application of a product is promoted: the one that was named, or the only one with changes.

use crate::backend::{BackendError, CurrentQuery, CurrentRelease, CurrentReleases, Ledger, Stop};
use crate::driver::Homes;
use crate::flow::definition::{Application, Environment};
use crate::store::Store;

use super::call::context;
use super::candidate::Candidate;
use super::content::Content;
use super::error::StartProblem;
use super::wanted::{NewPromotion, Route};

/// Looks for the application.
pub(super) struct Candidates<'a> {
    pub(super) store: &'a Store,
    pub(super) homes: &'a Homes,
    pub(super) new: &'a NewPromotion<'a>,
}

impl<'a> Candidates<'a> {
    /// The application with the release that the trigger environment has.
    pub(super) async fn choose(&self) -> Result<(&'a Application, CurrentRelease), StartProblem> {
        let all = &self.new.product.applications;
        if let Some(name) = self.new.application {
            let found = all.iter().find(|it| it.name.is(name.as_str()));
            let known = || all.iter().map(|it| it.name.clone()).collect();
            let found =
                found.ok_or_else(|| StartProblem::NoApplication { name: name.clone(), known: known() })?;
            return Ok((found, self.in_trigger(found).await?));
        }
        if let [only] = all.as_slice() {
            return Ok((only, self.in_trigger(only).await?));
        }
        let mut candidates = Vec::new();
        let mut nothing = None;
        for application in all {
            match self.in_trigger(application).await {
                Ok(current) => {
                    let has_changes = self.has_changes(application, &current).await?;
                    candidates.push((application, current, has_changes));
                }
                Err(error @ StartProblem::NothingThere { .. }) => nothing = Some(error),
                Err(error) => return Err(error),
            }
        }
        let mut changed = candidates.iter().filter(|(.., has_changes)| *has_changes);
        match (changed.next(), changed.next(), nothing) {
            (Some((application, current, _)), None, _) => Ok((application, current.clone())),
            (None, _, Some(nothing)) if candidates.is_empty() => Err(nothing),
            _ => Err(StartProblem::Choose(candidates.iter().map(candidate).collect())),
        }
    }

    /// The release that the trigger environment has of an application.
    async fn in_trigger(&self, application: &Application) -> Result<CurrentRelease, StartProblem> {
        let trigger = self.new.trigger()?;
        let current = match self.current(application, trigger).await {
            Ok(current) => current,
            Err(StartProblem::Backend(error)) => return Err(self.nothing(application, trigger, error)),
            Err(error) => return Err(error),
        };
        let (environment, name) = (trigger.name.clone(), application.name.clone());
        match current.common() {
            Some(release) => Ok(release.clone()),
            None if current.is_nothing_there() => {
                Err(StartProblem::NothingThere { environment, application: name })
            }
            None => {
                let there = there(&current);
                Err(StartProblem::TenantsDiffer { environment, application: name, there })
            }
        }
    }

    fn nothing(&self, application: &Application, trigger: &Environment, error: BackendError) -> StartProblem {
        match error {
            BackendError::NothingToPromote { .. } => StartProblem::NothingThere {
                environment: trigger.name.clone(),
                application: application.name.clone(),
            },
            error => error.into(),
        }
    }

    async fn current(
        &self,
        application: &Application,
        environment: &Environment,
    ) -> Result<CurrentReleases, StartProblem> {
        let target = crate::flow::compile::target(application, environment)?;
        let home = self.homes.of(&target)?;
        let query = CurrentQuery {
            project: &target.project,
            environment: &target.environment,
            tenants: &target.tenants,
            channel: target.channel.as_ref(),
        };
        let (stop, ledger) = (Stop::never(), Ledger::default());
        Ok(Box::pin(home.current(&query, context(&stop, &ledger))).await?)
    }

    /// Whether the release is another one than what this route took last, or than what its first targets have.
    async fn has_changes(
        &self,
        application: &Application,
        current: &CurrentRelease,
    ) -> Result<bool, StartProblem> {
        if let Route::Flow(flow) = self.new.route
            && let Some(last) =
                self.store.newest_content(&self.new.product.name, &flow.name, &application.name).await?
        {
            let last = Content::read(&last).map_err(StartProblem::Bug)?;
            return Ok(last.releases.first().is_none_or(|it| it.release.id != current.release.id));
        }
        for environment in self.new.first_targets()? {
            match self.current(application, environment).await {
                Ok(there) if there.has_everywhere(&current.release.id) => {}
                Ok(_) => return Ok(true),
                // What an environment has that was never deployed to as a whole is something else.
                Err(StartProblem::Backend(error)) if error.is_refusal() => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }
}

fn candidate(of: &(&Application, CurrentRelease, bool)) -> Candidate {
    let (application, current, has_changes) = of;
    let (application, version) = (application.name.clone(), current.release.version.clone());
    Candidate { application, version, has_changes: *has_changes }
}

fn there(current: &CurrentReleases) -> String {
    let one = |it: &crate::backend::CurrentTarget| {
        let version = it.now.as_ref().map_or("nothing".to_owned(), |it| it.release.version.to_string());
        let tenant = it.target.tenant.as_ref().map_or("without a tenant".to_owned(), ToString::to_string);
        format!("{tenant} has {version}")
    };
    current.targets.iter().map(one).collect::<Vec<_>>().join(", ")
}
