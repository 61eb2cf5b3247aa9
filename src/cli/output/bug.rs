//! A panic: it is told without secrets, and ends in a published exit code and a result all the same.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};

use promenade::ci::report;
use promenade::ci::report::result::{ReportedProblem, RunResult, RunVerdict};

use super::lane::{Way, Weight};
use super::sink::Output;

/// How many panics are told. One that comes of telling another would go on for ever.
const MOST_TOLD: usize = 3;

/// Until the secrets are known, a panic tells where it happened, and not in which words.
pub(crate) fn hide_panics() {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write as _;
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        writeln!(std::io::stderr(), "promenade: this is a bug, please report it: {place}").ok();
    }));
}

impl Output {
    /// A panic may quote anything, so its words take the same way out as all others. Whichever thread it happens on,
    /// they are told by the one that writes: what the thread held when it panicked may be needed to tell them.
    pub(crate) fn listen_to_panics(self: &Arc<Self>) {
        let me = Arc::downgrade(self);
        std::panic::set_hook(Box::new(move |panic| {
            let Some(output) = me.upgrade() else { return };
            if output.bugs.fetch_add(1, Ordering::Relaxed) >= MOST_TOLD {
                return;
            }
            let (words, me) = (panic.to_string(), Weak::clone(&me));
            output.lane(Way::Error).work(Weight::Major, move || {
                if let Some(output) = me.upgrade() {
                    output.error(&format!("this is a bug, please report it: {words}"));
                }
            });
        }));
    }

    /// Does the work of a command, and gives back its exit code; that of [`Self::end_by_bug`] where it panics.
    pub(crate) fn guard(&self, work: impl FnOnce() -> u8) -> u8 {
        let done = catch_unwind(AssertUnwindSafe(work));
        let ended = done.or_else(|_| catch_unwind(AssertUnwindSafe(|| self.end_by_bug())));
        ended.unwrap_or_else(|_| self.ended.get().copied().unwrap_or(RunVerdict::NoAnswer.exit_code()))
    }

    /// The end of a run that ended itself by a panic: undecided where deployments were accepted, which go on, and no
    /// answer otherwise, as nobody can say what was asked for. A run whose result was told before stays as it was.
    fn end_by_bug(&self) -> u8 {
        if let Some(code) = self.ended.get() {
            return *code;
        }
        let accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let verdict = if accepted.is_empty() { RunVerdict::NoAnswer } else { RunVerdict::Undecided };
        let exit_code = verdict.exit_code();
        let begun: Vec<_> = accepted.iter().map(|it| format!("{} ({})", it.target, it.url)).collect();
        let begun = if begun.is_empty() { String::new() } else { format!("; begun: {}", begun.join(", ")) };
        let message = format!("promenade itself failed, which is a bug{begun}");
        let remedy =
            "look on the server at what was begun before running again, and report the bug".to_owned();
        self.error(&format!("{message}; {remedy}"));
        let problems = vec![ReportedProblem { source: None, line: None, column: None, message, remedy }];
        let result = RunResult { problems, ..RunResult::new(verdict) };
        self.lines(&report::verdict(verdict, false, exit_code));
        self.leave(&result, None);
        self.result(result);
        exit_code
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use promenade::backend::{Deployment, Notice};
    use promenade::model::{EnvironmentName, TenantTarget};

    use super::*;
    use crate::cli::output::Manner;
    use crate::cli::process::Process;

    const KEY: &str = "API-PLANTEDPLANTEDPLANTED";
    /// Set in the process that panics: in which way.
    const PANICKING: &str = "PROMENADE_TEST_PANICKING";

    /// Panics in this process as the words say.
    #[expect(clippy::exit, reason = "the process was started to end so")]
    fn panic_as(words: &str) -> ! {
        let says = |word: &str| words.split(' ').any(|it| it == word);
        let manner = Manner { json: says("json"), ..Manner::default() };
        let output = Output::new(manner, &Process::with(&[]));
        output.hide(says("hidden").then(|| KEY.into()));
        output.listen_to_panics();
        let panics = || -> u8 { panic!("{KEY}\n##teamcity[x]\r\n::error::{KEY}\u{1b}[2J") };
        let code = output.guard(|| {
            if says("accepted") {
                output.draw(&Notice::Deployment(Deployment {
                    id: "Deployments-1".into(),
                    task: "ServerTasks-1".into(),
                    target: TenantTarget { environment: EnvironmentName::new("Test"), tenant: None },
                    url: "https://octo/1".into(),
                    adopted: None,
                }));
            }
            if says("late") {
                output.result(RunResult::new(RunVerdict::Failed));
            }
            if says("elsewhere") {
                assert!(std::thread::spawn(panics).join().is_err());
                return 0;
            }
            panics()
        });
        output.finish();
        std::process::exit(code.into())
    }

    /// The hook is the whole process's, so the panic happens in another process of this very test.
    fn panicked(name: &str, words: &str) -> (Option<i32>, String, String) {
        if let Ok(words) = std::env::var(PANICKING) {
            panic_as(&words);
        }
        let mut process = Command::new(std::env::current_exe().expect("this test"));
        let name = format!("cli::output::bug::tests::{name}");
        let run = process.args(["--exact", &name, "--nocapture"]).env(PANICKING, words).output();
        let run = run.expect("it starts");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (run.status.code(), text(run.stdout), text(run.stderr))
    }

    #[test]
    fn a_panic_tells_no_secret_and_begins_no_line_in_foreign_words() {
        let panicked = |words: &str| {
            let name = "a_panic_tells_no_secret_and_begins_no_line_in_foreign_words";
            let (_, out, error) = panicked(name, words);
            out + &error
        };
        let (open, hidden) = (panicked("open"), panicked("hidden"));
        assert!(open.contains(KEY), "the search would find it: {open}");
        assert!(
            hidden.contains("promenade: this is a bug, please report it") && !hidden.contains(KEY),
            "{hidden}"
        );
        let elsewhere = panicked("hidden elsewhere");
        assert!(elsewhere.contains("this is a bug") && !elsewhere.contains(KEY), "{elsewhere}");
        for line in hidden.lines().chain(elsewhere.lines()) {
            let foreign = ["##", "::", "***"].iter().any(|it| line.trim_start().starts_with(it));
            assert!(!foreign && !line.contains(['\u{1b}', '\r']), "{line:?}");
        }
    }

    #[test]
    fn a_panic_ends_in_a_published_code_and_a_result() {
        let name = "a_panic_ends_in_a_published_code_and_a_result";
        for (words, code, verdict) in [
            ("hidden json", 4, "no-answer"),
            ("hidden json accepted", 3, "undecided"),
            ("hidden json late", 1, "failed"),
        ] {
            let (ended, out, error) = panicked(name, words);
            assert_eq!(ended, Some(code), "{words}: {out}{error}");
            // The harness says a line of its own before.
            let document = &out[out.find('{').expect("a document")..];
            let result: serde_json::Value = serde_json::from_str(document).expect("one document");
            assert_eq!(
                (&result["verdict"], &result["exitCode"]),
                (&verdict.into(), &code.into()),
                "{result}"
            );
            let problem = result["problems"][0]["message"].as_str().unwrap_or_default();
            assert_eq!(problem.contains("Test (https://octo/1)"), words.contains("accepted"), "{problem}");
            assert!(!out.contains(KEY) && !error.contains(KEY), "{out}{error}");
        }
        assert_eq!(panicked(name, "elsewhere").0, Some(0), "what came of the run is known");
    }
}
