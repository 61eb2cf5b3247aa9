//! Plays tasks out in time: the queue, the steps one after another, people's answers, the end.
//!
//! Nothing happens between two requests. [`World::advance`] plays everything that was due since the
//! last one, in the order of its time, so that the outcome does not depend on how often somebody looks.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::sandbox::world::World;
use crate::sandbox::world::made::{Deployment, Order, Release};
use crate::sandbox::world::project_seed::{StepKind, StepOutcome};
use crate::sandbox::world::running::{Play, Question, Status, StepRun, Task, TaskState};
use crate::sandbox::world::state::{Id, Step};
use crate::sandbox::world::worklog;

/// How long the server takes to fetch packages, to stop a task, and for a step that does not say.
const ACQUIRE_SECONDS: f64 = 1.0;
const CANCEL_SECONDS: f64 = 2.0;
pub(super) const STEP_SECONDS: f64 = 10.0;

impl World {
    /// Queues a deployment; gives back the place of its task.
    pub(super) fn place(&mut self, order: Order, user: &Id, now: Timestamp) -> usize {
        let id = self.mint("Deployments");
        let task_id = self.mint("ServerTasks");
        let release = self.release(&order.release).cloned();
        let (space, project, channel, version) =
            release.map(|it| (it.space, it.project, it.channel, it.version)).unwrap_or_default();
        let project_name = self.project(&project).map_or("", |it| it.name.as_str());
        let environment_name = self.environment_name(&order.environment);
        let mut description = format!("Deploy {project_name} release {version} to {environment_name}");
        if let Some(tenant) = order.tenant.as_deref().and_then(|it| self.tenant(it)) {
            description.push_str(&format!(" for {}", tenant.name));
        }
        let deployment = Deployment {
            id: id.clone(),
            space: space.clone(),
            project: project.clone(),
            channel,
            task: task_id.clone(),
            created: now,
            deployed_by: user.clone(),
            order,
            machines: Vec::new(),
        };
        let queue_time = deployment.order.run_at.unwrap_or(now).max(now);
        let steps = self.step_runs(&deployment);
        self.tasks.push(Task {
            id: task_id,
            space,
            project,
            environment: deployment.order.environment.clone(),
            tenant: deployment.order.tenant.clone(),
            deployment: id,
            description,
            state: TaskState::Queued,
            play: Play::Queued,
            created: now,
            queue_time,
            expires: deployment.order.expires,
            started: None,
            completed: None,
            updated: now,
            error: String::new(),
            warned: false,
            precondition: None,
            steps,
            lines: Vec::new(),
            next_line: 1,
        });
        self.deployments.push(deployment);
        let at = self.tasks.len() - 1;
        let after = self.unfinished.partition_point(|it| self.tasks[*it].queue_time <= queue_time);
        self.unfinished.insert(after, at);
        at
    }

    /// The steps that a deployment will go through; those to skip are there as skipped.
    fn step_runs(&self, deployment: &Deployment) -> Vec<StepRun> {
        let steps = self.steps_of(deployment);
        let mut runs = Vec::new();
        let is_skipped = |step: &Step| deployment.order.skipped.contains(&step.id) && !step.seed.required;
        if steps.iter().any(|it| !it.seed.packages.is_empty() && !is_skipped(it)) {
            runs.push(StepRun::new(None, "Acquire packages".to_owned(), Status::Pending));
        }
        for (at, step) in steps.iter().enumerate() {
            let status = if is_skipped(step) { Status::Skipped } else { Status::Pending };
            runs.push(StepRun::new(
                Some(step.id.clone()),
                format!("Step {}: {}", at + 1, step.seed.name),
                status,
            ));
        }
        runs
    }

    /// The enabled steps of the project that are for this deployment's channel, environment and tenant.
    pub(super) fn steps_of(&self, deployment: &Deployment) -> Vec<&Step> {
        let order = &deployment.order;
        let Some(release) = self.release(&order.release) else { return Vec::new() };
        let steps = self.applicable_steps(release, &order.environment, order.tenant.as_deref());
        steps.into_iter().filter(|it| !it.seed.disabled).collect()
    }

