//! Manual interventions and guided failures, which stop a task until a person answers.

use jiff::Timestamp;

use crate::sandbox::world::lookups::place_of;
use crate::sandbox::world::process_seed::StepOutcome;
use crate::sandbox::world::running::{Interruption, Play, Question, Status, TaskState};
use crate::sandbox::world::state::World;
use crate::sandbox::world::worklog;

/// After this many tries, a failed step cannot be tried again.
const MOST_TRIES: u32 = 10;

const STEPS_FAILED: &str =
    "The deployment failed because one or more steps failed. Please see the deployment log for details.";

impl World {
    /// Asks what to do about the first failed machine if guided failure is on; ends the task otherwise.
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

    /// Continues the task after a person's answer to the interruption of this index.
    pub(super) fn answered(&mut self, interruption: usize, answer: &str, now: Timestamp) {
        let Interruption { task, step, question, .. } = self.interruptions[interruption].clone();
        let Some(at) = place_of(&task, "ServerTasks-") else { return };
        self.tasks[at].updated = now;
        self.tasks[at].say_in(step, now, "Info", format!("The answer was: {answer}"));
        match (question, answer) {
            (Question::ManualIntervention { .. }, "Abort") => {
                worklog::end(self, at, step, StepOutcome::Fail, now);
                let error = "The deployment was aborted by a manual intervention.";
                self.finish(at, TaskState::Failed, error, now);
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
                self.pass_over(at, step, machine, status, now);
            }
            (Question::GuidedFailure { .. }, _) => self.finish(at, TaskState::Failed, STEPS_FAILED, now),
        }
    }

    /// Gives a failed machine this status, then asks about the next failed one, or continues with the next step.
    fn pass_over(&mut self, at: usize, step: usize, machine: usize, status: Status, now: Timestamp) {
        let task = &mut self.tasks[at];
        task.warned = true;
        let run = &mut task.steps[step];
        run.machines[machine].status = status;
        if run.machines.iter().any(|it| it.status == Status::Failed) {
            self.step_failed(at, step, now);
        } else {
            run.status = Status::Warning;
            self.next_step(at, step + 1, now);
        }
    }

