//! Carries out one action of a plan.

use crate::actions::{
    ActionError, Outcome, PromotionChoice, ReleaseChoice, Session, create, deploy, promote,
};
use crate::backend::Proof;
use crate::ci::plan::{Plan, PlannedPromotion, PlannedRelease, Work};
use crate::model::{DeploymentOptions, ProjectName};

use super::clock::Clock;
use super::feed::SourceState;
use super::history::History;
use super::own_release::OwnRelease;

/// What an action is carried out with.
#[derive(Clone, Copy)]
pub(super) struct Situation<'a> {
    pub(super) plan: &'a Plan,
    pub(super) history: &'a History,
    pub(super) clock: Clock,
    pub(super) session: &'a Session<'a>,
}

impl Situation<'_> {
    /// Carries out an action, after the project's variables were edited. `fed` is what the run brought to the source of a
    /// promotion.
    pub(super) async fn carry_out(self, work: &Work, fed: SourceState) -> Result<Outcome, ActionError> {
        match work {
            Work::Create(options) => {
                let mut options = options.clone();
                options.time_limit = self.clock.left();
                create(self.session, &options).await
            }
            Work::Deploy(release, options) => {
                let release = match release {
                    PlannedRelease::Exact(version) => ReleaseChoice::Exact(version.clone()),
                    PlannedRelease::LatestOfChannel(channel) => ReleaseChoice::Latest(channel.clone()),
                    PlannedRelease::ThisBuild(version) => ReleaseChoice::This(
                        self.own_release(&options.project).find(version.as_ref(), Proof::Version).await?,
                    ),
                };
                let mut options = options.clone();
                options.time_limit = self.clock.left();
                self.take_in_edits(&mut options.deployment);
                deploy(self.session, release, &options).await
            }
            Work::Promote(choice, options) => {
                let choice = match choice {
                    PlannedPromotion::LatestSuccessful => PromotionChoice::LatestSuccessful,
                    PlannedPromotion::Exact(version) => PromotionChoice::Exact(version.clone()),
                    PlannedPromotion::OnlyThisBuild(version) => {
                        let own = self.own_release(&options.project);
                        PromotionChoice::Only(own.find(version.as_ref(), Proof::Marker).await?.version)
                    }
                };
                let mut options = options.clone();
                options.delivered = fed.delivered;
                options.left_out = fed.left_out;
                options.time_limit = self.clock.left();
                self.take_in_edits(&mut options.deployment);
                promote(self.session, choice, &options).await
            }
        }
    }

    fn own_release<'s>(&'s self, project: &'s ProjectName) -> OwnRelease<'s> {
        OwnRelease {
            project,
            history: self.history,
            earlier_create: self.plan.earlier_create.as_ref(),
            clock: self.clock,
            session: self.session,
        }
    }

    /// Has a deployment take in the project's variables that were edited, also where its release was made before.
    fn take_in_edits(self, options: &mut DeploymentOptions) {
        let edited = &self.plan.edit_project_variables;
        options.refresh_variables |= !edited.is_empty();
        options.edited_variables.clone_from(edited);
    }
}
