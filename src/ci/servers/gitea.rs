//! Gitea Actions: GitHub's variables and commands, read by Gitea's own runner.

use super::github;
use super::profile::{Profile, is};

pub(super) const PROFILE: Profile = Profile {
    name: "gitea",
    title: "Gitea Actions",
    recognised: |variables| is(variables, "GITEA_ACTIONS", "true"),
    steps_for: github::STEPS_FOR_WITHOUT_REVIEWERS,
    ..github::PROFILE
};
