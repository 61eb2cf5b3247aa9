//! What a process needs that carries on what another one began: requests and deployments read back from where they were
//! kept, permits that run out, and what an environment has now.

use std::net::SocketAddr;
use std::time::Duration;

use promenade::backend::{
    Backend, BackendError, Before, Context, CurrentQuery, Deployment, Destination, ErrorKind, Ledger,
    NewDeployment, Permit, Preparation, Prepared, Record, ReleaseQuery, Sent, Stop, Stopper, WhichRelease,
};
use promenade::model::{
    ChannelName, DeploymentOptions, EnvironmentName, ProjectName, Release, ReleaseVersion, SecretSource,
    Targets, Tenants,
};
use promenade::octopus::{Client, Connection, Credential, Proxy};
use promenade::sandbox::Script;
use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

use crate::support::shop::Shop;
use crate::support::tls::{Authority, acceptor};

/// Longer than any test.
const EVER: Duration = Duration::from_secs(120);

/// What one process has: a client and a memory of its own.
struct Process {
    backend: Backend,
    stop: Stop,
    ledger: Ledger,
}

impl Process {
    fn new(shop: &Shop) -> Self {
        Self::at(shop, shop.sandbox.url(), None)
    }

    fn at(shop: &Shop, url: &str, authority: Option<&Authority>) -> Self {
        let key = Credential::ApiKey(shop.sandbox.api_key().to_owned().into());
        let mut connection = Connection::new(url, key).expect("an address");
        connection.endpoint.proxy = Proxy::None;
        connection.endpoint.extra_ca = authority.map(|it| it.pem().into_bytes());
        let client = Client::new(connection).expect("a client");
        // By name, so that a process that knows nothing yet has to look the space up.
        let backend = Backend::new(client, Some("Default".into()), EVER);
        Self { backend, stop: Stop::never(), ledger: Ledger::default() }
    }

    fn context(&self) -> Context<'_> {
        let deadline = Instant::now() + EVER;
        Context { deadline, build: None, attempt: None, say: &|_| {}, stop: &self.stop, ledger: &self.ledger }
    }

    async fn release(&self, project: &str, version: &str) -> Release {
        let (project, version) = (ProjectName::new(project), ReleaseVersion::new(version));
        let query = ReleaseQuery { project: &project, which: WhichRelease::Version(&version) };
        self.backend.find(&query, self.context()).await.expect("the release is there")
    }

    async fn prepare(&self, project: &str, version: &str, to: &str) -> Preparation {
        self.try_to_prepare(project, version, to, false).await.expect("it may be deployed there")
    }

    async fn try_to_prepare(
        &self,
        project: &str,
        version: &str,
        to: &str,
        forwards_only: bool,
    ) -> Result<Preparation, BackendError> {
        let release = self.release(project, version).await;
        let (project, to) = (ProjectName::new(project), Targets::one(EnvironmentName::new(to)));
        let mut options = DeploymentOptions::default();
        options.again = true;
        let to = Destination::Named { to: &to, tenants: &Tenants::Untenanted, channel: None };
        let new =
            NewDeployment { project: &project, release: &release, to, options: &options, forwards_only };
        let mut made = self.backend.prepare(&[new], self.context()).await?;
        Ok(made.remove(0))
    }

    /// Prepares and deploys.
    async fn deploy(&self, project: &str, version: &str, to: &str) -> Deployment {
        let preparation = self.prepare(project, version, to).await;
        let sent = self.backend.deploy(&preparation.requests[0], Permit::always(), self.context()).await;
        let Ok(Sent::Accepted(mut made)) = sent else { panic!("{sent:?}") };
        made.remove(0)
    }

    async fn current(&self, project: &str, environment: &str, tenants: Tenants) -> Result<Now, BackendError> {
        self.current_of(project, environment, tenants, None).await
    }

    async fn current_of(
        &self,
        project: &str,
        environment: &str,
        tenants: Tenants,
        channel: Option<&str>,
    ) -> Result<Now, BackendError> {
        let (project, environment) = (ProjectName::new(project), EnvironmentName::new(environment));
        let channel = channel.map(ChannelName::new);
        let query = CurrentQuery {
            project: &project,
            environment: &environment,
            tenants: &tenants,
            channel: channel.as_ref(),
        };
        self.backend.current(&query, self.context()).await
    }
}

type Now = promenade::backend::CurrentReleases;

