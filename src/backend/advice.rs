//! Advice for the reader of the build log about an error of the backend.

use crate::text::unquoted;

use super::BackendError;
use super::wording::quoted;

impl BackendError {
    /// Advice for the reader of the build log.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Unknown { kind, name, nearest } => Some(unknown(kind, name, nearest)),
            Self::Names(several) => all(several),
            Self::NotInProcess { known, .. } => Some(format!("it has {}", quoted(known))),
            Self::AnswerLost { check, .. } => Some(check.clone()),
            Self::Refused { source, .. } => source.advice(),
            Self::NoAnswer { source, .. } => {
                source.advice().or_else(|| Some("run the build step again when the server answers".into()))
            }
            Self::NotSent { .. } => Some("nothing was changed by it; run the build step again".to_owned()),
            Self::PartWay { source, .. } => source.advice(),
            Self::Ambiguous { .. }
            | Self::OtherChannel { .. }
            | Self::ReleaseNotFound { .. }
            | Self::NoRelease { .. }
            | Self::ReleaseExists { .. }
            | Self::ReleaseDiffers { .. }
            | Self::NumberTaken { .. }
            | Self::OtherPackages { .. }
            | Self::GitReference { .. } => of_release(self).map(str::to_owned),
            Self::DeployedForTenants { .. }
            | Self::NothingToPromote { .. }
            | Self::NotDeployedThere { .. }
            | Self::PartlyDeployed { .. }
            | Self::OtherRelease { .. }
            | Self::Backwards { .. }
            | Self::NotReachable { .. }
            | Self::Defect { .. }
            | Self::Frozen { .. }
            | Self::NothingCreated { .. }
            | Self::Hidden { .. }
            | Self::TooLate { .. } => of_deployment(self).map(str::to_owned),
            // The error's own text says what to do.
            Self::Impossible(_) => None,
        }
    }
}

fn unknown(kind: &str, name: &str, nearest: &[String]) -> String {
    if unquoted(name).is_some() {
        "the quotation marks are part of the name as it arrived; remove them".to_owned()
    } else if nearest.is_empty() {
        format!("check the spelling and the space, and that the credential may see the {kind}")
    } else {
        "check the spelling; names are compared whole, ignoring case".to_owned()
    }
}

/// The advice on each error, without repetitions.
fn all(several: &[BackendError]) -> Option<String> {
    let mut advice: Vec<String> = Vec::new();
    for one in several.iter().filter_map(BackendError::advice) {
        if !advice.contains(&one) {
            advice.push(one);
        }
    }
    Some(advice.join("; ")).filter(|it| !it.is_empty())
}

/// The advice about names, and about releases that are looked up or created.
fn of_release(error: &BackendError) -> Option<&'static str> {
    Some(match error {
        BackendError::Ambiguous { .. } => "give its id instead",
        BackendError::OtherChannel { .. } => "name the release's own channel, or another release",
        BackendError::ReleaseNotFound { .. } => "create the release first, or name one that exists",
        BackendError::NoRelease { .. } => "create a release first",
        BackendError::ReleaseExists { .. } => {
            "give this build another version, or set skip-if-exists = true to continue with the release as it is"
        }
        BackendError::ReleaseDiffers { .. } => {
            "give this build another version, or ask for what the release is"
        }
        BackendError::NumberTaken { .. } => "give this build a version",
        BackendError::OtherPackages { .. } => {
            "compare the names with the steps of the release's page; delete the release before the next try, or give \
             that one another version"
        }
        BackendError::GitReference { in_git: true, .. } => "set git-ref to the branch or tag to read it from",
        BackendError::GitReference { in_git: false, .. } => "leave git-ref, git-commit and git-resources out",
        _ => return None,
    })
}

/// The advice about promotions and deployments.
fn of_deployment(error: &BackendError) -> Option<&'static str> {
    Some(match error {
        BackendError::DeployedForTenants { .. } => {
            "name tenants with `tenants` or `tenant-tags`; `[\"*\"]` stands for all"
        }
        BackendError::NothingToPromote { .. } | BackendError::NotDeployedThere { .. } => {
            "deploy a release to the source environment first, and wait for its success"
        }
        BackendError::PartlyDeployed { .. } => {
            "deploy the release that is meant to the whole of the source environment, or name it with version"
        }
        BackendError::OtherRelease { .. } => {
            "another build deployed in between; promote from that build, or leave out only-this-build"
        }
        BackendError::Backwards { .. } => "set allow-downgrade = true if that is what you want",
        BackendError::NotReachable { .. } => {
            "deploy the release to the blocking phase first, or change the lifecycle"
        }
        BackendError::Defect { .. } => "resolve the defect on the release's page, or promote another release",
        BackendError::Frozen { at: None, .. } => {
            "wait for the end of the freeze, or set freeze-override with a reason"
        }
        BackendError::Frozen { at: Some(_), .. } => {
            "set run-at to a time after the end of the freeze, or set freeze-override with a reason"
        }
        BackendError::NothingCreated { .. } => {
            "check that the tenants or tags exist, are linked to the environment, and that the credential may deploy \
             there"
        }
        BackendError::Hidden { .. } => {
            "look at the deployment's page, and run the build step again when the server shows its task"
        }
        BackendError::TooLate { .. } => "set run-at to a future time, or leave it out to deploy immediately",
        _ => return None,
    })
}
