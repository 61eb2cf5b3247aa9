//! Carries a sequence out: requests by the library's actions, all else at the sandbox itself.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use promenade::actions::{
    ActionError, DeployOptions, Outcome, PromoteOptions, PromotionChoice, ReleaseChoice, Session, Stop,
    Verdict, Wait, deploy, promote,
};
use promenade::backend::{Backend, Notice};
use promenade::model::{
    BuildIdentity, DeploymentOptions, EnvironmentName, GuidedFailure, PromptedValue, ReleaseVersion,
    Schedule, Targets, Tenants,
};
use promenade::octopus::{Client, Connection, Credential, Proxy};
use promenade::sandbox::{CarryOut, Fault, Script};
use tokio::time::sleep;

use crate::steps::{Build, Carried, Key, Orders, Request, Sequence, Step, TENANT, Trouble, What};
use crate::verdict::{Told, judge};
use crate::world::{PROJECT, Ran, World};

/// How long one call may take. Twice this is between a look for what was lost and the next send.
const READ_LIMIT: Duration = Duration::from_millis(800);
/// How much later a lost request is carried out that is late.
const LATE: Duration = Duration::from_millis(150);
/// Enough for all that ends.
const LONG: Duration = Duration::from_secs(30);
/// For what will not end, or cannot be seen to.
const SHORT: Duration = Duration::from_millis(3_000);

/// Who asked for a deployment by promenade, and what it was to carry out for its own sake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author {
    pub(crate) build: Option<Build>,
    pub(crate) orders: Orders,
}

/// How often the things happened that the model is about.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    sequences: AtomicU64,
    pub(crate) made: AtomicU64,
    pub(crate) taken_over: AtomicU64,
    pub(crate) promoted: AtomicU64,
    pub(crate) red: AtomicU64,
    pub(crate) undecided: AtomicU64,
    pub(crate) no_answer: AtomicU64,
}

impl Tally {
    fn count(&self, told: &Told) {
        let add = |to: &AtomicU64, some: usize| to.fetch_add(some as u64, Ordering::Relaxed);
        match told.verdict {
            Verdict::Passed => {
                let taken =
                    told.results.iter().filter(|it| told.before.iter().any(|had| had.id == **it)).count();
                add(&self.taken_over, taken);
                add(&self.made, told.results.len() - taken);
                add(&self.promoted, usize::from(matches!(told.request.what, What::Promote { .. })));
            }
            Verdict::Undecided => drop(add(&self.undecided, 1)),
            Verdict::NoAnswer => drop(add(&self.no_answer, 1)),
            _ => drop(add(&self.red, 1)),
        }
    }

    /// Whether each of these happened.
    pub(crate) fn is_telling(&self) -> bool {
        let all = [&self.made, &self.taken_over, &self.promoted, &self.red, &self.undecided, &self.no_answer];
        all.iter().all(|it| it.load(Ordering::Relaxed) > 3)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |it: &AtomicU64| it.load(Ordering::Relaxed);
        write!(
            f,
            "{} sequences: of green requests {} deployments made, {} taken over, {} promotions; {} red, {} undecided, \
             {} without an answer",
            of(&self.sequences),
            of(&self.made),
            of(&self.taken_over),
            of(&self.promoted),
            of(&self.red),
            of(&self.undecided),
            of(&self.no_answer),
        )
    }
}

/// Plays a sequence up to the first thing that is wrong; gives back what is.
pub(crate) async fn play(sequence: &Sequence, tally: &Tally) -> Vec<String> {
    let world = World::of(sequence).await;
    tally.sequences.fetch_add(1, Ordering::Relaxed);
    let mut authors: HashMap<String, Author> = HashMap::new();
    let mut wrong = Vec::new();
    for (at, step) in sequence.steps.iter().enumerate() {
        match step {
            Step::Passes { ms } => sleep(Duration::from_millis(*ms)).await,
            Step::Somebody { key, version, place, how } => world.deploys(*key, version, *place, how).await,
            Step::Cancels { but } => {
                let truth = world.truth();
                if let Some(it) = truth.iter().rev().filter(|it| !it.is_finished()).nth(*but) {
                    world.cancels(&it.task).await;
                }
            }
            Step::Request(request, troubles) => {
                let told = carried_out(&world, sequence, request, troubles).await;
                tally.count(&told);
                wrong = judge(&told, &authors);
                let author = Author { build: request.build, orders: request.orders };
                authors.extend(told.made().map(|it| (it.id.clone(), author)));
                if !wrong.is_empty() {
                    wrong.insert(0, format!("in step {}:", at + 1));
                    wrong.push(told.to_string());
                    break;
                }
            }
        }
    }
    world.sandbox.stop().await;
    wrong
}

