//! Continua CI: variables with dots in their names, which an agent gives to the programs it starts.
//!
//! The names are those that cake-build/cake reads (`src/Cake.Common/Build/ContinuaCI`); the messages are those of
//! <https://docs.finalbuilder.com/ci/1.0/extending-continua-ci/custom-log-messages.html>.

use super::message::{Act, Message, MessageContext, dotenv, plainly, print};
use super::profile::{Profile, known};
use super::reading::{Field, Reading};
use crate::ci::report::Tone;
use crate::event::{Moment, Status};

/// Before the names of the build's variables.
const VARIABLE: &str = "ContinuaCI.Variable.";

pub(super) const PROFILE: Profile = Profile {
    name: "continua",
    title: "Continua CI",
    recognised: |variables| known(variables, "ContinuaCI.Version"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first action of the first stage"),
        (Moment::SendingStageToAgent, "in the first action of the stage"),
        (Moment::BuildPendingPromotion, "in the last action of a stage that is promoted by hand"),
        (Moment::AfterBuildContinued, "in the first action of the stage that was promoted to"),
        (Moment::BuildCompleted, "in the last action of the last stage"),
    ],
    statuses: &[("success", Status::Successful), ("error", Status::Failed), ("stopped", Status::Cancelled)],
    status_by: "pass `--status successful` in an action that runs only when those before it succeeded, or \
                `--status failed` in the failure branch of a Try action",
    render,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Id, &["ContinuaCI.Build.Id"]);
    reading.take(Field::Number, &["ContinuaCI.Build.BuildNumber"]);
    reading.take(Field::Version, &["ContinuaCI.Build.Version"]);
    let pipeline = ["ContinuaCI.Project.Name", "ContinuaCI.Configuration.Name"];
    reading.join(Field::Pipeline, &pipeline, |it| it.join("/"));
    reading.take(Field::Pipeline, &["ContinuaCI.Configuration.Name", "ContinuaCI.Project.Name"]);
    let branch = ["ContinuaCI.Build.TriggeringBranch", "ContinuaCI.Build.LatestChangeset.Branch"];
    reading.take(Field::Branch, &branch);
    reading.take(Field::Commit, &["ContinuaCI.Build.LatestChangeset.Revision"]);
    reading.take(Field::StartedBy, &["ContinuaCI.Build.StartedBy"]);
    // Continua writes the time in the agent's own format and zone, which is left out unless it is RFC 3339.
    reading.time(Field::StartedAt, "ContinuaCI.Build.Started");
    let own = reading.variables().iter();
    let own = own.filter_map(|(name, value)| Some((name.strip_prefix(VARIABLE)?.to_owned(), value.clone())));
    reading.parameters.extend(own);
}

fn render(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    match message {
        Message::Open { title, .. } => print(service_message("startGroup", &[("name", title)])),
        Message::Close { title, .. } => print(service_message("endGroup", &[("name", title)])),
        Message::Line { tone, text } => {
            let status = match tone {
                Tone::Plain | Tone::Log => return print(*text),
                Tone::Good => "success",
                Tone::Warning => "warning",
                Tone::Bad => "error",
            };
            print(service_message("message", &[("value", text), ("status", status)]))
        }
        Message::Progress { percent, text } => {
            print(service_message("setBuildStatus", &[("value", &format!("{text}: {percent} %"))]))
        }
        Message::Outputs(outputs) => {
            let mut acts = context.file(outputs, dotenv);
            // A variable that the configuration does not define would fail the build.
            acts.extend(outputs.iter().flat_map(|it| {
                let name = it.variable();
                let values = [("name", name.as_str()), ("value", &it.value), ("skipIfNotDefined", "true")];
                print(service_message("setBuildVariable", &values))
            }));
            acts
        }
        other => plainly(other, context),
    }
}

fn service_message(name: &str, values: &[(&str, &str)]) -> String {
    let values: String = values.iter().map(|(key, value)| format!(" {key}='{}'", escaped(value))).collect();
    format!("@@continua[{name}{values}]")
}

