//! From the names that users write to the server's ids.

use futures_util::future::try_join;

use crate::backend::{BackendError, Call, Notice};
use crate::model::{ChannelName, EnvironmentName, ProjectName, Tenants, nearness};
use crate::octopus::{self as api, ChannelId, EnvironmentId, ProjectId, SpaceId, TenantId};

use super::Octopus;

impl Octopus {
    /// The space's id. Only a name costs a request, and only once.
    pub(super) async fn space(&self, call: Call<'_>) -> Result<SpaceId, BackendError> {
        if let Some(known) = self.memory().space.clone() {
            return Ok(known);
        }
        let name = self.space.as_ref().map(|it| it.as_str());
        let id = match name.and_then(SpaceId::recognise) {
            Some(id) => id,
            None => self.look_up_space(name, call).await?,
        };
        self.memory().space = Some(id.clone());
        Ok(id)
    }

    async fn look_up_space(&self, name: Option<&str>, call: Call<'_>) -> Result<SpaceId, BackendError> {
        let spaces = self.look("looking up the space", &api::space::list(name), call).await?.items;
        let found = spaces.iter().find(|it| match name {
            Some(name) => same(&it.name, name) || same(&it.slug, name),
            None => it.is_default,
        });
        let Some(space) = found else {
            return Err(match name {
                Some(name) => {
                    let all = self.look("looking up the spaces", &api::space::list(None), call).await?.items;
                    unknown("space", name, all.into_iter().map(|it| it.name))
                }
                None => BackendError::Impossible(
                    "the server has no default space that the credential may see; name the space".into(),
                ),
            });
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
        match ProjectId::recognise(name.as_str()) {
            Some(id) => Ok(id),
            None => Ok(self.project(name, call).await?.id),
        }
    }

    /// The project's document.
    pub(super) async fn project(
        &self,
        name: &ProjectName,
        call: Call<'_>,
    ) -> Result<api::project::Project, BackendError> {
        let key = name.as_str().to_lowercase();
        if let Some(known) = self.memory().projects.get(&key).cloned() {
            return Ok(known);
        }
        let space = self.space(call).await?;
        let project = match self.project_by_id_or_slug(&space, name, call).await? {
            Some(project) => project,
            None => self.project_by_name(&space, name, call).await?,
        };
        self.memory().projects.insert(key, project.clone());
        Ok(project)
    }

    /// A display name is not asked for here: the server answers 404 to it.
    async fn project_by_id_or_slug(
        &self,
        space: &SpaceId,
        name: &ProjectName,
        call: Call<'_>,
    ) -> Result<Option<api::project::Project>, BackendError> {
        let text = name.as_str();
        let like_a_slug = text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        if !like_a_slug && ProjectId::recognise(text).is_none() {
            return Ok(None);
        }
        match self.client.look(&api::project::by_id_or_slug(space, text), self.patience(call)).await {
            Ok(answer) => Ok(Some(answer.value)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(BackendError::from_client(format!("looking up project '{name}'"), error)),
        }
    }

    async fn project_by_name(
        &self,
        space: &SpaceId,
        name: &ProjectName,
        call: Call<'_>,
    ) -> Result<api::project::Project, BackendError> {
        let doing = format!("looking up project '{name}'");
        let found = self.look(&doing, &api::project::list(space, Some(name.as_str())), call).await?.items;
        if let Some(project) = found.into_iter().find(|it| name.is(&it.name) || name.is(&it.slug)) {
            return Ok(project);
        }
        let all = self.look(&doing, &api::project::list(space, None), call).await?.items;
        Err(unknown("project", name.as_str(), all.into_iter().map(|it| it.name)))
    }

    /// The environments with these names, in the same order. The server's search is by part of a name, so
    /// what it finds is compared whole.
    pub(super) async fn environments(
        &self,
        names: &[EnvironmentName],
        call: Call<'_>,
    ) -> Result<Vec<(EnvironmentId, EnvironmentName)>, BackendError> {
        if let Some(found) = self.known_environments(names) {
            return Ok(found);
        }
        let space = self.space(call).await?;
        let doing = "looking up environments";
        let fetched = match names {
            [one] => self.look(doing, &api::environment::list(&space, Some(one.as_str())), call).await?.items,
            _ => self.look(doing, &api::environment::all(&space), call).await?,
        };
        self.memory().environments.extend(fetched);
        if let Some(found) = self.known_environments(names) {
            return Ok(found);
        }
        let all = self.look(doing, &api::environment::all(&space), call).await?;
        let is_known =
            |name: &&EnvironmentName| all.iter().any(|it| name.is(&it.name) || name.is(it.id.as_str()));
        let missing = names.iter().find(|name| !is_known(name)).map_or("", |it| it.as_str());
        Err(unknown("environment", missing, all.iter().map(|it| it.name.clone())))
    }

    fn known_environments(&self, names: &[EnvironmentName]) -> Option<Vec<(EnvironmentId, EnvironmentName)>> {
        let memory = self.memory();
        let find = |name: &EnvironmentName| {
            let known = memory.environments.iter().find(|it| name.is(&it.name) || name.is(it.id.as_str()));
            match known {
                Some(known) => Some((known.id.clone(), EnvironmentName::new(&known.name))),
                None => EnvironmentId::recognise(name.as_str()).map(|id| (id, name.clone())),
            }
        };
        names.iter().map(find).collect()
    }

    /// The name of an environment for people; its id where the name cannot be learned.
    pub(super) async fn environment_name(&self, id: &EnvironmentId, call: Call<'_>) -> EnvironmentName {
        let known = |this: &Self| {
            this.memory().environments.iter().find(|it| it.id == *id).map(|it| EnvironmentName::new(&it.name))
        };
        if let Some(name) = known(self) {
            return name;
        }
        if let Ok(space) = self.space(call).await
            && let Ok(all) = self.client.look(&api::environment::all(&space), self.patience(call)).await
        {
            self.memory().environments.extend(all.value);
        }
        known(self).unwrap_or_else(|| EnvironmentName::new(id.as_str()))
    }

    /// The channel of a project.
    pub(super) async fn channel(
        &self,
        project: &ProjectId,
        name: Option<&ChannelName>,
        call: Call<'_>,
    ) -> Result<(ChannelId, String), BackendError> {
        let space = self.space(call).await?;
        let channels =
            self.look("looking up channels", &api::channel::of_project(&space, project), call).await?.items;
        let found = channels.iter().find(|it| match name {
            Some(name) => name.is(&it.name) || name.is(it.id.as_str()),
            None => it.is_default,
        });
        match (found, name) {
            (Some(channel), _) => Ok((channel.id.clone(), channel.name.clone())),
            (None, Some(name)) => {
                Err(unknown("channel", name.as_str(), channels.into_iter().map(|it| it.name)))
            }
            (None, None) => {
                Err(BackendError::Impossible("the project has no default channel; name one".into()))
            }
        }
    }

    /// The tenants that are meant, in the order of their names for `*` and tags. All are linked to the
    /// project and to every one of `environments`; a named one that is not is an error.
    pub(super) async fn tenants(
        &self,
        project: &ProjectId,
        meant: &Tenants,
        environments: &[EnvironmentId],
        call: Call<'_>,
    ) -> Result<Vec<(TenantId, String)>, BackendError> {
        self.list_tenants(Some(project), meant, call).await?.meant(project, meant, environments)
    }

    /// What the server lists of tenants, of one project only where its id is known.
    pub(super) async fn list_tenants(
        &self,
        project: Option<&ProjectId>,
        meant: &Tenants,
        call: Call<'_>,
    ) -> Result<ListedTenants, BackendError> {
        let tags: Vec<String> = match meant {
            Tenants::Untenanted => return Ok(ListedTenants::default()),
            Tenants::Some { tags, .. } => tags.iter().map(ToString::to_string).collect(),
            Tenants::All => Vec::new(),
        };
        let space = self.space(call).await?;
        let list = async |tags| {
            let filter = api::tenant::TenantFilter { project, tags, partial_name: None };
            self.look("looking up tenants", &api::tenant::list(&space, filter), call).await
        };
        let tagged = async { if tags.is_empty() { Ok(Vec::new()) } else { Ok(list(&tags).await?.items) } };
        let (all, tagged) = try_join(list(&[]), tagged).await?;
        self.memory().tenants.extend(all.items.iter().cloned());
        Ok(ListedTenants { all: all.items, tagged })
    }

    /// The name of a tenant for people; its id where the name cannot be learned.
    pub(super) async fn tenant_name(&self, id: &TenantId, call: Call<'_>) -> String {
        let known =
            |this: &Self| this.memory().tenants.iter().find(|it| it.id == *id).map(|it| it.name.clone());
        if let Some(name) = known(self) {
            return name;
        }
        if let Ok(space) = self.space(call).await {
            for request in api::tenant::by_ids(&space, std::slice::from_ref(id)) {
                if let Ok(page) = self.client.look(&request, self.patience(call)).await {
                    self.memory().tenants.extend(page.value.items);
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

/// What the server lists of tenants: all that a name can mean, and those that have the tags.
#[derive(Default)]
pub(super) struct ListedTenants {
    all: Vec<api::tenant::Tenant>,
    tagged: Vec<api::tenant::Tenant>,
}

impl ListedTenants {
    /// Those that are meant and linked, as [`Octopus::tenants`] says.
    pub(super) fn meant(
        &self,
        project: &ProjectId,
        meant: &Tenants,
        environments: &[EnvironmentId],
    ) -> Result<Vec<(TenantId, String)>, BackendError> {
        let linked = |it: &api::tenant::Tenant| {
            let places = it.project_environments.get(project);
            environments.iter().all(|one| places.is_some_and(|them| them.contains(one)))
        };
        let mut found = Vec::new();
        let names: &[_] = match meant {
            Tenants::Untenanted => return Ok(Vec::new()),
            Tenants::All => &[],
            Tenants::Some { names, .. } => names,
        };
        for name in names {
            let Some(tenant) = self.all.iter().find(|it| name.is(&it.name) || name.is(it.id.as_str())) else {
                return Err(unknown("tenant", name.as_str(), self.all.iter().map(|it| it.name.clone())));
            };
            if !linked(tenant) {
                return Err(BackendError::Impossible(format!(
                    "tenant '{name}' is not linked to this project in the environments of this action; \
                     link it on the tenant's page"
                )));
            }
            found.push(tenant.clone());
        }
        let more = if *meant == Tenants::All { &self.all } else { &self.tagged };
        found.extend(more.iter().filter(|it| linked(it) && !it.is_disabled).cloned());
        let mut seen = std::collections::HashSet::new();
        found.retain(|it| seen.insert(it.id.clone()));
        if found.is_empty() {
            return Err(BackendError::Impossible(
                "no tenant matches: check the tags, and that tenants are linked to the project and the environment"
                    .into(),
            ));
        }
        Ok(found.into_iter().map(|it| (it.id, it.name)).collect())
    }
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
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
