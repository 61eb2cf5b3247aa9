//! Turns: what is decided is written with all that follows, once, whoever takes the turn.

use crate::flow::course::End;
use crate::flow::engine::ending;
use crate::flow::input::Refusal;

use super::*;

#[tokio::test]
async fn a_chain_is_promoted_turn_by_turn_and_all_that_is_derived_fits_its_journal() {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa", "prod"]).await;
    assert_eq!(play.tasks().await, ["qa/deploy#1 Run"], "admission is part of the start");
    assert_eq!(play.status(&id).await, "running");
    play.report(&id, attempt("qa/deploy", 1), Report::Reference("ServerTasks-1".to_owned())).await.unwrap();
    let watcher = Cause::Watcher { reference: "ServerTasks-1".to_owned() };
    let turned =
        play.turn(&id, &watcher, &Input::Report(attempt("qa/deploy", 1), Report::Passed)).await.unwrap();
    assert!(turned.others.is_empty(), "the promotion itself is not another one");
    assert_eq!(play.tasks().await, ["prod/deploy#1 Run"]);
    play.report(&id, attempt("prod/deploy", 1), Report::Passed).await.unwrap();
    assert_eq!((play.status(&id).await.as_str(), play.tasks().await.len()), ("passed", 0));
    assert!(play.store.holds().await.unwrap().is_empty());
    assert_eq!(play.store.next_wake().await.unwrap(), None);
    let whole = play.store.promotion(&id).await.unwrap().unwrap();
    assert_eq!(ending(&whole.course, &whole.promotion.unwrap()).unwrap().end, End::Passed);
    let causes: Vec<_> =
        play.store.journal(&id).await.unwrap().into_iter().filter_map(|it| it.cause).collect();
    assert_eq!(causes[0].from, person());
    let from = |cause: Cause| causes.iter().any(|it| it.from == cause);
    assert!(from(Cause::Admission) && !from(watcher), "the reference is not repeated with each report");
    assert!(from(Cause::Watcher { reference: String::new() }));
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn what_decides_nothing_writes_nothing() {
    let mut play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    let mut other = play.other().await;
    let before = other.data_version().await.unwrap();
    assert!(play.tick(&id, 1).await.events.is_empty());
    let late = Input::Command(Command::Grant(attempt("qa/enter", 1)));
    let refused = play.turn(&id, &Cause::Admission, &late).await;
    assert!(matches!(refused, Err(TurnError::Refused(Refusal::Late))), "{refused:?}");
    assert_eq!(other.data_version().await.unwrap(), before);
    let missing = play.turn(&PromotionId("x".to_owned()), &Cause::Clock, &Input::Tick).await;
    assert!(matches!(missing, Err(TurnError::NoPromotion(_))));
    play.turn(&id, &person(), &stop()).await.unwrap();
    assert_ne!(other.data_version().await.unwrap(), before, "another process notices what was written");
    other.courses = Default::default();
    other.turn(&id, &Cause::Clock, &Input::Tick, at(99)).await.unwrap();
}

#[tokio::test]
async fn who_is_due_and_has_nothing_to_do_is_not_due_for_ever() {
    let mut play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    play.by_hand("UPDATE promotion SET wake = 5").await;
    assert_eq!(play.store.due(at(1)).await.unwrap(), std::slice::from_ref(&id));
    assert!(play.tick(&id, 1).await.events.is_empty());
    assert_eq!(play.store.due(at(1)).await.unwrap(), []);
    assert_eq!(play.store.next_wake().await.unwrap(), Some(at(100)));
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn time_is_due_when_it_changes_something() {
    let mut play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    assert_eq!(play.store.next_wake().await.unwrap(), Some(at(100)));
    assert_eq!(play.store.due(at(99)).await.unwrap(), []);
    assert_eq!(play.store.due(at(100)).await.unwrap(), std::slice::from_ref(&id));
    play.tick(&id, 100).await;
    assert_eq!(play.tasks().await, ["qa/deploy#1 Stop"]);
    play.tick(&id, 10).await;
    assert_eq!(play.tasks().await, ["qa/deploy#1 Look"]);
    assert_eq!(play.status(&id).await, "unknown");
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn what_is_unknown_keeps_its_place_and_names_it_until_it_is_settled() {
    let mut play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    play.report(&id, attempt("qa/deploy", 1), Report::Reference("ServerTasks-9".to_owned())).await.unwrap();
    play.tick(&id, 100).await;
    play.tick(&id, 10).await;
    let holds = play.store.holds().await.unwrap();
    assert_eq!(holds[0].stuck.as_deref(), Some("ServerTasks-9"));
    let second = play.start("shop", "1.1", &["qa"]).await;
    assert_eq!(play.status(&second).await, "waiting");
    let (of, by) = (attempt("qa/deploy", 1), Person("ann".to_owned()));
    let settle = Command::Settle { of, by, passed: true, reason: "I looked".to_owned() };
    let turned = play.turn(&id, &person(), &Input::Command(settle)).await.unwrap();
    assert_eq!(turned.others, std::slice::from_ref(&second), "the next one enters in the same transaction");
    assert_eq!((play.status(&id).await.as_str(), play.status(&second).await.as_str()), ("passed", "running"));
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn retries_count_on_and_a_clock_that_went_back_stands_still() {
    let mut play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    play.report(&id, attempt("qa/deploy", 1), failed(true)).await.unwrap();
    assert!(play.tasks().await.is_empty());
    play.tick(&id, 5).await;
    assert_eq!(play.tasks().await, ["qa/deploy#2 Run"]);
    play.seconds = -500;
    play.report(&id, attempt("qa/deploy", 2), failed(false)).await.unwrap();
    assert_eq!(play.status(&id).await, "failed");
    play.turn(&id, &person(), &retry(0)).await.unwrap();
    assert_eq!(play.tasks().await, ["qa/deploy#3 Run"]);
    let again = play.turn(&id, &person(), &retry(0)).await;
    assert!(matches!(again, Err(TurnError::Refused(Refusal::Already))), "a double click: {again:?}");
    let times: Vec<_> = play.store.journal(&id).await.unwrap().into_iter().map(|it| it.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn a_report_counts_only_from_who_holds_the_attempt() {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    let key = Key { promotion: id.clone(), of: attempt("qa/deploy", 1) };
    let one = Cause::Performer { holder: "one".to_owned() };
    let report = |it: Report| Input::Report(attempt("qa/deploy", 1), it);
    let early = play.turn(&id, &one, &report(failed(false))).await;
    assert!(matches!(early, Err(TurnError::NotYours)), "nobody holds it yet: {early:?}");
    play.store.take(&key, "one").await.unwrap().unwrap();
    assert_eq!(play.store.take(&key, "two").await.unwrap().unwrap().holder.as_deref(), Some("one"));
    for cause in [one, Cause::Clock, person(), Cause::Watcher { reference: "ServerTasks-1".to_owned() }] {
        let lost = play.turn(&id, &cause, &report(failed(false))).await;
        assert!(matches!(lost, Err(TurnError::NotYours)), "{cause:?}: {lost:?}");
    }
    let two = Cause::Performer { holder: "two".to_owned() };
    play.turn(&id, &two, &report(Report::Reference("ServerTasks-2".to_owned()))).await.unwrap();
    let wrong = Cause::Watcher { reference: "ServerTasks-1".to_owned() };
    assert!(matches!(play.turn(&id, &wrong, &report(Report::Passed)).await, Err(TurnError::NotYours)));
    let right = Cause::Watcher { reference: "ServerTasks-2".to_owned() };
    play.turn(&id, &right, &report(Report::Passed)).await.unwrap();
    assert_eq!(play.status(&id).await, "passed");
}

#[tokio::test]
async fn the_same_request_starts_one_release() {
    let play = Play::new().await;
    let other = play.other().await;
    let asked =
        NewRelease { request: Some("build 7".to_owned()), ..new("shop", "1.0", chain("Shop", &["qa"])) };
    let (one, two) = tokio::join!(play.store.start(&asked, at(0)), other.start(&asked, at(0)));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((&one.id, one.number), (&two.id, two.number));
    assert_ne!(one.existed, two.existed);
    for changed in [
        NewRelease { version: ReleaseVersion::new("1.1"), ..asked.clone() },
        NewRelease { product: "shoe".into(), ..asked.clone() },
        NewRelease { flow: None, ..asked.clone() },
        NewRelease { application: "stock".into(), ..asked.clone() },
    ] {
        let refused = play.store.start(&changed, at(0)).await;
        assert!(matches!(refused, Err(StartError::OtherRelease { .. })), "{refused:?}");
    }
    let next = play.store.start(&NewRelease { request: None, ..asked }, at(0)).await.unwrap();
    assert_eq!(next.number, one.number + 1, "a refused start takes no number");
}

/// Two processes take every turn at the same moment, and only one of them counts.
#[tokio::test]
async fn a_history_never_forks() {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa", "prod"]).await;
    let other = play.other().await;
    for (round, expected) in [(0, "qa/deploy"), (1, "qa/deploy"), (2, "qa/deploy")] {
        let of = attempt(expected, round + 1);
        let key = Key { promotion: id.clone(), of: of.clone() };
        play.store.take(&key, "me").await.unwrap();
        let (input, cause) = (Input::Report(of, failed(false)), Cause::Performer { holder: "me".to_owned() });
        let (one, two) =
            tokio::join!(play.store.turn(&id, &cause, &input, at(1)), other.turn(&id, &cause, &input, at(1)));
        assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
        let (again, ann) = (retry(round), person());
        let (one, two) =
            tokio::join!(play.store.turn(&id, &ann, &again, at(2)), other.turn(&id, &ann, &again, at(2)));
        assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
    }
    play.nothing_is_wrong().await;
    let duplicate =
        "INSERT INTO journal (promotion, seq, at, event) SELECT promotion, seq, at, event FROM journal";
    let mut writer = play.store.writer.lock().await;
    let mut tx = writer.begin().await.unwrap();
    assert!(tx.run(duplicate, &[]).await.is_err(), "the primary key says it once more");
}

#[tokio::test]
async fn a_report_of_any_length_makes_no_long_line() {
    let play = Play::new().await;
    let id = play.start("shop", "1.0", &["qa"]).await;
    let reason = "x".repeat(1024 * 1024);
    play.report(&id, attempt("qa/deploy", 1), Report::Failed { reason, again: false }).await.unwrap();
    let performer = Cause::Performer { holder: "me".to_owned() };
    let lines = play.store.journal(&id).await.unwrap();
    let cause = lines.iter().filter_map(|it| it.cause.as_ref()).find(|it| it.from == performer).unwrap();
    assert_eq!(cause.input, None, "the events say what followed");
    assert!(lines.iter().all(|it| it.text.len() < 10_000));
}

#[tokio::test]
async fn what_a_person_learned_later_has_arrived() {
    let mut play = Play::new().await;
    let id = play.start("shop", "2.0", &["qa"]).await;
    play.tick(&id, 100).await;
    play.tick(&id, 10).await;
    let older = play.start("shop", "1.0", &["qa"]).await;
    assert_eq!(play.status(&older).await, "waiting");
    let (of, by) = (attempt("qa/deploy", 1), Person("ann".to_owned()));
    let settle = Command::Settle { of, by, passed: true, reason: "I looked".to_owned() };
    play.turn(&id, &person(), &Input::Command(settle)).await.unwrap();
    assert_eq!(play.status(&older).await, "refused");
}