/// A value of a message. The sign that begins an escape is escaped first.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "\\'");
    text.replace('\n', "\\n").replace('\r', "\\r").replace('[', "\\[").replace(']', "\\]")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ci::report::{BuildProblem, Output};
    use crate::ci::servers::Variables;

    fn acts(message: &Message<'_>) -> Vec<Act> {
        let variables = Variables::new();
        render(
            message,
            &MessageContext { variables: &variables, now: 0, run: "f00d", outputs_file: Some("own") },
        )
    }

    /// What is printed, and nothing else is done.
    fn said(message: &Message<'_>) -> Vec<String> {
        let line = |act| match act {
            Act::Print(line) => line,
            other => panic!("it is not printed: {other:?}"),
        };
        acts(message).into_iter().map(line).collect()
    }

    fn line(tone: Tone, text: &str) -> Vec<String> {
        said(&Message::Line { tone, text })
    }

    fn trouble() -> BuildProblem {
        BuildProblem {
            identity: "promenade_deploy_1".into(),
            title: "50%: a,b;c]".into(),
            text: "one\r\ntwo: 5%".into(),
            place: None,
        }
    }

    #[test]
    fn groups_and_lines_are_messages() {
        let (name, title) = ("deploy-1", "deploy: [A] 'B' C:\\d");
        let name_said = r"deploy: \[A\] \'B\' C:\\d";
        assert_eq!(
            said(&Message::Open { name, title }),
            [format!("@@continua[startGroup name='{name_said}']")]
        );
        assert_eq!(
            said(&Message::Close { name, title }),
            [format!("@@continua[endGroup name='{name_said}']")]
        );
        for (tone, status) in [(Tone::Good, "success"), (Tone::Warning, "warning"), (Tone::Bad, "error")] {
            let expected = format!("@@continua[message value='a\\nb\\rc' status='{status}']");
            assert_eq!(line(tone, "a\nb\rc"), [expected]);
        }
        assert_eq!([line(Tone::Plain, "a[b]"), line(Tone::Log, "'c'")].concat(), ["a[b]", "'c'"]);
        let progress = said(&Message::Progress { percent: 5, text: "Test" });
        assert_eq!(progress, ["@@continua[setBuildStatus value='Test: 5 %']"]);
    }

    #[test]
    fn outputs_are_variables_where_they_are_defined() {
        let outputs = [Output { name: "verdict", value: "it's".into() }];
        let own = Act::Write { path: "own".into(), text: "PROMENADE_VERDICT=it's\n".into() };
        let set =
            r"@@continua[setBuildVariable name='PROMENADE_VERDICT' value='it\'s' skipIfNotDefined='true']";
        assert_eq!(acts(&Message::Outputs(&outputs)), [own, Act::Print(set.into())]);
    }

    #[test]
    fn what_has_no_message_is_not_said() {
        for message in [
            Message::Problem(&trouble()),
            Message::Mask("API-1234"),
            Message::Summary { markdown: "x", tone: Tone::Good },
            Message::PassedWithWarnings,
        ] {
            assert!(acts(&message).is_empty(), "{message:?}");
        }
    }

    /// Reads a value as the vendor's page says.
    fn read_back(value: &str) -> String {
        let mut read = String::new();
        let mut letters = value.chars();
        while let Some(letter) = letters.next() {
            read.push(match letter {
                '\\' => match letters.next().expect("an escape is whole") {
                    'n' => '\n',
                    'r' => '\r',
                    other => other,
                },
                '\'' | '[' | ']' | '\n' | '\r' => panic!("{letter:?} ends the value: {value}"),
                other => other,
            });
        }
        read
    }

    proptest! {
        #[test]
        fn a_server_reads_what_was_said(text in "[\\\\'nr\\[\\]\r\n é😀\u{2028}]{0,30}") {
            prop_assert_eq!(read_back(&escaped(&text)), text);
        }
    }
}
