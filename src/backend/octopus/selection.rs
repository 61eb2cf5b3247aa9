//! Which release a promotion takes: by time and success, exact to the tenant, never by a dashboard.
//!
//! A dashboard shows one item for an environment, possibly filtered by the user's settings, and picking
//! the highest version promotes what was rolled back (OctopusDeploy/Issues 638, 7616, 9527).

use futures_util::future::{try_join, try_join_all};
use jiff::Timestamp;

use crate::backend::{BackendError, Call, Promotion, Wanted};
use crate::model::{EnvironmentName, Release, ReleaseOrigin, ReleaseVersion, Tenants};
use crate::octopus::task::TaskState;
use crate::octopus::{self as api, EnvironmentId, ReleaseId};

use super::Octopus;
use super::names::same;
use super::survey::{Item, Progression, Standing};

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
            let progression = self.progression(promotion.project, call).await?;
            if let Some(selection) = self.select_from(&progression, promotion, call).await? {
                return Ok(vec![selection]);
            }
        }
        self.select_by_lists(promotion, call).await
    }

    /// Chooses from the progression, or not at all where it does not tell for certain.
    async fn select_from(
        &self,
        progression: &Progression,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Option<Selection>, BackendError> {
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
            return Ok(Some(Selection { release: release.clone(), because, to: standings(&id) }));
        }
        let items = progression.items(&from);
        let on_channel =
            |it: &&Item<'_>| promotion.channel.is_none_or(|name| it.is_on_channel(name.as_str()));
        let Some(source) = latest_for_certain(items.iter().filter(on_channel), promotion.wanted) else {
            return Ok(None);
        };
        let source = self.demanded(source, promotion, None)?;
        let to = standings(&source.release);
        Ok(Some(self.selection(source, promotion, to, call).await?))
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

    /// Chooses from lists of deployments, for each tenant by itself.
    async fn select_by_lists(
        &self,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        let names: Vec<_> = std::iter::once(promotion.from).chain(promotion.to.iter()).cloned().collect();
        // Neither waits for the other, and each is a round trip.
        let (project, places) =
            try_join(self.project_id(promotion.project, call), self.environments(&names, call)).await?;
        let ids: Vec<_> = places.iter().map(|(id, _)| id.clone()).collect();
        let tenants = self.tenants(&project, promotion.tenants, &ids, call).await?;
        let (from, to) = (ids[0].clone(), &places[1..]);
        let channel = match promotion.channel {
            Some(name) => Some(self.channel(&project, Some(name), call).await?.0),
            None => None,
        };
        let each: Vec<Option<_>> =
            if tenants.is_empty() { vec![None] } else { tenants.iter().cloned().map(Some).collect() };
        let mut selections: Vec<Selection> = Vec::new();
        for some in each.chunks(8) {
            let chosen = try_join_all(some.iter().map(|tenant| {
                self.source_by_lists(&project, &from, tenant.as_ref(), channel.as_ref(), promotion, call)
            }));
            for (tenant, source) in some.iter().zip(chosen.await?) {
                let standings = self
                    .standings_by_lists(&project, Some(&source.release), to, tenant.as_slice(), call)
                    .await?;
                match selections.iter_mut().find(|it| it.release.id == source.release.as_str()) {
                    Some(same_release) => same_release.to.extend(standings),
                    None => selections.push(self.selection(source, promotion, standings, call).await?),
                }
            }
        }
        Ok(selections)
    }

    async fn source_by_lists(
        &self,
        project: &api::ProjectId,
        from: &EnvironmentId,
        tenant: Option<&(api::TenantId, String)>,
        channel: Option<&api::ChannelId>,
        promotion: &Promotion<'_>,
        call: Call<'_>,
    ) -> Result<Source, BackendError> {
        let place = place(promotion, tenant.map(|(_, name)| name.as_str()));
        if let Wanted::This(release) = promotion.wanted {
            let (release_id, version) = (super::survey::release_id(&release.id)?, release.version.clone());
            return Ok(Source { release: release_id, version, deployment: String::new(), at: None });
        }
        let tenant_id = tenant.map(|(id, _)| id);
        let successes =
            self.deployments_of(project, from, tenant_id, Some(&TaskState::Success), call).await?;
        let on_channel =
            |it: &&api::deployment::Deployment| channel.is_none() || it.channel_id.as_ref() == channel;
        let mut versions: std::collections::HashMap<ReleaseId, ReleaseVersion> =
            std::collections::HashMap::new();
        for deployment in successes.iter().filter(on_channel) {
            let version = match versions.get(&deployment.release_id) {
                Some(version) => version.clone(),
                None => self.version_of(&deployment.release_id, call).await?,
            };
            versions.insert(deployment.release_id.clone(), version.clone());
            if matches!(promotion.wanted, Wanted::Exact(wanted) if wanted.as_str() != version.as_str()) {
                continue;
            }
            let source = Source {
                release: deployment.release_id.clone(),
                version,
                deployment: deployment.id.to_string(),
                at: deployment.created,
            };
            return self.demanded(source, promotion, tenant.map(|(_, name)| name.as_str()));
        }
        Err(match promotion.wanted {
            Wanted::Exact(version) => {
                BackendError::NotDeployedThere { from: place, version: version.clone() }
            }
            _ => BackendError::NothingToPromote { from: place },
        })
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
