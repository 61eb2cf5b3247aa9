//! Who enters next, over the rows of several promotions.

use super::*;

#[tokio::test]
async fn the_first_number_enters_and_the_next_follows_in_the_turn_that_frees_the_place() {
    let play = Play::new().await;
    let first = play.start("shop", "1.0", &["qa"]).await;
    let second = play.start("shop", "1.1", &["qa"]).await;
    let third = play.start("shop", "1.2", &["qa"]).await;
    assert_eq!(play.tasks().await, ["qa/deploy#1 Run"]);
    play.turn(&second, &person(), &stop()).await.unwrap();
    let turned = play.report(&first, attempt("qa/deploy", 1), Report::Passed).await.unwrap();
    assert_eq!(turned.others, std::slice::from_ref(&third), "who was stopped is in nobody's way");
    assert_eq!(play.store.holds().await.unwrap()[0].promotion, third);
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn an_older_version_than_what_arrived_is_refused() {
    let play = Play::new().await;
    let newer = play.start("shop", "1.10", &["qa"]).await;
    let older = play.start("shop", "1.9", &["QA"]).await;
    play.report(&newer, attempt("qa/deploy", 1), Report::Passed).await.unwrap();
    assert_eq!(play.status(&older).await, "refused", "it waited, and was refused when the place became free");
    let reason = play.store.promotion(&older).await.unwrap().unwrap().release.reason.unwrap();
    assert!(reason.contains("1.10") && reason.contains("1.9"), "{reason}");
    let failed_one = play.start("shop", "1.11", &["qa"]).await;
    play.report(&failed_one, attempt("qa/deploy", 1), failed(false)).await.unwrap();
    let same = play.start("shop", "1.10", &["qa"]).await;
    assert_eq!(play.status(&same).await, "running", "1.11 failed and so did not arrive");
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn an_older_version_enters_where_that_is_allowed_for_all_that_is_deployed_there() {
    let play = Play::new().await;
    let newer = play.start("shop", "2.0", &["qa"]).await;
    play.report(&newer, attempt("qa/deploy", 1), Report::Passed).await.unwrap();
    let mut course = chain("Shop", &["qa"]);
    let Kind::Act(Action::Deploy { options, .. }) =
        &mut course.nodes.get_mut(&"qa/deploy".into()).unwrap().kind
    else {
        panic!("it deploys")
    };
    options.allow_backwards = true;
    let older = play.store.start(&new("shop", "1.0", course), at(1)).await.unwrap().id;
    assert_eq!(play.status(&older).await, "running");
}

#[tokio::test]
async fn a_place_is_one_place_for_two_products_too() {
    let play = Play::new().await;
    let one = play.start("shop", "1.0", &["qa"]).await;
    let two = play.start("shoe", "1.0", &["QA"]).await;
    assert_eq!(play.tasks().await.len(), 1, "names that a server does not tell apart are one place");
    let turned = play.report(&one, attempt("qa/deploy", 1), failed(false)).await.unwrap();
    assert_eq!(turned.others, [two], "a product is told of the place that another one left");
    play.nothing_is_wrong().await;
}

#[tokio::test]
async fn of_two_products_the_one_that_waits_longest_enters() {
    for (leaves, waits) in [("shoe", "shop"), ("shop", "shoe")] {
        let mut play = Play::new().await;
        let first = play.start(leaves, "1.0", &["qa"]).await;
        play.seconds = 1;
        let other = play.start(waits, "1.0", &["qa"]).await;
        play.seconds = 2;
        play.start(leaves, "1.1", &["qa"]).await;
        let turned = play.report(&first, attempt("qa/deploy", 1), Report::Passed).await.unwrap();
        assert_eq!(turned.others, [other], "{leaves} leaves, and its next one came later");
        play.nothing_is_wrong().await;
    }
}

#[tokio::test]
async fn other_places_are_not_in_the_way() {
    let play = Play::new().await;
    play.start("shop", "1.0", &["qa"]).await;
    play.start("shop", "1.0", &["prod"]).await;
    let other = new("shop", "1.0", chain("Other", &["qa"]));
    play.store.start(&other, at(0)).await.unwrap();
    assert_eq!(play.tasks().await.len(), 3);
}

#[tokio::test]
async fn a_place_stays_taken_while_an_ignored_deployment_is_unknown() {
    let play = Play::new().await;
    let mut course = chain("Shop", &["qa"]);
    let Kind::Join(members) = &mut course.nodes.get_mut(&"qa".into()).unwrap().kind else { panic!("a join") };
    members[1].counts = false;
    let id = play.store.start(&new("shop", "1.0", course), at(0)).await.unwrap().id;
    play.report(&id, attempt("qa/deploy", 1), Report::Unknown("lost".to_owned())).await.unwrap();
    assert_eq!(play.status(&id).await, "passed", "its end does not count");
    let holds = play.store.holds().await.unwrap();
    assert_eq!(holds[0].stuck.as_deref(), Some("qa/deploy#1"));
    play.nothing_is_wrong().await;
}
