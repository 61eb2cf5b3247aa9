//! Sends mutating requests, once each, and distinguishes an answer, a certain failure and a lost answer.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::backend::settle::pause;
use crate::backend::{Context, Notice, Permit};
use crate::octopus::{self as api, Answer, Leave, Once, Request, SendError};

use super::Octopus;

/// The outcome of a mutating request. `Err` in its place means that nothing was changed, for certain.
pub(super) enum Sent<A> {
    /// The server's answer.
    Answered(A),
    /// It is not known whether the request was carried out.
    Lost(api::Error),
}

/// A mutating request.
enum Write<'a, A> {
    /// One that the server recognises when it is repeated, or whose repetition does no harm.
    Any(&'a Request<A>),
    /// One that must not be carried out twice.
    Once(&'a Once<A>),
}

impl<A: DeserializeOwned> Write<'_, A> {
    async fn send(
        &self,
        client: &api::Client,
        leave: &Leave,
        until: Instant,
    ) -> Result<Answer<A>, api::Error> {
        match self {
            Self::Any(request) => client.send_while(leave, request, until).await,
            Self::Once(request) => client.send_once(request, leave, until).await,
        }
    }
}

/// The pause between two attempts to reach a server that does not accept connections.
const KNOCKING: Duration = Duration::from_secs(2);

/// The pause between two attempts of a request that may be carried out twice.
const LONGEST_GAP: Duration = Duration::from_secs(10);

impl Octopus {
    /// Sends a mutating request, once. Retries only as long as no connection is established, so that nothing was sent.
    ///
    /// # Errors
    ///
    /// It is certain that nothing was changed: the server itself refused, or the request did not reach it. A refusal or
    /// a redirect that does not come from the server itself proves nothing, so it counts as lost.
    pub(super) async fn write<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        context: Context<'_>,
    ) -> Result<Sent<A>, api::Error> {
        self.written(Write::Any(request), &Permit::always(), context).await
    }

    /// Sends a request that must not be carried out twice, while the permit for it holds. Permit and stop signal are
    /// looked at when the connection stands, immediately before the request is written.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write). An expired permit is [`SendError::Withheld`].
    pub(super) async fn write_once<A: DeserializeOwned>(
        &self,
        request: &Once<A>,
        permit: Permit,
        context: Context<'_>,
    ) -> Result<Sent<A>, api::Error> {
        self.written(Write::Once(request), &permit, context).await
    }

    async fn written<A: DeserializeOwned>(
        &self,
        request: Write<'_, A>,
        permit: &Permit,
        context: Context<'_>,
    ) -> Result<Sent<A>, api::Error> {
        let patience =
            permit.ends().map_or_else(|| self.patience(context), |it| it.min(self.patience(context)));
        let was_open = context.ledger.is_open();
        let leave = leave(permit, was_open, context);
        loop {
            let answer = request.send(&self.client, &leave, context.deadline).await;
            match &answer {
                Ok(_) => context.ledger.answered(),
                // That this request was not carried out proves nothing about an earlier one whose answer was lost.
                Err(error) if error.was_not_processed() => context.ledger.set_open(was_open),
                Err(_) => {}
            }
            match answer {
                Ok(answer) => return Ok(Sent::Answered(answer.value)),
                // The server's rate limit outlasts the action's time; the action does not end before its time is over.
                Err(error) if error.was_held_back() => {
                    (context.say)(Notice::Warning(format!("{error}; waiting until the time limit is over")));
                    pause(context.deadline, context).await;
                    return Err(error);
                }
                Err(error @ api::Error::NoAnswer { error: SendError::Connect(_), .. })
                    if error.is_transient() && Instant::now() + KNOCKING < patience =>
                {
                    (context.say)(Notice::Retrying(error.to_string()));
                    pause(Instant::now() + KNOCKING, context).await;
                }
                Err(error) if matches!(error.status(), Some(404 | 405)) => {
                    return match self.too_old(&error, context).await {
                        Some(too_old) => {
                            context.ledger.set_open(was_open);
                            Err(too_old)
                        }
                        None if error.was_not_processed() => Err(error),
                        None => Ok(Sent::Lost(error)),
                    };
                }
                Err(error) if error.was_not_processed() => return Err(error),
                Err(error) => return Ok(Sent::Lost(error)),
            }
        }
    }

    /// Sends a mutating request that may be carried out twice without harm, until it is answered.
    ///
    /// # Errors
    ///
    /// The server refused, or did not answer in time.
    pub(super) async fn write_repeatedly<A: DeserializeOwned>(
        &self,
        request: &Request<A>,
        context: Context<'_>,
    ) -> Result<A, api::Error> {
        let mut gap = Duration::from_millis(250);
        loop {
            let lost = match self.write(request, context).await? {
                Sent::Answered(answer) => return Ok(answer),
                Sent::Lost(error) => error,
            };
            let next = Instant::now() + gap;
            if !lost.is_transient() || next >= context.deadline || context.stop.is_requested() {
                return Err(lost);
            }
            (context.say)(Notice::Retrying(lost.to_string()));
            pause(next, context).await;
            gap = (gap * 2).min(LONGEST_GAP);
        }
    }
}

