//! A world that is being made from its seed: names become ids, and each name that does not exist is a problem.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::sandbox::world::lookups::slug;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;

/// The world so far, and the problems of its seed.
pub(super) struct Seeder {
    pub(super) world: World,
    pub(super) problems: Vec<String>,
    pub(super) now: Timestamp,
}

/// The slug that the seed gives, or one made from the name that is not taken yet.
///
/// # Errors
///
/// The slug that the seed gives is taken.
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

impl Seeder {
    /// The slug; where there is none, its problem is added and the slug is blank.
    pub(super) fn checked(&mut self, slug: Result<String, String>, place: &str) -> String {
        slug.unwrap_or_else(|problem| {
            self.problems.push(format!("{place}: {problem}"));
            String::new()
        })
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

    /// The id of a lifecycle by its name.
    pub(super) fn lifecycle_id(&mut self, space: &Id, name: &str, place: &str) -> Id {
        let found = self.world.lifecycles.iter().find(|it| it.space == *space && it.name == name);
        if let Some(found) = found {
            return found.id.clone();
        }
        self.problems.push(format!("{place}: there is no lifecycle '{name}'"));
        Id::new()
    }

    /// Adds a problem for each tenant tag that the space does not have.
    pub(super) fn check_tags(&mut self, space: &Id, tags: &[String], place: &str) {
        for tag in tags {
            if !self.world.tag_exists(space, tag) {
                self.problems.push(format!("{place}: there is no tenant tag '{tag}'"));
            }
        }
    }

    /// A map from project names to environment names, by ids.
    pub(super) fn scope(&mut self, space: &Id, map: &Map<String, Value>, place: &str) -> Vec<(Id, Vec<Id>)> {
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

    /// The ids of tenants by their names.
    pub(super) fn tenant_ids(&mut self, space: &Id, names: &[String], place: &str) -> Vec<Id> {
        let mut ids = Vec::new();
        for name in names {
            match self.world.tenant_named(space, name) {
                Some(found) => ids.push(found.id.clone()),
                None => self.problems.push(format!("{place}: there is no tenant '{name}'")),
            }
        }
        ids
    }
}
