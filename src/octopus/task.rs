//! Tasks: the server's work on a deployment.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::id::{DeploymentId, EnvironmentId, ProjectId, SpaceId, TaskId, TenantId};
use super::page::Page;
use super::paths::{self, api, joined};
use super::reading::time;
use crate::http::Request;

/// One server task.
///
/// There is no state for "waits for a person": such a task is executing, with
/// [`Task::has_pending_interruptions`]. Texts such as the server's `Duration` are for people and not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the API's own names")]
pub struct Task {
    pub id: TaskId,
    /// Where it stands.
    pub state: TaskState,
    /// True when it has ended, well or not. Says so for states that are not known here too.
    pub is_completed: bool,
    /// True when it has ended well.
    #[serde(default)]
    pub finished_successfully: bool,
    /// True when warnings or errors were logged, even if it ended well.
    #[serde(default)]
    pub has_warnings_or_errors: bool,
    /// True while it waits for a person.
    #[serde(default)]
    pub has_pending_interruptions: bool,
    /// The kinds of answer that it waits for; absent on older servers.
    #[serde(default)]
    pub pending_interruption_types: Vec<String>,
    /// True while it waits for something outside, such as an approval.
    #[serde(default)]
    pub has_pending_preconditions: bool,
    /// The kinds of outside approval or event that it waits for.
    #[serde(default)]
    pub pending_precondition_types: Vec<String>,
    /// What kind of task it is: `Deploy` for a deployment.
    #[serde(default)]
    pub name: String,
    /// Its work, in words.
    #[serde(default)]
    pub description: String,
    /// What went wrong; empty when nothing did.
    #[serde(default)]
    pub error_message: String,
    /// When it was queued, or is to be taken from the queue.
    #[serde(default, deserialize_with = "time")]
    pub queue_time: Option<Timestamp>,
    /// When it is given up if it has not begun.
    #[serde(default, deserialize_with = "time")]
    pub queue_time_expiry: Option<Timestamp>,
    /// When it began.
    #[serde(default, deserialize_with = "time")]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "time")]
    pub completed_time: Option<Timestamp>,
    /// When the server last wrote anything about it.
    #[serde(default, deserialize_with = "time")]
    pub last_updated_time: Option<Timestamp>,
    /// False while no node of the server has taken it up.
    #[serde(default)]
    pub has_been_picked_up_by_processor: bool,
    /// How many seconds the server thinks it will stay queued.
    #[serde(default)]
    pub estimated_remaining_queue_duration_seconds: Option<i64>,
    /// The project it belongs to.
    #[serde(default)]
    pub project_id: Option<ProjectId>,
    /// The space it belongs to.
    #[serde(default)]
    pub space_id: Option<SpaceId>,
    /// The arguments that it was started with, `DeploymentId` among them.
    #[serde(default)]
    pub arguments: BTreeMap<String, Value>,
}

