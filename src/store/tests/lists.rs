//! Lists, pages and filters.

use super::*;

#[tokio::test]
async fn pages_follow_each_other_while_new_releases_start() {
    let mut play = Play::new().await;
    let mut started = Vec::new();
    for number in 0..7 {
        // Two start at each moment.
        play.seconds = number / 2;
        started.push(play.start("shop", &format!("1.{number}"), &["qa"]).await);
    }
    let (mut seen, mut page) = (Vec::new(), Some(Page::first(3)));
    while let Some(this) = page {
        let (releases, next) = play.store.releases(&Filter::default(), &this).await.unwrap();
        assert!(releases.len() <= 3 && !releases.is_empty());
        seen.extend(releases.into_iter().map(|it| it.id));
        page = next.map(|it| Page::at(3, &it.cursor().unwrap()).unwrap());
        play.seconds = 100;
        play.start("shop", "2.0", &["qa"]).await;
    }
    let mut expected = started.clone();
    expected.sort_by(|a, b| b.cmp(a));
    assert_eq!(seen, expected, "the id begins with the moment of the start");
}

#[tokio::test]
async fn each_filter_lets_pass_what_it_names() {
    let mut play = Play::new().await;
    let one = play.start("shop", "1.0", &["qa", "prod"]).await;
    play.seconds = 10;
    let by_hand = NewRelease {
        flow: None,
        by: Person("bob".to_owned()),
        verified: false,
        ..new("shoe", "2.0", chain("Shoe", &["qa"]))
    };
    let two = play.store.start(&by_hand, play.now()).await.unwrap().id;
    play.report(&two, attempt("qa/deploy", 1), failed(false)).await.unwrap();
    let any = Filter::default;
    for (filter, expected) in [
        (any(), vec![&two, &one]),
        (Filter { product: Some("shop".into()), ..any() }, vec![&one]),
        (Filter { flow: Some(OfFlow::Named("main".into())), ..any() }, vec![&one]),
        (Filter { flow: Some(OfFlow::Manual), ..any() }, vec![&two]),
        (Filter { status: Some("failed".to_owned()), ..any() }, vec![&two]),
        (Filter { by: Some("bob".to_owned()), ..any() }, vec![&two]),
        (Filter { version: Some(ReleaseVersion::new("1.0")), ..any() }, vec![&one]),
        (Filter { since: Some(at(10)), ..any() }, vec![&two]),
        (Filter { until: Some(at(10)), ..any() }, vec![&one]),
        (Filter { unfinished: true, ..any() }, vec![&one]),
        (Filter { product: Some("shop".into()), by: Some("bob".to_owned()), ..any() }, vec![]),
    ] {
        let (found, next) = play.store.releases(&filter, &Page::first(10)).await.unwrap();
        let ids: Vec<&PromotionId> = found.iter().map(|it| &it.id).collect();
        assert_eq!((ids, next), (expected, None), "{filter:?}");
    }
    let (found, _) = play.store.releases(&any(), &Page::first(10)).await.unwrap();
    let cells: Vec<_> =
        found[1].environments.iter().map(|it| (it.name.as_str(), it.status.as_str())).collect();
    assert_eq!(cells, [("qa", "running"), ("prod", "pending")]);
    assert_eq!(
        (found[0].by.0.as_str(), found[0].verified, found[0].reason.as_deref()),
        ("bob", false, Some("no"))
    );
    assert_eq!(found[0].ended, Some(at(10)));
    assert_eq!(play.store.release(&"shop".into(), 1).await.unwrap().unwrap().release.id, one);
    assert!(play.store.release(&"shop".into(), 2).await.unwrap().is_none());
    assert!(play.store.release(&"shop".into(), u64::MAX).await.unwrap().is_none());
}
