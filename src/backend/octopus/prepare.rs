//! Prepares deployments: reads what the targets have, decides what is taken over, and builds the requests for the rest.
//! Changes nothing.

use futures_util::future::join;

use crate::backend::opaque::{HomeInputs, HomeRequest, HomeSelection};
use crate::backend::prepared::Content;
use crate::backend::{
    BackendError, Before, Context, Deployment, Destination, NewDeployment, Preparation, Prepared, TargetState,
};
use crate::model::ReleaseOrigin;

use super::Octopus;
use super::deployment_targets::{Deploying, DeploymentTargets, PlaceHistory};
use super::place::Place;
use super::preparation_inputs::PreparationInputs;

impl Octopus {
    /// Prepares deployments of one or several releases, in parallel.
    ///
    /// # Errors
    ///
    /// A name that does not exist; a target that may not be deployed to, or would move backwards; a step or a prompted
    /// variable that no deployment has; a deployment that the server does not show well enough to compare; a start time
    /// in the past; no answer.
    pub(in crate::backend) async fn prepare(
        &self,
        all: &[NewDeployment<'_>],
        context: Context<'_>,
    ) -> Result<Vec<Preparation>, BackendError> {
        let mut all_inputs = Vec::new();
        for new in all {
            all_inputs.push(self.inputs_of(new, context).await?);
        }
        all_inputs.iter().try_for_each(|it| self.check_forwards(it))?;
        for inputs in &mut all_inputs {
            if let Some(targets) = self.after_automatic(&inputs.deploying(), context).await? {
                (inputs.targets, inputs.is_old) = (targets, false);
            }
        }
        // After a wait for the server's own deployments, earlier answers may be out of date.
        if all_inputs.iter().any(|it| !it.is_old) {
            for inputs in &mut all_inputs {
                if inputs.is_old {
                    inputs.targets = self.look_again(&inputs.deploying(), context).await?;
                }
                self.check_forwards(inputs)?;
            }
        }
        let deploying: Vec<_> = all_inputs.iter().map(PreparationInputs::deploying).collect();
        let unchecked = self.check_options(&deploying, context).await?;
        let mut prepared = Vec::new();
        for mut inputs in all_inputs {
            inputs.unchecked.clone_from(&unchecked);
            prepared.push(self.preparation(inputs, context).await?);
        }
        Ok(prepared)
    }

    /// Prepares the same deployments again, after a new look at the targets.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare).
    pub(in crate::backend) async fn renew(
        &self,
        inputs: &PreparationInputs,
        context: Context<'_>,
    ) -> Result<Preparation, BackendError> {
        let mut inputs = inputs.clone();
        inputs.targets = self.look_again(&inputs.deploying(), context).await?;
        self.check_forwards(&inputs)?;
        self.preparation(inputs, context).await
    }

    async fn inputs_of(
        &self,
        new: &NewDeployment<'_>,
        context: Context<'_>,
    ) -> Result<PreparationInputs, BackendError> {
        let NewDeployment { project, release, .. } = *new;
        let targets = match new.to {
            Destination::Selected(selection) => {
                let HomeSelection::Octopus(known) = &selection.to;
                DeploymentTargets::Known(known.clone())
            }
            // A release that was created just now has only automatic deployments.
            Destination::Named { to, tenants, .. } if release.origin == ReleaseOrigin::New => {
                self.new_targets(project, release, to, tenants, context).await?
            }
            Destination::Named { to, tenants, channel } => {
                let known = Box::pin(self.known_targets(project, release, to, tenants, context));
                let (of_channel, targets) =
                    join(self.check_channel(project, release, channel, context), known).await;
                of_channel?;
                targets?
            }
        };
        Ok(PreparationInputs {
            project: project.clone(),
            release: release.clone(),
            options: new.options.clone(),
            forwards_only: new.forwards_only,
            targets,
            is_old: true,
            unchecked: Vec::new(),
        })
    }

    /// Looks at the targets of `new` again.
    async fn look_again(
        &self,
        new: &Deploying<'_>,
        context: Context<'_>,
    ) -> Result<DeploymentTargets, BackendError> {
        self.target_histories(new.project, &new.places(), context).await.map(DeploymentTargets::Known)
    }

    /// Refuses to move a target to a lower version than it has, or is about to have.
    fn check_forwards(&self, inputs: &PreparationInputs) -> Result<(), BackendError> {
        let (DeploymentTargets::Known(known), true) = (&inputs.targets, inputs.forwards_only) else {
            return Ok(());
        };
        let chosen = &inputs.release.version;
        for there in known {
            let target = there.target().to_string();
            let highest =
                there.highest_version(self.server_now()).map_err(|hidden| BackendError::Hidden {
                    what: format!("promoting release {chosen} to {target}"),
                    because: format!(
                        "the server does not show the outcome of {hidden}, which may be there or on its way"
                    ),
                })?;
            if let Some(current) = highest.filter(|it| chosen.compare(it).is_lt()) {
                let (current, chosen) = (current.clone(), chosen.clone());
                return Err(BackendError::Backwards { target, current, chosen });
            }
        }
        Ok(())
    }

    async fn preparation(
        &self,
        inputs: PreparationInputs,
        context: Context<'_>,
    ) -> Result<Preparation, BackendError> {
        let new = inputs.deploying();
        let mut notices = Vec::new();
        let (adopted, before) = match new.targets {
            DeploymentTargets::Known(known) => {
                (self.adopt(&new, known, &mut notices, context).await?, before(known))
            }
            DeploymentTargets::New(_)
                if new.options.schedule.is_some_and(|it| it.run_at <= self.server_now()) =>
            {
                let because =
                    "run-at lies in the past, and a new release has no deployment for that time".to_owned();
                return Err(BackendError::TooLate {
                    what: format!("deploying release {}", new.release.version),
                    because,
                });
            }
            DeploymentTargets::New(_) => (Vec::new(), Before::default()),
        };
        let (taken, adopted): (Vec<Place>, Vec<Deployment>) = adopted.into_iter().unzip();
        // Two targets may have one name, so they are compared by their ids.
        let left: Vec<_> = new.places().into_iter().filter(|it| !taken.contains(it)).collect();
        let requests = self.requests(&new, left, context).await?.into_iter().map(|request| {
            let targets = request.places().map(|it| state(new.targets, it)).collect();
            Prepared {
                content: Content {
                    project: new.project.clone(),
                    release: new.release.clone(),
                    targets,
                    options: new.options.clone(),
                    home: HomeRequest::Octopus(request),
                },
            }
        });
        Ok(Preparation {
            requests: requests.collect(),
            release: new.release.clone(),
            targets: new.places().iter().map(|it| state(new.targets, it)).collect(),
            adopted,
            notices,
            before,
            inputs: HomeInputs::Octopus(Box::new(inputs)),
        })
    }
}

/// Everything that was at the targets before any request.
fn before(known: &[PlaceHistory]) -> Before {
    let seen = || known.iter().flat_map(|it| &it.history.0);
    Before {
        deployments: seen().map(|it| it.deployment.to_string()).collect(),
        newest: seen().filter_map(|it| it.created).max(),
    }
}

/// A target, and the version that it has, if that was read.
fn state(targets: &DeploymentTargets, place: &Place) -> TargetState {
    let known = match targets {
        DeploymentTargets::New(_) => None,
        DeploymentTargets::Known(known) => known.iter().find(|it| it.place == *place),
    };
    TargetState { target: place.target(), current: known.and_then(PlaceHistory::current_version).cloned() }
}
