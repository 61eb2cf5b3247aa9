//! Azure Pipelines.
//!
//! Variables: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>. Commands:
//! <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>; their escapes are those of
//! microsoft/azure-pipelines-task-lib (`node/taskcommand.ts`).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::message::{Act, Message, MessageContext, dotenv, lines_of, plainly, print};
use super::profile::{Profile, is};
use super::reading::{Field, Reading};
use crate::ci::report::{BuildProblem, Tone};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "azure",
    title: "Azure Pipelines",
    recognised: |variables| is(variables, "TF_BUILD", "True"),
    read,
    steps_for: &[
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
    render,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Address, &["SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"]);
    reading.take(Field::Id, &["BUILD_BUILDID"]);
    reading.attempt("SYSTEM_JOBATTEMPT", 0);
    reading.attempt("SYSTEM_STAGEATTEMPT", 0);
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

fn render(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    match message {
        Message::Open { title, .. } => print(format!("##[group]{title}")),
        Message::Close { .. } => print("##[endgroup]"),
        Message::Line { tone: Tone::Warning, text } => print(issue("warning", text, None)),
        Message::Line { tone: Tone::Bad, text } => print(format!("##[error]{text}")),
        Message::Problem(BuildProblem { title, text, place, .. }) => {
            print(issue("error", &format!("{title}: {text}"), place.as_ref()))
        }
        Message::Progress { percent, text } => {
            print(command("task.setprogress", &[("value", percent.to_string())], text))
        }
        Message::Mask(secret) => {
            lines_of(secret).into_iter().map(|it| Act::Print(command("task.setsecret", &[], it))).collect()
        }
        Message::Outputs(outputs) => {
            let mut acts = context.file(outputs, dotenv);
            acts.extend(outputs.iter().map(|it| {
                let properties =
                    [("variable", it.variable()), ("isOutput", "true".into()), ("issecret", "false".into())];
                Act::Print(command("task.setvariable", &properties, &it.value))
            }));
            acts
        }
        Message::Summary { markdown, .. } => match context.get("AGENT_TEMPDIRECTORY") {
            Some(folder) => {
                let path = format!("{folder}/promenade-{}.md", context.run);
                let upload = command("task.uploadsummary", &[], &path);
                vec![Act::Write { path, text: (*markdown).to_owned() }, Act::Print(upload)]
            }
            None => Vec::new(),
        },
        Message::PassedWithWarnings => {
            let result = [("result", "SucceededWithIssues".to_owned())];
            print(command("task.complete", &result, "promenade passed with warnings"))
        }
        other => plainly(other, context),
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
    let space = if properties.is_empty() { "" } else { " " };
    let said = properties.iter().filter(|(_, value)| !value.is_empty());
    let properties: String = said.map(|(key, value)| format!("{key}={};", property(value))).collect();
    format!("##vso[{name}{space}{properties}]{}", data(message))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ci::report::Output;

    fn acts(message: &Message<'_>) -> Vec<Act> {
        let paths = [("AGENT_TEMPDIRECTORY", "/t")];
        let variables = paths.map(|(name, path)| (name.to_owned(), path.to_owned())).into();
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
    fn lines_and_problems_are_logging_commands() {
        let (name, title) = ("deploy-1", "deploy: 50%");
        assert_eq!(said(&Message::Open { name, title }), ["##[group]deploy: 50%"]);
        assert_eq!(said(&Message::Close { name, title }), ["##[endgroup]"]);
        assert_eq!(line(Tone::Warning, "5%; a]"), ["##vso[task.logissue type=warning;]5%AZP25; a]"]);
        assert_eq!(line(Tone::Bad, "5%"), ["##[error]5%"]);
        assert_eq!(line(Tone::Log, "5%"), ["5%"]);
        let messages = said(&Message::Problem(&trouble()));
        assert_eq!(messages, ["##vso[task.logissue type=error;]50%AZP25: a,b;c]: one%0D%0Atwo: 5%AZP25"]);
        let placed = BuildProblem { place: Some(("a;b].toml".into(), 3, 7)), ..trouble() };
        let place = "sourcepath=a%3Bb%5D.toml;linenumber=3;columnnumber=7;";
        let text = "50%AZP25: a,b;c]: one%0D%0Atwo: 5%AZP25";
        assert_eq!(
            said(&Message::Problem(&placed)),
            [format!("##vso[task.logissue type=error;{place}]{text}")]
        );
        let progress = said(&Message::Progress { percent: 5, text: "Test" });
        assert_eq!(progress, ["##vso[task.setprogress value=5;]Test"]);
        let warned = "##vso[task.complete result=SucceededWithIssues;]promenade passed with warnings";
        assert_eq!(said(&Message::PassedWithWarnings), [warned]);
    }

    #[test]
    fn a_secret_is_masked_line_by_line() {
        assert_eq!(said(&Message::Mask("API-5%")), ["##vso[task.setsecret]API-5%AZP25"]);
        let lines = said(&Message::Mask("{\n  first line\r\n  second;line\n}"));
        assert_eq!(lines, ["##vso[task.setsecret]first line", "##vso[task.setsecret]second;line"]);
    }

    #[test]
    fn outputs_are_variables_of_the_job() {
        let outputs = [Output { name: "release-version", value: "1.0;]%".into() }];
        let own = Act::Write { path: "own".into(), text: "PROMENADE_RELEASE_VERSION=1.0;]%\n".into() };
        let properties = "variable=PROMENADE_RELEASE_VERSION;isOutput=true;issecret=false;";
        let set = Act::Print(format!("##vso[task.setvariable {properties}]1.0;]%AZP25"));
        assert_eq!(acts(&Message::Outputs(&outputs)), [own, set]);
    }

    #[test]
    fn the_page_is_a_file_that_is_uploaded() {
        let path = "/t/promenade-f00d.md";
        let acts = acts(&Message::Summary { markdown: "# x\n", tone: Tone::Good });
        let upload = Act::Print(format!("##vso[task.uploadsummary]{path}"));
        assert_eq!(acts, [Act::Write { path: path.into(), text: "# x\n".into() }, upload]);
    }

    /// Reads a command as the vendor's task library does (`node/taskcommand.ts`).
    fn read_back(line: &str) -> (&str, BTreeMap<&str, String>, String) {
        let (info, data) = line.strip_prefix("##vso[").and_then(|it| it.split_once(']')).expect("a command");
        let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
        let plain = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
        let property = |it: &str| plain(it).replace("%5D", "]").replace("%3B", ";").replace("%AZP25", "%");
        let properties = properties.split(';').filter_map(|it| it.split_once('='));
        let properties = properties.map(|(key, value)| (key, property(value))).collect();
        (name, properties, plain(data).replace("%AZP25", "%"))
    }

    proptest! {
        #[test]
        fn an_agent_reads_what_was_said(
            file in "[%0-9A-FZP:,;=\\]\r\n é😀\u{2028}]{1,30}", text in "[%0-9A-FZP:,;=\\]\r\n é😀\u{2028}]{0,30}"
        ) {
            let place = Some((file.clone(), 1, 2));
            let said = said(&Message::Problem(&BuildProblem { title: "t".into(), text: text.clone(), place, ..trouble() }));
            prop_assert_eq!(said[0].lines().count(), 1);
            let (name, properties, data) = read_back(&said[0]);
            prop_assert_eq!((name, &properties["sourcepath"], data), ("task.logissue", &file, format!("t: {text}")));
        }
    }
}