/// The leave to send a mutating request: the permit holds, and there was no stop signal. The request counts as open from
/// the moment it may be sent.
fn leave(permit: &Permit, was_open: bool, context: Context<'_>) -> Leave {
    let (stop, ledger) = (context.stop.clone(), context.ledger.share());
    let given = move || {
        let given = !stop.is_requested();
        ledger.set_open(was_open || given);
        given
    };
    Leave::when(given).until(permit.ends())
}

#[cfg(test)]
pub(super) mod tests {
    use std::net::{SocketAddr, TcpListener};
    use std::sync::Mutex;

    use tokio::time::timeout;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;
    use crate::backend::context::tests::context;
    use crate::backend::{BackendError, Ledger, Settled, Stop, Stopper};

    const SECOND: Duration = Duration::from_secs(1);

    pub(in crate::backend::octopus) fn octopus(
        url: &str,
        read_limit: Duration,
        retry_limit: Duration,
    ) -> Octopus {
        let key = api::Credential::ApiKey("API-HUNTER2".into());
        let mut connection = api::Connection::new(url, key).unwrap();
        connection.endpoint.proxy = api::Proxy::None;
        connection.endpoint.connect_limit = SECOND;
        connection.endpoint.read_limit = read_limit;
        Octopus::new(api::Client::new(connection).unwrap(), None, retry_limit)
    }

    /// An address where nobody listens.
    fn nowhere() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[tokio::test]
    async fn what_is_certain_is_distinguished_from_what_is_lost() {
        let root = br#"{"Version":"1"}"#;
        let own = br#"{"ErrorMessage":"No."}"#;
        for (status, body, expected) in [
            (200, &root[..], "answered"),
            (200, b"<html>", "lost"),
            (403, &own[..], "certain"),
            (404, own, "certain"),
            (409, own, "certain"),
            // The same without the server's own words may come from something that stands before it.
            (403, b"", "lost"),
            (409, b"<html><title>Blocked</title></html>", "lost"),
            (404, b"<html>", "lost"),
            (307, b"", "lost"),
            (500, b"", "lost"),
        ] {
            let server = MockServer::start().await;
            let answer = ResponseTemplate::new(status).set_body_bytes(body);
            Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
            let octopus = octopus(&server.uri(), 10 * SECOND, SECOND);
            let (stop, ledger) = (Stop::never(), Ledger::default());
            let context = context(Instant::now() + 10 * SECOND, &stop, &ledger);
            let got = match octopus.write(&api::server::root(), context).await {
                Ok(Sent::Answered(root)) if root.version == "1" => "answered",
                Ok(Sent::Answered(_)) => "something else",
                Ok(Sent::Lost(_)) => "lost",
                Err(_) => "certain",
            };
            assert_eq!(got, expected, "{status}");
        }
    }

