//! From a seed to a world: ids are given out, names are resolved, and every name that leads nowhere
//! is a problem.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::sandbox::world::access::User;
use crate::sandbox::world::history;
use crate::sandbox::world::limits::Buckets;
use crate::sandbox::world::project_seed::ProjectSeed;
use crate::sandbox::world::seed::PackageSeed;
use crate::sandbox::world::seed::{
    EnvironmentSeed, FeedSeed, FreezeSeed, LifecycleSeed, MachineSeed, Seed, SeedError, SpaceSeed,
    TagSetSeed, TenantSeed, UserSeed, elements,
};
use crate::sandbox::world::state::{
    Environment, Feed, Freeze, Id, Lifecycle, Machine, Package, Phase, Space, TagSet, Tenant,
};
use crate::sandbox::world::{World, slug};

/// The world of a seed.
pub(super) fn found(json: &str, now: Timestamp, scale: f64) -> Result<World, SeedError> {
    let seed: Seed =
        serde_json::from_str(json).map_err(|error| SeedError { problems: vec![error.to_string()] })?;
    let mut founder = Founder { world: World::empty(now, scale), problems: Vec::new(), now };
    founder.world.version.clone_from(&seed.version);
    founder.world.base_path = seed.base_path.trim_end_matches('/').to_owned();
    if !seed.base_path.is_empty() && !seed.base_path.starts_with('/') {
        founder.problems.push("basePath: it begins with /".to_owned());
    }
    founder.world.task_cap = seed.task_cap;
    founder.world.maintenance = seed.maintenance;
    founder.world.automatic_delay = seed.automatic_delay.map(|it| it.0);
    founder.world.form_values = seed.form_values;
    founder.world.list_items = seed.list_items;
    founder.world.buckets = seed.rate_limit.map(Buckets::new);
    founder.world.teams = elements(&seed.teams, "teams", &mut founder.problems);
    let spaces: Vec<SpaceSeed> = elements(&seed.spaces, "spaces", &mut founder.problems);
    if spaces.is_empty() {
        founder.problems.push("spaces: at least one space is needed".to_owned());
    }
    // Users come first so that the past can be theirs; the names that they mention are checked last.
    let users: Vec<UserSeed> = elements(&seed.users, "users", &mut founder.problems);
    founder.users(&users);
    for space in &spaces {
        founder.space(space);
    }
    founder.check_users(&users);
    if founder.problems.is_empty() {
        Ok(founder.world)
    } else {
        Err(SeedError { problems: founder.problems })
    }
}

pub(super) struct Founder {
    pub(super) world: World,
    pub(super) problems: Vec<String>,
    now: Timestamp,
}

/// The slug of a thing: its own, or one made from its name that is not taken yet.
///
/// # Errors
///
/// Another thing has the slug that was given.
pub(super) fn free_slug<'a>(
    given: Option<&str>,
    name: &str,
    taken: impl Iterator<Item = &'a str>,
) -> Result<String, String> {
    let taken: Vec<&str> = taken.collect();
    match given {
        Some(given) if taken.contains(&given) => Err(format!("the slug '{given}' is taken")),
        Some(given) => Ok(given.to_owned()),
        None => {
            let plain = slug(name);
            let numbered = (1..).map(|number| format!("{plain}-{number}"));
            let mut all = std::iter::once(plain.clone()).chain(numbered);
            Ok(all.find(|it| !taken.contains(&it.as_str())).unwrap_or(plain))
        }
    }
}

impl Founder {
    /// A slug, or a problem.
    pub(super) fn checked(&mut self, slug: Result<String, String>, place: &str) -> String {
        slug.unwrap_or_else(|problem| {
            self.problems.push(format!("{place}: {problem}"));
            String::new()
        })
    }

    fn users(&mut self, users: &[UserSeed]) {
        for seed in users {
            let user = User {
                id: self.world.mint("Users"),
                username: seed.username.clone(),
                display_name: seed.display_name.clone().unwrap_or_else(|| seed.username.clone()),
                service_account: seed.service_account,
                api_keys: seed.api_keys.clone(),
                teams: seed.teams.clone(),
                grants: seed.permissions.clone(),
                without: seed.without.clone(),
                oidc: seed.oidc.clone(),
            };
            self.world.users.push(user);
        }
        // Last, and without a key: who deploys to automatic targets.
        self.world.users.push(User::of_the_server());
    }

