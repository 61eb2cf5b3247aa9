//! Splits a deployment to several targets into requests, by the executions API or by the older route, which is the only
//! one that carries comments and takes ids if a name is ambiguous.

use crate::backend::{BackendError, Context};
use crate::model::{DeploymentOptions, Marker, marker};
use crate::octopus::freeze::Freeze;
use crate::octopus::machine::Machine;
use crate::octopus::{self as api, FreezeId, MachineId};

use super::Octopus;
use super::deployment_spec::{DeploymentSpec, Machines, orders};
use super::deployment_targets::Deploying;
use super::form::Form;
use super::matching::{Named as NamedDocument, is_plain};
use super::place::Place;
use super::request::{Named, Request, RequestPlace, Route, ids};

/// Marker key: the attempt of a promotion.
const ATTEMPT: &str = "attempt";

/// The machines and freezes of requests, looked up.
#[derive(Debug, Default)]
struct Resolved {
    machines: Vec<Named<MachineId>>,
    excluded: Vec<Named<MachineId>>,
    freezes: Vec<Named<FreezeId>>,
    /// Whether a name alone identifies each of them and each of the targets.
    by_name: bool,
}

impl Octopus {
    /// The requests that deploy to these places, in the order in which they are sent.
    pub(super) async fn requests(
        &self,
        new: &Deploying<'_>,
        places: Vec<Place>,
        context: Context<'_>,
    ) -> Result<Vec<Request>, BackendError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let resolved = self.resolved(new.options, &places, context).await?;
        if is_signed(new.options, context) || !resolved.by_name {
            match self.forms(new, &places, context).await {
                // The comment is optional: without one, a re-run of this build recognises fewer of its own deployments.
                // If ids are needed, only the older route remains.
                Err(BackendError::Refused { .. }) if new.options.notes.is_none() && resolved.by_name => {}
                forms => return self.by_ids(new, places, forms?, &resolved, context).await,
            }
        }
        self.by_executions(new, places, &resolved, context).await
    }

    /// Looks up the machines and freezes for requests to these places. Names resolved before need no request.
    async fn resolved(
        &self,
        options: &DeploymentOptions,
        places: &[Place],
        context: Context<'_>,
    ) -> Result<Resolved, BackendError> {
        let machines = self.machines(&options.machines, context).await?;
        let excluded = self.machines(&options.excluded_machines, context).await?;
        let named: &[String] = options.freeze_override.as_ref().map_or(&[], |it| &it.freezes);
        let freezes = self.freezes(named, context).await?;
        let memory = self.memory();
        let environments = memory.environments.as_deref().unwrap_or_default();
        let tenants = memory.tenants.as_deref().unwrap_or_default();
        let is_to = |it: &&api::environment::Environment| places.iter().any(|to| to.environment == it.id);
        let is_for = |it: &&api::tenant::Tenant| {
            places.iter().any(|to| to.tenant.as_ref().is_some_and(|(id, _)| *id == it.id))
        };
        let by_name = all_plain(machines.iter().chain(&excluded), memory.machines.as_deref())
            && all_plain(&freezes, memory.freezes.as_deref())
            && all_plain(environments.iter().filter(is_to), Some(environments))
            && all_plain(tenants.iter().filter(is_for), Some(tenants));
        drop(memory);
        let machine = |it: Machine| Named { id: it.id, name: it.name };
        let freeze = |it: Freeze| Named { id: it.id, name: it.name };
        Ok(Resolved {
            machines: machines.into_iter().map(machine).collect(),
            excluded: excluded.into_iter().map(machine).collect(),
            freezes: freezes.into_iter().map(freeze).collect(),
            by_name,
        })
    }

    /// One request for all environments without tenants, and one for each environment with tenants.
    async fn by_executions(
        &self,
        new: &Deploying<'_>,
        places: Vec<Place>,
        resolved: &Resolved,
        context: Context<'_>,
    ) -> Result<Vec<Request>, BackendError> {
        let known = self.known_previews(new, &places);
        let route = Route::Executions {
            steps: known.step_names(new.options),
            variables: new.options.variables.keys().map(|it| (it.clone(), known.variable_name(it))).collect(),
        };
        let mut requests = Vec::new();
        for some in batches(places) {
            let form = |place: &Place| known.form(place, new.options);
            let places = some.into_iter().map(|place| RequestPlace { form: form(&place), place }).collect();
            requests.push(self.request(new, places, resolved, route.clone(), context).await?);
        }
        Ok(requests)
    }

    /// One request for each target, with the comment that the options and the build ask for.
    async fn by_ids(
        &self,
        new: &Deploying<'_>,
        places: Vec<Place>,
        forms: Vec<Form>,
        resolved: &Resolved,
        context: Context<'_>,
    ) -> Result<Vec<Request>, BackendError> {
        let mut requests = Vec::new();
        for (place, form) in places.into_iter().zip(forms) {
            let route = Route::ById {
                comments: comments(new.options, &form, resolved, context),
                refresh_first: new.options.refresh_variables && requests.is_empty(),
            };
            let places = vec![RequestPlace { place, form: Some(form) }];
            requests.push(self.request(new, places, resolved, route, context).await?);
        }
        Ok(requests)
    }

    async fn request(
        &self,
        new: &Deploying<'_>,
        places: Vec<RequestPlace>,
        resolved: &Resolved,
        route: Route,
        context: Context<'_>,
    ) -> Result<Request, BackendError> {
        Ok(Request {
            space: self.space(context).await?,
            project_id: self.project_id(new.project, context).await?,
            places,
            machines: resolved.machines.clone(),
            excluded_machines: resolved.excluded.clone(),
            freezes: resolved.freezes.clone(),
            route,
        })
    }
}

