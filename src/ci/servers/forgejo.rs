//! Forgejo Actions: GitHub's variables and commands; newer runners repeat the variables under their own names.

use super::github;
use super::profile::{Profile, is};
use super::reading::{Field, Reading};

pub(super) const PROFILE: Profile = Profile {
    name: "forgejo",
    title: "Forgejo Actions",
    recognised: |variables| is(variables, "FORGEJO_ACTIONS", "true"),
    read,
    steps_for: github::STEPS_FOR_WITHOUT_REVIEWERS,
    ..github::PROFILE
};

fn read(reading: &mut Reading<'_>) {
    for (field, name) in [
        (Field::Address, "FORGEJO_SERVER_URL"),
        (Field::Id, "FORGEJO_RUN_ID"),
        (Field::Number, "FORGEJO_RUN_NUMBER"),
        (Field::Commit, "FORGEJO_SHA"),
        (Field::Stage, "FORGEJO_JOB"),
        (Field::StartedBy, "FORGEJO_ACTOR"),
    ] {
        reading.take(field, &[name]);
    }
    reading.attempt("FORGEJO_RUN_ATTEMPT", 0);
    // Its pages are found by a run's number, and not by its id as GitHub's.
    let page = ["FORGEJO_SERVER_URL", "FORGEJO_REPOSITORY", "FORGEJO_RUN_NUMBER"];
    reading.join(Field::Url, &page, |it| format!("{}/{}/actions/runs/{}", it[0], it[1], it[2]));
    github::read(reading);
}
