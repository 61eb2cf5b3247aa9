//! What waiting costs the server and the build, in real time: requests until a deployment is accepted, and
//! looks, requests and lost time of a wait, beside the vendor's TypeScript client on the same sandbox.
//!
//! `cargo bench --bench waiting` takes about a minute and a half, `cargo bench --bench waiting -- --full`
//! four minutes. It fails where a figure is not reached; `docs/performance.md` has the method.
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

#[path = "../../tests/support/program.rs"]
mod program;

mod accepted;
mod journal;
mod peer;
mod waits;

use std::process::ExitCode;

fn main() -> ExitCode {
    let full = std::env::args().any(|it| it == "--full");
    let seconds: &[u64] = if full { &[30, 60, 180] } else { &[30, 60] };
    let reached = [accepted::measure(), waits::measure(seconds)];
    if reached.iter().all(|it| *it) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
