//! GitHub Actions, whose words Gitea's and Forgejo's runners understand as well.
//!
//! Variables: <https://docs.github.com/actions/reference/workflows-and-actions/variables>. Commands and their escapes:
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>, and actions/toolkit
//! (`packages/core/src/command.ts` and `file-command.ts`).

use super::reading::Reading;
use super::speech::{Act, Output, Speech, Trouble, Voice, coloured, dotenv, plainly, print};
use super::{Field, Profile, is};
use crate::ci::event::{Moment, Status};
use crate::ci::report::Tone;

pub(super) const PROFILE: Profile = Profile {
    name: "github",
    title: "GitHub Actions",
    recognised: |variables| is(variables, "GITHUB_ACTIONS", "true"),
    read,
    told: TOLD,
    statuses: STATUSES,
    status_by: STATUS_BY,
    speak,
};

/// What a step can say has happened.
pub(super) const TOLD: &[(Moment, &str)] = &[
    (Moment::AfterBuildStarted, "in the first job"),
    (Moment::BeforeStageStart, "in a job that the stage's job `needs`"),
    (Moment::SendingStageToAgent, "in the first step of the stage's job"),
    (Moment::BuildPendingPromotion, "in a job before the one whose environment has required reviewers"),
    (Moment::AfterBuildContinued, "in the job whose environment has required reviewers"),
    (Moment::BuildStopping, "in a step with `if: cancelled()`"),
    (Moment::BuildCompleted, "in a last job with `if: always()` that `needs` the others"),
];

/// What `${{ job.status }}` says.
pub(super) const STATUSES: &[(&str, Status)] =
    &[("success", Status::Successful), ("failure", Status::Failed), ("cancelled", Status::Cancelled)];

/// How a status is passed in.
pub(super) const STATUS_BY: &str = "pass `--status ${{ job.status }}`";

/// Reads the variables of a runner.
pub(super) fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Id, &["GITHUB_RUN_ID"]);
    reading.take(Field::Number, &["GITHUB_RUN_NUMBER"]);
    let page = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"];
    reading.join(Field::Url, &page, |it| format!("{}/{}/actions/runs/{}", it[0], it[1], it[2]));
    reading.join(Field::Pipeline, &["GITHUB_REPOSITORY", "GITHUB_WORKFLOW"], |it| it.join("/"));
    // A pull request's own reference is `12/merge`, which is no branch.
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
pub(super) fn speak(speech: &Speech<'_>, voice: &Voice<'_>) -> Vec<Act> {
    match speech {
        Speech::Open { title, .. } => print(command("group", &[], title)),
        Speech::Close { .. } => print("::endgroup::"),
        Speech::Line { tone: Tone::Warning, text } => print(command("warning", &[], text)),
        Speech::Line { tone, text } => print(coloured(*tone, text)),
        Speech::Problem(trouble) => print(problem(trouble)),
        // A secret of several lines is known to the server line by line alone.
        Speech::Mask(secret) => {
            let lines = secret.lines().map(str::trim).filter(|it| !it.is_empty());
            lines.map(|it| Act::Print(command("add-mask", &[], it))).collect()
        }
        Speech::Outputs(outputs) => {
            let mut acts = voice.file(outputs, dotenv);
            let path = voice.get("GITHUB_OUTPUT").map(str::to_owned);
            let text = outputs.iter().map(|it| entry(it, voice.run)).collect();
            acts.extend(path.map(|path| Act::Append { path, text }));
            acts
        }
        Speech::Summary { markdown, .. } => {
            let path = voice.get("GITHUB_STEP_SUMMARY").map(str::to_owned);
            path.map(|path| Act::Append { path, text: (*markdown).to_owned() }).into_iter().collect()
        }
        other => plainly(other, voice),
    }
}

fn problem(Trouble { title, text, place, .. }: &Trouble) -> String {
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
    let properties: Vec<_> =
        properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!("::{name}{space}{}::{}", properties.join(","), data(message))
}

/// An output value in the file for them, between two lines that nobody can foresee.
fn entry(output: &Output, run: &str) -> String {
    let delimiter = format!("ghadelimiter_{run}");
    format!("{}<<{delimiter}\n{}\n{delimiter}\n", output.name, output.value)
}
