//! Waits for a child process, and not for long.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// How often a running process is looked at.
const INTERVAL: Duration = Duration::from_millis(5);

/// The status with which the process ends; `None` where it still ran at `deadline`, and was killed.
pub(super) fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(INTERVAL),
            _ => {
                // It may have ended by itself just now; either way it does not run on.
                child.kill().ok();
                child.wait().ok();
                return None;
            }
        }
    }
}
