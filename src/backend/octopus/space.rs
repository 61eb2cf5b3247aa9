//! The space of a run: its id, looked up once.

use crate::backend::{BackendError, Cause, Context, Notice};
use crate::octopus::{self as api, SpaceId};

use super::matching::find;
use super::{Octopus, unclear};

impl Octopus {
    /// The space's id. Only a name costs a request, and only once.
    pub(super) async fn space(&self, context: Context<'_>) -> Result<SpaceId, BackendError> {
        if let Some(known) = self.memory().space.clone() {
            return Ok(known);
        }
        let name = self.space.as_ref().map(|it| it.as_str().trim());
        let id = match name.and_then(SpaceId::recognise) {
            Some(id) => id,
            None => self.look_up_space(name, context).await?,
        };
        self.memory().space = Some(id.clone());
        Ok(id)
    }

    async fn look_up_space(&self, name: Option<&str>, context: Context<'_>) -> Result<SpaceId, BackendError> {
        // All spaces, since a name must be compared with the slugs of others too.
        let spaces = self.look("looking up the space", &api::space::list(None), context).await?.items;
        let space = match name {
            Some(name) => find(name, &spaces)?,
            None => spaces.iter().find(|it| it.is_default).ok_or_else(|| {
                BackendError::Impossible(
                    "the server has no default space that the credential may see; name the space".into(),
                )
            })?,
        };
        if space.task_queue_stopped {
            (context.say)(Notice::Warning(format!(
                "the task queue of space '{}' is stopped: deployments stay queued until it is started",
                space.name
            )));
        }
        Ok(space.id.clone())
    }

    /// Looks the space up, unless it is known: a process that has only the references of deployments begins with that.
    pub(in crate::backend) async fn ensure_space(&self, context: Context<'_>) -> Result<(), Cause> {
        match self.space(context).await {
            Ok(_) => Ok(()),
            Err(BackendError::Refused { source, .. } | BackendError::NoAnswer { source, .. }) => Err(*source),
            Err(other) => Err(Cause::Explained(other.to_string())),
        }
    }

    /// The space's id, if it was looked up before.
    pub(super) fn required_space(&self) -> Result<SpaceId, api::Error> {
        self.known_space().ok_or_else(|| unclear("the space is not known yet"))
    }
}
