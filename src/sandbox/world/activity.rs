//! A task's log, as a tree of nodes with lines or as plain text.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::sandbox::world::call::Call;
use crate::sandbox::world::lookups::stamp;
use crate::sandbox::world::running::{Line, Status, StepRun, Task, TaskState};

/// How much of the log the caller asks for, and the time of the request.
pub(super) struct View {
    now: Timestamp,
    verbose: bool,
    /// The number of last lines of each node that are shown; `None` for all.
    tail: Option<usize>,
}

impl View {
    /// Reads `verbose`, `tail` and `ranges`; a request for ranges gets all lines.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let tail = call.number("tail").filter(|_| call.query("ranges").is_none());
        Self { now: call.now, verbose: call.flag("verbose").unwrap_or(true), tail }
    }

    fn lines(&self, lines: &[Line]) -> Vec<Value> {
        let wanted =
            |it: &&Line| it.at <= self.now && (self.verbose || !matches!(it.category, "Verbose" | "Trace"));
        let seen: Vec<&Line> = lines.iter().filter(wanted).collect();
        let left_out = self.tail.map_or(0, |tail| seen.len().saturating_sub(tail));
        let mut elements = Vec::new();
        if let Some(first) = seen.first().filter(|_| left_out > 0) {
            elements.push(element(first, "Gap", &format!("{left_out} lines are left out")));
        }
        elements.extend(seen[left_out..].iter().map(|it| element(it, it.category, &it.text)));
        elements
    }
}

fn element(line: &Line, category: &str, text: &str) -> Value {
    json!({
        "Category": category,
        "OccurredAt": stamp(line.at),
        "MessageText": text,
        "Detail": null,
        "Number": line.number,
    })
}

/// The details document without its task.
pub(super) fn details(task: &Task, view: &View) -> Value {
    let percentage = percentage(task);
    let left = task.steps.iter().filter(|it| matches!(it.status, Status::Pending | Status::Running)).count();
    let status = match task.state {
        TaskState::Queued => Status::Pending,
        TaskState::Executing | TaskState::Cancelling => Status::Running,
        TaskState::Success if task.warned => Status::Warning,
        TaskState::Success => Status::Success,
        TaskState::Failed | TaskState::TimedOut => Status::Failed,
        TaskState::Canceled => Status::Canceled,
    };
    let children: Vec<Value> =
        task.steps.iter().enumerate().map(|(at, step)| step_node(task, at, step, view)).collect();
    let root = json!({
        "Id": format!("{}_X/root", task.id),
        "Name": task.description,
        "Status": status.name(),
        "Started": task.started.map(stamp),
        "Ended": task.completed.map(stamp),
        "ProgressPercentage": percentage,
        "ProgressMessage": "",
        "ShowAtSummaryLevel": true,
        "LogElements": view.lines(&task.lines),
        "Children": if task.started.is_some() { children } else { Vec::new() },
    });
    json!({
        "Task": null,
        "ActivityLogs": [root],
        "Progress": {
            "ProgressPercentage": percentage,
            "EstimatedTimeRemaining": if left == 0 { String::new() } else { format!("{left} steps") },
        },
        "PhysicalLogSize": raw(task, view.now).len(),
    })
}

fn percentage(task: &Task) -> usize {
    if task.state.is_completed() {
        return 100;
    }
    let over = task.steps.iter().filter(|it| !matches!(it.status, Status::Pending | Status::Running)).count();
    over * 100 / task.steps.len().max(1)
}

fn step_node(task: &Task, at: usize, step: &StepRun, view: &View) -> Value {
    let id = format!("{}_X/step-{}", task.id, at + 1);
    let machines = step.machines.iter().map(|machine| {
        json!({
            "Id": format!("{id}/{}", machine.name),
            "Name": machine.name,
            "Status": machine.status.name(),
            "Started": machine.started.map(stamp),
            "Ended": machine.ended.map(stamp),
            "ProgressPercentage": if machine.ended.is_some() { 100 } else { 0 },
            "ProgressMessage": "",
            "ShowAtSummaryLevel": false,
            "LogElements": view.lines(&machine.lines),
            "Children": [],
        })
    });
    json!({
        "Id": id,
        "Name": step.title,
        "Status": step.status.name(),
        "Started": step.started.map(stamp),
        "Ended": step.ended.map(stamp),
        "ProgressPercentage": if step.ended.is_some() { 100 } else { 0 },
        "ProgressMessage": "",
        "ShowAtSummaryLevel": true,
        "LogElements": [],
        "Children": machines.collect::<Vec<_>>(),
    })
}

/// The log as plain text.
pub(super) fn raw(task: &Task, now: Timestamp) -> String {
    let mut text = format!("Task ID:        {}\nTask status:    {}\n\n", task.id, task.state.name());
    let mut write = |indent: &str, lines: &[Line]| {
        for line in lines.iter().filter(|it| it.at <= now) {
            let time = line.at.strftime("%H:%M:%S");
            text.push_str(&format!("{time}   {:<8} |   {indent}{}\n", line.category, line.text));
        }
    };
    write("", &task.lines);
    for step in &task.steps {
        for machine in &step.machines {
            write("  ", &machine.lines);
        }
    }
    text
}
