//! Follows the log of a deployment and passes on each line once, in the order of the steps.

use std::collections::HashMap;

use crate::backend::{Deployment, LogLine, Notice, StepLog};

/// Reported once if a log is too large to be followed line by line.
const LEFT_OUT: &str =
    "lines are left out here, since the log is too large; all of them are on the task's page";

/// Remembers which steps and lines of a deployment's log were passed on.
#[derive(Debug, Default)]
pub(super) struct LogFollower {
    steps: HashMap<String, StepProgress>,
}

#[derive(Debug, Default)]
struct StepProgress {
    lines: usize,
    /// The number of the last line passed on.
    last: Option<u64>,
    /// Whether the server ever truncated the log; the number of its lines is then unreliable.
    was_cut: bool,
    begun: bool,
    ended: bool,
}

impl StepProgress {
    /// Returns the new lines of a step, and whether lines before them are left out.
    fn take<'a>(&mut self, step: &'a StepLog) -> (Vec<&'a LogLine>, bool) {
        let is_first_cut = step.is_cut && !self.was_cut;
        self.was_cut |= step.is_cut;
        let (gaps, shown): (Vec<_>, Vec<_>) =
            step.lines.iter().partition(|it| self.was_cut && it.category == "Gap");
        let last = self.last;
        let is_new = |it: &&LogLine| it.number > last;
        let (new, left_out): (Vec<_>, _) = if self.was_cut {
            let has_passed = shown.iter().any(|it| it.number.is_some() && it.number <= last);
            let is_numbered = shown.iter().all(|it| it.number.is_some());
            let left_out = !shown.is_empty() && !has_passed && (!gaps.is_empty() || self.lines > 0);
            (shown.iter().copied().filter(is_new).collect(), left_out && (is_numbered || is_first_cut))
        } else {
            // If a log shrank, as after a restart of the server, only lines after the last known position are new.
            (shown.iter().copied().skip(self.lines).collect(), false)
        };
        self.lines = self.lines.max(step.lines.len());
        self.last = shown.iter().filter_map(|it| it.number).max().max(last);
        (new, left_out)
    }
}

impl LogFollower {
    /// Returns what is new in the log, in reading order: a step's start, its lines, its end.
    pub(super) fn news(&mut self, deployment: &Deployment, steps: &[StepLog]) -> Vec<Notice> {
        let mut news = Vec::new();
        let state = |step: &StepLog| Notice::ProcessStep {
            deployment: deployment.clone(),
            name: step.name.clone(),
            state: step.state.clone(),
        };
        let mut steps = steps.iter().peekable();
        let mut ended = None;
        while let Some(step) = steps.next() {
            let passed = self.steps.entry(step.id.clone()).or_default();
            // Start and end are reported for steps only, not for the deployment itself or the machines below a step.
            let is_step = step.depth == 1;
            if is_step && step.begun && !passed.begun && !step.ended {
                news.push(state(step));
            }
            let (lines, left_out) = passed.take(step);
            let log = |category: &str, text: &str| Notice::Log {
                deployment: deployment.clone(),
                step: step.name.clone(),
                category: category.to_owned(),
                text: text.to_owned(),
            };
            news.extend(left_out.then(|| log("Gap", LEFT_OUT)));
            news.extend(lines.into_iter().map(|it| log(&it.category, &it.text)));
            passed.begun |= step.begun;
            if is_step && step.ended && !passed.ended {
                passed.ended = true;
                ended = Some(step);
            }
            // A step's end is reported below the lines of its machines.
            if steps.peek().is_none_or(|next| next.depth <= 1) {
                news.extend(ended.take().map(state));
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
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
        let line = |it: &&str| LogLine { category: "Info".into(), text: (*it).to_owned(), number: None };
        StepLog {
            id: id.into(),
            name: id.into(),
            depth,
            state: state.into(),
            begun: state != "pending",
            ended: state == "succeeded",
            lines: lines.iter().map(line).collect(),
            is_cut: false,
        }
    }

    /// The last lines of a step, by their numbers; 0 stands for lines that are left out.
    fn cut(id: &str, numbers: &[u64]) -> StepLog {
        let line = |number: &u64| LogLine {
            category: if *number == 0 { "Gap".into() } else { "Info".into() },
            text: format!("{number}"),
            number: Some(*number),
        };
        StepLog { lines: numbers.iter().map(line).collect(), is_cut: true, ..step(id, 2, "running", &[]) }
    }

    fn words(news: &[Notice]) -> Vec<String> {
        let word = |it: &Notice| match it {
            Notice::ProcessStep { name, state, .. } => format!("{name} {state}"),
            Notice::Log { step, text, .. } => format!("{step}: {text}"),
            other => format!("{other:?}"),
        };
        news.iter().map(word).collect()
    }

    #[test]
    fn each_line_is_passed_on_once_while_steps_run_and_after_they_ended() {
        let mut followed = LogFollower::default();
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
    fn a_log_that_is_cut_goes_on_by_the_numbers_of_its_lines() {
        let mut followed = LogFollower::default();
        let whole = StepLog { is_cut: false, ..cut("m1", &[1, 2, 3]) };
        assert_eq!(words(&followed.news(&deployment(), &[whole])), ["m1: 1", "m1: 2", "m1: 3"]);
        let mut passed_on = |numbers: &[u64]| words(&followed.news(&deployment(), &[cut("m1", numbers)]));
        assert_eq!(
            passed_on(&[0, 2, 3, 5]),
            ["m1: 5"],
            "nothing is missing between 3 and 5: 4 is another step's"
        );
        assert!(passed_on(&[0, 3, 5]).is_empty());
        let left_out = format!("m1: {LEFT_OUT}");
        assert_eq!(passed_on(&[0, 9, 10]), [left_out.as_str(), "m1: 9", "m1: 10"]);
        assert!(passed_on(&[0, 9, 10]).is_empty(), "nothing is said twice");
        let other = words(&followed.news(&deployment(), &[cut("m2", &[4, 7])]));
        assert_eq!(other, ["m2: 4", "m2: 7"], "all of it is there");
        let whole = StepLog { is_cut: false, ..cut("m1", &[1, 2, 3, 5, 9, 10, 11]) };
        assert_eq!(words(&followed.news(&deployment(), &[whole])), ["m1: 11"], "it is whole again");
    }

    #[test]
    fn a_log_that_is_cut_without_numbers_says_so_once() {
        let mut followed = LogFollower::default();
        assert_eq!(words(&followed.news(&deployment(), &[step("m1", 2, "running", &["a"])])), ["m1: a"]);
        let cut = StepLog { is_cut: true, ..step("m1", 2, "running", &["x", "y"]) };
        let passed_on = words(&followed.news(&deployment(), std::slice::from_ref(&cut)));
        assert_eq!(passed_on, [format!("m1: {LEFT_OUT}")]);
        assert!(followed.news(&deployment(), &[cut]).is_empty());
    }

    #[test]
    fn a_step_that_began_and_ended_between_two_looks_is_reported_once() {
        let said = words(&LogFollower::default().news(&deployment(), &[step("web", 1, "succeeded", &["a"])]));
        assert_eq!(said, ["web: a", "web succeeded"]);
    }
}
