//! The reasons to refuse a deployment before it is queued.

use jiff::Timestamp;

use crate::sandbox::world::call::Call;
use crate::sandbox::world::lookups::{stamp, there};
use crate::sandbox::world::made::{Order, Release};
use crate::sandbox::world::process_seed::PromptSeed;
use crate::sandbox::world::progression::TenantScope;
use crate::sandbox::world::project_seed::GuidedFailure;
use crate::sandbox::world::refusal::Refusal;
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::{Project, Variable};
use crate::sandbox::world::tenancy::tenancy_fits;

impl World {
    /// Whether guided failure is on by default.
    pub(super) fn guided_by_default(&self, project: &str, environment: &str) -> bool {
        match self.project(project).map_or(GuidedFailure::Off, |it| it.guided_failure) {
            GuidedFailure::On => true,
            GuidedFailure::Off => false,
            GuidedFailure::EnvironmentDefault => {
                self.environment(environment).is_some_and(|it| it.guided_failure)
            }
        }
    }

    /// Checks whether an order may be carried out.
    ///
    /// # Errors
    ///
    /// 403 for a missing permission, else 400 with every reason.
    pub(super) fn admit(&self, call: &Call<'_>, order: &Order) -> Result<(), Refusal> {
        let release = there(self.release(&order.release), "release", &order.release)?;
        let project = there(self.project(&release.project), "project", &release.project)?;
        self.demand(call, "DeploymentCreate", &project.id, &order.environment)?;
        let mut errors = Vec::new();
        if project.disabled {
            errors.push(format!("The project '{}' is disabled.", project.name));
        }
        let tenant = order.tenant.as_deref();
        errors.extend(tenancy_fits(self, &project.id, &order.environment, tenant).err());
        errors.extend(self.obstacle(release, &order.environment, TenantScope::Only(tenant)));
        errors.extend(self.missing_prompts(release, order));
        if order.expires.is_some() && order.run_at.is_none() {
            errors.push("NoRunAfter can only be given together with RunAt.".to_owned());
        }
        if let (Some(from), Some(until)) = (order.run_at, order.expires)
            && until <= from
        {
            errors.push("NoRunAfter must be later than RunAt.".to_owned());
        }
        errors.extend(self.freeze_obstacles(project, order, call.now));
        if errors.is_empty() { Ok(()) } else { Err(Refusal::all_bad(errors)) }
    }

    pub(super) fn freeze_obstacles(&self, project: &Project, order: &Order, now: Timestamp) -> Vec<String> {
        let environment = self.environment_name(&order.environment);
        let at = order.run_at.unwrap_or(now);
        let freezes = self.freezes_for((&project.id, &order.environment, order.tenant.as_deref()), at);
        let mut errors = Vec::new();
        for freeze in freezes {
            let overridden = |it: &String| *it == freeze.id || it.eq_ignore_ascii_case(&freeze.name);
            if !order.overridden_freezes.iter().any(overridden) {
                errors.push(format!(
                    "The deployment of '{}' to {environment} is blocked by the deployment freeze '{}' until {}.",
                    project.name,
                    freeze.name,
                    stamp(freeze.end)
                ));
            }
        }
        let no_reason = order.freeze_reason.as_ref().is_none_or(|it| it.trim().is_empty());
        if !order.overridden_freezes.is_empty() && no_reason {
            errors.push("A reason is needed to override a deployment freeze.".to_owned());
        }
        errors
    }

    /// The prompted variables of a release for an environment.
    pub(super) fn prompts_for<'a>(
        &self,
        release: &'a Release,
        environment: &str,
    ) -> Vec<(&'a Variable, &'a PromptSeed)> {
        let name = self.environment_name(environment).to_owned();
        let applies =
            |names: &[String]| names.is_empty() || names.iter().any(|it| it.eq_ignore_ascii_case(&name));
        release.prompts().filter(|(_, prompt)| applies(&prompt.environments)).collect()
    }

    fn missing_prompts(&self, release: &Release, order: &Order) -> Vec<String> {
        let mut errors = Vec::new();
        for (variable, prompt) in self.prompts_for(release, &order.environment) {
            let given = order.values.iter().find(|(name, _)| name.eq_ignore_ascii_case(&variable.name));
            // The default counts only if no value was sent at all.
            let value = given.map_or(variable.value.as_str(), |(_, value)| value.as_str());
            if prompt.required && value.trim().is_empty() {
                errors.push(format!(
                    "The prompted variable '{}' is required for the deployment to {}, and has no value.",
                    variable.name,
                    self.environment_name(&order.environment)
                ));
            }
        }
        errors
    }
}