    #[tokio::test]
    async fn after_the_word_to_stop_nothing_is_sent_and_a_lost_answer_stays_open() {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(500)).expect(1).mount(&server).await;
        let octopus = octopus(&server.uri(), 10 * SECOND, SECOND);
        let ((stopper, stop), ledger) = (Stopper::new(), Ledger::default());
        let until = Instant::now() + 10 * SECOND;
        let context = context(until, &stop, &ledger);
        let request = api::server::root();
        assert!(!ledger.has_sent());
        assert!(matches!(octopus.write(&request, context).await, Ok(Sent::Lost(_))));
        assert!(ledger.is_open() && ledger.has_sent());
        stopper.stop();
        assert!(octopus.write(&request, context).await.is_err_and(|it| it.was_not_processed()));
        assert!(octopus.write_repeatedly(&request, context).await.is_err());
        assert!(ledger.is_open(), "the first one may have been carried out");
        let look = || async { Ok(None::<()>) };
        assert!(matches!(octopus.settle(1, context, look).await, Ok(Settled::Unclear)), "at once");
    }

    #[tokio::test]
    async fn a_request_that_waits_for_the_rate_limit_is_not_sent_after_the_word_to_stop() {
        // Within the limit of the action, and beyond it.
        for retry_after in ["1", "3600"] {
            let server = MockServer::start().await;
            let full = ResponseTemplate::new(429).insert_header("retry-after", retry_after);
            Mock::given(any()).respond_with(full).expect(1).mount(&server).await;
            let octopus = octopus(&server.uri(), 10 * SECOND, SECOND);
            let ((stopper, stop), ledger) = (Stopper::new(), Ledger::default());
            let until = Instant::now() + 60 * SECOND;
            let context = context(until, &stop, &ledger);
            let request = api::server::root();
            let told = async {
                while server.received_requests().await.is_none_or(|it| it.is_empty()) {
                    tokio::time::sleep(SECOND / 100).await;
                }
                stopper.stop();
            };
            let (written, ()) = tokio::join!(octopus.write(&request, context), told);
            assert!(written.is_err_and(|it| it.was_not_processed()));
            assert!(!ledger.is_open(), "a 429 did nothing");
            assert!(Instant::now() + 30 * SECOND < until, "it does not wait for the limit");
        }
    }

    #[tokio::test]
    async fn what_may_be_carried_out_twice_is_sent_until_it_is_answered() {
        let server = MockServer::start().await;
        let trouble = Mock::given(any()).respond_with(ResponseTemplate::new(500)).up_to_n_times(2);
        trouble.expect(2).mount(&server).await;
        let answer = ResponseTemplate::new(200).set_body_bytes(&br#"{"Version":"1"}"#[..]);
        Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
        let octopus = octopus(&server.uri(), 10 * SECOND, SECOND);
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let until = Instant::now() + 60 * SECOND;
        let context = context(until, &stop, &ledger);
        assert!(octopus.write_repeatedly(&api::server::root(), context).await.is_ok());
        assert!(!ledger.is_open());
    }

    #[tokio::test]
    async fn a_server_that_takes_no_connection_is_not_tried_again_beyond_the_patience() {
        let said = Mutex::new(0);
        let say = |_| *said.lock().unwrap() += 1;
        let octopus = octopus(&format!("http://{}", nowhere()), SECOND, KNOCKING - SECOND / 2);
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let context = Context { say: &say, ..context(Instant::now() + 60 * SECOND, &stop, &ledger) };
        let request = api::server::root();
        let written = timeout(KNOCKING, octopus.write(&request, context)).await.expect("it gives up at once");
        assert!(written.is_err_and(|it| it.was_not_processed()));
        assert_eq!(*said.lock().unwrap(), 0);
    }

    fn deploying() -> Once<api::deployment::CreatedDeployments> {
        let body = api::deployment::DeployUntenantedV1 {
            environment_names: vec!["Test".to_owned()],
            common: api::deployment::DeployV1::default(),
        };
        api::deployment::create_untenanted_v1(&api::SpaceId::new("Spaces-1").unwrap(), &body)
    }

    #[tokio::test]
    async fn a_permit_that_runs_out_while_the_rate_limit_lasts_ends_the_request_at_once() {
        let server = MockServer::start().await;
        let full = ResponseTemplate::new(429).insert_header("retry-after", "1800");
        Mock::given(any()).respond_with(full).expect(1).mount(&server).await;
        let octopus = octopus(&server.uri(), 10 * SECOND, 3600 * SECOND);
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let context = context(Instant::now() + 3600 * SECOND, &stop, &ledger);
        // The second one is not sent at all, as the limit is known by then.
        for _ in 0..2 {
            let permit = Permit::until(Instant::now() + 600 * SECOND);
            let written = octopus.write_once(&deploying(), permit, context).await;
            assert!(written.is_err_and(|it| it.was_withheld() && it.was_not_processed()));
            assert!(!ledger.is_open(), "a 429 did nothing");
        }
    }

    #[tokio::test]
    async fn a_server_that_takes_no_connection_is_not_tried_again_with_a_permit_that_has_run_out() {
        let said = Mutex::new(0);
        let say = |_| *said.lock().unwrap() += 1;
        let octopus = octopus(&format!("http://{}", nowhere()), SECOND, 3600 * SECOND);
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let context = Context { say: &say, ..context(Instant::now() + 3600 * SECOND, &stop, &ledger) };
        let permit = Permit::until(Instant::now() + KNOCKING - SECOND / 2);
        let error = octopus.write_once(&deploying(), permit, context).await.err().expect("nobody listens");
        assert!(error.was_not_processed() && !context.ledger.is_open());
        assert!(BackendError::from_client("x", error).is_unsent());
        assert_eq!(*said.lock().unwrap(), 0);
    }

    /// Somebody listens from the first notice on, and never answers.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_no_connection_is_tried_again_after_a_pause() {
        let (address, listening) = (nowhere(), Mutex::new(Vec::new()));
        let say = |notice: Notice| {
            assert!(
                matches!(&notice, Notice::Retrying(it) if it.contains("could not connect")),
                "{notice:?}"
            );
            listening.lock().unwrap().push((TcpListener::bind(address).unwrap(), Instant::now()));
        };
        let read_limit = SECOND / 10;
        let octopus = octopus(&format!("http://{address}"), read_limit, 30 * SECOND);
        let (stop, ledger) = (Stop::never(), Ledger::default());
        let context = Context { say: &say, ..context(Instant::now() + 60 * SECOND, &stop, &ledger) };
        let written = octopus.write(&api::server::root(), context).await;
        assert!(matches!(written, Ok(Sent::Lost(_))), "it connects, and hears nothing");
        let listening = listening.lock().unwrap();
        assert_eq!(listening.len(), 1);
        assert!(listening[0].1.elapsed() >= KNOCKING + read_limit, "{:?}", listening[0].1.elapsed());
    }
}
