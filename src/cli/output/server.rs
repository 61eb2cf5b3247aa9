//! What the CI server is told beside the lines for people: groups, problems, progress, secrets, values and a page.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use anstyle::Style;
use promenade::backend::Notice;
use promenade::ci::outputs::outputs;
use promenade::ci::report::{BuildProblem, Tone};
use promenade::ci::result::{RunResult, RunVerdict};
use promenade::ci::servers::{Act, Message};
use promenade::ci::summary::summary;
use promenade::ci::trouble;
use promenade::settings::Settings;
use promenade::text::clean;
use promenade::text::redact::SHORTEST;
use secrecy::{ExposeSecret, SecretString};

use super::lane::Weight;
use super::{Output, Way, shortened, style};
use crate::cli::speaker::{self, Speaker};

impl Output {
    /// Speaks to a CI server from now on.
    pub(crate) fn speak_to(&self, speaker: Speaker) {
        // There is one server in a run.
        let _ = self.speaker.set(Arc::new(speaker));
    }

    pub(super) fn speaker(&self) -> &Arc<Speaker> {
        self.speaker.get().unwrap_or(&self.shell)
    }

    /// Tells the CI server of every secret, those that are hidden and those that will be.
    pub(crate) fn register_secrets(&self) {
        if !self.registers.swap(true, Ordering::Relaxed) {
            self.register(&self.hidden());
        }
    }

    pub(super) fn register(&self, secrets: &[SecretString]) {
        for secret in secrets.iter().filter(|it| it.expose_secret().trim().len() >= SHORTEST) {
            self.speak(&Message::Mask(secret.expose_secret().trim()), None);
        }
    }

    /// How far a deployment is.
    pub(super) fn progress(&self, notice: &Notice) {
        if let Notice::Progress { deployment, percent, .. } = notice
            && !self.manner.quiet
        {
            let text = clean(&self.redacted(&deployment.target.to_string()));
            self.speak(&Message::Progress { percent: *percent, text: &text }, None);
        }
    }

    /// What a run leaves for the CI server: why the build fails, values for later steps, and a page. Without settings
    /// nothing was begun, and what was wrong has been told. How the run ended is not changed by what goes wrong here.
    pub(crate) fn leave(&self, result: &RunResult, settings: Option<&Settings>) {
        // A panic is told by its hook.
        catch_unwind(AssertUnwindSafe(|| self.leave_all(result, settings))).ok();
    }

    fn leave_all(&self, result: &RunResult, settings: Option<&Settings>) {
        let mut result = result.clone();
        result.change_texts(&|text| *text = shortened(&self.redacted(text)));
        if let Some(trouble) = trouble::of_run(&result) {
            self.trouble_of_build(trouble);
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

    /// Does something that may take its time, after what was asked for before.
    fn errand(&self, work: impl FnOnce() -> Result<(), String> + Send + 'static) {
        let me = Weak::clone(&self.me);
        self.errands.work(Weight::Major, move || {
            let done = work();
            if let Some(output) = me.upgrade() {
                output.doubtful(done);
            }
        });
    }

    /// What could not be left for others is no reason to fail a deployment.
    fn doubtful(&self, done: Result<(), String>) {
        if let Err(words) = done {
            let text = format!("promenade: warning: {}", clean(&self.redacted(&words)));
            self.line(self.way_of_words(), Tone::Warning, &shortened(&text));
        }
    }

    pub(super) fn trouble_of_build(&self, mut trouble: BuildProblem) {
        trouble.title = shortened(&self.redacted(&trouble.title));
        trouble.text = self.redacted(&trouble.text);
        self.speak(&Message::Problem(&trouble), None);
    }

    pub(super) fn speak(&self, message: &Message<'_>, outputs_file: Option<&str>) {
        self.speak_by(self.way_of_words(), message, outputs_file);
    }

    pub(super) fn speak_by(&self, way: Way, message: &Message<'_>, outputs_file: Option<&str>) {
        let (tone, weight) = match message {
            Message::Line { tone, .. } if tone.is_always_told() => (style(*tone), Weight::Major),
            Message::Line { tone, .. } => (style(*tone), Weight::Minor),
            Message::Progress { .. } => (Style::new(), Weight::Minor),
            // Without it the server would show what is hidden here.
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
}
