//! What one short run costs: the time from exec to the server having read the first HTTPS request,
//! peak memory, CPU time, and the size of the program.
//!
//! `cargo bench --bench startup` measures the release build, and fails where a figure is not reached.
//! `docs/performance.md` has the method and the figures.
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

#[path = "../../tests/support/program.rs"]
mod program;
mod tls;

use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;

use program::{PROGRAM, Sandbox, scrubbed};
use tls::Front;

const RUNS: usize = 30;

/// A run that connects, looks, starts a deployment and does not wait for it.
const RUN: [&str; 10] = [
    "deploy",
    "--project",
    "web-shop",
    "--version",
    "1.4.6",
    "--to",
    "Development",
    "--no-wait",
    "--again",
    "--quiet",
];

/// One line of the result.
struct Figure {
    what: &'static str,
    unit: &'static str,
    at_most: f64,
    measured: f64,
}

fn main() -> ExitCode {
    let sandbox = Sandbox::start(&[]);
    let bench = Bench { front: Front::start(&sandbox.url), sandbox };
    bench.prove();
    let size = std::fs::metadata(PROGRAM).expect("the program is there").len();
    let figures = [
        Figure {
            what: "exec to first HTTPS request read, median",
            unit: "ms",
            at_most: 15.0,
            measured: middle((0..RUNS).map(|_| bench.first_request())),
        },
        Figure {
            what: "CPU of a run without waiting, median",
            unit: "ms",
            at_most: 20.0,
            measured: middle((0..RUNS).map(|_| bench.processor())),
        },
        Figure {
            what: "peak memory of a run without waiting, median",
            unit: "MiB",
            at_most: 15.0,
            measured: middle((0..RUNS).map(|_| bench.memory())),
        },
        Figure { what: "program, stripped", unit: "MB", at_most: 20.0, measured: size as f64 / 1e6 },
    ];
    println!("{RUNS} runs for each; {} certificates in the system's trust store", trusted());
    for it in &figures {
        println!("{:<46} {:>7.2} {:<3} (at most {})", it.what, it.measured, it.unit, it.at_most);
    }
    let reached = figures.iter().all(|it| it.measured <= it.at_most);
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The servers that the program talks to.
struct Bench {
    sandbox: Sandbox,
    front: Front,
}

impl Bench {
    /// The program's own command, through `wrapper` where that is not empty.
    fn command(&self, wrapper: &[&str]) -> Command {
        let mut words = wrapper.iter().chain([&PROGRAM]);
        let mut command = scrubbed(words.next().expect("at least the program"));
        command.args(words);
        self.sandbox.introduce(&mut command);
        command.env("OCTOPUS_URL", &self.front.url).args(RUN);
        command
    }

    fn trusting(&self, wrapper: &[&str]) -> Command {
        let mut command = self.command(wrapper);
        command.arg("--ca-file").arg(self.front.authority());
        command
    }

    /// Shows that what is measured is the real thing: the run succeeds, it fails where nobody vouches
    /// for the server, and it succeeds again where only the system's trust store does.
    fn prove(&self) {
        let output = done(&mut self.trusting(&[]));
        assert!(output.status.success(), "the run to measure fails: {}", words(&output));
        let output = done(&mut self.command(&[]));
        assert!(!output.status.success(), "an unknown certificate was accepted: {}", words(&output));
        let output = done(self.command(&[]).env("SSL_CERT_FILE", self.front.authority()));
        assert!(output.status.success(), "the system's trust store is not read: {}", words(&output));
    }

    /// Milliseconds from just before exec to the server having read the first request.
    fn first_request(&self) -> f64 {
        let mut command = self.trusting(&[]);
        self.front.forget();
        let start = Instant::now();
        let output = done(&mut command);
        let read = self.front.first_request().expect("the server was asked");
        assert!(output.status.success(), "{}", words(&output));
        (read - start).as_secs_f64() * 1e3
    }

    /// Milliseconds of user and system time, as the kernel accounts them to the child of a shell. The
    /// shell's own fork is in it.
    fn processor(&self) -> f64 {
        let script = "TIMEFORMAT='%3U %3S'; time \"$@\" >/dev/null 2>&1";
        let output = done(&mut self.trusting(&["bash", "-c", script, "bash"]));
        assert!(output.status.success(), "{}", words(&output));
        let times = String::from_utf8_lossy(&output.stderr).into_owned();
        let seconds: Vec<f64> = times.split_whitespace().filter_map(|it| it.parse().ok()).collect();
        assert_eq!(seconds.len(), 2, "bash said {times}");
        seconds.iter().sum::<f64>() * 1e3
    }

    /// MiB of resident memory at the highest. The kernel forgets the mark when the process ends, so it
    /// is read over and over; it only grows.
    fn memory(&self) -> f64 {
        let mut child = self
            .trusting(&[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let status = format!("/proc/{}/status", child.id());
        let mut kibibytes = 0.0;
        while child.try_wait().expect("it is ours").is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
            kibibytes = mark.and_then(|it| it.trim().parse().ok()).unwrap_or(kibibytes);
        }
        assert!(kibibytes > 0.0, "the kernel tells no peak memory at {status}");
        kibibytes / 1024.0
    }
}

fn done(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

fn words(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\n{out}{err}", output.status)
}

fn middle(measured: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = measured.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// How many certificates the system vouches for, where Debian keeps them.
fn trusted() -> usize {
    let store = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    store.matches("BEGIN CERTIFICATE").count()
}
