//! The begin protocol on rows.

use crate::flow::engine::Wish;

use super::*;

async fn one() -> (Play, Key) {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    let key = Key { promotion: id, of: attempt("qa/deploy", 1) };
    (play, key)
}

#[tokio::test]
async fn a_claim_counts_and_keeps_the_first_record() {
    let (play, key) = one().await;
    let task = play.store.take(&key, "one").await.unwrap().unwrap();
    assert_eq!((task.sent, task.claimed, task.record, task.holder, task.again), (0, None, None, None, false));
    assert_eq!(play.store.claim_send(&key, "two", "[]", at(1)).await.unwrap(), None, "it is not its own");
    let first = play.store.claim_send(&key, "one", "[1]", at(1)).await.unwrap().unwrap();
    assert_eq!(first, Claim { sent: 1, claimed: at(1) });
    let task = play.store.take(&key, "two").await.unwrap().unwrap();
    assert_eq!(task.holder.as_deref(), Some("one"), "it learns from whom it takes the attempt");
    assert_eq!((task.sent, task.claimed, task.record.as_deref()), (1, Some(at(1)), Some("[1]")));
    let second = play.store.claim_send(&key, "two", "[1, 2]", at(2)).await.unwrap().unwrap();
    assert_eq!(second, Claim { sent: 2, claimed: at(2) });
    let task = play.store.take(&key, "two").await.unwrap().unwrap();
    assert_eq!(task.record.as_deref(), Some("[1]"), "what was there before the first time");
    assert_eq!(play.store.claim_send(&key, "two", "[]", at(3)).await.unwrap(), None, "twice is the most");
}

#[tokio::test]
async fn a_claim_that_was_certainly_not_sent_is_taken_back_once() {
    let (play, key) = one().await;
    play.store.take(&key, "one").await.unwrap();
    let claim = play.store.claim_send(&key, "one", "[1]", at(1)).await.unwrap().unwrap();
    assert!(!play.store.give_back(&key, "two", &claim, false).await.unwrap());
    assert!(play.store.give_back(&key, "one", &claim, false).await.unwrap());
    assert!(!play.store.give_back(&key, "one", &claim, false).await.unwrap());
    let next = play.store.claim_send(&key, "one", "[1, 2]", at(2)).await.unwrap().unwrap();
    assert_eq!(next.sent, 1);
    let task = play.store.take(&key, "two").await.unwrap().unwrap();
    assert_eq!(task.record.as_deref(), Some("[1, 2]"), "nothing was sent: what is there is seen again");
    assert!(
        !play.store.give_back(&key, "one", &next, false).await.unwrap(),
        "its successor counts it as sent"
    );
    let second = play.store.claim_send(&key, "two", "[3]", at(3)).await.unwrap().unwrap();
    assert!(play.store.give_back(&key, "two", &second, false).await.unwrap());
    let task = play.store.take(&key, "two").await.unwrap().unwrap();
    assert_eq!((task.sent, task.record.as_deref()), (1, Some("[1, 2]")), "the first may have been sent");
}

#[tokio::test]
async fn the_next_request_of_an_attempt_counts_from_nothing() {
    let (play, key) = one().await;
    play.store.take(&key, "one").await.unwrap();
    play.store.claim_send(&key, "one", "[1]", at(1)).await.unwrap().unwrap();
    assert!(!play.store.advance(&key, "two", "[2]", true).await.unwrap());
    assert!(play.store.advance(&key, "one", "[1, part]", false).await.unwrap());
    let task = play.store.take(&key, "one").await.unwrap().unwrap();
    assert_eq!((task.sent, task.claimed, task.record.as_deref()), (1, Some(at(1)), Some("[1, part]")));
    assert!(play.store.advance(&key, "one", "[2]", true).await.unwrap());
    let task = play.store.take(&key, "one").await.unwrap().unwrap();
    assert_eq!((task.sent, task.claimed, task.record.as_deref()), (0, None, Some("[2]")));
    let claim = play.store.claim_send(&key, "one", "[9]", at(5)).await.unwrap().unwrap();
    assert!(play.store.give_back(&key, "one", &claim, true).await.unwrap());
    let task = play.store.take(&key, "one").await.unwrap().unwrap();
    assert_eq!((task.sent, task.record.as_deref()), (0, Some("[2]")), "earlier requests stay in the record");
}

#[tokio::test]
async fn nothing_is_sent_that_is_no_longer_wanted_or_is_there_already() {
    let (play, key) = one().await;
    play.store.take(&key, "me").await.unwrap();
    play.report(&key.promotion, key.of.clone(), Report::Reference("ServerTasks-1".to_owned())).await.unwrap();
    assert_eq!(play.store.claim_send(&key, "me", "[]", at(1)).await.unwrap(), None, "it is watched");
    let (play, key) = one().await;
    play.store.take(&key, "me").await.unwrap();
    play.turn(&key.promotion, &person(), &stop()).await.unwrap();
    assert_eq!(play.store.claim_send(&key, "me", "[]", at(1)).await.unwrap(), None, "it is being stopped");
    let done = Input::Report(key.of.clone(), Report::Stopped("nothing is there".to_owned()));
    let me = Cause::Performer { holder: "me".to_owned() };
    play.turn(&key.promotion, &me, &done).await.unwrap();
    assert_eq!(play.store.take(&key, "me").await.unwrap(), None, "it is over");
}

#[tokio::test]
async fn a_stop_keeps_what_is_known_of_the_attempt() {
    let (play, key) = one().await;
    play.store.take(&key, "one").await.unwrap();
    play.store.claim_send(&key, "one", "[1]", at(1)).await.unwrap().unwrap();
    play.turn(&key.promotion, &person(), &stop()).await.unwrap();
    let task = play.store.take(&key, "two").await.unwrap().unwrap();
    assert_eq!((task.wish, task.sent, task.record.as_deref()), (Wish::Stop, 1, Some("[1]")));
}

#[tokio::test]
async fn a_row_that_was_lost_counts_as_sent() {
    let (play, key) = one().await;
    play.by_hand("DELETE FROM effect").await;
    assert_eq!(play.store.check().await.unwrap().len(), 1);
    play.store.repair(&key.promotion, at(1)).await.unwrap();
    let task = play.store.take(&key, "one").await.unwrap().unwrap();
    assert_eq!(task.sent, 1, "it may have been sent");
    play.nothing_is_wrong().await;
}
