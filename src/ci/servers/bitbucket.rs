//! Bitbucket Pipelines: no words of its own in a log.
//!
//! Variables: <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>.

use super::message::in_colours;
use super::profile::{Profile, known};
use super::reading::{Field, Reading};
use crate::event::{Moment, Status};

pub(super) const PROFILE: Profile = Profile {
    name: "bitbucket",
    title: "Bitbucket Pipelines",
    recognised: |variables| known(variables, "BITBUCKET_BUILD_NUMBER"),
    read,
    steps_for: &[
        (Moment::AfterBuildStarted, "in the first step"),
        (Moment::BeforeStageStart, "in the step before"),
        (Moment::SendingStageToAgent, "in the first line of the step's `script`"),
        (Moment::BuildPendingPromotion, "in the step before one with `trigger: manual`"),
        (Moment::AfterBuildContinued, "in a step with `trigger: manual`"),
        (Moment::BuildCompleted, "in the `after-script` of the last step"),
    ],
    statuses: &[
        ("SUCCESSFUL", Status::Successful),
        ("FAILED", Status::Failed),
        ("STOPPED", Status::Cancelled),
    ],
    status_by: "pass `--status successful` in a `script`; in an `after-script` BITBUCKET_EXIT_CODE says it",
    render: in_colours,
};

fn read(reading: &mut Reading<'_>) {
    reading.take(Field::Id, &["BITBUCKET_PIPELINE_UUID"]);
    reading.attempt("BITBUCKET_STEP_RUN_NUMBER", 0);
    reading.take(Field::Number, &["BITBUCKET_BUILD_NUMBER"]);
    let page = ["BITBUCKET_WORKSPACE", "BITBUCKET_REPO_SLUG", "BITBUCKET_BUILD_NUMBER"];
    reading.join(Field::Url, &page, |it| {
        format!("https://bitbucket.org/{}/{}/pipelines/results/{}", it[0], it[1], it[2])
    });
    reading.join(Field::Pipeline, &["BITBUCKET_WORKSPACE", "BITBUCKET_REPO_SLUG"], |it| it.join("/"));
    reading.take(Field::Branch, &["BITBUCKET_BRANCH"]);
    reading.take(Field::Tag, &["BITBUCKET_TAG"]);
    reading.take(Field::PullRequest, &["BITBUCKET_PR_ID"]);
    reading.take(Field::Commit, &["BITBUCKET_COMMIT"]);
    let exit = "BITBUCKET_EXIT_CODE";
    let status = reading.get(exit).map(|it| if it == "0" { "SUCCESSFUL" } else { "FAILED" }.to_owned());
    reading.set(Field::Status, status, &[exit]);
    reading.take(Field::StartedBy, &["BITBUCKET_STEP_TRIGGERER_UUID"]);
}
