//! The messages of a run to a CI server, and the acts that deliver them.
//!
//! Every text in here is promenade's own or was made harmless before (`text::clean`), and contains no secret, a
//! [`Message::Mask`] excepted. A server's file turns each [`Message`] into [`Act`]s; carrying them out is not done here.

use super::reading::{Variables, set};
use crate::ci::report::{BuildProblem, Output, Tone};
use crate::text::redact::SHORTEST_LINE;

/// A message to a CI server.
#[derive(Debug, Clone, Copy)]
pub enum Message<'a> {
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
    /// Why the build fails. The log has it already; this is for pages that list problems.
    Problem(&'a BuildProblem),
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

/// What the form of a message depends on in addition to the message.
#[derive(Debug, Clone, Copy)]
pub struct MessageContext<'a> {
    /// The environment of the process.
    pub variables: &'a Variables,
    /// The time, in whole seconds since 1970 (UTC).
    pub now: i64,
    /// A random word that occurs in no text: for delimiters and flows.
    pub run: &'a str,
    /// The file for output values that settings name.
    pub outputs_file: Option<&'a str>,
}

impl<'a> MessageContext<'a> {
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

/// Messages for a server without commands of its own: plain lines.
pub(super) fn plainly(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    match message {
        Message::Open { title, .. } => print(*title),
        Message::Line { text, .. } => print(*text),
        Message::Outputs(outputs) => context.file(outputs, dotenv),
        Message::Close { .. }
        | Message::Problem(_)
        | Message::Progress { .. }
        | Message::Mask(_)
        | Message::Summary { .. }
        | Message::PassedWithWarnings => Vec::new(),
    }
}

/// As [`plainly`], with output values for a reader of Java's properties.
pub(super) fn with_properties(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    match message {
        Message::Outputs(outputs) => context.file(outputs, property),
        other => plainly(other, context),
    }
}

/// As [`plainly`], with the colours of a terminal, for servers that show them.
pub(super) fn in_colours(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    match message {
        Message::Line { tone, text } => print(coloured(*tone, text, context)),
        other => plainly(other, context),
    }
}

/// A line in the colour of its tone, where colours are wanted (<https://no-color.org>).
pub(super) fn coloured(tone: Tone, text: &str, context: &MessageContext<'_>) -> String {
    let colour = match tone {
        _ if context.get("NO_COLOR").is_some() => return text.to_owned(),
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

/// `KEY=value`, as Java reads its properties: a backslash begins an escape there, and letters outside of ASCII are
/// written by their number, since readers differ in what they take them for.
pub(super) fn property(output: &Output) -> String {
    let mut line = output.variable() + "=";
    for (at, letter) in output.value.char_indices() {
        match letter {
            '\\' => line.push_str("\\\\"),
            // White space before a value is not part of it.
            ' ' if at == 0 => line.push_str("\\ "),
            ' '..='~' => line.push(letter),
            other => other.encode_utf16(&mut [0; 2]).iter().for_each(|it| line += &format!("\\u{it:04x}")),
        }
    }
    line
}

/// The parts of a secret for a server that masks one line at a time. Short lines of several, such as the
/// brackets of JSON, are none: they would black out half of the log.
pub(super) fn lines_of(secret: &str) -> Vec<&str> {
    let lines: Vec<_> = secret.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let several = lines.len() > 1;
    lines.into_iter().filter(|it| !several || it.len() >= SHORTEST_LINE).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ci::servers::CiServer;

    static TROUBLE: BuildProblem =
        BuildProblem { identity: String::new(), title: String::new(), text: String::new(), place: None };

    /// Everything that can be said.
    fn messages(outputs: &[Output]) -> Vec<Message<'_>> {
        vec![
            Message::Open { name: "deploy-1", title: "deploy: Test" },
            Message::Line { tone: Tone::Plain, text: "plain" },
            Message::Line { tone: Tone::Log, text: "log" },
            Message::Line { tone: Tone::Good, text: "good" },
            Message::Line { tone: Tone::Warning, text: "warning" },
            Message::Line { tone: Tone::Bad, text: "bad" },
            Message::Progress { percent: 5, text: "Test" },
            Message::Mask("API-1234"),
            Message::Problem(&TROUBLE),
            Message::Close { name: "deploy-1", title: "deploy: Test" },
            Message::Outputs(outputs),
            Message::Summary { markdown: "# x", tone: Tone::Good },
            Message::PassedWithWarnings,
        ]
    }

    fn acts(server: CiServer, variables: &Variables) -> Vec<Act> {
        let context = MessageContext { variables, now: 0, run: "f00d", outputs_file: Some("own") };
        let outputs = [Output { name: "verdict", value: "passed".into() }];
        messages(&outputs).iter().flat_map(|it| server.render(it, &context)).collect()
    }

    #[test]
    fn servers_without_words_of_their_own_get_lines_and_a_file() {
        let file = Act::Write { path: "own".into(), text: "PROMENADE_VERDICT=passed\n".into() };
        let lines = |lines: [&str; 6]| {
            let mut acts: Vec<_> = lines.into_iter().map(|it| Act::Print(it.to_owned())).collect();
            acts.push(file.clone());
            acts
        };
        let plain = lines(["deploy: Test", "plain", "log", "good", "warning", "bad"]);
        let (log, good) = ("\u{1b}[2mlog\u{1b}[0m", "\u{1b}[32mgood\u{1b}[0m");
        let (warning, bad) = ("\u{1b}[33mwarning\u{1b}[0m", "\u{1b}[31mbad\u{1b}[0m");
        let coloured = lines(["deploy: Test", "plain", log, good, warning, bad]);
        let uncoloured = Variables::from([("NO_COLOR".to_owned(), "1".to_owned())]);
        for server in [CiServer::Jenkins, CiServer::Bamboo, CiServer::Buildbot, CiServer::Shell] {
            assert_eq!(acts(server, &Variables::new()), plain, "{server}");
        }
        for server in [CiServer::Bitbucket, CiServer::Drone, CiServer::Woodpecker, CiServer::CircleCi] {
            assert_eq!(acts(server, &Variables::new()), coloured, "{server}");
            assert_eq!(acts(server, &uncoloured), plain, "{server}");
        }
    }

    #[test]
    fn the_runners_of_gitea_and_forgejo_are_spoken_to_as_githubs() {
        let path = |name: &str| (name.to_owned(), format!("/{name}"));
        let variables = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"].map(path).into();
        let github = acts(CiServer::GitHub, &variables);
        assert_eq!(acts(CiServer::Gitea, &variables), github);
        assert_eq!(acts(CiServer::Forgejo, &variables), github);
    }

    #[test]
    fn every_server_prints_one_line_at_a_time() {
        for server in CiServer::ALL {
            for act in acts(server, &Variables::new()) {
                assert!(!matches!(&act, Act::Print(line) if line.contains('\n')), "{server}: {act:?}");
            }
        }
    }

    /// Reads the value of a line as the documentation of `java.util.Properties` says.
    fn read_back(line: &str) -> String {
        let value = line.strip_prefix("PROMENADE_VERDICT=").expect("the name").trim_start();
        let (mut units, mut letters) = (Vec::new(), value.chars());
        while let Some(letter) = letters.next() {
            assert!(matches!(letter, ' '..='~'), "readers differ in what they take {letter:?} for");
            let escaped = (letter == '\\').then(|| letters.next().expect("no line continues"));
            if escaped == Some('u') {
                let digits: String = letters.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).expect("four digits"));
            } else {
                let meant = escaped.unwrap_or(letter);
                assert!(!(escaped.is_some() && "tnrf".contains(meant)), "a letter of its own");
                units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
            }
        }
        String::from_utf16(&units).expect("halves come in pairs")
    }

    proptest! {
        #[test]
        fn java_reads_what_a_property_says(value in "[ :=#!\\\\nu0-9\té😀\u{2028}\u{1b}]{0,30}") {
            let line = property(&Output { name: "verdict", value: value.clone() });
            prop_assert_eq!(read_back(&line), value);
        }
    }
}
