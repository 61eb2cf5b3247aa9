//! Azure Pipelines.
//!
//! Variables: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>. Commands:
//! <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>; their escapes are those of
//! microsoft/azure-pipelines-task-lib (`node/taskcommand.ts`).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::reading::Reading;
use super::speech::{Act, Speech, Trouble, Voice, dotenv, plainly, print};
use super::{Field, Profile, is};
use crate::ci::event::{Moment, Status};
use crate::ci::report::Tone;

pub(super) const PROFILE: Profile = Profile {
    name: "azure",
    title: "Azure Pipelines",
    recognised: |variables| is(variables, "TF_BUILD", "True"),
    read,
    told: &[
        (Moment::AfterBuildStarted, "in the first job"),
        (Moment::BeforeStageStart, "in a job that the stage depends on"),
        (Moment::SendingStageToAgent, "in the first step of the stage's job"),
        (Moment::BuildPendingPromotion, "in a job before the one that waits for an approval or a check"),
        (Moment::AfterBuildContinued, "in the stage that waited for an approval or a check"),
        (Moment::BuildStopping, "in a step with `condition: canceled()`"),
        (Moment::BuildCompleted, "in a last stage with `condition: always()`"),
    ],
    statuses: &[
        ("Succeeded", Status::Successful),
        ("SucceededWithIssues", Status::Successful),
        ("Failed", Status::Failed),
        ("Canceled", Status::Cancelled),
    ],
    status_by: "pass `--status $(Agent.JobStatus)`",
    speak,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Id, &["BUILD_BUILDID"]);
    reading.take(Field::Number, &["BUILD_BUILDNUMBER"]);
    let page = ["SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"];
    reading.join(Field::Url, &page, |it| {
        let project = utf8_percent_encode(it[1], NON_ALPHANUMERIC);
        format!("{}/{project}/_build/results?buildId={}", it[0].trim_end_matches('/'), it[2])
    });
    reading.join(Field::Pipeline, &["SYSTEM_TEAMPROJECT", "BUILD_DEFINITIONNAME"], |it| it.join("/"));
    // BUILD_SOURCEBRANCHNAME is the last part of the name alone: `feature/a` would be `a`.
    let parts = [
        (Field::Branch, "SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/"),
        (Field::Branch, "BUILD_SOURCEBRANCH", "refs/heads/"),
        (Field::Tag, "BUILD_SOURCEBRANCH", "refs/tags/"),
    ];
    for (field, name, head) in parts {
        let value = reading.get(name).and_then(|it| it.strip_prefix(head)).map(str::to_owned);
        reading.set(field, value, &[name]);
    }
    reading.take(
        Field::PullRequest,
        &["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"],
    );
    reading.take(Field::Commit, &["BUILD_SOURCEVERSION"]);
    reading.take(Field::Stage, &["SYSTEM_JOBNAME", "AGENT_JOBNAME"]);
    reading.take(Field::Status, &["AGENT_JOBSTATUS"]);
    reading.take(Field::StartedBy, &["BUILD_REQUESTEDFOR"]);
    reading.time(Field::StartedAt, "SYSTEM_PIPELINESTARTTIME");
}

fn speak(speech: &Speech<'_>, voice: &Voice<'_>) -> Vec<Act> {
    match speech {
        Speech::Open { title, .. } => print(format!("##[group]{title}")),
        Speech::Close { .. } => print("##[endgroup]"),
        Speech::Line { tone: Tone::Warning, text } => print(issue("warning", text, None)),
        Speech::Line { tone: Tone::Bad, text } => print(format!("##[error]{text}")),
        Speech::Problem(Trouble { title, text, place, .. }) => {
            print(issue("error", &format!("{title}: {text}"), place.as_ref()))
        }
        Speech::Progress { percent, text } => {
            print(command("task.setprogress", &[("value", percent.to_string())], text))
        }
        Speech::Mask(secret) => {
            let lines = secret.lines().map(str::trim).filter(|it| !it.is_empty());
            lines.map(|it| Act::Print(command("task.setsecret", &[], it))).collect()
        }
        Speech::Outputs(outputs) => {
            let mut acts = voice.file(outputs, dotenv);
            acts.extend(outputs.iter().map(|it| {
                let properties =
                    [("variable", it.variable()), ("isOutput", "true".into()), ("issecret", "false".into())];
                Act::Print(command("task.setvariable", &properties, &it.value))
            }));
            acts
        }
        Speech::Summary { markdown, .. } => match voice.get("AGENT_TEMPDIRECTORY") {
            Some(folder) => {
                let path = format!("{folder}/promenade-{}.md", voice.run);
                let upload = command("task.uploadsummary", &[], &path);
                vec![Act::Write { path, text: (*markdown).to_owned() }, Act::Print(upload)]
            }
            None => Vec::new(),
        },
        Speech::PassedWithWarnings => {
            let result = [("result", "SucceededWithIssues".to_owned())];
            print(command("task.complete", &result, "promenade passed with warnings"))
        }
        other => plainly(other, voice),
    }
}

fn issue(kind: &str, text: &str, place: Option<&(String, usize, usize)>) -> String {
    let mut properties = vec![("type", kind.to_owned())];
    if let Some((file, line, column)) = place {
        properties.push(("sourcepath", file.clone()));
        properties.push(("linenumber", line.to_string()));
        properties.push(("columnnumber", column.to_string()));
    }
    command("task.logissue", &properties, text)
}

/// A logging command.
fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let data = |text: &str| text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(']', "%5D").replace(';', "%3B");
    let properties: String =
        properties.iter().map(|(key, value)| format!("{key}={};", property(value))).collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!("##vso[{name}{space}{properties}]{}", data(message))
}
