//! From a seed to a world: projects, with their steps, variables and channels.

use crate::sandbox::world::project_seed::ProjectSeed;
use crate::sandbox::world::seeder::{Seeder, free_slug};
use crate::sandbox::world::stored::{Channel, Id, Project, Step, Variable};

const VERSION_TEMPLATE: &str =
    "#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}";

impl Seeder {
    pub(super) fn project(&mut self, seed: &ProjectSeed, space: &Id) {
        let place = format!("project '{}'", seed.name);
        let id = self.world.mint("Projects");
        let lifecycle = self.lifecycle_id(space, &seed.lifecycle, &place);
        let mut steps = Vec::new();
        for step in &seed.steps {
            steps.push(Step { id: self.world.step_id(), seed: step.clone() });
        }
        let variables = self.variables(seed);
        let taken = self.world.projects.iter().filter(|it| it.space == *space);
        let own_slug = free_slug(seed.slug.as_deref(), &seed.name, taken.map(|it| it.slug.as_str()));
        let own_slug = self.checked(own_slug, &place);
        self.world.projects.push(Project {
            id: id.clone(),
            space: space.clone(),
            name: seed.name.clone(),
            slug: own_slug,
            lifecycle,
            mode: seed.mode,
            version_control: seed.version_control.clone(),
            disabled: seed.disabled,
            version_template: seed.version_template.clone().unwrap_or_else(|| VERSION_TEMPLATE.to_owned()),
            release_notes_template: seed.release_notes_template.clone(),
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
        let mut variables = Vec::new();
        for (name, value) in &seed.variables {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let id = self.world.variable_id();
            let name = name.clone();
            variables.push(Variable { id, name, value, sensitive: false, prompt: None, stored: None });
        }
        for prompt in &seed.prompted_variables {
            variables.push(Variable::prompted(self.world.variable_id(), prompt));
        }
        variables
    }

    /// A project without a default channel in the seed gets one named `Default`.
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
            channels.insert(0, self.default_channel(space, project));
        }
        self.world.channels.extend(channels);
    }

    fn default_channel(&mut self, space: &Id, project: &Id) -> Channel {
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
        }
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
                // An id with an expression has no value before the deployment.
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
