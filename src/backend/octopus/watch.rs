//! Looks at what runs: states in bulk, logs, questions, what a queued deployment waits for.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::try_join_all;
use jiff::Timestamp;

use crate::backend::{
    Call, Deployment, DeploymentStatus, LogLine, Phase, Question, Queued, Scheduled, StepLog, TaskLog,
};
use crate::octopus::interruption::{InterruptionKind, Submission};
use crate::octopus::task::{Activity, ActivityStatus, LogElement, Task, TaskDetails, TaskFilter, TaskState};
use crate::octopus::{self as api, InterruptionId, SpaceId, TaskId, TeamId};

use super::{Octopus, unclear};

/// How many last lines of each step are read of a log that is too large.
const TAIL: u32 = 1000;

/// The same where that is too much too.
const SHORT_TAIL: u32 = 50;

/// How many earlier durations are read to predict the next one.
const HISTORY: u32 = 5;

impl Octopus {
    /// Where the deployments stand, in the same order; `None` for one that the server did not show. One
    /// request for each 300 of them.
    ///
    /// # Errors
    ///
    /// No answer in time, or a refusal.
    pub async fn statuses(
        &self,
        deployments: &[Deployment],
        call: Call<'_>,
    ) -> Result<Vec<Option<DeploymentStatus>>, api::Error> {
        let space = self.required_space()?;
        let ids: Vec<_> = deployments.iter().filter_map(|it| TaskId::new(&it.task)).collect();
        let requests = api::task::by_ids(&space, &ids);
        let answers = try_join_all(requests.iter().map(|it| self.client.look(it, call.until))).await?;
        let server_time = answers.iter().find_map(|it| it.server_time);
        let tasks: Vec<_> = answers.into_iter().flat_map(|it| it.value.items).collect();
        let of = |it: &Deployment| tasks.iter().find(|task| task.id.as_str() == it.task);
        Ok(deployments.iter().map(|it| of(it).map(|task| status(task, server_time))).collect())
    }

    /// The log of a deployment, step by step, as far as it goes. Of one that is too large to be read, the last lines
    /// of each step.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal. It is asked once: the next look brings the same lines.
    pub async fn log(&self, deployment: &Deployment, call: Call<'_>) -> Result<TaskLog, api::Error> {
        let (space, task) = (self.required_space()?, task_id(deployment)?);
        let is_too_large = |log: &Result<TaskLog, api::Error>| {
            matches!(log, Err(api::Error::NoAnswer { trouble: api::Trouble::TooLarge { .. }, .. }))
        };
        // Logs only grow.
        if !self.memory().large_logs.contains(&task) {
            let log = self.read_log(&space, &task, None, call).await;
            if !is_too_large(&log) {
                return log;
            }
            self.memory().large_logs.insert(task.clone());
        }
        let log = self.read_log(&space, &task, Some(TAIL), call).await;
        if is_too_large(&log) { self.read_log(&space, &task, Some(SHORT_TAIL), call).await } else { log }
    }

    async fn read_log(
        &self,
        space: &SpaceId,
        task: &TaskId,
        tail: Option<u32>,
        call: Call<'_>,
    ) -> Result<TaskLog, api::Error> {
        let answer = self.client.send(&api::task::details(space, task, tail), call.until).await?;
        Ok(task_log(answer.value, answer.size, tail.is_some()))
    }