/// Whether a deployment needs a comment: for the user's notes, or because this build's marker must record what the
/// server's own document does not: orders, prompted values, the build of a schedule, and the attempt.
pub(super) fn is_signed(options: &DeploymentOptions, context: Context<'_>) -> bool {
    let is_hidden =
        !orders(options).is_empty() || !options.variables.is_empty() || options.schedule.is_some();
    options.notes.is_some() || context.build.is_some() && (is_hidden || context.attempt.is_some())
}

/// The user's comment, followed by the marker by which a re-run of this build recognises its deployments and their
/// requests.
fn comments(
    options: &DeploymentOptions,
    form: &Form,
    resolved: &Resolved,
    context: Context<'_>,
) -> Option<String> {
    let notes = options.notes.as_deref();
    let Some(build) = context.build else { return notes.map(marker::harmless) };
    let machines =
        Machines { only: ids(&resolved.machines).collect(), excluded: ids(&resolved.excluded).collect() };
    let marks = DeploymentSpec::new(options, machines, Some(form)).marks();
    let attempt = context.attempt.map(|it| (ATTEMPT, it));
    let marks: Vec<_> = marks.iter().map(|(key, value)| (*key, value.as_str())).chain(attempt).collect();
    Some(build.sign(notes.unwrap_or_default(), &marks))
}

/// The places of each request: all environments without tenants together, else one request for each environment.
fn batches(places: Vec<Place>) -> Vec<Vec<Place>> {
    let (untenanted, mut rest): (Vec<_>, Vec<_>) = places.into_iter().partition(|it| it.tenant.is_none());
    let mut batches = Vec::new();
    if !untenanted.is_empty() {
        batches.push(untenanted);
    }
    while let Some(first) = rest.first().map(|it| it.environment.clone()) {
        let (here, elsewhere): (Vec<_>, Vec<_>) = rest.into_iter().partition(|it| it.environment == first);
        batches.push(here);
        rest = elsewhere;
    }
    batches
}

/// Whether the name alone identifies each of these.
fn all_plain<'a, T: NamedDocument + 'a>(some: impl IntoIterator<Item = &'a T>, all: Option<&[T]>) -> bool {
    some.into_iter().all(|it| is_plain(it, all.unwrap_or_default()))
}

impl Route {
    /// The marker that a request by this route carries.
    pub(super) fn signature(&self) -> Option<Marker> {
        match self {
            Self::Executions { .. } => None,
            Self::ById { comments, .. } => comments.as_deref().and_then(Marker::read),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::time::Instant;

    use crate::backend::{Ledger, Stop};
    use crate::model::{BuildIdentity, PromptedValue};

    use super::*;

    #[test]
    fn only_notes_and_what_no_document_tells_need_a_comment() {
        let (build, stop, ledger) = (BuildIdentity::new("7"), Stop::never(), Ledger::default());
        let signed = |change: &dyn Fn(&mut DeploymentOptions), has_build: bool, attempt: Option<&str>| {
            let mut options = DeploymentOptions::default();
            change(&mut options);
            let context = Context {
                deadline: Instant::now(),
                build: has_build.then_some(&build),
                attempt,
                say: &|_| {},
                stop: &stop,
                ledger: &ledger,
            };
            is_signed(&options, context)
        };
        assert!(!signed(&|_| {}, true, None) && !signed(&|_| {}, false, None));
        assert!(signed(&|_| {}, true, Some("1")) && !signed(&|_| {}, false, Some("1")));
        let notes = |it: &mut DeploymentOptions| it.notes = Some("n".to_owned());
        assert!(signed(&notes, true, None) && signed(&notes, false, None));
        let order = |it: &mut DeploymentOptions| it.again = true;
        assert!(signed(&order, true, None) && !signed(&order, false, None));
        let value = |it: &mut DeploymentOptions| {
            it.variables.insert("a".to_owned(), PromptedValue::Plain("b".to_owned()));
        };
        assert!(signed(&value, true, None) && !signed(&value, false, None));
    }

    #[test]
    fn a_request_is_for_all_environments_or_for_the_tenants_of_one() {
        let place = |environment: &str, tenant: Option<&str>| -> Place {
            let tenant = tenant.map(|it| (it, it));
            let document =
                json!({"environment": environment, "environment-name": environment, "tenant": tenant});
            serde_json::from_value(document).unwrap()
        };
        let told = |places: Vec<Place>| -> Vec<String> {
            let one = |some: &Vec<Place>| {
                some.iter().map(|it| it.target().to_string()).collect::<Vec<_>>().join(", ")
            };
            batches(places).iter().map(one).collect()
        };
        assert_eq!(told(vec![]), [""; 0]);
        let untenanted = vec![place("Test", None), place("Production", None)];
        assert_eq!(told(untenanted), ["Test, Production"]);
        let all = vec![
            place("Test", Some("Acme")),
            place("Production", Some("Acme")),
            place("Test", None),
            place("Test", Some("Globex")),
        ];
        assert_eq!(told(all), ["Test", "Test for Acme, Test for Globex", "Production for Acme"]);
    }
}
