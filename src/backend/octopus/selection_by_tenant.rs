//! Chooses the releases of a promotion with tenants: each tenant gets the release that it has in the source.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all, try_join3, try_join4};

use crate::backend::opaque::HomeSelection;
use crate::backend::{BackendError, Context, NewPromotion, Notice, Selection};
use crate::octopus::preview::DeploymentTemplate;
use crate::octopus::{ProjectId, ReleaseId};

use super::Octopus;
use super::deployment_targets::PlaceHistory;
use super::eligibility::{linked, nobody};
use super::errors::together;
use super::histories::Environment;
use super::place::Place;
use super::progression::HISTORY;
use super::skipped_tenants::Subject;
use super::source::{PromotionFilter, Source, TenantName, is_nothing, nothing};
use super::tenants::{ListedTenants, SelectedTenant};

/// A tenant of the promotion, with its source and targets.
pub(super) type Tenant<'a> = (SelectedTenant<'a>, TenantName, Vec<Environment>);

/// The environments that releases may go to now; `None` if the credential may not read them.
type Templates = BTreeMap<ReleaseId, Option<DeploymentTemplate>>;

impl Octopus {
    /// Chooses for each tenant separately. Independent requests are sent in parallel, in four rounds: names; lists and
    /// versions; states, and where the release requested last in the source may go; documents of single deployments.
    pub(super) async fn select_by_lists(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        self.space(context).await?;
        let (project, (from, to), listed) = try_join3(
            self.project_id(promotion.project, context),
            self.ends(promotion, context),
            self.list_tenants(promotion.tenants, context),
        )
        .await?;
        let mut left_out = Vec::new();
        let tenants = tenants_of(promotion, &project, (&from, &to), &listed, &mut left_out)?;
        // In the same round, the progression provides the versions of the listed deployments.
        let versions = async {
            match self.progression(promotion.project, HISTORY, context).await {
                Ok(_) | Err(BackendError::Refused { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        };
        let narrowed = self.narrowed(&project, promotion, context);
        let listed = self.listed_for(&project, &tenants, context);
        let (narrowed, listed, (), _) =
            try_join4(narrowed, listed, versions, self.automatic_environments(promotion.project, context))
                .await?;
        let candidates = candidates(&narrowed, &listed);
        let (read, templates) =
            try_join(self.all_completed(listed, context), self.templates(candidates, context)).await?;
        let (mut chosen, mut errors) = (Vec::new(), Vec::new());
        for ((meant, name, _), known) in tenants.into_iter().zip(read) {
            let mut known = known.into_iter();
            let history = known.next().map(|it| it.history).unwrap_or_default();
            let place = Place {
                environment: from.0.clone(),
                environment_name: from.1.clone(),
                tenant: Some(name.clone()),
            };
            match self.source((&project, &place), history, &narrowed, promotion, Some(&name), context).await {
                Ok(source) => chosen.push((meant, source, known.collect::<Vec<_>>())),
                Err(error) if !is_nothing(&error) => return Err(error),
                Err(error) if meant.is_named => errors.push(error),
                Err(error) => left_out.push(format!("tenant '{}' is left out: {error}", name.1)),
            }
        }
        let selections = self.within_reach(chosen, templates, promotion, errors, context).await?;
        if selections.is_empty() {
            return Err(if left_out.is_empty() { nobody(&to) } else { nothing(promotion, None) });
        }
        left_out.into_iter().for_each(|it| (context.say)(Notice::Warning(it)));
        Ok(selections)
    }

    /// The histories of each tenant's source and targets, as far as lists show them; a few at a time.
    async fn listed_for(
        &self,
        project: &ProjectId,
        tenants: &[Tenant<'_>],
        context: Context<'_>,
    ) -> Result<Vec<Vec<PlaceHistory>>, BackendError> {
        let mut all = Vec::new();
        for some in tenants.chunks(8) {
            let some = some.iter().map(|(_, name, ends)| self.listed_histories(project, ends, name, context));
            all.extend(try_join_all(some).await?);
        }
        Ok(all)
    }

    /// The same histories, completed with what the lists do not show.
    async fn all_completed(
        &self,
        listed: Vec<Vec<PlaceHistory>>,
        context: Context<'_>,
    ) -> Result<Vec<Vec<PlaceHistory>>, BackendError> {
        let mut all = Vec::new();
        let mut rest = listed.into_iter().peekable();
        while rest.peek().is_some() {
            let some = rest.by_ref().take(8).map(|known| {
                try_join_all(known.into_iter().map(|it| async move {
                    let history = self.completed(it.history, context).await?;
                    Ok(PlaceHistory { place: it.place, history })
                }))
            });
            all.extend(try_join_all(some).await?);
        }
        Ok(all)
    }

    async fn templates(
        &self,
        releases: BTreeSet<ReleaseId>,
        context: Context<'_>,
    ) -> Result<Templates, BackendError> {
        let read = try_join_all(releases.iter().map(|it| self.template(it, context))).await?;
        Ok(releases.into_iter().zip(read).collect())
    }

    /// Removes the targets that a tenant's release may not be deployed to now. Returns one selection for each release.
    async fn within_reach(
        &self,
        chosen: Vec<(SelectedTenant<'_>, Source, Vec<PlaceHistory>)>,
        mut templates: Templates,
        promotion: &NewPromotion<'_>,
        mut errors: Vec<BackendError>,
        context: Context<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        let unread = chosen.iter().map(|(_, source, _)| &source.release);
        let unread: BTreeSet<_> = unread.filter(|it| !templates.contains_key(*it)).cloned().collect();
        templates.extend(self.templates(unread, context).await?);
        let mut selections: Vec<Selection> = Vec::new();
        for (meant, source, mut known) in chosen {
            let template = templates.get(&source.release).and_then(Option::as_ref);
            let subject =
                Subject { project: promotion.project, release: &source.release, version: &source.version };
            let places: Vec<Environment> = known
                .iter()
                .map(|it| (it.place.environment.clone(), it.place.environment_name.clone()))
                .collect();
            match self.reachable(subject, meant, places, template, context).await {
                Ok(kept) => known.retain(|it| kept.iter().any(|(id, _)| *id == it.place.environment)),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            }
            if known.is_empty() {
                continue;
            }
            match selections.iter_mut().find(|it| it.release.id == source.release.as_str()) {
                Some(same_release) => {
                    let HomeSelection::Octopus(to) = &mut same_release.to;
                    to.extend(known);
                }
                None => selections.push(self.selection(source, promotion, known, context).await?),
            }
        }
        if errors.is_empty() { Ok(selections) } else { Err(together(errors)) }
    }
}

/// The tenants of a promotion, each with the source and the targets that it is linked to.
pub(super) fn tenants_of<'a>(
    promotion: &NewPromotion<'_>,
    project: &ProjectId,
    (from, to): (&Environment, &[Environment]),
    listed: &'a ListedTenants,
    left_out: &mut Vec<String>,
) -> Result<Vec<Tenant<'a>>, BackendError> {
    let (mut tenants, mut errors) = (Vec::new(), Vec::new());
    for meant in listed.meant(promotion.tenants)? {
        let name = (meant.tenant.id.clone(), meant.tenant.name.clone());
        if let Some(it) = promotion.left_out.iter().find(|it| it.tenant == name.0.as_str()) {
            left_out.push(format!("tenant '{}' is left out: {}", name.1, it.because));
            continue;
        }
        match linked(meant, project, promotion.project, to) {
            Ok(places) if places.is_empty() => {}
            Ok(places) => tenants.push((meant, name, std::iter::once(from.clone()).chain(places).collect())),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(tenants) } else { Err(together(errors)) }
}

/// The releases that are most likely to be promoted: those requested last in the source of each tenant.
fn candidates(narrowed: &PromotionFilter, listed: &[Vec<PlaceHistory>]) -> BTreeSet<ReleaseId> {
    if let Some(release) = &narrowed.release {
        return BTreeSet::from([release.clone()]);
    }
    let sources = listed.iter().filter_map(|it| it.first());
    let newest = |it: &PlaceHistory| {
        let fitting = it.history.0.iter().filter(|it| narrowed.fits(it));
        fitting.max_by_key(|it| it.created).map(|it| it.release.clone())
    };
    sources.filter_map(newest).collect()
}
