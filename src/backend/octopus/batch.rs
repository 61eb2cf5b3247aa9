//! Which requests of the executions API deploy to a number of targets, and what they say.

use crate::backend::NewDeployment;
use crate::model::{DeploymentOptions, EnvironmentName, GuidedFailure, TenantName, TenantTarget, Tenants};
use crate::octopus::deployment::{DeployTenantedV1, DeployUntenantedV1, DeployV1, PromptedValues};
use crate::octopus::{self as api, SpaceId};

use super::deployment::Place;
use super::survey::Aim;

/// One POST of the executions API, and what it is expected to make.
#[derive(Clone)]
pub(super) struct Batch {
    pub(super) environments: Vec<String>,
    tenants: Vec<String>,
    tags: Vec<String>,
    /// The targets one by one, where they are known without asking.
    pub(super) targets: Option<Vec<TenantTarget>>,
}

impl Batch {
    pub(super) fn of_places(places: &[Place]) -> Self {
        let mut environments: Vec<String> = Vec::new();
        for place in places {
            if !environments.iter().any(|it| it == place.environment_name.as_str()) {
                environments.push(place.environment_name.to_string());
            }
        }
        let tenants =
            places.iter().filter_map(|it| it.tenant.as_ref()).map(|(_, name)| name.clone()).collect();
        let targets = Some(places.iter().map(Place::target).collect());
        Self { environments, tenants, tags: Vec::new(), targets }
    }

    pub(super) fn tenants(&self) -> Tenants {
        match (self.tenants.as_slice(), self.tags.as_slice()) {
            ([], []) => Tenants::Untenanted,
            ([all], []) if all == "*" => Tenants::All,
            (names, tags) => Tenants::Some {
                names: names.iter().map(TenantName::new).collect(),
                tags: tags.iter().map(crate::model::TenantTag::new).collect(),
            },
        }
    }
}

/// The POSTs that are needed: one for all environments without tenants, else one for each environment.
pub(super) fn batches(aim: &Aim, taken: &[TenantTarget]) -> Vec<Batch> {
    match aim {
        Aim::Surveyed(standings) => {
            let missing: Vec<Place> =
                standings.iter().filter(|it| !taken.contains(&it.target())).map(Place::of).collect();
            let (untenanted, tenanted): (Vec<_>, Vec<_>) =
                missing.into_iter().partition(|it| it.tenant.is_none());
            let mut batches = Vec::new();
            if !untenanted.is_empty() {
                batches.push(Batch::of_places(&untenanted));
            }
            let mut rest = tenanted;
            while let Some(first) = rest.first().map(|it| it.environment.clone()) {
                let (here, elsewhere): (Vec<_>, Vec<_>) =
                    rest.into_iter().partition(|it| it.environment == first);
                batches.push(Batch::of_places(&here));
                rest = elsewhere;
            }
            batches
        }
        Aim::Fresh { to, tenants } => match tenants {
            Tenants::Untenanted => {
                let untenanted =
                    |it: &EnvironmentName| TenantTarget { environment: it.clone(), tenant: None };
                vec![Batch {
                    environments: to.iter().map(ToString::to_string).collect(),
                    tenants: Vec::new(),
                    tags: Vec::new(),
                    targets: Some(to.iter().map(untenanted).collect()),
                }]
            }
            _ => to.iter().map(|it| fresh_for_tenants(it, tenants)).collect(),
        },
    }
}

fn fresh_for_tenants(environment: &EnvironmentName, tenants: &Tenants) -> Batch {
    let batch = |tenants, tags, targets| Batch {
        environments: vec![environment.to_string()],
        tenants,
        tags,
        targets,
    };
    match tenants {
        Tenants::Some { names, tags } => {
            let target =
                |it: &TenantName| TenantTarget { environment: environment.clone(), tenant: Some(it.clone()) };
            let targets = tags.is_empty().then(|| names.iter().map(target).collect());
            let text = |it: &TenantName| it.to_string();
            batch(names.iter().map(text).collect(), tags.iter().map(ToString::to_string).collect(), targets)
        }
        Tenants::All | Tenants::Untenanted => batch(vec!["*".to_owned()], Vec::new(), None),
    }
}

pub(super) fn request(
    space: &SpaceId,
    new: &NewDeployment<'_>,
    batch: &Batch,
) -> api::Request<api::deployment::CreatedDeployments> {
    let common = common(new);
    if batch.tenants.is_empty() && batch.tags.is_empty() {
        let body = DeployUntenantedV1 { environment_names: batch.environments.clone(), common };
        return api::deployment::create_untenanted_v1(space, &body);
    }
    let environment_name = batch.environments.first().cloned().unwrap_or_default();
    let (tenants, tenant_tags) = (batch.tenants.clone(), batch.tags.clone());
    api::deployment::create_tenanted_v1(
        space,
        &DeployTenantedV1 { environment_name, tenants, tenant_tags, common },
    )
}

fn common(new: &NewDeployment<'_>) -> DeployV1 {
    let DeploymentOptions { schedule, freeze_override, .. } = new.options;
    let options = new.options;
    DeployV1 {
        project_name: new.project.to_string(),
        release_version: new.release.version.to_string(),
        force_package_download: options.force_package_download,
        force_package_redeployment: options.force_redeployment,
        update_variable_snapshot: options.refresh_variables,
        specific_machine_names: options.machines.iter().map(ToString::to_string).collect(),
        excluded_machine_names: options.excluded_machines.iter().map(ToString::to_string).collect(),
        skip_step_names: options.skip_steps.iter().map(ToString::to_string).collect(),
        use_guided_failure: match options.guided_failure {
            GuidedFailure::Default => None,
            GuidedFailure::On => Some(true),
            GuidedFailure::Off => Some(false),
        },
        run_at: schedule.map(|it| it.run_at.to_string()),
        no_run_after: schedule.and_then(|it| it.no_run_after).map(|it| it.to_string()),
        variables: prompted(options),
        deployment_freeze_names: freeze_override.iter().flat_map(|it| it.freezes.clone()).collect(),
        deployment_freeze_override_reason: freeze_override.as_ref().map(|it| it.reason.clone()),
    }
}

fn prompted(options: &DeploymentOptions) -> PromptedValues {
    options.variables.iter().map(|(name, value)| (name.clone(), value.expose().to_owned().into())).collect()
}
