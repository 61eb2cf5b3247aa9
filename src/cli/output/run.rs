//! Prints what a run reports: its lines, its progress, and a group of the CI server for each action.

use std::sync::{Mutex, PoisonError};

use promenade::ci::Planned;
use promenade::ci::report::{begins, lines};
use promenade::ci::run::RunEvent;
use promenade::ci::servers::Message;

use super::sink::Output;
use super::text::shortened;

/// Prints one run.
pub(crate) struct RunPrinter<'a> {
    output: &'a Output,
    /// The group that is open.
    group: Mutex<Option<Group>>,
}

/// What the CI server shows together.
struct Group {
    /// A name that is the same only for this action of the run: letters, digits and dashes.
    name: String,
    /// The line that heads it.
    title: String,
}

impl<'a> RunPrinter<'a> {
    pub(crate) fn new(output: &'a Output) -> Self {
        Self { output, group: Mutex::default() }
    }

    /// Prints what has happened.
    pub(crate) fn print(&self, event: &RunEvent<'_>) {
        match event {
            // Its line heads the group.
            RunEvent::Began { action, at } => self.open(action, *at),
            RunEvent::Notice { notice, .. } => {
                self.output.draw(notice);
                self.output.progress(notice);
                self.output.lines(&lines(event));
            }
            RunEvent::Ended { .. } | RunEvent::Skipped { .. } => {
                self.output.lines(&lines(event));
                self.close();
            }
            RunEvent::Finished(_) => self.output.lines(&lines(event)),
        }
    }

    fn open(&self, action: &Planned, at: usize) {
        if !action.has_log() {
            return;
        }
        let group = Group { name: format!("{}-{}", action.kind.name(), at + 1), title: begins(action).text };
        self.speak(&group, |name, title| Message::Open { name, title });
        *self.group.lock().unwrap_or_else(PoisonError::into_inner) = Some(group);
    }

    fn close(&self) {
        let group = self.group.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(group) = group {
            self.speak(&group, |name, title| Message::Close { name, title });
        }
    }

    fn speak(&self, group: &Group, message: for<'t> fn(&'t str, &'t str) -> Message<'t>) {
        if !self.output.manner.quiet {
            // A secret may have become known since the group was opened.
            let title = shortened(&self.output.redacted(&group.title));
            self.output.speak(&message(&group.name, &title), None);
        }
    }
}
