//! Progress on a terminal: one bar for each deployment that is waited for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use promenade::backend::{Deployment, Notice};

/// The bars, by task.
pub(crate) struct Bars {
    all: MultiProgress,
    by_task: Mutex<HashMap<String, ProgressBar>>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { all, by_task: Mutex::default() }
    }

    /// Writes something while the bars are out of the way.
    pub(crate) fn aside(&self, write: impl FnOnce()) {
        self.all.suspend(write);
    }

    /// Whether a notice changes what is drawn.
    pub(crate) fn shows(notice: &Notice) -> bool {
        matches!(
            notice,
            Notice::State { .. }
                | Notice::ProcessStep { .. }
                | Notice::Progress { .. }
                | Notice::WaitingFor { .. }
                | Notice::Ended { .. }
        )
    }

    /// Draws what a notice changes; `safe` makes a text fit for a terminal.
    pub(crate) fn draw(&self, notice: &Notice, safe: &dyn Fn(&str) -> String) {
        match notice {
            Notice::State { deployment, state } => self.bar(deployment, safe).set_message(safe(state)),
            Notice::ProcessStep { deployment, name, state } if state == "running" => {
                self.bar(deployment, safe).set_message(safe(name));
            }
            Notice::Progress { deployment, percent, .. } => {
                self.bar(deployment, safe).set_position(u64::from(*percent));
            }
            Notice::WaitingFor { deployment, what } => {
                self.bar(deployment, safe).set_message(format!("waiting for {}", safe(what)));
            }
            Notice::Ended { deployment, .. } => {
                let bar =
                    self.by_task.lock().unwrap_or_else(PoisonError::into_inner).remove(&deployment.task);
                if let Some(bar) = bar {
                    bar.finish_and_clear();
                    self.all.remove(&bar);
                }
            }
            _ => {}
        }
    }

    /// Takes every bar away, at the end of a run.
    pub(crate) fn clear(&self) {
        for (_, bar) in self.by_task.lock().unwrap_or_else(PoisonError::into_inner).drain() {
            bar.finish_and_clear();
        }
    }

    fn bar(&self, deployment: &Deployment, safe: &dyn Fn(&str) -> String) -> ProgressBar {
        let mut bars = self.by_task.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let bar = self.all.add(ProgressBar::new(100));
            let style =
                ProgressStyle::with_template("{spinner} {prefix} [{bar:24}] {pos:>3} % {elapsed} {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(safe(&deployment.target.to_string()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        };
        bars.entry(deployment.task.clone()).or_insert_with(new).clone()
    }
}
