//! Deployment freezes, by id or name. They are listed once and remembered.

use std::sync::Arc;

use crate::backend::{BackendError, Context};
use crate::octopus as api;
use crate::octopus::freeze::Freeze;

use super::Octopus;
use super::errors::all_or_every_error;
use super::matching::find;

impl Octopus {
    /// All freezes, including past ones: settings may still name one.
    pub(super) async fn all_freezes(&self, context: Context<'_>) -> Result<Arc<[Freeze]>, BackendError> {
        if let Some(known) = self.memory().freezes.clone() {
            return Ok(known);
        }
        let request = api::freeze::list(api::freeze::FreezeFilter { over: true, ..Default::default() });
        let all = self.look("looking up deployment freezes", &request, context).await?.deployment_freezes;
        let all: Arc<[Freeze]> = all.into();
        self.memory().freezes = Some(all.clone());
        Ok(all)
    }

    /// The freezes with these names.
    pub(super) async fn freezes(
        &self,
        names: &[String],
        context: Context<'_>,
    ) -> Result<Vec<Freeze>, BackendError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.all_freezes(context).await?;
        all_or_every_error(names.iter().map(|it| find(it.trim(), &all).cloned()))
    }
}
