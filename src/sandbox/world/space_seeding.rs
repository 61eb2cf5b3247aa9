//! From a seed to a world: what a space holds, its projects aside.

use jiff::SignedDuration;

use crate::sandbox::world::seed::elements;
use crate::sandbox::world::seeder::{Seeder, free_slug};
use crate::sandbox::world::space_seed::{
    EnvironmentSeed, FeedSeed, FreezeSeed, LifecycleSeed, MachineSeed, PackageSeed, SpaceSeed, TagSetSeed,
    TenantSeed,
};
use crate::sandbox::world::stored::{
    Environment, Feed, Freeze, Id, Lifecycle, Machine, Package, Phase, TagSet, Tenant,
};

impl Seeder {
    pub(super) fn environments(&mut self, seed: &SpaceSeed, space: &Id) {
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

    pub(super) fn lifecycles(&mut self, seed: &SpaceSeed, space: &Id) {
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

    pub(super) fn feeds(&mut self, seed: &SpaceSeed, space: &Id) {
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

    pub(super) fn tag_sets(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': tagSets", seed.name);
        let all: Vec<TagSetSeed> = elements(&seed.tag_sets, &place, &mut self.problems);
        for seed in all {
            let id = self.world.mint("TagSets");
            self.world.tag_sets.push(TagSet { id, space: space.clone(), name: seed.name, tags: seed.tags });
        }
    }

    pub(super) fn tenants(&mut self, seed: &SpaceSeed, space: &Id) {
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

    pub(super) fn machines(&mut self, seed: &SpaceSeed, space: &Id) {
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

    pub(super) fn freezes(&mut self, seed: &SpaceSeed, space: &Id) {
        let place = format!("space '{}': freezes", seed.name);
        let all: Vec<FreezeSeed> = elements(&seed.freezes, &place, &mut self.problems);
        for seed in all {
            let place = format!("freeze '{}'", seed.name);
            let projects = self.scope(space, &seed.projects, &place);
            let tenants = self.tenant_ids(space, &seed.tenants, &place);
            let after = |seconds: f64| {
                let span = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
                self.now.saturating_add(span).unwrap_or(self.now)
            };
            let start = after(seed.starts_in.map_or(-3600.0, |it| it.0));
            let end = after(seed.ends_in.0);
            let id = self.world.mint("DeploymentFreezes");
            self.world.freezes.push(Freeze { id, name: seed.name, start, end, projects, tenants });
        }
    }
}