async fn carried_out<'a>(
    world: &World,
    sequence: &Sequence,
    request: &'a Request,
    troubles: &'a [Trouble],
) -> Told<'a> {
    let before = world.truth();
    script(world, &before, troubles);
    let is_lost = troubles.iter().any(|it| matches!(it, Trouble::Lost { .. }));
    let limit = match goes_on(request, troubles, &before) {
        true if request.waits && is_lost => 2 * SHORT,
        true if request.waits => SHORT,
        _ => LONG,
    };
    let asked_at = Timestamp::now();
    let said = Mutex::new(Vec::new());
    let ended = asked(world, request, limit, &|notice| {
        if !matches!(notice, Notice::Log { .. }) {
            said.lock().expect("no panic").push(format!("{notice:?}"));
        }
    })
    .await;
    world.sandbox.clear_scripts();
    let told_at = Timestamp::now();
    let is_late = troubles.iter().any(|it| matches!(it, Trouble::Lost { carried_out: Carried::Late, .. }));
    // What was cut off at the limit may still be on its way.
    if is_late || ended.is_err() {
        sleep(2 * LATE).await;
    }
    let after = world.truth();
    let (verdict, deployments, error) = match ended {
        Ok(outcome) => (outcome.verdict(), outcome.deployments, String::new()),
        Err(error) => (error.verdict(), error.deployments(), error.to_string()),
    };
    Told {
        request,
        troubles,
        hides_values: sequence.hides_values,
        run_at: request.how.run_at.map(|ms| world.time(ms)),
        asked_at,
        told_at,
        limit,
        verdict,
        error,
        results: deployments.into_iter().map(|it| it.deployment.id).collect(),
        said: said.into_inner().expect("no panic"),
        before,
        after,
    }
}

/// Whether the wait may never see an end.
fn goes_on(request: &Request, troubles: &[Trouble], before: &[Ran]) -> bool {
    let is_taken = |it: &Ran| request.places().iter().any(|place| it.is_at(*place)) && !it.is_finished();
    request.how.guided == Some(true)
        || matches!(request.what, What::Deploy(version) if version.contains("endless"))
        || matches!(request.what, What::Promote { .. })
        || troubles.iter().any(|it| matches!(it, Trouble::TaskHidden { .. }))
        || before.iter().any(is_taken)
}

fn script(world: &World, before: &[Ran], troubles: &[Trouble]) {
    const DEPLOYS: &str = "/deployments($|/v1$|/override$|/create/)";
    let add = |script: Script| world.sandbox.script(script);
    let on = |method: &str, path: &str, fault: Fault| Script::on(method, path, fault).expect("an expression");
    for trouble in troubles {
        match trouble {
            Trouble::Lost { after, times, carried_out } => {
                let carry_out = match carried_out {
                    Carried::Yes => CarryOut::Yes,
                    Carried::No => CarryOut::No,
                    Carried::Late => CarryOut::After(LATE),
                };
                let times = NonZeroU64::new(*times).expect("at least one");
                add(on("POST", DEPLOYS, Fault::Reset { carry_out }).after(*after).times(times));
            }
            Trouble::TaskHidden { but } => {
                let Some(hidden) = before.iter().rev().nth(*but) else { continue };
                let fault = Fault::Unlisted { ids: vec![hidden.task.clone()], newest: 0, younger_than_ms: 0 };
                add(on("GET", "/tasks", fault).for_ever());
            }
            Trouble::Lacking { field } => {
                let fault = Fault::Lacking { fields: vec![(*field).to_owned()], blank: false };
                add(on("GET", "/deployments", fault).for_ever());
            }
            Trouble::Blank => {
                let fault = Fault::Lacking { fields: vec!["FormValues".to_owned()], blank: true };
                add(on("GET", "/deployments", fault).for_ever());
            }
        }
    }
}

