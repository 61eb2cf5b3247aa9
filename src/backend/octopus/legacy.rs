//! Deploys by the older route, which alone carries comments: one request for each target, in ids.

use std::collections::HashMap;

use crate::backend::{BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::{DeploymentOptions, GuidedFailure, TenantTarget};
use crate::octopus::deployment::{DeploymentServerTask, LegacyDeployment};
use crate::octopus::preview::Preview;
use crate::octopus::{self as api, FreezeId, MachineId, SpaceId};

use super::Octopus;
use super::deployment::{Place, check, doing, part_way};
use super::foresight::{Foreseen, form_values, skipped_actions};
use super::names::{same, unknown};
use super::search::{Baseline, Search};
use super::settle::{Sent, Settled, answer_lost, unanswered};
use super::survey::release_id;

impl Octopus {
    /// Deploys with the comment that the options and the build ask for.
    pub(super) async fn deploy_with_comments(
        &self,
        new: &NewDeployment<'_>,
        taken: &[TenantTarget],
        known: &Baseline,
        foreseen: &Foreseen,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let places = self.places_left(new, taken, call).await?;
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let space = self.space(call).await?;
        let machines = self.machine_ids(&space, new.options, call).await?;
        let freezes = self.freeze_ids(new.options, call).await?;
        // Everything is prepared before the first request that changes something.
        let previews = self.previews(new, &places, foreseen, call).await?;
        let mut bodies = Vec::new();
        for (place, preview) in places.iter().zip(&previews) {
            bodies.push(legacy_body(new, place, preview, &machines, call)?);
        }
        if new.options.refresh_variables {
            self.refresh_snapshot(&space, &new.release.id, call).await?;
        }
        let mut done = Vec::new();
        for (place, body) in places.iter().zip(&bodies) {
            let sent = self.send_legacy(&space, new, place, body, &freezes, known, call).await;
            done.push(sent.map_err(|error| part_way(&done, error))?);
        }
        Ok(done)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one request, and all that tells whether it was carried out"
    )]
    async fn send_legacy(
        &self,
        space: &SpaceId,
        new: &NewDeployment<'_>,
        place: &Place,
        body: &LegacyDeployment,
        freezes: &[FreezeId],
        known: &Baseline,
        call: Call<'_>,
    ) -> Result<Deployment, BackendError> {
        let environment = [place.environment_name.to_string()];
        let doing = doing(new, &environment);
        let check = check(new, &place.target().to_string());
        let mut sent = 0;
        loop {
            sent += 1;
            let lost = match self.write_legacy(space, new, body, freezes, call).await {
                Ok(Sent::Answered(deployment)) => {
                    let task = DeploymentServerTask {
                        deployment_id: deployment.id,
                        server_task_id: deployment.task_id,
                    };
                    let made = self.made(space, place.target(), &task, None);
                    (call.say)(Notice::Deployment(made.clone()));
                    return Ok(made);
                }
                Ok(Sent::Lost(error)) => error,
                Err(error) if error.was_refused() => {
                    return Err(self.explain(new, &environment, doing, error, call).await);
                }
                Err(error) => return Err(unanswered(&doing, &check, sent > 1, error)),
            };
            (call.say)(Notice::AnswerLost(format!("{doing}: {lost}")));
            let mut search = Search { missing: vec![place.clone()], found: Vec::new() };
            let settled = self.look_for_lost(new, &mut search, known, sent, call).await;
            match (settled, search.found.pop()) {
                (_, Some(found)) => return Ok(found),
                (Ok(Settled::SendAgain), None) => {
                    (call.say)(Notice::Warning(format!("two looks found nothing; {doing} is sent again")));
                }
                (Ok(_), None) => return Err(answer_lost(&doing, &check, lost)),
                (Err(error), None) => return Err(answer_lost(&doing, &check, error)),
            }
        }
    }

    async fn write_legacy(
        &self,
        space: &SpaceId,
        new: &NewDeployment<'_>,
        body: &LegacyDeployment,
        freezes: &[FreezeId],
        call: Call<'_>,
    ) -> Result<Sent<api::deployment::Deployment>, api::Error> {
        let Some(freeze) = &new.options.freeze_override else {
            return self.write(&api::deployment::create(space, body), call).await;
        };
        let request = api::deployment::create_override(space, body, freezes, &freeze.reason);
        Ok(match self.write(&request, call).await? {
            Sent::Answered(wrapped) => Sent::Answered(wrapped.deployment),
            Sent::Lost(error) => Sent::Lost(error),
        })
    }

    pub(super) async fn machine_ids(
        &self,
        space: &SpaceId,
        options: &DeploymentOptions,
        call: Call<'_>,
    ) -> Result<HashMap<String, MachineId>, BackendError> {
        let wanted: Vec<_> = options.machines.iter().chain(&options.excluded_machines).collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let all = self.look("looking up machines", &api::machine::list(space, None, None), call).await?.items;
        let known: HashMap<_, _> = all.iter().map(|it| (it.name.to_lowercase(), it.id.clone())).collect();
        match wanted.iter().find(|it| !known.contains_key(&it.as_str().to_lowercase())) {
            Some(missing) => Err(unknown("machine", missing.as_str(), all.into_iter().map(|it| it.name))),
            None => Ok(known),
        }
    }

    async fn freeze_ids(
        &self,
        options: &DeploymentOptions,
        call: Call<'_>,
    ) -> Result<Vec<FreezeId>, BackendError> {
        let Some(freeze) = &options.freeze_override else {
            return Ok(Vec::new());
        };
        let request = api::freeze::list(api::freeze::FreezeFilter::default());
        let all = self.look("looking up deployment freezes", &request, call).await?.deployment_freezes;
        let find = |name: &String| match all.iter().find(|it| same(&it.name, name)) {
            Some(found) => Ok(found.id.clone()),
            None => Err(unknown("deployment freeze", name, all.iter().map(|it| it.name.clone()))),
        };
        freeze.freezes.iter().map(find).collect()
    }
}