/// What the first process keeps before it sends: a request, and what was there before it.
fn kept(preparation: &Preparation) -> (String, String) {
    let record = preparation.requests[0].record().expect("no secret is in it");
    (
        serde_json::to_string(&record).expect("a record is JSON"),
        serde_json::to_string(&preparation.before).expect("so is that"),
    )
}

/// What another process reads from it.
fn opened((record, before): &(String, String)) -> (Prepared, Before) {
    let record: Record = serde_json::from_str(record).expect("a record");
    let no_secret = |_: &SecretSource| Err::<SecretString, _>("there is none");
    (
        record.open(no_secret).expect("no secret is read"),
        serde_json::from_str(before).expect("what was there"),
    )
}

fn lose_the_answer(shop: &Shop, carry_out: bool) {
    let script = json!({ "match": { "method": "POST", "path": "/deployments/create/untenanted/v1$" }, "times": 1,
        "fault": { "kind": "reset", "carryOut": carry_out } });
    shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(test);
}

/// The first process is gone before the answer; the second has only what the first one kept before it sent.
#[test]
fn what_one_process_sent_without_an_answer_another_one_finds() {
    for carry_out in [true, false] {
        let shop = Shop::new();
        run(async {
            let first = Process::new(&shop);
            // An earlier deployment of the same release to the same target is not the one that is looked for.
            let earlier = first.deploy("Web Shop", "1.4.6", "Test").await;
            shop.settle();
            let preparation = first.prepare("Web Shop", "1.4.6", "Test").await;
            let kept = kept(&preparation);
            lose_the_answer(&shop, carry_out);
            let sent =
                first.backend.deploy(&preparation.requests[0], Permit::always(), first.context()).await;
            assert!(matches!(sent, Ok(Sent::Lost(_))), "{sent:?}");
            drop((first, preparation));

            let second = Process::new(&shop);
            let (prepared, before) = opened(&kept);
            let shown = second.backend.look(&prepared, &before, second.context()).await.expect("it is shown");
            assert!(!shown.is_hidden);
            let made = if carry_out {
                assert!(shown.missing.is_none());
                shown.found
            } else {
                assert_eq!(shown.found, []);
                let missing = shown.missing.expect("it was not carried out");
                let sent = second.backend.deploy(&missing, Permit::always(), second.context()).await;
                let Ok(Sent::Accepted(made)) = sent else { panic!("{sent:?}") };
                made
            };
            assert_eq!(made.len(), 1);
            assert_ne!(made[0].id, earlier.id);
            assert_eq!(shop.deployments().len(), 2, "the earlier one, and one more");
        });
    }
}

/// The handshake takes as long as the permit, so the request is ready to be written when the permit has run out.
#[test]
fn nothing_reaches_the_server_where_the_permit_ran_out_before_the_connection_stood() {
    let shop = Shop::new();
    run(async {
        let first = Process::new(&shop);
        let kept = kept(&first.prepare("Web Shop", "1.4.6", "Test").await);
        shop.forget();
        let ends = Instant::now() + Duration::from_secs(1);
        let authority = Authority::new();
        let address = slow_handshakes(&authority, ends, shop.sandbox.address()).await;
        let url = format!("https://localhost:{}", address.port());
        let second = Process::at(&shop, &url, Some(&authority));
        let (prepared, _) = opened(&kept);

        let sent = second.backend.deploy(&prepared, Permit::until(ends), second.context()).await;
        let error = sent.expect_err("the permit has run out");
        assert!(matches!(error, BackendError::NotSent { .. }), "{error:?}");
        assert!(error.kind() == ErrorKind::NotSent && error.is_unsent() && !error.is_refusal());
        assert!(!second.ledger.is_unclear(), "it is certain");
        assert_eq!(shop.requests().len(), 0);

        // The same way with a permit that holds.
        let sent = second.backend.deploy(&prepared, Permit::always(), second.context()).await;
        assert!(matches!(sent, Ok(Sent::Accepted(made)) if made.len() == 1));
        assert_eq!(shop.written().len(), 1);
    });
}

