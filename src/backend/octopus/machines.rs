//! Deployment targets, which the API calls machines, by id, name or slug. They are listed once and remembered.

use std::collections::HashSet;
use std::sync::Arc;

use crate::backend::{BackendError, Context};
use crate::model::MachineName;
use crate::octopus as api;
use crate::octopus::machine::Machine;

use super::Octopus;
use super::errors::all_or_every_error;
use super::matching::find;

impl Octopus {
    pub(super) async fn all_machines(&self, context: Context<'_>) -> Result<Arc<[Machine]>, BackendError> {
        if let Some(known) = self.memory().machines.clone() {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let request = api::machine::list(&space, None, None);
        let all: Arc<[Machine]> = self.look("looking up machines", &request, context).await?.items.into();
        self.memory().machines = Some(all.clone());
        Ok(all)
    }

    /// The machines with these names, each once; sends no request if there are no names.
    pub(super) async fn machines(
        &self,
        names: &[MachineName],
        context: Context<'_>,
    ) -> Result<Vec<Machine>, BackendError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.all_machines(context).await?;
        let mut found = all_or_every_error(names.iter().map(|it| find(it.as_str().trim(), &all).cloned()))?;
        let mut seen = HashSet::new();
        found.retain(|it| seen.insert(it.id.clone()));
        Ok(found)
    }
}
