//! Verifies that a release is what an environment has. Nothing is changed.

use crate::backend::CurrentQuery;
use crate::driver::world::Call;
use crate::flow::course::Target;
use crate::flow::engine::Wish;
use crate::flow::input::Report;
use crate::store::Task;

use super::refusal::refusal;
use super::{Hindrance, Pass, Performer};

impl Performer<'_> {
    pub(super) async fn verify(&self, effect: &Task, target: &Target) -> Result<Pass, Hindrance> {
        if effect.wish != Wish::Run {
            return self.report(Report::Stopped(String::new())).await;
        }
        let release = self.release(effect).await?;
        let home = self.world.driving.homes.of(target)?;
        let query = CurrentQuery {
            project: &target.project,
            environment: &target.environment,
            tenants: &target.tenants,
            channel: target.channel.as_ref(),
        };
        let call = Call::of(self.world, self.key);
        let report = match Box::pin(home.current(&query, call.context())).await {
            Ok(current) if current.has_everywhere(&release.id) => Report::Passed,
            Ok(current) => {
                let there = match current.common() {
                    Some(other) => format!("release {}", other.release.version),
                    None if current.is_nothing_there() => "no release".to_owned(),
                    None => "different releases for its tenants".to_owned(),
                };
                let reason = format!("{} has {there}, not release {}", target.environment, release.version);
                Report::Failed { reason, again: false }
            }
            Err(error) => match refusal(&error) {
                Some(report) => report,
                None => return Ok(Pass::Later(error.to_string(), error.advice())),
            },
        };
        self.report(report).await
    }
}
