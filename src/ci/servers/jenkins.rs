//! Jenkins: no words of its own in a log, so lines are as they are.
//!
//! Variables: <https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables>, and those of
//! multibranch projects.

use super::message::with_properties;
use super::profile::{Profile, known};
use super::reading::{Field, Reading};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "jenkins",
    title: "Jenkins",
    // JENKINS_URL is not set where the server's own address is not configured.
    recognised: |variables| {
        let at_home = || known(variables, "BUILD_ID").and_then(|_| known(variables, "JENKINS_HOME"));
        known(variables, "JENKINS_URL").or_else(at_home)
    },
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first stage"),
        (Moment::BeforeStageStart, "before the `stage` step"),
        (Moment::SendingStageToAgent, "in the first step of the stage"),
        (Moment::BuildPendingPromotion, "before an `input` step"),
        (Moment::AfterBuildContinued, "after an `input` step"),
        (Moment::BuildStopping, "in `post { aborted { … } }`"),
        (Moment::BuildCompleted, "in `post { always { … } }` of the pipeline"),
    ],
    statuses: &[
        ("SUCCESS", Status::Successful),
        ("UNSTABLE", Status::Failed),
        ("FAILURE", Status::Failed),
        ("ABORTED", Status::Cancelled),
    ],
    status_by: "pass `--status ${currentBuild.currentResult}`",
    render: with_properties,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Address, &["JENKINS_URL"]);
    reading.take(Field::Id, &["BUILD_TAG"]);
    reading.take(Field::Number, &["BUILD_NUMBER", "BUILD_ID"]);
    reading.take(Field::Url, &["BUILD_URL"]);
    reading.take(Field::Pipeline, &["JOB_NAME"]);
    reading.take(Field::Tag, &["TAG_NAME"]);
    reading.take(Field::PullRequest, &["CHANGE_ID"]);
    reading.take(Field::Branch, &["CHANGE_BRANCH"]);
    // For a tag and for a pull request BRANCH_NAME holds their names, and no branch's.
    if !reading.knows(Field::Tag) && !reading.knows(Field::PullRequest) {
        reading.take(Field::Branch, &["BRANCH_NAME"]);
        let branch = reading.get("GIT_BRANCH").map(|it| it.strip_prefix("origin/").unwrap_or(it).to_owned());
        reading.set(Field::Branch, branch, &["GIT_BRANCH"]);
    }
    reading.take(Field::Commit, &["GIT_COMMIT"]);
    reading.take(Field::Stage, &["STAGE_NAME"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::report::Output;
    use crate::ci::report::Tone;
    use crate::ci::servers::Variables;
    use crate::ci::servers::message::{Act, Message, MessageContext};

    #[test]
    fn lines_are_as_they_are_and_outputs_are_properties() {
        let context =
            MessageContext { variables: &Variables::new(), now: 0, run: "f00d", outputs_file: Some("own") };
        let bad = with_properties(&Message::Line { tone: Tone::Bad, text: "[x] 5%" }, &context);
        assert_eq!(bad, [Act::Print("[x] 5%".into())]);
        assert!(with_properties(&Message::Mask("API-1234"), &context).is_empty());
        let outputs = [Output { name: "verdict", value: "a\\b ü".into() }];
        let text = "PROMENADE_VERDICT=a\\\\b \\u00fc\n";
        let file = Act::Write { path: "own".into(), text: text.into() };
        assert_eq!(with_properties(&Message::Outputs(&outputs), &context), [file]);
        let nowhere = MessageContext { outputs_file: None, ..context };
        assert!(with_properties(&Message::Outputs(&outputs), &nowhere).is_empty());
    }
}
