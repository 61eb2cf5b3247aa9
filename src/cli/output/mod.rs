//! Everything that leaves the process goes through here, so that no secret leaves with it.

mod bug;
mod lane;
mod run;
mod server;
mod streams;

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use promenade::backend::{Deployment, Notice};
use promenade::ci::report::{Line, Tone};
use promenade::ci::result::RunResult;
use promenade::ci::servers::Message;
use promenade::ci::status::StatusResult;
use promenade::ci::trouble;
use promenade::document::Problems;
use promenade::text::{Redactor, clean, steers};
use secrecy::SecretString;

pub(crate) use bug::hide_panics;
pub(crate) use run::RunPrinter;

use super::progress::Bars;
use super::secrets::Environment;
use super::speaker::Speaker;
use lane::{Lane, Weight};

/// How many characters of a line are told. CI servers cut or refuse lines that are much longer.
const LONGEST_LINE: usize = 4000;

/// How long the end of the process waits for a reader that does not read.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits for a reader that reads, however slowly.
const LONGEST_END: Duration = Duration::from_secs(30);
/// How long it waits for somebody to read that a reader is missing.
const FAREWELL: Duration = Duration::from_millis(500);
/// How long it waits for files to be written and for a CI server's own program, each call of which has a limit.
const LONGEST_ERRANDS: Duration = Duration::from_secs(30);

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
    /// Itself, for what is done on another thread.
    me: Weak<Self>,
    redactor: RwLock<Redactor>,
    manner: Manner,
    /// They are never dropped, as they would draw once more, and wait for a terminal that has been stopped.
    bars: Option<&'static Bars>,
    last_trouble: Mutex<String>,
    /// To whom it is spoken; to a shell until a CI server is known.
    speaker: OnceLock<Arc<Speaker>>,
    shell: Arc<Speaker>,
    /// Whether the server is told of secrets.
    registers: AtomicBool,
    /// Standard output, and standard error where it leads elsewhere.
    out: Lane,
    error: Option<Lane>,
    /// Files, and a CI server's own program.
    errands: Lane,
    /// What the server has accepted, for an end that nobody foresaw.
    accepted: Mutex<Vec<Deployment>>,
    /// The exit code of the result that was told.
    ended: OnceLock<u8>,
    bugs: AtomicUsize,
}

/// One of the two ways out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    Error,
}

