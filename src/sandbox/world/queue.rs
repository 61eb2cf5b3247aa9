//! The task queue: what is put into it, and which task changes next.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::sandbox::world::made::{Deployment, Order, Release};
use crate::sandbox::world::running::{Play, Task};
use crate::sandbox::world::state::World;
use crate::sandbox::world::stored::Id;

impl World {
    /// Queues a deployment and returns the index of its task.
    pub(super) fn enqueue(&mut self, order: Order, user: &Id, now: Timestamp) -> usize {
        let (id, task) = (self.mint("Deployments"), self.mint("ServerTasks"));
        let of_release = |it: &Release| (it.space.clone(), it.project.clone(), it.channel.clone());
        let (space, project, channel) = self.release(&order.release).map(of_release).unwrap_or_default();
        let deployment = Deployment {
            id,
            space,
            project,
            channel,
            task,
            created: now,
            deployed_by: user.clone(),
            order,
            machines: Vec::new(),
        };
        let task = Task::queued(&deployment, self.description(&deployment), self.step_runs(&deployment));
        let after = self.unfinished.partition_point(|it| self.tasks[*it].queue_time <= task.queue_time);
        let at = self.tasks.len();
        self.unfinished.insert(after, at);
        self.tasks.push(task);
        self.deployments.push(deployment);
        at
    }

    fn description(&self, deployment: &Deployment) -> String {
        let project = self.project(&deployment.project).map_or("", |it| it.name.as_str());
        let order = &deployment.order;
        let version = self.release(&order.release).map_or("", |it| it.version.as_str());
        let environment = self.environment_name(&order.environment);
        let tenant = order.tenant.as_deref().and_then(|it| self.tenant(it));
        let tenant = tenant.map_or_else(String::new, |it| format!(" for {}", it.name));
        format!("Deploy {project} release {version} to {environment}{tenant}")
    }

    /// The task that changes next, and when.
    pub(super) fn next_due(&self) -> Option<(Timestamp, usize)> {
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

    /// When a queued task starts that waits for no other; never before the world's clock.
    fn start_of(&self, task: &Task) -> Timestamp {
        let delay = self.project(&task.project).map_or(0.0, |it| it.queue_delay);
        let own = self.later(task.queue_time, delay);
        own.max(self.clock)
    }

    /// Whether the task queue of a space is stopped.
    pub(super) fn is_stopped(&self, space: &str) -> bool {
        self.spaces.iter().any(|it| it.id == space && it.queue_stopped)
    }
}
