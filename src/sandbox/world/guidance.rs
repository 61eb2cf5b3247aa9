//! What stops a task until a person answers: manual interventions and guided failures.

use jiff::Timestamp;

use crate::sandbox::world::project_seed::StepOutcome;
use crate::sandbox::world::running::{Interruption, Play, Question, Status, TaskState};
use crate::sandbox::world::{World, place_of, worklog};

/// After so many tries a failed step cannot be tried again.
const MOST_TRIES: u32 = 10;

const STEPS_FAILED: &str =
    "The deployment failed because one or more steps failed. Please see the deployment log for details.";

impl World {
    /// Asks what to do about the first failed machine, where guided failure is on; ends the task else.
    pub(super) fn step_failed(&mut self, at: usize, step: usize, now: Timestamp) {
        let guided = self.deployment(&self.tasks[at].deployment).is_some_and(|it| it.order.guided);
        let failed = self.tasks[at].steps[step].machines.iter().position(|it| it.status == Status::Failed);
        let (Some(machine), true, Some(seed)) =
            (failed, guided, self.step_of(at, step).map(|it| it.seed.clone()))
        else {
            self.finish(at, TaskState::Failed, STEPS_FAILED, now);
            return;
        };
        let run = &self.tasks[at].steps[step];
        let mut answers = vec!["Fail"];
        if run.tries < MOST_TRIES {
            answers.push("Retry");
        }
        if !seed.required {
            answers.extend(["Ignore", "Exclude"]);
        }
        let title =
            format!("The step '{}' on {} requires failure guidance", seed.name, run.machines[machine].name);
        self.ask(at, step, &title, Question::GuidedFailure { machine, answers }, seed.responsible_teams, now);
    }

    pub(super) fn ask(
        &mut self,
        at: usize,
        step: usize,
        title: &str,
        question: Question,
        teams: Vec<String>,
        now: Timestamp,
    ) {
        let id = self.mint("Interruptions");
        let task = &mut self.tasks[at];
        task.play = Play::Person { at: step };
        task.updated = now;
        task.say_in(step, now, "Wait", format!("Waiting for a person: {title}"));
        let (space, task) = (task.space.clone(), task.id.clone());
        self.interruptions.push(Interruption {
            id,
            space,
            task,
            step,
            title: title.to_owned(),
            question,
            created: now,
            pending: true,
            teams,
            responsible: None,
            notes: None,
            answer: None,
        });
    }

    /// Goes on after a person's answer to the interruption of this place.
    pub(super) fn answered(&mut self, interruption: usize, answer: &str, now: Timestamp) {
        let Interruption { task, step, question, .. } = self.interruptions[interruption].clone();
        let Some(at) = place_of(&task, "ServerTasks-") else { return };
        self.tasks[at].updated = now;
        self.tasks[at].say_in(step, now, "Info", format!("The answer was: {answer}"));
        match (question, answer) {
            (Question::ManualIntervention { .. }, "Abort") => {
                worklog::end(self, at, step, StepOutcome::Fail, now);
                self.finish(
                    at,
                    TaskState::Failed,
                    "The deployment was aborted by a manual intervention.",
                    now,
                );
            }
            (Question::ManualIntervention { .. }, _) => {
                worklog::end(self, at, step, StepOutcome::Success, now);
                self.next_step(at, step + 1, now);
            }
            (Question::GuidedFailure { .. }, "Retry") => {
                let run = &mut self.tasks[at].steps[step];
                run.status = Status::Pending;
                run.ended = None;
                self.next_step(at, step, now);
            }
            (Question::GuidedFailure { machine, .. }, "Ignore" | "Exclude") => {
                let status = if answer == "Ignore" { Status::Warning } else { Status::Skipped };
                let run = &mut self.tasks[at].steps[step];
                run.machines[machine].status = status;
                self.tasks[at].warned = true;
                if self.tasks[at].steps[step].machines.iter().any(|it| it.status == Status::Failed) {
                    self.step_failed(at, step, now);
                } else {
                    self.tasks[at].steps[step].status = Status::Warning;
                    self.next_step(at, step + 1, now);
                }
            }
            (Question::GuidedFailure { .. }, _) => self.finish(at, TaskState::Failed, STEPS_FAILED, now),
        }
    }

    pub(super) fn close_questions(&mut self, at: usize) {
        let id = &self.tasks[at].id;
        for interruption in self.interruptions.iter_mut().filter(|it| it.task == *id) {
            interruption.pending = false;
        }
    }
}
