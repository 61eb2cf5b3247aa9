//! The requests of the older route, one for each target. Only this route carries comments and ids.

use secrecy::SecretString;

use crate::backend::{BackendError, Prepared};
use crate::model::{GuidedFailure, PromptedValue};
use crate::octopus::deployment::LegacyDeployment;

use super::form::Form;
use super::place::release_id;
use super::request::{Request, RequestPlace, ids};

/// Builds the request's body for its one target.
///
/// # Errors
///
/// The release has no id.
pub(super) fn body(
    prepared: &Prepared,
    request: &Request,
    target: &RequestPlace,
    comments: Option<String>,
) -> Result<LegacyDeployment, BackendError> {
    let (options, place) = (prepared.options(), &target.place);
    let form = target.form.as_ref();
    let mut body = LegacyDeployment::new(release_id(&prepared.release().id)?, place.environment.clone());
    body.tenant_id = place.tenant.as_ref().map(|(id, _)| id.clone());
    body.comments = comments;
    body.force_package_download = options.force_package_download;
    body.force_package_redeployment = options.force_redeployment;
    body.specific_machine_ids = ids(&request.machines).collect();
    body.excluded_machine_ids = ids(&request.excluded_machines).collect();
    body.skip_actions = form.map(|it| it.skipped.clone()).unwrap_or_default();
    body.use_guided_failure = match options.guided_failure {
        GuidedFailure::Default => form.and_then(|it| it.guided_failure),
        GuidedFailure::On => Some(true),
        GuidedFailure::Off => Some(false),
    };
    let values = |form: &Form| form.values(options);
    let send = |(name, value): (String, PromptedValue)| (name, SecretString::from(value.expose().to_owned()));
    body.form_values = form.map(values).unwrap_or_default().into_iter().map(send).collect();
    body.queue_time = options.schedule.map(|it| it.run_at.to_string());
    body.queue_time_expiry = options.schedule.and_then(|it| it.no_run_after).map(|it| it.to_string());
    Ok(body)
}
