//! Plays tasks in time: they start, take their steps one after another, wait for people, and end.
//!
//! Nothing happens between two requests. [`World::advance`] plays everything that was due since the last one,
//! in the order of its time, so that the outcome does not depend on how often a client polls.

use jiff::Timestamp;

use crate::sandbox::world::process_seed::{StepKind, StepOutcome};
use crate::sandbox::world::running::{Play, Question, Status, TaskState};
use crate::sandbox::world::state::World;
use crate::sandbox::world::worklog;

/// How many seconds the server takes to stop a task.
const CANCEL_SECONDS: f64 = 2.0;

impl World {
    /// Plays everything that is due up to `now`.
    pub(super) fn advance(&mut self, now: Timestamp) {
        loop {
            let task = self.next_due().filter(|(due, _)| *due <= now);
            let automatic = self.next_automatic().filter(|(due, _)| *due <= now);
            match (task, automatic) {
                (task, Some((due, at))) if task.is_none_or(|(before, _)| due <= before) => {
                    self.clock = self.clock.max(due);
                    self.deploy_automatically(at, due);
                }
                (Some((due, at)), _) => {
                    self.clock = self.clock.max(due);
                    self.play_on(at, due);
                }
                (None, _) => break,
            }
        }
        self.clock = self.clock.max(now);
    }

    fn play_on(&mut self, at: usize, now: Timestamp) {
        match self.tasks[at].play {
            Play::Queued if self.tasks[at].expires.is_some_and(|it| it <= now) => {
                let error = "The task was not started before its queue expiry time.";
                self.finish(at, TaskState::TimedOut, error, now);
            }
            Play::Queued => self.start(at, now),
            Play::Precondition { .. } => {
                self.tasks[at].precondition = None;
                self.next_step(at, 0, now);
            }
            Play::Step { at: step, .. } => self.end_step(at, step, now),
            Play::Cancelling { .. } => self.finish(at, TaskState::Canceled, "The task was canceled.", now),
            Play::Person { .. } | Play::Over => {}
        }
    }

    fn start(&mut self, at: usize, now: Timestamp) {
        let Some(deployment) = self.deployment(&self.tasks[at].deployment).cloned() else { return };
        let task = &mut self.tasks[at];
        task.begin(now);
        for name in &deployment.order.unknown_skips {
            task.say(now, "Warning", format!("The step '{name}' to skip is not in the deployment process."));
        }
        let Some(project) = self.project(&deployment.project) else { return };
        let environment = self.environment_name(&deployment.order.environment);
        if let Some(precondition) = project.precondition_for(environment) {
            let until = self.later(now, precondition.seconds.0);
            let kind = precondition.kind.clone();
            self.tasks[at].precondition = Some(kind);
            self.tasks[at].play = Play::Precondition { until };
            return;
        }
        if !project.allow_no_machines && self.lacks_machines(&deployment) {
            let error =
                format!("There are no machines in the environment {environment} for the steps to run on.");
            self.finish(at, TaskState::Failed, &error, now);
            return;
        }
        self.next_step(at, 0, now);
    }

    /// Begins the next step that is not skipped, or ends the task where there is none.
    pub(super) fn next_step(&mut self, at: usize, from: usize, now: Timestamp) {
        let next =
            (from..self.tasks[at].steps.len()).find(|it| self.tasks[at].steps[*it].status == Status::Pending);
        let Some(step) = next else {
            self.finish(at, TaskState::Success, "", now);
            return;
        };
        worklog::begin(self, at, step, now);
        let seed = self.step_of(at, step).map(|it| &it.seed);
        if let Some(seed) = seed.filter(|it| it.kind == StepKind::ManualIntervention).cloned() {
            let question =
                Question::ManualIntervention { instructions: seed.instructions.unwrap_or_default() };
            self.ask(at, step, &seed.name, question, seed.responsible_teams, now);
            return;
        }
        let until = self.later(now, self.step_seconds(at, step));
        worklog::work(self, at, step, now, until);
        self.tasks[at].play = Play::Step { at: step, until };
        self.tasks[at].updated = now;
    }

    fn end_step(&mut self, at: usize, step: usize, now: Timestamp) {
        let outcome = self.outcome_of(at, step);
        worklog::end(self, at, step, outcome, now);
        match outcome {
            StepOutcome::Success => self.next_step(at, step + 1, now),
            StepOutcome::Warning => {
                self.tasks[at].warned = true;
                self.next_step(at, step + 1, now);
            }
            StepOutcome::TimeOut => {
                self.finish(at, TaskState::TimedOut, "The task did not complete in time.", now)
            }
            StepOutcome::Fail => self.step_failed(at, step, now),
        }
    }

    /// Begins to stop a task; one that has not started is over at once.
    pub(super) fn cancel(&mut self, at: usize, now: Timestamp) {
        match self.tasks[at].play {
            Play::Queued => {
                self.finish(at, TaskState::Canceled, "The task was canceled before it started.", now)
            }
            Play::Cancelling { .. } | Play::Over => {}
            _ => {
                let until = self.later(now, CANCEL_SECONDS);
                let task = &mut self.tasks[at];
                task.state = TaskState::Cancelling;
                task.play = Play::Cancelling { until };
                task.updated = now;
                self.close_questions(at);
            }
        }
    }

    /// Ends a task: the steps that still run end with it, and those that have not begun never do.
    pub(super) fn finish(&mut self, at: usize, state: TaskState, error: &str, now: Timestamp) {
        self.close_questions(at);
        let task = &mut self.tasks[at];
        worklog::cut(task, state, now);
        if !error.is_empty() {
            let category = if state == TaskState::Canceled { "Warning" } else { "Fatal" };
            task.say(now, category, error.to_owned());
        }
        task.end(state, error, now);
        self.unfinished.retain(|it| *it != at);
        if state == TaskState::Success {
            let release = self.release_of(at);
            self.plan_automatic(&release, now);
        }
    }
}

#[cfg(test)]
mod tests;
