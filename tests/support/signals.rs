//! Signals to processes that tests started.

use super::program::scrubbed;

/// Sends a process a signal, such as `TERM`, by a shell's own `kill`: not every machine has it as a program.
#[track_caller]
pub(crate) fn signal(name: &str, process: u32) {
    let sent =
        scrubbed("sh").args(["-c", &format!("kill -{name} {process}")]).status().expect("a shell starts");
    assert!(sent.success(), "{name} could not be sent to {process}");
}
