//! The status of a deployment, from its task. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::backend::{Deployment, DeploymentStatus, Phase, Scheduled};
use crate::octopus::task::{Task, TaskState};
use crate::octopus::{self as api, TaskId};

use super::unclear;

/// The id of the task that carries out a deployment.
///
/// # Errors
///
/// The deployment has no task.
pub(super) fn task_id(deployment: &Deployment) -> Result<TaskId, api::Error> {
    TaskId::new(&deployment.task).ok_or_else(|| unclear("a deployment without a task"))
}

/// The status that a task shows. `now` = by the server's clock.
pub(super) fn status(task: &Task, now: Option<Timestamp>) -> DeploymentStatus {
    let scheduled = |time: Option<Timestamp>| {
        let (at, now) = (time?, now?);
        let within = Duration::try_from(at.duration_since(now)).ok().filter(|it| !it.is_zero())?;
        Some(Scheduled { at, within })
    };
    let since = |time: Option<Timestamp>| Duration::try_from(now?.duration_since(time?)).ok();
    DeploymentStatus {
        phase: phase(task),
        state: task.state.to_string(),
        message: task.error_message.clone(),
        warnings: task.has_warnings_or_errors,
        needs_person: task.has_pending_interruptions,
        preconditions: task.has_pending_preconditions.then(|| task.pending_precondition_types.clone()),
        duration: duration(task),
        age: since(task.queue_time),
        at_work: since(task.start_time),
        scheduled: if task.state == TaskState::Queued { scheduled(task.queue_time) } else { None },
    }
}

/// `IsCompleted` means finished, `FinishedSuccessfully` means passed; these two decide for an unknown state. A state
/// alone never counts as success.
fn phase(task: &Task) -> Phase {
    match (&task.state, task.is_completed) {
        (TaskState::Success, true) if task.finished_successfully => Phase::Succeeded,
        (TaskState::Canceled, true) => Phase::Cancelled,
        (TaskState::TimedOut, true) => Phase::TimedOut,
        (TaskState::Other(_), true) if task.finished_successfully => Phase::Succeeded,
        (_, true) => Phase::Failed,
        (TaskState::Queued, false) => Phase::Queued,
        (TaskState::Cancelling, false) => Phase::Cancelling,
        (_, false) => Phase::Running,
    }
}

/// Time from the start of a task to its end, if it has both.
pub(super) fn duration(task: &Task) -> Option<Duration> {
    Duration::try_from(task.completed_time?.duration_since(task.start_time?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(state: &str, completed: bool, successful: bool) -> Task {
        api::read(
            format!(
                r#"{{"Id":"ServerTasks-1","State":"{state}","IsCompleted":{completed},"FinishedSuccessfully":{successful}}}"#
            )
            .as_bytes(),
        )
        .unwrap()
    }

    #[test]
    fn only_a_finished_success_is_a_success() {
        for (state, completed, successful, expected) in [
            ("Success", true, true, Phase::Succeeded),
            ("Success", true, false, Phase::Failed),
            ("Success", false, true, Phase::Running),
            ("Failed", true, true, Phase::Failed),
            ("Failed", true, false, Phase::Failed),
            ("Canceled", true, false, Phase::Cancelled),
            ("TimedOut", true, false, Phase::TimedOut),
            ("Queued", false, false, Phase::Queued),
            ("Executing", false, false, Phase::Running),
            ("Cancelling", false, false, Phase::Cancelling),
            ("Pondering", false, false, Phase::Running),
            ("Pondering", true, false, Phase::Failed),
        ] {
            assert_eq!(
                phase(&task(state, completed, successful)),
                expected,
                "{state} {completed} {successful}"
            );
        }
    }
}
