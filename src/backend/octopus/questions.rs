//! The questions that deployments ask people, and the answers to them.

use std::collections::HashMap;

use crate::backend::{Context, Deployment, Question};
use crate::octopus::interruption::{Interruption, InterruptionKind, Submission};
use crate::octopus::{self as api, InterruptionId, SpaceId, TeamId};

use super::task_status::task_id;
use super::{Octopus, unclear};

impl Octopus {
    /// The questions that deployments ask people now, by task. However many deployments there are, it is one
    /// request.
    ///
    /// # Errors
    ///
    /// No answer, or a refusal.
    pub async fn questions(
        &self,
        deployments: &[Deployment],
        context: Context<'_>,
    ) -> Result<HashMap<String, Vec<Question>>, api::Error> {
        let space = self.required_space()?;
        let tasks = deployments.iter().map(task_id).collect::<Result<Vec<_>, _>>()?;
        let request = match tasks.as_slice() {
            [task] => api::interruption::pending(&space, task),
            _ => api::interruption::all_pending(&space),
        };
        let found = self.client.send(&request, context.deadline).await?.value.items;
        // An older server may leave out the task where it was asked for one.
        let task_of = |it: &Interruption| match (&it.task_id, tasks.as_slice()) {
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
        self.learn_teams(&space, teams.cloned().collect(), context).await;
        let memory = self.memory();
        let name = |id: &TeamId| memory.teams.get(id).cloned().unwrap_or_else(|| id.to_string());
        let question = |it: Interruption| Question {
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
    async fn learn_teams(&self, space: &SpaceId, mut unknown: Vec<TeamId>, context: Context<'_>) {
        unknown.sort();
        unknown.dedup();
        unknown.retain(|it| !self.memory().teams.contains_key(it));
        let Some(request) = api::team::by_ids(space, &unknown) else { return };
        let answer = self.client.send(&request, context.deadline).await;
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
    pub async fn answer(
        &self,
        question: &Question,
        word: &str,
        context: Context<'_>,
    ) -> Result<(), api::Error> {
        let space = self.required_space()?;
        let id = InterruptionId::new(&question.id).ok_or_else(|| unclear("a question without an id"))?;
        let notes = match context.build {
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
        let stop = context.stop.clone();
        let leave = api::Leave::when(move || !stop.is_requested());
        let (take, submit) = (
            api::interruption::take_responsibility(&space, &id),
            api::interruption::submit(&space, &id, &submission),
        );
        self.client.send_while(&leave, &take, context.deadline).await?;
        self.client.send_while(&leave, &submit, context.deadline).await?;
        Ok(())
    }
}
