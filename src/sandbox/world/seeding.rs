//! From a seed to a world: ids are assigned, and names are resolved.

use jiff::Timestamp;

use crate::sandbox::world::accounts::User;
use crate::sandbox::world::history;
use crate::sandbox::world::limits::Buckets;
use crate::sandbox::world::project_seed::ProjectSeed;
use crate::sandbox::world::seed::{GrantSeed, Seed, SeedError, UserSeed, elements};
use crate::sandbox::world::seeder::{Seeder, free_slug};
use crate::sandbox::world::space_seed::SpaceSeed;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Space;

/// The world that a seed describes.
///
/// # Errors
///
/// Every problem of the seed.
pub(super) fn seed_world(json: &str, now: Timestamp, scale: f64) -> Result<World, SeedError> {
    let seed: Seed =
        serde_json::from_str(json).map_err(|error| SeedError { problems: vec![error.to_string()] })?;
    let mut seeder = Seeder { world: World::empty(now, scale), problems: Vec::new(), now };
    seeder.server(&seed);
    let spaces: Vec<SpaceSeed> = elements(&seed.spaces, "spaces", &mut seeder.problems);
    if spaces.is_empty() {
        seeder.problems.push("spaces: at least one space is needed".to_owned());
    }
    // Users come first, since the past refers to them; the names in their grants are checked last.
    let users: Vec<UserSeed> = elements(&seed.users, "users", &mut seeder.problems);
    seeder.users(&users);
    for space in &spaces {
        seeder.space(space);
    }
    seeder.check_users(&users);
    if seeder.problems.is_empty() { Ok(seeder.world) } else { Err(SeedError { problems: seeder.problems }) }
}

impl Seeder {
    /// Sets the properties of the whole server.
    fn server(&mut self, seed: &Seed) {
        self.world.version.clone_from(&seed.version);
        self.world.base_path = seed.base_path.trim_end_matches('/').to_owned();
        if !seed.base_path.is_empty() && !seed.base_path.starts_with('/') {
            self.problems.push("basePath: it begins with /".to_owned());
        }
        self.world.task_cap = seed.task_cap;
        self.world.maintenance = seed.maintenance;
        self.world.automatic_delay = seed.automatic_delay.map(|it| it.0);
        self.world.form_values = seed.form_values;
        self.world.list_items = seed.list_items;
        self.world.buckets = seed.rate_limit.map(Buckets::new);
        self.world.teams = elements(&seed.teams, "teams", &mut self.problems);
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
        // Last, and without a key: the user who deploys to automatic targets.
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
                self.check_grant(grant, &place);
            }
        }
    }

    fn check_grant(&mut self, grant: &GrantSeed, place: &str) {
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
}
