//! Looks for the deployments of a request whose answer was lost.

use crate::backend::opaque::HomeRequest;
use crate::backend::prepared::Content;
use crate::backend::{Adopted, BackendError, Before, Context, Deployment, LookResult, Notice, Prepared};
use crate::model::Marker;
use crate::octopus::deployment::DeploymentServerTask;
use crate::octopus::{self as api, DeploymentId, UserId};

use super::deployment_spec::{Comparison, DeploymentSpec};
use super::deployment_targets::{Deploying, DeploymentTargets};
use super::history::KnownDeployment;
use super::place::{Place, release_id};
use super::request::{Request, RequestPlace};
use super::{Octopus, unclear};

impl Before {
    /// Whether a deployment is newer than all those that were there before, since the list of those may lack older
    /// deployments of the release.
    fn is_followed_by(&self, deployment: &api::deployment::Deployment) -> bool {
        let is_newer = deployment.created.is_none() || deployment.created >= self.newest;
        !self.deployments.contains(deployment.id.as_str()) && (self.newest.is_none() || is_newer)
    }
}

/// The result of a look.
struct Candidates {
    /// The deployments of the request, by the position of the target.
    found: Vec<(usize, api::deployment::Deployment)>,
    /// Whether there is a deployment that the request may have made, but the server does not show whether it did.
    is_hidden: bool,
}

/// Selects, from the deployments that appeared, those with the same request. If the request carried this build's
/// marker, only the marker decides.
fn sorted_out(
    candidates: Vec<api::deployment::Deployment>,
    wanted: &[(Place, DeploymentSpec)],
    signature: Option<&Marker>,
) -> Candidates {
    let mut appeared = Candidates { found: Vec::new(), is_hidden: false };
    for document in candidates {
        let Some(at) = wanted.iter().position(|(place, _)| place.holds(&document)) else { continue };
        if appeared.found.iter().any(|(it, _)| *it == at) {
            continue;
        }
        match likeness(&document, &wanted[at].1, signature) {
            Comparison::Same => appeared.found.push((at, document)),
            Comparison::Other(_) => {}
            Comparison::Unknown(_) => appeared.is_hidden = true,
        }
    }
    appeared
}

fn likeness(
    document: &api::deployment::Deployment,
    asked: &DeploymentSpec,
    signature: Option<&Marker>,
) -> Comparison {
    let may_be = || asked.may_be_the_same(&KnownDeployment::of(document, None));
    match (signature, &document.comments) {
        (Some(signature), Some(comments)) if Marker::read(comments).as_ref() == Some(signature) => {
            Comparison::Same
        }
        (Some(_), Some(comments)) if !comments.trim().is_empty() => Comparison::Other("the marker"),
        // If there is no comment, the server may hide this build's.
        (Some(_), _) => match may_be() {
            Comparison::Other(what) => Comparison::Other(what),
            Comparison::Same | Comparison::Unknown(_) => Comparison::Unknown("the marker"),
        },
        (None, _) => may_be(),
    }
}

impl Octopus {
    /// Looks once for the deployments of a request whose answer was lost: those that are not in `before` and have the
    /// same request.
    ///
    /// # Errors
    ///
    /// The server did not show it.
    pub(in crate::backend) async fn find_lost(
        &self,
        prepared: &Prepared,
        request: &Request,
        before: &Before,
        context: Context<'_>,
    ) -> Result<LookResult, api::Error> {
        self.memory().space.get_or_insert_with(|| request.space.clone());
        let wanted = self.wanted(prepared, request, context).await?;
        let candidates = self.appeared(prepared, request, before, context).await?;
        let Candidates { found, is_hidden } =
            sorted_out(candidates, &wanted, request.route.signature().as_ref());
        let missing: Vec<usize> =
            (0..wanted.len()).filter(|at| !found.iter().any(|(it, _)| it == at)).collect();
        let of = |(at, document): (usize, api::deployment::Deployment)| {
            self.taken_over(request, &wanted[at].0, document, context)
        };
        Ok(LookResult {
            found: found.into_iter().map(of).collect(),
            missing: (!missing.is_empty()).then(|| narrowed(prepared, request, &missing)),
            is_hidden,
        })
    }

