//! Everything that leaves the process goes through here, so that no secret leaves with it.

mod server;

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use anstyle::{AnsiColor, Style};
use promenade::backend::Notice;
use promenade::ci::report::{Line, Tone, clean, steers};
use promenade::ci::result::RunResult;
use promenade::ci::servers::Speech;
use promenade::ci::{Problems, Redactor, trouble};
use secrecy::{ExposeSecret, SecretString};

use super::input::Environment;
use super::progress::Bars;
use super::speaker::Speaker;

/// How many characters of a line are told. CI servers cut or refuse lines that are much longer.
const LONGEST_LINE: usize = 4000;

/// How much is told, and in which form.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner {
    /// What a run says goes to standard error, as standard output is for JSON.
    pub(crate) json: bool,
    /// The verdict, warnings and errors alone.
    pub(crate) quiet: bool,
    /// Every request as well.
    pub(crate) verbose: bool,
}

/// Where words go, and what they must not hold.
pub(crate) struct Output {
    redactor: RwLock<Redactor>,
    secrets: RwLock<Vec<SecretString>>,
    manner: Manner,
    bars: Option<Bars>,
    last_trouble: Mutex<String>,
    /// To whom it is spoken; to a shell until a CI server is known.
    speaker: OnceLock<Speaker>,
    shell: Speaker,
    /// Whether the server is told of secrets.
    registers: AtomicBool,
}

/// One of the two ways out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    Error,
}

impl Output {
    pub(crate) fn new(manner: Manner, environment: &Environment) -> Self {
        let talks = !manner.json && !manner.quiet;
        let watched = std::io::stderr().is_terminal() && talks && environment.get("CI").is_none();
        let output = Self {
            redactor: RwLock::new(Redactor::new([])),
            secrets: RwLock::default(),
            manner,
            bars: watched.then(Bars::new),
            last_trouble: Mutex::default(),
            speaker: OnceLock::new(),
            shell: Speaker::default(),
            registers: AtomicBool::new(false),
        };
        output.hide(environment.secrets());
        output
    }

