//! Buildbot: sets no variables, so its step passes the properties of the build in `BUILDBOT_…` ones
//! (`integrations/buildbot`). No words of its own in a log.

use super::message::plainly;
use super::profile::{Profile, known};
use super::reading::{Field, Reading};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "buildbot",
    title: "Buildbot",
    recognised: |variables| known(variables, "BUILDBOT_BUILDERNAME"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first step"),
        (Moment::BeforeStageStart, "in a build that triggers the stage's builder"),
        (Moment::SendingStageToAgent, "in the first step of the builder"),
        (Moment::BuildStopping, "in a step with `alwaysRun=True`"),
        (Moment::BuildCompleted, "in a last step with `alwaysRun=True`"),
    ],
    statuses: &[
        ("success", Status::Successful),
        ("warnings", Status::Successful),
        ("failure", Status::Failed),
        ("exception", Status::Failed),
        ("cancelled", Status::Cancelled),
    ],
    status_by: "pass it in BUILDBOT_STATUS; a step runs only when those before it succeeded, unless it says \
                `alwaysRun=True`",
    render: plainly,
};

fn read(reading: &mut Reading<'_>) {
    reading.address_of_page("BUILDBOT_URL");
    // A build's number is unique within its builder alone.
    reading.join(Field::Id, &["BUILDBOT_BUILDERNAME", "BUILDBOT_BUILDNUMBER"], |it| it.join("/"));
    reading.take(Field::Number, &["BUILDBOT_BUILDNUMBER"]);
    reading.take(Field::Url, &["BUILDBOT_URL"]);
    reading.take(Field::Pipeline, &["BUILDBOT_BUILDERNAME"]);
    reading.take(Field::Branch, &["BUILDBOT_BRANCH"]);
    reading.take(Field::Commit, &["BUILDBOT_GOT_REVISION", "BUILDBOT_REVISION"]);
    reading.take(Field::Stage, &["BUILDBOT_BUILDERNAME"]);
    reading.take(Field::Status, &["BUILDBOT_STATUS"]);
    reading.take(Field::StartedBy, &["BUILDBOT_OWNER"]);
}