    /// The specification for each of the request's targets.
    async fn wanted(
        &self,
        prepared: &Prepared,
        request: &Request,
        context: Context<'_>,
    ) -> Result<Vec<(Place, DeploymentSpec)>, api::Error> {
        let unread: Vec<Place> =
            request.places.iter().filter(|it| it.form.is_none()).map(|it| it.place.clone()).collect();
        let targets = DeploymentTargets::New(unread.clone());
        let Content { project, release, options, .. } = &prepared.content;
        let new = Deploying { project, release, targets: &targets, options };
        let read = match self.forms(&new, &unread, context).await {
            Ok(forms) => forms,
            Err(BackendError::Refused { .. }) => Vec::new(),
            Err(error) => return Err(client_error(error)),
        };
        let of = |it: &RequestPlace| {
            let read = unread.iter().zip(&read).find(|(place, _)| **place == it.place).map(|(_, form)| form);
            (it.place.clone(), request.asked(options, it.form.as_ref().or(read)))
        };
        Ok(request.places.iter().map(of).collect())
    }

    /// The deployments of the release that this user requested and that were not there before.
    async fn appeared(
        &self,
        prepared: &Prepared,
        request: &Request,
        before: &Before,
        context: Context<'_>,
    ) -> Result<Vec<api::deployment::Deployment>, api::Error> {
        let me = self.me(context).await?;
        let release = release_id(&prepared.release().id).map_err(|error| unclear(&error.to_string()))?;
        let query = api::deployment::of_release(&request.space, &release, 1000);
        let listed = self.client.send_retrying(&query, context.deadline).await?.value.items;
        let ours = |it: &api::deployment::Deployment| {
            before.is_followed_by(it) && it.deployed_by_id.as_ref().is_none_or(|it| *it == me)
        };
        let mut ours: Vec<_> = listed.into_iter().filter(ours).collect();
        // The items of a list may lack fields of the document.
        for it in ours.iter_mut().filter(|it| it.is_short() || it.comments.is_none()) {
            *it = self
                .client
                .send_retrying(&api::deployment::get(&request.space, &it.id), context.deadline)
                .await?
                .value;
        }
        Ok(ours)
    }

    /// The user of the credential.
    async fn me(&self, context: Context<'_>) -> Result<UserId, api::Error> {
        if let Some(known) = self.memory().me.clone() {
            return Ok(known);
        }
        let me = self.client.send_retrying(&api::server::me(), context.deadline).await?.value.id;
        self.memory().me = Some(me.clone());
        Ok(me)
    }

    /// A deployment of this run's own request whose answer was lost.
    fn taken_over(
        &self,
        request: &Request,
        place: &Place,
        document: api::deployment::Deployment,
        context: Context<'_>,
    ) -> Deployment {
        let project = document.project_id.unwrap_or_else(|| request.project_id.clone());
        let id: DeploymentId = document.id;
        self.note_destination(&id, place, project, document.release_id);
        let task = DeploymentServerTask { deployment_id: id, server_task_id: document.task_id };
        let made = self.made(&request.space, place.target(), &task, Some(Adopted::AnswerLost));
        (context.say)(Notice::Deployment(made.clone()));
        context.ledger.accept(std::slice::from_ref(&made));
        made
    }
}

/// The same request, only for the targets at these positions.
fn narrowed(prepared: &Prepared, request: &Request, places: &[usize]) -> Prepared {
    let mut prepared = prepared.clone();
    let mut request = request.clone();
    request.places = places.iter().filter_map(|at| request.places.get(*at).cloned()).collect();
    let targets = &prepared.content.targets;
    prepared.content.targets = places.iter().filter_map(|at| targets.get(*at).cloned()).collect();
    prepared.content.home = HomeRequest::Octopus(request);
    prepared
}

