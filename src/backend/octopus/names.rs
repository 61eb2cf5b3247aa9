//! From the names that users write to the server's documents. Each kind is listed once and remembered; what a word
//! means among a list is said in `resolve.rs`.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::try_join;

use crate::backend::{BackendError, Call, Notice};
use crate::model::{
    ChannelName, DeploymentOptions, EnvironmentName, MachineName, ProjectName, Release, Targets, nearness,
};
use crate::octopus::channel::Channel;
use crate::octopus::environment::Environment;
use crate::octopus::freeze::Freeze;
use crate::octopus::machine::Machine;
use crate::octopus::process::Process;
use crate::octopus::project::Project;
use crate::octopus::{self as api, ChannelId, EnvironmentId, MachineId, ProjectId, SpaceId, TenantId};

use super::Octopus;
use super::place::release_id;
use super::resolve::{Needs, all_or_every_error, find, meant};

/// A variable for whose value a deployment asks.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    pub(super) name: String,
    /// The question; may stand for the name.
    pub(super) label: String,
}

impl Octopus {
    /// The space's id. Only a name costs a request, and only once.
    pub(super) async fn space(&self, call: Call<'_>) -> Result<SpaceId, BackendError> {
        if let Some(known) = self.memory().space.clone() {
            return Ok(known);
        }
        let name = self.space.as_ref().map(|it| it.as_str().trim());
        let id = match name.and_then(SpaceId::recognise) {
            Some(id) => id,
            None => self.look_up_space(name, call).await?,
        };
        self.memory().space = Some(id.clone());
        Ok(id)
    }

    async fn look_up_space(&self, name: Option<&str>, call: Call<'_>) -> Result<SpaceId, BackendError> {
        // All of them, since a name must be compared with the slugs of others too.
        let spaces = self.look("looking up the space", &api::space::list(None), call).await?.items;
        let space = match name {
            Some(name) => find(name, &spaces)?,
            None => spaces.iter().find(|it| it.is_default).ok_or_else(|| {
                BackendError::Impossible(
                    "the server has no default space that the credential may see; name the space".into(),
                )
            })?,
        };
        if space.task_queue_stopped {
            (call.say)(Notice::Warning(format!(
                "the task queue of space '{}' is stopped: deployments stay queued until somebody starts it",
                space.name
            )));
        }
        Ok(space.id.clone())
    }

    /// The project's id, without a request where the user gave it.
    pub(super) async fn project_id(
        &self,
        name: &ProjectName,
        call: Call<'_>,
    ) -> Result<ProjectId, BackendError> {
        match ProjectId::recognise(name.as_str().trim()) {
            Some(id) => Ok(id),
            None => Ok(self.project(name, call).await?.id),
        }
    }

    /// The project's document.
    pub(super) async fn project(&self, name: &ProjectName, call: Call<'_>) -> Result<Project, BackendError> {
        let key = name.as_str().trim().to_lowercase();
        if let Some(known) = self.memory().projects.get(&key).cloned() {
            return Ok(known);
        }
        let space = self.space(call).await?;
        let text = name.as_str().trim();
        let project = match ProjectId::recognise(text) {
            Some(_) => self.project_at(&space, text, call).await?,
            None => self.project_by_name(&space, text, call).await?,
        };
        let project = match project {
            Some(project) => project,
            None => {
                let doing = format!("looking up project '{name}'");
                let all = self.look(&doing, &api::project::list(&space, None), call).await?.items;
                find(text, &all)?.clone()
            }
        };
        let mut memory = self.memory();
        memory.projects.insert(project.id.as_str().to_lowercase(), project.clone());
        memory.projects.insert(key, project.clone());
        Ok(project)
    }