    /// The questions that deployments ask people now, by task. However many deployments there are, it is one
    /// request.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn questions(
        &self,
        deployments: &[Deployment],
        call: Call<'_>,
    ) -> Result<HashMap<String, Vec<Question>>, api::Error> {
        let space = self.required_space()?;
        let tasks = deployments.iter().map(task_id).collect::<Result<Vec<_>, _>>()?;
        let request = match tasks.as_slice() {
            [task] => api::interruption::pending(&space, task),
            _ => api::interruption::all_pending(&space),
        };
        let found = self.client.send(&request, call.until).await?.value.items;
        // An older server may leave out the task where it was asked for one.
        let task_of = |it: &api::interruption::Interruption| match (&it.task_id, tasks.as_slice()) {
            (Some(task), _) => Some(task.clone()),
            (None, [task]) => Some(task.clone()),
            (None, _) => None,
        };
        let pending: Vec<_> = found
            .into_iter()
            .filter(|it| it.is_pending)
            .filter_map(|it| task_of(&it).filter(|task| tasks.contains(task)).map(|task| (task, it)))
            .collect();
        let teams = pending.iter().flat_map(|(_, it)| &it.responsible_team_ids);
        self.learn_teams(&space, teams.cloned().collect(), call).await;
        let memory = self.memory();
        let name = |id: &TeamId| memory.teams.get(id).cloned().unwrap_or_else(|| id.to_string());
        let question = |it: api::interruption::Interruption| Question {
            choices: it.choices().map(str::to_owned).collect(),
            about_failure: it.kind() == InterruptionKind::GuidedFailure,
            id: it.id.to_string(),
            title: it.title,
            teams: it.responsible_team_ids.iter().map(name).collect(),
        };
        let mut by_task: HashMap<String, Vec<Question>> = HashMap::new();
        for (task, interruption) in pending {
            by_task.entry(task.to_string()).or_default().push(question(interruption));
        }
        Ok(by_task)
    }

    /// Learns the names of teams, once: those that the credential may not see keep their ids.
    async fn learn_teams(&self, space: &SpaceId, mut unknown: Vec<TeamId>, call: Call<'_>) {
        unknown.sort();
        unknown.dedup();
        unknown.retain(|it| !self.memory().teams.contains_key(it));
        let Some(request) = api::team::by_ids(space, &unknown) else { return };
        let answer = self.client.send(&request, call.until).await;
        let known = answer.map(|it| it.value.items).unwrap_or_default();
        let mut memory = self.memory();
        memory.teams.extend(unknown.into_iter().map(|id| (id.clone(), id.to_string())));
        memory.teams.extend(known.into_iter().map(|it| (it.id, it.name)));
    }

    /// Takes responsibility for a question and gives an answer in the server's word.
    ///
    /// # Errors
    ///
    /// Somebody else has taken it, the credential may not, or no answer.
    pub async fn answer(&self, question: &Question, word: &str, call: Call<'_>) -> Result<(), api::Error> {
        let space = self.required_space()?;
        let id = InterruptionId::new(&question.id).ok_or_else(|| unclear("a question without an id"))?;
        let notes = match call.build {
            Some(build) => {
                format!("Answered by promenade for build {}", build.url.as_ref().unwrap_or(&build.id))
            }
            None => "Answered by promenade".to_owned(),
        };
        let submission = if question.about_failure {
            Submission::Guidance { guidance: word.to_owned(), notes }
        } else {
            Submission::Intervention { proceed: word == "Proceed", notes }
        };
        let wanted = || !call.stop.is_told();
        let (take, submit) = (
            api::interruption::take_responsibility(&space, &id),
            api::interruption::submit(&space, &id, &submission),
        );
        self.client.send_while(&wanted, &take, call.until).await?;
        self.client.send_while(&wanted, &submit, call.until).await?;
        Ok(())
    }

    /// Asks the server to cancel a deployment. One that has ended already is no error.
    ///
    /// # Errors
    ///
    /// The credential may not, or no answer.
    pub async fn cancel(&self, deployment: &Deployment, call: Call<'_>) -> Result<(), api::Error> {
        let space = self.required_space()?;
        let request = api::task::cancel(&space, &task_id(deployment)?);
        // Cancelling twice is the same as once, so a lost answer needs no look before it is sent again.
        match self.client.look(&request, call.until).await {
            Ok(_) => Ok(()),
            Err(error) if error.was_refused() && matches!(error.status(), Some(400 | 409)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a queued deployment waits for: the tasks before it, or a queue that is stopped.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn queued_because(
        &self,
        deployment: &Deployment,
        call: Call<'_>,
    ) -> Result<Option<Queued>, api::Error> {
        let space = self.required_space()?;
        let (task, current) =
            (api::task::queued_behind(&space, &task_id(deployment)?), api::space::get(&space));
        let (before, space_document) =
            tokio::join!(self.client.send(&task, call.until), self.client.send(&current, call.until));
        if let Ok(answer) = &space_document
            && answer.value.task_queue_stopped
        {
            return Ok(Some(Queued::Stopped));
        }
        let names = |it: &Task| {
            let what = if it.description.is_empty() { it.id.to_string() } else { it.description.clone() };
            format!("{what} ({})", self.page(&space, "tasks", it.id.as_str()))
        };
        let before: Vec<_> =
            before?.value.items.iter().filter(|it| it.id.as_str() != deployment.task).map(names).collect();
        Ok((!before.is_empty()).then_some(Queued::Behind(before)))
    }

    /// How long the same deployment took before, and how many requests it cost to learn that.
    pub async fn earlier_durations(&self, deployment: &Deployment, call: Call<'_>) -> (Vec<Duration>, u32) {
        let mut spent = 0;
        let durations = self.read_durations(deployment, &mut spent, call).await;
        (durations.unwrap_or_default(), spent)
    }

    async fn read_durations(
        &self,
        deployment: &Deployment,
        spent: &mut u32,
        call: Call<'_>,
    ) -> Option<Vec<Duration>> {
        let space = self.known_space()?;
        let known = self.memory().places.get(&deployment.id).cloned();
        let known = known.map(|it| (it.project, it.environment));
        let place = match known {
            Some(place) => place,
            None => {
                *spent += 1;
                let request = api::deployment::get(&space, &api::DeploymentId::new(&deployment.id)?);
                let document = self.client.send(&request, call.until).await.ok()?.value;
                (document.project_id?, document.environment_id)
            }
        };
        if let Some(durations) = self.memory().durations.get(&place).cloned() {
            return Some(durations);
        }
        *spent += 1;
        let filter = TaskFilter {
            project: Some(&place.0),
            environment: Some(&place.1),
            name: Some("Deploy"),
            states: &[TaskState::Success],
            take: Some(HISTORY),
            ..TaskFilter::default()
        };
        let tasks = self.client.send(&api::task::list(&space, filter), call.until).await.ok()?.value.items;
        let durations: Vec<_> = tasks.iter().filter_map(duration).collect();
        self.memory().durations.insert(place, durations.clone());
        Some(durations)
    }
}

fn task_id(deployment: &Deployment) -> Result<TaskId, api::Error> {
    TaskId::new(&deployment.task).ok_or_else(|| unclear("a deployment without a task"))
}

fn status(task: &Task, now: Option<Timestamp>) -> DeploymentStatus {
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

/// Finished means `IsCompleted`, passed means `FinishedSuccessfully`; a state that is not known goes by
/// these two. A state alone is never a success.
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

fn duration(task: &Task) -> Option<Duration> {
    Duration::try_from(task.completed_time?.duration_since(task.start_time?)).ok()
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
