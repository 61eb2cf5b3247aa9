//! Projects, by id, name or slug.

use futures_util::future::try_join;

use crate::backend::{BackendError, Context};
use crate::model::ProjectName;
use crate::octopus::project::Project;
use crate::octopus::{self as api, ProjectId, SpaceId};

use super::Octopus;
use super::matching::{best_match, find};

impl Octopus {
    /// The project's id; needs no request if the user gave it.
    pub(super) async fn project_id(
        &self,
        name: &ProjectName,
        context: Context<'_>,
    ) -> Result<ProjectId, BackendError> {
        match ProjectId::recognise(name.as_str().trim()) {
            Some(id) => Ok(id),
            None => Ok(self.project(name, context).await?.id),
        }
    }

    /// The project's document.
    pub(super) async fn project(
        &self,
        name: &ProjectName,
        context: Context<'_>,
    ) -> Result<Project, BackendError> {
        let key = name.as_str().trim().to_lowercase();
        if let Some(known) = self.memory().projects.get(&key).cloned() {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let text = name.as_str().trim();
        let project = match ProjectId::recognise(text) {
            Some(_) => self.project_at(&space, text, context).await?,
            None => self.project_by_name(&space, text, context).await?,
        };
        let project = match project {
            Some(project) => project,
            None => {
                let doing = format!("looking up project '{name}'");
                let all = self.look(&doing, &api::project::list(&space, None), context).await?.items;
                find(text, &all)?.clone()
            }
        };
        let mut memory = self.memory();
        memory.projects.insert(project.id.as_str().to_lowercase(), project.clone());
        memory.projects.insert(key, project.clone());
        Ok(project)
    }

    /// The project with this id or slug. Not for display names: the server answers them with 404.
    async fn project_at(
        &self,
        space: &SpaceId,
        text: &str,
        context: Context<'_>,
    ) -> Result<Option<Project>, BackendError> {
        match self
            .client
            .send_retrying(&api::project::by_id_or_slug(space, text), self.patience(context))
            .await
        {
            Ok(answer) => Ok(Some(answer.value)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(BackendError::from_client(format!("looking up project '{text}'"), error)),
        }
    }

    /// Looks up by name and, in parallel, by slug: a name that is also another project's slug means the project with
    /// that name.
    async fn project_by_name(
        &self,
        space: &SpaceId,
        text: &str,
        context: Context<'_>,
    ) -> Result<Option<Project>, BackendError> {
        let like_a_slug = !text.is_empty()
            && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        let doing = format!("looking up project '{text}'");
        let request = api::project::list(space, Some(text));
        let at_slug =
            async { if like_a_slug { self.project_at(space, text, context).await } else { Ok(None) } };
        let (listed, at_slug) = try_join(self.look(&doing, &request, context), at_slug).await?;
        let mut candidates = listed.items;
        candidates.extend(at_slug);
        Ok(best_match(text, &candidates)?.cloned())
    }

    /// Remembers the project of this name.
    pub(super) async fn seek_project(
        &self,
        name: &ProjectName,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        // An id needs no document.
        match ProjectId::recognise(name.as_str().trim()) {
            Some(_) => Ok(()),
            None => self.project(name, context).await.map(drop),
        }
    }
}
