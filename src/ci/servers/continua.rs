//! Continua CI: variables with dots in their names, which an agent gives to the programs it starts.
//!
//! The names are those that cake-build/cake reads (`src/Cake.Common/Build/ContinuaCI`); the messages are those of
//! <https://docs.finalbuilder.com/ci/1.0/extending-continua-ci/custom-log-messages.html>.

use super::reading::Reading;
use super::speech::{Act, Speech, Voice, dotenv, plainly, print};
use super::{Field, Profile, known};
use crate::ci::event::{Moment, Status};
use crate::ci::report::Tone;

/// Before the names of the build's variables.
const VARIABLE: &str = "ContinuaCI.Variable.";

pub(super) const PROFILE: Profile = Profile {
    name: "continua",
    title: "Continua CI",
    recognised: |variables| known(variables, "ContinuaCI.Version"),
    read,
    told: &[
        (Moment::AfterBuildStarted, "in the first action of the first stage"),
        (Moment::SendingStageToAgent, "in the first action of the stage"),
        (Moment::BuildPendingPromotion, "in the last action of a stage that is promoted by hand"),
        (Moment::AfterBuildContinued, "in the first action of the stage that was promoted to"),
        (Moment::BuildCompleted, "in the last action of the last stage"),
    ],
    statuses: &[("success", Status::Successful), ("error", Status::Failed), ("stopped", Status::Cancelled)],
    status_by: "pass `--status successful` in an action that runs only when those before it succeeded, or \
                `--status failed` in the failure branch of a Try action",
    speak,
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

fn speak(speech: &Speech<'_>, voice: &Voice<'_>) -> Vec<Act> {
    match speech {
        Speech::Open { title, .. } => print(message("startGroup", &[("name", title)])),
        Speech::Close { title, .. } => print(message("endGroup", &[("name", title)])),
        Speech::Line { tone, text } => {
            let status = match tone {
                Tone::Plain | Tone::Log => return print(*text),
                Tone::Good => "success",
                Tone::Warning => "warning",
                Tone::Bad => "error",
            };
            print(message("message", &[("value", text), ("status", status)]))
        }
        Speech::Progress { percent, text } => {
            print(message("setBuildStatus", &[("value", &format!("{text}: {percent} %"))]))
        }
        Speech::Outputs(outputs) => {
            let mut acts = voice.file(outputs, dotenv);
            // A variable that the configuration does not define would fail the build.
            acts.extend(outputs.iter().flat_map(|it| {
                let name = it.variable();
                let values = [("name", name.as_str()), ("value", &it.value), ("skipIfNotDefined", "true")];
                print(message("setBuildVariable", &values))
            }));
            acts
        }
        other => plainly(other, voice),
    }
}

fn message(name: &str, values: &[(&str, &str)]) -> String {
    let values: String = values.iter().map(|(key, value)| format!(" {key}='{}'", escaped(value))).collect();
    format!("@@continua[{name}{values}]")
}

/// A value of a message. The sign that begins an escape is escaped first.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "\\'");
    text.replace('\n', "\\n").replace('\r', "\\r").replace('[', "\\[").replace(']', "\\]")
}
