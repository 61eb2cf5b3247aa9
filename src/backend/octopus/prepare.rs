//! Makes deployments ready: what the targets hold, what of it is what is asked for, and the requests for the rest.
//! Nothing is changed here.

use futures_util::future::join;

use crate::backend::opaque::{HomeRequest, HomeSelection, HomeSurvey};
use crate::backend::prepared::Content;
use crate::backend::{
    BackendError, Before, Call, Deployment, Destination, NewDeployment, Preparation, Prepared, TargetState,
};
use crate::model::ReleaseOrigin;

use super::Octopus;
use super::aim::{Aim, Deploying, PlaceHistory};
use super::place::Place;
use super::prepared_from::Survey;

impl Octopus {
    /// Makes deployments of one or several releases ready, side by side.
    ///
    /// # Errors
    ///
    /// A name that does not exist; a target that may not be deployed to, or would move backwards; a step or a
    /// prompted variable that no deployment has; a deployment of which the server does not show whether it is what is
    /// asked for; a time that is over; a question without an answer.
    pub(in crate::backend) async fn prepare(
        &self,
        all: &[NewDeployment<'_>],
        call: Call<'_>,
    ) -> Result<Vec<Preparation>, BackendError> {
        let mut surveys = Vec::new();
        for new in all {
            surveys.push(self.surveyed(new, call).await?);
        }
        surveys.iter().try_for_each(|it| self.check_forwards(it))?;
        for survey in &mut surveys {
            if let Some(aim) = self.after_automatic(&survey.deploying(), call).await? {
                (survey.aim, survey.is_old) = (aim, false);
            }
        }
        // Where the server's own deployments were waited for, what was seen before may hold no longer.
        if surveys.iter().any(|it| !it.is_old) {
            for survey in &mut surveys {
                if survey.is_old {
                    survey.aim = self.look_again(&survey.deploying(), call).await?;
                }
                self.check_forwards(survey)?;
            }
        }
        let deploying: Vec<_> = surveys.iter().map(Survey::deploying).collect();
        let unchecked = self.check_options(&deploying, call).await?;
        let mut prepared = Vec::new();
        for mut survey in surveys {
            survey.unchecked.clone_from(&unchecked);
            prepared.push(self.preparation(survey, call).await?);
        }
        Ok(prepared)
    }

    /// Makes the same ready again, after a new look at the targets.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare).
    pub(in crate::backend) async fn renew(
        &self,
        survey: &Survey,
        call: Call<'_>,
    ) -> Result<Preparation, BackendError> {
        let mut survey = survey.clone();
        survey.aim = self.look_again(&survey.deploying(), call).await?;
        self.check_forwards(&survey)?;
        self.preparation(survey, call).await
    }

    async fn surveyed(&self, new: &NewDeployment<'_>, call: Call<'_>) -> Result<Survey, BackendError> {
        let NewDeployment { project, release, .. } = *new;
        let aim = match new.to {
            Destination::Selected(selection) => {
                let HomeSelection::Octopus(standings) = &selection.to;
                Aim::Surveyed(standings.clone())
            }
            // A release that was made just now has no deployment anywhere but those that the server makes by itself.
            Destination::Named { to, tenants, .. } if release.origin == ReleaseOrigin::New => {
                self.fresh(project, release, to, tenants, call).await?
            }
            Destination::Named { to, tenants, channel } => {
                let survey = Box::pin(self.survey(project, release, to, tenants, call));
                let (of_channel, aim) =
                    join(self.check_channel(project, release, channel, call), survey).await;
                of_channel?;
                aim?
            }
        };
        Ok(Survey {
            project: project.clone(),
            release: release.clone(),
            options: new.options.clone(),
            forwards_only: new.forwards_only,
            aim,
            is_old: true,
            unchecked: Vec::new(),
        })
    }

    /// Looks at the targets of `new` again.
    async fn look_again(&self, new: &Deploying<'_>, call: Call<'_>) -> Result<Aim, BackendError> {
        self.standings_at(new.project, &new.places(), call).await.map(Aim::Surveyed)
    }

    /// Refuses to move a target to a lower version than it has, or is about to have.
    fn check_forwards(&self, survey: &Survey) -> Result<(), BackendError> {
        let (Aim::Surveyed(standings), true) = (&survey.aim, survey.forwards_only) else { return Ok(()) };
        let chosen = &survey.release.version;
        for standing in standings {
            let target = standing.target().to_string();
            let highest =
                standing.highest_version(self.server_now()).map_err(|hidden| BackendError::Hidden {
                    what: format!("promoting release {chosen} to {target}"),
                    because: format!(
                        "the server does not show what became of {hidden}, which may be there or on its way"
                    ),
                })?;
            if let Some(current) = highest.filter(|it| chosen.compare(it).is_lt()) {
                let (current, chosen) = (current.clone(), chosen.clone());
                return Err(BackendError::Backwards { target, current, chosen });
            }
        }
        Ok(())
    }

    async fn preparation(&self, survey: Survey, call: Call<'_>) -> Result<Preparation, BackendError> {
        let new = survey.deploying();
        let mut notices = Vec::new();
        let (adopted, before) = match new.aim {
            Aim::Surveyed(standings) => {
                (self.adopt(&new, standings, &mut notices, call).await?, before(standings))
            }
            Aim::Fresh(_) if new.options.schedule.is_some_and(|it| it.run_at <= self.server_now()) => {
                let because =
                    "run-at lies in the past, and a new release has no deployment for that time".to_owned();
                return Err(BackendError::TooLate {
                    what: format!("deploying release {}", new.release.version),
                    because,
                });
            }
            Aim::Fresh(_) => (Vec::new(), Before::default()),
        };
        let (taken, adopted): (Vec<Place>, Vec<Deployment>) = adopted.into_iter().unzip();
        // Two targets may have one name, so they are compared by their ids.
        let left: Vec<_> = new.places().into_iter().filter(|it| !taken.contains(it)).collect();
        let states = states(new.aim);
        let requests = self.requests(&new, left, call).await?.into_iter().map(|request| {
            let targets = request.places().map(|it| state_of(&states, it)).collect();
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
            targets: states.into_iter().map(|(_, state)| state).collect(),
            adopted,
            notices,
            before,
            survey: HomeSurvey::Octopus(Box::new(survey)),
        })
    }
}

/// Everything that was at the targets before anything was asked for.
fn before(standings: &[PlaceHistory]) -> Before {
    let seen = || standings.iter().flat_map(|it| &it.history.0);
    Before {
        deployments: seen().map(|it| it.deployment.to_string()).collect(),
        newest: seen().filter_map(|it| it.created).max(),
    }
}

fn states(aim: &Aim) -> Vec<(Place, TargetState)> {
    match aim {
        Aim::Fresh(places) => {
            let of = |it: &Place| (it.clone(), TargetState { target: it.target(), current: None });
            places.iter().map(of).collect()
        }
        Aim::Surveyed(standings) => standings
            .iter()
            .map(|it| {
                let current = it.current_version().cloned();
                (it.place.clone(), TargetState { target: it.target(), current })
            })
            .collect(),
    }
}

fn state_of(states: &[(Place, TargetState)], place: &Place) -> TargetState {
    let known = states.iter().find(|(it, _)| it == place);
    known.map_or_else(|| TargetState { target: place.target(), current: None }, |(_, it)| it.clone())
}
