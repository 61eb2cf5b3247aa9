//! The results of actions and deployments, as the result of a run records them.

use crate::actions::{ActionError, DeploymentResult, End, Outcome};
use crate::backend::{Adopted, Deployment};
use crate::ci::plan::{Decision, Planned, SkipReason};
use crate::model::ActionKind;
use crate::model::{Release, ReleaseOrigin};

use super::causes::with_causes;
use super::result::{
    ActionName, ActionResult, AdoptedName, DeploymentReport, DeploymentState, ErrorReport, OriginName,
    ReleaseResult, RunOrSkipped,
};

impl ActionResult {
    /// An action of which only the plan is known.
    #[must_use]
    pub fn planned(action: &Planned) -> Self {
        let (decision, reason) = match &action.decision {
            Decision::Run(_) => (RunOrSkipped::Run, None),
            Decision::Skip(because) => (RunOrSkipped::Skipped, Some(because.to_string())),
        };
        Self {
            action: action.kind.into(),
            title: action.title.clone(),
            decision,
            reason,
            verdict: None,
            releases: Vec::new(),
            deployments: Vec::new(),
            error: None,
        }
    }

    /// An action that did not run.
    #[must_use]
    pub fn skipped(action: &Planned, because: &SkipReason) -> Self {
        Self { decision: RunOrSkipped::Skipped, reason: Some(because.to_string()), ..Self::planned(action) }
    }

    /// An action that ran.
    #[must_use]
    pub fn ended(action: &Planned, result: &Result<Outcome, ActionError>) -> Self {
        let planned = Self::planned(action);
        match result {
            Ok(outcome) => Self {
                verdict: Some(outcome.verdict().into()),
                releases: outcome.releases.iter().map(Into::into).collect(),
                deployments: outcome.deployments.iter().map(Into::into).collect(),
                ..planned
            },
            Err(error) => Self {
                verdict: Some(error.verdict().into()),
                deployments: error.deployments().iter().map(Into::into).collect(),
                error: Some(error.into()),
                ..planned
            },
        }
    }
}

/// What went less than well in an action. `is_tolerated`: it did not pass, and the verdict of the run is another.
pub(crate) fn warnings(
    action: &Planned,
    result: &Result<Outcome, ActionError>,
    is_tolerated: bool,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if result.as_ref().is_ok_and(Outcome::has_warnings) {
        warnings.push(format!("{}: the server recorded warnings", action.title));
    }
    if is_tolerated {
        warnings.push(format!("{}: did not succeed, which is tolerated", action.title));
    }
    warnings
}

impl From<ActionKind> for ActionName {
    fn from(kind: ActionKind) -> Self {
        match kind {
            ActionKind::Create => Self::Create,
            ActionKind::Deploy => Self::Deploy,
            ActionKind::Promote => Self::Promote,
        }
    }
}

impl From<&Release> for ReleaseResult {
    fn from(release: &Release) -> Self {
        Self {
            id: release.id.clone(),
            version: release.version.to_string(),
            origin: release.origin.into(),
            url: release.url.clone(),
        }
    }
}

impl From<ReleaseOrigin> for OriginName {
    fn from(origin: ReleaseOrigin) -> Self {
        match origin {
            ReleaseOrigin::New => Self::New,
            ReleaseOrigin::Reattached => Self::Reattached,
            ReleaseOrigin::Reused => Self::Reused,
            ReleaseOrigin::Found => Self::Found,
        }
    }
}

impl From<&DeploymentResult> for DeploymentReport {
    fn from(result: &DeploymentResult) -> Self {
        let Deployment { id, task, target, url, adopted } = &result.deployment;
        Self {
            environment: target.environment.to_string(),
            tenant: target.tenant.as_ref().map(ToString::to_string),
            id: id.clone(),
            task: task.clone(),
            state: result.end.into(),
            url: url.clone(),
            duration_seconds: result.duration.map(|it| it.as_secs_f64()),
            adopted: adopted.map(Into::into),
            warnings: result.warnings,
            message: result.message.clone(),
        }
    }
}

impl From<End> for DeploymentState {
    fn from(end: End) -> Self {
        match end {
            End::NotAwaited => Self::NotAwaited,
            End::Succeeded => Self::Succeeded,
            End::Failed => Self::Failed,
            End::Cancelled => Self::Cancelled,
            End::TimedOut => Self::TimedOut,
            End::NeedsPerson => Self::NeedsPerson,
            End::OutOfTime => Self::OutOfTime,
            End::Interrupted => Self::Interrupted,
            End::Unknown => Self::Unknown,
        }
    }
}

impl From<Adopted> for AdoptedName {
    fn from(adopted: Adopted) -> Self {
        match adopted {
            Adopted::Unfinished => Self::Unfinished,
            Adopted::StillCurrent => Self::StillCurrent,
            Adopted::AnswerLost => Self::AnswerLost,
        }
    }
}

impl From<&ActionError> for ErrorReport {
    fn from(error: &ActionError) -> Self {
        Self { message: with_causes(error), advice: error.advice() }
    }
}
