//! A server that takes connections and never answers holds up nothing but what is on it.

use std::net::TcpListener;
use std::time::Duration;

use promenade::backend::{Deployment, Stop};
use promenade::driver::{Driving, Homes, Made, Pace, Until, drive, now};
use promenade::flow::course::{Action, Attempt, Kind, Person};
use promenade::flow::input::{Input, Report};
use promenade::model::{ReleaseVersion, TenantTarget};
use promenade::store::{Cause, Key, NewRelease, Store};

use crate::child::{home, store};
use crate::world::{Drill, Scenario, runtime};

/// The connection to the silent server.
const SILENT: &str = "silent";

/// Much longer than the drill takes, and shorter than the silent server is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same promotion on the silent server, where an earlier driver has deployed something.
async fn watched_in_silence(store: &Store, drill: &Drill) {
    let (course, content) = store.frozen(&drill.id()).await.expect("it is there");
    let mut course = (*course).clone();
    course.nodes.retain(|id, _| id.as_str().starts_with("dev"));
    course.environments.truncate(1);
    course.result = course.environments[0].node.clone();
    let mut of = None;
    for (id, node) in &mut course.nodes {
        if let Kind::Act(Action::Verify(target)) = &mut node.kind {
            target.connection = SILENT.into();
            of = Some(Attempt { node: id.clone(), number: 1 });
        }
    }
    let of = of.expect("dev is verified");
    let new = NewRelease {
        product: "other".into(),
        flow: None,
        application: "trioapp".into(),
        version: ReleaseVersion::new("1.1.0"),
        commit: None,
        by: Person("drill".to_owned()),
        verified: false,
        request: None,
        course,
        content,
    };
    let id = store.start(&new, now()).await.expect("it starts").id;
    let key = Key { promotion: id.clone(), of: of.clone() };
    store.take(&key, "earlier").await.expect("the store works").expect("it has begun");
    let made = Made {
        deployments: vec![Deployment {
            id: "Deployments-1".into(),
            task: "ServerTasks-1".into(),
            target: TenantTarget { environment: "dev".into(), tenant: None },
            url: String::new(),
            adopted: None,
        }],
        incomplete: None,
    };
    let report = Input::Report(of, Report::Reference(made.reference().expect("a text")));
    let cause = Cause::Performer { holder: "earlier".to_owned() };
    store.turn(&id, &cause, &report, now()).await.expect("it is taken");
}

#[test]
fn a_server_that_never_answers_holds_up_nothing_but_its_own() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", silent.local_addr().expect("an address"));
    let drill = Drill::new(Scenario::Plain);
    drill.start();
    let (url, key) = (drill.sandbox.url().to_owned(), drill.sandbox.api_key().to_owned());
    let homes = Homes::new(Box::new(move |name, space| {
        let (url, limit) = if name.as_str() == SILENT { (&address, 30_000) } else { (&url, 500) };
        home(url, &key, Duration::from_millis(limit), space)
    }));
    let quickly = Duration::from_millis(20);
    let pace = Pace { notice: quickly, shortest: quickly, longest: quickly, after_trouble: quickly };
    runtime().block_on(async {
        let store = store(&drill.path()).await;
        watched_in_silence(&store, &drill).await;
        let driving = Driving {
            store,
            homes,
            say: Box::new(drop),
            redact: Box::new(str::to_owned),
            stop: Stop::never(),
            pace,
        };
        let driven = tokio::time::timeout(PATIENCE, drive(driving, &Until::Ended(drill.id()))).await;
        driven.expect("nobody waits for the silent server").expect("it drives");
    });
    assert_eq!(drill.status(), "passed");
}
