//! What words mean, found out before an action changes anything.

use std::time::Duration;

use crate::backend::{BackendError, Ledger, Needs, TargetId};
use crate::model::{ProjectName, Targets, Tenants};

use super::{ActionError, Session};

/// Finds out what all words of several actions mean, side by side; for each, in the same order, what is wrong with its
/// words. Later questions of the same session are answered from memory.
///
/// # Errors
///
/// We were told to stop.
pub async fn resolve(
    session: &Session<'_>,
    needs: &[Needs<'_>],
    time_limit: Duration,
) -> Result<Vec<Result<(), BackendError>>, ActionError> {
    let ledger = Ledger::default();
    let context = session.call(time_limit, &ledger);
    let found = Box::pin(async { Ok(session.backend.resolve(needs, context).await) });
    session.unless_stopped(context, found).await.map_err(ActionError::without_deployments)
}

impl Session<'_> {
    /// Where an action deploys to, as far as words and the links of tenants tell.
    ///
    /// # Errors
    ///
    /// A word that means nothing, no answer, or we were told to stop.
    pub async fn targets_of(
        &self,
        project: &ProjectName,
        to: &Targets,
        tenants: &Tenants,
        time_limit: Duration,
    ) -> Result<Vec<TargetId>, ActionError> {
        let ledger = Ledger::default();
        let context = self.call(time_limit, &ledger);
        let found = self.backend.targets_of(project, to, tenants, context);
        self.unless_stopped(context, found).await.map_err(ActionError::without_deployments)
    }
}
