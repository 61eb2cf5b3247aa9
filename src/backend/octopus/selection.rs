//! Which release a promotion takes: by time and success, exact to the tenant, never by a dashboard.
//!
//! A dashboard shows one item for an environment, possibly filtered by the user's settings, and picking
//! the highest version promotes what was rolled back (OctopusDeploy/Issues 638, 7616, 9527).

use futures_util::future::{join, try_join, try_join_all, try_join3};
use jiff::Timestamp;

use crate::backend::{BackendError, Call, Notice, Promotion, Wanted};
use crate::model::{EnvironmentName, Release, ReleaseOrigin, ReleaseVersion, Tenants};
use crate::octopus::task::TaskState;
use crate::octopus::{self as api, EnvironmentId, ReleaseId};

use super::Octopus;
use super::names::same;
use super::survey::{HISTORY, Item, LONG_HISTORY, Progression, Standing};

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
        let from = self.environment_in(progression, promotion.from, call).await?;
        let mut to = Vec::new();
        for name in promotion.to.iter() {
            to.push(self.environment_in(progression, name, call).await?);
        }
        let standings = |release: &ReleaseId| -> Vec<Standing> {
            to.iter().map(|it| progression.standing(Some(release), it.clone())).collect()
        };
        if let Wanted::This(release) = promotion.wanted {
            let id = super::survey::release_id(&release.id)?;
            let because = format!("this run deployed it to {}", promotion.from);
            return Ok(Selection { release: release.clone(), because, to: standings(&id) });
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
        let (listed, progression) = try_join(listed, longer).await?;
        let names: Vec<_> = promotion.to.iter().cloned().collect();
        let standings = async {
            if let Some(standings) = progression.standings(&listed.release_id, &names) {
                return Ok(standings);
            }
            let places: Vec<_> = to.iter().cloned().zip(names.iter().cloned()).collect();
            let pasts = self.pasts(&progression.project, &places, None, call).await?;
            Ok(pasts.into_iter().map(|it| it.standing(&listed.release_id)).collect())
        };
        let (source, standings) =
            try_join(self.listed_source(&listed, promotion, None, call), standings).await?;
        self.selection(source, promotion, standings, call).await
    }

    /// An environment that the project's lifecycles hold. One that exists elsewhere only has an error of
    /// its own, as its name is not misspelt.
    async fn environment_in(
        &self,
        progression: &Progression,
        name: &EnvironmentName,
        call: Call<'_>,
    ) -> Result<EnvironmentId, BackendError> {
        match progression.environment(name) {
            Ok(id) => Ok(id),
            Err(unknown) => match self.environments(std::slice::from_ref(name), call).await {
                Ok(_) => Err(BackendError::Impossible(format!(
                    "environment '{name}' exists, but no lifecycle of this project contains it"
                ))),
                Err(error) if error.is_transient() => Err(error),
                Err(_) => Err(unknown),
            },
        }
    }

    /// Chooses from lists of deployments, for each tenant by itself. What does not need an answer to be asked
    /// is asked at once, so that four answers are waited for: names, lists, versions and states, and the
    /// deployment's own.
    async fn select_by_lists(
        &self,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        let names: Vec<_> = std::iter::once(promotion.from).chain(promotion.to.iter()).cloned().collect();
        self.space(call).await?;
        let known = api::ProjectId::recognise(promotion.project.as_str());
        let (project, places, tenants) = try_join3(
            self.project_id(promotion.project, call),
            self.environments(&names, call),
            self.list_tenants(known.as_ref(), promotion.tenants, call),
        )
        .await?;
        let ids: Vec<_> = places.iter().map(|(id, _)| id.clone()).collect();
        let tenants = tenants.meant(&project, promotion.tenants, &ids)?;
        let (from, to) = (&ids[0], &places[1..]);
        let mut selections: Vec<Selection> = Vec::new();
        let mut left_out = Vec::new();
        for some in tenants.chunks(8) {
            let chosen = try_join_all(some.iter().map(async |tenant| {
                let source = self.source_by_lists(&project, from, Some(tenant), promotion, call);
                let pasts = self.pasts(&project, to, Some(tenant), call);
                match join(source, pasts).await {
                    (Err(error), _) if is_nothing(&error) && !is_named(tenant, promotion.tenants) => {
                        Ok(Err(error))
                    }
                    (source, pasts) => Ok(Ok((source?, pasts?))),
                }
            }));
            for (tenant, chosen) in some.iter().zip(chosen.await?) {
                let (source, pasts) = match chosen {
                    Ok(chosen) => chosen,
                    Err(error) => {
                        left_out.push(format!("tenant '{}' is left out: {error}", tenant.1));
                        continue;
                    }
                };
                let standings = pasts.into_iter().map(|it| it.standing(&source.release));
                match selections.iter_mut().find(|it| it.release.id == source.release.as_str()) {
                    Some(same_release) => same_release.to.extend(standings),
                    None => {
                        let standings = standings.collect();
                        selections.push(self.selection(source, promotion, standings, call).await?);
                    }
                }
            }
        }
        if selections.is_empty() {
            return Err(nothing(promotion, None));
        }
        left_out.into_iter().for_each(|it| (call.say)(Notice::Warning(it)));
        Ok(selections)
    }

    async fn source_by_lists(
        &self,
        project: &api::ProjectId,
        from: &EnvironmentId,
        tenant: Option<&(api::TenantId, String)>,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Source, BackendError> {
        if let Wanted::This(release) = promotion.wanted {
            let (release_id, version) = (super::survey::release_id(&release.id)?, release.version.clone());
            return Ok(Source { release: release_id, version, deployment: String::new(), at: None });
        }
        let listed = self.listed_success(project, from, tenant, promotion, call).await?;
        self.listed_source(&listed, promotion, tenant, call).await
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
            Wanted::This(_) => format!("this run deployed it to {}", promotion.from),
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

/// Whether the user named this tenant, rather than meaning it by `*` or by a tag.
fn is_named((id, name): &(api::TenantId, String), meant: &Tenants) -> bool {
    match meant {
        Tenants::Some { names, .. } => names.iter().any(|it| it.is(name) || it.is(id.as_str())),
        Tenants::All | Tenants::Untenanted => false,
    }
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
    })
}
