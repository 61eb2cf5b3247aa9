//! The loop over a home that is a folder: one promotion's trouble is its own, and a driver ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::timeout;

use crate::backend::folder::Folder;
use crate::backend::{Backend, Deployment, Stop};
use crate::flow::admission::PromotionId;
use crate::flow::course::{
    Action, Attempt, Clock, Course, FrozenOptions, Kind, Member, Node, Person, Retry, Target, When,
};
use crate::flow::engine::Wish;
use crate::flow::input::{Input, Report};
use crate::flow::promotion::Standing;
use crate::flow::time::Period;
use crate::model::{ConnectionName, Release, ReleaseOrigin, ReleaseVersion, TenantTarget, Tenants};
use crate::store::{Access, Cause, Key, NewRelease, Store};

use super::start::{Content, PinnedRelease};
use super::*;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

struct Bench {
    folder: tempfile::TempDir,
    store: Arc<Store>,
}

fn node(kind: Kind, after: When) -> Node {
    let long = Period::from_secs(3600);
    let (retry, clock) = (Retry::never(), Clock::Ours);
    Node { kind, after, limit: long, stop_limit: long, person_limit: long, retry, cleanup: false, clock }
}

/// One deployment to qa.
fn course(connection: &str) -> Course {
    let target = Target {
        application: "shop".into(),
        connection: connection.into(),
        space: None,
        project: "shop".into(),
        channel: None,
        environment: "qa".into(),
        tenants: Tenants::Untenanted,
    };
    let deploy = Action::Deploy { target, options: Box::new(FrozenOptions::default()) };
    let members = vec![Member { node: "qa/deploy".into(), counts: true }];
    let nodes = BTreeMap::from([
        ("qa/deploy".into(), node(Kind::Act(deploy), When::Now)),
        ("release".into(), node(Kind::Join(members), When::ended(&"qa/deploy".into()))),
    ]);
    Course { nodes, environments: Vec::new(), result: "release".into(), limit: Period::from_secs(3600) }
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("s.db"), Access::ReadWrite).await.unwrap();
        Self { folder, store: Arc::new(store) }
    }

    async fn start(&self, connection: &str) -> PromotionId {
        let release = Release {
            id: "1.0.0".to_owned(),
            version: ReleaseVersion::new("1.0.0"),
            origin: ReleaseOrigin::Found,
            url: String::new(),
        };
        let pinned = PinnedRelease { connection: connection.into(), space: None, release };
        let content = Content {
            application: "shop".into(),
            from: "dev".into(),
            releases: vec![pinned],
            branch: None,
            build: None,
        };
        let new = NewRelease {
            product: "shop".into(),
            flow: None,
            application: "shop".into(),
            version: ReleaseVersion::new("1.0.0"),
            commit: None,
            by: Person("ann".to_owned()),
            verified: false,
            request: None,
            course: course(connection),
            content: content.text().unwrap(),
        };
        self.store.start(&new, now()).await.unwrap().id
    }

    /// The home `default` is a folder; `make` is asked first.
    fn driving(
        &self,
        make: impl Fn(&ConnectionName) -> Result<(), HomeError> + Send + Sync + 'static,
    ) -> (Driving, Arc<Mutex<Vec<String>>>) {
        let path = self.folder.path().to_owned();
        let home = move |name: &ConnectionName, _: Option<&_>| {
            make(name)?;
            Ok(Backend::Folder(Folder::new(&path, Vec::new())))
        };
        let quickly = Duration::from_millis(5);
        let troubles = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&troubles);
        let say = move |event| {
            if let DriverEvent::Trouble { message, .. } = event {
                heard.lock().unwrap().push(message);
            }
        };
        let driving = Driving {
            store: Arc::clone(&self.store),
            homes: Homes::new(Box::new(home)),
            say: Box::new(say),
            redact: Box::new(str::to_owned),
            stop: Stop::never(),
            pace: Pace { notice: quickly, shortest: quickly, longest: quickly, after_trouble: quickly },
        };
        (driving, troubles)
    }

    async fn standing(&self, id: &PromotionId) -> Standing {
        let whole = self.store.promotion(id).await.unwrap().unwrap();
        whole.promotion.unwrap().nodes[&"qa/deploy".into()].clone()
    }

    async fn status(&self, id: &PromotionId) -> String {
        self.store.promotion(id).await.unwrap().unwrap().release.status
    }

    /// A deployment that an earlier driver asked for, in this state.
    async fn deployed(&self, id: &PromotionId, state: &str) -> Key {
        self.write(state);
        let key = Key { promotion: id.clone(), of: Attempt { node: "qa/deploy".into(), number: 1 } };
        self.store.take(&key, "earlier").await.unwrap().unwrap();
        let target = TenantTarget { environment: "qa".into(), tenant: None };
        let deployment =
            Deployment { id: "qa/1".into(), task: "qa/1".into(), target, url: String::new(), adopted: None };
        let made = Made { deployments: vec![deployment], incomplete: None };
        let report = Report::Reference(made.reference().unwrap());
        let cause = Cause::Performer { holder: "earlier".to_owned() };
        self.store.turn(id, &cause, &Input::Report(key.of.clone(), report), now()).await.unwrap();
        key
    }

    /// The state of the first deployment to qa.
    fn write(&self, state: &str) {
        std::fs::create_dir_all(self.folder.path().join("qa")).unwrap();
        let whole: &Path = &self.folder.path().join("qa.new");
        std::fs::write(whole, format!("1.0.0\n{state}\n")).unwrap();
        std::fs::rename(whole, self.folder.path().join("qa/1")).unwrap();
    }

    /// Waits until it is so.
    async fn until(&self, id: &PromotionId, is_so: impl Fn(&Standing) -> bool) {
        let reached = async {
            while !is_so(&self.standing(id).await) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(LONG, reached).await.expect("it comes to be so");
    }
}

