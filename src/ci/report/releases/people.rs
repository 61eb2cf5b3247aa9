//! Who did what to a release, read from its journal.

use crate::flow::input::{Command, Input};
use crate::store::{Cause, Entry};

use super::record::{PersonReport, stamp};

/// What people did, the first first.
pub(super) fn of(journal: &[Entry]) -> Vec<PersonReport> {
    let of = |entry: &Entry| {
        let recorded = entry.cause.as_ref()?;
        let Cause::Person { by, verified } = &recorded.from else { return None };
        let (at, by, verified) = (stamp(entry.at), by.0.clone(), *verified);
        Some(PersonReport { at, by, verified, what: what(recorded.input.as_ref()) })
    };
    journal.iter().filter_map(of).collect()
}

fn what(input: Option<&Input>) -> String {
    let Some(input) = input else { return "started it".to_owned() };
    let Input::Command(command) = input else { return "reported on it".to_owned() };
    match command {
        Command::Stop { now, reason, .. } => {
            let now = if *now { " now" } else { "" };
            let reason = reason.as_ref().map(|it| format!(": {it}")).unwrap_or_default();
            format!("terminated it{now}{reason}")
        }
        Command::Retry { .. } => "retried it".to_owned(),
        Command::Restart { environment, .. } => format!("restarted {environment}"),
        Command::Settle { of, passed, reason, .. } => {
            format!("settled {of} as {}: {reason}", if *passed { "passed" } else { "failed" })
        }
        Command::Approve { of, .. } => format!("approved {of}"),
        Command::Reject { of, reason, .. } => format!("rejected {of}: {reason}"),
        Command::Grant(of) => format!("let it into {}", of.node),
        Command::Deny { of, reason } => format!("kept it out of {}: {reason}", of.node),
    }
}
