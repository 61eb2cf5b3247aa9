//! Waits for the end of a promotion: drives it, or watches it where another process drives.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use promenade::actions::Stopper;
use promenade::backend::Stop;
use promenade::ci::report::{Line, Tone};
use promenade::driver::{self, Homes, Pace, Until};
use promenade::flow::admission::PromotionId;
use promenade::store::{Driver, DriverLock, Driving, Store, StoreError};
use tokio::time::sleep;

use crate::cli::output::Output;

use super::news::{Follower, Reporter};

/// The pause between two looks at the journal.
const NOTICE: Duration = Duration::from_millis(100);

/// The pause between two attempts to drive, while another process does.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long a driver may take to end after the stop signal. What it was doing is taken up by the next one.
pub(crate) const GRACE: Duration = Duration::from_secs(8);

/// A promotion that was started or changed, and who prints its news.
pub(crate) struct Promoted {
    pub(crate) id: PromotionId,
    pub(crate) follower: Follower,
    pub(crate) reporter: Arc<Reporter>,
}

/// How a wait ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Waited {
    /// The promotion has ended, or is driven no further.
    Over,
    /// The wait ended while the promotion goes on, for this reason.
    GoesOn(&'static str),
}

/// This process, as it describes itself to others.
pub(crate) fn me() -> Driver {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|it| it.trim().to_owned());
    Driver { pid: std::process::id(), host: host.filter(|it| !it.is_empty()), since: Timestamp::now() }
}

/// Reports which process drives.
pub(crate) fn say_who(driver: Option<&Driver>, then: &str, output: &Output) {
    let who = match driver {
        Some(Driver { pid, host, since }) => {
            let host = host.as_ref().map(|it| format!(" on {it}")).unwrap_or_default();
            format!("process {pid}{host} drives since {}", since.strftime("%Y-%m-%dT%H:%M:%SZ"))
        }
        None => "another process drives".to_owned(),
    };
    let text = promenade::text::clean(&format!("run: {who}; {then}"));
    output.lines(&[Line::new(Tone::Plain, text)]);
}

/// Whether a process drives what this store holds.
///
/// # Errors
/// The file of the lock cannot be used.
pub(crate) fn is_driven(store: &Store) -> Result<bool, StoreError> {
    Ok(matches!(DriverLock::take(store.path(), &me())?, Driving::Elsewhere(_)))
}

/// Waits for the end of a promotion, and prints its news.
///
/// # Errors
/// The store cannot be used.
pub(crate) async fn wait(
    store: &Arc<Store>,
    homes: Homes,
    promoted: Promoted,
    limit: Option<Duration>,
    signal: &Stop,
    output: &Arc<Output>,
) -> Result<Waited, StoreError> {
    let Promoted { id, mut follower, reporter } = promoted;
    let id = &id;
    let (stopper, stop) = Stopper::new();
    let (told, done) = {
        let driving = drive_or_watch(store, homes, id, &stop, &reporter, output);
        // Side by side with the driver: each may hold the store while the other one waits for it.
        let news = async {
            loop {
                sleep(NOTICE).await;
                if let Err(error) = passing(follower.tell(id).await) {
                    break error;
                }
            }
        };
        let over = over(signal, limit);
        let grace = async {
            stop.requested().await;
            sleep(GRACE).await;
        };
        tokio::pin!(driving, news, over, grace);
        let mut told = None;
        let done = loop {
            tokio::select! {
                biased;
                why = &mut over, if told.is_none() => {
                    told = Some(why);
                    stopper.stop();
                }
                done = &mut driving => break done,
                error = &mut news => break Err(error),
                () = &mut grace => break Ok(()),
            }
        };
        (told, done)
    };
    follower.tell(id).await?;
    done?;
    match told {
        Some(why) if !store.is_over(id).await? => Ok(Waited::GoesOn(why)),
        _ => Ok(Waited::Over),
    }
}

/// What could not be read and may be read at the next look does not end a wait: the promotion goes on.
fn passing<T: Default>(read: Result<T, StoreError>) -> Result<T, StoreError> {
    match read {
        Err(error) if error.may_pass() => Ok(T::default()),
        other => other,
    }
}

/// Ends when the wait is over although the promotion may go on.
async fn over(signal: &Stop, limit: Option<Duration>) -> &'static str {
    let limit = async {
        match limit {
            Some(limit) => sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = signal.requested() => "promenade was told to stop",
        () = limit => "the limit of --wait is over",
    }
}

/// Drives as soon as no other process does. Ends with the promotion, or at the stop signal.
async fn drive_or_watch(
    store: &Arc<Store>,
    homes: Homes,
    id: &PromotionId,
    stop: &Stop,
    reporter: &Arc<Reporter>,
    output: &Arc<Output>,
) -> Result<(), StoreError> {
    let mut is_said = false;
    let _lock = loop {
        match DriverLock::take(store.path(), &me())? {
            Driving::Here(lock) => break lock,
            Driving::Elsewhere(driver) => {
                if !std::mem::replace(&mut is_said, true) {
                    say_who(driver.as_ref(), "watching the release", output);
                }
            }
        }
        if passing(store.is_over(id).await)? {
            return Ok(());
        }
        tokio::select! {
            () = stop.requested() => return Ok(()),
            () = sleep(PATIENCE) => {}
        }
    };
    let listener = Arc::clone(reporter);
    let hider = Arc::clone(output);
    let driving = driver::Driving {
        store: Arc::clone(store),
        homes,
        say: Box::new(move |event| drop(listener.hear(event))),
        redact: Box::new(move |text| hider.redacted(text)),
        stop: stop.clone(),
        pace: Pace::default(),
    };
    Box::pin(driver::drive(driving, &Until::Ended(id.clone()))).await
}
