//! What the CI server gets: lines in its form, groups, build problems, values for later steps and a page.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use anstyle::Style;
use promenade::ci::report::outputs::outputs;
use promenade::ci::report::problem;
use promenade::ci::report::result::{RunResult, RunVerdict};
use promenade::ci::report::summary::summary;
use promenade::ci::report::{BuildProblem, Tone};
use promenade::ci::servers::{Act, Message};
use promenade::settings::Settings;
use promenade::text::clean;

use super::lane::{Way, Weight};
use super::sink::Output;
use super::text::{shortened, style};
use crate::cli::speaker::{self, Speaker};

impl Output {
    /// Writes in the form of this CI server from now on.
    pub(crate) fn speak_to(&self, speaker: Speaker) {
        // There is one server in a run.
        let _ = self.speaker.set(Arc::new(speaker));
    }

    /// Leaves the results of a run for the CI server: why the build fails, values for later steps, and a page. There are
    /// no settings where nothing was begun; the problems have been reported then. An error here does not change how the
    /// run ended.
    pub(crate) fn leave(&self, result: &RunResult, settings: Option<&Settings>) {
        // The hook reports a panic.
        catch_unwind(AssertUnwindSafe(|| self.leave_all(result, settings))).ok();
    }

    fn leave_all(&self, result: &RunResult, settings: Option<&Settings>) {
        let mut result = result.clone();
        result.change_texts(&|text| *text = shortened(&self.redacted(text)));
        if let Some(problem) = problem::of_run(&result) {
            self.build_problem(problem);
        }
        self.speak(&Message::Outputs(&outputs(&result)), settings.and_then(Settings::outputs_file));
        let markdown = summary(&result);
        let tone = match result.verdict {
            RunVerdict::Passed if result.passed_with_warnings() => Tone::Warning,
            RunVerdict::Passed => Tone::Good,
            _ => Tone::Bad,
        };
        self.speak(&Message::Summary { markdown: &markdown, tone }, None);
        if let Some(path) = settings.and_then(Settings::summary_file).map(str::to_owned) {
            self.errand(move || speaker::write(&path, &markdown));
        }
        if tone == Tone::Warning && result.exit_code == 0 {
            self.speak(&Message::PassedWithWarnings, None);
        }
    }

    /// Does something that may take long, on the thread for it, after what was handed in before.
    fn errand(&self, work: impl FnOnce() -> Result<(), String> + Send + 'static) {
        let me = Weak::clone(&self.me);
        self.errands.work(Weight::Major, move || {
            let done = work();
            if let Some(output) = me.upgrade() {
                output.warn_undone(done);
            }
        });
    }

    /// A result that could not be left for the CI server is no reason to fail a deployment.
    fn warn_undone(&self, done: Result<(), String>) {
        if let Err(words) = done {
            let text = format!("promenade: warning: {}", clean(&self.redacted(&words)));
            self.line(self.way_of_log(), Tone::Warning, &shortened(&text));
        }
    }

    pub(super) fn build_problem(&self, mut problem: BuildProblem) {
        problem.title = shortened(&self.redacted(&problem.title));
        problem.text = self.redacted(&problem.text);
        self.speak(&Message::Problem(&problem), None);
    }

    pub(super) fn speak(&self, message: &Message<'_>, outputs_file: Option<&str>) {
        self.speak_by(self.way_of_log(), message, outputs_file);
    }

    pub(super) fn speak_by(&self, way: Way, message: &Message<'_>, outputs_file: Option<&str>) {
        let (tone, weight) = match message {
            Message::Line { tone, .. } if tone.is_always_printed() => (style(*tone), Weight::Major),
            Message::Line { tone, .. } => (style(*tone), Weight::Minor),
            Message::Progress { .. } => (Style::new(), Weight::Minor),
            // Without it the server would show a secret that is hidden here.
            Message::Mask(_) => (Style::new(), Weight::Whole),
            _ => (Style::new(), Weight::Major),
        };
        let speaker = self.speaker();
        for act in speaker.acts(message, outputs_file) {
            match act {
                Act::Print(line) if speaker.is_shell() => self.emit(way, tone, weight, &line),
                Act::Print(line) => self.emit_raw(way, weight, &line),
                Act::Append { path, text } => self.errand(move || speaker::append(&path, &text)),
                Act::Write { path, text } => self.errand(move || speaker::write(&path, &text)),
                Act::Run { program, arguments, input } => {
                    let (speaker, hidden) = (Arc::clone(speaker), self.hidden());
                    self.errand(move || speaker.tell(program, &arguments, &input, &hidden));
                }
            }
        }
    }

    /// Writes one line, which holds no secret and no control characters any more.
    pub(super) fn line(&self, way: Way, tone: Tone, text: &str) {
        self.speak_by(way, &Message::Line { tone, text }, None);
    }
}
