//! What a server that uses the library needs: its futures may be spawned on any thread.

use promenade::actions::{
    CreateOptions, DeployOptions, PromoteOptions, PromotionChoice, ReleaseChoice, Session, create, deploy,
    promote,
};
use promenade::ci::Plan;
use promenade::ci::run::{Run, run};

fn assert_send<T: Send>(_: T) {}

/// Compiles only while the futures are `Send`; a trait object of one is what a server's task queue holds.
#[test]
fn the_futures_of_actions_and_runs_may_be_spawned() {
    fn of_create(session: &Session<'_>, options: &CreateOptions) {
        assert_send(create(session, options));
    }
    fn of_deploy(session: &Session<'_>, release: ReleaseChoice, options: &DeployOptions) {
        assert_send(deploy(session, release, options));
    }
    fn of_promote(session: &Session<'_>, choice: PromotionChoice, options: &PromoteOptions) {
        assert_send(promote(session, choice, options));
    }
    fn of_run(plan: &Plan, with: Run<'_>) {
        assert_send(run(plan, with));
    }
    // They are never called: that they compile is the test.
    let _ = (of_create, of_deploy, of_promote, of_run);
}
