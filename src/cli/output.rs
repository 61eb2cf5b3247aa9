//! Everything that leaves the process goes through here, so that no secret leaves with it.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anstyle::{AnsiColor, Style};
use promenade::ci::Redactor;
use promenade::ci::report::{Line, Tone, clean};
use secrecy::SecretString;

use super::input::Environment;
use super::progress::Bars;

/// Where words go, and what they must not hold.
pub(crate) struct Output {
    redactor: RwLock<Redactor>,
    secrets: RwLock<Vec<SecretString>>,
    /// What a run says goes to standard error, as standard output is for JSON.
    json: bool,
    quiet: bool,
    verbose: bool,
    bars: Option<Bars>,
    last_trouble: Mutex<String>,
}

/// One of the two ways out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    Error,
}

impl Output {
    pub(crate) fn new(matches: &clap::ArgMatches, environment: &Environment) -> Self {
        let flag = |name: &str| matches.get_flag(name);
        let (json, quiet) = (flag("json"), flag("quiet"));
        let watched = std::io::stderr().is_terminal() && !json && !quiet && environment.get("CI").is_none();
        let output = Self {
            redactor: RwLock::new(Redactor::new([])),
            secrets: RwLock::default(),
            json,
            quiet,
            verbose: flag("verbose"),
            bars: watched.then(Bars::new),
            last_trouble: Mutex::default(),
        };
        output.hide(environment.secrets());
        output
    }

    /// Hides these secrets from now on, besides those that are hidden already.
    pub(crate) fn hide(&self, more: impl IntoIterator<Item = SecretString>) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        secrets.extend(more);
        let redactor = Redactor::new(secrets.iter().cloned());
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }

    /// How many of the hidden secrets are too short to be looked for.
    pub(crate) fn too_short(&self) -> usize {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).too_short()
    }

    pub(crate) fn bars(&self) -> Option<&Bars> {
        self.bars.as_ref()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Lines of a run's report.
    pub(crate) fn lines(&self, lines: &[Line]) {
        let way = if self.json { Way::Error } else { Way::Out };
        for line in lines {
            if !self.quiet || line.tone.is_always_told() {
                self.emit(way, style(line.tone), &line.text);
            }
        }
    }

    /// A line for people, such as a table's.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.emit(if self.json { Way::Error } else { Way::Out }, Style::new(), text);
        }
    }

    /// What was asked for: a document on standard output.
    pub(crate) fn print(&self, text: &str) {
        self.emit(Way::Out, Style::new(), text);
    }

    /// An error before there is a run to report.
    pub(crate) fn error(&self, text: &str) {
        for line in text.lines() {
            self.emit(Way::Error, style(Tone::Bad), &clean(line));
        }
    }

    /// A call that got no answer and is repeated. Told once until a call is answered otherwise: the minutes of a
    /// server's upgrade fill no log.
    pub(crate) fn trouble(&self, text: &str) {
        let mut last = self.last_trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != text {
            text.clone_into(&mut last);
            self.say(&format!("promenade: trouble: {}; trying again", clean(text)));
        }
    }

    fn emit(&self, way: Way, style: Style, text: &str) {
        let redactor = self.redactor.read().unwrap_or_else(PoisonError::into_inner);
        let text = redactor.redact(text);
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

    /// A panic may quote anything, so its words take the same way out.
    pub(crate) fn listen_to_panics(self: &Arc<Self>) {
        let output = Arc::clone(self);
        std::panic::set_hook(Box::new(move |panic| {
            output.error(&format!("promenade has a bug, please report it: {panic}"));
        }));
    }

    /// Traces requests where that is asked for: by `--verbose`, or by a filter in `PROMENADE_LOG`.
    pub(crate) fn listen_to_tracing(self: &Arc<Self>, environment: &Environment) {
        let filter = match environment.get("PROMENADE_LOG") {
            Some(filter) => filter,
            None if self.verbose => "promenade=debug",
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
        for line in String::from_utf8_lossy(&self.text).lines() {
            self.output.emit(Way::Error, style(Tone::Log), &clean(line));
        }
    }
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
