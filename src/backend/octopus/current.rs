//! Reads what an environment has now: the same choice as that of a promotion, with a source and without targets.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join, try_join_all, try_join3};

use crate::backend::{
    BackendError, Context, CurrentQuery, CurrentRelease, CurrentReleases, CurrentTarget, CurrentUser,
    NewPromotion, PackageBuild, PromotedRelease, ReleaseSource, TargetId,
};
use crate::model::{Release, ReleaseOrigin, Targets, Tenants};
use crate::octopus::{self as api, ReleaseId, SpaceId};

use super::Octopus;
use super::place::Place;
use super::selection_by_tenant::tenants_of;
use super::source::{Source, is_nothing};

/// How many releases are read in parallel.
const AT_ONCE: usize = 8;

/// What releases were made from; `None` for one that the server refuses to show.
type Sources = BTreeMap<ReleaseId, Option<ReleaseSource>>;

impl Octopus {
    /// Reads what an environment has now.
    ///
    /// # Errors
    ///
    /// A name that does not exist; the last success was partial; something that decides is not shown; or no answer.
    pub(in crate::backend) async fn current(
        &self,
        query: &CurrentQuery<'_>,
        context: Context<'_>,
    ) -> Result<CurrentReleases, BackendError> {
        let itself = Targets::one(query.environment.clone());
        let promotion = NewPromotion {
            project: query.project,
            from: query.environment,
            to: &itself,
            tenants: query.tenants,
            channel: query.channel,
            wanted: PromotedRelease::LatestSuccessful,
            delivered: &[],
            left_out: &[],
        };
        let space = self.space(context).await?;
        let found = if *query.tenants == Tenants::Untenanted {
            vec![self.current_without_tenant(&promotion, context).await?]
        } else {
            self.current_of_tenants(&promotion, context).await?
        };
        let sources = self.sources(&space, &found, context).await?;
        let target = |(place, source): (Place, Option<Source>)| CurrentTarget {
            target: place.target(),
            id: TargetId::new(&place.environment, place.tenant.as_ref().map(|(id, _)| id)),
            now: source.map(|it| self.current_release(&space, it, &sources)),
        };
        Ok(CurrentReleases { targets: found.into_iter().map(target).collect() })
    }

