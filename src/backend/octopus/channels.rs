//! The channels of projects, by id, name or slug, and the channel of a release.

use std::sync::Arc;

use crate::backend::{BackendError, Context};
use crate::model::{ChannelName, ProjectName, Release};
use crate::octopus::channel::Channel;
use crate::octopus::{self as api, ChannelId, ProjectId};

use super::Octopus;
use super::matching::{best_match, find, same};
use super::place::release_id;

impl Octopus {
    /// The channel of a project; without a name, its default channel.
    pub(super) async fn channel(
        &self,
        project: &ProjectId,
        name: Option<&ChannelName>,
        context: Context<'_>,
    ) -> Result<(ChannelId, String), BackendError> {
        if let Some(name) = name
            && let Some(sought) = self.sought_channel(project, name)?
        {
            return Ok((sought.id, sought.name));
        }
        let channels = self.channels(project, context).await?;
        let channel = match name {
            Some(name) => find(name.as_str().trim(), &channels)?,
            None => channels.iter().find(|it| it.is_default).ok_or_else(|| {
                BackendError::Impossible("the project has no default channel; name one".into())
            })?,
        };
        Ok((channel.id.clone(), channel.name.clone()))
    }

    /// Refuses a release that does not belong to the named channel.
    ///
    /// # Errors
    ///
    /// The release belongs to another channel; the channel does not exist; or no answer.
    pub async fn check_channel(
        &self,
        project: &ProjectName,
        release: &Release,
        wanted: Option<&ChannelName>,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        let Some(wanted) = wanted else { return Ok(()) };
        let project = self.project_id(project, context).await?;
        let (id, name) = self.channel(&project, Some(wanted), context).await?;
        let release_id = release_id(&release.id)?;
        let known = self.memory().channels_of.get(&release_id).cloned();
        let of = match known {
            Some(known) => known,
            None => {
                let space = self.space(context).await?;
                let request = api::release::get(&space, &release_id);
                let document = self.look("reading the release's channel", &request, context).await?;
                document.channel_id.ok_or_else(|| {
                    BackendError::Impossible(format!(
                        "the server does not show of which channel release {} is",
                        release.version
                    ))
                })?
            }
        };
        if of == id {
            return Ok(());
        }
        let channels = self.channels(&project, context).await?;
        let found =
            channels.iter().find(|it| it.id == of).map_or_else(|| of.to_string(), |it| it.name.clone());
        Err(BackendError::OtherChannel { version: release.version.clone(), found, wanted: name })
    }

    pub(super) async fn channels(
        &self,
        project: &ProjectId,
        context: Context<'_>,
    ) -> Result<Arc<[Channel]>, BackendError> {
        if let Some(known) = self.memory().channels.get(project).cloned() {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let request = api::channel::of_project(&space, project);
        let all: Arc<[Channel]> = self.look("looking up channels", &request, context).await?.items.into();
        self.memory().channels.insert(project.clone(), all.clone());
        Ok(all)
    }

    /// Lists the channels for a name while the project's id may not be known yet: the project's channels if it is
    /// known, else the channels of the space with that name.
    pub(super) async fn seek_channel(
        &self,
        project: &ProjectName,
        name: &ChannelName,
        context: Context<'_>,
    ) -> Result<(), BackendError> {
        if let Some(project) = ProjectId::recognise(project.as_str().trim()) {
            return self.channels(&project, context).await.map(drop);
        }
        let text = name.as_str().trim();
        if self.memory().sought_channels.contains_key(&text.to_lowercase()) {
            return Ok(());
        }
        let space = self.space(context).await?;
        let request = api::channel::named(&space, text);
        let found = match self.look("looking up channels", &request, context).await {
            Ok(page) => page.items,
            // Then the project's channels are listed later.
            Err(BackendError::Refused { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        self.memory().sought_channels.insert(text.to_lowercase(), found);
        Ok(())
    }

    /// The channel with this name, or the default one, among those that were listed by that name. The list lacks
    /// channels whose id or slug is that text, so only a match by name is certain here.
    fn sought_channel(
        &self,
        project: &ProjectId,
        name: &ChannelName,
    ) -> Result<Option<Channel>, BackendError> {
        if ChannelId::recognise(name.as_str().trim()).is_some() {
            return Ok(None);
        }
        let text = name.as_str().trim();
        let memory = self.memory();
        let sought = memory.sought_channels.get(&text.to_lowercase()).map(Vec::as_slice).unwrap_or_default();
        let named = |it: &&Channel| it.project_id == *project && same(&it.name, text);
        let of_project: Vec<Channel> = sought.iter().filter(named).cloned().collect();
        Ok(best_match(text, &of_project)?.cloned())
    }
}
