//! Decides what a missing answer to a mutating request means, and reads details that are only reported.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::Instant;

pub(super) use crate::backend::Settled;
use crate::backend::{BackendError, Context, settle};
use crate::octopus::{self as api, Request};

use super::Octopus;

/// The time limit for reading details that are only reported.
const PATIENCE: Duration = Duration::from_secs(10);

impl Octopus {
    /// The reason for a refusal, if it is certain: a server without the routes that create and deploy in one request.
    pub(super) async fn too_old(&self, refusal: &api::Error, context: Context<'_>) -> Option<api::Error> {
        let api::Error::Refused { status: 400 | 404 | 405, request, .. } = refusal else { return None };
        if !(request.contains("/create/") && request.contains("/v1")) {
            return None;
        }
        let root = self.glance(&api::server::root(), context).await?;
        let too_old = api::Error::TooOld { version: root.version.clone(), request: request.clone() };
        (!root.has_executions_api()).then_some(too_old)
    }

    /// Reads a detail that is only reported; `None` if the answer takes too long.
    pub(super) async fn glance<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        context: Context<'_>,
    ) -> Option<A> {
        let until = context.deadline.min(Instant::now() + PATIENCE);
        self.client.send_retrying(request, until).await.ok().map(|it| it.value)
    }

    /// Looks until the outcome of a request that was sent `sent` times is clear: see [`settle`].
    ///
    /// # Errors
    ///
    /// The server did not show it.
    pub(super) async fn settle<T, Look>(
        &self,
        sent: u32,
        context: Context<'_>,
        look: impl Fn() -> Look,
    ) -> Result<Settled<T>, api::Error>
    where
        Look: Future<Output = Result<Option<T>, api::Error>> + Send,
    {
        settle(sent, self.client.read_limit(), context, look).await
    }
}

/// The error for a request that certainly changed nothing. If the answer to an earlier one was `lost`, even a refusal
/// proves nothing about the earlier one.
pub(super) fn unanswered(doing: &str, check: &str, lost: bool, error: api::Error) -> BackendError {
    if lost {
        answer_lost(&format!("an earlier attempt at {doing}"), check, error)
    } else {
        BackendError::from_client(doing, error)
    }
}

