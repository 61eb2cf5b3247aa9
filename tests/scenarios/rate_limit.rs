//! A server at its rate limit: how often it is asked, what is said of it, and how a wait ends.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::shop::{Ran, Shop};

const DEPLOY: [&str; 8] =
    ["deploy", "--project", "Web Shop", "--version", "1.4.6", "--to", "Development", "--again"];
const LIMIT: Duration = Duration::from_secs(6);

/// Deploys what takes longer than its time limit, while looks from the `skip`-th on are answered with 429. What it
/// came to, and how many looks there were.
fn deploy_at_the_limit(retry_after: u64, skip: u64) -> (Ran, usize) {
    let shop = Shop::slow();
    let script = json!({
        "match": { "method": "GET", "path": "/tasks$", "skip": skip },
        "times": null,
        "fault": { "kind": "status", "status": 429, "retryAfter": retry_after },
    });
    shop.sandbox.script(serde_json::from_value(script).expect("a script"));
    let begun = Instant::now();
    let ran = shop.run(&[&DEPLOY[..], &["--time-limit", "6s"]].concat());
    assert!(begun.elapsed() >= LIMIT, "it ends at its limit and not before: {:?}\n{ran}", begun.elapsed());
    assert!(begun.elapsed() < 3 * LIMIT, "{:?}", begun.elapsed());
    let looks = shop.requests().iter().filter(|it| it.path.ends_with("/tasks")).count();
    (ran, looks)
}

fn count(ran: &Ran, text: &str) -> usize {
    ran.to_string().matches(text).count()
}

#[test]
fn a_hold_beyond_the_limit_leaves_it_undecided_what_was_seen_to_run() {
    for retry_after in [3600, u64::MAX] {
        let (ran, looks) = deploy_at_the_limit(retry_after, 1);
        let ran =
            ran.ends(3).says(&["the server's rate limit is reached (429); trying again", "keeps running"]);
        assert_eq!(looks, 2, "{ran}");
        assert_eq!(count(&ran, "(429)"), 1, "{ran}");
    }
}

#[test]
fn a_hold_beyond_the_limit_is_no_answer_where_nothing_was_seen() {
    let (ran, looks) = deploy_at_the_limit(u64::MAX, 0);
    assert_eq!(looks, 1, "{ran}");
    ran.ends(4).says(&["rate limit"]);
}

#[test]
fn a_limit_that_names_no_time_is_asked_less_and_less_often() {
    let (ran, looks) = deploy_at_the_limit(0, 1);
    // The one that shows it, then after 0, 1, 3 and 7 seconds.
    assert!(looks <= 5, "{looks} looks\n{ran}");
    assert_eq!(count(&ran, "(429)"), 1, "{ran}");
    ran.ends(3);
}