impl Output {
    pub(crate) fn new(manner: Manner, environment: &Environment) -> Arc<Self> {
        let talks = !manner.json && !manner.quiet;
        let watched = std::io::stderr().is_terminal() && talks && environment.get("CI").is_none();
        let bars: Option<&'static Bars> = watched.then(|| &*Box::leak(Box::new(Bars::new())));
        let lane = || Lane::new(streams::writer(bars));
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            redactor: RwLock::new(Redactor::new(environment.secrets())),
            manner,
            bars,
            last_trouble: Mutex::default(),
            speaker: OnceLock::new(),
            shell: Arc::default(),
            registers: AtomicBool::new(false),
            out: lane(),
            error: (!streams::are_one()).then(lane),
            errands: Lane::new(Box::new(|_, _, _| {})),
            accepted: Mutex::default(),
            ended: OnceLock::new(),
            bugs: AtomicUsize::new(0),
        })
    }

    /// Hides these secrets from now on, besides those that are hidden already.
    pub(crate) fn hide(&self, more: impl IntoIterator<Item = SecretString>) {
        let new = self.redactor.write().unwrap_or_else(PoisonError::into_inner).add(more);
        self.register_new(&new);
    }

    /// Hides a secret that takes the place of an earlier one, such as a token that was renewed.
    pub(crate) fn hide_renewed(&self, secret: &SecretString) {
        let mut redactor = self.redactor.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = redactor.renew(secret.clone());
        drop(redactor);
        if is_new {
            self.register_new(std::slice::from_ref(secret));
        }
    }

    fn register_new(&self, new: &[SecretString]) {
        if self.registers.load(Ordering::Relaxed) {
            self.register(new);
        }
    }

    /// Hides a text no longer, which is published and no secret, whoever holds it in a variable for one.
    pub(crate) fn publish(&self, text: &str) {
        self.redactor.write().unwrap_or_else(PoisonError::into_inner).publish(text);
    }

    /// The secrets that are hidden.
    pub(crate) fn hidden(&self) -> Vec<SecretString> {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).secrets()
    }

    /// How many of the hidden secrets are too short to be looked for.
    pub(crate) fn too_short(&self) -> usize {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).too_short()
    }

    /// Draws on a terminal what a notice changes, and remembers what was accepted.
    pub(crate) fn draw(&self, notice: &Notice) {
        if let Notice::Deployment(it) = notice {
            self.accepted.lock().unwrap_or_else(PoisonError::into_inner).push(it.clone());
        }
        let (Some(bars), true) = (self.bars, Bars::shows(notice)) else { return };
        let (me, notice) = (Weak::clone(&self.me), notice.clone());
        self.lane(Way::Error).work(Weight::Minor, move || {
            if let Some(output) = me.upgrade() {
                bars.draw(&notice, &|text| clean(&output.redacted(text)));
            }
        });
    }

    /// Takes away what was drawn.
    pub(crate) fn end_drawing(&self) {
        if let Some(bars) = self.bars {
            self.lane(Way::Error).work(Weight::Major, || bars.clear());
        }
    }

    /// Waits until all was done and written, as long as somebody reads, and says so where that did not come about.
    pub(crate) fn finish(&self) {
        let mut lost = Vec::new();
        if !self.errands.drain(LONGEST_ERRANDS, LONGEST_ERRANDS) {
            lost.push("what is left for the CI server was not done in time");
        }
        let mut patience = PATIENCE;
        if !self.out.drain(PATIENCE, LONGEST_END) {
            // The other reader has had as long.
            patience = FAREWELL;
            lost.push("standard output was not read to its end");
        }
        for words in lost {
            self.line(self.way_of_errors(), Tone::Warning, &format!("promenade: warning: {words}"));
        }
        let read = self.error.as_ref().is_none_or(|it| it.drain(patience, LONGEST_END));
        if !read {
            let words = "promenade: warning: standard error was not read to its end";
            // Where standard output is for JSON there is nobody left to tell.
            if self.way_of_words() == Way::Out {
                self.line(Way::Out, Tone::Warning, words);
            }
        }
        // What was added just now.
        self.out.drain(FAREWELL, FAREWELL);
    }

    fn lane(&self, way: Way) -> &Lane {
        match (way, &self.error) {
            (Way::Error, Some(lane)) => lane,
            _ => &self.out,
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.manner.json
    }

    /// Lines of a run's report. Those of one message are searched for secrets together: a secret may have been wrapped.
    pub(crate) fn lines(&self, lines: &[Line]) {
        for message in lines.chunk_by(Line::is_of_one_message) {
            let [first, rest @ ..] = message else { continue };
            if self.manner.quiet && !first.is_always_told() {
                continue;
            }
            let whole = rest.iter().fold(first.text.clone(), |whole, it| whole + "\n" + it.body());
            let head = self.redacted(first.head());
            for (at, text) in self.redacted(&whole).lines().enumerate() {
                let text = if at == 0 { text.to_owned() } else { format!("{head}{text}") };
                self.line(self.way_of_words(), first.tone, &shortened(&text));
            }
        }
    }

    /// One line that holds no secret any more and steers nothing.
    fn line(&self, way: Way, tone: Tone, text: &str) {
        self.speak_by(way, &Message::Line { tone, text }, None);
    }

    /// A line for people, such as a table's.
    pub(crate) fn say(&self, text: &str) {
        if !self.manner.quiet {
            self.emit(self.way_of_words(), Style::new(), Weight::Major, &self.redacted(text));
        }
    }

    /// What was asked for: a document on standard output.
    pub(crate) fn print(&self, text: &str) {
        self.emit(Way::Out, Style::new(), Weight::Whole, &self.redacted(text));
    }

    /// The same as JSON.
    pub(crate) fn json(&self, document: &str) {
        self.emit(Way::Out, Style::new(), Weight::Whole, &escaped(&self.redacted(document)));
    }

    /// The result of a run, where it was asked for as JSON.
    pub(crate) fn result(&self, mut result: RunResult) {
        let code = result.exit_code;
        if !self.manner.json {
            self.ended.set(code).ok();
            return;
        }
        // Text by text: a secret like `true` is no reason to leave something that is not JSON.
        result.change_texts(&|text| *text = shortened(&self.redacted(text)));
        self.document(&result);
        self.ended.set(code).ok();
    }

    /// What is where, where it was asked for as JSON.
    pub(crate) fn status(&self, mut result: StatusResult) {
        let code = result.exit_code;
        if self.manner.json {
            result.change_texts(&|text| *text = shortened(&self.redacted(text)));
            self.document(&result);
        }
        self.ended.set(code).ok();
    }

    /// The one document of `--json`. No text of it holds a secret any more.
    fn document(&self, result: &impl serde::Serialize) {
        match serde_json::to_string_pretty(result) {
            Ok(json) => self.emit(Way::Out, Style::new(), Weight::Whole, &escaped(&json)),
            Err(error) => self.error(&format!("the result cannot be written: {error}")),
        }
    }

    /// Whether somebody at a terminal reads the words, rather than a program or a log.
    pub(crate) fn is_watched(&self) -> bool {
        !self.manner.json && std::io::stdout().is_terminal() && self.speaker().is_shell()
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
        self.emit(way, Style::new(), Weight::Whole, self.redacted(&text).trim_end());
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
    fn emit(&self, way: Way, style: Style, weight: Weight, text: &str) {
        let text = format!("{style}{text}{style:#}\n");
        let text =
            if streams::shows_colours(way) { text } else { anstream::adapter::strip_str(&text).to_string() };
        self.lane(way).text(way, weight, text);
    }

    /// Writes a line of a CI server's, whose colours and other signs are part of its words: the server shows them,
    /// although it is no terminal.
    fn emit_raw(&self, way: Way, weight: Weight, text: &str) {
        self.lane(way).text(way, weight, format!("{text}\n"));
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
        self.output.emit(Way::Error, style(Tone::Log), Weight::Minor, &shortened(&clean(&text)));
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
        if !meant {
            return it.to_string();
        }
        it.encode_utf16(&mut [0; 2]).iter().map(|it| format!("\\u{it:04x}")).collect()
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
    use super::*;

    #[test]
    fn a_long_line_is_cut_and_says_so() {
        assert_eq!(shortened(&"é".repeat(LONGEST_LINE)), "é".repeat(LONGEST_LINE));
        let cut = shortened(&"é".repeat(LONGEST_LINE + 3));
        assert!(cut.ends_with("é… (3 more characters)") && cut.chars().count() < LONGEST_LINE + 40);
    }

    #[test]
    fn json_steers_no_terminal() {
        let json = "{\n  \"a\": \"x\u{9b}y\u{7f}\u{202e}é\u{200b}\u{e0041}\"\n}";
        let expected = "{\n  \"a\": \"x\\u009by\\u007f\\u202eé\\u200b\\udb40\\udc41\"\n}";
        assert_eq!(escaped(json), expected);
    }
}