    /// Hides these secrets from now on, besides those that are hidden already.
    pub(crate) fn hide(&self, more: impl IntoIterator<Item = SecretString>) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        let known = secrets.len();
        for secret in more {
            if !secrets.iter().any(|it| it.expose_secret() == secret.expose_secret()) {
                secrets.push(secret);
            }
        }
        if secrets.len() == known {
            return;
        }
        let redactor = Redactor::new(secrets.iter().cloned());
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
        let new = secrets.split_off(known);
        secrets.extend(new.iter().cloned());
        drop(secrets);
        if self.registers.load(Ordering::Relaxed) {
            self.register(&new);
        }
    }

    /// The secrets that are hidden.
    pub(crate) fn hidden(&self) -> Vec<SecretString> {
        self.secrets.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many of the hidden secrets are too short to be looked for.
    pub(crate) fn too_short(&self) -> usize {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).too_short()
    }

    /// Draws on a terminal what a notice changes.
    pub(crate) fn draw(&self, notice: &Notice) {
        if let Some(bars) = &self.bars {
            bars.draw(notice, &|text| clean(&self.redacted(text)));
        }
    }

    /// Takes away what was drawn.
    pub(crate) fn end_drawing(&self) {
        if let Some(bars) = &self.bars {
            bars.clear();
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.manner.json
    }

    /// Lines of a run's report.
    pub(crate) fn lines(&self, lines: &[Line]) {
        for line in lines {
            if !self.manner.quiet || line.tone.is_always_told() {
                self.line(self.way_of_words(), line.tone, &shortened(&self.redacted(&line.text)));
            }
        }
    }

    /// One line that holds no secret any more and steers nothing.
    fn line(&self, way: Way, tone: Tone, text: &str) {
        self.speak_by(way, &Speech::Line { tone, text }, None);
    }

    /// A line for people, such as a table's.
    pub(crate) fn say(&self, text: &str) {
        if !self.manner.quiet {
            self.emit(self.way_of_words(), Style::new(), &self.redacted(text));
        }
    }

    /// What was asked for: a document on standard output.
    pub(crate) fn print(&self, text: &str) {
        self.emit(Way::Out, Style::new(), &self.redacted(text));
    }

    /// The same as JSON.
    pub(crate) fn json(&self, document: &str) {
        self.emit(Way::Out, Style::new(), &escaped(&self.redacted(document)));
    }

    /// The result of a run, where it was asked for as JSON.
    pub(crate) fn result(&self, mut result: RunResult) {
        if !self.manner.json {
            return;
        }
        // Text by text: a secret like `true` is no reason to leave something that is not JSON.
        result.change_texts(&|text| *text = shortened(&self.redacted(text)));
        match serde_json::to_string_pretty(&result) {
            Ok(json) => self.emit(Way::Out, Style::new(), &escaped(&json)),
            Err(error) => self.error(&format!("the result cannot be written: {error}")),
        }
    }

    /// An error before there is a run to report. Each of its lines begins in our words.
    pub(crate) fn error(&self, text: &str) {
        for line in self.redacted(text).lines() {
            self.line(self.way_of_errors(), Tone::Bad, &format!("promenade: {}", shortened(&clean(line))));
        }
    }

    /// An error for which nothing was begun.
    pub(crate) fn refusal(&self, words: &str) {
        self.error(words);
        self.trouble_of_build(trouble::of_words(words));
    }

    /// What is wrong with a text that a person wrote: a line for each, beginning with its place.
    pub(crate) fn problems(&self, problems: &Problems) {
        for problem in problems.one_by_one() {
            self.line(self.way_of_errors(), Tone::Bad, &shortened(&clean(&self.redacted(&problem))));
        }
        trouble::of_problems(problems).into_iter().for_each(|it| self.trouble_of_build(it));
    }

    /// What the command line's own reader says, in its layout.
    pub(crate) fn usage(&self, error: &clap::Error, arguments: &[std::ffi::OsString]) {
        let mut text = error.render().ansi().to_string();
        // It quotes arguments as they are.
        for argument in arguments.iter().map(|it| it.to_string_lossy()) {
            for part in [argument.as_ref()].into_iter().chain(argument.split_once('=').map(|it| it.1)) {
                let cleaned = clean(part);
                if cleaned != part {
                    text = text.replace(part, &cleaned);
                }
            }
        }
        let way = if error.use_stderr() { Way::Error } else { Way::Out };
        self.emit(way, Style::new(), self.redacted(&text).trim_end());
    }

    /// A call that got no answer and is repeated. Told once until a call is answered otherwise: the minutes of a
    /// server's upgrade fill no log.
    pub(crate) fn trouble(&self, text: &str) {
        let mut last = self.last_trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != text {
            text.clone_into(&mut last);
            let text = shortened(&clean(&self.redacted(text)));
            self.say(&format!("promenade: trouble: {text}; trying again"));
        }
    }

    /// A CI server may listen on standard output alone, and shows one log in any case.
    fn way_of_errors(&self) -> Way {
        if self.speaker().is_shell() { Way::Error } else { self.way_of_words() }
    }

    fn way_of_words(&self) -> Way {
        if self.manner.json { Way::Error } else { Way::Out }
    }

    pub(crate) fn redacted(&self, text: &str) -> String {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).redact(text).into_owned()
    }

    /// Writes a text that holds no secret any more.
    fn emit(&self, way: Way, style: Style, text: &str) {
        let write = || {
            // A reader that has gone away is no reason to fail a deployment.
            let _ = match way {
                Way::Out => writeln!(anstream::stdout().lock(), "{style}{text}{style:#}"),
                Way::Error => writeln!(anstream::stderr().lock(), "{style}{text}{style:#}"),
            };
        };
        match &self.bars {
            Some(bars) => bars.aside(write),
            None => write(),
        }
    }

    /// Writes a line of a CI server's, whose colours and other signs are part of its words: the server shows them,
    /// although it is no terminal.
    fn emit_raw(&self, way: Way, text: &str) {
        let _ = match way {
            Way::Out => writeln!(std::io::stdout().lock(), "{text}"),
            Way::Error => writeln!(std::io::stderr().lock(), "{text}"),
        };
    }

    /// A panic may quote anything, so its words take the same way out.
    pub(crate) fn listen_to_panics(self: &Arc<Self>) {
        let output = Arc::clone(self);
        std::panic::set_hook(Box::new(move |panic| {
            output.error(&format!("this is a bug, please report it: {panic}"));
        }));
    }

    /// Traces requests where that is asked for: by `--verbose`, or by a filter in `PROMENADE_LOG`.
    pub(crate) fn listen_to_tracing(self: &Arc<Self>, environment: &Environment) {
        let filter = match environment.get("PROMENADE_LOG") {
            Some(filter) => filter,
            None if self.manner.verbose => "promenade=debug",
            None => return,
        };
        let output = Arc::clone(self);
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
            .with_ansi(false)
            .with_writer(move || Traced { output: Arc::clone(&output), text: Vec::new() })
            .finish();
        // Somebody else's subscriber in the same process would be a test's; it may keep its place.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }
}