#[tokio::test]
async fn a_driver_ends_with_its_promotion_whatever_others_still_try() {
    let bench = Bench::new().await;
    let other = bench.start("away").await;
    let own = bench.start("default").await;
    let (driving, troubles) = bench.driving(|name| match name.as_str() {
        "away" => Err(HomeError { message: "it is away".to_owned(), advice: String::new() }),
        _ => Ok(()),
    });
    let driven = timeout(LONG, drive(driving, &Until::Ended(own.clone()))).await;
    driven.expect("the driver ends").unwrap();
    assert_eq!(bench.status(&own).await, "passed");
    assert_eq!(bench.status(&other).await, "running", "the next driver takes it up");
    assert!(troubles.lock().unwrap().iter().any(|it| it == "it is away"));
}

#[tokio::test]
async fn an_attempt_whose_performer_panics_is_performed_again() {
    let bench = Bench::new().await;
    let id = bench.start("default").await;
    let asked = AtomicU32::new(0);
    let (driving, troubles) = bench.driving(move |_| {
        assert!(asked.fetch_add(1, Ordering::Relaxed) > 0, "the first time it panics");
        Ok(())
    });
    let driven = timeout(LONG, drive(driving, &Until::Ended(id.clone()))).await;
    driven.expect("the driver ends").unwrap();
    assert_eq!(bench.status(&id).await, "passed");
    assert!(troubles.lock().unwrap().iter().any(|it| it.contains("a bug")));
}

#[tokio::test]
async fn a_new_driver_learns_that_a_deployment_no_longer_waits_for_a_person() {
    let bench = Bench::new().await;
    let id = bench.start("default").await;
    let key = bench.deployed(&id, "Asking").await;
    let (driving, _) = bench.driving(|_| Ok(()));
    let until = Until::Ended(id.clone());
    tokio::select! {
        _ = drive(driving, &until) => panic!("it has not ended"),
        () = bench.until(&id, |it| it.suspended.is_some()) => {}
    }
    // The person answers while nobody drives.
    bench.write("Running");
    let (driving, _) = bench.driving(|_| Ok(()));
    tokio::select! {
        _ = drive(driving, &until) => panic!("it has not ended"),
        () = bench.until(&id, |it| it.suspended.is_none()) => {}
    }
    assert_eq!(bench.store.take(&key, "me").await.unwrap().unwrap().wish, Wish::Run);
    bench.write("Success");
    let (driving, _) = bench.driving(|_| Ok(()));
    timeout(LONG, drive(driving, &until)).await.expect("the driver ends").unwrap();
    assert_eq!(bench.status(&id).await, "passed");
}
