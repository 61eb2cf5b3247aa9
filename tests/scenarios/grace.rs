//! How long a wait goes on while the server refuses to show the task: a whole run of an action against the
//! sandbox, under a clock that a test moves.

use std::time::Duration;

use promenade::actions::{DeployOptions, DeploymentResult, End, ReleaseChoice, Session, Stop, Wait, deploy};
use promenade::backend::Backend;
use promenade::model::{EnvironmentName, ProjectName, ReleaseVersion, Targets};
use promenade::octopus::{Client, Connection, Credential, Proxy};
use promenade::sandbox::Script;
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use crate::support::shop::Shop;

/// Longer than any test; what the limits of single calls are is not asked here.
const EVER: Duration = Duration::from_secs(36_000);
const TICK: Duration = Duration::from_secs(1);
/// Two looks at what is not shown are never farther apart, in seconds.
const LONGEST_PAUSE: u32 = 12;
/// For how long nothing is sent before the pause is taken to be a longer one, in breaths.
const CERTAINTY: u32 = 50;

/// Moves the clock by a second at a time while no request is on its way, and only slowly when a pause between
/// two looks should be over, so that on a slow machine too hardly any time passes beside the pauses. Has the
/// server answer again when `refusing` is over.
async fn move_clock(shop: &Shop, refusing: Duration) -> std::convert::Infallible {
    let began = Instant::now();
    let (mut seen, mut passed, mut breaths) = (0, 0, 0);
    loop {
        let breath = || std::thread::sleep(Duration::from_millis(2));
        tokio::task::spawn_blocking(breath).await.expect("a breath");
        let requests = shop.requests();
        if requests.len() > seen {
            (seen, passed, breaths) = (requests.len(), 0, 0);
        }
        let is_quiet = requests.iter().all(|it| it.status.is_some());
        breaths += 1;
        if is_quiet && seen > 0 && (passed < LONGEST_PAUSE || breaths > CERTAINTY) {
            advance(TICK).await;
            (passed, breaths) = (passed + 1, 0);
        }
        if began.elapsed() >= refusing {
            shop.sandbox.clear_scripts();
        }
    }
}

/// Deploys while each look meets this fault until `refusing` is over; how it ended, and after how long.
fn deploy_while(fault: &Value, refusing: Duration) -> (DeploymentResult, Duration) {
    let shop = Shop::new();
    let script = json!({ "match": { "method": "GET", "path": "/tasks$" }, "times": null, "fault": fault });
    shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime starts");
    let (release, held) = std::sync::mpsc::channel::<()>();
    let ended = runtime.block_on(async {
        // A paused clock jumps ahead whenever everything sleeps, sockets included, but not beside this.
        let _holding = tokio::task::spawn_blocking(move || held.recv());
        let key = Credential::ApiKey(shop.sandbox.api_key().to_owned().into());
        let mut connection = Connection::new(shop.sandbox.url(), key).expect("an address");
        let endpoint = &mut connection.endpoint;
        (endpoint.connect_limit, endpoint.read_limit, endpoint.proxy) = (EVER, EVER, Proxy::None);
        let client = Client::new(connection).expect("a client");
        let backend = Backend::new(client, Some(shop.sandbox.space().into()), EVER);
        let stop = Stop::never();
        let session = Session { backend: &backend, build: None, say: &|_| {}, stop: &stop };
        let version = ReleaseChoice::Exact(ReleaseVersion::new("1.4.6"));
        let to = Targets::one(EnvironmentName::new("Test"));
        let mut options = DeployOptions::new(ProjectName::new("Web Shop"), to);
        (options.time_limit, options.wait) = (EVER, Wait::default());
        let began = Instant::now();
        tokio::select! {
            ended = deploy(&session, version, &options) => (ended.expect("an outcome"), began.elapsed()),
            never = move_clock(&shop, refusing) => match never {},
        }
    });
    drop(release);
    let (mut outcome, took) = ended;
    assert_eq!((outcome.deployments.len(), shop.deployments().len()), (1, 1));
    (outcome.deployments.remove(0), took)
}

/// What a server in an upgrade may answer: nothing that another try in the same second would help.
fn refusals() -> [Value; 3] {
    let status = |status: u16| json!({ "kind": "status", "status": status });
    [status(404), status(401), status(403)]
}

#[test]
fn a_server_that_refuses_to_show_a_task_for_a_minute_is_given_up() {
    for fault in refusals() {
        let (ended, took) = deploy_while(&fault, EVER);
        assert_eq!(ended.end, End::Unknown, "{fault}: {ended:?}");
        let said = ended.message.unwrap_or_default();
        assert!(said.contains(&fault["status"].to_string()), "{fault}: {said}");
        let (least, most) = (60, 60 + 3 * u64::from(LONGEST_PAUSE));
        assert!((least..most).contains(&took.as_secs()), "{fault}: {took:?}");
    }
}

#[test]
fn a_server_that_shows_it_again_within_the_minute_is_believed() {
    for fault in refusals() {
        let (ended, took) = deploy_while(&fault, Duration::from_secs(45));
        assert_eq!(ended.end, End::Succeeded, "{fault}: {ended:?}");
        assert!(took.as_secs() >= 45, "{fault}: {took:?}");
    }
}
