//! A plain shell, or a server that is not known: `PROMENADE_BUILD_…` say what there is to say, and nothing is guessed.

use super::message::plainly;
use super::profile::{Profile, known};
use super::reading::{Field, Reading};
use crate::event::Moment;

/// Nobody but the caller knows what has happened.
const CALLER: &str = "wherever its caller says so";

pub(super) const PROFILE: Profile = Profile {
    name: "shell",
    title: "a plain shell",
    recognised: |variables| known(variables, "PROMENADE_BUILD_ID"),
    read,
    steps_for: &[
        (Moment::BuildCreated, CALLER),
        (Moment::BeforeBuildQueued, CALLER),
        (Moment::BeforeBuildStart, CALLER),
        (Moment::AfterBuildStarted, CALLER),
        (Moment::BeforeStageStart, CALLER),
        (Moment::SendingStageToAgent, CALLER),
        (Moment::BuildPendingPromotion, CALLER),
        (Moment::BeforeBuildContinue, CALLER),
        (Moment::AfterBuildContinued, CALLER),
        (Moment::BuildStopping, CALLER),
        (Moment::BuildCompleted, CALLER),
    ],
    statuses: &[],
    status_by: "pass `--status successful`",
    render: plainly,
};

fn read(reading: &mut Reading<'_>) {
    for (field, name) in [
        (Field::Address, "PROMENADE_BUILD_ADDRESS"),
        (Field::Id, "PROMENADE_BUILD_ID"),
        (Field::Number, "PROMENADE_BUILD_NUMBER"),
        (Field::Version, "PROMENADE_BUILD_VERSION"),
        (Field::Url, "PROMENADE_BUILD_URL"),
        (Field::Pipeline, "PROMENADE_BUILD_PIPELINE"),
        (Field::Branch, "PROMENADE_BUILD_BRANCH"),
        (Field::Tag, "PROMENADE_BUILD_TAG"),
        (Field::PullRequest, "PROMENADE_BUILD_PULL_REQUEST"),
        (Field::Commit, "PROMENADE_BUILD_COMMIT"),
        (Field::StartedBy, "PROMENADE_BUILD_STARTED_BY"),
    ] {
        reading.take(field, &[name]);
    }
    reading.attempt("PROMENADE_BUILD_ATTEMPT", 0);
    reading.time(Field::StartedAt, "PROMENADE_BUILD_STARTED_AT");
}
