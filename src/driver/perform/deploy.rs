//! Performs a deployment: prepares it, writes its requests down, sends each once, and looks for what became of those that
//! may have been sent before.

use crate::backend::{BackendError, Destination, NewDeployment, Preparation};
use crate::driver::begin::{self, Next};
use crate::driver::records::{Made, Requests};
use crate::driver::world::Call;
use crate::flow::course::{FrozenOptions, Target};
use crate::flow::engine::Wish;
use crate::flow::input::Report;
use crate::model::Targets;
use crate::store::Task;

use super::refusal::refusal;
use super::sending::Sending;
use super::{Hindrance, Pass, Performer};

impl Performer<'_> {
    pub(super) async fn deploy(
        &mut self,
        effect: Task,
        target: &Target,
        options: &FrozenOptions,
    ) -> Result<Pass, Hindrance> {
        let requests = match &effect.record {
            Some(text) => Requests::read(text).map_err(Hindrance::Unusable)?,
            None if effect.sent > 0 => {
                let lost = "what was asked for is not in the store any more, so nobody can look for it";
                return self.report(Report::Unknown(lost.to_owned())).await;
            }
            None if effect.wish != Wish::Run => return self.stopped(&[]).await,
            None => match self.prepare(&effect, target, options).await? {
                Ok(preparation) => Requests::of(&preparation).map_err(Hindrance::Unusable)?,
                Err(error) => return self.unprepared(&error).await,
            },
        };
        let home = self.world.driving.homes.of(target)?;
        let Some(next) = requests.next().map_err(Hindrance::Unusable)? else {
            return self.made(Made { deployments: requests.made, incomplete: None }).await;
        };
        match begin::next(effect.sent, effect.wish) {
            Next::Stopped => self.stopped(&requests.made).await,
            Next::Send => {
                let sending = Sending { home: &home, requests, next, sent: 0, wish: effect.wish };
                // What was not prepared just now may have been made by others meanwhile; the look also brings the
                // connection about, without which a permit may expire before the request is written.
                if effect.record.is_some() { sending.survey(self).await } else { sending.send(self).await }
            }
            Next::Look => {
                Sending { home: &home, requests, next, sent: effect.sent, wish: effect.wish }.look(self).await
            }
        }
    }

    async fn prepare(
        &self,
        effect: &Task,
        target: &Target,
        options: &FrozenOptions,
    ) -> Result<Result<Preparation, BackendError>, Hindrance> {
        let home = self.world.driving.homes.of(target)?;
        let release = self.release(effect).await?;
        let to = Targets::one(target.environment.clone());
        let mut deployment = options.deployment.clone();
        deployment.again = effect.again;
        let new = NewDeployment {
            project: &target.project,
            release: &release,
            to: Destination::Named { to: &to, tenants: &target.tenants, channel: target.channel.as_ref() },
            options: &deployment,
            forwards_only: !options.allow_backwards,
        };
        let call = Call::of(self.world, self.key);
        Ok(match Box::pin(home.prepare(&[new], call.context())).await {
            Ok(mut all) => {
                all.pop().ok_or_else(|| BackendError::Impossible("nothing was prepared".to_owned()))
            }
            Err(error) => Err(error),
        })
    }

    /// The deployment could not be prepared: nothing was sent.
    async fn unprepared(&self, error: &BackendError) -> Result<Pass, Hindrance> {
        match refusal(error) {
            Some(report) => self.report(report).await,
            None => Ok(Pass::Later(error.to_string(), error.advice())),
        }
    }

    /// It was not sent, or certainly did nothing, and is not wanted any more. What earlier requests of the attempt made
    /// is watched, and so stopped.
    pub(super) async fn stopped(&self, made: &[crate::backend::Deployment]) -> Result<Pass, Hindrance> {
        if made.is_empty() {
            return self.report(Report::Stopped(String::new())).await;
        }
        let incomplete = Some("it was stopped before everything was asked for".to_owned());
        self.made(Made { deployments: made.to_vec(), incomplete }).await
    }

    /// Reports what it made; from then on that is watched.
    pub(super) async fn made(&self, mut made: Made) -> Result<Pass, Hindrance> {
        made.incomplete = made.incomplete.map(|it| (self.world.driving.redact)(&it));
        let reference = made.reference().map_err(Hindrance::Unusable)?;
        self.report(Report::Reference(reference)).await
    }
}
