//! The log of a deployment, step by step.

use crate::backend::{Context, Deployment, LogLine, StepLog, TaskLog};
use crate::octopus::task_log::{Activity, ActivityStatus, LogElement, TaskDetails};
use crate::octopus::{self as api, SpaceId, TaskId};

use super::Octopus;
use super::task_status::task_id;

/// How many last lines of each step are read if a log is too large.
const TAIL: u32 = 1000;

/// The same if even that is too much.
const SHORT_TAIL: u32 = 50;

impl Octopus {
    /// The log of a deployment so far, step by step. If it is too large, only the last lines of each step.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal. The request is not retried: the next look returns the same lines.
    pub async fn log(&self, deployment: &Deployment, context: Context<'_>) -> Result<TaskLog, api::Error> {
        let (space, task) = (self.required_space()?, task_id(deployment)?);
        let is_too_large = |log: &Result<TaskLog, api::Error>| {
            matches!(log, Err(api::Error::NoAnswer { error: api::SendError::TooLarge { .. }, .. }))
        };
        // Logs only grow.
        if !self.memory().large_logs.contains(&task) {
            let log = self.read_log(&space, &task, None, context).await;
            if !is_too_large(&log) {
                return log;
            }
            self.memory().large_logs.insert(task.clone());
        }
        let log = self.read_log(&space, &task, Some(TAIL), context).await;
        if is_too_large(&log) { self.read_log(&space, &task, Some(SHORT_TAIL), context).await } else { log }
    }

    async fn read_log(
        &self,
        space: &SpaceId,
        task: &TaskId,
        tail: Option<u32>,
        context: Context<'_>,
    ) -> Result<TaskLog, api::Error> {
        let answer = self.client.send(&api::task_log::details(space, task, tail), context.deadline).await?;
        Ok(task_log(answer.value, answer.size, tail.is_some()))
    }
}

fn task_log(details: TaskDetails, size: usize, is_cut: bool) -> TaskLog {
    let mut steps = Vec::new();
    for root in details.activity_logs {
        flatten(root, "", 0, is_cut, &mut steps);
    }
    let percent = details.progress.progress_percentage.clamp(0, 100);
    TaskLog { steps, percent: u8::try_from(percent).unwrap_or(100), size }
}

/// The steps of an activity tree in order, each before what is below it. The lines are moved: there may be many.
fn flatten(activity: Activity, above: &str, depth: usize, is_cut: bool, into: &mut Vec<StepLog>) {
    let name = match (depth, above) {
        (0, _) => String::new(),
        (_, "") => activity.name.clone(),
        _ => format!("{above} / {}", activity.name),
    };
    let line = |it: LogElement| LogLine { category: it.category, text: it.message_text, number: it.number };
    into.push(StepLog {
        id: activity.id,
        name: if depth == 0 { activity.name } else { name.clone() },
        depth,
        state: word(&activity.status).to_owned(),
        begun: activity.status != ActivityStatus::Pending,
        ended: !matches!(activity.status, ActivityStatus::Pending | ActivityStatus::Running),
        lines: activity.log_elements.into_iter().map(line).collect(),
        is_cut,
    });
    for child in activity.children {
        flatten(child, &name, depth + 1, is_cut, into);
    }
}

fn word(status: &ActivityStatus) -> &str {
    match status {
        ActivityStatus::Pending => "pending",
        ActivityStatus::Running => "running",
        ActivityStatus::Success => "succeeded",
        ActivityStatus::Failed => "failed",
        ActivityStatus::Skipped => "skipped",
        ActivityStatus::SuccessWithWarning => "succeeded with warnings",
        ActivityStatus::Canceled => "cancelled",
        ActivityStatus::Other(name) => name,
    }
}