    fn check_users(&mut self, users: &[UserSeed]) {
        for user in users {
            let place = format!("user '{}'", user.username);
            for key in &user.api_keys {
                let body = key.strip_prefix("API-").unwrap_or("");
                let allowed = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit();
                if body.is_empty() || !body.chars().all(allowed) {
                    self.problems.push(format!("{place}: a key is API- and upper-case letters and digits"));
                }
            }
            for team in &user.teams {
                if !self.world.teams.iter().any(|it| it.id == *team) {
                    self.problems.push(format!("{place}: there is no team '{team}'"));
                }
            }
            for grant in &user.permissions {
                for name in &grant.environments {
                    if !self.world.environments.iter().any(|it| it.name == *name) {
                        self.problems.push(format!("{place}: there is no environment '{name}'"));
                    }
                }
                for name in &grant.projects {
                    if !self.world.projects.iter().any(|it| it.name == *name) {
                        self.problems.push(format!("{place}: there is no project '{name}'"));
                    }
                }
            }
        }
    }

    fn space(&mut self, seed: &SpaceSeed) {
        let id = self.world.mint("Spaces");
        let taken = self.world.spaces.iter().map(|it| it.slug.as_str());
        let own_slug = free_slug(seed.slug.as_deref(), &seed.name, taken);
        let own_slug = self.checked(own_slug, &format!("space '{}'", seed.name));
        self.world.spaces.push(Space {
            id: id.clone(),
            name: seed.name.clone(),
            slug: own_slug,
            is_default: seed.default,
            queue_stopped: seed.task_queue_stopped,
        });
        self.environments(seed, &id);
        self.lifecycles(seed, &id);
        self.feeds(seed, &id);
        self.tag_sets(seed, &id);
        let place = |list: &str| format!("space '{}': {list}", seed.name);
        let projects: Vec<ProjectSeed> = elements(&seed.projects, &place("projects"), &mut self.problems);
        for project in &projects {
            self.project(project, &id);
        }
        self.tenants(seed, &id);
        self.machines(seed, &id);
        self.freezes(seed, &id);
        let problems = history::play(&mut self.world, &id, &projects, self.now);
        self.problems.extend(problems);
    }

    fn environments(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': environments", seed.name);
        let all: Vec<EnvironmentSeed> = elements(&seed.environments, &place, &mut self.problems);
        for (at, seed) in all.iter().enumerate() {
            let taken = self.world.environments.iter().filter(|it| it.space == *space);
            let own_slug = free_slug(seed.slug.as_deref(), &seed.name, taken.map(|it| it.slug.as_str()));
            let own_slug = self.checked(own_slug, &format!("environment '{}'", seed.name));
            let environment = Environment {
                id: self.world.mint("Environments"),
                space: space.clone(),
                name: seed.name.clone(),
                slug: own_slug,
                sort: at + 1,
                guided_failure: seed.guided_failure,
            };
            self.world.environments.push(environment);
        }
    }

    /// The ids of environments by their names.
    pub(super) fn environment_ids(&mut self, space: &Id, names: &[String], place: &str) -> Vec<Id> {
        let mut ids = Vec::new();
        for name in names {
            match self.world.environment_named(space, name) {
                Some(found) => ids.push(found.id.clone()),
                None => self.problems.push(format!("{place}: there is no environment '{name}'")),
            }
        }
        ids
    }

    fn lifecycles(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': lifecycles", seed.name);
        let all: Vec<LifecycleSeed> = elements(&seed.lifecycles, &place, &mut self.problems);
        for seed in &all {
            let place = format!("lifecycle '{}'", seed.name);
            let mut phases = Vec::new();
            for phase in &seed.phases {
                phases.push(Phase {
                    name: phase.name.clone(),
                    automatic: self.environment_ids(space, &phase.automatic, &place),
                    optional: self.environment_ids(space, &phase.environments, &place),
                    minimum: phase.minimum,
                    is_optional: phase.optional,
                });
            }
            let id = self.world.mint("Lifecycles");
            self.world.lifecycles.push(Lifecycle {
                id,
                space: space.clone(),
                name: seed.name.clone(),
                phases,
            });
        }
    }

    pub(super) fn lifecycle_id(&mut self, space: &Id, name: &str, place: &str) -> Id {
        let found = self.world.lifecycles.iter().find(|it| it.space == *space && it.name == name);
        if let Some(found) = found {
            return found.id.clone();
        }
        self.problems.push(format!("{place}: there is no lifecycle '{name}'"));
        Id::new()
    }

