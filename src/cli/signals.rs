//! The word to stop that the operating system passes on. It is heard on a thread of its own, so that nothing that the
//! run does, however long it takes, can hold it up.

use promenade::actions::{Stop, Stopper};

/// The word to stop, given by an interrupt, a hang-up or a request to terminate. The second such signal ends the
/// process with this code at once, as people expect of an impatient Ctrl-C.
///
/// What the process was started to ignore, by `nohup` or in the background of a script, stays ignored. That is known
/// on Linux alone.
pub(crate) fn stop_on_signals(code: u8) -> Stop {
    let (stopper, stop) = Stopper::new();
    let (ready, is_ready) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new().name("signals".to_owned());
    let started = thread.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        // Where there is none, a signal ends the process as it would by itself.
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let mut signals = Signals::listen();
            ready.send(()).ok();
            signals.next().await;
            stopper.stop();
            signals.next().await;
            end_at_once(code);
        });
    });
    if started.is_ok() {
        // From here on a signal is heard, and not before: what was begun already would be lost.
        is_ready.recv().ok();
    }
    stop
}

#[expect(clippy::exit, reason = "somebody has asked twice; what runs on the server goes on")]
fn end_at_once(code: u8) -> ! {
    std::process::exit(i32::from(code))
}

/// The signals that mean the same.
#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = std::fs::read_to_string("/proc/self/status").map_or(0, |it| ignored(&it));
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let heard = kinds.into_iter().filter(|it| !is_among(ignored, it.as_raw_value()));
        Self(heard.filter_map(|it| signal(it).ok()).collect())
    }

    /// Ends when one of them comes.
    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let come = self.0.iter_mut().any(|it| it.poll_recv(context).is_ready());
            if come { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

/// The set of signals that a process ignores, as Linux tells it: bit 0 is signal 1.
#[cfg(unix)]
fn ignored(status: &str) -> u64 {
    let digits = status.lines().find_map(|it| it.strip_prefix("SigIgn:"));
    digits.and_then(|it| u64::from_str_radix(it.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(unix)]
fn is_among(set: u64, signal: i32) -> bool {
    let bit = u32::try_from(signal - 1).ok().and_then(|it| 1_u64.checked_shl(it));
    bit.is_some_and(|it| set & it != 0)
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_from_the_bits_of_linux() {
        let set = ignored("Name:\tx\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001003\n");
        let found: Vec<_> = (1..=64).filter(|it| is_among(set, *it)).collect();
        assert_eq!(found, [1, 2, 13]);
        assert_eq!(
            (ignored(""), ignored("SigIgn:\tno"), is_among(u64::MAX, 0), is_among(1, 99)),
            (0, 0, false, false)
        );
    }
}
