//! Says what each CI server is given to hear something: a list of speeches as JSON on standard input, a list of what is
//! to be done for each on standard output.
//!
//! `tests/vendor/actions-core` and `tests/vendor/azure-task-lib` compare it with what the vendors' own libraries do.

use std::collections::BTreeMap;
use std::io;

use promenade::ci::report::{BuildProblem, Output, Tone};
use promenade::ci::servers::{Act, CiServer, Message, MessageContext};
use serde::Deserialize;
use serde_json::{Value, json};

/// One thing to say.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    server: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    outputs_file: Option<String>,
    say: What,
}

/// What to say, as [`Message`] has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum What {
    Open(String),
    Close(String),
    Warning(String),
    Error(String),
    Problem { title: String, text: String, place: Option<(String, usize, usize)> },
    Progress { percent: u8, text: String },
    Mask(String),
    Output { name: String, value: String },
    Summary(String),
    PassedWithWarnings,
}

fn main() -> io::Result<()> {
    let all: Vec<Said> = serde_json::from_reader(io::stdin().lock())?;
    let answers: io::Result<Vec<_>> = all.into_iter().map(answer).collect();
    Ok(serde_json::to_writer(io::stdout().lock(), &answers?)?)
}

fn answer(said: Said) -> io::Result<Value> {
    let server = CiServer::named(&said.server).map_err(io::Error::other)?;
    let outputs_file = said.outputs_file.as_deref();
    let context = MessageContext { variables: &said.variables, now: 0, run: "RUN", outputs_file };
    Ok(with_message(said.say, |message| {
        server.render(&message, &context).into_iter().map(document).collect()
    }))
}

fn with_message(what: What, speak: impl FnOnce(Message<'_>) -> Value) -> Value {
    let name = "group";
    match what {
        What::Open(title) => speak(Message::Open { name, title: &title }),
        What::Close(title) => speak(Message::Close { name, title: &title }),
        What::Warning(text) => speak(Message::Line { tone: Tone::Warning, text: &text }),
        What::Error(text) => speak(Message::Line { tone: Tone::Bad, text: &text }),
        What::Problem { title, text, place } => {
            speak(Message::Problem(&BuildProblem { identity: "promenade".to_owned(), title, text, place }))
        }
        What::Progress { percent, text } => speak(Message::Progress { percent, text: &text }),
        What::Mask(secret) => speak(Message::Mask(&secret)),
        // The program ends right away, so the name may stay where it is.
        What::Output { name, value } => speak(Message::Outputs(&[Output { name: name.leak(), value }])),
        What::Summary(markdown) => speak(Message::Summary { markdown: &markdown, tone: Tone::Good }),
        What::PassedWithWarnings => speak(Message::PassedWithWarnings),
    }
}

fn document(act: Act) -> Value {
    match act {
        Act::Print(line) => json!({ "print": line }),
        Act::Append { path, text } => json!({ "append": path, "text": text }),
        Act::Write { path, text } => json!({ "write": path, "text": text }),
        Act::Run { program, arguments, input } => {
            json!({ "run": program, "arguments": arguments, "input": input })
        }
    }
}
