//! Waits for several deployments at once: each has an end of its own, and what is asked beside the looks keeps to
//! the limits. Whole actions against the sandbox, through a lens that shows the tasks as a test wants them, under a
//! clock that the test moves.

mod lens;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use promenade::actions::{
    ActionError, DeployOptions, DeploymentResult, End, GivingUp, Outcome, PersonNeeded, ReleaseChoice,
    Session, Stopper, Wait, WaitOptions, deploy,
};
use promenade::backend::{Backend, Notice};
use promenade::model::{EnvironmentName, ProjectName, ReleaseVersion, Targets, Tenants};
use promenade::octopus::{Client, Connection, Credential, Proxy};
use promenade::sandbox::Script;
use serde_json::{Value, json};
use tokio::time::{Instant, advance};

use self::lens::{Lens, ended, running};
use crate::support::shop::{Shop, project};

/// Longer than any test; what the limits of single calls are is not asked here.
const EVER: Duration = Duration::from_secs(36_000);
const TICK: Duration = Duration::from_millis(250);

/// One wait: of what, how, and what becomes of it.
struct Story {
    shop: Shop,
    project: &'static str,
    to: &'static [&'static str],
    tenants: Tenants,
    limit: Duration,
    wait: WaitOptions,
    /// Requests to this path get no answer, and the clock does not stand still for them.
    hanging: Option<&'static str>,
    /// When the word to stop comes.
    stop_after: Option<Duration>,
}

/// What came of it.
struct Told {
    done: Result<Outcome, ActionError>,
    took: Duration,
    notices: Vec<Notice>,
    shop: Shop,
}

impl Story {
    fn new(shop: Shop, project: &'static str, to: &'static [&'static str]) -> Self {
        let (tenants, wait) = (Tenants::Untenanted, WaitOptions::default());
        Self { shop, project, to, tenants, limit: EVER, wait, hanging: None, stop_after: None }
    }

    /// Deploys, and shows the tasks so: `show` is given the seconds since the beginning, which of the tasks it is,
    /// and the task; it answers whether the task is shown at all.
    fn deploy(self, show: impl Fn(u64, usize, &mut Value) -> bool + Send + Sync + 'static) -> Told {
        if let Some(path) = self.hanging {
            let script = json!({ "match": { "path": path }, "times": null, "fault": { "kind": "hang" } });
            self.shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
        }
        let lens = Lens::before(&self.shop.sandbox, show);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.expect("a runtime starts");
        let notices = Arc::<Mutex<Vec<Notice>>>::default();
        let heard = Arc::clone(&notices);
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (done, took) = runtime.block_on(async {
            // A paused clock jumps ahead whenever everything sleeps, sockets included, but not beside this.
            let _holding = tokio::task::spawn_blocking(move || held.recv());
            let key = Credential::ApiKey(self.shop.sandbox.api_key().to_owned().into());
            let mut connection = Connection::new(&lens.url(), key).expect("an address");
            let endpoint = &mut connection.endpoint;
            (endpoint.connect_limit, endpoint.read_limit, endpoint.proxy) = (EVER, EVER, Proxy::None);
            let client = Client::new(connection).expect("a client");
            let backend = Backend::new(client, Some(self.shop.sandbox.space().into()), EVER);
            let (stopper, stop) = Stopper::new();
            let say = move |notice| heard.lock().expect("the list").push(notice);
            let session = Session { backend: &backend, build: None, say: &say, stop: &stop };
            let targets = Targets::all(self.to.iter().map(|it| EnvironmentName::new(*it))).expect("a target");
            let version = ReleaseChoice::Exact(ReleaseVersion::new("1.0.0"));
            let mut options = DeployOptions::new(ProjectName::new(self.project), targets);
            options.tenants = self.tenants.clone();
            (options.time_limit, options.wait) = (self.limit, Wait::ForResults(self.wait.clone()));
            let began = Instant::now();
            tokio::select! {
                done = deploy(&session, version, &options) => (done, began.elapsed()),
                never = self.move_clock(&lens, &stopper) => match never {},
            }
        });
        drop(release);
        let notices = std::mem::take(&mut *notices.lock().expect("the list"));
        Told { done, took, notices, shop: self.shop }
    }

    /// Moves the clock while nothing is on its way that will be answered.
    async fn move_clock(&self, lens: &Lens, stopper: &Stopper) -> std::convert::Infallible {
        let began = Instant::now();
        let hangs = |path: &str| self.hanging.is_some_and(|it| path.contains(it));
        loop {
            let breath = || std::thread::sleep(Duration::from_millis(2));
            tokio::task::spawn_blocking(breath).await.expect("a breath");
            let requests = self.shop.requests();
            if requests.iter().all(|it| it.status.is_some() || hangs(&it.path)) && lens.is_quiet() {
                advance(TICK).await;
                lens.at(began.elapsed());
            }
            if self.stop_after.is_some_and(|it| began.elapsed() >= it) {
                stopper.stop();
            }
        }
    }
}

impl Told {
    /// The results, in the order of the targets.
    fn results(&self) -> &[DeploymentResult] {
        &self.done.as_ref().expect("an outcome").deployments
    }

