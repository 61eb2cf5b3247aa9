//! Which release a promotion takes: what ran last and succeeded whole, exact to the tenant, never by a dashboard.
//!
//! A dashboard shows one item for an environment, possibly filtered by the user's settings, and picking
//! the highest version promotes what was rolled back (OctopusDeploy/Issues 638, 7616, 9527).

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, try_join, try_join_all, try_join3, try_join4};
use jiff::Timestamp;

use crate::backend::home::Selected;
use crate::backend::{BackendError, Call, Delivered, NewPromotion, Notice, Selection, Wanted};
use crate::model::{Release, ReleaseOrigin, ReleaseVersion, Tenants};
use crate::octopus::preview::DeploymentTemplate;
use crate::octopus::{self as api, ChannelId, EnvironmentId, ReleaseId};

use super::Octopus;
use super::adoption::ended_badly;
use super::aim::PlaceHistory;
use super::eligibility::{linked, nobody};
use super::errors::together;
use super::history::{Fate, History, Seen};
use super::matching::same;
use super::place::{Place, release_id};
use super::progression::HISTORY;
use super::skipped_tenants::Subject;
use super::survey::Environment;
use super::tenants::SelectedTenant;

/// A successful deployment in the source.
#[derive(Debug, PartialEq, Eq)]
struct Source {
    release: ReleaseId,
    version: ReleaseVersion,
    deployment: String,
    at: Option<Timestamp>,
    /// Whether an earlier action of this run brought it there.
    is_of_this_run: bool,
}

/// A tenant by id and name.
type TenantName = (api::TenantId, String);

/// What narrows the choice, in ids.
struct Narrowed {
    channel: Option<ChannelId>,
    release: Option<ReleaseId>,
}

impl Narrowed {
    fn fits(&self, seen: &Seen) -> bool {
        (self.channel.is_none() || seen.channel == self.channel)
            && self.release.as_ref().is_none_or(|wanted| *wanted == seen.release)
    }
}

impl Octopus {
    /// Chooses what a promotion takes: one release, or one for each version that the tenants have.
    ///
    /// # Errors
    ///
    /// Nothing was deployed to the source whole, another release is there than was demanded, a name that does
    /// not exist, or a question without an answer.
    pub(in crate::backend) async fn select(
        &self,
        promotion: &NewPromotion<'_>,
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
        promotion: &NewPromotion<'_>,
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
        promotion: &NewPromotion<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        if *promotion.tenants == Tenants::Untenanted {
            return Ok(vec![self.select_untenanted(promotion, call).await?]);
        }
        self.select_by_lists(promotion, call).await
    }

    /// The names first, then all that is read of source and targets at once.
    async fn select_untenanted(
        &self,
        promotion: &NewPromotion<'_>,
        call: Call<'_>,
    ) -> Result<Selection, BackendError> {
        self.space(call).await?;
        let (project, (from, to)) =
            try_join(self.project_id(promotion.project, call), self.ends(promotion, call)).await?;
        let source_environment = from.0.clone();
        let place = Place { environment: from.0.clone(), environment_name: from.1.clone(), tenant: None };
        let environments: Vec<Environment> = std::iter::once(from).chain(to).collect();
        let narrowed = self.narrowed(&project, promotion, call);
        let histories = self.histories(promotion.project, &environments, call);
        let automatic = self.automatic_environments(promotion.project, call);
        let (narrowed, (progression, histories), _) = try_join3(narrowed, histories, automatic).await?;
        let known = |id: &EnvironmentId| progression.answer.environments.iter().any(|it| it.id == *id);
        if let Some((_, name)) = environments.iter().find(|(id, _)| !known(id)) {
            return Err(BackendError::Impossible(format!(
                "environment '{name}' exists, but no lifecycle of this project contains it"
            )));
        }
        let mut standings = environments.into_iter().zip(histories).map(|(it, history)| PlaceHistory {
            place: Place { environment: it.0, environment_name: it.1, tenant: None },
            history,
        });
        let from = standings.next().map(|it| it.history).unwrap_or_default();
        let to: Vec<_> = standings.collect();
        let source = self.source((&project, &place), from, &narrowed, promotion, None, call).await;
        let source = source.map_err(|error| match error {
            error if is_nothing(&error) && progression.is_deployed_to_for_tenants(&source_environment) => {
                BackendError::DeployedForTenants { from: promotion.from.to_string() }
            }
            error => error,
        })?;
        self.selection(source, promotion, to, call).await
    }

