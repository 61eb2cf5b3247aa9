//! The two streams of the process, and what must not leave by them.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};

use anstyle::Style;
use promenade::backend::Deployment;
use promenade::text::Redactor;

use super::lane::{Lane, Way, Weight};
use super::streams;
use crate::cli::process::Process;
use crate::cli::progress::Bars;
use crate::cli::speaker::Speaker;

/// How much is printed, and in which form.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Standard output is for JSON alone; the log goes to standard error.
    pub(crate) json: bool,
    /// Only the verdict, warnings and errors.
    pub(crate) quiet: bool,
    /// Every request as well.
    pub(crate) verbose: bool,
}

/// Where text goes, and which secrets must not be in it.
pub(crate) struct Output {
    /// Itself, for work on other threads.
    pub(super) me: Weak<Self>,
    pub(super) redactor: RwLock<Redactor>,
    pub(super) manner: Manner,
    /// Never dropped: dropping draws once more, which waits for ever on a terminal that has been stopped.
    pub(super) bars: Option<&'static Bars>,
    pub(super) last_trouble: Mutex<String>,
    /// The form of the CI server, once that is known.
    pub(super) speaker: OnceLock<Arc<Speaker>>,
    pub(super) shell: Arc<Speaker>,
    /// Whether secrets are registered with the CI server.
    pub(super) registers: AtomicBool,
    /// Standard output; and standard error, where it is another file.
    pub(super) out: Lane,
    pub(super) error: Option<Lane>,
    /// Writes files and runs the CI server's own program.
    pub(super) errands: Lane,
    /// Deployments that the server has accepted, for the report after a panic.
    pub(super) accepted: Mutex<Vec<Deployment>>,
    /// The exit code of the result that was reported.
    pub(super) ended: OnceLock<u8>,
    /// How many panics there were.
    pub(super) bugs: AtomicUsize,
}

impl Output {
    pub(crate) fn new(manner: Manner, process: &Process) -> Arc<Self> {
        let talks = !manner.json && !manner.quiet;
        let watched = std::io::stderr().is_terminal() && talks && process.variable("CI").is_none();
        let bars: Option<&'static Bars> = watched.then(|| &*Box::leak(Box::new(Bars::new())));
        let lane = || Lane::new(streams::writer(bars));
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            redactor: RwLock::new(Redactor::new(process.secrets())),
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

    pub(super) fn lane(&self, way: Way) -> &Lane {
        match (way, &self.error) {
            (Way::Error, Some(lane)) => lane,
            _ => &self.out,
        }
    }

    /// The form of the CI server, or of a shell where none is known.
    pub(super) fn speaker(&self) -> &Arc<Speaker> {
        self.speaker.get().unwrap_or(&self.shell)
    }

    /// Whether standard output is for JSON alone.
    pub(crate) fn is_json(&self) -> bool {
        self.manner.json
    }

    /// Whether a person at a terminal reads it, rather than a program or a log.
    pub(crate) fn is_watched(&self) -> bool {
        !self.manner.json && std::io::stdout().is_terminal() && self.speaker().is_shell()
    }

    /// The stream for errors. A CI server may read commands from standard output alone, and shows one log in any case.
    pub(super) fn way_of_errors(&self) -> Way {
        if self.speaker().is_shell() { Way::Error } else { self.way_of_log() }
    }

    /// The stream for the log.
    pub(super) fn way_of_log(&self) -> Way {
        if self.manner.json { Way::Error } else { Way::Out }
    }

    /// The text with every secret masked.
    pub(crate) fn redacted(&self, text: &str) -> String {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner).redact(text).into_owned()
    }

    /// Writes a text that holds no secret any more.
    pub(super) fn emit(&self, way: Way, style: Style, weight: Weight, text: &str) {
        let text = format!("{style}{text}{style:#}\n");
        let text =
            if streams::shows_colours(way) { text } else { anstream::adapter::strip_str(&text).to_string() };
        self.lane(way).text(way, weight, text);
    }

    /// Writes a line of a CI server's form, whose escape sequences are part of it: the server shows them, although it
    /// is not a terminal.
    pub(super) fn emit_raw(&self, way: Way, weight: Weight, text: &str) {
        self.lane(way).text(way, weight, format!("{text}\n"));
    }
}
