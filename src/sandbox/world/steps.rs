//! The steps of a deployment: which ones it goes through, how long each takes, and how each ends.

use crate::sandbox::world::made::{Deployment, Release};
use crate::sandbox::world::process_seed::StepOutcome;
use crate::sandbox::world::running::{Status, StepRun};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Id, Step};

/// How many seconds the server takes to fetch packages.
const ACQUIRE_SECONDS: f64 = 1.0;
/// How many seconds a step takes for which the seed sets no time.
const STEP_SECONDS: f64 = 10.0;

impl World {
    /// The steps that a deployment will go through; those to skip are included, as skipped.
    pub(super) fn step_runs(&self, deployment: &Deployment) -> Vec<StepRun> {
        let steps = self.steps_of(deployment);
        let mut runs = Vec::new();
        let is_skipped = |step: &Step| deployment.order.skipped.contains(&step.id) && !step.seed.required;
        if steps.iter().any(|it| !it.seed.packages.is_empty() && !is_skipped(it)) {
            runs.push(StepRun::new(None, "Acquire packages".to_owned(), Status::Pending));
        }
        for (at, step) in steps.iter().enumerate() {
            let status = if is_skipped(step) { Status::Skipped } else { Status::Pending };
            runs.push(StepRun::new(
                Some(step.id.clone()),
                format!("Step {}: {}", at + 1, step.seed.name),
                status,
            ));
        }
        runs
    }

    /// The enabled steps of the project that are for this deployment's channel, environment and tenant.
    pub(super) fn steps_of(&self, deployment: &Deployment) -> Vec<&Step> {
        let order = &deployment.order;
        let Some(release) = self.release(&order.release) else { return Vec::new() };
        let steps = self.applicable_steps(release, &order.environment, order.tenant.as_deref());
        steps.into_iter().filter(|it| !it.seed.disabled).collect()
    }

    /// The steps that a release has for an environment and a tenant, disabled ones among them.
    pub(super) fn applicable_steps<'a>(
        &self,
        release: &'a Release,
        environment: &str,
        tenant: Option<&str>,
    ) -> Vec<&'a Step> {
        let channel = self.channel(&release.channel).map_or("", |it| it.name.as_str());
        let environment = self.environment_name(environment);
        let tags = tenant.and_then(|it| self.tenant(it)).map(|it| it.tags.as_slice()).unwrap_or_default();
        let named = |names: &[String], name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
        let applies = |step: &&Step| {
            let seed = &step.seed;
            (seed.channels.is_empty() || named(&seed.channels, channel))
                && (seed.environments.is_empty() || named(&seed.environments, environment))
                && !named(&seed.excluded_environments, environment)
                && (seed.tenant_tags.is_empty() || seed.tenant_tags.iter().any(|it| named(tags, it)))
        };
        release.steps.iter().filter(applies).collect()
    }

    /// How many seconds a task's steps take in all, unscaled.
    pub(super) fn expected_seconds(&self, at: usize) -> f64 {
        let runs = self.tasks[at].steps.iter().enumerate();
        runs.filter(|(_, it)| it.status != Status::Skipped).map(|(step, _)| self.step_seconds(at, step)).sum()
    }

    /// How many seconds one step of a task takes, unscaled.
    pub(super) fn step_seconds(&self, at: usize, step: usize) -> f64 {
        match self.tasks[at].steps[step].action {
            None => ACQUIRE_SECONDS,
            Some(_) => self.step_of(at, step).and_then(|it| it.seed.seconds).map_or(STEP_SECONDS, |it| it.0),
        }
    }

    /// Whether there are steps for machines, but no machine for any of them.
    pub(super) fn lacks_machines(&self, deployment: &Deployment) -> bool {
        let steps = self.steps_of(deployment);
        let mut for_machines = steps.iter().filter(|it| !it.seed.roles.is_empty()).peekable();
        for_machines.peek().is_some()
            && for_machines.all(|it| self.machines_for(it, &deployment.order).is_empty())
    }

    /// The step of the process behind a task's step.
    pub(super) fn step_of(&self, at: usize, step: usize) -> Option<&Step> {
        let action = self.tasks[at].steps.get(step)?.action.as_ref()?;
        self.release(&self.release_of(at))?.steps.iter().find(|it| it.id == *action)
    }

    /// The outcome of the step that is running.
    pub(super) fn outcome_of(&self, at: usize, step: usize) -> StepOutcome {
        let Some(seed) = self.step_of(at, step).map(|it| &it.seed) else {
            let missing = self.missing_packages(&self.release_of(at));
            return if missing.is_empty() { StepOutcome::Success } else { StepOutcome::Fail };
        };
        let release = self.release_of(at);
        let version = self.release(&release).map_or("", |it| it.version.as_str());
        let contains = |mark: &Option<String>| mark.as_ref().is_some_and(|it| version.contains(it.as_str()));
        let outcome = if contains(&seed.fails_when_version_contains) {
            StepOutcome::Fail
        } else if contains(&seed.times_out_when_version_contains) {
            StepOutcome::TimeOut
        } else if contains(&seed.warns_when_version_contains) {
            StepOutcome::Warning
        } else {
            seed.outcome
        };
        let tries = self.tasks[at].steps[step].tries;
        let works_now = seed.works_after.is_some_and(|it| tries > it);
        if outcome == StepOutcome::Fail && works_now { StepOutcome::Success } else { outcome }
    }

    /// The id of the release that a task deploys; blank where there is none.
    pub(super) fn release_of(&self, at: usize) -> Id {
        self.deployment(&self.tasks[at].deployment).map_or_else(Id::new, |it| it.order.release.clone())
    }
}