    /// The source of a promotion, and its targets, each once.
    async fn ends(
        &self,
        promotion: &NewPromotion<'_>,
        call: Call<'_>,
    ) -> Result<(Environment, Vec<Environment>), BackendError> {
        let mut from = self.environments(std::slice::from_ref(promotion.from), call).await?;
        let to = self.targets(promotion.to, call).await?;
        Ok((from.remove(0), to))
    }

    /// What a promotion names beside environments and tenants, in ids.
    async fn narrowed(
        &self,
        project: &api::ProjectId,
        promotion: &NewPromotion<'_>,
        call: Call<'_>,
    ) -> Result<Narrowed, BackendError> {
        let channel = async {
            match promotion.channel {
                Some(name) => Ok(Some(self.channel(project, Some(name), call).await?.0)),
                None => Ok(None),
            }
        };
        let release = async {
            match promotion.wanted {
                Wanted::Exact(version) => match self.find_release(promotion.project, version, call).await {
                    Ok(release) => release_id(&release.id).map(Some),
                    Err(BackendError::ReleaseNotFound { .. }) => Err(nothing(promotion, None)),
                    Err(error) => Err(error),
                },
                _ => Ok(None),
            }
        };
        let (channel, release) = try_join(channel, release).await?;
        Ok(Narrowed { channel, release })
    }