    /// The project with this id or slug. A display name is not asked for here: the server answers 404 to it.
    async fn project_at(
        &self,
        space: &SpaceId,
        text: &str,
        call: Call<'_>,
    ) -> Result<Option<Project>, BackendError> {
        match self.client.look(&api::project::by_id_or_slug(space, text), self.patience(call)).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(BackendError::from_client(format!("looking up project '{text}'"), error)),
        }
    }

    /// By name, and at the same time by what may be a slug: a name that is the slug of another means its own project.
    async fn project_by_name(
        &self,
        space: &SpaceId,
        text: &str,
        call: Call<'_>,
    ) -> Result<Option<Project>, BackendError> {
        let like_a_slug = !text.is_empty()
            && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        let doing = format!("looking up project '{text}'");
        let request = api::project::list(space, Some(text));
        let at_slug = async { if like_a_slug { self.project_at(space, text, call).await } else { Ok(None) } };
        let (listed, at_slug) = try_join(self.look(&doing, &request, call), at_slug).await?;
        let mut candidates = listed.items;
        candidates.extend(at_slug);
        Ok(meant(text, &candidates)?.cloned())
    }

    /// The environments with these names, in the same order.
    ///
    /// # Errors
    ///
    /// Every name that means nothing or two things.
    pub(super) async fn environments(
        &self,
        names: &[EnvironmentName],
        call: Call<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        let mut all = self.all_environments(call).await?;
        // A slug of one is a weaker match than the name of another, which may be an ephemeral one.
        let is_strong = |word: &EnvironmentName| {
            all.iter().any(|it| same(it.id.as_str(), word.as_str()) || same(&it.name, word.as_str()))
        };
        if !names.iter().all(is_strong) {
            all = self.with_ephemeral_environments(all, call).await?;
        }
        all_or_every_error(names.iter().map(|name| {
            find(name.as_str().trim(), &all).map(|it| (it.id.clone(), EnvironmentName::new(&it.name)))
        }))
    }

    /// The same for a project, by which they are known also where the credential may not list them.
    pub(super) async fn environments_of(
        &self,
        names: &[EnvironmentName],
        project: &ProjectId,
        call: Call<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        if self.memory().environments.is_none() && self.memory().environments_are_hidden {
            let space = self.space(call).await?;
            let request = api::progression::of_project(&space, project, 1);
            let named = self.look("reading the project's environments", &request, call).await?.environments;
            let all = named.into_iter().map(|it| Environment {
                id: it.id,
                name: it.name,
                slug: String::new(),
                sort_order: 0,
                use_guided_failure: false,
            });
            self.memory().environments = Some(all.collect());
        }
        self.environments(names, call).await
    }

    /// The targets of an action, each once, whatever words name it, in the order given.
    pub(super) async fn targets(
        &self,
        to: &Targets,
        call: Call<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        let names: Vec<_> = to.iter().cloned().collect();
        let mut found: Vec<(EnvironmentId, EnvironmentName)> = Vec::new();
        for (id, name) in self.environments(&names, call).await? {
            if !found.iter().any(|it| it.0 == id) {
                found.push((id, name));
            }
        }
        Ok(found)
    }

    pub(super) async fn all_environments(&self, call: Call<'_>) -> Result<Arc<[Environment]>, BackendError> {
        if let Some(known) = self.memory().environments.clone() {
            return Ok(known);
        }
        let space = self.space(call).await?;
        let all = self.look("looking up environments", &api::environment::all(&space), call).await?;
        let all: Arc<[Environment]> = all.into();
        self.memory().environments = Some(all.clone());
        Ok(all)
    }

    /// Lists the environments, and remembers where the credential may not.
    pub(super) async fn seek_environments(&self, call: Call<'_>) -> Result<(), BackendError> {
        match self.all_environments(call).await {
            Err(BackendError::Refused { source, .. }) if source.status() == Some(403) => {
                self.memory().environments_are_hidden = true;
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// Ephemeral environments, which newer servers keep in a list of their own, are looked for where no environment of
    /// the common one has that id or name. They are asked for once.
    async fn with_ephemeral_environments(
        &self,
        known: Arc<[Environment]>,
        call: Call<'_>,
    ) -> Result<Arc<[Environment]>, BackendError> {
        if self.memory().environments_are_all {
            return Ok(known);
        }
        let space = self.space(call).await?;
        let request = api::environment::ephemeral(&space);
        let more = match self.client.look(&request, self.patience(call)).await {
            Ok(answer) => answer.value.items,
            // An older server, or one that does not let us see them.
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

    /// The name of an environment for people; its id where the name cannot be learned.
    pub(super) async fn environment_name(&self, id: &EnvironmentId, call: Call<'_>) -> EnvironmentName {
        let known = self.all_environments(call).await.unwrap_or_default();
        let named = known.iter().find(|it| it.id == *id);
        named.map_or_else(|| EnvironmentName::new(id.as_str()), |it| EnvironmentName::new(&it.name))
    }

    /// The channel of a project; without a name, its default one.
    pub(super) async fn channel(
        &self,
        project: &ProjectId,
        name: Option<&ChannelName>,
        call: Call<'_>,
    ) -> Result<(ChannelId, String), BackendError> {
        if let Some(name) = name
            && let Some(sought) = self.sought_channel(project, name)?
        {
            return Ok((sought.id, sought.name));
        }
        let channels = self.channels(project, call).await?;
        let channel = match name {
            Some(name) => find(name.as_str().trim(), &channels)?,
            None => channels.iter().find(|it| it.is_default).ok_or_else(|| {
                BackendError::Impossible("the project has no default channel; name one".into())
            })?,
        };
        Ok((channel.id.clone(), channel.name.clone()))
    }

    /// Refuses a release of another channel than the one that was named.
    ///
    /// # Errors
    ///
    /// As said; a name that means no channel; or a question without an answer.
    pub async fn check_channel(
        &self,
        project: &ProjectName,
        release: &Release,
        wanted: Option<&ChannelName>,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        let Some(wanted) = wanted else { return Ok(()) };
        let project = self.project_id(project, call).await?;
        let (id, name) = self.channel(&project, Some(wanted), call).await?;
        let release_id = release_id(&release.id)?;
        let known = self.memory().channels_of.get(&release_id).cloned();
        let of = match known {
            Some(known) => known,
            None => {
                let space = self.space(call).await?;
                let request = api::release::get(&space, &release_id);
                let document = self.look("reading the release's channel", &request, call).await?;
                document.channel_id.ok_or_else(|| {
                    BackendError::Impossible(format!(
                        "the server does not tell of which channel release {} is",
                        release.version
                    ))
                })?
            }
        };
        if of == id {
            return Ok(());
        }
        let channels = self.channels(&project, call).await?;
        let found =
            channels.iter().find(|it| it.id == of).map_or_else(|| of.to_string(), |it| it.name.clone());
        Err(BackendError::OtherChannel { version: release.version.clone(), found, wanted: name })
    }

    pub(super) async fn channels(
        &self,
        project: &ProjectId,
        call: Call<'_>,
    ) -> Result<Arc<[Channel]>, BackendError> {
        if let Some(known) = self.memory().channels.get(project).cloned() {
            return Ok(known);
        }
        let space = self.space(call).await?;
        let request = api::channel::of_project(&space, project);
        let all: Arc<[Channel]> = self.look("looking up channels", &request, call).await?.items.into();
        self.memory().channels.insert(project.clone(), all.clone());
        Ok(all)
    }

    /// Lists the channels among which a name is, while the project's id may not be known yet: those of the project
    /// where it is, else those of the space with that name.
    pub(super) async fn seek_channel(
        &self,
        project: &ProjectName,
        name: &ChannelName,
        call: Call<'_>,
    ) -> Result<(), BackendError> {
        if let Some(project) = ProjectId::recognise(project.as_str().trim()) {
            return self.channels(&project, call).await.map(drop);
        }
        let text = name.as_str().trim();
        if self.memory().sought_channels.contains_key(&text.to_lowercase()) {
            return Ok(());
        }
        let space = self.space(call).await?;
        let request = api::channel::named(&space, text);
        let found = match self.look("looking up channels", &request, call).await {
            Ok(page) => page.items,
            // Those of the project are asked for then.
            Err(BackendError::Refused { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        self.memory().sought_channels.insert(text.to_lowercase(), found);
        Ok(())
    }

    /// The channel of this name, or of none, among those that were listed by that name. A channel that another
    /// one's id or slug stands for is not among them, so nothing here is certain but a name.
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
        Ok(meant(text, &of_project)?.cloned())
    }

    pub(super) async fn all_machines(&self, call: Call<'_>) -> Result<Arc<[Machine]>, BackendError> {
        if let Some(known) = self.memory().machines.clone() {
            return Ok(known);
        }
        let space = self.space(call).await?;
        let request = api::machine::list(&space, None, None);
        let all: Arc<[Machine]> = self.look("looking up machines", &request, call).await?.items.into();
        self.memory().machines = Some(all.clone());
        Ok(all)
    }

    /// The machines with these names, each once; nothing is asked where there are none.
    pub(super) async fn machines(
        &self,
        names: &[MachineName],
        call: Call<'_>,
    ) -> Result<Vec<Machine>, BackendError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.all_machines(call).await?;
        let mut found = all_or_every_error(names.iter().map(|it| find(it.as_str().trim(), &all).cloned()))?;
        let mut seen = std::collections::HashSet::new();
        found.retain(|it| seen.insert(it.id.clone()));
        Ok(found)
    }

    /// The ids of the machines that options name, by the words in lower case.
    pub(super) async fn machine_ids(
        &self,
        options: &DeploymentOptions,
        call: Call<'_>,
    ) -> Result<HashMap<String, MachineId>, BackendError> {
        let mut ids = HashMap::new();
        for word in options.machines.iter().chain(&options.excluded_machines) {
            let found = self.machines(std::slice::from_ref(word), call).await?;
            ids.extend(found.into_iter().map(|it| (word.as_str().to_lowercase(), it.id)));
        }
        Ok(ids)
    }

    /// All freezes, those that are over too: settings may go on to name one.
    pub(super) async fn all_freezes(&self, call: Call<'_>) -> Result<Arc<[Freeze]>, BackendError> {
        if let Some(known) = self.memory().freezes.clone() {
            return Ok(known);
        }
        let request = api::freeze::list(api::freeze::FreezeFilter { over: true, ..Default::default() });
        let all = self.look("looking up deployment freezes", &request, call).await?.deployment_freezes;
        let all: Arc<[Freeze]> = all.into();
        self.memory().freezes = Some(all.clone());
        Ok(all)
    }

    /// The freezes with these names.
    pub(super) async fn freezes(
        &self,
        names: &[String],
        call: Call<'_>,
    ) -> Result<Vec<Freeze>, BackendError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.all_freezes(call).await?;
        all_or_every_error(names.iter().map(|it| find(it.trim(), &all).cloned()))
    }

    /// The present deployment process of a project, at a git reference for one that is kept in git.
    pub(super) async fn process(
        &self,
        project: &ProjectId,
        git_ref: Option<&str>,
        call: Call<'_>,
    ) -> Result<Arc<Process>, BackendError> {
        let key = (project.clone(), git_ref.map(str::to_owned));
        if let Some(known) = self.memory().processes.get(&key).cloned() {
            return Ok(known);
        }
        let space = self.space(call).await?;
        let request = api::process::of_project(&space, project, git_ref);
        let process = Arc::new(self.look("reading the deployment process", &request, call).await?);
        self.memory().processes.insert(key, process.clone());
        Ok(process)
    }

    /// The variables that deployments of the project ask for now; nothing where not all of them can be known: a
    /// project in git keeps them there, and library sets have some of their own.
    pub(super) async fn prompts(
        &self,
        needs: &Needs<'_>,
        project: &ProjectId,
        call: Call<'_>,
    ) -> Result<Option<Vec<Prompt>>, BackendError> {
        let document = match ProjectId::recognise(needs.project.as_str().trim()) {
            Some(_) => self.project(&ProjectName::new(project.as_str()), call).await?,
            None => self.project(needs.project, call).await?,
        };
        let Some(set) = document.variable_set_id.clone().filter(|_| !document.is_in_git()) else {
            return Ok(None);
        };
        if document.included_library_variable_set_ids.as_ref().is_none_or(|it| !it.is_empty()) {
            return Ok(None);
        }
        let space = self.space(call).await?;
        let request = api::variable::get(&space, &set);
        let variables = self.look("reading the project's variables", &request, call).await?;
        let Some(variables) = variables.get("Variables").and_then(serde_json::Value::as_array) else {
            return Ok(None);
        };
        let prompt = |it: &serde_json::Value| {
            let label = it.get("Prompt").filter(|it| it.is_object())?.get("Label");
            Some(Prompt {
                name: it.get("Name")?.as_str()?.to_owned(),
                label: label.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
            })
        };
        Ok(Some(variables.iter().filter_map(prompt).collect()))
    }

    /// The name of a tenant for people; its id where the name cannot be learned.
    pub(super) async fn tenant_name(&self, id: &TenantId, call: Call<'_>) -> String {
        let known = |this: &Self| {
            let memory = this.memory();
            let all = memory.tenants.iter().flat_map(|it| it.iter()).chain(&memory.other_tenants);
            all.into_iter().find(|it| it.id == *id).map(|it| it.name.clone())
        };
        if let Some(name) = known(self) {
            return name;
        }
        if let Ok(space) = self.space(call).await {
            for request in api::tenant::by_ids(&space, std::slice::from_ref(id)) {
                if let Ok(page) = self.client.look(&request, self.patience(call)).await {
                    self.memory().other_tenants.extend(page.value.items);
                }
            }
        }
        known(self).unwrap_or_else(|| id.to_string())
    }

    /// Asks a question whose error needs no more than its name.
    pub(super) async fn look<A: serde::de::DeserializeOwned>(
        &self,
        doing: &str,
        request: &api::Request<A>,
        call: Call<'_>,
    ) -> Result<A, BackendError> {
        let answer = self.client.look(request, self.patience(call)).await;
        let answer = answer.map_err(|error| BackendError::from_client(doing, error))?;
        if let Some(time) = answer.server_time {
            self.memory().clock = Some(time.duration_since(jiff::Timestamp::now()));
        }
        Ok(answer.value)
    }
}

/// Whether two names are the same to the server: without regard to case, and to blanks around them.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// The error for a name, with the names that come nearest to it.
pub(super) fn unknown(kind: &'static str, name: &str, known: impl Iterator<Item = String>) -> BackendError {
    let mut near: Vec<(usize, String)> =
        known.filter_map(|it| nearness(name, &it).map(|edits| (edits, it))).collect();
    near.sort();
    BackendError::Unknown {
        kind,
        name: name.to_owned(),
        nearest: near.into_iter().map(|(_, it)| it).take(3).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wiremock::matchers::path;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
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
        let mut connection = api::Connection::new(api::ServerUrl::parse(&server.uri()).unwrap(), key);
        connection.proxy = api::Proxy::None;
        let client = api::Client::new(connection).unwrap();
        let octopus = Octopus::new(client, Some(SpaceName::new("Spaces-1")), Duration::from_secs(5));
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let until = tokio::time::Instant::now() + Duration::from_secs(10);
        let call = Call { until, build: None, say: &|_| {}, stop: &stop, ledger: &ledger };
        for (word, id) in [
            ("Test", "Environments-2"),
            ("Feature", "Environments-9"),
            ("test-1", "Environments-2"),
            ("feature-1", "Environments-9"),
        ] {
            let found = octopus.environments(&[EnvironmentName::new(word)], call).await.unwrap();
            assert_eq!(found[0].0.as_str(), id, "{word}");
        }
    }
}
