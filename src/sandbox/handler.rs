//! Handles a request: the control routes answer at once, all else meets the scripted faults, then the world.

use std::{future::pending, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::{Notify, oneshot},
    time::sleep,
};

use crate::sandbox::{
    answer::{self, Answer},
    carry_out::CarryOut,
    control,
    faults::Fault,
    hiding::HiddenFields,
    message::{Request, Response},
    recorded::Arrival,
    shared::Shared,
};

/// Answers a request; never returns where a fault keeps the answer. `reset` resets the connection that
/// carried it.
pub(crate) async fn handle(
    shared: &Arc<Shared>,
    arrival: Arrival,
    request: Request,
    reset: &Notify,
) -> Answer {
    let base_path = shared.contents().world.base_path().to_owned();
    if let Some(path) = control::path(&base_path, &request.path) {
        let request = Request { path: path.to_owned(), ..request };
        return answer::plain(control::respond(shared, &request, Timestamp::now()));
    }
    let (number, fault) = {
        let mut contents = shared.contents();
        let fault = contents.scripts.meet(&request, shared.elapsed());
        (contents.requests.enter(&request, arrival, fault.as_ref()), fault)
    };
    let exchange = Exchange { shared: Arc::clone(shared), number, request };
    let answer = match fault {
        None => answer::plain(exchange.carry_out()),
        Some(fault) => exchange.meet(fault, reset).await,
    };
    shared.contents().requests.answered(number, answer.status().as_u16());
    answer
}

/// A request under its number, on its way to an answer.
#[derive(Debug, Clone)]
struct Exchange {
    shared: Arc<Shared>,
    number: u64,
    request: Request,
}

impl Exchange {
    /// Lets the world carry the request out.
    fn carry_out(&self) -> Response {
        let mut contents = self.shared.contents();
        let response = contents.world.respond(&self.request, Timestamp::now());
        contents.requests.carried_out(self.number, self.shared.elapsed());
        response
    }

    /// Lets the world carry the request out after this time, even if the client has disconnected.
    fn carry_out_later(&self, wait: Duration) -> oneshot::Receiver<Response> {
        let (done, answer) = oneshot::channel();
        let exchange = self.clone();
        self.shared.spawn(async move {
            sleep(wait).await;
            let _ = done.send(exchange.carry_out());
        });
        answer
    }

    /// Carries the request out for a fault that keeps the true answer from the client.
    fn carry_out_unseen(&self, when: CarryOut) {
        match when {
            CarryOut::No => {}
            CarryOut::Yes => drop(self.carry_out()),
            CarryOut::After(wait) => drop(self.carry_out_later(wait)),
        }
    }

    /// The answer that a fault leaves of the true one.
    async fn meet(&self, fault: Fault, reset: &Notify) -> Answer {
        match fault {
            Fault::Latency { ms } => self.hang(Some(ms), CarryOut::No).await,
            Fault::Hang { ms, carry_out } => self.hang(ms, carry_out).await,
            Fault::Status { status, body, retry_after, headers, carry_out } => {
                self.carry_out_unseen(carry_out);
                answer::plain(answer::instead(status, body, retry_after, &headers))
            }
            Fault::ContentType { value } => answer::retyped(self.carry_out(), &value),
            Fault::Truncated { cut } => answer::truncated(self.carry_out(), cut),
            Fault::Malformed {} => answer::malformed(self.carry_out()),
            Fault::Oversized { mebibytes } => answer::oversized(self.carry_out(), mebibytes),
            Fault::Drip { ms, bytes } => {
                let bytes = usize::try_from(bytes.get()).unwrap_or(usize::MAX);
                answer::dripping(self.carry_out(), Duration::from_millis(ms), bytes)
            }
            Fault::CamelCase {} => answer::camel_cased(self.carry_out()),
            Fault::Lacking { fields, blank } => answer::lacking(self.carry_out(), &fields, blank),
            Fault::Unlisted { ids, newest, younger_than_ms } => {
                let since = Timestamp::now().saturating_sub(Duration::from_millis(younger_than_ms));
                let since = since.ok().filter(|_| younger_than_ms > 0);
                answer::unlisted(self.carry_out(), &HiddenFields { ids, newest, since })
            }
            Fault::Reset { carry_out } => {
                self.carry_out_unseen(carry_out);
                reset.notify_one();
                pending().await
            }
            Fault::Refuse { ms, carry_out } => {
                self.carry_out_unseen(carry_out);
                // The listener closes before it resets the connections, this one included, so that a client
                // that reconnects at once is refused.
                self.shared.go_away(Duration::from_millis(ms));
                pending().await
            }
        }
    }

    /// The true answer, held back for `ms` milliseconds, or for ever.
    async fn hang(&self, ms: Option<u64>, carry_out: CarryOut) -> Answer {
        let hold = async {
            match ms {
                Some(ms) => sleep(Duration::from_millis(ms)).await,
                None => pending().await,
            }
        };
        let response = match carry_out {
            CarryOut::No => {
                hold.await;
                self.carry_out()
            }
            CarryOut::Yes => {
                let response = self.carry_out();
                hold.await;
                response
            }
            CarryOut::After(wait) => {
                let late = self.carry_out_later(wait);
                hold.await;
                match late.await {
                    Ok(response) => response,
                    // The late task ends without an answer only when the sandbox stops.
                    Err(_) => pending().await,
                }
            }
        };
        answer::plain(response)
    }
}