    /// Chooses for each tenant by itself. What does not need an answer to be asked is asked at once, so that four
    /// answers are waited for: names, lists, versions and states, and the deployment's own.
    async fn select_by_lists(
        &self,
        promotion: &NewPromotion<'_>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        self.space(call).await?;
        let (project, (from, to), listed) = try_join3(
            self.project_id(promotion.project, call),
            self.ends(promotion, call),
            self.list_tenants(promotion.tenants, call),
        )
        .await?;
        let mut errors = Vec::new();
        let mut tenants: Vec<(SelectedTenant<'_>, TenantName, Vec<Environment>)> = Vec::new();
        let mut left_out = Vec::new();
        for meant in listed.meant(promotion.tenants)? {
            let name = (meant.tenant.id.clone(), meant.tenant.name.clone());
            if let Some(it) = promotion.left_out.iter().find(|it| it.tenant == name.0.as_str()) {
                left_out.push(format!("tenant '{}' is left out: {}", name.1, it.because));
                continue;
            }
            match linked(meant, &project, promotion.project, &to) {
                Ok(places) if places.is_empty() => {}
                Ok(places) => {
                    tenants.push((meant, name, std::iter::once(from.clone()).chain(places).collect()));
                }
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(together(errors));
        }
        let read = async {
            let mut all = Vec::new();
            for some in tenants.chunks(8) {
                let some = some.iter().map(|(_, name, ends)| self.standings_of(&project, ends, name, call));
                all.extend(try_join_all(some).await?);
            }
            Ok(all)
        };
        // The progression tells the versions of what the lists name in the same round.
        let versions = async {
            match self.progression(promotion.project, HISTORY, call).await {
                Ok(_) | Err(BackendError::Refused { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        };
        let narrowed = self.narrowed(&project, promotion, call);
        let (narrowed, read, (), _) =
            try_join4(narrowed, read, versions, self.automatic_environments(promotion.project, call)).await?;
        let mut chosen = Vec::new();
        for ((meant, name, _), standings) in tenants.into_iter().zip(read) {
            let mut standings = standings.into_iter();
            let history = standings.next().map(|it| it.history).unwrap_or_default();
            let place = Place {
                environment: from.0.clone(),
                environment_name: from.1.clone(),
                tenant: Some(name.clone()),
            };
            match self.source((&project, &place), history, &narrowed, promotion, Some(&name), call).await {
                Ok(source) => chosen.push((meant, source, standings.collect::<Vec<_>>())),
                Err(error) if !is_nothing(&error) => return Err(error),
                Err(error) if meant.is_named => errors.push(error),
                Err(error) => left_out.push(format!("tenant '{}' is left out: {error}", name.1)),
            }
        }
        let selections = self.within_reach(chosen, promotion, errors, call).await?;
        if selections.is_empty() {
            return Err(if left_out.is_empty() { nobody(&to) } else { nothing(promotion, None) });
        }
        left_out.into_iter().for_each(|it| (call.say)(Notice::Warning(it)));
        Ok(selections)
    }

    /// Takes out the targets that a tenant's release may not be deployed to now. One selection for each release.
    async fn within_reach(
        &self,
        chosen: Vec<(SelectedTenant<'_>, Source, Vec<PlaceHistory>)>,
        promotion: &NewPromotion<'_>,
        mut errors: Vec<BackendError>,
        call: Call<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        let releases: BTreeSet<ReleaseId> =
            chosen.iter().map(|(_, source, _)| source.release.clone()).collect();
        let read = releases.iter().map(|it| self.template(it, call));
        let read = try_join_all(read).await?;
        let templates: BTreeMap<ReleaseId, Option<DeploymentTemplate>> =
            releases.iter().cloned().zip(read).collect();
        let mut selections: Vec<Selection> = Vec::new();
        for (meant, source, mut standings) in chosen {
            let template = templates.get(&source.release).and_then(Option::as_ref);
            let subject =
                Subject { project: promotion.project, release: &source.release, version: &source.version };
            let places: Vec<Environment> = standings
                .iter()
                .map(|it| (it.place.environment.clone(), it.place.environment_name.clone()))
                .collect();
            match self.reachable(subject, meant, places, template, call).await {
                Ok(kept) => standings.retain(|it| kept.iter().any(|(id, _)| *id == it.place.environment)),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            }
            if standings.is_empty() {
                continue;
            }
            match selections.iter_mut().find(|it| it.release.id == source.release.as_str()) {
                Some(same_release) => {
                    let Selected::Octopus(to) = &mut same_release.to;
                    to.extend(standings);
                }
                None => selections.push(self.selection(source, promotion, standings, call).await?),
            }
        }
        if errors.is_empty() { Ok(selections) } else { Err(together(errors)) }
    }

    /// What is taken from a source with this history.
    async fn source(
        &self,
        (project, source): (&api::ProjectId, &Place),
        from: History,
        narrowed: &Narrowed,
        promotion: &NewPromotion<'_>,
        tenant: Option<&TenantName>,
        call: Call<'_>,
    ) -> Result<Source, BackendError> {
        let id = tenant.map(|(id, _)| id.as_str());
        if let Some(Delivered { release, .. }) =
            promotion.delivered.iter().find(|it| it.tenant.as_deref() == id)
        {
            let (release, version) = (release_id(&release.id)?, release.version.clone());
            let source =
                Source { release, version, deployment: String::new(), at: None, is_of_this_run: true };
            return demanded(source, promotion, tenant.map(|(_, name)| name.as_str()));
        }
        let tenant = tenant.map(|(_, name)| name.as_str());
        let from = self.narrowed_history(project, source, from, narrowed, call).await?;
        let (seen, doubts) = chosen(&from, narrowed, promotion, tenant)?;
        doubts.into_iter().for_each(|it| (call.say)(Notice::Warning(it)));
        let source = Source {
            version: self.version_of(&seen.release, call).await?,
            release: seen.release.clone(),
            deployment: seen.deployment.to_string(),
            at: seen.completed.or(seen.created),
            is_of_this_run: false,
        };
        demanded(source, promotion, tenant)
    }

    /// The history of a source with all that is asked for in it.
    async fn narrowed_history(
        &self,
        project: &api::ProjectId,
        source: &Place,
        mut history: History,
        narrowed: &Narrowed,
        call: Call<'_>,
    ) -> Result<History, BackendError> {
        let fits = |it: &Seen| narrowed.fits(it);
        let is_open = history.now(fits).success.is_none() || !history.in_question(fits).is_empty();
        if !is_open || narrowed.release.is_none() && narrowed.channel.is_none() {
            return Ok(history);
        }
        let (release, channel) = (narrowed.release.as_ref(), narrowed.channel.as_ref());
        for document in self.narrowed_to(project, source, release, channel, call).await? {
            if !history.0.iter().any(|it| it.deployment == document.id) {
                history.0.push(Seen::of(&document, None));
            }
        }
        self.completed_for(history, fits, call).await
    }

    async fn selection(
        &self,
        source: Source,
        promotion: &NewPromotion<'_>,
        to: Vec<PlaceHistory>,
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
        Ok(Selection { release, because: which, to: Selected::Octopus(to) })
    }
}

/// The deployment that a promotion takes from its source, and what the reader should know of what came after it. Of a
/// version that was asked for, any whole success will do; else it is what is there now.
fn chosen<'a>(
    from: &'a History,
    narrowed: &Narrowed,
    promotion: &NewPromotion<'_>,
    tenant: Option<&str>,
) -> Result<(&'a Seen, Vec<String>), BackendError> {
    let now = from.now(|it| narrowed.fits(it));
    let place = place(promotion, tenant);
    let hidden = now.unknown.first().map(|it| BackendError::Hidden {
        what: format!("promoting from {place}"),
        because: match it.fate {
            Fate::Unknown => format!("the server does not show what became of {}", it.name()),
            _ => format!("the server does not tell whether {} left out machines or steps", it.name()),
        },
    });
    if narrowed.release.is_some() {
        let found = now.success.map(|it| (it, Vec::new()));
        return found.ok_or_else(|| hidden.unwrap_or_else(|| nothing(promotion, tenant)));
    }
    if let Some(hidden) = hidden {
        return Err(hidden);
    }
    if let Some(partial) = now.partial.first() {
        return Err(BackendError::PartlyDeployed {
            from: place,
            partial: partial.name(),
            whole: now.success.map(Seen::name),
        });
    }
    let Some(success) = now.success else { return Err(nothing(promotion, tenant)) };
    let failed = now.failed.first().map(|last| {
        let how = if let Fate::Failed(state) = &last.fate { ended_badly(state) } else { String::new() };
        let more = match now.failed.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more did not succeed before that"),
        };
        format!("{} came after it in {place}, and {how}{more}", last.name())
    });
    let unfinished = now.unfinished.iter().map(|it| format!("{} has not finished in {place}", it.name()));
    Ok((success, failed.into_iter().chain(unfinished).collect()))
}

/// Refuses a release other than the one that alone may be promoted. Of what this run brought to the source itself that
/// holds for a version that was asked for as well: no other deployment was looked for.
fn demanded(
    source: Source,
    promotion: &NewPromotion<'_>,
    tenant: Option<&str>,
) -> Result<Source, BackendError> {
    match promotion.wanted {
        Wanted::Exact(_) if !source.is_of_this_run => Ok(source),
        Wanted::Only(expected) | Wanted::Exact(expected)
            if !same(expected.as_str(), source.version.as_str()) =>
        {
            Err(BackendError::OtherRelease {
                from: place(promotion, tenant),
                expected: expected.clone(),
                found: source.version,
            })
        }
        _ => Ok(source),
    }
}

fn place(promotion: &NewPromotion<'_>, tenant: Option<&str>) -> String {
    match tenant {
        Some(tenant) => format!("{} for {tenant}", promotion.from),
        None => promotion.from.to_string(),
    }
}

/// The error for a source that holds nothing of what is wanted.
fn nothing(promotion: &NewPromotion<'_>, tenant: Option<&str>) -> BackendError {
    let from = place(promotion, tenant);
    match promotion.wanted {
        Wanted::Exact(version) => BackendError::NotDeployedThere { from, version: version.clone() },
        _ => BackendError::NothingToPromote { from },
    }
}

fn is_nothing(error: &BackendError) -> bool {
    matches!(error, BackendError::NotDeployedThere { .. } | BackendError::NothingToPromote { .. })
}
