//! `promenade release retry`, `restart`, `terminate`, `settle` and `repair`: what a person may do about a release.

use std::sync::Arc;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use promenade::backend::Backend;
use promenade::ci::names::unknown;
use promenade::driver::{self, Homes};
use promenade::flow::course::{Attempt, Course, Kind, NodeId};
use promenade::flow::input::{Command as Asked, Input};
use promenade::model::EnvironmentName;
use promenade::store::{Access, Cause, Store, TurnError, Whole};

use super::named::{arguments, find, part, subject};
use crate::cli::output::Output;
use crate::cli::process::Process;
use crate::cli::promoting::{
    Follower, Promoted, Reporter, Who, config, document, hide_secrets, homes, open, settings_argument,
    wait_argument, waiting, who,
};
use crate::cli::refusal::{Refusal, Unready, refuse};
use crate::cli::started::{ended, refused};

/// The commands.
pub(super) fn commands() -> [Command; 5] {
    let named = |name: &'static str, about: &'static str| {
        Command::new(name).about(about).args(arguments()).arg(settings_argument())
    };
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
    };
    [
        named("retry", "Runs again what did not pass").arg(wait_argument()),
        named("restart", "Runs an environment and everything behind it again, although it passed")
            .arg(subject("ENVIRONMENT", "The environment, as the flow names it"))
            .arg(wait_argument()),
        named("terminate", "Stops a release and cancels what runs for it; clean-up still runs")
            .arg(switch("now", "Stops clean-up as well"))
            .arg(text("reason", "TEXT", "Why"))
            .arg(wait_argument()),
        named("settle", "Says how something ended of which nobody could tell")
            .arg(subject("ATTEMPT", "What it is, as `release show` names it, such as `qa/web/deploy#1`"))
            .arg(switch("passed", "It passed"))
            .arg(switch("failed", "It failed"))
            .group(ArgGroup::new("how").args(["passed", "failed"]).required(true))
            .arg(text("reason", "TEXT", "How you know").required(true)),
        named("repair", "Reads the journal of a release in trouble again, and drives it again"),
    ]
}

/// Does what a command asks for.
pub(super) async fn run(name: &str, matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    match change(name, matches, process, output).await {
        Ok(code) => code,
        Err(unready) => refuse(&unready, output),
    }
}

async fn change(
    name: &str,
    matches: &ArgMatches,
    process: &Process,
    output: &Arc<Output>,
) -> Result<u8, Unready> {
    let document = document(config(matches))?;
    hide_secrets(&document, process, output);
    let limit = if name == "settle" || name == "repair" { None } else { waiting(matches) };
    let mut servers = Some(homes(&document, process, output));
    if limit.is_some()
        && let Some(Err(unready)) = servers.take_if(|it| it.is_err())
    {
        return Err(unready);
    }
    let servers = servers.and_then(Result::ok);
    let store = open(&document, Access::ReadWrite, process).await?;
    let whole = find(matches, &store).await?;
    let reporter = Reporter::new(output);
    let mut follower = Follower::new(&store, &reporter, None);
    follower.skip(&whole.release.id).await.map_err(super::named::unreadable)?;
    let done = if name == "repair" {
        store.repair(&whole.release.id, driver::now()).await
    } else {
        let asked = asked(name, matches, &whole, output)?;
        let who = who(servers.as_ref().and_then(|it| home(it, &whole.course)), process).await;
        take(&store, &whole, asked, &who).await
    };
    if let Err(error) = done {
        return Ok(refused(&store, &whole, &error, output).await);
    }
    let promoted = Promoted { id: whole.release.id.clone(), follower, reporter };
    Ok(ended(promoted, &store, servers, limit, output).await)
}

/// The home of the first environment, by whose credential a person is known.
fn home(homes: &Homes, course: &Course) -> Option<Backend> {
    let target = course.nodes.values().find_map(|it| match &it.kind {
        Kind::Act(action) => Some(action.target()),
        _ => None,
    })?;
    homes.of(target).ok()
}

/// What a person wants, in which the person is still missing.
type Wish = Box<dyn FnOnce(promenade::flow::course::Person) -> Asked>;

fn asked(name: &str, matches: &ArgMatches, whole: &Whole, output: &Output) -> Result<Wish, Refusal> {
    let text = |name: &str| matches.get_one::<String>(name).map(|it| output.redacted(it));
    let round = whole.promotion.as_ref().map_or(0, |it| it.round);
    Ok(match name {
        "retry" => Box::new(move |by| Asked::Retry { by, round }),
        "restart" => {
            let environment = environment(&whole.course, part(matches)?)?;
            Box::new(move |by| Asked::Restart { by, round, environment })
        }
        "terminate" => {
            let (now, reason) = (matches.get_flag("now"), text("reason"));
            Box::new(move |by| Asked::Stop { by, now, reason })
        }
        _ => {
            let of = attempt(&whole.course, part(matches)?)?;
            let (passed, reason) = (matches.get_flag("passed"), text("reason").unwrap_or_default());
            Box::new(move |by| Asked::Settle { of, by, passed, reason })
        }
    })
}

fn environment(course: &Course, name: &str) -> Result<EnvironmentName, Refusal> {
    let all = || course.environments.iter().map(|it| &it.environment);
    all().find(|it| it.is(name)).cloned().ok_or_else(|| {
        let known: Vec<&str> = all().map(EnvironmentName::as_str).collect();
        unknown("environment", name, &known).into()
    })
}

/// An attempt by its name, such as `qa/web/deploy#1`.
fn attempt(course: &Course, name: &str) -> Result<Attempt, Refusal> {
    let invalid = || {
        Refusal::new(
            format!("`{name}` is not an attempt of this release"),
            "copy its name from `promenade release show`, such as `qa/web/deploy#1`",
        )
    };
    let (node, number) = name.rsplit_once('#').ok_or_else(invalid)?;
    let number = number.parse().map_err(|_| invalid())?;
    let node = NodeId::new(node);
    if course.nodes.contains_key(&node) { Ok(Attempt { node, number }) } else { Err(invalid()) }
}

async fn take(store: &Store, whole: &Whole, asked: Wish, who: &Who) -> Result<(), TurnError> {
    let cause = Cause::Person { by: who.by.clone(), verified: who.verified };
    let input = Input::Command(asked(who.by.clone()));
    store.turn(&whole.release.id, &cause, &input, driver::now()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use promenade::flow::course::Stop;
    use promenade::flow::time::Period;

    use super::*;

    #[test]
    fn names_that_the_release_does_not_have_are_refused() {
        let environments = vec![Stop { environment: "QA".into(), node: "QA".into() }];
        let limit = Period::from_secs(1);
        let course = Course { nodes: BTreeMap::new(), environments, result: "/release".into(), limit };
        assert_eq!(environment(&course, "qa").ok(), Some("QA".into()));
        assert!(environment(&course, "prod").is_err());
        for name in ["QA/web/deploy#1", "QA", "#", "QA#x", "QA#99999999999"] {
            assert!(attempt(&course, name).is_err(), "{name}");
        }
    }
}
