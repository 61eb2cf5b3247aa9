//! Sends a read request to the server, and retries it while it gets no answer.

use serde::de::DeserializeOwned;

use crate::backend::{BackendError, Context};
use crate::octopus as api;

use super::Octopus;

impl Octopus {
    /// Sends a read request; `doing` names it in the error.
    pub(super) async fn look<A: DeserializeOwned>(
        &self,
        doing: &str,
        request: &api::Request<A>,
        context: Context<'_>,
    ) -> Result<A, BackendError> {
        let answer = self.client.send_retrying(request, self.patience(context)).await;
        let answer = answer.map_err(|error| BackendError::from_client(doing, error))?;
        if let Some(time) = answer.server_time {
            self.memory().clock = Some(time.duration_since(jiff::Timestamp::now()));
        }
        Ok(answer.value)
    }
}
