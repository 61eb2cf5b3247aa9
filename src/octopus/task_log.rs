//! The log of a task, as a tree of what was done.

use jiff::Timestamp;
use serde::Deserialize;

use super::id::{SpaceId, TaskId};
use super::reading::time;
use super::task::{TaskState, of_task};
use crate::http::Request;

/// A task with its log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct TaskDetails {
    pub task: TaskSummary,
    /// The log, as a tree of what was done.
    pub activity_logs: Vec<Activity>,
    /// How far it is.
    #[serde(default)]
    pub progress: Progress,
}

/// The part of the task that its details always hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct TaskSummary {
    pub id: TaskId,
    /// Where it stands.
    pub state: TaskState,
}

/// How far a task is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Progress {
    /// From 0 to 100.
    #[serde(default)]
    pub progress_percentage: i64,
    /// How long it may still take, in words.
    #[serde(default)]
    pub estimated_time_remaining: String,
}

/// One node of a log: the task, a step, or a machine within a step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Activity {
    /// Its id, the same in every look.
    pub id: String,
    /// The name of the task, step or machine.
    #[serde(default)]
    pub name: String,
    /// Where it stands.
    pub status: ActivityStatus,
    /// When it began.
    #[serde(default, deserialize_with = "time")]
    pub started: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "time")]
    pub ended: Option<Timestamp>,
    /// From 0 to 100.
    #[serde(default)]
    pub progress_percentage: i64,
    /// Its present work, in words.
    #[serde(default)]
    pub progress_message: String,
    /// Its lines.
    #[serde(default)]
    pub log_elements: Vec<LogElement>,
    /// Its parts.
    #[serde(default)]
    pub children: Vec<Activity>,
}

/// Where a node of a log stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum ActivityStatus {
    /// It has not begun.
    Pending,
    /// It runs.
    Running,
    /// It has ended well.
    Success,
    /// It has ended badly.
    Failed,
    /// It was left out.
    Skipped,
    /// It has ended well, with warnings.
    SuccessWithWarning,
    /// It was stopped.
    Canceled,
    /// A status that is not known here.
    Other(String),
}

impl From<String> for ActivityStatus {
    fn from(name: String) -> Self {
        match name.as_str() {
            "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Success" => Self::Success,
            "Failed" => Self::Failed,
            "Skipped" => Self::Skipped,
            "SuccessWithWarning" => Self::SuccessWithWarning,
            "Canceled" => Self::Canceled,
            _ => Self::Other(name),
        }
    }
}

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogElement {
    /// `Info`, `Verbose`, `Warning`, `Error`, … `Gap` stands for entries that were left out.
    #[serde(default)]
    pub category: String,
    /// When it was written.
    #[serde(default, deserialize_with = "time")]
    pub occurred_at: Option<Timestamp>,
    /// The text; may be several lines.
    #[serde(default)]
    pub message_text: String,
    /// More about it.
    #[serde(default)]
    pub detail: Option<String>,
    /// Its number within the whole log; absent on older servers.
    #[serde(default)]
    pub number: Option<u64>,
}

/// A task with its log. `tail` keeps the last so many entries of each node; `None` keeps all.
pub fn details(space: &SpaceId, task: &TaskId, tail: Option<u32>) -> Request<TaskDetails> {
    Request::get(of_task(space, task, &["details"]))
        .with("verbose", "true")
        .with_some("tail", tail.map(|it| it.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_has_the_tail_where_one_is_wanted() {
        let (space, task) = (SpaceId::new("Spaces-1").unwrap(), TaskId::new("ServerTasks-940").unwrap());
        let target = |tail| details(&space, &task, tail).target();
        assert_eq!(target(Some(50)), "/api/Spaces-1/tasks/ServerTasks-940/details?verbose=true&tail=50");
        assert_eq!(target(None), "/api/Spaces-1/tasks/ServerTasks-940/details?verbose=true");
    }

    #[test]
    fn a_status_that_is_not_known_keeps_its_name() {
        assert_eq!(ActivityStatus::from("Skipped".to_owned()), ActivityStatus::Skipped);
        assert_eq!(ActivityStatus::from("New".to_owned()), ActivityStatus::Other("New".to_owned()));
    }
}