    /// The steps that a release has for an environment and a tenant, disabled ones among them.
    pub(super) fn applicable_steps<'a>(
        &self,
        release: &'a Release,
        environment: &str,
        tenant: Option<&str>,
    ) -> Vec<&'a Step> {
        let channel = self.channel(&release.channel).map_or("", |it| it.name.as_str());
        let environment = self.environment_name(environment);
        let tags = tenant.and_then(|it| self.tenant(it)).map(|it| it.tags.as_slice()).unwrap_or_default();
        let named = |names: &[String], name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
        let applies = |step: &&Step| {
            let seed = &step.seed;
            (seed.channels.is_empty() || named(&seed.channels, channel))
                && (seed.environments.is_empty() || named(&seed.environments, environment))
                && !named(&seed.excluded_environments, environment)
                && (seed.tenant_tags.is_empty() || seed.tenant_tags.iter().any(|it| named(tags, it)))
        };
        release.steps.iter().filter(applies).collect()
    }

    /// How long a task's steps take, for one whose past is told without it; unscaled.
    pub(super) fn expected_seconds(&self, at: usize) -> f64 {
        let seconds = |(place, run): (usize, &StepRun)| match run.action {
            None => ACQUIRE_SECONDS,
            Some(_) => self.step_of(at, place).and_then(|it| it.seed.seconds).map_or(STEP_SECONDS, |it| it.0),
        };
        let runs = self.tasks[at].steps.iter().enumerate();
        runs.filter(|(_, it)| it.status != Status::Skipped).map(seconds).sum()
    }

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

    /// The task that something happens to next, and when.
    fn next_due(&self) -> Option<(Timestamp, usize)> {
        let is_running = |task: &Task| !matches!(task.play, Play::Queued | Play::Over);
        let running: Vec<&Task> =
            self.unfinished.iter().map(|it| &self.tasks[*it]).filter(|it| is_running(it)).collect();
        let full = self.task_cap.is_some_and(|cap| running.len() >= cap);
        let mut busy: HashSet<_> = running.iter().map(|it| it.target()).collect();
        let mut next: Option<(Timestamp, usize)> = None;
        for at in &self.unfinished {
            let task = &self.tasks[*at];
            let due = match task.play {
                Play::Precondition { until } | Play::Step { until, .. } | Play::Cancelling { until } => {
                    Some(until)
                }
                Play::Person { .. } | Play::Over => None,
                Play::Queued => {
                    let free = busy.insert(task.target()) && !full && !self.is_stopped(&task.space);
                    let start = free.then(|| self.start_of(task));
                    [start, task.expires.map(|it| it.max(self.clock))].into_iter().flatten().min()
                }
            };
            if let Some(due) = due.filter(|due| next.is_none_or(|(earliest, _)| *due < earliest)) {
                next = Some((due, *at));
            }
        }
        next
    }

    /// When a queued task starts that nothing is before; never in what was already played.
    fn start_of(&self, task: &Task) -> Timestamp {
        let delay = self.project(&task.project).map_or(0.0, |it| it.queue_delay);
        let own = task.queue_time.checked_add(self.scaled(delay)).unwrap_or(task.queue_time);
        own.max(self.clock)
    }

    pub(super) fn is_stopped(&self, space: &str) -> bool {
        self.spaces.iter().any(|it| it.id == space && it.queue_stopped)
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
        let deployment = self.deployment(&self.tasks[at].deployment.clone()).cloned();
        let Some(deployment) = deployment else { return };
        let environment = self.environment_name(&deployment.order.environment).to_owned();
        let project = self.project(&deployment.project).cloned();
        let task = &mut self.tasks[at];
        task.state = TaskState::Executing;
        task.started = Some(now);
        task.updated = now;
        for name in &deployment.order.unknown_skips {
            task.say(now, "Warning", format!("The step '{name}' to skip is not in the deployment process."));
        }
        let Some(project) = project else { return };
        let applies = |names: &[String]| {
            names.is_empty() || names.iter().any(|it| it.eq_ignore_ascii_case(&environment))
        };
        if let Some(precondition) = project.preconditions.iter().find(|it| applies(&it.environments)) {
            let until = now.checked_add(self.scaled(precondition.seconds.0)).unwrap_or(now);
            let task = &mut self.tasks[at];
            task.precondition = Some(precondition.kind.clone());
            task.play = Play::Precondition { until };
            return;
        }
        if !project.allow_no_machines && self.wants_machines_in_vain(&deployment) {
            let error =
                format!("There are no machines in the environment {environment} for the steps to run on.");
            self.finish(at, TaskState::Failed, &error, now);
            return;
        }
        self.next_step(at, 0, now);
    }

    /// Whether there are steps for machines, yet not one machine for any of them.
    fn wants_machines_in_vain(&self, deployment: &Deployment) -> bool {
        let steps = self.steps_of(deployment);
        let mut for_machines = steps.iter().filter(|it| !it.seed.roles.is_empty()).peekable();
        for_machines.peek().is_some()
            && for_machines.all(|it| self.machines_for(it, &deployment.order).is_empty())
    }

    /// Begins the next step that is not skipped, or ends the task where there is none.
    pub(super) fn next_step(&mut self, at: usize, from: usize, now: Timestamp) {
        let next =
            (from..self.tasks[at].steps.len()).find(|it| self.tasks[at].steps[*it].status == Status::Pending);
        let Some(step) = next else {
            self.finish(at, TaskState::Success, "", now);
            return;
        };
        let seed = self.step_of(at, step).map(|it| it.seed.clone());
        if let Some(seed) = seed.as_ref().filter(|it| it.kind == StepKind::ManualIntervention) {
            let instructions = seed.instructions.clone().unwrap_or_default();
            let question = Question::ManualIntervention { instructions };
            worklog::begin(self, at, step, now);
            self.ask(at, step, &seed.name, question, seed.responsible_teams.clone(), now);
            return;
        }
        let seconds = match seed {
            None => ACQUIRE_SECONDS,
            Some(seed) => seed.seconds.map_or(STEP_SECONDS, |it| it.0),
        };
        let until = now.checked_add(self.scaled(seconds)).unwrap_or(now);
        worklog::begin(self, at, step, now);
        worklog::work(self, at, step, now, until);
        self.tasks[at].play = Play::Step { at: step, until };
        self.tasks[at].updated = now;
    }

    /// The step of the process behind a task's step.
    pub(super) fn step_of(&self, at: usize, step: usize) -> Option<&Step> {
        let action = self.tasks[at].steps.get(step)?.action.as_ref()?;
        self.release(&self.release_of(at))?.steps.iter().find(|it| it.id == *action)
    }

    /// How the step ends that is running.
    pub(super) fn outcome_of(&self, at: usize, step: usize) -> StepOutcome {
        let Some(seed) = self.step_of(at, step).map(|it| &it.seed) else {
            let missing = self.missing_packages(&self.release_of(at));
            return if missing.is_empty() { StepOutcome::Success } else { StepOutcome::Fail };
        };
        let release = self.release_of(at);
        let version = self.release(&release).map_or("", |it| it.version.as_str());
        let contains = |mark: &Option<String>| mark.as_ref().is_some_and(|it| version.contains(it.as_str()));
        let outcome = if contains(&seed.fails_when_version_contains) {
            StepOutcome::Fail
        } else if contains(&seed.times_out_when_version_contains) {
            StepOutcome::TimeOut
        } else if contains(&seed.warns_when_version_contains) {
            StepOutcome::Warning
        } else {
            seed.outcome
        };
        let tries = self.tasks[at].steps[step].tries;
        let works_now = seed.works_after.is_some_and(|it| tries > it);
        if outcome == StepOutcome::Fail && works_now { StepOutcome::Success } else { outcome }
    }

    pub(super) fn release_of(&self, at: usize) -> Id {
        self.deployment(&self.tasks[at].deployment).map_or_else(Id::new, |it| it.order.release.clone())
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
                let until = now.checked_add(self.scaled(CANCEL_SECONDS)).unwrap_or(now);
                let task = &mut self.tasks[at];
                task.state = TaskState::Cancelling;
                task.play = Play::Cancelling { until };
                task.updated = now;
                self.close_questions(at);
            }
        }
    }

    /// Ends a task: whatever still ran ends with it, whatever had not begun never does.
    pub(super) fn finish(&mut self, at: usize, state: TaskState, error: &str, now: Timestamp) {
        self.close_questions(at);
        let task = &mut self.tasks[at];
        worklog::cut(task, state, now);
        if !error.is_empty() {
            let category = if state == TaskState::Canceled { "Warning" } else { "Fatal" };
            task.say(now, category, error.to_owned());
        }
        task.state = state;
        task.play = Play::Over;
        task.precondition = None;
        task.error = error.to_owned();
        task.completed = Some(now);
        task.updated = now;
        self.unfinished.retain(|it| *it != at);
        if state == TaskState::Success {
            let release = self.release_of(at);
            self.plan_automatic(&release, now);
        }
    }
}

