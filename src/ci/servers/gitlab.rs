//! GitLab CI, and gitlab-ci-local, which stands in for its runner.
//!
//! Variables: <https://docs.gitlab.com/ci/variables/predefined_variables/>. Sections of the log:
//! <https://docs.gitlab.com/ci/jobs/job_logs/>. There are no words for warnings and errors but colours.

use super::message::{Act, Message, MessageContext, in_colours, print};
use super::profile::{Profile, is};
use super::reading::{Field, Reading};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "gitlab",
    title: "GitLab CI",
    recognised: |variables| is(variables, "GITLAB_CI", "true"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in a job of the stage `.pre`"),
        (Moment::BeforeStageStart, "in a job that the stage's job `needs`"),
        (Moment::SendingStageToAgent, "in the `before_script` of the job"),
        (Moment::BuildPendingPromotion, "in a job before a manual one"),
        (Moment::AfterBuildContinued, "in a manual job"),
        (Moment::BuildStopping, "in the `after_script` of a job that was cancelled"),
        (Moment::BuildCompleted, "in a job of the stage `.post` with `when: always`"),
    ],
    statuses: &[("success", Status::Successful), ("failed", Status::Failed), ("canceled", Status::Cancelled)],
    status_by: "pass `--status success` in a job that runs `when: on_success`; in `after_script` \
                `CI_JOB_STATUS` says it",
    render,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Address, &["CI_SERVER_URL"]);
    reading.take(Field::Id, &["CI_PIPELINE_ID"]);
    reading.take(Field::Number, &["CI_PIPELINE_IID"]);
    reading.take(Field::Url, &["CI_PIPELINE_URL", "CI_JOB_URL"]);
    reading.take(Field::Pipeline, &["CI_PROJECT_PATH"]);
    reading.take(Field::Branch, &["CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"]);
    reading.take(Field::Tag, &["CI_COMMIT_TAG"]);
    reading.take(Field::PullRequest, &["CI_MERGE_REQUEST_IID"]);
    reading.take(Field::Commit, &["CI_COMMIT_SHA"]);
    reading.take(Field::Stage, &["CI_JOB_NAME"]);
    reading.take(Field::Status, &["CI_JOB_STATUS"]);
    reading.take(Field::StartedBy, &["GITLAB_USER_LOGIN"]);
    reading.time(Field::StartedAt, "CI_PIPELINE_CREATED_AT");
}

fn render(message: &Message<'_>, context: &MessageContext<'_>) -> Vec<Act> {
    let now = context.now;
    match message {
        Message::Open { name, title } => {
            print(format!("\u{1b}[0Ksection_start:{now}:promenade_{name}\r\u{1b}[0K{title}"))
        }
        Message::Close { name, .. } => {
            print(format!("\u{1b}[0Ksection_end:{now}:promenade_{name}\r\u{1b}[0K"))
        }
        other => in_colours(other, context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::report::Output;
    use crate::ci::report::Tone;
    use crate::ci::servers::Variables;

    fn acts(message: &Message<'_>) -> Vec<Act> {
        let variables = Variables::new();
        render(
            message,
            &MessageContext {
                variables: &variables,
                now: 1700000000,
                run: "f00d",
                outputs_file: Some("own"),
            },
        )
    }

    #[test]
    fn a_section_has_the_same_name_at_both_ends() {
        let (name, title) = ("deploy-1", "deploy: Test");
        let opened = "\u{1b}[0Ksection_start:1700000000:promenade_deploy-1\r\u{1b}[0Kdeploy: Test";
        assert_eq!(acts(&Message::Open { name, title }), [Act::Print(opened.into())]);
        let closed = "\u{1b}[0Ksection_end:1700000000:promenade_deploy-1\r\u{1b}[0K";
        assert_eq!(acts(&Message::Close { name, title }), [Act::Print(closed.into())]);
    }

    #[test]
    fn warnings_and_errors_are_colours_and_outputs_a_dotenv_report() {
        let warning = Act::Print("\u{1b}[33mw\u{1b}[0m".into());
        assert_eq!(acts(&Message::Line { tone: Tone::Warning, text: "w" }), [warning]);
        let outputs = [Output { name: "verdict", value: "a 'b' \"c\" \\".into() }];
        let file = Act::Write { path: "own".into(), text: "PROMENADE_VERDICT=a 'b' \"c\" \\\n".into() };
        assert_eq!(acts(&Message::Outputs(&outputs)), [file]);
    }

    #[test]
    fn a_secret_cannot_be_told() {
        assert!(acts(&Message::Mask("API-1234")).is_empty());
    }
}
