//! Makes deployments ready: what the targets hold, what of it is what is asked for, and the requests for the rest.
//! Nothing is changed here.

use futures_util::future::{join, try_join};

use crate::backend::home::{Ready, Selected, Surveyed};
use crate::backend::prepared::Content;
use crate::backend::{
    BackendError, Before, Call, Deployment, Destination, NewDeployment, Notice, Preparation, Prepared,
    TargetState,
};
use crate::model::{DeploymentOptions, GuidedFailure, ProjectName, PromptedValue, Release, ReleaseOrigin};
use crate::octopus::{self as api, ReleaseId};

use super::Octopus;
use super::adoption::{Decision, decide};
use super::aim::{Aim, Deploying, PlaceHistory};
use super::asked::{Asked, Machines};
use super::form::Form;
use super::history::{Fate, Seen};
use super::place::{Place, release_id};
use super::requests::is_signed;

/// What deployments are made ready from, so that they can be made ready again.
#[derive(Debug, Clone)]
pub(in crate::backend) struct Survey {
    project: ProjectName,
    release: Release,
    options: DeploymentOptions,
    forwards_only: bool,
    aim: Aim,
    /// It was looked at before anything was waited for.
    is_old: bool,
    /// The prompted variables of which it is not known whether a deployment asks for them.
    pub(super) unchecked: Vec<String>,
}

impl Survey {
    pub(super) fn deploying(&self) -> Deploying<'_> {
        Deploying { project: &self.project, release: &self.release, aim: &self.aim, options: &self.options }
    }
}

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
                let Selected::Octopus(standings) = &selection.to;
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
                    home: Ready::Octopus(request),
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
            survey: Surveyed::Octopus(Box::new(survey)),
        })
    }

    /// What is taken over.
    async fn adopt(
        &self,
        new: &Deploying<'_>,
        standings: &[PlaceHistory],
        notices: &mut Vec<Notice>,
        call: Call<'_>,
    ) -> Result<Vec<(Place, Deployment)>, BackendError> {
        let release = release_id(&new.release.id)?;
        let now = self.server_now();
        let machines = self.machines_of(new.options, call).await?;
        let (forms, standings) = try_join(
            self.forms_to_compare(new, standings, call),
            self.with_comments(new, standings, &release, call),
        )
        .await?;
        let mut adopted = Vec::new();
        for (standing, form) in standings.iter().zip(&forms) {
            let asked = Asked::new(new.options, machines.clone(), form.as_ref());
            let target = standing.target();
            match decide(&standing.history, &release, &asked, call.build, now) {
                Decision::Adopt(seen, why) => {
                    notices.extend(cannot_compare_secrets(new.options, &seen));
                    adopted.push((
                        standing.place.clone(),
                        self.adopted(new, &standing.place, &seen, why, call).await?,
                    ));
                }
                Decision::DeployAnew(because) => {
                    notices.extend(because.map(|because| Notice::DeployingAnew { target, because }));
                }
                Decision::Unclear(because) => {
                    return Err(BackendError::Hidden { what: doing(new, &target), because });
                }
                Decision::TooLate(because) => {
                    return Err(BackendError::TooLate { what: doing(new, &target), because });
                }
            }
        }
        Ok(adopted)
    }

    pub(super) async fn machines_of(
        &self,
        options: &DeploymentOptions,
        call: Call<'_>,
    ) -> Result<Machines, BackendError> {
        let ids = |some: Vec<api::machine::Machine>| some.into_iter().map(|it| it.id).collect();
        Ok(Machines {
            only: ids(self.machines(&options.machines, call).await?),
            excluded: ids(self.machines(&options.excluded_machines, call).await?),
        })
    }

    /// The same with the comments of the release's deployments, where a marker in them matters and a list told less than
    /// the documents themselves.
    async fn with_comments(
        &self,
        new: &Deploying<'_>,
        standings: &[PlaceHistory],
        release: &ReleaseId,
        call: Call<'_>,
    ) -> Result<Vec<PlaceHistory>, BackendError> {
        let mut standings = standings.to_vec();
        if !is_signed(new.options, call) {
            return Ok(standings);
        }
        let space = self.space(call).await?;
        let all = standings.iter_mut().flat_map(|it| &mut it.history.0);
        let lacks = |it: &&mut Seen| {
            it.release == *release && it.document.as_ref().is_none_or(|it| it.comments.is_none())
        };
        for seen in all.filter(lacks) {
            let request = api::deployment::get(&space, &seen.deployment);
            seen.document = Some(self.look("reading a deployment", &request, call).await?);
        }
        Ok(standings)
    }

    /// What deployments to those targets would ask for where an earlier one has to be compared with it, in the same order.
    /// Where the credential may not know, less can be told of the earlier ones.
    async fn forms_to_compare(
        &self,
        new: &Deploying<'_>,
        standings: &[PlaceHistory],
        call: Call<'_>,
    ) -> Result<Vec<Option<Form>>, BackendError> {
        let release = release_id(&new.release.id)?;
        let has_form = !(new.options.variables.is_empty() && new.options.skip_steps.is_empty());
        let is_compared = |it: &PlaceHistory| {
            let earlier = it.history.of(&release);
            let runs = earlier.iter().any(|it| matches!(it.fate, Fate::Unfinished | Fate::Unknown));
            runs && new.options.guided_failure == GuidedFailure::Default || has_form && !earlier.is_empty()
        };
        let places: Vec<_> =
            standings.iter().filter(|it| is_compared(it)).map(|it| it.place.clone()).collect();
        let forms = match self.forms(new, &places, call).await {
            Err(BackendError::Refused { .. }) => Vec::new(),
            read => read?,
        };
        let of = |it: &PlaceHistory| {
            let at = places.iter().position(|place| *place == it.place)?;
            forms.get(at).cloned()
        };
        Ok(standings.iter().map(of).collect())
    }
}

fn doing(new: &Deploying<'_>, target: &crate::model::TenantTarget) -> String {
    format!("deploying release {} to {target}", new.release.version)
}

fn cannot_compare_secrets(options: &DeploymentOptions, seen: &Seen) -> Option<Notice> {
    options.variables.values().any(|it| matches!(it, PromptedValue::Secret(_))).then(|| {
        Notice::Warning(format!(
            "{} is taken over by its marker: whether it was given the same secret values cannot be compared; with again \
             = true promenade deploys anew",
            seen.deployment
        ))
    })
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
