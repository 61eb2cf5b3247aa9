//! Which release a promotion takes: what ran last and succeeded whole, exact to the tenant, never by a dashboard.
//!
//! A dashboard shows one item for an environment, possibly filtered by the user's settings, and picking
//! the highest version promotes what was rolled back (OctopusDeploy/Issues 638, 7616, 9527).

use futures_util::future::{join, try_join, try_join3};

use crate::backend::opaque::HomeSelection;
use crate::backend::{BackendError, Context, NewPromotion, PromotedRelease, Selection};
use crate::model::{Release, ReleaseOrigin, Tenants};
use crate::octopus::{self as api, EnvironmentId};

use super::Octopus;
use super::deployment_targets::PlaceHistory;
use super::histories::Environment;
use super::place::{Place, release_id};
use super::source::{PromotionFilter, Source, is_nothing, nothing};

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
        context: Context<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        let (of_channel, selected) = join(
            self.check_wanted_channel(promotion, context),
            self.select_of_any_channel(promotion, context),
        )
        .await;
        of_channel?;
        selected
    }

    /// Refuses a version that was named and is of another channel than the one that was named.
    async fn check_wanted_channel(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let (Some(channel), PromotedRelease::Exact(version) | PromotedRelease::Only(version)) =
            (promotion.channel, promotion.wanted)
        else {
            return Ok(());
        };
        match self.find_release(promotion.project, version, context).await {
            Ok(release) => self.check_channel(promotion.project, &release, Some(channel), context).await,
            // What was never made was never deployed: that is said where it is looked for.
            Err(BackendError::ReleaseNotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn select_of_any_channel(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<Vec<Selection>, BackendError> {
        if *promotion.tenants == Tenants::Untenanted {
            return Ok(vec![self.select_untenanted(promotion, context).await?]);
        }
        self.select_by_lists(promotion, context).await
    }

    /// The names first, then all that is read of source and targets at once.
    async fn select_untenanted(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<Selection, BackendError> {
        self.space(context).await?;
        let (project, (from, to)) =
            try_join(self.project_id(promotion.project, context), self.ends(promotion, context)).await?;
        let source_environment = from.0.clone();
        let place = Place { environment: from.0.clone(), environment_name: from.1.clone(), tenant: None };
        let environments: Vec<Environment> = std::iter::once(from).chain(to).collect();
        let narrowed = self.narrowed(&project, promotion, context);
        let histories = self.histories(promotion.project, &environments, context);
        let automatic = self.automatic_environments(promotion.project, context);
        let (narrowed, (progression, histories), _) = try_join3(narrowed, histories, automatic).await?;
        let known = |id: &EnvironmentId| progression.answer.environments.iter().any(|it| it.id == *id);
        if let Some((_, name)) = environments.iter().find(|(id, _)| !known(id)) {
            return Err(BackendError::Impossible(format!(
                "environment '{name}' exists, but no lifecycle of this project contains it"
            )));
        }
        let mut known = environments.into_iter().zip(histories).map(|(it, history)| PlaceHistory {
            place: Place { environment: it.0, environment_name: it.1, tenant: None },
            history,
        });
        let from = known.next().map(|it| it.history).unwrap_or_default();
        let to: Vec<_> = known.collect();
        let source = self.source((&project, &place), from, &narrowed, promotion, None, context).await;
        let source = source.map_err(|error| match error {
            error if is_nothing(&error) && progression.is_deployed_to_for_tenants(&source_environment) => {
                BackendError::DeployedForTenants { from: promotion.from.to_string() }
            }
            error => error,
        })?;
        self.selection(source, promotion, to, context).await
    }

    /// The source of a promotion, and its targets, each once.
    pub(super) async fn ends(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<(Environment, Vec<Environment>), BackendError> {
        let mut from = self.environments(std::slice::from_ref(promotion.from), context).await?;
        let to = self.targets(promotion.to, context).await?;
        Ok((from.remove(0), to))
    }

    /// What a promotion names beside environments and tenants, in ids.
    pub(super) async fn narrowed(
        &self,
        project: &api::ProjectId,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<PromotionFilter, BackendError> {
        let channel = async {
            match promotion.channel {
                Some(name) => Ok(Some(self.channel(project, Some(name), context).await?.0)),
                None => Ok(None),
            }
        };
        let release = async {
            match promotion.wanted {
                PromotedRelease::Exact(version) => {
                    match self.find_release(promotion.project, version, context).await {
                        Ok(release) => release_id(&release.id).map(Some),
                        Err(BackendError::ReleaseNotFound { .. }) => Err(nothing(promotion, None)),
                        Err(error) => Err(error),
                    }
                }
                _ => Ok(None),
            }
        };
        let (channel, release) = try_join(channel, release).await?;
        Ok(PromotionFilter { channel, release })
    }

    pub(super) async fn selection(
        &self,
        source: Source,
        promotion: &NewPromotion<'_>,
        to: Vec<PlaceHistory>,
        context: Context<'_>,
    ) -> Result<Selection, BackendError> {
        let space = self.space(context).await?;
        let release = Release {
            url: self.page(&space, "releases", source.release.as_str()),
            id: source.release.to_string(),
            version: source.version,
            origin: ReleaseOrigin::Found,
        };
        let at = source.at.map(|it| format!(" of {}", it.strftime("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
        let which = match promotion.wanted {
            _ if source.is_of_this_run => format!("this run deployed it to {}", promotion.from),
            PromotedRelease::Exact(_) => {
                format!("it was asked for, and {}{at} put it in {}", source.deployment, promotion.from)
            }
            PromotedRelease::LatestSuccessful | PromotedRelease::Only(_) => {
                format!("{}{at} is the latest success in {}", source.deployment, promotion.from)
            }
        };
        Ok(Selection { release, because: which, to: HomeSelection::Octopus(to) })
    }
}