/// The stop signal comes while the client waits for the handshake.
#[test]
fn nothing_reaches_the_server_where_the_word_to_stop_came_before_the_connection_stood() {
    let shop = Shop::new();
    run(async {
        let kept = kept(&Process::new(&shop).prepare("Web Shop", "1.4.6", "Test").await);
        shop.forget();
        let authority = Authority::new();
        let acceptor = acceptor(&authority, "localhost", None);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
        let mut process = Process::at(&shop, &url, Some(&authority));
        let (stopper, stop) = Stopper::new();
        process.stop = stop;
        let (prepared, _) = opened(&kept);
        let received = async {
            let (stream, _) = listener.accept().await.expect("the client connects");
            stopper.stop();
            let mut stream = acceptor.accept(stream).await.expect("a handshake");
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.ok();
            bytes
        };
        let deployed = process.backend.deploy(&prepared, Permit::always(), process.context());
        let (sent, received) = tokio::join!(deployed, received);
        assert!(matches!(sent, Err(BackendError::NotSent { .. })), "{sent:?}");
        assert_eq!(String::from_utf8_lossy(&received), "");
        assert!(!process.ledger.is_unclear());
    });
}

/// A server of HTTPS before the plain one at `behind`, which lets each client wait for the handshake until then.
async fn slow_handshakes(authority: &Authority, until: Instant, behind: SocketAddr) -> SocketAddr {
    let acceptor = acceptor(authority, "localhost", None);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                sleep_until(until).await;
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut server = TcpStream::connect(behind).await.expect("the sandbox listens");
                copy_bidirectional(&mut stream, &mut server).await.ok();
            });
        }
    });
    address
}

#[test]
fn deployments_that_another_process_made_are_looked_at_and_cancelled() {
    let shop = Shop::slow();
    run(async {
        let first = Process::new(&shop);
        let web = first.deploy("Web Shop", "1.4.6", "Test").await;
        let mixed = first.deploy("Mixed", "1.0.0", "Test").await;
        let kept = serde_json::to_string(&[&web, &mixed]).expect("they are JSON");
        drop(first);

        let second = Process::new(&shop);
        let read: Vec<Deployment> = serde_json::from_str(&kept).expect("deployments");
        assert_eq!(read, [web, mixed]);
        // Hundreds, of two projects, and most of them unknown to the server.
        let unknown = |at: usize| Deployment {
            id: format!("Deployments-{}", 90_000 + at),
            task: format!("ServerTasks-{}", 90_000 + at),
            ..read[0].clone()
        };
        let all: Vec<_> =
            [read[0].clone()].into_iter().chain((0..698).map(unknown)).chain([read[1].clone()]).collect();
        shop.forget();
        let statuses = second.backend.statuses(&all, second.context()).await.expect("an answer");
        let known: Vec<_> =
            (0..all.len()).filter(|at| statuses.get(*at).is_some_and(Option::is_some)).collect();
        assert_eq!((statuses.len(), known), (700, vec![0, 699]));
        let asked = shop.requests();
        assert_eq!(asked.iter().filter(|it| it.path.ends_with("/tasks")).count(), 3);
        // An empty list of ids would mean every task of the space.
        shop.forget();
        assert_eq!(second.backend.statuses(&[], second.context()).await.expect("nothing"), []);
        assert!(!shop.requests().iter().any(|it| it.path.ends_with("/tasks")));

        for _ in 0..2 {
            second.backend.cancel(&read[0], second.context()).await.expect("it may be repeated");
        }
        shop.until(|| shop.deployments_in_words().contains(&"1.4.6 to Test: Canceled".to_owned()));
        second.backend.cancel(&read[0], second.context()).await.expect("it has ended");
        let nowhere = unknown(0);
        assert!(second.backend.cancel(&nowhere, second.context()).await.is_err());
    });
}

#[test]
fn a_refusal_to_cancel_what_runs_is_not_taken_for_its_end() {
    let shop = Shop::slow();
    let script = json!({ "match": { "method": "POST", "path": "/cancel$" }, "times": null,
        "fault": { "kind": "status", "status": 409, "body": "octopus" } });
    shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
    run(async {
        let process = Process::new(&shop);
        let running = process.deploy("Web Shop", "1.4.6", "Test").await;
        let refused = process.backend.cancel(&running, process.context()).await.expect_err("it still runs");
        assert!(refused.is_a_no(), "{refused:?}");
    });
}

