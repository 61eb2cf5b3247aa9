//! GitHub Actions, whose words Gitea's and Forgejo's runners understand as well.
//!
//! Variables: <https://docs.github.com/actions/reference/workflows-and-actions/variables>. Commands and their escapes:
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>, and actions/toolkit
//! (`packages/core/src/command.ts` and `file-command.ts`).

use super::message::{Act, Message, MessageContext, coloured, dotenv, lines_of, plainly, print};
use super::profile::{Profile, is};
use super::reading::{Field, Reading};
use crate::ci::report::{BuildProblem, Output, Tone};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "github",
    title: "GitHub Actions",
    recognised: |variables| is(variables, "GITHUB_ACTIONS", "true"),
    read,
    steps_for: STEPS_FOR,
    statuses: STATUSES,
    status_by: STATUS_BY,
    render,
};

/// What a step can say has happened.
const STEPS_FOR: &[(Moment, &str)] = &[
    (Moment::AfterBuildStarted, FIRST),
    (Moment::BeforeStageStart, BEFORE),
    (Moment::SendingStageToAgent, BEGINNING),
    (Moment::BuildPendingPromotion, "in a job before the one whose environment has required reviewers"),
    (Moment::AfterBuildContinued, "in the job whose environment has required reviewers"),
    (Moment::BuildStopping, STOPPING),
    (Moment::BuildCompleted, LAST),
];

/// The same for servers that know these workflows, but no environments with reviewers.
pub(super) const STEPS_FOR_WITHOUT_REVIEWERS: &[(Moment, &str)] = &[
    (Moment::AfterBuildStarted, FIRST),
    (Moment::BeforeStageStart, BEFORE),
    (Moment::SendingStageToAgent, BEGINNING),
    (Moment::BuildStopping, STOPPING),
    (Moment::BuildCompleted, LAST),
];

const FIRST: &str = "in the first job";
const BEFORE: &str = "in a job that the stage's job `needs`";
const BEGINNING: &str = "in the first step of the stage's job";
const STOPPING: &str = "in a step with `if: cancelled()`";
const LAST: &str = "in a last job with `if: always()` that `needs` the others";

/// What `${{ job.status }}` says.
const STATUSES: &[(&str, Status)] =
    &[("success", Status::Successful), ("failure", Status::Failed), ("cancelled", Status::Cancelled)];

/// How a status is passed in.
const STATUS_BY: &str = "pass `--status ${{ job.status }}`";

/// Reads the variables of a runner.
pub(super) fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Address, &["GITHUB_SERVER_URL"]);
    reading.take(Field::Id, &["GITHUB_RUN_ID"]);
    reading.attempt("GITHUB_RUN_ATTEMPT", 0);
    reading.take(Field::Number, &["GITHUB_RUN_NUMBER"]);
    let page = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"];
    reading.join(Field::Url, &page, |it| format!("{}/{}/actions/runs/{}", it[0], it[1], it[2]));
    reading.join(Field::Pipeline, &["GITHUB_REPOSITORY", "GITHUB_WORKFLOW"], |it| it.join("/"));
    // A pull request's own reference is `12/merge`, which is not a branch.
    reading.take(Field::Branch, &["GITHUB_HEAD_REF"]);
    reading.pull_request_of_ref("GITHUB_REF", "refs/pull/");
    for (kind, field) in [("branch", Field::Branch), ("tag", Field::Tag)] {
        let of_kind = reading.get("GITHUB_REF_TYPE") == Some(kind) && !reading.knows(Field::PullRequest);
        let name = reading.get("GITHUB_REF_NAME").filter(|_| of_kind).map(str::to_owned);
        reading.set(field, name, &["GITHUB_REF_NAME"]);
    }
    reading.take(Field::Commit, &["GITHUB_SHA"]);
    reading.take(Field::Stage, &["GITHUB_JOB"]);
    reading.take(Field::StartedBy, &["GITHUB_ACTOR"]);
}

/// Speaks in workflow commands.
fn render(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    match message {
        Message::Open { title, .. } => print(command("group", &[], title)),
        Message::Close { .. } => print("::endgroup::"),
        Message::Line { tone: Tone::Warning, text } => print(command("warning", &[], text)),
        Message::Line { tone, text } => print(coloured(*tone, text, context)),
        Message::Problem(trouble) => print(problem(trouble)),
        // A secret of several lines is known to the server line by line alone.
        Message::Mask(secret) => {
            lines_of(secret).into_iter().map(|it| Act::Print(command("add-mask", &[], it))).collect()
        }
        Message::Outputs(outputs) => {
            let mut acts = context.file(outputs, dotenv);
            let path = context.get("GITHUB_OUTPUT").map(str::to_owned);
            let text = outputs.iter().map(|it| entry(it, context.run)).collect();
            acts.extend(path.map(|path| Act::Append { path, text }));
            acts
        }
        Message::Summary { markdown, .. } => {
            let path = context.get("GITHUB_STEP_SUMMARY").map(str::to_owned);
            path.map(|path| Act::Append { path, text: (*markdown).to_owned() }).into_iter().collect()
        }
        other => plainly(other, context),
    }
}

fn problem(BuildProblem { title, text, place, .. }: &BuildProblem) -> String {
    let mut properties = vec![("title", title.clone())];
    if let Some((file, line, column)) = place {
        properties.push(("file", file.clone()));
        properties.push(("line", line.to_string()));
        properties.push(("col", column.to_string()));
    }
    command("error", &properties, text)
}

