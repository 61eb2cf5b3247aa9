//! Sends prepared requests: takes over existing deployments, sends each request once, and if an answer is lost, looks
//! for what the request made before sending it again.

use crate::backend::{
    BackendError, Before, Cause, Context, Deployment, LookResult, Notice, Permit, Preparation, Prepared,
    Sent, Settled, settle,
};

use super::Session;

/// Requests the prepared deployments.
///
/// # Errors
///
/// The home refused, or it is not known whether it carried out a request. The error holds the deployments accepted
/// before.
pub(super) async fn ask(
    session: &Session<'_>,
    preparation: &Preparation,
    context: Context<'_>,
) -> Result<Vec<Deployment>, BackendError> {
    for notice in &preparation.notices {
        (session.say)(notice.clone());
    }
    for deployment in &preparation.adopted {
        (session.say)(Notice::Deployment(deployment.clone()));
    }
    context.ledger.accept(&preparation.adopted);
    let mut made = Vec::new();
    let asked = async {
        for prepared in &preparation.requests {
            let some = Box::pin(ask_one(session, prepared, &preparation.before, context)).await;
            made.extend(some.map_err(|error| part_way(&made, error))?);
        }
        Ok(())
    };
    let asked: Result<(), BackendError> = asked.await;
    let accepted = asked.as_ref().err().map_or(made.as_slice(), BackendError::accepted);
    session.backend.report_missing_values(preparation, accepted, context).await;
    match asked {
        Ok(()) => Ok(preparation.adopted.iter().cloned().chain(made).collect()),
        Err(error) => Err(part_way(&preparation.adopted, error)),
    }
}

/// Sends one request. If its answer is lost, sends it again only for the targets that have no deployment yet.
async fn ask_one(
    session: &Session<'_>,
    prepared: &Prepared,
    before: &Before,
    context: Context<'_>,
) -> Result<Vec<Deployment>, BackendError> {
    let (doing, check) = (format!("deploying {prepared}"), check(prepared));
    let mut missing = prepared.clone();
    let mut found = Vec::new();
    let mut sent = 0;
    loop {
        sent += 1;
        let lost = match session.backend.deploy(&missing, Permit::always(), context).await {
            Ok(Sent::Accepted(made)) => {
                found.extend(made);
                return Ok(found);
            }
            Ok(Sent::Lost(cause)) => cause,
            // A refusal of the second request says nothing about the first, whose answer was lost.
            Err(error) if sent > 1 => return Err(part_way(&found, error.of_an_earlier_try(&doing, &check))),
            Err(error) => return Err(part_way(&found, error)),
        };
        (session.say)(Notice::AnswerLost(format!("{doing}: {lost}")));
        let lost_for_good = |source| BackendError::AnswerLost {
            doing: doing.clone(),
            check: check.clone(),
            source: Box::new(source),
        };
        // Once some of the deployments are there, the rest get the same two looks.
        loop {
            match look(session, &missing, before, sent, context).await {
                Ok(Settled::Found(shown)) => {
                    found.extend(shown.found);
                    if shown.is_hidden {
                        return Err(part_way(&found, lost_for_good(lost)));
                    }
                    let Some(rest) = shown.missing else {
                        context.ledger.settled();
                        return Ok(found);
                    };
                    missing = rest;
                }
                Ok(Settled::SendAgain) => break,
                Ok(Settled::Unclear) => return Err(part_way(&found, lost_for_good(lost))),
                Err(cause) => return Err(part_way(&found, lost_for_good(cause))),
            }
        }
        (session.say)(Notice::Warning(format!("two looks found nothing; {doing} is sent again")));
    }
}

/// Looks until the outcome of a request that was sent `sent` times is clear.
async fn look(
    session: &Session<'_>,
    prepared: &Prepared,
    before: &Before,
    sent: u32,
    context: Context<'_>,
) -> Result<Settled<LookResult>, Cause> {
    let look = || async {
        let shown = session.backend.look(prepared, before, context).await?;
        Ok(Some(shown).filter(|it| it.is_hidden || !it.found.is_empty()))
    };
    settle(sent, session.backend.read_limit(), context, look).await
}

/// Says where to look if it is not known whether a deployment was made.
fn check(prepared: &Prepared) -> String {
    let targets: Vec<_> = prepared.targets().iter().map(|it| it.target.to_string()).collect();
    let place = if targets.len() == 1 { targets.concat() } else { prepared.environments() };
    format!(
        "look at {place} for a deployment of release {} before anything is run again; a re-run of this build \
         takes over what it finds there",
        prepared.release().version
    )
}

/// Adds the deployments accepted before the error to it.
pub(super) fn part_way(accepted: &[Deployment], error: BackendError) -> BackendError {
    if accepted.is_empty() {
        return error;
    }
    let accepted = accepted.iter().chain(error.accepted()).cloned().collect();
    let source = match error {
        BackendError::PartWay { source, .. } => source,
        error => Box::new(error),
    };
    BackendError::PartWay { accepted, source }
}

#[cfg(test)]
mod tests {
    use crate::model::{EnvironmentName, TenantTarget};

    use super::*;

    fn deployment(id: &str) -> Deployment {
        let target = TenantTarget { environment: EnvironmentName::new("Test"), tenant: None };
        Deployment { id: id.to_owned(), task: id.to_owned(), target, url: String::new(), adopted: None }
    }

    #[test]
    fn what_was_accepted_before_is_told_once_with_the_cause() {
        let cause = || BackendError::Impossible("no".to_owned());
        assert!(matches!(part_way(&[], cause()), BackendError::Impossible(_)));
        let later = part_way(&[deployment("2")], cause());
        let both = part_way(&[deployment("1")], later);
        let ids: Vec<_> = both.accepted().iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["1", "2"]);
        assert_eq!(both.to_string(), "2 deployments were accepted before this happened: no");
    }
}
