//! One promotion's trouble is its own, and a store that cannot be written to loses nothing.

use crate::flow::input::Refusal;
use crate::flow::promotion::{Event, Promotion};

use super::*;

fn panics_over_bob(
    course: &Course,
    promotion: &Promotion,
    input: &Input,
    now: Time,
) -> Result<(Promotion, Vec<Event>), Refusal> {
    if let Input::Command(Command::Stop { by, .. }) = input
        && by.0 == "bob"
    {
        panic!("bob is too much");
    }
    crate::flow::engine::decide(course, promotion, input, now)
}

#[tokio::test]
async fn an_engine_that_panics_stops_one_promotion_whose_places_stay_taken() {
    let play = Play::with(watch(), Rules { decide: panics_over_bob, ..Rules::engine() }).await;
    let bad = play.start("shop", "1.0", &["qa"]).await;
    let behind = play.start("shop", "1.1", &["qa"]).await;
    let good = play.start("shop", "1.1", &["prod"]).await;
    let by_bob = Input::Command(Command::Stop { by: Person("bob".to_owned()), now: false, reason: None });
    let turned = play.turn(&bad, &person(), &by_bob).await;
    assert!(matches!(&turned, Err(TurnError::Trouble(it)) if it.contains("bob is too much")), "{turned:?}");
    let key = Key { promotion: bad.clone(), of: attempt("qa/deploy", 1) };
    assert_eq!(play.store.take(&key, "me").await.unwrap(), None, "nobody performs anything of it");
    for input in [stop(), Input::Tick] {
        assert!(matches!(play.turn(&bad, &person(), &input).await, Err(TurnError::Trouble(_))));
    }
    let hold = play.store.holds().await.unwrap().into_iter().find(|it| it.promotion == bad).unwrap();
    assert_eq!(hold.stuck.as_deref(), Some("shop 1"), "the place names who has it");
    assert_eq!(play.status(&behind).await, "waiting");
    assert_eq!(play.tasks().await.len(), 1, "it is driven no further, and the other one is");
    assert!(!play.store.due(at(1_000_000)).await.unwrap().contains(&bad));
    play.report(&good, attempt("prod/deploy", 1), Report::Passed).await.unwrap();
    assert_eq!(play.status(&good).await, "passed");
    let findings = play.store.check().await.unwrap();
    assert!(findings.len() == 1 && findings[0].what.contains("bob is too much"), "{findings:?}");
    play.store.repair(&bad, at(1)).await.unwrap();
    play.nothing_is_wrong().await;
    assert_eq!(play.tasks().await, ["qa/deploy#1 Run"]);
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_stops_one_promotion_until_it_is_repaired() {
    let play = Play::new().await;
    let bad = play.start("shop", "1.0", &["qa"]).await;
    let good = play.start("shop", "1.0", &["prod"]).await;
    let poison = format!("UPDATE journal SET event = 'x' || event WHERE promotion = '{bad}' AND seq = 2");
    play.by_hand(&poison).await;
    play.turn(&bad, &person(), &stop())
        .await
        .expect_err("its fold is compared in builds that check themselves");
    play.by_hand(&format!("DELETE FROM state WHERE promotion = '{bad}'")).await;
    let turned = play.turn(&bad, &person(), &stop()).await;
    assert!(matches!(&turned, Err(TurnError::Trouble(it)) if it.contains("line 2")), "{turned:?}");
    let whole = play.store.promotion(&bad).await.unwrap().unwrap();
    assert!(whole.promotion.is_err() && whole.release.trouble.is_some());
    let lines = play.store.journal(&bad).await.unwrap();
    assert!(lines[1].event.is_none() && lines[0].event.is_some(), "what can be read is shown");
    assert!(matches!(play.store.repair(&bad, at(1)).await, Err(TurnError::Trouble(_))));
    assert_eq!(play.store.holds().await.unwrap().len(), 2);
    play.report(&good, attempt("prod/deploy", 1), Report::Passed).await.unwrap();
    play.by_hand(&format!(
        "UPDATE journal SET event = substr(event, 2) WHERE promotion = '{bad}' AND seq = 2"
    ))
    .await;
    play.store.repair(&bad, at(1)).await.unwrap();
    play.nothing_is_wrong().await;
    play.turn(&bad, &person(), &stop()).await.unwrap();
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_stops_its_own_promotion_alone() {
    let play = Play::new().await;
    let first = play.start("shop", "1.0", &["qa"]).await;
    let bad = play.start("shop", "1.1", &["qa"]).await;
    let third = play.start("shop", "1.2", &["qa"]).await;
    play.by_hand(&format!("UPDATE entry SET place = 'x' WHERE promotion = '{bad}'")).await;
    let turned = play.report(&first, attempt("qa/deploy", 1), Report::Passed).await.unwrap();
    assert_eq!(turned.others, [third]);
    assert!(play.store.promotion(&bad).await.unwrap().unwrap().release.trouble.is_some());
}

#[tokio::test]
async fn check_finds_each_kind_of_damage() {
    for (damage, expected) in [
        ("UPDATE state SET text = replace(text, '\"round\":0', '\"round\":1')", "its state"),
        ("UPDATE promotion SET status = 'passed'", "its row"),
        ("UPDATE promotion SET wake = NULL", "its row"),
        ("UPDATE promotion SET seq = seq + 1", "lines up to"),
        ("DELETE FROM journal WHERE seq = 2", "lines up to"),
        ("UPDATE journal SET mark = 0 WHERE mark IS NOT NULL", "leads to another place"),
        ("UPDATE effect SET wish = 'stop'", "its effects"),
        ("UPDATE effect SET attempt = 2", "its effects"),
        ("DELETE FROM hold", "its holds"),
        ("UPDATE hold SET stuck = 'x'", "its holds"),
        ("DELETE FROM cell", "its environments"),
        ("UPDATE frozen SET course = 'x'", "its course"),
        (
            "INSERT INTO entry SELECT promotion, node, 1, resource, spot, place, product, 1, '1', 0 FROM hold",
            "its entries",
        ),
    ] {
        let play = Play::new().await;
        play.start("shop", "1.0", &["qa"]).await;
        play.nothing_is_wrong().await;
        play.by_hand(damage).await;
        let fresh = play.other().await;
        let findings = fresh.check().await.unwrap();
        assert!(findings.iter().any(|it| it.what.contains(expected)), "{damage}: {findings:?}");
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_turn_and_nothing_is_half_done() {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    let pages = play.store.writer.lock().await.pragma("PRAGMA max_page_count = 1").await.unwrap();
    let mut full = None;
    for number in 0..100 {
        let started =
            play.store.start(&new("shop", &format!("2.{number}"), chain("Shop", &["qa"])), at(1)).await;
        if let Err(error) = started {
            full = Some(error);
            break;
        }
    }
    let Some(StartError::Store(error)) = full else { panic!("{full:?} with {pages:?} pages") };
    assert!(matches!(error.trouble, Trouble::Full) && error.may_pass(), "{error}");
    play.nothing_is_wrong().await;
    // The next turn takes a connection without the limit, and works although the disk ended the transaction before.
    play.turn(&id, &person(), &stop()).await.unwrap();
    play.start("shop", "3.0", &["qa"]).await;
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn a_store_that_cannot_be_written_to_fails_the_turn_and_may_pass() {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    play.store.writer.lock().await.pragma("PRAGMA query_only = 1").await.unwrap();
    let turned = play.turn(&id, &person(), &stop()).await;
    let Err(TurnError::Store(error)) = turned else { panic!("{turned:?}") };
    assert!(matches!(error.trouble, Trouble::ReadOnly) && error.may_pass(), "{error}");
    play.turn(&id, &person(), &stop()).await.unwrap();
}
