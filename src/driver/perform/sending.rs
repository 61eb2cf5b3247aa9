//! Sends one request of an attempt with a permit, or looks for what it made if it may have been sent before.

use tokio::time::{Instant, sleep_until};

use crate::backend::{
    Backend, BackendError, Cause, Deployment, ErrorKind, LookResult, Permit, Prepared, Sent, after,
};
use crate::driver::begin::{self, Conclusion, Found, PERMIT};
use crate::driver::now;
use crate::driver::records::{Made, Requests};
use crate::driver::world::Call;
use crate::flow::engine::Wish;
use crate::flow::input::Report;
use crate::store::Claim;

use super::refusal::refusal;
use super::{Hindrance, Pass, Performer};

/// The next request of an attempt.
pub(super) struct Sending<'a> {
    pub(super) home: &'a Backend,
    pub(super) requests: Requests,
    /// The first of the requests.
    pub(super) next: Prepared,
    /// How often it may have been sent.
    pub(super) sent: u32,
    pub(super) wish: Wish,
}

impl Sending<'_> {
    /// Sends the request, once, while its permit holds.
    pub(super) async fn send(mut self, by: &mut Performer<'_>) -> Result<Pass, Hindrance> {
        let record = self.requests.text().map_err(Hindrance::Unusable)?;
        let (store, holder) = (by.world.store(), &by.world.holder);
        let asked = Instant::now();
        let Some(claim) = store.claim_send(by.key, holder, &record, now()).await? else {
            // It is not wanted any more, or another process performs the attempt: the row says which.
            return Ok(Pass::Changed);
        };
        self.sent = claim.sent;
        let call = Call::of(by.world, by.key);
        let permit = Permit::until(asked + PERMIT);
        let answer = Box::pin(self.home.deploy(&self.next, permit, call.context())).await;
        by.quiet_since = Some(Instant::now());
        match answer {
            Ok(Sent::Accepted(made)) => self.settle(by, made, None).await,
            Ok(Sent::Lost(cause)) => {
                by.world.trouble(Some(by.key), format!("the answer to a request was lost: {cause}"), None);
                Ok(Pass::Changed)
            }
            Err(error) => self.refused(by, &claim, error).await,
        }
    }

    /// Looks whether what the request asks for is there already, and sends it if not.
    pub(super) async fn survey(self, by: &mut Performer<'_>) -> Result<Pass, Hindrance> {
        match self.shown(by).await {
            Ok((Found::It, shown)) => self.settle(by, shown.found, shown.missing.as_ref()).await,
            Ok((Found::Nothing | Found::Hidden, _)) => self.send(by).await,
            Err(cause) => Ok(Pass::Later(format!("it is not known what is there: {cause}"), None)),
        }
    }

    /// What the home shows now of what the request may have made.
    async fn shown(&self, by: &Performer<'_>) -> Result<(Found, LookResult), Cause> {
        let call = Call::of(by.world, by.key);
        let shown = Box::pin(self.home.look(&self.next, &self.requests.before, call.context())).await?;
        let found = match (shown.is_hidden, shown.found.is_empty()) {
            (true, _) => Found::Hidden,
            (false, false) => Found::It,
            (false, true) => Found::Nothing,
        };
        Ok((found, shown))
    }

    /// The home did not carry the request out, or only a part of it.
    async fn refused(
        mut self,
        by: &mut Performer<'_>,
        claim: &Claim,
        error: BackendError,
    ) -> Result<Pass, Hindrance> {
        if !error.accepted().is_empty() {
            self.requests.made.extend(error.accepted().to_vec());
            let incomplete = Some(error.to_string());
            return by.made(Made { deployments: self.requests.made, incomplete }).await;
        }
        if error.kind() == ErrorKind::Unclear {
            return Ok(Pass::Later(error.to_string(), error.advice()));
        }
        let unsent = error.is_unsent() || error.kind() == ErrorKind::NotSent;
        if unsent {
            let keeps_record = !self.requests.made.is_empty();
            by.world.store().give_back(by.key, &by.world.holder, claim, keeps_record).await?;
        }
        match refusal(&error) {
            Some(report) if self.sent > 1 => self.refused_later(by, report).await,
            Some(report) => self.ended(by, report).await,
            None => Ok(Pass::Later(error.to_string(), error.advice())),
        }
    }

    /// A refusal says nothing about an earlier request whose answer was lost. That one was looked for before this one was
    /// sent; now that nothing more is sent, it is looked for once again.
    async fn refused_later(self, by: &mut Performer<'_>, report: Report) -> Result<Pass, Hindrance> {
        match self.shown(by).await {
            Ok((Found::It, shown)) => self.settle(by, shown.found, shown.missing.as_ref()).await,
            Ok((Found::Nothing, _)) => self.ended(by, report).await,
            Ok((Found::Hidden, _)) => self.unknown(by).await,
            Err(cause) => Ok(still_unknown(&cause)),
        }
    }

    /// Nothing came of this request. What others of the attempt made is watched.
    async fn ended(self, by: &Performer<'_>, report: Report) -> Result<Pass, Hindrance> {
        if self.requests.made.is_empty() {
            return by.report(report).await;
        }
        let incomplete = match report {
            Report::Refused(reason) | Report::Failed { reason, .. } => Some(reason),
            _ => Some("the rest could not be asked for".to_owned()),
        };
        by.made(Made { deployments: self.requests.made, incomplete }).await
    }

    /// Looks for what the request made, when nothing can be on its way any more.
    pub(super) async fn look(mut self, by: &mut Performer<'_>) -> Result<Pass, Hindrance> {
        let quiet_since = *by.quiet_since.get_or_insert_with(Instant::now);
        let quiet = after(quiet_since, begin::put_off(self.home.read_limit()));
        tokio::select! {
            biased;
            () = by.world.stop().requested() => return Ok(Pass::Over),
            () = sleep_until(quiet) => {}
        }
        let (found, shown) = match self.shown(by).await {
            Ok(shown) => shown,
            Err(cause) => return Ok(still_unknown(&cause)),
        };
        match begin::conclude(found, self.sent, self.wish) {
            Conclusion::Made => {
                // The rest may still be on its way: the next look for it is put off again.
                by.quiet_since = Some(Instant::now());
                self.settle(by, shown.found, shown.missing.as_ref()).await
            }
            Conclusion::SendAgain => self.send(by).await,
            Conclusion::Stopped => by.stopped(&self.requests.made).await,
            Conclusion::Unknown => {
                self.requests.made.extend(shown.found);
                self.unknown(by).await
            }
        }
    }

    /// The request made these, and still misses the deployments of another one. Without one it is done.
    async fn settle(
        mut self,
        by: &Performer<'_>,
        made: Vec<Deployment>,
        missing: Option<&Prepared>,
    ) -> Result<Pass, Hindrance> {
        self.requests.settle(made, missing).map_err(Hindrance::Unusable)?;
        if self.requests.open.is_empty() {
            return by.made(Made { deployments: self.requests.made, incomplete: None }).await;
        }
        let record = self.requests.text().map_err(Hindrance::Unusable)?;
        by.world.store().advance(by.key, &by.world.holder, &record, missing.is_none()).await?;
        Ok(Pass::Changed)
    }

    async fn unknown(self, by: &Performer<'_>) -> Result<Pass, Hindrance> {
        if self.wish == Wish::Look {
            // It is known already that nobody knows; the next look is made later.
            return Ok(Pass::Rest);
        }
        let target = self.next.to_string();
        by.report(Report::Unknown(format!(
            "nobody can tell whether {target} was deployed: the request was sent {} times and the server does not show what became of it",
            self.sent
        )))
        .await
    }
}

fn still_unknown(cause: &Cause) -> Pass {
    Pass::Later(format!("it is not known what became of it: {cause}"), None)
}
