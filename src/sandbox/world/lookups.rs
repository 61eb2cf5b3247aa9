//! Finds things by id, by name or by either, and writes ids, slugs and times.

use jiff::Timestamp;

use crate::sandbox::world::accounts::User;
use crate::sandbox::world::made::{Deployment, Release};
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::running::Task;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Channel, Environment, Lifecycle, Project, Tenant};

impl World {
    pub(super) fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|it| it.id == id)
    }

    pub(super) fn environment(&self, id: &str) -> Option<&Environment> {
        self.environments.iter().find(|it| it.id == id)
    }

    pub(super) fn tenant(&self, id: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|it| it.id == id)
    }

    pub(super) fn channel(&self, id: &str) -> Option<&Channel> {
        self.channels.iter().find(|it| it.id == id)
    }

    pub(super) fn release(&self, id: &str) -> Option<&Release> {
        self.releases.get(place_of(id, "Releases-")?)
    }

    pub(super) fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.get(place_of(id, "ServerTasks-")?)
    }

    pub(super) fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.deployments.get(place_of(id, "Deployments-")?)
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|it| it.id == id)
    }

    /// The name of an environment; blank if there is none.
    pub(super) fn environment_name(&self, id: &str) -> &str {
        self.environment(id).map_or("", |it| it.name.as_str())
    }

    /// The environment of a space by its name alone, ignoring case.
    pub(super) fn environment_named(&self, space: &str, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|it| it.space == space && it.name.eq_ignore_ascii_case(name))
    }

    /// The project of a space by its name alone, ignoring case.
    pub(super) fn project_named(&self, space: &str, name: &str) -> Option<&Project> {
        self.projects.iter().find(|it| it.space == space && it.name.eq_ignore_ascii_case(name))
    }

    /// The project of a space by its id, else by its name, else by its slug: the slug of a renamed project
    /// may be another project's name, and their order in the list does not matter.
    pub(super) fn find_project(&self, space: &str, wanted: &str) -> Option<&Project> {
        let by_id = || self.projects.iter().find(|it| it.space == space && it.id == wanted);
        let by_slug = || self.projects.iter().find(|it| it.space == space && it.slug == wanted);
        by_id().or_else(|| self.project_named(space, wanted)).or_else(by_slug)
    }

    /// The tenant of a space by its name alone, ignoring case.
    pub(super) fn tenant_named(&self, space: &str, name: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|it| it.space == space && it.name.eq_ignore_ascii_case(name))
    }

    /// The lifecycle that a channel's releases follow.
    pub(super) fn lifecycle_of(&self, channel: &str) -> Option<&Lifecycle> {
        let channel = self.channel(channel)?;
        let own = channel.lifecycle.as_deref();
        let id = own.or_else(|| self.project(&channel.project).map(|it| it.lifecycle.as_str()))?;
        self.lifecycles.iter().find(|it| it.id == id)
    }

    /// Whether the project's process has changed since the release took its snapshot.
    pub(super) fn process_changed(&self, release: &Release) -> bool {
        let now = self.project(&release.project).map(|it| it.steps.as_slice()).unwrap_or_default();
        !now.iter().map(|it| &it.id).eq(release.steps.iter().map(|it| &it.id))
    }

    /// The version of the project's release that was assembled last.
    pub(super) fn last_version(&self, project: &str) -> Option<&str> {
        self.releases.iter().rev().find(|it| it.project == project).map(|it| it.version.as_str())
    }

    /// The release of a project with exactly this version, ignoring case.
    pub(super) fn find_release(&self, project: &str, version: &str) -> Option<&Release> {
        let mut all = self.releases.iter().rev().filter(|it| it.project == project);
        all.find(|it| it.version.eq_ignore_ascii_case(version) || it.id == version)
    }
}

/// The index of a thing from its id, for kinds that are numbered from 1 in the order of their list and never
/// removed.
pub(super) fn place_of(id: &str, prefix: &str) -> Option<usize> {
    id.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1)
}

/// What a lookup found, or 404.
pub(super) fn there<T>(found: Option<T>, kind: &str, id: &str) -> Result<T, Refusal> {
    found.ok_or_else(|| Refusal::unknown(kind, id))
}

/// A name as a slug: lower case, words joined by `-`.
pub(super) fn slug(name: &str) -> String {
    let mapped =
        name.chars().map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' });
    let text: String = mapped.collect();
    text.split('-').filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-")
}

/// A time as the server writes it, `2026-05-01T08:02:00.000+00:00`.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}
