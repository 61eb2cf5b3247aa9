//! The points at which a driver can be killed: the beginning and the end of every transaction, and every answer of the
//! server. What happens inside a transaction dies with it.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Counts points, and kills this process at one of them.
pub(crate) struct Killer {
    count: &'static AtomicUsize,
    at: usize,
}

impl Killer {
    /// Kills at this point; 0 = at none.
    pub(crate) fn new(count: &'static AtomicUsize, at: usize) -> Self {
        Self { count, at }
    }

    fn pass(&self) {
        if self.count.fetch_add(1, Ordering::Relaxed) + 1 == self.at {
            die();
        }
    }
}

/// Ends this process by SIGKILL, before anything else happens in it.
fn die() -> ! {
    // By the shell's own command: not every machine has it as a program.
    let killed = Command::new("sh").args(["-c", &format!("kill -9 {}", std::process::id())]).status();
    panic!("the process outlived its SIGKILL: {killed:?}");
}

struct Statement(Option<String>);

impl Visit for Statement {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "statement" {
            self.0 = Some(format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "statement" {
            self.0 = Some(value.to_owned());
        }
    }
}

impl Subscriber for Killer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("promenade::")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let target = event.metadata().target();
        if target.starts_with("promenade::octopus") {
            return self.pass();
        }
        let mut statement = Statement(None);
        event.record(&mut statement);
        if statement.0.is_some_and(|it| ["BEGIN IMMEDIATE", "COMMIT", "committed"].contains(&it.as_str())) {
            self.pass();
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