/// A workflow command. The sign that begins an escape is escaped first.
fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let space = if properties.is_empty() { "" } else { " " };
    let said = properties.iter().filter(|(_, value)| !value.is_empty());
    let properties: Vec<_> = said.map(|(key, value)| format!("{key}={}", property(value))).collect();
    format!("::{name}{space}{}::{}", properties.join(","), data(message))
}

/// An output value in the file for them, between two unpredictable lines.
fn entry(output: &Output, run: &str) -> String {
    let delimiter = format!("ghadelimiter_{run}");
    format!("{}<<{delimiter}\n{}\n{delimiter}\n", output.name, output.value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn acts(message: &Message<'_>) -> Vec<Act> {
        let paths = [("GITHUB_OUTPUT", "/out"), ("GITHUB_STEP_SUMMARY", "/page")];
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
    fn groups_lines_and_problems_are_workflow_commands() {
        let (name, title) = ("deploy-1", "deploy: 50% of A:B, C");
        assert_eq!(said(&Message::Open { name, title }), ["::group::deploy: 50%25 of A:B, C"]);
        assert_eq!(said(&Message::Close { name, title }), ["::endgroup::"]);
        assert_eq!(line(Tone::Warning, "5%: a,b"), ["::warning::5%25: a,b"]);
        assert_eq!(line(Tone::Plain, "5%"), ["5%"]);
        assert_eq!(line(Tone::Bad, "5%"), ["\u{1b}[31m5%\u{1b}[0m"]);
        let messages = said(&Message::Problem(&trouble()));
        assert_eq!(messages, ["::error title=50%25%3A a%2Cb;c]::one%0D%0Atwo: 5%25"]);
        let placed = BuildProblem { place: Some(("C:\\p,1.toml".into(), 3, 7)), ..trouble() };
        let messages = said(&Message::Problem(&placed));
        let place = "file=C%3A\\p%2C1.toml,line=3,col=7";
        assert_eq!(messages, [format!("::error title=50%25%3A a%2Cb;c],{place}::one%0D%0Atwo: 5%25")]);
    }

    #[test]
    fn what_has_no_command_is_not_said() {
        assert!(acts(&Message::Progress { percent: 5, text: "Test" }).is_empty());
        assert!(acts(&Message::PassedWithWarnings).is_empty());
    }

    #[test]
    fn a_secret_is_masked_line_by_line() {
        assert_eq!(said(&Message::Mask("API-5%")), ["::add-mask::API-5%25"]);
        let key = "{\n  first line\r\n\n  second: line\n}";
        assert_eq!(said(&Message::Mask(key)), ["::add-mask::first line", "::add-mask::second: line"]);
        assert_eq!(
            said(&Message::Mask("short\n")),
            ["::add-mask::short"],
            "a short secret is one all the same"
        );
    }

    #[test]
    fn outputs_stand_between_lines_that_nobody_can_foresee() {
        let outputs = [
            Output { name: "verdict", value: "passed".into() },
            Output { name: "release-url", value: "".into() },
        ];
        let own = Act::Write {
            path: "own".into(),
            text: "PROMENADE_VERDICT=passed\nPROMENADE_RELEASE_URL=\n".into(),
        };
        let file = Act::Append {
            path: "/out".into(),
            text: "verdict<<ghadelimiter_f00d\npassed\nghadelimiter_f00d\n\
                   release-url<<ghadelimiter_f00d\n\nghadelimiter_f00d\n"
                .into(),
        };
        assert_eq!(acts(&Message::Outputs(&outputs)), [own, file]);
    }

    #[test]
    fn the_page_is_added_to_the_steps_own() {
        let page = Act::Append { path: "/page".into(), text: "# x\n".into() };
        assert_eq!(acts(&Message::Summary { markdown: "# x\n", tone: Tone::Good }), [page]);
    }

    /// Reads a command as actions/runner does (`src/Runner.Common/ActionCommand.cs`).
    fn read_back(line: &str) -> (&str, BTreeMap<&str, String>, String) {
        let (info, data) = line.strip_prefix("::").and_then(|it| it.split_once("::")).expect("a command");
        let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
        let data_of = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
        let property = |it: &str| {
            let text = data_of(it).replace("%3A", ":").replace("%2C", ",");
            text.replace("%25", "%")
        };
        let properties = properties.split(',').filter_map(|it| it.split_once('='));
        let properties = properties.map(|(key, value)| (key, property(value))).collect();
        (name, properties, data_of(data).replace("%25", "%"))
    }

    proptest! {
        #[test]
        fn a_runner_reads_what_was_said(
            title in "[%0-9A-F:,;=|\\\\\r\n é😀\u{2028}]{1,30}", text in "[%0-9A-F:,;=\\]\r\n é😀\u{2028}]{0,30}"
        ) {
            let said = said(&Message::Problem(&BuildProblem { title: title.clone(), text: text.clone(), ..trouble() }));
            prop_assert_eq!(said[0].lines().count(), 1);
            prop_assert!(!said[0].contains('\r'));
            let expected = ("error", BTreeMap::from([("title", title)]), text);
            prop_assert_eq!(read_back(&said[0]), expected);
        }
    }
}