    async fn current_without_tenant(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<(Place, Option<Source>), BackendError> {
        let (project, (from, _)) =
            try_join(self.project_id(promotion.project, context), self.ends(promotion, context)).await?;
        let narrowed = self.narrowed(&project, promotion, context);
        let environments = [from.clone()];
        let histories = self.histories(promotion.project, &environments, context);
        let (narrowed, (progression, histories)) = try_join(narrowed, histories).await?;
        if !progression.answer.environments.iter().any(|it| it.id == from.0) {
            return Err(BackendError::Impossible(format!(
                "environment '{}' exists, but no lifecycle of this project contains it",
                from.1
            )));
        }
        let place = Place { environment: from.0, environment_name: from.1, tenant: None };
        let history = histories.into_iter().next().unwrap_or_default();
        let source = self.source((&project, &place), history, &narrowed, promotion, None, context).await;
        match or_nothing(source)? {
            None if progression.is_deployed_to_for_tenants(&place.environment) => {
                Err(BackendError::DeployedForTenants { from: promotion.from.to_string() })
            }
            found => Ok((place, found)),
        }
    }

    async fn current_of_tenants(
        &self,
        promotion: &NewPromotion<'_>,
        context: Context<'_>,
    ) -> Result<Vec<(Place, Option<Source>)>, BackendError> {
        let (project, (from, _), listed) = try_join3(
            self.project_id(promotion.project, context),
            self.ends(promotion, context),
            self.list_tenants(promotion.tenants, context),
        )
        .await?;
        let ends = (&from, std::slice::from_ref(&from));
        let tenants = tenants_of(promotion, &project, ends, &listed, &mut Vec::new())?;
        let narrowed = self.narrowed(&project, promotion, context).await?;
        let mut found = Vec::new();
        for some in tenants.chunks(AT_ONCE) {
            let read = some.iter().map(|(_, tenant, _)| async {
                let history = self.history_of(&project, &from.0, tenant, context).await?;
                let place = Place {
                    environment: from.0.clone(),
                    environment_name: from.1.clone(),
                    tenant: Some(tenant.clone()),
                };
                let of = (&project, &place);
                let source = self.source(of, history, &narrowed, promotion, Some(tenant), context).await;
                or_nothing(source).map(|source| (place, source))
            });
            found.extend(try_join_all(read).await?);
        }
        Ok(found)
    }

    /// What the releases were made from, each read once.
    async fn sources(
        &self,
        space: &SpaceId,
        found: &[(Place, Option<Source>)],
        context: Context<'_>,
    ) -> Result<Sources, BackendError> {
        let releases: BTreeSet<_> =
            found.iter().filter_map(|it| it.1.as_ref()).map(|it| &it.release).collect();
        let releases: Vec<_> = releases.into_iter().collect();
        let mut sources = Sources::new();
        for some in releases.chunks(AT_ONCE) {
            let read = some.iter().map(|id| async {
                match self.look("reading a release", &api::release::get(space, id), context).await {
                    Ok(document) => Ok(((*id).clone(), Some(made_from(document)))),
                    Err(BackendError::Refused { .. }) => Ok(((*id).clone(), None)),
                    Err(error) => Err(error),
                }
            });
            sources.extend(try_join_all(read).await?);
        }
        Ok(sources)
    }

    fn current_release(&self, space: &SpaceId, source: Source, sources: &Sources) -> CurrentRelease {
        CurrentRelease {
            source: sources.get(&source.release).cloned().flatten(),
            deployment: source.deployment,
            at: source.at,
            release: Release {
                url: self.page(space, "releases", source.release.as_str()),
                id: source.release.to_string(),
                version: source.version,
                origin: ReleaseOrigin::Found,
            },
        }
    }

    /// The user of the credential; `None` if the server refuses to say.
    ///
    /// # Errors
    ///
    /// No answer.
    pub(in crate::backend) async fn current_user(
        &self,
        context: Context<'_>,
    ) -> Result<Option<CurrentUser>, BackendError> {
        let user = match self.look("asking whose credential it is", &api::server::me(), context).await {
            Ok(user) => user,
            Err(BackendError::Refused { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let text = |first: &str, second: &str| {
            let said = [first, second].into_iter().find(|it| !it.trim().is_empty());
            said.map(str::to_owned)
        };
        Ok(text(&user.username, &user.display_name).map(|name| CurrentUser {
            id: user.id.to_string(),
            display_name: text(&user.display_name, &name).unwrap_or_default(),
            name,
        }))
    }
}

/// A source without a matching deployment is an answer, not an error.
fn or_nothing(source: Result<Source, BackendError>) -> Result<Option<Source>, BackendError> {
    match source {
        Ok(source) => Ok(Some(source)),
        Err(error) if is_nothing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn made_from(release: api::release::Release) -> ReleaseSource {
    let git = release.version_control_reference.unwrap_or_default();
    let said = |text: String| Some(text).filter(|it| !it.is_empty());
    let build = |it: api::release::BuildInformation| PackageBuild {
        package: it.package_id,
        version: it.version,
        branch: it.branch,
        commit: it.vcs_commit_number,
        number: it.build_number,
        url: it.build_url,
    };
    ReleaseSource {
        git_reference: said(git.git_ref),
        git_commit: said(git.git_commit),
        builds: release.build_information.into_iter().map(build).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn source(more: &Value) -> ReleaseSource {
        let mut document = json!({ "Id": "Releases-1", "Version": "1.0.0", "ProjectId": "Projects-1" });
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        made_from(api::read(document.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn what_a_release_was_made_from_is_told_as_far_as_the_server_knows_it() {
        assert_eq!(source(&json!({})), ReleaseSource::default());
        let in_git =
            json!({ "VersionControlReference": { "GitRef": "refs/heads/main", "GitCommit": "3f1c" } });
        let in_git = source(&in_git);
        assert_eq!(in_git.git_reference.as_deref(), Some("refs/heads/main"));
        assert_eq!(in_git.git_commit.as_deref(), Some("3f1c"));
        let blank = source(&json!({ "VersionControlReference": { "GitRef": "", "GitCommit": null } }));
        assert_eq!(blank, ReleaseSource::default());
        let built = source(&json!({ "BuildInformation": [
            { "PackageId": "Shop.Web", "Version": "1.4.7", "Branch": "main", "BuildNumber": "482",
              "BuildUrl": "https://ci.example/482", "VcsCommitNumber": "9a0b", "WorkItems": [] },
            { "PackageId": "Shop.Api", "Version": "2.0.0" } ] }));
        let [web, api] = &built.builds[..] else { panic!("{built:?}") };
        assert_eq!((web.package.as_str(), web.version.as_str()), ("Shop.Web", "1.4.7"));
        assert_eq!((web.branch.as_str(), web.commit.as_str()), ("main", "9a0b"));
        assert_eq!((web.number.as_str(), web.url.as_str()), ("482", "https://ci.example/482"));
        assert_eq!((api.package.as_str(), api.commit.as_str()), ("Shop.Api", ""));
    }
}