/// The error for a request if it is not known whether it was carried out.
pub(super) fn answer_lost(doing: &str, check: &str, error: api::Error) -> BackendError {
    BackendError::AnswerLost {
        doing: doing.to_owned(),
        check: check.to_owned(),
        source: Box::new(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::sleep_until;

    use super::*;
    use crate::backend::context::tests::context;
    use crate::backend::octopus::writing::tests::octopus;
    use crate::backend::{Ledger, Stop};
    use crate::octopus::SendError;

    const SECOND: Duration = Duration::from_secs(1);

    /// What the looks came to that each took so long, and when they were asked, in milliseconds.
    async fn looks(read_limit: u64, takes: u64, until: u64, sent: u32) -> (Settled<()>, Vec<u128>) {
        let octopus = octopus("http://o", Duration::from_millis(read_limit), SECOND);
        let (begun, asked) = (Instant::now(), Mutex::new(Vec::new()));
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let context = context(begun + Duration::from_millis(until), &stop, &ledger);
        let note = || {
            let mut asked = asked.lock().unwrap();
            assert!(asked.len() < 10, "looks without end: {asked:?}");
            asked.push(begun.elapsed().as_millis());
        };
        let look = || async {
            note();
            sleep_until(Instant::now() + Duration::from_millis(takes)).await;
            Ok(None)
        };
        let settled = octopus.settle(sent, context, look).await.unwrap();
        (settled, asked.into_inner().unwrap())
    }

    /// The clock stands still but for what is slept.
    #[tokio::test(start_paused = true)]
    async fn looks_grow_rarer_until_two_are_twice_the_read_limit_apart() {
        for (read_limit, takes, expected) in [
            (10_000, 0, &[0, 1_000, 3_000, 7_000, 20_000][..]),
            (2_000, 0, &[0, 1_000, 4_000]),
            // A look in the middle, just before the one that counts, is not worth its request.
            (1_000, 0, &[0, 2_000]),
            (500, 0, &[0, 1_000]),
            // The second look is asked that long after the first was answered.
            (2_000, 3_000, &[0, 4_000, 7_000]),
            (1_000, 500, &[0, 2_500]),
        ] {
            let (settled, asked) = looks(read_limit, takes, 60_000, 1).await;
            assert_eq!(asked, expected, "read limit {read_limit}, {takes} ms a look");
            assert!(matches!(settled, Settled::SendAgain), "read limit {read_limit}, {takes} ms a look");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_twice_is_not_sent_again() {
        let (settled, asked) = looks(1_000, 0, 60_000, 2).await;
        assert_eq!(asked, [0, 2_000]);
        assert!(matches!(settled, Settled::Unclear));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_the_time_limit_forbids_leaves_it_unclear() {
        for (until, expected) in [(20_000, 4), (20_001, 5), (6_000, 3), (500, 1), (0, 1)] {
            let (settled, asked) = looks(10_000, 0, until, 1).await;
            assert_eq!(asked.len(), expected, "until {until}");
            assert_eq!(matches!(settled, Settled::Unclear), expected < 5, "until {until}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_look_shows_ends_it_whether_it_is_there_or_refused() {
        let octopus = octopus("http://o", SECOND, SECOND);
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let context = context(Instant::now() + 60 * SECOND, &stop, &ledger);
        let tries = Mutex::new(0);
        let second = || async {
            let mut tries = tries.lock().unwrap();
            *tries += 1;
            Ok((*tries == 2).then_some("there"))
        };
        assert!(matches!(octopus.settle(1, context, second).await, Ok(Settled::Found("there"))));
        let refused = || async { Err::<Option<()>, _>(refusal()) };
        assert!(octopus.settle(1, context, refused).await.is_err_and(|it| it.status() == Some(403)));
    }

    fn refusal() -> api::Error {
        api::Error::Refused {
            status: 403,
            request: "POST /x".into(),
            error: api::ApiError::read(br#"{"ErrorMessage":"No."}"#),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_limit_without_end_leaves_it_unclear_at_the_end_of_the_action() {
        for read_limit in [Duration::MAX, Duration::MAX / 2, Duration::from_secs(u64::MAX / 3)] {
            let octopus = octopus("http://o", read_limit, Duration::MAX);
            let until = Instant::now() + Duration::from_secs(7 * 24 * 3600);
            let (stop, ledger) = (Stop::never(), Ledger::default());
            let context = context(until, &stop, &ledger);
            let settled = octopus.settle(1, context, || async { Ok(None::<()>) }).await.unwrap();
            assert!(matches!(settled, Settled::Unclear), "{read_limit:?}");
            assert!(octopus.patience(context) <= until);
        }
    }

    #[test]
    fn an_error_after_a_lost_answer_says_that_one_was_lost() {
        let lost = |error| api::Error::NoAnswer { request: "POST /x".into(), error };
        let named = |error| match error {
            BackendError::AnswerLost { doing, check, .. } => {
                assert_eq!((doing.as_str(), check.as_str()), ("an earlier attempt at do", "look there"));
                "lost"
            }
            BackendError::NoAnswer { .. } => "no answer",
            BackendError::Refused { .. } => "refused",
            other => panic!("{other}"),
        };
        let unanswered = |lost, error| named(unanswered("do", "look there", lost, error));
        assert_eq!(unanswered(true, lost(SendError::NoTimeLeft)), "lost");
        assert_eq!(unanswered(false, lost(SendError::NoTimeLeft)), "no answer");
        assert_eq!(unanswered(true, refusal()), "lost", "the one before may be carried out all the same");
        assert_eq!(unanswered(false, refusal()), "refused");
    }
}
