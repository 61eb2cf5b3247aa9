//! Each fault of the sandbox at each request of create, deploy, promote and wait. What has to come of it
//! stands in tables that were written by hand, from what the fault does on the wire: never a success that did
//! not happen, never a second deployment, at worst "no answer" (exit code 4).

mod answers;
mod bench;
mod looks;
mod reads;
mod waits;
mod writes;

use bench::{Ran, Story, run_all};

/// What must stand after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stands {
    exit: i32,
    /// Releases or deployments on the server, seconds later.
    made: usize,
    /// Requests for them that the server received: 2 where it was right to ask again.
    sent: usize,
}

/// The three numbers in the order of a table's columns.
const fn stands(exit: i32, made: usize, sent: usize) -> Stands {
    Stands { exit, made, sent }
}

/// Runs every story and compares it with what must stand, all of them before the first is complained of.
async fn hold(rows: Vec<(Story, Stands)>, made: impl Fn(&Ran) -> usize) {
    let (stories, expected): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let wrong = |(ran, expected): (Ran, Stands)| {
        let found = Stands { exit: ran.exit.unwrap_or(-1), made: made(&ran), sent: ran.sent() };
        (found != expected).then(|| {
            format!("{}: expected {expected:?}, found {found:?}; it said:\n{}\n", ran.name, ran.said)
        })
    };
    let all = stories.len();
    let wrong: Vec<_> = run_all(stories).await.into_iter().zip(expected).filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{} of {all} are wrong\n{}", wrong.len(), wrong.concat());
}
