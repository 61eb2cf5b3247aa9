//! Drone: no words of its own in a log.
//!
//! Variables: <https://docs.drone.io/pipeline/environment/reference/>. A build's number is unique within its repository
//! alone; a build that is run again gets a new one.

use super::message::in_colours;
use super::profile::{Profile, is};
use super::reading::{Field, Reading};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "drone",
    title: "Drone",
    recognised: |variables| is(variables, "DRONE", "true"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first step"),
        (Moment::BeforeStageStart, "in a pipeline that the stage's pipeline depends on"),
        (Moment::SendingStageToAgent, "in the first step of the pipeline"),
        (Moment::BuildPendingPromotion, "in the last step of a build that is promoted by hand"),
        (Moment::AfterBuildContinued, "in a pipeline for the event `promote`"),
        (Moment::BuildCompleted, "in a last step with `when: {status: [success, failure]}`"),
    ],
    statuses: &[("success", Status::Successful), ("failure", Status::Failed), ("killed", Status::Cancelled)],
    status_by: "DRONE_BUILD_STATUS says it",
    render: in_colours,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Address, &["DRONE_SYSTEM_HOST", "DRONE_SYSTEM_HOSTNAME"]);
    reading.join(Field::Id, &["DRONE_REPO", "DRONE_BUILD_NUMBER"], |it| it.join("/"));
    reading.take(Field::Number, &["DRONE_BUILD_NUMBER"]);
    reading.take(Field::Version, &["DRONE_SEMVER"]);
    reading.take(Field::Url, &["DRONE_BUILD_LINK"]);
    reading.take(Field::Pipeline, &["DRONE_REPO"]);
    reading.take(Field::Tag, &["DRONE_TAG"]);
    reading.take(Field::PullRequest, &["DRONE_PULL_REQUEST"]);
    // DRONE_BRANCH is the target of a pull request.
    if reading.knows(Field::PullRequest) {
        reading.take(Field::Branch, &["DRONE_SOURCE_BRANCH"]);
    } else if !reading.knows(Field::Tag) {
        reading.take(Field::Branch, &["DRONE_BRANCH"]);
    }
    reading.take(Field::Commit, &["DRONE_COMMIT_SHA"]);
    reading.take(Field::Stage, &["DRONE_STAGE_NAME"]);
    reading.take(Field::Status, &["DRONE_BUILD_STATUS"]);
    reading.take(Field::StartedBy, &["DRONE_BUILD_TRIGGER"]);
    reading.time(Field::StartedAt, "DRONE_BUILD_CREATED");
}
