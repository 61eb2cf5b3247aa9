//! What a command prints: lines of a log, documents, errors.

use std::sync::PoisonError;

use anstyle::Style;
use promenade::ci::report::flows::FlowsResult;
use promenade::ci::report::problem;
use promenade::ci::report::result::{RunResult, RunVerdict};
use promenade::ci::report::status::StatusResult;
use promenade::ci::report::{self, Line, Tone};
use promenade::document::Problems;
use promenade::text::clean;

use super::lane::{Way, Weight};
use super::sink::Output;
use super::text::{escaped, shortened};

/// Members of results about releases whose texts are promenade's own words.
const CLOSED_SETS: [&str; 4] = ["verdict", "status", "kind", "end"];

impl Output {
    /// Prints lines of a run's log. Those of one message are searched for secrets together: a secret may have been
    /// wrapped.
    pub(crate) fn lines(&self, lines: &[Line]) {
        for message in lines.chunk_by(Line::is_of_one_message) {
            let [first, rest @ ..] = message else { continue };
            if self.manner.quiet && !first.is_always_printed() {
                continue;
            }
            let whole = rest.iter().fold(first.text.clone(), |whole, it| whole + "\n" + it.body());
            let head = self.redacted(first.head());
            for (at, text) in self.redacted(&whole).lines().enumerate() {
                let text = if at == 0 { text.to_owned() } else { format!("{head}{text}") };
                self.line(self.way_of_log(), first.tone, &shortened(&text));
            }
        }
    }

    /// Prints a line for people, such as one of a table.
    pub(crate) fn say(&self, text: &str) {
        if !self.manner.quiet {
            self.emit(self.way_of_log(), Style::new(), Weight::Major, &self.redacted(text));
        }
    }

    /// Prints the document that was asked for on standard output.
    pub(crate) fn print(&self, text: &str) {
        self.emit(Way::Out, Style::new(), Weight::Whole, &self.redacted(text));
    }

    /// The same for a document in JSON.
    pub(crate) fn json(&self, document: &str) {
        self.emit(Way::Out, Style::new(), Weight::Whole, &escaped(&self.redacted(document)));
    }

    /// Prints the result of a run, where it was asked for as JSON.
    pub(crate) fn result(&self, mut result: RunResult) {
        let code = result.exit_code;
        if !self.manner.json {
            self.ended.set(code).ok();
            return;
        }
        // Text by text: the document stays JSON even where a secret is `true`.
        result.change_texts(&|text| *text = shortened(&self.redacted(text)));
        self.document(&result);
        self.ended.set(code).ok();
    }

    /// Prints the result of `status`, where it was asked for as JSON.
    pub(crate) fn status(&self, mut result: StatusResult) {
        let code = result.exit_code;
        if self.manner.json {
            result.change_texts(&|text| *text = shortened(&self.redacted(text)));
            self.document(&result);
        }
        self.ended.set(code).ok();
    }

    /// Prints the result of `flow`, where it was asked for as JSON.
    pub(crate) fn flows(&self, mut result: FlowsResult) {
        let code = result.exit_code;
        if self.manner.json {
            result.change_texts(&|text| *text = shortened(&self.redacted(text)));
            self.document(&result);
        }
        self.ended.set(code).ok();
    }

    /// Ends a command about releases: prints the verdict, and the result where it was asked for as JSON. Returns the exit
    /// code.
    pub(crate) fn release_end(&self, result: &impl serde::Serialize, verdict: RunVerdict, code: u8) -> u8 {
        self.lines(&report::verdict(verdict, false, code));
        if self.manner.json {
            match serde_json::to_value(result) {
                Ok(mut value) => {
                    self.redact_texts(&mut value);
                    self.document(&value);
                }
                Err(error) => self.error(&format!("the result cannot be written: {error}")),
            }
        }
        self.ended.set(code).ok();
        code
    }

    /// Masks secrets in every text but the words of promenade's own closed sets.
    fn redact_texts(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = shortened(&self.redacted(text)),
            serde_json::Value::Array(values) => values.iter_mut().for_each(|it| self.redact_texts(it)),
            serde_json::Value::Object(fields) => {
                let open = fields.iter_mut().filter(|(key, _)| !CLOSED_SETS.contains(&key.as_str()));
                open.for_each(|(_, it)| self.redact_texts(it));
            }
            _ => {}
        }
    }

    /// Prints the one document of `--json`. No text of it holds a secret any more.
    fn document(&self, result: &impl serde::Serialize) {
        match serde_json::to_string_pretty(result) {
            Ok(json) => self.emit(Way::Out, Style::new(), Weight::Whole, &escaped(&json)),
            Err(error) => self.error(&format!("the result cannot be written: {error}")),
        }
    }

    /// Prints an error outside of a run. Each of its lines begins with the program's name.
    pub(crate) fn error(&self, text: &str) {
        for line in self.redacted(text).lines() {
            self.line(self.way_of_errors(), Tone::Bad, &format!("promenade: {}", shortened(&clean(line))));
        }
    }

    /// Reports an error for which nothing was begun.
    pub(crate) fn refusal(&self, text: &str) {
        self.error(text);
        self.build_problem(problem::of_words(text));
    }

    /// Reports the problems of a text that a person wrote: one line for each, beginning with its location.
    pub(crate) fn problems(&self, problems: &Problems) {
        for problem in problems.one_by_one() {
            self.line(self.way_of_errors(), Tone::Bad, &shortened(&clean(&self.redacted(&problem))));
        }
        problem::of_problems(problems).into_iter().for_each(|it| self.build_problem(it));
    }

    /// Prints what clap reports, in its layout.
    pub(crate) fn usage(&self, error: &clap::Error, arguments: &[std::ffi::OsString]) {
        let mut text = error.render().ansi().to_string();
        // It quotes arguments unchanged.
        for argument in arguments.iter().map(|it| it.to_string_lossy()) {
            for part in [argument.as_ref()].into_iter().chain(argument.split_once('=').map(|it| it.1)) {
                let cleaned = clean(part);
                if cleaned != part {
                    text = text.replace(part, &cleaned);
                }
            }
        }
        let way = if error.use_stderr() { Way::Error } else { Way::Out };
        self.emit(way, Style::new(), Weight::Whole, self.redacted(&text).trim_end());
    }

    /// Prints that a request got no answer and is repeated. The same text is not printed twice in a row: the minutes of
    /// a server's upgrade must not fill the log.
    pub(crate) fn trouble(&self, text: &str) {
        let mut last = self.last_trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != text {
            text.clone_into(&mut last);
            let text = shortened(&clean(&self.redacted(text)));
            self.say(&format!("promenade: trouble: {text}; trying again"));
        }
    }
}
