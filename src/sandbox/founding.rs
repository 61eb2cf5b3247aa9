//! From a seed to a world: ids are given out, names are resolved, and every name that leads nowhere
//! is a problem.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::sandbox::access::User;
use crate::sandbox::history;
use crate::sandbox::limits::Buckets;
use crate::sandbox::seed::{
    EnvironmentSeed, FeedSeed, FreezeSeed, LifecycleSeed, MachineSeed, ProjectSeed, Seed, SeedError,
    SpaceSeed, TagSetSeed, TenantSeed, UserSeed, elements,
};
use crate::sandbox::state::{
    Channel, Environment, Feed, Freeze, Id, Lifecycle, Machine, Package, Phase, Project, Space, Step, TagSet,
    Tenant, Variable,
};
use crate::sandbox::world::{World, slug};

const VERSION_TEMPLATE: &str =
    "#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}";

/// The world of a seed.
pub(super) fn found(json: &str, now: Timestamp, scale: f64) -> Result<World, SeedError> {
    let seed: Seed =
        serde_json::from_str(json).map_err(|error| SeedError { problems: vec![error.to_string()] })?;
    let mut founder = Founder { world: World::empty(now, scale), problems: Vec::new(), now };
    founder.world.version.clone_from(&seed.version);
    founder.world.task_cap = seed.task_cap;
    founder.world.maintenance = seed.maintenance;
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

struct Founder {
    world: World,
    problems: Vec<String>,
    now: Timestamp,
}

impl Founder {
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
                oidc: seed.oidc.clone(),
            };
            self.world.users.push(user);
        }
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
        self.world.spaces.push(Space {
            id: id.clone(),
            name: seed.name.clone(),
            slug: slug(&seed.name),
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
            let environment = Environment {
                id: self.world.mint("Environments"),
                space: space.clone(),
                name: seed.name.clone(),
                slug: slug(&seed.name),
                sort: at + 1,
                guided_failure: seed.guided_failure,
            };
            self.world.environments.push(environment);
        }
    }

    /// The ids of environments by their names.
    fn environment_ids(&mut self, space: &Id, names: &[String], place: &str) -> Vec<Id> {
        let mut ids = Vec::new();
        for name in names {
            match self.world.find_environment(space, name) {
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

    fn lifecycle_id(&mut self, space: &Id, name: &str, place: &str) -> Id {
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
            let package = |it: &crate::sandbox::seed::PackageSeed| Package {
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

    fn check_tags(&mut self, space: &Id, tags: &[String], place: &str) {
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
            match self.world.find_project(space, project) {
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
            let id = self.world.mint("Tenants");
            self.world.tenants.push(Tenant {
                id,
                space: space.clone(),
                slug: slug(&seed.name),
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
            match self.world.find_tenant(space, name) {
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

    fn project(&mut self, seed: &ProjectSeed, space: &Id) {
        let place = format!("project '{}'", seed.name);
        let id = self.world.mint("Projects");
        let lifecycle = self.lifecycle_id(space, &seed.lifecycle, &place);
        let mut steps = Vec::new();
        for step in &seed.steps {
            let number = self.world.mint("Actions").replace("Actions-", "");
            steps.push(Step { id: format!("ac710000-0000-4000-8000-{number:0>12}"), seed: step.clone() });
        }
        let variables = self.variables(seed);
        self.world.projects.push(Project {
            id: id.clone(),
            space: space.clone(),
            name: seed.name.clone(),
            slug: slug(&seed.name),
            lifecycle,
            mode: seed.mode,
            version_control: seed.version_control.clone(),
            disabled: seed.disabled,
            version_template: seed.version_template.clone().unwrap_or_else(|| VERSION_TEMPLATE.to_owned()),
            guided_failure: seed.guided_failure,
            allow_no_machines: seed.allow_no_machines,
            answers: seed.answers,
            queue_delay: seed.queue_delay.map_or(1.0, |it| it.0),
            steps,
            variables,
            variables_version: 1,
            preconditions: seed.preconditions.clone(),
        });
        self.channels(seed, space, &id);
        self.check_steps(seed, space);
    }

    fn variables(&mut self, seed: &ProjectSeed) -> Vec<Variable> {
        let mut all = Vec::new();
        for (name, value) in &seed.variables {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            all.push((name.clone(), value, false, None));
        }
        for prompt in &seed.prompted_variables {
            all.push((prompt.name.clone(), prompt.default.clone(), prompt.secure, Some(prompt.clone())));
        }
        let mut variables = Vec::new();
        for (name, value, sensitive, prompt) in all {
            let number = self.world.mint("Variables").replace("Variables-", "");
            let id = format!("5a7a0000-0000-4000-8000-{number:0>12}");
            variables.push(Variable { id, name, value, sensitive, prompt, stored: None });
        }
        variables
    }

    /// A project without channels in the seed has the one that every project begins with.
    fn channels(&mut self, seed: &ProjectSeed, space: &Id, project: &Id) {
        let place = format!("project '{}'", seed.name);
        let mut channels = Vec::new();
        for channel in &seed.channels {
            let lifecycle = channel.lifecycle.as_ref().map(|name| self.lifecycle_id(space, name, &place));
            self.check_tags(space, &channel.tenant_tags, &place);
            for step in channel.rules.iter().flat_map(|it| &it.steps) {
                if !seed.steps.iter().any(|it| it.name == *step) {
                    self.problems.push(format!("{place}: channel '{}' names no step '{step}'", channel.name));
                }
            }
            channels.push(Channel {
                id: self.world.mint("Channels"),
                space: space.clone(),
                project: project.clone(),
                name: channel.name.clone(),
                is_default: channel.default,
                lifecycle,
                rules: channel.rules.clone(),
                custom_fields: channel.custom_fields.clone(),
                tenant_tags: channel.tenant_tags.clone(),
            });
        }
        if !channels.iter().any(|it| it.is_default) {
            channels.insert(
                0,
                Channel {
                    id: self.world.mint("Channels"),
                    space: space.clone(),
                    project: project.clone(),
                    name: "Default".to_owned(),
                    is_default: true,
                    lifecycle: None,
                    rules: Vec::new(),
                    custom_fields: Vec::new(),
                    tenant_tags: Vec::new(),
                },
            );
        }
        self.world.channels.extend(channels);
    }

    fn check_steps(&mut self, seed: &ProjectSeed, space: &Id) {
        for step in &seed.steps {
            let place = format!("project '{}': step '{}'", seed.name, step.name);
            self.environment_ids(space, &step.environments, &place);
            self.environment_ids(space, &step.excluded_environments, &place);
            self.check_tags(space, &step.tenant_tags, &place);
            for name in &step.channels {
                if !seed.channels.iter().any(|it| it.name == *name) && name != "Default" {
                    self.problems.push(format!("{place}: there is no channel '{name}'"));
                }
            }
            for team in &step.responsible_teams {
                if !self.world.teams.iter().any(|it| it.id == *team) {
                    self.problems.push(format!("{place}: there is no team '{team}'"));
                }
            }
            for package in &step.packages {
                // An id with an expression cannot be looked up before the deployment.
                if !package.id.contains("#{") && self.world.find_package(space, package).is_none() {
                    self.problems.push(format!("{place}: no feed has the package '{}'", package.id));
                }
            }
        }
        for place_name in seed.prompted_variables.iter().flat_map(|it| &it.environments) {
            let place = format!("project '{}': prompted variables", seed.name);
            self.environment_ids(space, std::slice::from_ref(place_name), &place);
        }
    }
}
