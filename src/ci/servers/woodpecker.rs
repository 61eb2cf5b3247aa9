//! Woodpecker: no words of its own in a log. Its variables share names with GitLab's and mean other things.
//!
//! Variables: <https://woodpecker-ci.org/docs/usage/environment>. A pipeline's number is unique within its repository
//! alone; one that is run again gets a new number.

use super::message::in_colours;
use super::profile::{Profile, is};
use super::reading::{Field, Reading};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "woodpecker",
    title: "Woodpecker",
    recognised: |variables| {
        is(variables, "CI", "woodpecker").or_else(|| is(variables, "CI_SYSTEM_NAME", "woodpecker"))
    },
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first step"),
        (Moment::BeforeStageStart, "in a workflow that the stage's workflow depends on"),
        (Moment::SendingStageToAgent, "in the first step of the workflow"),
        (Moment::BuildPendingPromotion, "in the last step of a pipeline that is deployed by hand"),
        (Moment::AfterBuildContinued, "in a workflow for the event `deployment`"),
        (Moment::BuildCompleted, "in a last step with `when: {status: [success, failure]}`"),
    ],
    statuses: &[("success", Status::Successful), ("failure", Status::Failed), ("killed", Status::Cancelled)],
    status_by: "CI_PIPELINE_STATUS says it",
    render: in_colours,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Address, &["CI_SYSTEM_URL"]);
    reading.join(Field::Id, &["CI_REPO", "CI_PIPELINE_NUMBER"], |it| it.join("/"));
    reading.take(Field::Number, &["CI_PIPELINE_NUMBER"]);
    reading.take(Field::Url, &["CI_PIPELINE_URL", "CI_STEP_URL"]);
    reading.take(Field::Pipeline, &["CI_REPO"]);
    reading.take(Field::Tag, &["CI_COMMIT_TAG"]);
    reading.take(Field::PullRequest, &["CI_COMMIT_PULL_REQUEST"]);
    // CI_COMMIT_BRANCH is the target of a pull request.
    if reading.knows(Field::PullRequest) {
        reading.take(Field::Branch, &["CI_COMMIT_SOURCE_BRANCH"]);
    } else if !reading.knows(Field::Tag) {
        reading.take(Field::Branch, &["CI_COMMIT_BRANCH"]);
    }
    reading.take(Field::Commit, &["CI_COMMIT_SHA"]);
    reading.take(Field::Stage, &["CI_WORKFLOW_NAME"]);
    reading.take(Field::Status, &["CI_PIPELINE_STATUS"]);
    reading.take(Field::StartedBy, &["CI_COMMIT_AUTHOR"]);
    reading.time(Field::StartedAt, "CI_PIPELINE_CREATED");
}
