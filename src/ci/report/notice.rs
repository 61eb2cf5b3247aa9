//! What happens while an action runs, in words.

use crate::backend::{Deployment, DeploymentStatus, Notice, Phase};
use crate::model::ActionKind;
use crate::model::{Release, ReleaseOrigin};
use crate::text::clean;

use super::line::{Line, Tone};
use super::span::span;

/// The lines for something that happened while an action ran.
pub(super) fn notice(kind: ActionKind, notice: &Notice) -> Vec<Line> {
    let action = kind.name();
    let line = |tone, text: String| Line::of_text(tone, action, &text);
    match notice {
        Notice::Release(release) => line(Tone::Plain, release_words(release)),
        Notice::Chosen { version, because, replaces } => {
            let mut said = line(Tone::Plain, format!("release {version} is promoted: {because}"));
            for (target, current) in replaces.iter().filter(|(_, current)| current != version) {
                said.extend(line(Tone::Plain, format!("{target}: it replaces {current}")));
            }
            said
        }
        Notice::Deployment(it) => match it.adopted {
            None => line(Tone::Plain, format!("{}: deploying ({}, {})", it.target, it.task, it.url)),
            Some(why) => {
                let why = why.reason();
                let text = format!("{}: taken over, since {why} ({}, {})", it.target, it.task, it.url);
                // A success that is an earlier one must always be recognisable as such.
                line(Tone::Plain, text).into_iter().map(Line::always).collect()
            }
        },
        Notice::DeployingAgain { target, because } => {
            line(Tone::Plain, format!("{target}: deploying again, since {because}"))
        }
        Notice::Retrying(what) => line(Tone::Plain, format!("trouble: {what}; trying again")),
        Notice::AnswerLost(what) => {
            line(Tone::Warning, format!("the answer was lost; looking before anything is sent again: {what}"))
        }
        Notice::Warning(what) => line(Tone::Warning, format!("warning: {what}")),
        Notice::State { deployment, state } => line(Tone::Plain, format!("{}: {state}", deployment.target)),
        Notice::Ended { deployment, status } => line(tone(status), ended(deployment, status)),
        Notice::WaitingFor { deployment, what } => {
            line(Tone::Warning, format!("{}: waiting for {what}", deployment.target))
        }
        Notice::Answered { deployment, question, answer } => {
            line(Tone::Warning, format!("{}: '{question}' was answered with {answer}", deployment.target))
        }
        Notice::ProcessStep { deployment, name, state } => {
            line(Tone::Plain, format!("{}: {}: {state}", deployment.target, step_words(name)))
        }
        Notice::Log { deployment, step, category, text } => log(action, deployment, step, category, text),
        Notice::Progress { .. } => Vec::new(),
    }
}

/// A step by its name. The server says "Step 1: Migrate" itself, and of other steps only what they do.
fn step_words(name: &str) -> String {
    let says_it = name.get(..5).is_some_and(|it| it.eq_ignore_ascii_case("step "));
    if says_it { name.to_owned() } else { format!("step {name}") }
}

fn log(action: &str, deployment: &Deployment, step: &str, category: &str, text: &str) -> Vec<Line> {
    let category = match category {
        "" | "Info" | "Highlight" | "Finished" => String::new(),
        other => format!("{}: ", clean(other)),
    };
    let head = format!("{action}: {} | {} | {category}", clean(&deployment.target.to_string()), clean(step));
    text.lines().map(|it| Line::of_message(Tone::Log, &head, it)).collect()
}

fn release_words(release: &Release) -> String {
    let Release { version, url, .. } = release;
    match release.origin {
        ReleaseOrigin::New => format!("release {version} was created ({url})"),
        ReleaseOrigin::Reattached => format!("release {version} was made by this build before ({url})"),
        ReleaseOrigin::Reused => format!("release {version} exists and is used as it is ({url})"),
        ReleaseOrigin::Found => format!("release {version} ({url})"),
    }
}

fn tone(status: &DeploymentStatus) -> Tone {
    match (status.phase, status.warnings) {
        (Phase::Succeeded, false) => Tone::Good,
        (Phase::Succeeded, true) => Tone::Warning,
        _ => Tone::Bad,
    }
}

fn ended(deployment: &Deployment, status: &DeploymentStatus) -> String {
    let took = status.duration.map(|it| format!(" in {}", span(it))).unwrap_or_default();
    let how = match status.phase {
        Phase::Succeeded if status.warnings => format!("succeeded{took}, with warnings"),
        Phase::Succeeded => format!("succeeded{took}"),
        Phase::Cancelled => "was cancelled".to_owned(),
        Phase::TimedOut => "ran into the server's time limit".to_owned(),
        _ => format!("failed{took}"),
    };
    let message = status.message.trim();
    let because = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("{}: {how}{because} ({})", deployment.target, deployment.url)
}

#[cfg(test)]
mod tests {
    use crate::model::{EnvironmentName, TenantTarget};
    use crate::text::steers;

    use super::*;

    fn deployment() -> Deployment {
        Deployment {
            id: "Deployments-1".into(),
            task: "ServerTasks-1".into(),
            target: TenantTarget { environment: EnvironmentName::new("Test"), tenant: None },
            url: "https://octo/app#/Spaces-1/tasks/ServerTasks-1".into(),
            adopted: None,
        }
    }

    #[test]
    fn foreign_text_begins_no_line_and_steers_nothing() {
        let hostile = "one\n##teamcity[buildStatus status='SUCCESS']\r\n::error::x\n\u{1b}[2Jgone\u{202e}";
        let obeyed = ["##teamcity[", "##vso[", "##[", "@@continua["];
        let log = Notice::Log {
            deployment: deployment(),
            step: "Deploy\nweb".into(),
            category: "Info".into(),
            text: hostile.into(),
        };
        let said = notice(ActionKind::Deploy, &log);
        assert_eq!(said.len(), 4);
        for line in &said {
            assert!(line.text.starts_with("deploy: Test | Deploy\\u{a}web | "), "{}", line.text);
            assert!(!line.text.contains(steers), "{}", line.text);
            assert!(!obeyed.iter().any(|it| line.text.contains(it)), "{}", line.text);
        }
        let warning = notice(ActionKind::Deploy, &Notice::Warning(hostile.into()));
        assert!(warning.iter().all(|it| it.text.starts_with("deploy: ")));
    }

    #[test]
    fn a_step_is_named_once() {
        for (name, expected) in [
            ("Step 1: Migrate", "deploy: Test: Step 1: Migrate: succeeded"),
            ("Acquire packages", "deploy: Test: step Acquire packages: succeeded"),
            ("Stepé", "deploy: Test: step Stepé: succeeded"),
        ] {
            let step = Notice::ProcessStep {
                deployment: deployment(),
                name: name.into(),
                state: "succeeded".into(),
            };
            let said = notice(ActionKind::Deploy, &step);
            assert_eq!(said[0].text, expected);
        }
    }

    #[test]
    fn an_answer_that_was_given_is_no_longer_waited_for() {
        let answered =
            Notice::Answered { deployment: deployment(), question: "Go?".into(), answer: "Proceed".into() };
        let said = notice(ActionKind::Deploy, &answered);
        assert_eq!(said[0].text, "deploy: Test: 'Go?' was answered with Proceed");
        assert!(said[0].tone.is_always_printed(), "it was given in somebody's name");
    }
}
