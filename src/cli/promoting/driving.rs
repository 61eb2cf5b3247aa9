//! Driving from a command: the right to drive, and what a driver works with.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use promenade::backend::Stop;
use promenade::ci::report::{Line, Tone};
use promenade::driver::{self, DriverEvent, Homes, Pace};
use promenade::store::{Driver, DriverLock, Driving, Store, StoreError};
use tokio::time::sleep;

use crate::cli::output::Output;

/// The pause between two attempts to drive, while another process does.
const PATIENCE: Duration = Duration::from_millis(500);

/// This process, as it describes itself to others.
fn me() -> Driver {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|it| it.trim().to_owned());
    Driver { pid: std::process::id(), host: host.filter(|it| !it.is_empty()), since: Timestamp::now() }
}

/// Reports which process drives.
fn say_who(driver: Option<&Driver>, then: &str, output: &Output) {
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

/// Waits for the right to drive; `None` = the stop signal came first, or nothing is left to drive. `then` is what this
/// process does meanwhile.
///
/// # Errors
/// The file of the lock cannot be used, or `is_over` failed.
pub(crate) async fn lock(
    store: &Store,
    stop: &Stop,
    then: &str,
    is_over: impl AsyncFn() -> Result<bool, StoreError>,
    output: &Output,
) -> Result<Option<DriverLock>, StoreError> {
    let mut is_said = false;
    loop {
        match DriverLock::take(store.path(), &me())? {
            Driving::Here(lock) => return Ok(Some(lock)),
            Driving::Elsewhere(driver) => {
                if !std::mem::replace(&mut is_said, true) {
                    say_who(driver.as_ref(), then, output);
                }
            }
        }
        if is_over().await? {
            return Ok(None);
        }
        tokio::select! {
            biased;
            () = stop.requested() => return Ok(None),
            () = sleep(PATIENCE) => {}
        }
    }
}

/// What a driver of this program works with.
pub(crate) fn driving(
    store: &Arc<Store>,
    homes: Homes,
    stop: &Stop,
    output: &Arc<Output>,
    say: impl Fn(DriverEvent) + Send + Sync + 'static,
) -> driver::Driving {
    let hider = Arc::clone(output);
    driver::Driving {
        store: Arc::clone(store),
        homes,
        say: Box::new(say),
        redact: Box::new(move |text| hider.redacted(text)),
        stop: stop.clone(),
        pace: Pace::default(),
    }
}