#[test]
fn the_user_of_the_credential_is_named_and_one_that_is_hidden_is_none() {
    let shop = Shop::new();
    run(async {
        let process = Process::new(&shop);
        let user = process.backend.current_user(process.context()).await.expect("an answer").expect("a user");
        assert_eq!((user.name.as_str(), user.display_name.as_str()), ("ci", "Continuous Integration"));
        let script = json!({ "match": { "method": "GET", "path": "/users/me$" }, "times": null,
            "fault": { "kind": "status", "status": 403, "body": "octopus" } });
        shop.sandbox.script(serde_json::from_value::<Script>(script).expect("a script"));
        assert_eq!(process.backend.current_user(process.context()).await.expect("an answer"), None);
    });
}

#[test]
fn what_an_environment_has_now_is_the_latest_success_and_nothing_is_an_answer() {
    let shop = Shop::new();
    run(async {
        let process = Process::new(&shop);
        let now = process.current("Web Shop", "Test", Tenants::Untenanted).await.expect("an answer");
        let first = now.common().expect("one release").clone();
        assert_eq!(first.release, process.release("Web Shop", "1.4.5").await);
        assert!(now.has_everywhere(&first.release.id) && first.at.is_some() && first.source.is_some());

        // Something else goes there: the same process sees that, and that the first one is not there any more.
        let later = process.deploy("Web Shop", "1.4.6", "Test").await;
        shop.settle();
        let now = process.current("Web Shop", "Test", Tenants::Untenanted).await.expect("an answer");
        let second = now.common().expect("one release");
        assert_eq!((second.release.version.as_str(), second.deployment.as_str()), ("1.4.6", &*later.id));
        assert!(!now.has_everywhere(&first.release.id));

        let hotfix = process.current_of("Web Shop", "Test", Tenants::Untenanted, Some("Hotfix")).await;
        assert!(hotfix.expect("an answer").is_nothing_there(), "nothing of that channel");
        let nothing = process.current("Mixed", "Test", Tenants::Untenanted).await.expect("an answer");
        assert!(nothing.is_nothing_there() && nothing.common().is_none() && nothing.targets.len() == 1);
        let unknown = process.current("Web Shop", "Nowhere", Tenants::Untenanted).await;
        assert_eq!(unknown.expect_err("there is no such environment").kind(), ErrorKind::Refused);
        shop.sandbox.script(
            serde_json::from_value::<Script>(json!({ "match": { "method": "GET", "path": "/progression" },
                "times": null, "fault": { "kind": "status", "status": 403, "body": "octopus" } }))
            .expect("a script"),
        );
        let hidden = process.current("Web Shop", "Test", Tenants::Untenanted).await;
        assert!(hidden.is_err(), "what is not shown is not nothing");
    });
}

#[test]
fn what_each_tenant_has_now_is_its_own_and_a_difference_is_told() {
    let shop = Shop::new();
    run(async {
        let process = Process::new(&shop);
        let at = |tenants| process.current("Portal", "Development", tenants);
        let nothing = at(Tenants::All).await.expect("an answer");
        // Initech is not linked to Development.
        let names: Vec<_> = nothing.targets.iter().map(|it| it.target.to_string()).collect();
        assert_eq!(names, ["Development for Acme", "Development for Globex"]);
        assert!(nothing.is_nothing_there() && !nothing.differ());

        shop.run(&["create", "--project", "Portal", "--version", "2.0.0"]).passes();
        let deploy = ["deploy", "--project", "Portal", "--version", "2.0.0", "--to", "Development"];
        shop.run(&[&deploy[..], &["--tenant", "Acme"]].concat()).passes();
        let one = at(Tenants::All).await.expect("an answer");
        assert!(one.differ() && one.common().is_none() && !one.is_nothing_there());
        shop.run(&[&deploy[..], &["--tenant", "Globex"]].concat()).passes();
        let both = at(Tenants::All).await.expect("an answer");
        assert_eq!(both.common().map(|it| it.release.version.as_str()), Some("2.0.0"));
        let untenanted = at(Tenants::Untenanted).await.expect_err("it was deployed to for tenants");
        assert_eq!(untenanted.kind(), ErrorKind::NothingThere);
    });
}

#[test]
fn a_move_backwards_is_told_from_every_other_refusal() {
    let shop = Shop::new();
    run(async {
        let process = Process::new(&shop);
        let error = process
            .try_to_prepare("Web Shop", "1.4.5", "Development", true)
            .await
            .expect_err("1.4.6 is there");
        assert!(error.is_backwards() && error.is_refusal() && !error.is_transient(), "{error:?}");
        let forwards = process.try_to_prepare("Web Shop", "1.4.6", "Test", true).await;
        assert!(forwards.is_ok(), "{forwards:?}");
    });
}
