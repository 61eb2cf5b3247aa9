//! The store over courses built by hand, with real files.

mod admission;
mod begin;
mod faults;
mod lists;
mod opening;
mod trouble;
mod turns;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::flow::admission::PromotionId;
use crate::flow::course::{
    Action, Attempt, Clock, Course, Enter, FrozenOptions, Kind, Member, Node, NodeId, Person, Place,
    PlaceTenant, Retry, Stop, Target, When,
};
use crate::flow::input::{Command, Input, Report};
use crate::flow::time::{Period, Time};
use crate::model::{ReleaseVersion, Tenants};

use super::db::{Watch, watch};
use super::rules::Rules;
use super::*;

fn target(project: &str, environment: &str) -> Target {
    Target {
        application: project.into(),
        connection: "default".into(),
        space: None,
        project: project.into(),
        channel: None,
        environment: environment.into(),
        tenants: Tenants::Untenanted,
    }
}

fn place(project: &str, environment: &str) -> Place {
    Place {
        connection: "default".into(),
        space: None,
        project: project.into(),
        environment: environment.into(),
        tenant: PlaceTenant::Untenanted,
    }
}

fn node(kind: Kind, after: When) -> Node {
    Node {
        clock: if matches!(kind, Kind::Act(_)) { Clock::Ours } else { Clock::Theirs },
        kind,
        after,
        limit: Period::from_secs(100),
        stop_limit: Period::from_secs(10),
        person_limit: Period::from_secs(1000),
        retry: Retry { tries: 2, first: Period::from_secs(5), factor: 2, most: Period::from_secs(60) },
        cleanup: false,
    }
}

fn join(members: &[&str]) -> Node {
    let after = When::All(members.iter().map(|it| When::ended(&(*it).into())).collect());
    let members = members.iter().map(|it| Member { node: (*it).into(), counts: true }).collect();
    node(Kind::Join(members), after)
}

/// One environment after the other, each with an entry and a deployment.
fn chain(project: &str, environments: &[&str]) -> Course {
    let mut nodes = BTreeMap::new();
    let mut before: Option<NodeId> = None;
    for environment in environments {
        let (entry, work) =
            (NodeId::new(format!("{environment}/enter")), NodeId::new(format!("{environment}/deploy")));
        let options = Box::new(FrozenOptions::default());
        let action = Action::Deploy { target: target(project, environment), options };
        let enter =
            Enter { places: BTreeSet::from([place(project, environment)]), until: (*environment).into() };
        let after = before.as_ref().map_or(When::Now, When::passed);
        nodes.insert(entry.clone(), node(Kind::Enter(enter), after));
        nodes.insert(work.clone(), node(Kind::Act(action), When::passed(&entry)));
        nodes.insert((*environment).into(), join(&[entry.as_str(), work.as_str()]));
        before = Some((*environment).into());
    }
    nodes.insert("release".into(), join(environments));
    let environments = environments.iter().map(|it| Stop { environment: (*it).into(), node: (*it).into() });
    Course {
        nodes,
        environments: environments.collect(),
        result: "release".into(),
        limit: Period::from_secs(10_000),
    }
}

fn new(product: &str, version: &str, course: Course) -> NewRelease {
    NewRelease {
        product: product.into(),
        flow: Some("main".into()),
        application: "shop".into(),
        version: ReleaseVersion::new(version),
        commit: None,
        by: Person("ann".to_owned()),
        verified: true,
        request: None,
        course,
        content: "{}".to_owned(),
    }
}

fn attempt(node: &str, number: u32) -> Attempt {
    Attempt { node: node.into(), number }
}

fn at(seconds: i64) -> Time {
    Time::from_millis(1_700_000_000_000 + seconds * 1000)
}

fn person() -> Cause {
    Cause::Person { by: Person("ann".to_owned()), verified: true }
}

fn stop() -> Input {
    Input::Command(Command::Stop { by: Person("ann".to_owned()), now: false, reason: None })
}

fn retry(round: u32) -> Input {
    Input::Command(Command::Retry { by: Person("ann".to_owned()), round })
}

fn failed(again: bool) -> Report {
    Report::Failed { reason: "no".to_owned(), again }
}

/// A store in a folder that is gone afterwards.
struct Play {
    _folder: tempfile::TempDir,
    path: PathBuf,
    store: Store,
    seconds: i64,
}

impl Play {
    async fn new() -> Self {
        Self::with(watch(), Rules::engine()).await
    }

    async fn with(watch: Watch, rules: Rules) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a store.db");
        let store = Store::open_with(&path, Access::ReadWrite, watch, rules).await.unwrap();
        Self { _folder: folder, path, store, seconds: 0 }
    }

    /// Another process on the same store.
    async fn other(&self) -> Store {
        Store::open(&self.path, Access::ReadWrite).await.unwrap()
    }

    fn now(&self) -> Time {
        at(self.seconds)
    }

    async fn start(&self, product: &str, version: &str, environments: &[&str]) -> PromotionId {
        let new = new(product, version, chain("Shop", environments));
        self.store.start(&new, self.now()).await.unwrap().id
    }

    async fn turn(&self, id: &PromotionId, cause: &Cause, input: &Input) -> Result<Turned, TurnError> {
        self.store.turn(id, cause, input, self.now()).await
    }

    async fn tick(&mut self, id: &PromotionId, seconds: i64) -> Turned {
        self.seconds += seconds;
        self.turn(id, &Cause::Clock, &Input::Tick).await.unwrap()
    }

    /// Performs an attempt up to this report.
    async fn report(&self, id: &PromotionId, of: Attempt, report: Report) -> Result<Turned, TurnError> {
        let key = Key { promotion: id.clone(), of: of.clone() };
        self.store.take(&key, "me").await.unwrap();
        let cause = Cause::Performer { holder: "me".to_owned() };
        self.turn(id, &cause, &Input::Report(of, report)).await
    }

    async fn status(&self, id: &PromotionId) -> String {
        self.store.promotion(id).await.unwrap().unwrap().release.status
    }

    async fn tasks(&self) -> Vec<String> {
        let word = |it: &Task| format!("{} {:?}", it.key.of, it.wish);
        self.store.tasks().await.unwrap().iter().map(word).collect()
    }

    /// Runs a statement past the store.
    async fn by_hand(&self, statement: &str) {
        let mut writer = self.store.writer.lock().await;
        let mut tx = writer.begin().await.unwrap();
        tx.run(statement, &[]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn nothing_is_wrong(&self) {
        assert_eq!(self.store.check().await.unwrap(), []);
    }
}