    pub(super) fn close_questions(&mut self, at: usize) {
        let id = &self.tasks[at].id;
        for interruption in self.interruptions.iter_mut().filter(|it| it.task == *id) {
            interruption.pending = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::{Bench, merge};

    /// Changes the step of this index of a project of the built-in seed.
    fn with_step(project: &str, step: usize, more: Value) -> Bench {
        Bench::changed(|seed| {
            let projects = seed["spaces"][0]["projects"].as_array_mut().unwrap();
            let found = projects.iter_mut().find(|it| it["name"] == project).unwrap();
            merge(&mut found["steps"][step], more);
        })
    }

    fn pending(bench: &mut Bench, task: &str) -> Value {
        let found = bench.get(&format!("/api/Spaces-1/interruptions?regarding={task}&pendingOnly=true"));
        found["Items"][0].clone()
    }

    /// Takes responsibility for the pending interruption and answers it.
    fn answer(bench: &mut Bench, task: &str, field: &str, value: &str) {
        let id = pending(bench, task)["Id"].as_str().unwrap().to_owned();
        let own = format!("/api/Spaces-1/interruptions/{id}");
        assert_eq!(bench.ask("PUT", &format!("{own}/responsible"), Value::Null).0, 200);
        let body = json!({ "Id": id, "SpaceId": "Spaces-1", "Notes": "by a test", field: value });
        let (status, answered) = bench.ask("POST", &format!("{own}/submit"), body.clone());
        assert_eq!((status, answered["IsPending"].as_bool()), (200, Some(false)), "{answered}");
        assert_eq!(bench.ask("POST", &format!("{own}/submit"), body).0, 400, "a second answer");
    }

    #[test]
    fn a_manual_intervention_waits_for_a_responsible_person() {
        let mut bench = Bench::new();
        let task = bench.begin("Careful Shop", "1.0.0");
        bench.pass(3600);
        let waiting = bench.task(&task);
        assert_eq!(
            (waiting["State"].as_str(), waiting["HasPendingInterruptions"].as_bool()),
            (Some("Executing"), Some(true))
        );
        assert_eq!(waiting["PendingInterruptionTypes"], json!(["ManualIntervention"]));
        let interruption = pending(&mut bench, &task);
        assert_eq!(interruption["Form"]["Elements"][0]["Control"]["Text"], "Check the board");
        let own = format!("/api/Spaces-1/interruptions/{}", interruption["Id"].as_str().unwrap());
        let (status, refused) = bench.ask("POST", &format!("{own}/submit"), json!({ "Result": "Proceed" }));
        assert_eq!(status, 400, "nobody is responsible: {refused}");
        answer(&mut bench, &task, "Result", "Proceed");
        assert_eq!(bench.task(&task)["HasPendingInterruptions"], false);
        bench.pass(11);
        assert_eq!(bench.state(&task), "Success");

        let test = bench.begin_in("Careful Shop", "1.0.0", "Test");
        bench.pass(10);
        answer(&mut bench, &test, "Result", "Abort");
        assert_eq!(bench.state(&test), "Failed");
    }

    #[test]
    fn only_a_member_of_the_team_may_answer() {
        let mut bench = with_step("Careful Shop", 1, json!({ "responsibleTeams": ["teams-operators"] }));
        let task = bench.begin("Careful Shop", "1.0.0");
        bench.pass(10);
        let interruption = pending(&mut bench, &task);
        assert_eq!(interruption["CanTakeResponsibility"], false);
        let own = format!("/api/Spaces-1/interruptions/{}", interruption["Id"].as_str().unwrap());
        let (status, refused) = bench.ask("PUT", &format!("{own}/responsible"), Value::Null);
        assert_eq!(status, 403);
        assert!(refused["ErrorMessage"].as_str().unwrap().contains("teams-operators"));
    }

    /// A guided deployment whose step failed on both machines, waiting for guidance.
    fn guided(bench: &mut Bench) -> String {
        bench.create("Guided Shop", "1.0.0", json!({}));
        let task = bench.begin_in("Guided Shop", "1.0.0", "Guided");
        bench.pass(20);
        task
    }

    #[test]
    fn a_retry_runs_the_failed_step_again() {
        let mut bench = Bench::new();
        let task = guided(&mut bench);
        let asked = pending(&mut bench, &task);
        assert_eq!(asked["Type"], "GuidedFailure");
        assert!(asked["Title"].as_str().unwrap().ends_with("requires failure guidance"));
        answer(&mut bench, &task, "Guidance", "Retry");
        bench.pass(5);
        assert_eq!(bench.state(&task), "Executing");
        bench.pass(15);
        assert_eq!(bench.state(&task), "Success");
    }

    #[test]
    fn each_failed_machine_asks_for_itself() {
        let mut bench = Bench::new();
        let task = guided(&mut bench);
        let first = pending(&mut bench, &task)["Id"].clone();
        answer(&mut bench, &task, "Guidance", "Ignore");
        let second = pending(&mut bench, &task);
        assert_ne!(second["Id"], first);
        assert!(second["Title"].as_str().unwrap().contains("dev-02"), "{second}");
        answer(&mut bench, &task, "Guidance", "Exclude");
        bench.pass(10);
        let done = bench.task(&task);
        assert_eq!(
            (done["State"].as_str(), done["HasWarningsOrErrors"].as_bool()),
            (Some("Success"), Some(true))
        );
    }

    #[test]
    fn guidance_may_fail_the_task_and_a_required_step_offers_less() {
        let mut bench = with_step("Guided Shop", 0, json!({ "required": true }));
        let task = guided(&mut bench);
        let buttons = pending(&mut bench, &task)["Form"]["Elements"][1]["Control"]["Buttons"].clone();
        let texts: Vec<&str> =
            buttons.as_array().unwrap().iter().map(|it| it["Value"].as_str().unwrap()).collect();
        assert_eq!(texts, ["Fail", "Retry"]);
        answer(&mut bench, &task, "Guidance", "Fail");
        assert_eq!(bench.state(&task), "Failed");
    }

    #[test]
    fn after_ten_tries_there_is_no_further_one() {
        let mut bench = with_step("Guided Shop", 0, json!({ "worksAfter": 99, "failingMachines": 1 }));
        let task = guided(&mut bench);
        for _ in 0..9 {
            answer(&mut bench, &task, "Guidance", "Retry");
            bench.pass(11);
        }
        let buttons = pending(&mut bench, &task)["Form"]["Elements"][1]["Control"]["Buttons"].to_string();
        assert!(!buttons.contains("Retry"), "{buttons}");
    }

    #[test]
    fn without_guided_failure_nobody_is_asked() {
        let mut bench = Bench::new();
        bench.create("Guided Shop", "1.0.0", json!({}));
        for (environment, choice) in [("Development", json!(null)), ("Guided", json!(false))] {
            let more = json!({ "UseGuidedFailure": choice });
            let (_, made) = bench.deploy("Guided Shop", "1.0.0", &[environment], more);
            let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
            bench.pass(30);
            assert_eq!(bench.state(&task), "Failed", "{environment}");
        }
        let more = json!({ "UseGuidedFailure": true });
        let (_, made) = bench.deploy("Guided Shop", "1.0.0", &["Development"], more);
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(30);
        assert_eq!(bench.state(&task), "Executing");
    }
}
