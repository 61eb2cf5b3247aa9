//! Whatever statement fails, in whatever kind of turn: everything is written, or nothing.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

/// Fails the statement that a counter reaches.
#[derive(Clone, Default)]
struct Fuse(Arc<AtomicI64>);

impl Fuse {
    fn watch(&self) -> Watch {
        let left = Arc::clone(&self.0);
        Arc::new(move |_| match left.fetch_sub(1, Ordering::SeqCst) {
            1 => Err(Trouble::Disk("planted".to_owned())),
            _ => Ok(()),
        })
    }

    fn set(&self, statements: i64) {
        self.0.store(statements, Ordering::SeqCst);
    }

    /// Whether the statement that fails was not reached.
    fn is_left(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

/// Every row of every table.
async fn dump(path: &std::path::Path) -> Vec<String> {
    let store = Store::open(path, Access::ReadOnly).await.unwrap();
    let mut reader = store.reader.lock().await;
    let mut tx = reader.begin().await.unwrap();
    let tables =
        tx.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", &[]).await.unwrap();
    let mut found = Vec::new();
    for table in tables.iter().map(|it| it.text("name").unwrap()) {
        let columns = tx.rows(&format!("SELECT name FROM pragma_table_info('{table}')"), &[]).await.unwrap();
        let quoted: Vec<_> =
            columns.iter().map(|it| format!("quote({})", it.text("name").unwrap())).collect();
        let statement = format!("SELECT {} AS line FROM {table} ORDER BY 1", quoted.join(" || ',' || "));
        for row in tx.rows(&statement, &[]).await.unwrap() {
            found.push(format!("{table}: {}", row.text("line").unwrap()));
        }
    }
    found
}

type Done<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;
/// Something that changes the store, and whether it says that it did.
type Change = for<'a> fn(&'a Play, &'a PromotionId) -> Done<'a>;

fn changes() -> Vec<(&'static str, Change)> {
    vec![
        ("start", |play, _| {
            let asked =
                NewRelease { request: Some("r".to_owned()), ..new("shop", "9.0", chain("Shop", &["prod"])) };
            Box::pin(async move { play.store.start(&asked, at(9)).await.is_ok() })
        }),
        ("a report that lets the next one enter", |play, id| {
            Box::pin(async move {
                let cause = Cause::Performer { holder: "me".to_owned() };
                let input = Input::Report(attempt("qa/deploy", 1), Report::Passed);
                play.turn(id, &cause, &input).await.is_ok()
            })
        }),
        ("a reference", |play, id| {
            Box::pin(async move {
                let cause = Cause::Performer { holder: "me".to_owned() };
                let input = Input::Report(attempt("qa/deploy", 1), Report::Reference("T-1".to_owned()));
                play.turn(id, &cause, &input).await.is_ok()
            })
        }),
        ("a tick", |play, id| {
            Box::pin(async move { play.store.turn(id, &Cause::Clock, &Input::Tick, at(500)).await.is_ok() })
        }),
        ("a stop", |play, id| Box::pin(async move { play.turn(id, &person(), &stop()).await.is_ok() })),
        ("a take", |play, id| {
            let key = Key { promotion: id.clone(), of: attempt("qa/deploy", 1) };
            Box::pin(async move { play.store.take(&key, "another").await.is_ok_and(|it| it.is_some()) })
        }),
        ("a claim", |play, id| {
            let key = Key { promotion: id.clone(), of: attempt("qa/deploy", 1) };
            Box::pin(async move {
                play.store.claim_send(&key, "me", "[]", at(9)).await.is_ok_and(|it| it.is_some())
            })
        }),
    ]
}

/// A store with a promotion at work, which "me" performs, and one that waits behind it.
async fn scene(fuse: &Fuse) -> (Play, PromotionId) {
    fuse.set(-1);
    let play = Play::with(fuse.watch(), Rules::engine()).await;
    let id = play.start("shop", "1.0", &["qa", "prod"]).await;
    play.start("shop", "1.1", &["qa"]).await;
    let key = Key { promotion: id.clone(), of: attempt("qa/deploy", 1) };
    play.store.take(&key, "me").await.unwrap();
    (play, id)
}

#[tokio::test]
async fn every_turn_is_written_as_a_whole_or_not_at_all() {
    for (name, change) in changes() {
        let fuse = Fuse::default();
        let (play, id) = scene(&fuse).await;
        let before = dump(&play.path).await;
        let mut points = 0;
        loop {
            points += 1;
            fuse.set(points);
            let told = change(&play, &id).await;
            let reached = !fuse.is_left();
            fuse.set(-1);
            let written = dump(&play.path).await != before;
            play.nothing_is_wrong().await;
            assert!(written || !told, "{name}, statement {points}: it was told and not written");
            if written {
                assert!(
                    told || name == "a take" || name == "a claim",
                    "{name}: the journal says that it was written"
                );
                assert!(told || reached, "{name} works where nothing fails");
                break;
            }
            assert!(reached, "{name} changes something where nothing fails");
        }
        assert!(points > 3, "{name} has only {points} points");
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_commit_is_found_in_the_journal() {
    let fuse = Fuse::default();
    let (play, id) = scene(&fuse).await;
    let lost: Watch = {
        let left = Arc::new(AtomicI64::new(1));
        Arc::new(move |statement| match statement {
            "committed" if left.fetch_sub(1, Ordering::SeqCst) == 1 => Err(Trouble::Disk("lost".to_owned())),
            _ => Ok(()),
        })
    };
    let other = Store::open_with(&play.path, Access::ReadWrite, lost, Rules::engine()).await;
    let other = match other {
        // The migration's own commit does not happen on a store that exists.
        Ok(other) => other,
        Err(error) => panic!("{error}"),
    };
    let turned = other.turn(&id, &person(), &stop(), at(9)).await.expect("it was written");
    assert!(!turned.events.is_empty());
    assert_eq!(play.tasks().await, ["qa/deploy#1 Stop"]);
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn a_turn_that_is_dropped_halfway_changes_nothing_and_blocks_nobody() {
    let fuse = Fuse::default();
    let (play, id) = scene(&fuse).await;
    let before = dump(&play.path).await;
    let (cause, input) = (person(), stop());
    for polls in 1..40 {
        let mut turn = Box::pin(play.turn(&id, &cause, &input));
        let mut done = false;
        for _ in 0..polls {
            done = futures_util::poll!(&mut turn).is_ready();
            if done {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(turn);
        if done || dump(&play.path).await != before {
            break;
        }
    }
    play.nothing_is_wrong().await;
    let other = play.other().await;
    other.turn(&id, &Cause::Clock, &Input::Tick, at(500)).await.unwrap();
}