fn legacy_body(
    new: &NewDeployment<'_>,
    place: &Place,
    preview: &Preview,
    machines: &HashMap<String, MachineId>,
    call: Call<'_>,
) -> Result<LegacyDeployment, BackendError> {
    let options = new.options;
    let ids = |names: &[crate::model::MachineName]| -> Vec<MachineId> {
        names.iter().filter_map(|it| machines.get(&it.as_str().to_lowercase()).cloned()).collect()
    };
    let mut body = LegacyDeployment::new(release_id(&new.release.id)?, place.environment.clone());
    body.tenant_id = place.tenant.as_ref().map(|(id, _)| id.clone());
    body.comments = comments(new, call);
    body.force_package_download = options.force_package_download;
    body.force_package_redeployment = options.force_redeployment;
    body.specific_machine_ids = ids(&options.machines);
    body.excluded_machine_ids = ids(&options.excluded_machines);
    body.skip_actions = skipped_actions(preview, options);
    body.use_guided_failure = match options.guided_failure {
        GuidedFailure::Default => preview.use_guided_failure_mode_by_default,
        GuidedFailure::On => true,
        GuidedFailure::Off => false,
    };
    body.form_values = form_values(preview, options);
    body.queue_time = options.schedule.map(|it| it.run_at.to_string());
    body.queue_time_expiry = options.schedule.and_then(|it| it.no_run_after).map(|it| it.to_string());
    Ok(body)
}

/// What the user wrote, and below it the marker by which a re-run of this build knows its deployments.
fn comments(new: &NewDeployment<'_>, call: Call<'_>) -> Option<String> {
    let notes = new.options.notes.as_ref()?;
    Some(match call.build {
        Some(build) => format!("{notes}\n\n{}", build.marker()),
        None => notes.clone(),
    })
}
