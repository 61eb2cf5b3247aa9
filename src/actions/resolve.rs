//! Resolves names before an action changes anything.

use std::time::Duration;

use crate::backend::{BackendError, Ledger, Needs, TargetId};
use crate::model::{ProjectName, Targets, Tenants};

use super::{ActionError, Session};

/// Resolves the names of several actions in parallel and returns, for each action in the same order, the errors in its
/// names. Later lookups of the same session are answered from memory.
///
/// # Errors
///
/// The stop signal came.
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
    /// Returns the targets of an action, as far as names and the links of tenants determine them.
    ///
    /// # Errors
    ///
    /// A name that does not exist, no answer, or the stop signal.
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
