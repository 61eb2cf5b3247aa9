//! What a request meets on its way: the control routes, the journal, the scripted faults, the world.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::{
    sync::{Notify, mpsc, oneshot},
    task::JoinSet,
    time::sleep,
};

use crate::sandbox::{
    World,
    answer::{self, Answer},
    control,
    exchange::{Request, Response},
    faults::{CarryOut, Fault, Scripts},
    hiding::Hidden,
    journal::{Arrival, Journal},
};

/// All that the connections share.
#[derive(Debug)]
pub(crate) struct Room {
    contents: Mutex<Contents>,
    started: Instant,
    /// How fast the world's time runs, for a world that replaces it.
    scale: f64,
    /// Asks the listener to go away for a while.
    outages: mpsc::UnboundedSender<Duration>,
    /// Everything that runs, so that stopping leaves nothing: the listener, connections, late writes.
    /// `None` once it has stopped.
    tasks: Mutex<Option<JoinSet<()>>>,
}

/// What changes while the sandbox runs.
pub(crate) struct Contents {
    pub(crate) world: World,
    pub(crate) scripts: Scripts,
    pub(crate) journal: Journal,
}

/// One connection, as a fault sees it.
#[derive(Debug)]
pub(crate) struct Line {
    /// 1 for the first connection after the start.
    pub(crate) number: u64,
    /// Told to reset the connection.
    pub(crate) reset: Notify,
}

impl Room {
    pub(crate) fn new(world: World, scale: f64, outages: mpsc::UnboundedSender<Duration>) -> Self {
        let contents = Contents { world, scripts: Scripts::default(), journal: Journal::default() };
        Self {
            contents: Mutex::new(contents),
            started: Instant::now(),
            scale,
            outages,
            tasks: Mutex::new(Some(JoinSet::new())),
        }
    }

    /// A panic while the lock was held has been reported where it happened; the contents are plain values.
    pub(crate) fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn scale(&self) -> f64 {
        self.scale
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Closes the listener for a while and resets every connection.
    pub(crate) fn go_away(&self, time: Duration) {
        // The receiver lives as long as the listener; where that has stopped there is nothing to close.
        let _ = self.outages.send(time);
    }

    /// Runs a task that ends with the sandbox at the latest.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = tasks.as_mut() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    /// Lets no new task begin and hands over those that run, so that they can be ended.
    pub(crate) fn close(&self) -> JoinSet<()> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    /// Answers a request; never returns where a fault keeps the answer.
    pub(crate) async fn serve(self: Arc<Self>, line: &Line, request: Request, at: Duration) -> Answer {
        let base_path = self.contents().world.base_path().to_owned();
        if let Some(path) = control::path(&base_path, &request.path) {
            let request = Request { path: path.to_owned(), ..request };
            return answer::plain(control::respond(&self, &request, Timestamp::now()));
        }
        let arrival = Arrival { at, connection: line.number };
        let (number, fault) = {
            let mut contents = self.contents();
            let fault = contents.scripts.meet(&request, self.elapsed());
            (contents.journal.enter(&request, arrival, fault.as_ref()), fault)
        };
        let visit = Visit { room: Arc::clone(&self), number, request };
        let answer = match fault {
            None => answer::plain(visit.carry_out()),
            Some(fault) => visit.meet(fault, line).await,
        };
        self.contents().journal.answered(number, answer.status().as_u16());
        answer
    }
}

/// A request under its number.
#[derive(Debug, Clone)]
struct Visit {
    room: Arc<Room>,
    number: u64,
    request: Request,
}

impl Visit {
    /// Lets the world carry the request out.
    fn carry_out(&self) -> Response {
        let mut contents = self.room.contents();
        let response = contents.world.respond(&self.request, Timestamp::now());
        contents.journal.carried_out(self.number, self.room.elapsed());
        response
    }

    /// The same later, whether or not anyone still waits for the answer.
    fn carry_out_later(&self, wait: Duration) -> oneshot::Receiver<Response> {
        let (done, answer) = oneshot::channel();
        let visit = self.clone();
        self.room.spawn(async move {
            sleep(wait).await;
            let _ = done.send(visit.carry_out());
        });
        answer
    }

    /// Carries the request out as a fault wants it whose client never sees the answer.
    fn carry_out_unseen(&self, when: CarryOut) {
        match when {
            CarryOut::No => {}
            CarryOut::Yes => drop(self.carry_out()),
            CarryOut::After(wait) => drop(self.carry_out_later(wait)),
        }
    }

    async fn meet(&self, fault: Fault, line: &Line) -> Answer {
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
                answer::unlisted(self.carry_out(), &Hidden { ids, newest, since })
            }
            Fault::Reset { carry_out } => {
                self.carry_out_unseen(carry_out);
                line.reset.notify_one();
                pending().await
            }
            Fault::Refuse { ms, carry_out } => {
                self.carry_out_unseen(carry_out);
                // The listener closes before it resets the connections, this one among them, so that a client
                // which comes back at once is refused.
                self.room.go_away(Duration::from_millis(ms));
                pending().await
            }
        }
    }

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

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contents").field("scripts", &self.scripts).finish_non_exhaustive()
    }
}