    fn ends(&self) -> Vec<End> {
        self.results().iter().map(|it| it.end).collect()
    }

    fn asked(&self, path: &str) -> usize {
        self.shop.requests().iter().filter(|it| it.path.ends_with(path)).count()
    }

    fn waits(&self) -> Vec<&str> {
        let mut waits = Vec::new();
        for notice in &self.notices {
            if let Notice::WaitingFor { what, .. } = notice {
                waits.push(what.as_str());
            }
        }
        waits
    }

    fn took_at_most(&self, seconds: u64) {
        assert!(self.took <= Duration::from_secs(seconds), "{:?}", self.took);
    }
}

/// A world where `Guided Shop` has a release and may be deployed anywhere, in real time: no task ends by itself.
fn anywhere() -> Shop {
    released(Shop::slow(), "Guided Shop")
}

fn released(shop: Shop, project: &str) -> Shop {
    shop.run(&["create", "--project", project, "--version", "1.0.0", "--quiet"]).passes();
    shop.forget();
    shop
}

/// A world where `Portal` has a release and thirty tenants.
fn thirty() -> Shop {
    let shop = Shop::playing(1.0, |seed| {
        let tenant =
            |at: usize| json!({ "name": format!("T{at}"), "projects": { "Portal": ["Development"] } });
        seed["spaces"][0]["tenants"] = (0..30).map(tenant).collect();
        assert_eq!(project(seed, "Portal")["mode"], "tenanted");
    });
    released(shop, "Portal")
}

#[test]
fn one_that_is_not_shown_ends_alone_and_the_other_goes_on_to_its_own_end() {
    let told = Story::new(anywhere(), "Guided Shop", &["Development", "Test"]).deploy(|second, at, task| {
        running(task);
        if second > 150 {
            ended(task, "Success");
        }
        at == 0
    });
    assert_eq!(told.ends().len(), 2, "{:?}", told.done);
    let of = |end: End| told.results().iter().filter(|it| it.end == end).count();
    assert_eq!((of(End::Succeeded), of(End::Unknown)), (1, 1), "{:?}", told.done);
    assert!(told.took >= Duration::from_secs(150), "{:?}", told.took);
}

#[test]
fn one_that_is_not_shown_takes_no_other_out_of_the_cancellation_at_the_limit() {
    let mut story = Story::new(anywhere(), "Guided Shop", &["Development", "Test"]);
    story.limit = Duration::from_secs(90);
    story.wait.on_timeout = GivingUp::Cancel;
    let told = story.deploy(|_, at, task| {
        if task["State"] == "Cancelling" {
            ended(task, "Canceled");
        }
        at == 0
    });
    let of = |end: End| told.results().iter().filter(|it| it.end == end).collect::<Vec<_>>();
    assert_eq!((of(End::OutOfTime).len(), of(End::Unknown).len()), (1, 1), "{:?}", told.done);
    let message = of(End::OutOfTime)[0].message.clone().unwrap_or_default();
    assert!(message.contains("was cancelled"), "{message}");
    assert_eq!(told.asked("/cancel"), 1);
}

#[test]
fn a_person_who_is_needed_ends_the_wait_for_the_one_that_asks() {
    let mut story = Story::new(anywhere(), "Guided Shop", &["Development", "Test"]);
    story.wait.when_person_needed = PersonNeeded::Fail;
    let told = story.deploy(|second, at, task| {
        running(task);
        task["HasPendingInterruptions"] = json!(at == 0);
        if at == 1 && second > 40 {
            ended(task, "Success");
        }
        true
    });
    let mut ends = told.ends();
    ends.sort_by_key(|it| *it == End::Succeeded);
    assert_eq!(ends, [End::NeedsPerson, End::Succeeded], "{:?}", told.done);
}

#[test]
fn questions_that_get_no_answer_keep_no_wait_beyond_its_limit() {
    let mut story = Story::new(thirty(), "Portal", &["Development"]);
    story.tenants = Tenants::All;
    story.limit = Duration::from_secs(40);
    story.hanging = Some("/interruptions");
    let told = story.deploy(asks);
    assert_eq!(told.ends(), [End::OutOfTime; 30], "{:?}", told.done);
    // The limit, 2 s, and what the clock goes on while an answer is on its way.
    told.took_at_most(44);
    let (asked, looks) = (told.asked("/interruptions"), told.asked("/tasks"));
    assert!(asked <= looks, "{asked} questions for {looks} looks at thirty");
}

/// It runs, and waits for a person.
fn asks(_: u64, _: usize, task: &mut Value) -> bool {
    running(task);
    task["HasPendingInterruptions"] = json!(true);
    true
}

/// It waits in the queue.
fn queues(_: u64, _: usize, task: &mut Value) -> bool {
    task["State"] = json!("Queued");
    task["StartTime"] = Value::Null;
    true
}

/// It runs on and on.
fn runs(_: u64, _: usize, task: &mut Value) -> bool {
    running(task);
    true
}

#[test]
fn the_questions_of_many_are_asked_for_in_one_request() {
    let mut story = Story::new(thirty(), "Portal", &["Development"]);
    story.tenants = Tenants::All;
    story.limit = Duration::from_secs(50);
    let told = story.deploy(asks);
    assert_eq!(told.asked("/interruptions"), 1, "one for all, and one again after a minute");
}

#[test]
fn what_the_queue_waits_for_is_asked_once_for_all() {
    let mut story = Story::new(thirty(), "Portal", &["Development"]);
    story.tenants = Tenants::All;
    story.limit = Duration::from_secs(50);
    story.wait.log = false;
    let told = story.deploy(queues);
    assert_eq!(told.ends(), [End::OutOfTime; 30], "{:?}", told.done);
    assert_eq!((told.asked("/queued-behind"), told.asked("/spaces/Spaces-1")), (1, 1));
}

#[test]
fn the_word_to_stop_does_not_wait_for_a_courtesy() {
    let mut story = Story::new(anywhere(), "Guided Shop", &["Development", "Test"]);
    story.hanging = Some("/details");
    story.stop_after = Some(Duration::from_secs(20));
    let told = story.deploy(runs);
    assert_eq!(told.ends(), [End::Interrupted; 2], "{:?}", told.done);
    told.took_at_most(22);
}

#[test]
fn it_is_noticed_before_its_time_that_a_scheduled_deployment_was_cancelled() {
    let told = Story::new(anywhere(), "Guided Shop", &["Development"]).deploy(|second, at, task| {
        task["QueueTime"] = json!("2099-01-02T03:04:05.678+00:00");
        queues(second, at, task);
        if second > 200 {
            ended(task, "Canceled");
        }
        true
    });
    assert_eq!(told.ends(), [End::Cancelled], "{:?}", told.done);
    told.took_at_most(300);
    assert_eq!(told.waits(), ["its scheduled time, 2099-01-02T03:04:06Z"]);
}

#[test]
fn a_hold_beyond_the_limit_leaves_what_was_seen_undecided() {
    let mut story = Story::new(anywhere(), "Guided Shop", &["Development"]);
    story.limit = Duration::from_secs(60);
    story.wait.log = false;
    let full = json!({ "match": { "method": "GET", "path": "/tasks$", "skip": 4 }, "times": null,
        "fault": { "kind": "status", "status": 429, "retryAfter": 3600 } });
    story.shop.sandbox.script(serde_json::from_value::<Script>(full).expect("a script"));
    let told = story.deploy(runs);
    assert_eq!(told.ends(), [End::OutOfTime], "{:?}", told.done);
    assert!(told.took >= Duration::from_secs(60), "{:?}", told.took);
    told.took_at_most(64);
}