impl Task {
    /// The deployment that the task carries out.
    #[must_use]
    pub fn deployment_id(&self) -> Option<DeploymentId> {
        self.arguments.get("DeploymentId")?.as_str().and_then(DeploymentId::new)
    }
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum TaskState {
    /// It has not begun.
    Queued,
    /// It runs, or waits for a person.
    Executing,
    /// It is being stopped.
    Cancelling,
    /// It has ended well.
    Success,
    /// It has ended badly.
    Failed,
    /// It was stopped.
    Canceled,
    /// It was given up by the server.
    TimedOut,
    /// A state that is not known here; [`Task::is_completed`] says whether it is an end.
    Other(String),
}

impl TaskState {
    /// The state as the server writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "Queued",
            Self::Executing => "Executing",
            Self::Cancelling => "Cancelling",
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
            Self::TimedOut => "TimedOut",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for TaskState {
    fn from(name: String) -> Self {
        match name.as_str() {
            "Queued" => Self::Queued,
            "Executing" => Self::Executing,
            "Cancelling" => Self::Cancelling,
            "Success" => Self::Success,
            "Failed" => Self::Failed,
            "Canceled" => Self::Canceled,
            "TimedOut" => Self::TimedOut,
            _ => Self::Other(name),
        }
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which tasks are asked for, newest first. The default is all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct TaskFilter<'a> {
    /// Of this project.
    pub project: Option<&'a ProjectId>,
    /// For this environment.
    pub environment: Option<&'a EnvironmentId>,
    /// For this tenant.
    pub tenant: Option<&'a TenantId>,
    /// Of this kind: `Deploy` for deployments.
    pub name: Option<&'a str>,
    /// In one of these states; empty means any.
    pub states: &'a [TaskState],
    /// How many at most; none leaves it to the server, which gives 30.
    pub take: Option<u32>,
}

/// The tasks with these ids: one request for each 300 of them. None for none, since an empty list of ids
/// means every task there is.
pub fn by_ids(space: &SpaceId, ids: &[TaskId]) -> Vec<Request<Page<Task>>> {
    paths::by_ids(space, "tasks", ids)
}

/// The tasks that match, newest first.
pub fn list(space: &SpaceId, filter: TaskFilter<'_>) -> Request<Page<Task>> {
    let states = filter.states.iter().map(TaskState::as_str).collect::<Vec<_>>();
    Request::get(api(&[space.as_str(), "tasks"]))
        .with_some("project", filter.project.map(ProjectId::as_str))
        .with_some("environment", filter.environment.map(EnvironmentId::as_str))
        .with_some("tenant", filter.tenant.map(TenantId::as_str))
        .with_some("name", filter.name)
        .with_some("states", Some(joined(&states)))
        .with("skip", "0")
        .with_some("take", filter.take.map(|it| it.to_string()))
}

/// One task.
pub fn get(space: &SpaceId, task: &TaskId) -> Request<Task> {
    Request::get(of_task(space, task, &[]))
}

/// Asks the server to stop a task. Of a task that has ended it refuses, or says so by the state.
pub fn cancel(space: &SpaceId, task: &TaskId) -> Request<Task> {
    Request::post(of_task(space, task, &["cancel"])).json(json!({}))
}

/// The tasks that a queued task waits for.
pub fn queued_behind(space: &SpaceId, task: &TaskId) -> Request<Page<Task>> {
    Request::get(of_task(space, task, &["queued-behind"]))
}

/// A path below a task.
pub(super) fn of_task(space: &SpaceId, task: &TaskId, rest: &[&str]) -> String {
    let mut segments = vec![space.as_str(), "tasks", task.as_str()];
    segments.extend(rest);
    api(&segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> SpaceId {
        SpaceId::new("Spaces-1").unwrap()
    }

    fn task(number: usize) -> TaskId {
        TaskId::new(format!("ServerTasks-{number}")).unwrap()
    }

    #[test]
    fn ids_go_in_requests_of_300_that_each_start_at_the_first_item() {
        assert!(by_ids(&space(), &[]).is_empty());
        let ids: Vec<_> = (0..601).map(task).collect();
        let requests = by_ids(&space(), &ids);
        assert_eq!(requests.len(), 3);
        assert_eq!(requests[2].target(), "/api/Spaces-1/tasks?ids=ServerTasks-600&skip=0&take=300");
        assert!(requests.iter().all(|it| it.query.contains(&("skip".to_owned(), "0".to_owned()))));
        let asked: Vec<_> = requests.iter().flat_map(|it| it.query[0].1.split(',')).collect();
        assert_eq!(asked, ids.iter().map(TaskId::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn paths() {
        let (project, environment) = (ProjectId::new("Projects-21"), EnvironmentId::new("Environments-2"));
        let filter = TaskFilter {
            project: project.as_ref(),
            environment: environment.as_ref(),
            name: Some("Deploy"),
            states: &[TaskState::Queued, TaskState::Executing],
            take: Some(20),
            ..TaskFilter::default()
        };
        assert_eq!(
            list(&space(), filter).target(),
            "/api/Spaces-1/tasks?project=Projects-21&environment=Environments-2&name=Deploy\
             &states=Queued,Executing&skip=0&take=20"
        );
        assert_eq!(get(&space(), &task(940)).target(), "/api/Spaces-1/tasks/ServerTasks-940");
        assert_eq!(
            queued_behind(&space(), &task(940)).target(),
            "/api/Spaces-1/tasks/ServerTasks-940/queued-behind"
        );
        let cancel = cancel(&space(), &task(940));
        assert_eq!(cancel.target(), "/api/Spaces-1/tasks/ServerTasks-940/cancel");
        assert_eq!(cancel.body, Some(json!({})));
    }

    #[test]
    fn a_state_that_is_not_known_keeps_its_name() {
        for name in ["Queued", "Executing", "Cancelling", "Success", "Failed", "Canceled", "TimedOut", "New"]
        {
            assert_eq!(TaskState::from(name.to_owned()).as_str(), name);
        }
        assert_eq!(TaskState::from("New".to_owned()), TaskState::Other("New".to_owned()));
    }
}
