//! The loop around [`decide`]: sleep, look, report what is new, decide.

use tokio::time::Instant;

use crate::actions::outcome::End;
use crate::actions::wait::{DropReason, Next, PersonNeeded, View, decide, drops};
use crate::backend::Context;

use super::state::Watch;

/// How a look ended.
enum LookEnd {
    /// The server answered.
    Seen,
    /// The server refused to show the tasks; it may be upgrading.
    Refused(String),
    /// No answer until the time was over.
    NoAnswer(String),
    /// The server's rate limit lasts longer than the time that is left.
    HeldBack(String),
    /// The stop signal came first.
    Stopped,
}

impl Watch<'_> {
    /// Waits until each deployment has ended or is no longer waited for.
    pub(super) async fn run(&mut self) {
        loop {
            self.drop_some();
            match self.decide() {
                Next::Done => return,
                Next::LookIn(pause) => {
                    if !self.pause(Instant::now() + pause).await {
                        return self.interrupted().await;
                    }
                }
                Next::OutOfTime => return self.out_of_time().await,
            }
            match self.look().await {
                // The next pause also reacts to the stop signal.
                LookEnd::Seen => self.follow().await,
                LookEnd::Refused(because) => self.lose_sight(&because),
                LookEnd::NoAnswer(because) => {
                    self.lose_sight(&because);
                    return self.out_of_time().await;
                }
                LookEnd::HeldBack(because) => return self.sit_out(&because).await,
                LookEnd::Stopped => return self.interrupted().await,
            }
        }
    }

    /// Waits for the time limit without another look.
    async fn sit_out(&mut self, because: &str) {
        self.report_trouble(because);
        // A deployment that was seen keeps running. One that was never seen may be in any state.
        for watched in self.watched.iter_mut().filter(|it| it.status.is_none()) {
            watched.lose_sight(because);
        }
        if self.pause(self.context.deadline).await {
            self.out_of_time().await
        } else {
            self.interrupted().await
        }
    }

    /// Ends the wait for some deployments; the wait for the others continues.
    fn drop_some(&mut self) {
        let fail = self.options.when_person_needed == PersonNeeded::Fail;
        let dropped: Vec<_> =
            self.opens().filter_map(|(at, open)| drops(&open, fail).map(|why| (at, why))).collect();
        for (at, why) in dropped {
            let watched = &mut self.watched[at];
            match why {
                DropReason::NeedsPerson => watched
                    .end(End::NeedsPerson, "a person has to answer, and when-person-needed says not to wait"),
                DropReason::Unseen => watched.end_unseen(),
            }
        }
    }

    fn decide(&self) -> Next {
        let open: Vec<_> = self.opens().map(|(_, open)| open).collect();
        decide(&View {
            open: &open,
            waited: self.began.elapsed(),
            left: self.context.deadline.saturating_duration_since(Instant::now()),
            expected: self.expected,
        })
    }

    async fn look(&mut self) -> LookEnd {
        let open = self.open();
        let context = Context { deadline: self.last(), ..self.context };
        self.spent += u32::try_from(open.len().div_ceil(300)).unwrap_or(u32::MAX);
        let answer = tokio::select! {
            biased;
            () = self.session.stop.requested() => return LookEnd::Stopped,
            answer = self.session.backend.statuses(&open, context) => answer,
        };
        match answer {
            Ok(statuses) => {
                self.forget_trouble();
                self.take_in(&open, statuses);
                LookEnd::Seen
            }
            Err(error) if error.was_held_back() => LookEnd::HeldBack(error.to_string()),
            Err(error) if error.is_transient() => LookEnd::NoAnswer(error.to_string()),
            Err(error) => LookEnd::Refused(error.to_string()),
        }
    }
}
