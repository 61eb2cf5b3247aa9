//! Waits for the end of a promotion: drives it, or watches it where another process drives.

use std::sync::Arc;
use std::time::Duration;

use promenade::actions::Stopper;
use promenade::backend::Stop;
use promenade::driver::{self, Homes, Until};
use promenade::flow::admission::PromotionId;
use promenade::store::{Store, StoreError};
use tokio::time::sleep;

use crate::cli::output::Output;

use super::driving::{driving, lock};
use super::news::{Follower, Reporter};

/// The pause between two looks at the journal.
const NOTICE: Duration = Duration::from_millis(100);

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
    let is_over = async || passing(store.is_over(id).await);
    let Some(_lock) = lock(store, stop, "watching the release", is_over, output).await? else {
        return Ok(());
    };
    let listener = Arc::clone(reporter);
    let driving = driving(store, homes, stop, output, move |event| drop(listener.hear(event)));
    Box::pin(driver::drive(driving, &Until::Ended(id.clone()))).await
}