    fn feeds(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': feeds", seed.name);
        let all: Vec<FeedSeed> = elements(&seed.feeds, &place, &mut self.problems);
        for seed in &all {
            let id = seed.id.clone().unwrap_or_else(|| self.world.mint("Feeds"));
            let package = |it: &PackageSeed| Package {
                id: it.id.clone(),
                versions: it.versions.clone(),
                any_version: it.any_version,
            };
            self.world.feeds.push(Feed {
                id,
                space: space.clone(),
                name: seed.name.clone(),
                kind: seed.kind.clone().unwrap_or_else(|| "BuiltIn".to_owned()),
                packages: seed.packages.iter().map(package).collect(),
            });
        }
    }

    fn tag_sets(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': tagSets", seed.name);
        let all: Vec<TagSetSeed> = elements(&seed.tag_sets, &place, &mut self.problems);
        for seed in all {
            let id = self.world.mint("TagSets");
            self.world.tag_sets.push(TagSet { id, space: space.clone(), name: seed.name, tags: seed.tags });
        }
    }

    pub(super) fn check_tags(&mut self, space: &Id, tags: &[String], place: &str) {
        for tag in tags {
            if !self.world.tag_exists(space, tag) {
                self.problems.push(format!("{place}: there is no tenant tag '{tag}'"));
            }
        }
    }

    /// A map from project names to environment names, by ids.
    fn scope(&mut self, space: &Id, map: &Map<String, Value>, place: &str) -> Vec<(Id, Vec<Id>)> {
        let mut scope = Vec::new();
        for (project, environments) in map {
            let names: Vec<String> = serde_json::from_value(environments.clone()).unwrap_or_else(|_| {
                self.problems.push(format!("{place}: '{project}' needs a list of environment names"));
                Vec::new()
            });
            let ids = self.environment_ids(space, &names, place);
            match self.world.project_named(space, project) {
                Some(found) => scope.push((found.id.clone(), ids)),
                None => self.problems.push(format!("{place}: there is no project '{project}'")),
            }
        }
        scope
    }

    fn tenants(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': tenants", seed.name);
        let all: Vec<TenantSeed> = elements(&seed.tenants, &place, &mut self.problems);
        for seed in all {
            let place = format!("tenant '{}'", seed.name);
            self.check_tags(space, &seed.tags, &place);
            let projects = self.scope(space, &seed.projects, &place);
            let taken = self.world.tenants.iter().filter(|it| it.space == *space);
            let own_slug = free_slug(seed.slug.as_deref(), &seed.name, taken.map(|it| it.slug.as_str()));
            let own_slug = self.checked(own_slug, &place);
            let id = self.world.mint("Tenants");
            self.world.tenants.push(Tenant {
                id,
                space: space.clone(),
                slug: own_slug,
                name: seed.name,
                tags: seed.tags,
                projects,
                disabled: seed.disabled,
            });
        }
    }

    fn tenant_ids(&mut self, space: &Id, names: &[String], place: &str) -> Vec<Id> {
        let mut ids = Vec::new();
        for name in names {
            match self.world.tenant_named(space, name) {
                Some(found) => ids.push(found.id.clone()),
                None => self.problems.push(format!("{place}: there is no tenant '{name}'")),
            }
        }
        ids
    }

    fn machines(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': machines", seed.name);
        let all: Vec<MachineSeed> = elements(&seed.machines, &place, &mut self.problems);
        for seed in all {
            let place = format!("machine '{}'", seed.name);
            let environments = self.environment_ids(space, &seed.environments, &place);
            let tenants = self.tenant_ids(space, &seed.tenants, &place);
            let id = self.world.mint("Machines");
            self.world.machines.push(Machine {
                id,
                space: space.clone(),
                name: seed.name,
                environments,
                roles: seed.roles,
                tenants,
                disabled: seed.disabled,
                health: seed.health.unwrap_or_else(|| "Healthy".to_owned()),
            });
        }
    }

    fn freezes(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': freezes", seed.name);
        let all: Vec<FreezeSeed> = elements(&seed.freezes, &place, &mut self.problems);
        for seed in all {
            let place = format!("freeze '{}'", seed.name);
            let projects = self.scope(space, &seed.projects, &place);
            let tenants = self.tenant_ids(space, &seed.tenants, &place);
            let after = |seconds: f64| {
                let span = jiff::SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
                self.now.saturating_add(span).unwrap_or(self.now)
            };
            let start = after(seed.starts_in.map_or(-3600.0, |it| it.0));
            let end = after(seed.ends_in.0);
            let id = self.world.mint("DeploymentFreezes");
            self.world.freezes.push(Freeze { id, name: seed.name, start, end, projects, tenants });
        }
    }
}