/// Collects one event of a trace, since a secret may be written in parts.
struct Traced {
    output: Arc<Output>,
    text: Vec<u8>,
}

impl Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // One event is one line, whatever it quotes.
        let text = self.output.redacted(String::from_utf8_lossy(&self.text).trim_end());
        self.output.emit(Way::Error, style(Tone::Log), &shortened(&clean(&text)));
    }
}

/// A line that is not too long, and says how much of it is missing. It holds no secret any more, of which half could
/// be left.
fn shortened(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => {
            let (told, rest) = line.split_at(end);
            format!("{told}… ({} more characters)", rest.chars().count())
        }
        None => line.to_owned(),
    }
}

/// A JSON text in which every character that could steer a terminal is escaped. Such characters stand nowhere but
/// inside of its texts.
fn escaped(json: &str) -> String {
    let sign = |(at, it): (usize, char)| {
        // A command to a CI server begins with one of these signs twice, wherever in a line.
        let doubled = matches!(it, '#' | '@') && json[at + 1..].starts_with(it);
        let meant = doubled || it != '\n' && steers(it);
        if meant { format!("\\u{:04x}", u32::from(it)) } else { it.to_string() }
    };
    json.char_indices().map(sign).collect()
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Log => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Warning => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const KEY: &str = "API-PLANTEDPLANTEDPLANTED";
    /// Set in the process that panics: whether the key is hidden there.
    const PANICKING: &str = "PROMENADE_TEST_PANICKING";

    /// The hook is the whole process's, so the panic happens in another process of this very test.
    #[test]
    fn a_panic_tells_no_secret_and_begins_no_line_in_foreign_words() {
        if let Some(hidden) = std::env::var_os(PANICKING) {
            let output = Arc::new(Output::new(Manner::default(), &Environment::of_process()));
            output.hide((hidden == "hidden").then(|| KEY.into()));
            output.listen_to_panics();
            panic!("{KEY}\n##teamcity[x]\r\n::error::{KEY}\u{1b}[2J");
        }
        let panicked = |hidden: &str| {
            let name = "cli::output::tests::a_panic_tells_no_secret_and_begins_no_line_in_foreign_words";
            let mut process = Command::new(std::env::current_exe().expect("this test"));
            let run = process.args(["--exact", name, "--nocapture"]).env(PANICKING, hidden).output();
            let run = run.expect("it starts");
            assert!(!run.status.success());
            String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned()
        };
        let (open, hidden) = (panicked("open"), panicked("hidden"));
        assert!(open.contains(KEY), "the search would find it: {open}");
        assert!(
            hidden.contains("promenade: this is a bug, please report it") && !hidden.contains(KEY),
            "{hidden}"
        );
        for line in hidden.lines() {
            let foreign = ["##", "::", "***"].iter().any(|it| line.trim_start().starts_with(it));
            assert!(!foreign && !line.contains(['\u{1b}', '\r']), "{line:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        assert_eq!(shortened(&"é".repeat(LONGEST_LINE)), "é".repeat(LONGEST_LINE));
        let cut = shortened(&"é".repeat(LONGEST_LINE + 3));
        assert!(cut.ends_with("é… (3 more characters)") && cut.chars().count() < LONGEST_LINE + 40);
    }

    #[test]
    fn json_steers_no_terminal() {
        let json = "{\n  \"a\": \"x\u{9b}y\u{7f}\u{202e}é\"\n}";
        assert_eq!(escaped(json), "{\n  \"a\": \"x\\u009by\\u007f\\u202eé\"\n}");
    }
}
