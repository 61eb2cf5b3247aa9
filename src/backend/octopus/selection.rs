//! Which release a promotion takes: by time and success, exact to the tenant, never by a dashboard.
//!
//! A dashboard shows one item for an environment, possibly filtered by the user's settings, and picking
//! the highest version promotes what was rolled back (OctopusDeploy/Issues 638, 7616, 9527).

use std::sync::Arc;

use futures_util::future::{join, try_join, try_join_all, try_join3};
use jiff::Timestamp;

use crate::backend::{BackendError, Call, Delivered, Notice, Promotion, Wanted};
use crate::model::{EnvironmentName, Release, ReleaseOrigin, ReleaseVersion, Tenants};
use crate::octopus::preview::DeploymentTemplate;
use crate::octopus::task::TaskState;
use crate::octopus::{self as api, EnvironmentId, ReleaseId};

use super::Octopus;
use super::names::same;
use super::resolve::together;
use super::survey::{HISTORY, Item, LONG_HISTORY, Past, Progression, Standing};
use super::tenants::{Meant, Subject, Templates, linked, nobody};

/// A release to promote, and where it goes.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The release.
    pub release: Release,
    /// Why this one, as a clause.
    pub because: String,
    /// The targets, and what they hold.
    pub to: Vec<Standing>,
}

/// A successful deployment in the source.
struct Source {
    release: ReleaseId,
    version: ReleaseVersion,
    deployment: String,
    at: Option<Timestamp>,
    /// Whether an earlier action of this run brought it there.
    is_of_this_run: bool,
}

impl Source {
    /// What this run brought to the source itself.
    fn delivered(release: &Release) -> Result<Self, BackendError> {
        Ok(Self {
            release: super::survey::release_id(&release.id)?,
            version: release.version.clone(),
            deployment: String::new(),
            at: None,
            is_of_this_run: true,
        })
    }
}

/// What one tenant gets.
struct Chosen {
    source: Source,
    /// What its targets hold.
    pasts: Vec<Past>,
    /// Where the release may go now, where the server tells.
    template: Option<Arc<DeploymentTemplate>>,
}

impl Octopus {
    /// Chooses what a promotion takes: one release, or one for each version that the tenants have.
    ///
    /// # Errors
    ///
    /// Nothing was deployed to the source, another release is there than was demanded, a name that does
    /// not exist, or a question without an answer.
    pub async fn select(
        &self,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        let (of_channel, selected) =
            join(self.check_wanted_channel(promotion, call), self.select_of_any_channel(promotion, call))
                .await;
        of_channel?;
        selected
    }

