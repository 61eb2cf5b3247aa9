//! Waits for deployments: looks at them until each has ended, or until it is waited for no longer.
//!
//! `deployment.rs` holds what is known of one deployment, `state.rs` what is known of the whole wait. `looking.rs` is
//! the loop, `giving_up.rs` ends it early. What may not hold it up is in `courtesy.rs`, which reads logs
//! (`logs.rs`), questions to people (`questions.rs`), and the reasons for waiting (`reasons.rs`) side by side.

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

/// Waits for deployments as the options say. Returns where each stood in the end.
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

/// Ends an action that was halted. The deployments that were accepted before go on, or are cancelled where the options
/// say so for this kind of halt.
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
            // A lost answer is given up only when the time is over, so it counts as late.
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
