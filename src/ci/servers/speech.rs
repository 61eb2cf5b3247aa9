//! What a run has to say to a CI server, and what that server is given to hear it.
//!
//! Every text in here is ours or was made harmless before (`report::clean`), and holds no secret any more, a
//! [`Speech::Mask`] excepted. A server's file turns each [`Speech`] into [`Act`]s; carrying them out is not done here.

use super::reading::{Variables, set};
use crate::ci::report::Tone;

/// Something to tell a CI server.
#[derive(Debug, Clone, Copy)]
pub enum Speech<'a> {
    /// What follows belongs to one action.
    Open {
        /// A name that stays the same within the run: letters, digits and dashes.
        name: &'a str,
        /// What people call it.
        title: &'a str,
    },
    /// The action is over.
    Close {
        /// As it was opened.
        name: &'a str,
        /// As it was opened.
        title: &'a str,
    },
    /// A line of the log.
    Line {
        /// How it is meant.
        tone: Tone,
        /// One line.
        text: &'a str,
    },
    /// Why the build fails. It was told in lines before; this is for pages that list problems.
    Problem(&'a Trouble),
    /// How far a deployment is.
    Progress {
        /// 0 to 100.
        percent: u8,
        /// Which one, and what it does.
        text: &'a str,
    },
    /// A secret that the server is to keep out of its log.
    Mask(&'a str),
    /// Values for later steps.
    Outputs(&'a [Output]),
    /// The run as a page of Markdown.
    Summary {
        /// The page.
        markdown: &'a str,
        /// How the run ended.
        tone: Tone,
    },
    /// The run passed, but not without trouble.
    PassedWithWarnings,
}

/// A problem with an identity that is the same in each build that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// At most 60 letters, digits and underscores, beginning with a letter.
    pub identity: String,
    /// What failed, in a few words.
    pub title: String,
    /// Why; perhaps several lines.
    pub text: String,
    /// The file, line and column of a mistake in what people wrote.
    pub place: Option<(String, usize, usize)>,
}

/// A value for later steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name: lower case, with dashes.
    pub name: &'static str,
    /// One line.
    pub value: String,
}

impl Output {
    /// Its name as a variable: `PROMENADE_RELEASE_VERSION`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("PROMENADE_{}", self.name.to_uppercase().replace('-', "_"))
    }
}

/// Something to do so that a server hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Print this line, as it is.
    Print(String),
    /// Add this text to the end of a file.
    Append {
        /// The file.
        path: String,
        /// The text.
        text: String,
    },
    /// Make this the text of a file.
    Write {
        /// The file.
        path: String,
        /// The text.
        text: String,
    },
    /// Run the server's own program.
    Run {
        /// The program.
        program: &'static str,
        /// Its arguments.
        arguments: Vec<String>,
        /// What it reads from standard input.
        input: String,
    },
}

/// What a server's way of speaking depends on beside what is said.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    /// The environment of the process.
    pub variables: &'a Variables,
    /// The time, in whole seconds since 1970 (UTC).
    pub now: i64,
    /// A word that nobody can foresee and that occurs in no text: for delimiters and flows.
    pub run: &'a str,
    /// The file for output values that settings name.
    pub outputs_file: Option<&'a str>,
}

impl<'a> Voice<'a> {
    /// A variable that is set and not blank.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        set(self.variables, name)
    }

    /// Output values in the file that settings name, in the form that this server reads; nothing without a file.
    pub(super) fn file(&self, outputs: &[Output], form: fn(&Output) -> String) -> Vec<Act> {
        let path = self.outputs_file.map(str::to_owned);
        let text = || outputs.iter().map(form).map(|it| it + "\n").collect();
        path.map(|path| Act::Write { path, text: text() }).into_iter().collect()
    }
}

/// One line.
pub(super) fn print(line: impl Into<String>) -> Vec<Act> {
    vec![Act::Print(line.into())]
}

/// How a server is spoken to that has no words of its own: lines as they are.
pub(super) fn plainly(speech: &Speech<'_>, voice: &Voice<'_>) -> Vec<Act> {
    match speech {
        Speech::Open { title, .. } => print(*title),
        Speech::Line { text, .. } => print(*text),
        Speech::Outputs(outputs) => voice.file(outputs, dotenv),
        Speech::Close { .. }
        | Speech::Problem(_)
        | Speech::Progress { .. }
        | Speech::Mask(_)
        | Speech::Summary { .. }
        | Speech::PassedWithWarnings => Vec::new(),
    }
}

/// As [`plainly`], with the colours of a terminal, for servers that show them.
pub(super) fn in_colours(speech: &Speech<'_>, voice: &Voice<'_>) -> Vec<Act> {
    match speech {
        Speech::Line { tone, text } => print(coloured(*tone, text)),
        other => plainly(other, voice),
    }
}

/// A line in the colour of its tone.
pub(super) fn coloured(tone: Tone, text: &str) -> String {
    let colour = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Log => 2,
        Tone::Good => 32,
        Tone::Warning => 33,
        Tone::Bad => 31,
    };
    format!("\u{1b}[{colour}m{text}\u{1b}[0m")
}

/// `KEY=value`, as dotenv files without quotes have it. A value is one line.
pub(super) fn dotenv(output: &Output) -> String {
    format!("{}={}", output.variable(), output.value)
}

/// `KEY=value`, as Java reads its properties: a backslash begins an escape there.
pub(super) fn property(output: &Output) -> String {
    format!("{}={}", output.variable(), output.value.replace('\\', "\\\\"))
}
