//! Gitea Actions: GitHub's variables and commands, read by Gitea's own runner.

use super::github;
use super::profile::{Profile, is};

pub(super) const PROFILE: Profile = Profile {
    name: "gitea",
    title: "Gitea Actions",
    recognised: |variables| is(variables, "GITEA_ACTIONS", "true"),
    told: github::TOLD_WITHOUT_REVIEWERS,
    ..github::PROFILE
};
