//! What a promotion takes from its source: the last whole success, and what came after it.

use jiff::Timestamp;

use crate::backend::{BackendError, Context, DeliveredRelease, NewPromotion, Notice, PromotedRelease};
use crate::model::ReleaseVersion;
use crate::octopus::{self as api, ChannelId, ReleaseId};

use super::Octopus;
use super::adoption::ended_badly;
use super::history::{DeploymentState, History, KnownDeployment};
use super::matching::same;
use super::place::{Place, release_id};

/// A successful deployment in the source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) release: ReleaseId,
    pub(super) version: ReleaseVersion,
    pub(super) deployment: String,
    pub(super) at: Option<Timestamp>,
    /// Whether an earlier action of this run brought it there.
    pub(super) is_of_this_run: bool,
}

/// A tenant by id and name.
pub(super) type TenantName = (api::TenantId, String);

/// What narrows the choice, in ids.
pub(super) struct PromotionFilter {
    pub(super) channel: Option<ChannelId>,
    pub(super) release: Option<ReleaseId>,
}

impl PromotionFilter {
    pub(super) fn fits(&self, seen: &KnownDeployment) -> bool {
        (self.channel.is_none() || seen.channel == self.channel)
            && self.release.as_ref().is_none_or(|wanted| *wanted == seen.release)
    }
}

impl Octopus {
    /// What is taken from a source with this history.
    pub(super) async fn source(
        &self,
        (project, source): (&api::ProjectId, &Place),
        from: History,
        narrowed: &PromotionFilter,
        promotion: &NewPromotion<'_>,
        tenant: Option<&TenantName>,
        context: Context<'_>,
    ) -> Result<Source, BackendError> {
        let id = tenant.map(|(id, _)| id.as_str());
        if let Some(DeliveredRelease { release, .. }) =
            promotion.delivered.iter().find(|it| it.tenant.as_deref() == id)
        {
            let (release, version) = (release_id(&release.id)?, release.version.clone());
            let source =
                Source { release, version, deployment: String::new(), at: None, is_of_this_run: true };
            return demanded(source, promotion, tenant.map(|(_, name)| name.as_str()));
        }
        let tenant = tenant.map(|(_, name)| name.as_str());
        let from = self.narrowed_history(project, source, from, narrowed, context).await?;
        let (seen, doubts) = chosen(&from, narrowed, promotion, tenant)?;
        doubts.into_iter().for_each(|it| (context.say)(Notice::Warning(it)));
        let source = Source {
            version: self.version_of(&seen.release, context).await?,
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
        narrowed: &PromotionFilter,
        context: Context<'_>,
    ) -> Result<History, BackendError> {
        let fits = |it: &KnownDeployment| narrowed.fits(it);
        let is_open = history.now(fits).success.is_none() || !history.in_question(fits).is_empty();
        if !is_open || narrowed.release.is_none() && narrowed.channel.is_none() {
            return Ok(history);
        }
        let (release, channel) = (narrowed.release.as_ref(), narrowed.channel.as_ref());
        for document in self.narrowed_to(project, source, release, channel, context).await? {
            if !history.0.iter().any(|it| it.deployment == document.id) {
                history.0.push(KnownDeployment::of(&document, None));
            }
        }
        self.completed_for(history, fits, context).await
    }
}

/// The deployment that a promotion takes from its source, and what the reader should know of what came after it. Of a
/// version that was asked for, any whole success will do; else it is what is there now.
fn chosen<'a>(
    from: &'a History,
    narrowed: &PromotionFilter,
    promotion: &NewPromotion<'_>,
    tenant: Option<&str>,
) -> Result<(&'a KnownDeployment, Vec<String>), BackendError> {
    let now = from.now(|it| narrowed.fits(it));
    let place = place(promotion, tenant);
    let hidden = now.unknown.first().map(|it| BackendError::Hidden {
        what: format!("promoting from {place}"),
        because: match it.fate {
            DeploymentState::Unknown => format!("the server does not show what became of {}", it.name()),
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
            whole: now.success.map(KnownDeployment::name),
        });
    }
    let Some(success) = now.success else { return Err(nothing(promotion, tenant)) };
    let failed = now.failed.first().map(|last| {
        let how =
            if let DeploymentState::Failed(state) = &last.fate { ended_badly(state) } else { String::new() };
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
        PromotedRelease::Exact(_) if !source.is_of_this_run => Ok(source),
        PromotedRelease::Only(expected) | PromotedRelease::Exact(expected)
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
pub(super) fn nothing(promotion: &NewPromotion<'_>, tenant: Option<&str>) -> BackendError {
    let from = place(promotion, tenant);
    match promotion.wanted {
        PromotedRelease::Exact(version) => BackendError::NotDeployedThere { from, version: version.clone() },
        _ => BackendError::NothingToPromote { from },
    }
}

pub(super) fn is_nothing(error: &BackendError) -> bool {
    matches!(error, BackendError::NotDeployedThere { .. } | BackendError::NothingToPromote { .. })
}
