//! CircleCI: no groups or annotations; output values are exported to the later steps of the job.
//!
//! Variables: <https://circleci.com/docs/reference/variables/>.

use super::reading::Reading;
use super::speech::{Act, Output, Speech, Voice, dotenv, in_colours};
use super::{Field, Profile, is};
use crate::ci::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "circleci",
    title: "CircleCI",
    recognised: |variables| is(variables, "CIRCLECI", "true"),
    read,
    told: &[
        (Moment::AfterBuildStarted, "in the first job"),
        (Moment::BeforeStageStart, "in a job that the stage's job requires"),
        (Moment::SendingStageToAgent, "in the first step of the job"),
        (Moment::BuildPendingPromotion, "in a job that an `approval` job requires"),
        (Moment::AfterBuildContinued, "in a job that requires an `approval` job"),
        (Moment::BuildCompleted, "in a last job that requires the others"),
    ],
    statuses: &[("success", Status::Successful), ("failed", Status::Failed), ("canceled", Status::Cancelled)],
    status_by: "pass `--status success` in a step (`when: on_success` is the default), and `--status failed` in one \
                with `when: on_fail`",
    speak,
};

fn read(reading: &mut Reading<'_>) {
    // A workflow that is run again gets a new id; the pipeline keeps its own.
    reading.take(Field::Id, &["CIRCLE_PIPELINE_ID", "CIRCLE_WORKFLOW_ID"]);
    reading.take(Field::Number, &["CIRCLE_BUILD_NUM"]);
    reading.take(Field::Url, &["CIRCLE_BUILD_URL"]);
    let pipeline = ["CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME"];
    reading.join(Field::Pipeline, &pipeline, |it| it.join("/"));
    reading.take(Field::Branch, &["CIRCLE_BRANCH"]);
    reading.take(Field::Tag, &["CIRCLE_TAG"]);
    reading.take(Field::PullRequest, &["CIRCLE_PR_NUMBER"]);
    let request = reading.get("CIRCLE_PULL_REQUEST").and_then(|it| it.rsplit('/').next()).map(str::to_owned);
    reading.set(Field::PullRequest, request, &["CIRCLE_PULL_REQUEST"]);
    reading.take(Field::Commit, &["CIRCLE_SHA1"]);
    reading.take(Field::Stage, &["CIRCLE_JOB"]);
    reading.take(Field::StartedBy, &["CIRCLE_USERNAME"]);
}

fn speak(speech: &Speech<'_>, voice: &Voice<'_>) -> Vec<Act> {
    match speech {
        Speech::Outputs(outputs) => {
            let mut acts = voice.file(outputs, dotenv);
            let path = voice.get("BASH_ENV").map(str::to_owned);
            let text = outputs.iter().map(export).collect();
            acts.extend(path.map(|path| Act::Append { path, text }));
            acts
        }
        other => in_colours(other, voice),
    }
}

/// A line that a shell reads: nothing within single quotes has a meaning to it but the quote.
fn export(output: &Output) -> String {
    format!("export {}='{}'\n", output.variable(), output.value.replace('\'', "'\\''"))
}
