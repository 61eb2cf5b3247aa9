//! Follows the log of a deployment: each line once, in the order of the steps.

use std::collections::HashMap;

use crate::backend::{Deployment, Notice, StepLog};

/// What of a deployment's log has been passed on.
#[derive(Debug, Default)]
pub(super) struct Followed {
    steps: HashMap<String, Passed>,
}

#[derive(Debug, Default)]
struct Passed {
    lines: usize,
    begun: bool,
    ended: bool,
}

impl Followed {
    /// What is new in the log, in the order in which it is read: a step's beginning, its lines, its end.
    pub(super) fn news(&mut self, deployment: &Deployment, steps: &[StepLog]) -> Vec<Notice> {
        let mut news = Vec::new();
        let state = |step: &StepLog| Notice::Step {
            deployment: deployment.clone(),
            name: step.name.clone(),
            state: step.state.clone(),
        };
        let mut steps = steps.iter().peekable();
        let mut ended = None;
        while let Some(step) = steps.next() {
            let passed = self.steps.entry(step.id.clone()).or_default();
            // The deployment itself and the machines below a step have no beginning or end of their own.
            let is_step = step.depth == 1;
            if is_step && step.begun && !passed.begun && !step.ended {
                news.push(state(step));
            }
            // A log that shrank, as after a server's restart, begins where it was left.
            for line in step.lines.iter().skip(passed.lines) {
                news.push(Notice::Log {
                    deployment: deployment.clone(),
                    step: step.name.clone(),
                    category: line.category.clone(),
                    text: line.text.clone(),
                });
            }
            passed.lines = passed.lines.max(step.lines.len());
            passed.begun |= step.begun;
            if is_step && step.ended && !passed.ended {
                passed.ended = true;
                ended = Some(step);
            }
            // A step's end is told below the lines of its machines.
            if steps.peek().is_none_or(|next| next.depth <= 1) {
                news.extend(ended.take().map(state));
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use crate::backend::LogLine;
    use crate::model::{EnvironmentName, TenantTarget};

    use super::*;

    fn deployment() -> Deployment {
        Deployment {
            id: "Deployments-1".into(),
            task: "ServerTasks-1".into(),
            target: TenantTarget { environment: EnvironmentName::new("Test"), tenant: None },
            url: String::new(),
            adopted: None,
        }
    }

    fn step(id: &str, depth: usize, state: &str, lines: &[&str]) -> StepLog {
        let line = |it: &&str| LogLine { category: "Info".into(), text: (*it).to_owned() };
        StepLog {
            id: id.into(),
            name: id.into(),
            depth,
            state: state.into(),
            begun: state != "pending",
            ended: state == "succeeded",
            lines: lines.iter().map(line).collect(),
        }
    }

    fn words(news: &[Notice]) -> Vec<String> {
        let word = |it: &Notice| match it {
            Notice::Step { name, state, .. } => format!("{name} {state}"),
            Notice::Log { step, text, .. } => format!("{step}: {text}"),
            other => format!("{other:?}"),
        };
        news.iter().map(word).collect()
    }

    #[test]
    fn each_line_is_passed_on_once_while_steps_run_and_after_they_ended() {
        let mut followed = Followed::default();
        let (web, db) = ("web", "db");
        let first =
            [step(web, 1, "running", &[]), step("m1", 2, "running", &["a"]), step(db, 1, "pending", &[])];
        assert_eq!(words(&followed.news(&deployment(), &first)), ["web running", "m1: a"]);
        assert!(followed.news(&deployment(), &first).is_empty(), "nothing is said twice");
        let second = [
            step(web, 1, "succeeded", &[]),
            step("m1", 2, "succeeded", &["a", "b"]),
            step(db, 1, "running", &["c"]),
        ];
        let said = words(&followed.news(&deployment(), &second));
        assert_eq!(said, ["m1: b", "web succeeded", "db running", "db: c"]);
        let last = [step(db, 1, "succeeded", &["c", "d"])];
        assert_eq!(words(&followed.news(&deployment(), &last)), ["db: d", "db succeeded"]);
    }

    #[test]
    fn a_step_that_began_and_ended_between_two_looks_is_told_once() {
        let said = words(&Followed::default().news(&deployment(), &[step("web", 1, "succeeded", &["a"])]));
        assert_eq!(said, ["web: a", "web succeeded"]);
    }
}
