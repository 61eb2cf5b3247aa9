//! The lines that a task writes into its log, each with its time.
//!
//! The lines of a step are made when it begins, with times up to its end; an earlier request sees fewer of
//! them.

use jiff::Timestamp;

use crate::sandbox::world::made::Order;
use crate::sandbox::world::made::SelectedPackage;
use crate::sandbox::world::process_seed::StepOutcome;
use crate::sandbox::world::running::{Line, Status, Task, TaskState};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Machine;
use crate::sandbox::world::stored::Step;

/// The name of the machine for a step without roles.
const SERVER: &str = "Octopus Server";

impl World {
    /// The machines that a step runs on.
    pub(super) fn machines_for(&self, step: &Step, order: &Order) -> Vec<&Machine> {
        let fits = |it: &&Machine| {
            it.environments.contains(&order.environment)
                && !it.disabled
                && it
                    .roles
                    .iter()
                    .any(|role| step.seed.roles.iter().any(|wanted| wanted.eq_ignore_ascii_case(role)))
                && match &order.tenant {
                    Some(tenant) => it.tenants.is_empty() || it.tenants.contains(tenant),
                    None => it.tenants.is_empty(),
                }
                && (order.specific_machines.is_empty() || order.specific_machines.contains(&it.id))
                && !order.excluded_machines.contains(&it.id)
        };
        self.machines.iter().filter(fits).collect()
    }
}

/// Marks a step as running on its machines; another try runs only where the last one failed.
pub(super) fn begin(world: &mut World, at: usize, step: usize, now: Timestamp) {
    let deployment = world.deployment(&world.tasks[at].deployment).cloned();
    let mut names = vec![(None, SERVER.to_owned())];
    if let (Some(deployment), Some(process_step)) = (&deployment, world.step_of(at, step))
        && !process_step.seed.roles.is_empty()
    {
        let machines = world.machines_for(process_step, &deployment.order);
        names = machines.iter().map(|it| (Some(it.id.clone()), it.name.clone())).collect();
    }
    if let Some(stored) = world.deployments.iter_mut().rev().find(|it| it.task == world.tasks[at].id) {
        for id in names.iter().filter_map(|(id, _)| id.clone()) {
            if !stored.machines.contains(&id) {
                stored.machines.push(id);
            }
        }
    }
    let names = names.into_iter().map(|(_, name)| name);
    world.tasks[at].steps[step].begin(names, now);
}

/// Writes the lines of a step's work on its running machines, spread over the step's time.
pub(super) fn work(world: &mut World, at: usize, step: usize, from: Timestamp, until: Timestamp) {
    let texts = texts_of(world, at, step);
    let outcome = world.outcome_of(at, step);
    let last = closing_line(world, at, step, outcome);
    let failing = failing_machines(world, at, step);
    let environment = world.environment_name(&world.tasks[at].environment).to_owned();
    let version = world.release(&world.release_of(at)).map_or_else(String::new, |it| it.version.clone());
    let task = &mut world.tasks[at];
    let span = until.duration_since(from);
    let count = i32::try_from(texts.len()).unwrap_or(i32::MAX).saturating_add(1);
    let running: Vec<usize> = running_machines(task, step);
    for (place, (category, text)) in texts.iter().enumerate() {
        let share = i32::try_from(place).unwrap_or(count);
        let when = from.checked_add(span * share / count).unwrap_or(from);
        for machine in &running {
            let name = task.steps[step].machines[*machine].name.clone();
            let text = text.replace("{machine}", &name).replace("{version}", &version);
            task.write(step, *machine, when, category, text.replace("{environment}", &environment));
        }
    }
    for machine in running {
        let ends_badly = matches!(outcome, StepOutcome::Fail) && !failing.contains(&machine);
        let (category, text) = if ends_badly { ("Info", "Done".to_owned()) } else { last.clone() };
        task.write(step, machine, until, category, text);
    }
}

fn running_machines(task: &Task, step: usize) -> Vec<usize> {
    let machines = task.steps[step].machines.iter().enumerate();
    machines.filter(|(_, it)| it.status == Status::Running).map(|(at, _)| at).collect()
}

/// The machines on which a step fails, if it fails.
fn failing_machines(world: &World, at: usize, step: usize) -> Vec<usize> {
    let most = world.step_of(at, step).and_then(|it| it.seed.failing_machines).unwrap_or(1);
    running_machines(&world.tasks[at], step).into_iter().take(most.max(1)).collect()
}

fn texts_of(world: &World, at: usize, step: usize) -> Vec<(&'static str, String)> {
    let release = world.release_of(at);
    let packages = world.release(&release).map(|it| it.packages.as_slice()).unwrap_or_default();
    let Some(seed) = world.step_of(at, step).map(|it| &it.seed) else {
        let line = |it: &SelectedPackage| ("Info", format!("Acquiring {} {}", it.id, it.version));
        return packages.iter().map(line).collect();
    };
    let mut texts = vec![("Verbose", "Working on {machine} in {environment}".to_owned())];
    for package in packages.iter().filter(|it| it.step.eq_ignore_ascii_case(&seed.name)) {
        texts.push(("Info", format!("Extracting {} {}", package.id, package.version)));
    }
    let deployment = world.deployment(&world.tasks[at].deployment);
    let evaluated = |it: &String| deployment.map_or_else(|| it.clone(), |own| world.evaluated_in(own, it));
    texts.extend(seed.log.iter().map(|it| ("Info", evaluated(it))));
    if seed.log.is_empty() {
        texts.push(("Info", format!("{} of release {{version}} on {{machine}}", seed.name)));
        texts.push(("Verbose", "Cleaning up".to_owned()));
    }
    texts
}

