//! Environments, by id, name or slug, ephemeral ones included. They are listed once and remembered.

use std::sync::Arc;

use crate::backend::{BackendError, Context};
use crate::model::{EnvironmentName, Targets};
use crate::octopus::environment::Environment;
use crate::octopus::{self as api, EnvironmentId, ProjectId};

use super::Octopus;
use super::errors::all_or_every_error;
use super::matching::{find, same};

impl Octopus {
    /// The environments with these names, in the same order.
    ///
    /// # Errors
    ///
    /// Every name that does not exist or is ambiguous.
    pub(super) async fn environments(
        &self,
        names: &[EnvironmentName],
        context: Context<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        let mut all = self.all_environments(context).await?;
        // A slug is a weaker match than the name of another environment, which may be an ephemeral one.
        let is_strong = |word: &EnvironmentName| {
            all.iter().any(|it| same(it.id.as_str(), word.as_str()) || same(&it.name, word.as_str()))
        };
        if !names.iter().all(is_strong) {
            all = self.with_ephemeral_environments(all, context).await?;
        }
        all_or_every_error(names.iter().map(|name| {
            find(name.as_str().trim(), &all).map(|it| (it.id.clone(), EnvironmentName::new(&it.name)))
        }))
    }

    /// Does the same with the help of a project, which lists its environments even if the credential may not list all.
    pub(super) async fn environments_of(
        &self,
        names: &[EnvironmentName],
        project: &ProjectId,
        context: Context<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        if self.memory().environments.is_none() && self.memory().environments_are_hidden {
            let space = self.space(context).await?;
            let request = api::progression::of_project(&space, project, 1);
            let named =
                self.look("reading the project's environments", &request, context).await?.environments;
            let all = named.into_iter().map(|it| Environment {
                id: it.id,
                name: it.name,
                slug: String::new(),
                sort_order: 0,
                use_guided_failure: false,
            });
            self.memory().environments = Some(all.collect());
        }
        self.environments(names, context).await
    }

    /// The targets of an action, each once even if named twice, in the order given.
    pub(super) async fn targets(
        &self,
        to: &Targets,
        context: Context<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        let names: Vec<_> = to.iter().cloned().collect();
        let mut found: Vec<(EnvironmentId, EnvironmentName)> = Vec::new();
        for (id, name) in self.environments(&names, context).await? {
            if !found.iter().any(|it| it.0 == id) {
                found.push((id, name));
            }
        }
        Ok(found)
    }

    pub(super) async fn all_environments(
        &self,
        context: Context<'_>,
    ) -> Result<Arc<[Environment]>, BackendError> {
        if let Some(known) = self.memory().environments.clone() {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let all = self.look("looking up environments", &api::environment::all(&space), context).await?;
        let all: Arc<[Environment]> = all.into();
        self.memory().environments = Some(all.clone());
        Ok(all)
    }

    /// Lists the environments; remembers if the credential may not.
    pub(super) async fn seek_environments(&self, context: Context<'_>) -> Result<(), BackendError> {
        match self.all_environments(context).await {
            Err(BackendError::Refused { source, .. }) if source.status() == Some(403) => {
                self.memory().environments_are_hidden = true;
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// Newer servers list ephemeral environments separately. They are read, once, if no other environment has that id
    /// or name.
    async fn with_ephemeral_environments(
        &self,
        known: Arc<[Environment]>,
        context: Context<'_>,
    ) -> Result<Arc<[Environment]>, BackendError> {
        if self.memory().environments_are_all {
            return Ok(known);
        }
        let space = self.space(context).await?;
        let request = api::environment::ephemeral(&space);
        let more = match self.client.send_retrying(&request, self.patience(context)).await {
            Ok(answer) => answer.value.items,
            // An older server, or a credential that may not see them.
            Err(error) if error.was_refused() => Vec::new(),
            Err(error) => return Err(BackendError::from_client("looking up environments", error)),
        };
        let new = more.into_iter().filter(|it| !known.iter().any(|known| known.id == it.id));
        let all: Arc<[Environment]> = known.iter().cloned().chain(new).collect();
        let mut memory = self.memory();
        memory.environments = Some(all.clone());
        memory.environments_are_all = true;
        drop(memory);
        Ok(all)
    }

    /// The name of an environment for messages; its id if the name cannot be read.
    pub(super) async fn environment_name(&self, id: &EnvironmentId, context: Context<'_>) -> EnvironmentName {
        let known = self.all_environments(context).await.unwrap_or_default();
        let named = known.iter().find(|it| it.id == *id);
        named.map_or_else(|| EnvironmentName::new(id.as_str()), |it| EnvironmentName::new(&it.name))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::backend::context::tests::context;
    use crate::backend::{Ledger, Stop};
    use crate::model::SpaceName;

    #[tokio::test]
    async fn a_slug_is_weaker_than_the_name_of_an_ephemeral_environment_and_those_are_listed_once() {
        let server = MockServer::start().await;
        let answer = |at: &str, times: u64, body: &str| {
            let answer = ResponseTemplate::new(200).set_body_bytes(body.as_bytes());
            Mock::given(path(format!("/api/Spaces-1/environments/{at}"))).respond_with(answer).expect(times)
        };
        let common = r#"[{"Id":"Environments-1","Name":"Feature (old)","Slug":"feature"},
                         {"Id":"Environments-2","Name":"Test","Slug":"test-1"}]"#;
        let ephemeral = r#"{"Items":[{"Id":"Environments-9","Name":"feature","Slug":"feature-1"}],
                            "TotalResults":1}"#;
        answer("all", 1, common).mount(&server).await;
        answer("v2", 1, ephemeral).mount(&server).await;
        let key = api::Credential::ApiKey("API-HUNTER2".into());
        let mut connection = api::Connection::new(&server.uri(), key).unwrap();
        connection.endpoint.proxy = api::Proxy::None;
        let client = api::Client::new(connection).unwrap();
        let octopus = Octopus::new(client, Some(SpaceName::new("Spaces-1")), Duration::from_secs(5));
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let until = tokio::time::Instant::now() + Duration::from_secs(10);
        let context = context(until, &stop, &ledger);
        for (word, id) in [
            ("Test", "Environments-2"),
            ("Feature", "Environments-9"),
            ("test-1", "Environments-2"),
            ("feature-1", "Environments-9"),
        ] {
            let found = octopus.environments(&[EnvironmentName::new(word)], context).await.unwrap();
            assert_eq!(found[0].0.as_str(), id, "{word}");
        }
    }
}
