//! Looks for deployments that a request made whose answer was lost.

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
    /// Whether a deployment came after all that was there before. A survey may leave out older deployments of the release.
    fn is_followed_by(&self, deployment: &api::deployment::Deployment) -> bool {
        let is_newer = deployment.created.is_none() || deployment.created >= self.newest;
        !self.deployments.contains(deployment.id.as_str()) && (self.newest.is_none() || is_newer)
    }
}

/// What a look has shown.
struct Candidates {
    /// What the request made, by the position of its target.
    found: Vec<(usize, api::deployment::Deployment)>,
    /// Whether there is one of which the server does not tell whether the request made it.
    is_hidden: bool,
}

/// Which of the deployments that appeared were asked for the same. Where the request carried this build's marker, that
/// alone says so.
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
        // Where there is no comment, ours may not be shown.
        (Some(_), _) => match may_be() {
            Comparison::Other(what) => Comparison::Other(what),
            Comparison::Same | Comparison::Unknown(_) => Comparison::Unknown("the marker"),
        },
        (None, _) => may_be(),
    }
}

impl Octopus {
    /// Looks once for what a request made whose answer was lost: what is not among `before`, and was asked for the same.
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

    /// What was asked for at each of the request's targets.
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

    /// The deployments of the release that this user asked for, and that were not there before.
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
        // A list may tell less than the document itself.
        for it in ours.iter_mut().filter(|it| it.is_short() || it.comments.is_none()) {
            *it = self
                .client
                .send_retrying(&api::deployment::get(&request.space, &it.id), context.deadline)
                .await?
                .value;
        }
        Ok(ours)
    }

    /// Who we are on the server.
    async fn me(&self, context: Context<'_>) -> Result<UserId, api::Error> {
        if let Some(known) = self.memory().me.clone() {
            return Ok(known);
        }
        let me = self.client.send_retrying(&api::server::me(), context.deadline).await?.value.id;
        self.memory().me = Some(me.clone());
        Ok(me)
    }

    /// A deployment that our own request made although its answer was lost.
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

/// The same request for these of its targets alone, by their positions.
fn narrowed(prepared: &Prepared, request: &Request, places: &[usize]) -> Prepared {
    let mut prepared = prepared.clone();
    let mut request = request.clone();
    request.places = places.iter().filter_map(|at| request.places.get(*at).cloned()).collect();
    let targets = &prepared.content.targets;
    prepared.content.targets = places.iter().filter_map(|at| targets.get(*at).cloned()).collect();
    prepared.content.home = HomeRequest::Octopus(request);
    prepared
}

/// The client's error inside a look-up of a name, for a look that speaks of client errors only.
fn client_error(error: BackendError) -> api::Error {
    match error {
        BackendError::Refused { source, .. } | BackendError::NoAnswer { source, .. } => {
            source.into_octopus().unwrap_or_else(|other| unclear(&other.to_string()))
        }
        other => unclear(&other.to_string()),
    }
}
