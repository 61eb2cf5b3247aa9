//! `promenade flow trigger`, and `promenade promote --product`: starts a promotion.

mod choice;
mod problem;

use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command};
use promenade::backend::Backend;
use promenade::ci::names::unknown;
use promenade::ci::servers::Overrides;
use promenade::driver::Homes;
use promenade::driver::start::{NewPromotion, NewlyStarted, Route, StartProblem, start};
use promenade::flow::compile::target;
use promenade::flow::definition::{Definitions, Environment, Product};
use promenade::flow::time::Time;
use promenade::model::{ActionKind, ApplicationName, EnvironmentName, FlowName, ProductName, ReleaseVersion};
use promenade::settings::{connection_flags, flags};
use promenade::store::{Access, Store};

use super::flow::folder_arguments;
use super::output::Output;
use super::process::Process;
use super::promoting::{
    Follower, Promoted, Reporter, config, document, hide_secrets, homes, open, wait_argument, waiting, who,
};
use super::refusal::{Refusal, Unready, refuse};
use super::started::ended;
use super::{promotions, recognise};

/// The command.
pub(crate) fn command() -> Command {
    Command::new("trigger")
        .about("Starts a promotion flow with the release that the flow's trigger environment has")
        .arg(Arg::new("flow").required(true).value_name("NAME").help("The promotion flow"))
        .arg(text("product", "NAME", "The product whose release is promoted").required(true))
        .arg(text("version", "VERSION", "The version that the trigger environment must have. Default: any"))
        .args(own_arguments())
        .args(folder_arguments())
}

/// The arguments that `promote` has for a promotion between two environments of a product.
pub(crate) fn promote_arguments() -> Vec<Arg> {
    let [promotions, _] = folder_arguments();
    let product = "A product of the promotion flows: promotes its release from one environment to another by hand, and \
                   records that as a release. Only --from, --to, --version and the flags of this group go with it";
    let all = [text("product", "NAME", product), promotions]
        .into_iter()
        .chain(own_arguments().map(|it| it.requires("product")));
    all.map(|it| it.help_heading("Promotion of a product")).collect()
}

fn own_arguments() -> [Arg; 3] {
    [
        text("application", "NAME", "The application of the product. Default: the only one with changes"),
        Arg::new("allow-backwards")
            .long("allow-backwards")
            .action(ArgAction::SetTrue)
            .help("Permits that environments get an older release than they have"),
        wait_argument(),
    ]
}

fn text(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// Starts a flow.
pub(crate) async fn flow(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    recognise::speak(&Overrides::default(), process, output);
    match started(matches, false, process, output).await {
        Ok(code) => code,
        Err(unready) => refuse(&unready, output),
    }
}

/// Starts a promotion from one environment to another.
pub(crate) async fn by_hand(matches: &ArgMatches, process: &Process, output: &Arc<Output>) -> u8 {
    recognise::speak(&Overrides::default(), process, output);
    let done = match alone(matches) {
        Ok(()) => started(matches, true, process, output).await,
        Err(refusal) => Err(refusal.into()),
    };
    match done {
        Ok(code) => code,
        Err(unready) => refuse(&unready, output),
    }
}

/// Refuses the flags of `promote` that say nothing about a product.
fn alone(matches: &ArgMatches) -> Result<(), Refusal> {
    let known = flags(ActionKind::Promote).into_iter().chain(connection_flags());
    let given = super::flags::given(matches, known.collect());
    let fits = |name: &str| ["--from", "--to", "--version"].contains(&name);
    match given.iter().find(|it| !fits(&it.flag.name)) {
        Some(it) if it.flag.name == "--allow-downgrade" => {
            Err(Refusal::new("--allow-downgrade does not go with --product", "write --allow-backwards"))
        }
        Some(it) => Err(Refusal::new(
            format!("{} does not go with --product", it.flag.name),
            "leave it out; the definitions of the product and its environments say such things",
        )),
        None => Ok(()),
    }
}

async fn started(
    matches: &ArgMatches,
    is_by_hand: bool,
    process: &Process,
    output: &Arc<Output>,
) -> Result<u8, Unready> {
    let definitions = promotions::definitions(matches, process)?.definitions;
    let chosen = Chosen::read(matches, is_by_hand, &definitions)?;
    let document = document(config(matches))?;
    hide_secrets(&document, process, output);
    let homes = homes(&document, process, output)?;
    let store = open(&document, Access::ReadWrite, process).await?;
    let mut application = matches.get_one::<String>("application").map(ApplicationName::new);
    let asker = chosen.home(&homes);
    let who = who(asker, process).await;
    let version = matches.get_one::<String>("version").map(ReleaseVersion::new);
    loop {
        let new = NewPromotion {
            product: chosen.product,
            route: chosen.route,
            environments: &definitions.environments,
            application: application.as_ref(),
            version: version.as_ref(),
            allow_backwards: matches.get_flag("allow-backwards"),
            by: who.by.clone(),
            verified: who.verified,
            request: None,
        };
        match start(&store, &homes, &new).await {
            Ok(newly) => return Ok(follow(newly, matches, &store, homes, output).await),
            Err(StartProblem::Choose(candidates)) if application.is_none() && choice::can_ask(output) => {
                application = choice::ask(&candidates, output)?;
                if application.is_none() {
                    return Ok(problem::reported(&StartProblem::Choose(candidates), output));
                }
            }
            Err(why) => return Ok(problem::reported(&why, output)),
        }
    }
}

async fn follow(
    newly: NewlyStarted,
    matches: &ArgMatches,
    store: &Arc<Store>,
    homes: Homes,
    output: &Arc<Output>,
) -> u8 {
    let reporter = Reporter::new(output);
    let since: Option<Time> = None;
    let follower = Follower::new(store, &reporter, since);
    let promoted = Promoted { id: newly.started.id, follower, reporter };
    ended(promoted, store, Some(homes), waiting(matches), output).await
}

/// What the command line chooses among the definitions.
struct Chosen<'a> {
    product: &'a Product,
    route: Route<'a>,
    trigger: Option<&'a Environment>,
}