impl StepRun {
    fn new(action: Option<Id>, title: String, status: Status) -> Self {
        Self { action, title, status, started: None, ended: None, tries: 0, machines: Vec::new() }
    }
}

impl Task {
    /// What only one task at a time may deploy to.
    pub(super) fn target(&self) -> (&str, &str, Option<&str>) {
        (&self.project, &self.environment, self.tenant.as_deref())
    }

    pub(super) fn line_number(&mut self) -> u32 {
        self.next_line += 1;
        self.next_line - 1
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::sandbox::world::tests::Bench;

    /// The nodes of a task's steps.
    fn steps(bench: &mut Bench, task: &str) -> Vec<Value> {
        let details = bench.get(&format!("/api/Spaces-1/tasks/{task}/details"));
        details["ActivityLogs"][0]["Children"].as_array().unwrap().clone()
    }

    fn statuses(bench: &mut Bench, task: &str) -> Vec<String> {
        steps(bench, task).iter().map(|it| it["Status"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_second_deployment_to_the_same_place_waits_for_the_first() {
        let mut bench = Bench::new();
        let first = bench.begin("Web Shop", "1.4.7");
        let second = bench.begin_in("Web Shop", "1.4.7", "Development");
        let elsewhere = bench.begin("Shaky Shop", "1.0.0");
        bench.pass(30);
        assert_eq!(bench.state(&first), "Executing");
        assert_eq!(bench.state(&second), "Queued");
        assert_eq!(bench.state(&elsewhere), "Success");
        let behind = bench.get(&format!("/api/Spaces-1/tasks/{second}/queued-behind"));
        assert_eq!(
            (behind["TotalResults"].as_u64(), behind["Items"][0]["Id"].as_str()),
            (Some(1), Some(&*first))
        );
        bench.pass(40);
        assert_eq!(
            (bench.state(&first), bench.state(&second)),
            ("Success".to_owned(), "Executing".to_owned())
        );
        let ended = bench.task(&first)["CompletedTime"].clone();
        assert_eq!(
            bench.task(&second)["StartTime"],
            ended,
            "it starts when the first one ends, whoever looks when"
        );
    }

    #[test]
    fn a_scheduled_deployment_starts_at_its_time_or_expires() {
        let mut bench = Bench::new();
        bench.create("Quick Shop", "1.0.0", json!({}));
        let more = json!({ "RunAt": "2026-05-01T08:10:00+00:00", "NoRunAfter": "2026-05-01T08:20:00" });
        let (status, made) = bench.deploy("Quick Shop", "1.0.0", &["Development"], more);
        assert_eq!(status, 200, "{made}");
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(9 * 60);
        assert_eq!(bench.state(&task), "Queued");
        bench.pass(2 * 60);
        assert_eq!(bench.state(&task), "Success");
        assert_eq!(bench.task(&task)["StartTime"], "2026-05-01T08:10:01.000+00:00");

        let mut bench = Bench::changed(|seed| seed["taskCap"] = json!(0));
        bench.create("Quick Shop", "1.0.0", json!({}));
        let more =
            json!({ "RunAt": "2026-05-01T10:10:00+02:00", "NoRunAfter": "2026-05-01 10:20:00 +02:00" });
        let (_, made) = bench.deploy("Quick Shop", "1.0.0", &["Development"], more);
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(19 * 60);
        assert_eq!(bench.state(&task), "Queued");
        bench.pass(60);
        assert_eq!(bench.state(&task), "TimedOut");
    }

    #[test]
    fn a_stopped_queue_starts_nothing() {
        let mut bench = Bench::new();
        let body = json!({ "SpaceId": "Spaces-3", "SpaceIdOrName": "Stopped", "ProjectName": "standing-shop",
            "ReleaseVersion": "1.0.0", "EnvironmentNames": ["Development"] });
        assert_eq!(bench.ask("POST", "/api/Spaces-3/releases/create/v1", body.clone()).0, 201);
        let (_, made) = bench.ask("POST", "/api/Spaces-3/deployments/create/untenanted/v1", body);
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(86_400);
        assert_eq!(bench.get(&format!("/api/tasks/{task}"))["State"], "Queued");
        assert_eq!(bench.get("/api/spaces/Spaces-3")["TaskQueueStopped"], true);
        assert_eq!(
            bench.ask("GET", &format!("/api/Spaces-1/tasks/{task}"), Value::Null).0,
            404,
            "another space"
        );
    }

    #[test]
    fn the_cap_lets_only_so_many_run_at_once() {
        let mut bench = Bench::changed(|seed| seed["taskCap"] = json!(1));
        let first = bench.begin("Shaky Shop", "1.0.0");
        let second = bench.begin("Quick Shop", "1.0.0");
        bench.pass(5);
        assert_eq!(
            (bench.state(&first), bench.state(&second)),
            ("Executing".to_owned(), "Queued".to_owned())
        );
        bench.pass(20);
        assert_eq!(bench.task(&second)["StartTime"], bench.task(&first)["CompletedTime"]);
        assert_eq!(bench.get("/api/Spaces-1/tasks?active=true")["TotalResults"], 0);
    }

    #[test]
    fn a_failing_step_ends_the_task_and_the_rest_never_runs() {
        let mut bench = Bench::new();
        let task = bench.begin("Broken Shop", "2.0.0");
        bench.pass(60);
        let done = bench.task(&task);
        assert_eq!((done["State"].as_str(), done["IsCompleted"].as_bool()), (Some("Failed"), Some(true)));
        assert_eq!(done["FinishedSuccessfully"], false);
        assert!(done["ErrorMessage"].as_str().unwrap().contains("one or more steps failed"));
        assert_eq!(statuses(&mut bench, &task), ["Success", "Success", "Failed", "Skipped"]);
        let log = bench.send("GET", &format!("/api/Spaces-1/tasks/{task}/raw"), &Value::Null);
        assert!(String::from_utf8(log.body).unwrap().contains("did not answer on port 443"));
        let (_, template) =
            bench.ask("GET", "/api/Spaces-1/projects/broken-shop/releases/2.0.0", Value::Null);
        let release = template["Id"].as_str().unwrap();
        let progression = bench.get(&format!("/api/Spaces-1/releases/{release}/progression"));
        assert_eq!(progression["Phases"][0]["Progress"], "Current", "a failure completes no phase");
    }

    #[test]
    fn versions_steer_how_a_step_ends() {
        for (version, state, warned) in [
            ("1.4.7-broken", "Failed", true),
            ("1.4.7-warning", "Success", true),
            ("1.4.7-timeout", "TimedOut", true),
            ("1.4.7", "Success", false),
        ] {
            let mut bench = Bench::new();
            let task = bench.begin("Web Shop", version);
            bench.pass(120);
            let done = bench.task(&task);
            assert_eq!(
                (done["State"].as_str(), done["HasWarningsOrErrors"].as_bool()),
                (Some(state), Some(warned))
            );
        }
    }

    #[test]
    fn a_cancelled_task_is_cancelling_first_and_says_no_more() {
        let mut bench = Bench::new();
        let task = bench.begin("Web Shop", "1.4.7");
        bench.pass(10);
        let cancel = format!("/api/tasks/{task}/cancel");
        assert_eq!(bench.ask("POST", &cancel, Value::Null).1["State"], "Cancelling");
        assert_eq!(bench.task(&task)["IsCompleted"], false);
        bench.pass(5);
        assert_eq!(bench.state(&task), "Canceled");
        let ended = bench.task(&task)["CompletedTime"].as_str().unwrap().to_owned();
        for step in steps(&mut bench, &task) {
            for line in step["Children"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|it| it["LogElements"].as_array().unwrap())
            {
                assert!(line["OccurredAt"].as_str().unwrap() <= ended.as_str(), "{line}");
            }
        }
        assert_eq!(bench.ask("POST", &cancel, json!({})).0, 400, "it is over already");

        let queued = bench.begin_in("Web Shop", "1.4.7", "Development");
        let cancel = format!("/api/spaces/Spaces-1/tasks/{queued}/cancel");
        assert_eq!(bench.ask("POST", &cancel, Value::Null).1["State"], "Canceled", "it had not begun");

        let old = bench.begin("Old Shop", "1.0.0");
        bench.pass(60);
        let (status, same) = bench.ask("POST", &format!("/api/tasks/{old}/cancel"), Value::Null);
        assert_eq!(
            (status, same["State"].as_str()),
            (200, Some("Success")),
            "the older server changes nothing"
        );
    }

    #[test]
    fn a_precondition_is_waited_for_while_executing() {
        let mut bench = Bench::new();
        let task = bench.begin("Waiting Shop", "1.0.0");
        bench.pass(10);
        assert_eq!(bench.state(&task), "Success", "none in Development");
        let task = bench.begin_in("Waiting Shop", "1.0.0", "Test");
        bench.pass(30);
        let waiting = bench.task(&task);
        assert_eq!(
            (waiting["State"].as_str(), waiting["HasPendingPreconditions"].as_bool()),
            (Some("Executing"), Some(true))
        );
        assert_eq!(waiting["PendingPreconditionTypes"], json!(["ChangeRequest"]));
        bench.pass(40);
        assert_eq!(bench.state(&task), "Success");
    }

    #[test]
    fn skipped_steps_and_left_out_machines_do_nothing() {
        let mut bench = Bench::new();
        bench.create("Web Shop", "1.4.7", json!({}));
        let more = json!({ "SkipStepNames": ["smoke test", "Smoke tset"], "ExcludedMachineNames": ["DEV-01", "nobody"] });
        let (status, made) = bench.deploy("Web Shop", "1.4.7", &["Development"], more);
        assert_eq!(status, 200, "{made}");
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(60);
        assert_eq!(statuses(&mut bench, &task), ["Success", "Success", "Success", "Skipped"]);
        let machines = &steps(&mut bench, &task)[2]["Children"];
        assert_eq!((machines.as_array().unwrap().len(), machines[0]["Name"].as_str()), (1, Some("dev-02")));
        let log = bench.send("GET", &format!("/api/Spaces-1/tasks/{task}/raw"), &Value::Null);
        assert!(String::from_utf8(log.body).unwrap().contains("'Smoke tset' to skip is not"));
    }

    #[test]
    fn no_machine_at_all_fails_where_the_project_wants_one() {
        let mut bench = Bench::new();
        bench.create("Strict Shop", "1.0.0", json!({}));
        let (status, _) = bench.deploy(
            "Strict Shop",
            "1.0.0",
            &["Development"],
            json!({ "ExcludedMachineNames": ["nobody"] }),
        );
        assert_eq!(status, 400, "this project refuses unknown machines");
        let more = json!({ "ExcludedMachineNames": ["dev-01", "dev-02"] });
        let (_, made) = bench.deploy("Strict Shop", "1.0.0", &["Development"], more);
        let task = made["DeploymentServerTasks"][0]["ServerTaskId"].as_str().unwrap().to_owned();
        bench.pass(20);
        assert_eq!(bench.state(&task), "Failed");
    }

    #[test]
    fn a_package_that_vanished_fails_while_it_is_fetched() {
        let mut bench = Bench::new();
        let task = bench.begin("Web Shop", "1.4.7");
        bench.world.feeds[0].packages.retain(|it| it.id != "Shop.Web");
        bench.pass(30);
        assert_eq!(bench.state(&task), "Failed");
        assert_eq!(statuses(&mut bench, &task)[0], "Failed");
        let release = bench.get("/api/Spaces-1/projects/web-shop/releases/1.4.7")["Id"].clone();
        let missing =
            bench.get(&format!("/api/Spaces-1/releases/{}/missingpackages", release.as_str().unwrap()));
        assert_eq!(missing["Packages"][0]["Id"], "Shop.Web");
    }

    #[test]
    fn how_often_somebody_looks_changes_nothing() {
        let mut watched = Bench::new();
        let mut alone = Bench::new();
        let names = ["Web Shop", "Shaky Shop", "Broken Shop"];
        let mut tasks = Vec::new();
        for name in names {
            tasks.push((watched.begin(name, "7.0.0"), alone.begin(name, "7.0.0")));
        }
        for _ in 0..100 {
            watched.pass(1);
            watched.get("/api/Spaces-1/tasks?active=true");
        }
        alone.pass(100);
        for (left, right) in tasks {
            let path = |it: &str| format!("/api/Spaces-1/tasks/{it}/details");
            assert_eq!(watched.get(&path(&left)), alone.get(&path(&right)));
        }
    }
}
