//! Explains why a release or a deployment was refused. The server explains it in free text; promenade also reads the
//! facts, so that the error names the phase, defect or freeze that blocks.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::backend::prepared::Content;
use crate::backend::{BackendError, Context, NewRelease, Prepared};
use crate::octopus::progression::{Phase, PhaseProgress, ReleaseProgression};
use crate::octopus::{self as api, EnvironmentId, ProjectId, ReleaseId, SpaceId};

use super::Octopus;

/// The longest time that an explanation may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl Octopus {
    /// Converts the refusal of a new release into the error about an invalid name, if there is one.
    pub(super) async fn explain_creation(
        &self,
        new: &NewRelease<'_>,
        doing: String,
        error: api::Error,
        context: Context<'_>,
    ) -> BackendError {
        if !matches!(error.status(), Some(400 | 404 | 409)) {
            return BackendError::from_client(doing, error);
        }
        let context = Context { deadline: context.deadline.min(Instant::now() + PATIENCE), ..context };
        if let Some(too_old) = self.too_old(&error, context).await {
            return BackendError::from_client(doing, too_old);
        }
        let project = match self.project(new.project, context).await {
            Ok(project) => project,
            Err(unknown @ BackendError::Unknown { .. }) => return unknown,
            Err(_) => return BackendError::from_client(doing, error),
        };
        if project.is_in_git() == new.git.git_ref.is_none() {
            return BackendError::GitReference {
                project: new.project.to_string(),
                in_git: project.is_in_git(),
                source: Box::new(error.into()),
            };
        }
        if new.channel.is_some()
            && let Err(unknown @ BackendError::Unknown { .. }) =
                self.channel(&project.id, new.channel, context).await
        {
            return unknown;
        }
        BackendError::from_client(doing, error)
    }

    /// Converts the refusal of a deployment into its reason, if the server shows one.
    pub(super) async fn explain(
        &self,
        prepared: &Prepared,
        doing: String,
        error: api::Error,
        context: Context<'_>,
    ) -> BackendError {
        let Content { project: project_name, release, options, .. } = &prepared.content;
        let validation = matches!(error.status(), Some(400 | 409));
        let (Some(space), Some(id)) = (self.known_space(), ReleaseId::new(&release.id)) else {
            return BackendError::from_client(doing, error);
        };
        if !validation {
            return BackendError::from_client(doing, error);
        }
        let context = Context { deadline: context.deadline.min(Instant::now() + PATIENCE), ..context };
        let names: Vec<_> = prepared.targets().iter().map(|it| it.target.environment.clone()).collect();
        let (too_old, targets, defect, (freezes, at)) = tokio::join!(
            self.too_old(&error, context),
            self.environments(&names, context),
            self.unresolved_defect(&space, &id, context),
            self.freezes_at(options.schedule.map(|it| it.run_at), context),
        );
        if let Some(too_old) = too_old {
            return BackendError::from_client(doing, too_old);
        }
        let targets = match targets {
            Err(unknown @ BackendError::Unknown { .. }) => return unknown,
            targets => targets.unwrap_or_default(),
        };
        let version = release.version.clone();
        if let Some(defect) = defect {
            return BackendError::Defect { version, defect, source: Box::new(error.into()) };
        }
        let project = self.project_id(project_name, context).await.ok();
        let frozen: Vec<String> = freezes
            .into_iter()
            .filter(|it| targets.iter().any(|(id, _)| concerns(it, project.as_ref(), id)))
            .map(|it| it.name)
            .collect();
        if !frozen.is_empty() && options.freeze_override.is_none() {
            return BackendError::Frozen { freezes: frozen, at, source: Box::new(error.into()) };
        }
        if let Ok(progression) =
            self.client.send_retrying(&api::progression::of_one_release(&space, &id), context.deadline).await
        {
            for (environment, name) in targets {
                if let Some(because) = self.blocked(&progression.value, &environment, context).await {
                    return BackendError::NotReachable {
                        version,
                        environment: name,
                        because,
                        source: Box::new(error.into()),
                    };
                }
            }
        }
        BackendError::from_client(doing, error)
    }

    async fn unresolved_defect(
        &self,
        space: &SpaceId,
        release: &ReleaseId,
        context: Context<'_>,
    ) -> Option<String> {
        let answer =
            self.client.send_retrying(&api::release::defects(space, release), context.deadline).await.ok()?;
        answer.value.items.into_iter().find(api::release::Defect::is_unresolved).map(|it| it.description)
    }

    /// The freezes in force when a deployment is due to start, and that time unless it is now.
    async fn freezes_at(
        &self,
        begins: Option<Timestamp>,
        context: Context<'_>,
    ) -> (Vec<api::freeze::Freeze>, Option<Timestamp>) {
        let request = api::freeze::list(api::freeze::FreezeFilter::default());
        let Ok(answer) = self.client.send_retrying(&request, context.deadline).await else {
            return (Vec::new(), None);
        };
        let now = answer.server_time.unwrap_or_else(Timestamp::now);
        let begins = begins.filter(|it| *it > now);
        let moment = begins.unwrap_or(now);
        let in_force = |it: &api::freeze::Freeze| {
            it.start.is_none_or(|start| start <= moment) && it.end.is_none_or(|end| end > moment)
        };
        (answer.value.deployment_freezes.into_iter().filter(in_force).collect(), begins)
    }

    /// Why the lifecycle keeps a release out of an environment; `None` if it does not.
    async fn blocked(
        &self,
        progression: &ReleaseProgression,
        environment: &EnvironmentId,
        context: Context<'_>,
    ) -> Option<String> {
        let Some(phase) = progression.phase_of(environment) else {
            return Some("the lifecycle of its channel does not contain this environment".to_owned());
        };
        if phase.progress != PhaseProgress::Pending {
            return None;
        }
        let before = progression.phases.iter().take_while(|it| it.name != phase.name);
        let blocking =
            before.filter(|it| !it.is_optional_phase).find(|it| it.progress != PhaseProgress::Complete)?;
        Some(format!(
            "phase '{}' is not complete; {}",
            blocking.name,
            self.missing_in(blocking, context).await
        ))
    }

    /// The deployments that a phase needs before the next one, as a clause. An environment can be both automatic and optional there.
    pub(super) async fn missing_in(&self, phase: &Phase, context: Context<'_>) -> String {
        let mut names: Vec<String> = Vec::new();
        for id in phase.environments() {
            let name = self.environment_name(id, context).await.to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        match phase.minimum_environments_before_promotion {
            0 => format!("it needs a successful deployment to {}", names.join(" and ")),
            some => format!("it needs successful deployments to {some} of {}", names.join(", ")),
        }
    }
}

/// Whether a freeze holds for a project in an environment, for any of its tenants.
fn concerns(freeze: &api::freeze::Freeze, project: Option<&ProjectId>, environment: &EnvironmentId) -> bool {
    let is_ours = |it: &ProjectId| project.is_none_or(|project| project == it);
    let scope = &freeze.project_environment_scope;
    scope.iter().any(|(id, places)| is_ours(id) && places.contains(environment))
        || freeze
            .tenant_project_environment_scope
            .iter()
            .any(|it| is_ours(&it.project_id) && it.environment_id == *environment)
}