/// The client's error within the error of a lookup, since a look returns only client errors.
fn client_error(error: BackendError) -> api::Error {
    match error {
        BackendError::Refused { source, .. } | BackendError::NoAnswer { source, .. } => {
            source.into_octopus().unwrap_or_else(|other| unclear(&other.to_string()))
        }
        other => unclear(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::model::{BuildIdentity, DeploymentOptions};

    use super::*;

    /// A deployment to an environment, of which the server tells everything.
    fn deployment(number: u32, environment: &str, more: Value) -> api::deployment::Deployment {
        let mut document = json!({"Id": format!("Deployments-{number}"), "ReleaseId": "Releases-1",
            "EnvironmentId": environment, "TaskId": format!("ServerTasks-{number}"), "SpecificMachineIds": [],
            "ExcludedMachineIds": [], "SkipActions": [], "FormValues": {}, "UseGuidedFailure": false,
            "ForcePackageDownload": false, "ForcePackageRedeployment": false,
            "Created": "2026-05-01T10:00:00Z"});
        for (key, value) in more.as_object().unwrap() {
            document[key] = value.clone();
        }
        crate::octopus::read(document.to_string().as_bytes()).unwrap()
    }

    fn place(environment: &str) -> Place {
        serde_json::from_value(
            json!({"environment": environment, "environment-name": environment, "tenant": null}),
        )
        .unwrap()
    }

    fn prepared() -> (Prepared, Request) {
        let record: crate::backend::Record =
            serde_json::from_str(include_str!("../tests/prepared.json")).unwrap();
        let prepared = record.open(|_| Ok::<_, ()>("s3cret".to_owned().into())).unwrap();
        let HomeRequest::Octopus(request) = prepared.content.home.clone() else { panic!("not Octopus") };
        (prepared, request)
    }

    #[test]
    fn what_was_there_before_or_is_older_is_not_what_the_request_made() {
        let before = |ids: &[&str], newest: Option<&str>| Before {
            deployments: ids.iter().map(|it| (*it).to_owned()).collect(),
            newest: newest.map(|it| it.parse().unwrap()),
        };
        let at = |created: Value| deployment(2, "Environments-1", json!({ "Created": created }));
        let now = at("2026-05-01T10:00:00Z".into());
        assert!(before(&[], None).is_followed_by(&now));
        assert!(!before(&["Deployments-2"], None).is_followed_by(&now));
        let newest = before(&["Deployments-1"], Some("2026-05-01T10:00:00Z"));
        assert!(newest.is_followed_by(&now), "both in one second");
        assert!(!newest.is_followed_by(&at("2026-05-01T09:59:59Z".into())));
        assert!(newest.is_followed_by(&at(Value::Null)), "it does not tell");
        assert!(!before(&["Deployments-2"], Some("2026-05-01T09:00:00Z")).is_followed_by(&now));
    }

    #[test]
    fn each_target_takes_the_first_that_is_its_own() {
        let options = DeploymentOptions::default();
        let asked = || DeploymentSpec {
            guided: Some(false),
            ..DeploymentSpec::new(&options, Default::default(), None)
        };
        let wanted = [(place("Environments-1"), asked()), (place("Environments-2"), asked())];
        let found = |all: Vec<api::deployment::Deployment>, signature: Option<&Marker>| {
            let it = sorted_out(all, &wanted, signature);
            let found: Vec<_> = it.found.iter().map(|(at, it)| (*at, it.id.to_string())).collect();
            (found, it.is_hidden)
        };
        let one = |number, environment: &str| deployment(number, environment, json!({}));
        let name = |at, number| (at, format!("Deployments-{number}"));
        let all = vec![
            one(5, "Environments-3"),
            one(6, "Environments-2"),
            one(7, "Environments-2"),
            one(8, "Environments-1"),
        ];
        assert_eq!(found(all, None), (vec![name(1, 6), name(0, 8)], false));

        let signed = |build: &str| BuildIdentity::new(build).sign("", &[]);
        let ours = Marker::read(&signed("7")).unwrap();
        let with = |comments: Value| vec![deployment(9, "Environments-1", json!({ "Comments": comments }))];
        assert_eq!(found(with(signed("7").into()), Some(&ours)), (vec![name(0, 9)], false));
        assert_eq!(found(with(signed("8").into()), Some(&ours)), (vec![], false));
        assert_eq!(found(with("by hand".into()), Some(&ours)), (vec![], false));
        // Where no comment is shown, it may be ours.
        for hidden in [Value::Null, " ".into()] {
            assert_eq!(found(with(hidden), Some(&ours)), (vec![], true));
        }
        let other = deployment(9, "Environments-1", json!({"SpecificMachineIds": ["Machines-1"]}));
        assert_eq!(found(vec![other], Some(&ours)), (vec![], false));
    }

    #[test]
    fn a_request_for_the_rest_is_for_the_rest_alone() {
        let (prepared, request) = prepared();
        let rest = narrowed(&prepared, &request, &[1]);
        assert_eq!(rest.to_string(), "release 1.4.7 to Production");
        let HomeRequest::Octopus(of_rest) = &rest.content.home else { panic!("not Octopus") };
        assert_eq!(of_rest.places, request.places[1..]);
    }
}
