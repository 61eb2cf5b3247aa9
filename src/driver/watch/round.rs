//! One look at everything on a server, and what follows from it for each attempt.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::{Backend, Deployment, DeploymentStatus, after};
use crate::driver::world::Call;
use crate::flow::engine::Wish;
use crate::flow::input::{Input, Report};
use crate::store::{Cause, Key};

use super::progress::{Progress, progress};
use super::watcher::{AT_ONCE, BUDGET, LONGEST_LOOK, UNSEEN, Watched, Watcher};

impl Watcher {
    /// Looks at everything, if something is due.
    pub(super) async fn round(&mut self) {
        if self.next().is_some_and(|it| it <= Instant::now()) && !self.world.stop().is_requested() {
            Box::pin(self.look()).await;
        }
    }

    async fn look(&mut self) {
        let keys: Vec<Key> = self.watched.keys().cloned().collect();
        let all: Vec<Deployment> =
            keys.iter().flat_map(|it| self.watched[it].made.deployments.iter().cloned()).collect();
        let Some(first) = keys.first() else { return };
        let world = Arc::clone(&self.world);
        let home = match world.driving.homes.at(&self.home) {
            Ok(home) => home,
            Err(error) => return self.failed(error.message, Some(error.advice)),
        };
        let call = Call::of(&world, first);
        let mut statuses = Vec::with_capacity(all.len());
        for some in all.chunks(AT_ONCE) {
            match home.statuses(some, call.context()).await {
                Ok(shown) => statuses.extend(shown),
                Err(cause) => {
                    let what = "the deployments cannot be looked at";
                    return self.failed(format!("connection `{}`: {what}: {cause}", self.home.0), None);
                }
            }
        }
        self.failures = 0;
        let mut statuses = statuses.into_iter();
        for key in &keys {
            let count = self.watched[key].made.deployments.len();
            let its: Vec<_> = statuses.by_ref().take(count).collect();
            self.follow(&home, key, &its).await;
        }
        self.plan(&keys, all.len());
    }

    /// The home did not answer: everything on it is looked at later. No answer says nothing about a deployment.
    pub(super) fn failed(&mut self, message: String, advice: Option<String>) {
        self.failures = self.failures.saturating_add(1);
        let next = after(Instant::now(), self.world.driving.pace.pause(self.failures));
        self.watched.values_mut().for_each(|it| it.next = next);
        self.world.trouble(None, message, advice.filter(|it| !it.is_empty()));
    }

    /// When each is looked at again: often at first, more rarely as it gets older, and within the budget of the server.
    fn plan(&mut self, keys: &[Key], deployments: usize) {
        let pace = self.world.driving.pace;
        let requests = u32::try_from(deployments.div_ceil(AT_ONCE)).unwrap_or(u32::MAX);
        let within_budget = Duration::from_secs(60).saturating_mul(requests) / BUDGET;
        let now = Instant::now();
        for key in keys {
            let Some(watched) = self.watched.get_mut(key) else { continue };
            let longest = if watched.wish == Wish::Look { LONGEST_LOOK } else { pace.longest };
            let pause = (watched.since.elapsed() / 10).clamp(pace.shortest, longest.max(pace.shortest));
            watched.next = after(now, pause.max(within_budget));
        }
    }

    /// What a look means for one attempt.
    async fn follow(&mut self, home: &Backend, key: &Key, statuses: &[Option<DeploymentStatus>]) {
        let Some(watched) = self.watched.get_mut(key) else { return };
        match progress(&watched.made, statuses) {
            Progress::Ended(report) => {
                let report = watched.end(report);
                self.report(key, report).await;
            }
            Progress::Unseen => {
                let since = *watched.unseen.get_or_insert_with(Instant::now);
                if since.elapsed() >= UNSEEN && watched.wish != Wish::Look {
                    let tasks: Vec<_> = watched.made.deployments.iter().map(|it| it.task.as_str()).collect();
                    let what = format!("the server does not show {} any more", tasks.join(", "));
                    self.report(key, Report::Unknown(what)).await;
                }
            }
            Progress::GoesOn { open, asking } => {
                watched.unseen = None;
                if watched.wish == Wish::Stop || watched.given_up {
                    self.cancel(home, key, &open).await;
                } else if watched.wish == Wish::Run {
                    self.people(home, key, &asking, statuses).await;
                }
            }
        }
    }

    /// Asks the home to cancel what has not ended. It is asked again after each look; that does no harm.
    pub(super) async fn cancel(&mut self, home: &Backend, key: &Key, open: &[usize]) {
        let Some(watched) = self.watched.get(key) else { return };
        let call = Call::of(&self.world, key);
        for deployment in open.iter().filter_map(|at| watched.made.deployments.get(*at)) {
            if let Err(cause) = home.cancel(deployment, call.context()).await {
                let what = format!("{} could not be cancelled: {cause}", deployment.task);
                self.world.trouble(Some(key), what, None);
            }
        }
    }

    /// Reports what became of an attempt. What is not taken concerns nobody any more, and its row will be gone.
    /// Whether the report need not be made again.
    pub(super) async fn report(&mut self, key: &Key, report: Report) -> bool {
        let Some(watched) = self.watched.get(key) else { return true };
        let cause = Cause::Watcher { reference: watched.reference.clone() };
        let input = Input::Report(key.of.clone(), report);
        match self.world.turn(&key.promotion, &cause, &input).await {
            Ok(()) => true,
            Err(error) if error.is_moot() => true,
            Err(error) => {
                self.world.trouble(Some(key), error.to_string(), error.advice().map(str::to_owned));
                false
            }
        }
    }
}

impl Watched {
    /// The report of its end, which says why it was cancelled where promenade did that by itself.
    fn end(&self, report: Report) -> Report {
        match report {
            Report::Stopped(reason) if self.given_up => Report::Failed {
                reason: format!("it needed a person, and the environment says to fail then; {reason}"),
                again: false,
            },
            other => other,
        }
    }
}
