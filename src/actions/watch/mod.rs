//! Waits for deployments: looks at them until each has ended or is no longer waited for.
//!
//! `deployment.rs` holds the state of one deployment, `state.rs` the state of the whole wait. `looking.rs` is the loop,
//! `giving_up.rs` ends it early. `courtesy.rs` does what must not hold up the loop: it reads logs (`logs.rs`),
//! questions to people (`questions.rs`) and the reasons for waiting (`reasons.rs`) in parallel.

mod courtesy;
mod deployment;
mod giving_up;
mod logs;
mod looking;
mod questions;
mod reading;
mod reasons;
mod state;

use tokio::time::Instant;

use crate::backend::{Context, Deployment};

use super::outcome::{DeploymentResult, End, result};
use super::wait::{GivingUp, Wait};
use super::{ActionError, Halt, Session};
use state::Watch;

/// Waits for deployments as the options say. Returns the last known state of each.
pub(super) async fn results(
    session: &Session<'_>,
    deployments: Vec<Deployment>,
    wait: &Wait,
    context: Context<'_>,
) -> Vec<DeploymentResult> {
    match wait {
        Wait::No => deployments.into_iter().map(|it| result(it, End::NotAwaited, None)).collect(),
        Wait::ForResults(options) => {
            let mut watch = Watch::new(session, deployments, options, context);
            watch.run().await;
            watch.into_results()
        }
    }
}

/// Ends an action that was halted. The deployments that were accepted before keep running, or are cancelled if the
/// options say so for this kind of halt.
pub(super) async fn abandon(
    session: &Session<'_>,
    halt: Halt,
    wait: &Wait,
    context: Context<'_>,
) -> ActionError {
    let accepted = context.ledger.accepted();
    let Wait::ForResults(options) = wait else {
        let deployments = accepted.into_iter().map(|it| result(it, End::NotAwaited, None)).collect();
        return match halt {
            Halt::Backend(error) => ActionError::Backend(error),
            Halt::Stopped { unclear } => ActionError::Stopped { unclear, deployments },
        };
    };
    let mut watch = Watch::new(session, accepted, options, context);
    match halt {
        Halt::Stopped { unclear } => {
            watch.interrupted().await;
            ActionError::Stopped { unclear, deployments: watch.into_results() }
        }
        Halt::Backend(source) => {
            // promenade gives up on a lost answer only when the time is over, so this counts as a time limit.
            let is_late = source.is_unclear() || Instant::now() >= context.deadline;
            if session.stop.is_requested() && options.on_interrupt == GivingUp::Cancel {
                watch.interrupted().await;
            } else if is_late && options.on_timeout == GivingUp::Cancel {
                watch.out_of_time().await;
            } else {
                return ActionError::Backend(source);
            }
            ActionError::GaveUp { source, deployments: watch.into_results() }
        }
    }
}
