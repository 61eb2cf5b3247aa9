//! Sends a request that deploys, once. Where its answer is lost it is found out what it made, and only what is
//! missing is asked for again.

use crate::backend::{BackendError, Call, Deployment, NewDeployment, Notice};
use crate::model::Marker;
use crate::octopus as api;

use super::Octopus;
use super::place::Place;
use super::search::{Baseline, Search};
use super::settle::{Sent, Settled, answer_lost, unanswered};

/// A request that deploys, by either of the server's routes.
pub(super) trait Ask: Sync {
    /// What the server answers.
    type Answer: Send;

    /// The environments that it asks for.
    fn environments(&self) -> &[String];

    /// What it asks for, in a word for people.
    fn target(&self) -> String;

    /// The marker that it carries.
    fn signature(&self) -> Option<Marker>;

    /// What it asks for, target by target.
    fn places(&self) -> impl Future<Output = Result<Vec<Place>, BackendError>> + Send;

    /// Sends it for `only` these of its targets, or for all.
    fn send(
        &self,
        only: Option<&[Place]>,
    ) -> impl Future<Output = Result<Sent<Self::Answer>, api::Error>> + Send;

    /// The deployments that this answer names, before it is known which of them is which.
    fn named(&self, answer: &Self::Answer, only: Option<&[Place]>) -> Vec<Deployment>;

    /// The deployments that were accepted with this answer; none is missing.
    fn accepted(
        &self,
        answer: Self::Answer,
        only: Option<&[Place]>,
    ) -> impl Future<Output = Result<Vec<Deployment>, BackendError>> + Send;
}

impl Octopus {
    /// Asks for deployments; where the answer is lost, only for those of them that are missing.
    ///
    /// # Errors
    ///
    /// The server refused, or it is not known whether it carried the request out.
    pub(super) async fn ask(
        &self,
        new: &NewDeployment<'_>,
        ask: &impl Ask,
        known: &Baseline,
        call: Call<'_>,
    ) -> Result<Vec<Deployment>, BackendError> {
        let doing = doing(new, ask.environments());
        let check = check(new, &ask.target());
        let mut search: Option<Search> = None;
        let mut sent = 0;
        loop {
            sent += 1;
            let only = search.as_ref().map(|it| it.missing.as_slice());
            let found = || search.as_ref().map(|it| it.found.clone()).unwrap_or_default();
            let lost = match ask.send(only).await {
                Ok(Sent::Answered(answer)) => {
                    let mut done = found();
                    // To tell them apart may take longer than there is time.
                    call.ledger.accept(&ask.named(&answer, only));
                    let made = ask.accepted(answer, only).await;
                    call.ledger.accept(made.as_ref().map_or_else(BackendError::accepted, Vec::as_slice));
                    done.extend(made.map_err(|error| part_way(&done, error))?);
                    return Ok(done);
                }
                Ok(Sent::Lost(error)) => error,
                // Only of the first one: a refusal of the second says nothing of the first, whose answer was lost.
                Err(error) if error.was_refused() && sent == 1 => {
                    return Err(self.explain(new, ask.environments(), doing, error, call).await);
                }
                Err(error) => return Err(part_way(&found(), unanswered(&doing, &check, sent > 1, error))),
            };
            (call.say)(Notice::AnswerLost(format!("{doing}: {lost}")));
            let looking = match search.take() {
                Some(search) => search,
                // Which targets a tag or `*` stands for has to be known before "all are there" can be said.
                None => match ask.places().await {
                    Ok(missing) => Search { missing, found: Vec::new() },
                    Err(_) => return Err(answer_lost(&doing, &check, lost)),
                },
            };
            let looking = search.insert(looking);
            let settled = self.look_for_lost(new, looking, known, ask.signature().as_ref(), sent, call).await;
            match settled {
                Ok(Settled::Found(())) => {
                    call.ledger.set_open(false);
                    return Ok(std::mem::take(&mut looking.found));
                }
                Ok(Settled::SendAgain) => {}
                Ok(Settled::Unclear) => {
                    return Err(part_way(&looking.found, answer_lost(&doing, &check, lost)));
                }
                Err(error) => return Err(part_way(&looking.found, answer_lost(&doing, &check, error))),
            }
            (call.say)(Notice::Warning(format!("two looks found nothing; {doing} is sent again")));
        }
    }
}

fn doing(new: &NewDeployment<'_>, environments: &[String]) -> String {
    format!("deploying release {} to {}", new.release.version, environments.join(", "))
}

/// What to look at where it is not known whether a deployment was made.
fn check(new: &NewDeployment<'_>, target: &str) -> String {
    format!(
        "look at {target} for a deployment of release {} before anything is run again; a re-run of this build \
         takes over what it finds there",
        new.release.version
    )
}

/// The error, with what was accepted before it.
pub(super) fn part_way(accepted: &[Deployment], error: BackendError) -> BackendError {
    if accepted.is_empty() {
        return error;
    }
    BackendError::PartWay { accepted: accepted.to_vec(), source: Box::new(error) }
}