impl<'a> Chosen<'a> {
    fn read(matches: &ArgMatches, is_by_hand: bool, all: &'a Definitions) -> Result<Self, Refusal> {
        let text = |name: &str| matches.get_one::<String>(name).map(String::as_str).unwrap_or_default();
        let product = product(all, text("product"))?;
        if is_by_hand {
            let to: Vec<&String> = matches.get_many::<String>("to").into_iter().flatten().collect();
            let [to] = to.as_slice() else {
                return Err(Refusal::new(
                    "--product needs one environment to promote to",
                    "name it with --to",
                ));
            };
            if text("from").is_empty() {
                let message = "--product needs the environment that has the release";
                return Err(Refusal::new(message, "name it with --from"));
            }
            let (from, to) = (environment(all, text("from"))?, environment(all, to)?);
            if from.name == to.name {
                let message = format!("{} is where the release is already", from.name);
                return Err(Refusal::new(message, "name another environment with --to"));
            }
            return Ok(Self { product, route: Route::Manual { from, to }, trigger: Some(from) });
        }
        let known: Vec<&str> = all.flows.keys().map(FlowName::as_str).collect();
        let flow = all.flows.values().find(|it| it.name.as_str() == text("flow"));
        let flow = flow.ok_or_else(|| Refusal::from(unknown("flow", text("flow"), &known)))?;
        if !product.flows.contains(&flow.name) {
            let listed: Vec<&str> = product.flows.iter().map(FlowName::as_str).collect();
            let message = format!("the product {} does not list the flow {}", product.name, flow.name);
            return Err(Refusal::new(message, format!("it lists {}", listed.join(", "))));
        }
        let trigger = all.environments.values().find(|it| it.name.is(flow.trigger.as_str()));
        Ok(Self { product, route: Route::Flow(flow), trigger })
    }

    /// The home that has the release: by its credential a person is known.
    fn home(&self, homes: &Homes) -> Option<Backend> {
        let trigger = self.trigger?;
        let target = self.product.applications.iter().find_map(|it| target(it, trigger).ok())?;
        homes.of(&target).ok()
    }
}

fn product<'a>(all: &'a Definitions, name: &str) -> Result<&'a Product, Refusal> {
    let known: Vec<&str> = all.products.keys().map(ProductName::as_str).collect();
    let found = all.products.values().find(|it| it.name.as_str() == name);
    found.ok_or_else(|| unknown("product", name, &known).into())
}

fn environment<'a>(all: &'a Definitions, name: &str) -> Result<&'a Environment, Refusal> {
    let known: Vec<&str> = all.environments.keys().map(EnvironmentName::as_str).collect();
    let found = all.environments.values().find(|it| it.name.is(name));
    found.ok_or_else(|| unknown("environment", name, &known).into())
}