/// What becomes of a request, by a process of its own.
async fn asked(
    world: &World,
    request: &Request,
    limit: Duration,
    say: &(dyn Fn(Notice) + Send + Sync),
) -> Result<Outcome, ActionError> {
    let backend = backend(world, request.key());
    let build = request.build.map(identity);
    let stop = Stop::never();
    let session = Session { backend: &backend, build: build.as_ref(), say, stop: &stop };
    let to = Targets::all(request.to.iter().map(|it| EnvironmentName::new(*it))).expect("at least one");
    let tenants = if request.tenant {
        Tenants::Some { names: vec![TENANT.into()], tags: Vec::new() }
    } else {
        Tenants::Untenanted
    };
    let wait = if request.waits && request.how.run_at.is_none_or(|it| it < 10_000) {
        Wait::default()
    } else {
        Wait::No
    };
    let deployment = options(world, request);
    match &request.what {
        What::Deploy(version) => {
            let release = ReleaseChoice::Exact(ReleaseVersion::new(*version));
            let mut options = DeployOptions::new(PROJECT.into(), to);
            options.tenants = tenants;
            options.deployment = deployment;
            options.time_limit = limit;
            options.wait = wait;
            deploy(&session, release, &options).await
        }
        What::Promote { from, backwards } => {
            let mut options = PromoteOptions::new(PROJECT.into(), (*from).into(), to);
            options.tenants = tenants;
            options.allow_downgrade = *backwards;
            options.deployment = deployment;
            options.time_limit = limit;
            options.wait = wait;
            promote(&session, PromotionChoice::LatestSuccessful, &options).await
        }
    }
}

fn backend(world: &World, key: Key) -> Backend {
    let key = Credential::ApiKey(key.text().to_owned().into());
    let mut connection = Connection::new(world.sandbox.url(), key).expect("a URL");
    connection.endpoint.proxy = Proxy::None;
    connection.endpoint.read_limit = READ_LIMIT;
    Backend::new(Client::new(connection).expect("a client"), None, LONG)
}

fn identity(build: Build) -> BuildIdentity {
    let (pipeline, id) = match build {
        Build::Seven => ("shop", "7"),
        Build::Eight => ("shop", "8"),
        Build::OtherSeven => ("nightly", "7"),
    };
    BuildIdentity {
        server: Some("jenkins".to_owned()),
        address: Some("https://ci.example.com".to_owned()),
        pipeline: Some(pipeline.to_owned()),
        ..BuildIdentity::new(id)
    }
}

fn options(world: &World, request: &Request) -> DeploymentOptions {
    let (how, orders) = (&request.how, request.orders);
    let mut options = DeploymentOptions::default();
    options.machines = how.machine.into_iter().map(Into::into).collect();
    options.excluded_machines = how.excluded.into_iter().map(Into::into).collect();
    options.skip_steps = how.skips.into_iter().map(Into::into).collect();
    if let Some(approver) = how.approver {
        options.variables.insert("Approver".to_owned(), PromptedValue::Plain(approver.to_owned()));
    }
    if let Some(token) = how.token {
        options.variables.insert("Token".to_owned(), PromptedValue::Secret(token.to_owned().into()));
    }
    options.guided_failure = match how.guided {
        None => GuidedFailure::Default,
        Some(true) => GuidedFailure::On,
        Some(false) => GuidedFailure::Off,
    };
    options.schedule = how.run_at.map(|ms| Schedule { run_at: world.time(ms), no_run_after: None });
    options.notes.clone_from(&request.notes);
    options.force_package_download = orders.download;
    options.force_redeployment = orders.redeploy;
    options.refresh_variables = orders.refresh;
    options.again = orders.again;
    options
}