fn closing_line(world: &World, at: usize, step: usize, outcome: StepOutcome) -> (&'static str, String) {
    let error = world.step_of(at, step).and_then(|it| it.seed.error.clone());
    match outcome {
        StepOutcome::Success => ("Info", "Done".to_owned()),
        StepOutcome::Warning => {
            ("Warning", error.unwrap_or_else(|| "Something is not as it should be".to_owned()))
        }
        StepOutcome::TimeOut => ("Error", "The step did not end in time".to_owned()),
        StepOutcome::Fail if world.step_of(at, step).is_none() => {
            let missing = world.missing_packages(&world.release_of(at));
            let names: Vec<String> = missing.iter().map(|it| format!("{} {}", it.id, it.version)).collect();
            ("Error", format!("The feed no longer has {}", names.join(", ")))
        }
        StepOutcome::Fail => ("Error", error.unwrap_or_else(|| "The script returned exit code 1".to_owned())),
    }
}

/// Ends the step on its machines.
pub(super) fn end(world: &mut World, at: usize, step: usize, outcome: StepOutcome, now: Timestamp) {
    let failing = failing_machines(world, at, step);
    let status = match outcome {
        StepOutcome::Success => Status::Success,
        StepOutcome::Warning => Status::Warning,
        StepOutcome::Fail | StepOutcome::TimeOut => Status::Failed,
    };
    let run = &mut world.tasks[at].steps[step];
    for (place, machine) in run.machines.iter_mut().enumerate().filter(|(_, it)| it.status == Status::Running)
    {
        let spared = outcome == StepOutcome::Fail && !failing.contains(&place);
        machine.status = if spared { Status::Success } else { status };
        machine.ended = Some(now);
    }
    run.status = status;
    run.ended = Some(now);
}

/// Ends the running steps together with their task, and removes the lines that would have come later.
pub(super) fn cut(task: &mut Task, state: TaskState, now: Timestamp) {
    let status = if state == TaskState::Canceled { Status::Canceled } else { Status::Failed };
    for step in &mut task.steps {
        match step.status {
            Status::Running => {
                step.status = status;
                step.ended = Some(now);
            }
            Status::Pending => step.status = Status::Skipped,
            _ => {}
        }
        for machine in &mut step.machines {
            machine.lines.retain(|it| it.at <= now);
            if machine.status == Status::Running {
                machine.status = status;
                machine.ended = Some(now);
            }
        }
    }
}

impl Task {
    /// Adds a line to the task itself.
    pub(super) fn say(&mut self, at: Timestamp, category: &'static str, text: String) {
        let number = self.line_number();
        self.lines.push(Line { number, at, category, text });
    }

    /// Adds a line to a step, on its first machine.
    pub(super) fn say_in(&mut self, step: usize, at: Timestamp, category: &'static str, text: String) {
        self.write(step, 0, at, category, text);
    }

    fn write(&mut self, step: usize, machine: usize, at: Timestamp, category: &'static str, text: String) {
        let number = self.line_number();
        if let Some(machine) = self.steps.get_mut(step).and_then(|it| it.machines.get_mut(machine)) {
            machine.lines.push(Line { number, at, category, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::sandbox::world::tests::Bench;

    #[test]
    fn log_lines_appear_over_time_and_keep_their_numbers() {
        let mut bench = Bench::new();
        let task = bench.begin("Web Shop", "1.4.7");
        let path = format!("/api/Spaces-1/tasks/{task}/details?tail=100");
        let mut last: Vec<Value> = Vec::new();
        let mut growth = 0;
        for _ in 0..60 {
            bench.pass(1);
            let details = bench.get(&path);
            let web = &details["ActivityLogs"][0]["Children"][2];
            assert_eq!(web["Name"].as_str().unwrap_or("Step 2: Deploy web"), "Step 2: Deploy web");
            let lines = web["Children"][0]["LogElements"].as_array().cloned().unwrap_or_default();
            assert_eq!(lines[..last.len()], last[..], "what was there stays as it was");
            growth += usize::from(lines.len() > last.len());
            last = lines;
        }
        assert!(growth >= 5, "the lines came at {growth} different times");
        let details = bench.get(&path);
        assert_eq!(
            details["ActivityLogs"][0]["Children"][2]["Children"].as_array().unwrap().len(),
            2,
            "two machines"
        );
        let tailed = bench.get(&format!("/api/Spaces-1/tasks/{task}/details?tail=2"));
        let lines = &tailed["ActivityLogs"][0]["Children"][2]["Children"][0]["LogElements"];
        assert_eq!((lines.as_array().unwrap().len(), lines[0]["Category"].as_str()), (3, Some("Gap")));
        assert_eq!(lines[2], last[last.len() - 1]);
    }
}