    /// Refuses a version that was named and is of another channel than the one that was named.
    async fn check_wanted_channel(
        &self,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let (Some(channel), Wanted::Exact(version) | Wanted::Only(version)) =
            (promotion.channel, promotion.wanted)
        else {
            return Ok(());
        };
        match self.find_release(promotion.project, version, call).await {
            Ok(release) => self.check_channel(promotion.project, &release, Some(channel), call).await,
            // What was never made was never deployed: that is said where it is looked for.
            Err(BackendError::ReleaseNotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn select_of_any_channel(
        &self,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        if *promotion.tenants == Tenants::Untenanted {
            let progression = self.progression(promotion.project, HISTORY, call).await?;
            return Ok(vec![self.select_from(&progression, promotion, call).await?]);
        }
        self.select_by_lists(promotion, call).await
    }

    /// Chooses from the progression, and from lists of deployments what it does not tell for certain.
    async fn select_from(
        &self,
        progression: &Progression,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Selection, BackendError> {
        let (from, places) = self.ends_in(progression, promotion, call).await?;
        let to: Vec<EnvironmentId> = places.iter().map(|(id, _)| id.clone()).collect();
        let standings = |release: &ReleaseId| -> Vec<Standing> {
            to.iter().map(|it| progression.standing(Some(release), it.clone())).collect()
        };
        if let Some(delivered) = promotion.delivered.iter().find(|it| it.tenant.is_none()) {
            let source = Source::delivered(&delivered.release)?;
            let to = standings(&source.release);
            return self.selection(source, promotion, to, call).await;
        }
        let items = progression.items(&from);
        let on_channel =
            |it: &&Item<'_>| promotion.channel.is_none_or(|name| it.is_on_channel(name.as_str()));
        if let Some(source) = latest_for_certain(items.iter().filter(on_channel), promotion.wanted) {
            let source = self.demanded(source, promotion, None)?;
            let to = standings(&source.release);
            return self.selection(source, promotion, to, call).await;
        }
        // The success that the list brings can be older than what this progression holds. A longer one is asked
        // for beside the list, because it tells the version and the targets in the same answer.
        let listed = self.listed_success(&progression.project, &from, None, promotion, call);
        let longer = self.progression(promotion.project, LONG_HISTORY, call);
        let (listed, progression) = match try_join(listed, longer).await {
            Err(error) if is_nothing(&error) && progression.is_deployed_to_for_tenants(&from) => {
                return Err(BackendError::DeployedForTenants { from: promotion.from.to_string() });
            }
            answers => answers?,
        };
        let standings = async {
            if let Some(standings) = progression.standings(&listed.release_id, &to) {
                return Ok(standings);
            }
            let pasts = self.pasts(&progression.project, &places, None, call).await?;
            Ok(pasts.into_iter().map(|it| it.standing(&listed.release_id)).collect())
        };
        let (source, standings) =
            try_join(self.listed_source(&listed, promotion, None, call), standings).await?;
        self.selection(source, promotion, standings, call).await
    }

    /// Source and targets. One that the project's lifecycles do not hold has an error of its own, as its name is not
    /// misspelt.
    async fn ends_in(
        &self,
        progression: &Progression,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<(EnvironmentId, Vec<(EnvironmentId, EnvironmentName)>), BackendError> {
        let (from, from_name) = self.source(promotion, call).await?;
        let to = self.targets(promotion.to, call).await?;
        let mut ends = std::iter::once((&from, &from_name)).chain(to.iter().map(|(id, name)| (id, name)));
        match ends.find(|(id, _)| !progression.holds(id)) {
            Some((_, name)) => Err(BackendError::Impossible(format!(
                "environment '{name}' exists, but no lifecycle of this project contains it"
            ))),
            None => Ok((from, to)),
        }
    }

    async fn source(
        &self,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<(EnvironmentId, EnvironmentName), BackendError> {
        let mut found = self.environments(std::slice::from_ref(promotion.from), call).await?;
        Ok(found.remove(0))
    }

    /// Chooses from lists of deployments, for each tenant by itself. What does not need an answer to be asked
    /// is asked at once, so that four answers are waited for: names, lists, versions and states, and the
    /// deployment's own.
    async fn select_by_lists(
        &self,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        self.space(call).await?;
        let (project, from, to, listed) = tokio::try_join!(
            self.project_id(promotion.project, call),
            self.source(promotion, call),
            self.targets(promotion.to, call),
            self.list_tenants(promotion.tenants, call),
        )?;
        let mut errors = Vec::new();
        let mut tenants: Vec<(Meant<'_>, Vec<(EnvironmentId, EnvironmentName)>)> = Vec::new();
        for meant in listed.meant(promotion.tenants)? {
            match linked(meant, &project, promotion.project, &to) {
                Ok(places) if places.is_empty() => {}
                Ok(places) => tenants.push((meant, places)),
                Err(error) => errors.push(error),
            }
        }
        let templates = Templates::default();
        let mut chosen = Vec::new();
        for some in tenants.chunks(8) {
            let some = some.iter().map(|(meant, places)| {
                self.choose_for(*meant, places, &project, &from.0, promotion, &templates, call)
            });
            chosen.extend(try_join_all(some).await?);
        }
        let mut selections: Vec<Selection> = Vec::new();
        let mut left_out = Vec::new();
        for ((meant, places), chosen) in tenants.into_iter().zip(chosen) {
            let Chosen { source, pasts, template } = match chosen {
                Ok(chosen) => chosen,
                Err(error) if meant.is_named => {
                    errors.push(error);
                    continue;
                }
                Err(error) => {
                    left_out.push(format!("tenant '{}' is left out: {error}", meant.tenant.name));
                    continue;
                }
            };
            let subject =
                Subject { project: promotion.project, release: &source.release, version: &source.version };
            let kept = match self.reachable(subject, meant, places, template.as_deref(), call).await {
                Ok(kept) => kept,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let mut standings: Vec<_> = pasts.into_iter().map(|it| it.standing(&source.release)).collect();
            standings.retain(|it| kept.iter().any(|(id, _)| *id == it.environment));
            if standings.is_empty() {
                continue;
            }
            match selections.iter_mut().find(|it| it.release.id == source.release.as_str()) {
                Some(same_release) => same_release.to.extend(standings),
                None => selections.push(self.selection(source, promotion, standings, call).await?),
            }
        }
        if !errors.is_empty() {
            return Err(together(errors));
        }
        if selections.is_empty() {
            return Err(if left_out.is_empty() { nobody(&to) } else { nothing(promotion, None) });
        }
        left_out.into_iter().for_each(|it| (call.say)(Notice::Warning(it)));
        Ok(selections)
    }

    /// What one tenant gets, and what its targets hold. That there is nothing for it is a result of its own.
    #[expect(clippy::too_many_arguments, reason = "one step of a straight line")]
    async fn choose_for(
        &self,
        meant: Meant<'_>,
        places: &[(EnvironmentId, EnvironmentName)],
        project: &api::ProjectId,
        from: &EnvironmentId,
        promotion: &Promotion<'_>,
        templates: &Templates,
        call: Call<'_>,
    ) -> Result<Result<Chosen, BackendError>, BackendError> {
        let tenant = (meant.tenant.id.clone(), meant.tenant.name.clone());
        let source = async {
            let delivered = |it: &&Delivered| it.tenant.as_deref() == Some(tenant.0.as_str());
            if let Some(delivered) = promotion.delivered.iter().find(delivered) {
                let source = Source::delivered(&delivered.release)?;
                let template = self.template(templates, &source.release, call).await?;
                return Ok((source, template));
            }
            let listed = self.listed_success(project, from, Some(&tenant), promotion, call).await?;
            try_join(
                self.listed_source(&listed, promotion, Some(&tenant), call),
                self.template(templates, &listed.release_id, call),
            )
            .await
        };
        match join(source, self.pasts(project, places, Some(&tenant), call)).await {
            (Err(error), _) if is_nothing(&error) => Ok(Err(error)),
            (source, pasts) => {
                let ((source, template), pasts) = (source?, pasts?);
                Ok(Ok(Chosen { source, pasts, template }))
            }
        }
    }

    /// The latest successful deployment to the source that the promotion may take, from the list.
    async fn listed_success(
        &self,
        project: &api::ProjectId,
        from: &EnvironmentId,
        tenant: Option<&(api::TenantId, String)>,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<api::deployment::Deployment, BackendError> {
        let name = tenant.map(|(_, name)| name.as_str());
        let channel = async {
            match promotion.channel {
                Some(name) => Ok(Some(self.channel(project, Some(name), call).await?.0)),
                None => Ok(None),
            }
        };
        let wanted = async {
            match promotion.wanted {
                Wanted::Exact(version) => match self.find_release(promotion.project, version, call).await {
                    Ok(release) => super::survey::release_id(&release.id).map(Some),
                    Err(BackendError::ReleaseNotFound { .. }) => Err(nothing(promotion, name)),
                    Err(error) => Err(error),
                },
                _ => Ok(None),
            }
        };
        let tenant_id = tenant.map(|(id, _)| id);
        let success = Some(&TaskState::Success);
        let newest = self.deployments_of(project, from, tenant_id, success, |_| true, call);
        let (channel, wanted, newest) = try_join3(channel, wanted, newest).await?;
        let fits = |it: &api::deployment::Deployment| {
            (channel.is_none() || it.channel_id == channel)
                && wanted.as_ref().is_none_or(|wanted| *wanted == it.release_id)
        };
        let mut found = newest.into_iter().find(fits);
        if found.is_none() && (channel.is_some() || wanted.is_some()) {
            let more = self.deployments_of(project, from, tenant_id, success, fits, call).await?;
            found = more.into_iter().find(fits);
        }
        found.ok_or_else(|| nothing(promotion, name))
    }

    /// The same with its version, which the list does not tell.
    async fn listed_source(
        &self,
        listed: &api::deployment::Deployment,
        promotion: &Promotion<'_>,
        tenant: Option<&(api::TenantId, String)>,
        call: Call<'_>,
    ) -> Result<Source, BackendError> {
        let source = Source {
            version: self.version_of(&listed.release_id, call).await?,
            release: listed.release_id.clone(),
            deployment: listed.id.to_string(),
            at: listed.created,
            is_of_this_run: false,
        };
        self.demanded(source, promotion, tenant.map(|(_, name)| name.as_str()))
    }

    /// Refuses a release other than the one that alone may be promoted.
    fn demanded(
        &self,
        source: Source,
        promotion: &Promotion<'_>,
        tenant: Option<&str>,
    ) -> Result<Source, BackendError> {
        match promotion.wanted {
            Wanted::Only(expected) if !same(expected.as_str(), source.version.as_str()) => {
                Err(BackendError::OtherRelease {
                    from: place(promotion, tenant),
                    expected: expected.clone(),
                    found: source.version,
                })
            }
            _ => Ok(source),
        }
    }

    async fn selection(
        &self,
        source: Source,
        promotion: &Promotion<'_>,
        to: Vec<Standing>,
        call: Call<'_>,
    ) -> Result<Selection, BackendError> {
        let space = self.space(call).await?;
        let release = Release {
            url: self.page(&space, "releases", source.release.as_str()),
            id: source.release.to_string(),
            version: source.version,
            origin: ReleaseOrigin::Found,
        };
        let at = source.at.map(|it| format!(" of {}", it.strftime("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
        let which = match promotion.wanted {
            _ if source.is_of_this_run => format!("this run deployed it to {}", promotion.from),
            Wanted::Exact(_) => {
                format!("it was asked for, and {}{at} put it in {}", source.deployment, promotion.from)
            }
            Wanted::LatestSuccessful | Wanted::Only(_) => {
                format!("{}{at} is the latest success in {}", source.deployment, promotion.from)
            }
        };
        Ok(Selection { release, because: which, to })
    }
}

fn place(promotion: &Promotion<'_>, tenant: Option<&str>) -> String {
    match tenant {
        Some(tenant) => format!("{} for {tenant}", promotion.from),
        None => promotion.from.to_string(),
    }
}

/// The error for a source that holds nothing of what is wanted.
fn nothing(promotion: &Promotion<'_>, tenant: Option<&str>) -> BackendError {
    let from = place(promotion, tenant);
    match promotion.wanted {
        Wanted::Exact(version) => BackendError::NotDeployedThere { from, version: version.clone() },
        _ => BackendError::NothingToPromote { from },
    }
}

fn is_nothing(error: &BackendError) -> bool {
    matches!(error, BackendError::NotDeployedThere { .. } | BackendError::NothingToPromote { .. })
}

/// The latest success among `items` (newest first), where the progression tells it for certain.
///
/// A release that was deployed twice shows its latest deployment only. So when a newer item is not a
/// success, an earlier success of that same release may be hidden behind it, and the list must be asked.
fn latest_for_certain<'a>(items: impl Iterator<Item = &'a Item<'a>>, wanted: Wanted<'_>) -> Option<Source> {
    let fits = |it: &Item<'_>| match wanted {
        Wanted::Exact(version) => version.as_str() == it.progress.release.version,
        _ => true,
    };
    let newest = items.into_iter().find(|it| fits(it))?;
    (newest.item.state == TaskState::Success).then(|| Source {
        release: newest.release.clone(),
        version: ReleaseVersion::new(&newest.progress.release.version),
        deployment: newest.item.deployment_id.to_string(),
        at: newest.item.created,
        is_of_this_run: false,
    })
}
