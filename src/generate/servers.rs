//! The tables of the CI servers: which events their steps can raise, and where each field of an event stands.

use std::fmt::Write as _;

use crate::ci::servers::{CiServer, Field, Raises};
use crate::event::Moment;

/// Both tables, as `docs/ci-servers.md` has them.
pub(super) fn tables() -> String {
    let mut servers: Vec<_> = CiServer::ALL.into_iter().filter(|it| *it != CiServer::Shell).collect();
    servers.sort_by_key(|it| it.to_string().to_lowercase());
    servers.push(CiServer::Shell);
    format!("{}\n{}\n{}", events(&servers), places(&servers), fields(&servers))
}

/// The table of all servers and all events.
fn events(servers: &[CiServer]) -> String {
    let moments = Moment::ALL.map(|it| format!("`{it}`")).join(" | ");
    let mut text =
        format!("### Events\n\n| Server | {moments} |\n| ---{} |\n", " | ---".repeat(Moment::ALL.len()));
    for server in servers {
        let cells = Moment::ALL.map(|it| match server.raises(it) {
            Raises::ByItself => "**yes**",
            Raises::WhenTold(_) => "told",
            Raises::Never => "never",
        });
        let _ = writeln!(text, "| {server} | {} |", cells.join(" | "));
    }
    text
}

/// Where a step stands that may say that something has happened, and how each server's status is passed in.
fn places(servers: &[CiServer]) -> String {
    let mut text = String::from("### Where a step may say so\n\n");
    for server in servers {
        let statuses = server.statuses().map(|(word, status)| format!("`{word}` is {status}"));
        let statuses = statuses.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "**{server}** (`--ci {}`)\n", server.name());
        for moment in Moment::ALL {
            if let Raises::WhenTold(place) = server.raises(moment) {
                let _ = writeln!(text, "- `--moment {moment}`: {place}");
            }
        }
        let words = if statuses.is_empty() { String::new() } else { format!(" ({statuses})") };
        let _ = writeln!(text, "- status: {}{words}\n", server.status_by());
    }
    text
}

/// The variables of each field.
fn fields(servers: &[CiServer]) -> String {
    let mut text = String::from("### Where each field stands\n\n");
    for server in servers {
        let _ = writeln!(text, "**{server}**\n\n| Field | Variables |\n| --- | --- |");
        for field in Field::ALL {
            let names = server.looks_for(field);
            if !names.is_empty() {
                let names: Vec<_> = names.iter().map(|it| format!("`{it}`")).collect();
                let _ = writeln!(text, "| `{field}` | {} |", names.join(", "));
            }
        }
        text.push('\n');
    }
    text
}
