//! What the words of a plan mean, found out before its first action; and what one action of a run brings to the source
//! of another, target by target.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::actions::{ActionError, End, Outcome, Session, resolve};
use crate::backend::{Backend, BackendError, Delivered, LeftOut, Needs, TargetId};
use crate::ci::plan::{Decision, Plan, PlannedAction, PlannedRelease, Work, feeds_in_words, ties};
use crate::model::{EnvironmentName, GitSource, Release, Targets, Tenants};

/// What the words of each action mean, as far as one action can feed another.
#[derive(Debug, Default)]
pub(super) struct Meanings(Vec<Option<Reach>>);

/// The targets of an action.
#[derive(Debug)]
struct Reach {
    to: Vec<TargetId>,
    /// The source of a promotion, and its tenants.
    from: Option<Source>,
}

/// The source of a promotion in ids.
#[derive(Debug)]
struct Source {
    environment: String,
    /// The same in the user's word.
    word: EnvironmentName,
    /// The tenants that are meant; `None` = without tenants.
    tenants: Option<BTreeSet<String>>,
}

impl Source {
    fn holds(&self, target: &TargetId) -> bool {
        target.environment == self.environment
            && match (&target.tenant, &self.tenants) {
                (None, None) => true,
                (Some(tenant), Some(meant)) => meant.contains(tenant),
                _ => false,
            }
    }
}

/// What a run brought to the source of a promotion.
#[derive(Debug, Default)]
pub(super) struct Fed {
    /// What is there now, tenant by tenant.
    pub(super) delivered: Vec<Delivered>,
    /// The tenants for which what the promotion waits for did not happen, which is tolerated.
    pub(super) left_out: Vec<LeftOut>,
}

/// What became of a target in the source of a promotion.
enum Arrived {
    Release(Release),
    /// Nothing came, which is tolerated; why.
    Nothing(String),
    /// Nobody looked whether it came; why.
    Untold(String),
}

/// What a promotion has to do with the actions before it.
#[derive(Debug)]
pub(super) enum Feed {
    /// It can be carried out; this is what the run brought to its source.
    Free(Fed),
    /// What it waits for did not happen, and that is tolerated.
    NeedNot(String),
    /// It should be carried out, and cannot be.
    Cannot(String),
}

/// Finds out what the words of all actions mean that will run. The limit holds for all of it.
///
/// # Errors
///
/// What is wrong, by the action's place in the plan.
pub(super) async fn find_out(
    plan: &Plan,
    session: &Session<'_>,
    time_limit: Duration,
) -> Result<Meanings, BTreeMap<usize, ActionError>> {
    let running: Vec<(usize, &PlannedAction)> = running(plan).collect();
    let first = running.first().map_or(0, |(at, _)| *at);
    let news = made_of_news(plan);
    let needs: Vec<Needs<'_>> = running
        .iter()
        .map(|(at, action)| {
            let new_from = news.get(*at).copied().flatten();
            needs_of(action, new_from)
        })
        .collect();
    let told =
        resolve(session, &needs, time_limit).await.map_err(|error| BTreeMap::from([(first, error)]))?;
    let mut errors: BTreeMap<usize, ActionError> = BTreeMap::new();
    for ((at, _), result) in running.iter().zip(told) {
        if let Err(error) = result {
            errors.insert(*at, error.into());
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut meanings = Meanings((0..plan.actions.len()).map(|_| None).collect());
    for (at, action) in &running {
        match reach(action, session, time_limit).await {
            Ok(reach) => meanings.0[*at] = reach,
            Err(error) => {
                errors.insert(*at, error);
            }
        }
    }
    for tie in ties(&plan.actions, |feeder, promotion, later| meanings.feeds(feeder, promotion, later)) {
        for conflict in &tie.conflicts {
            let error = BackendError::Impossible(format!("{}; {}", conflict.message, conflict.remedy));
            errors.entry(tie.promotion).or_insert_with(|| error.into());
        }
    }
    if errors.is_empty() { Ok(meanings) } else { Err(errors) }
}

fn running(plan: &Plan) -> impl Iterator<Item = (usize, &PlannedAction)> {
    plan.actions.iter().enumerate().filter_map(|(at, it)| match &it.decision {
        Decision::Run(action) => Some((at, &**action)),
        Decision::Skip(_) => None,
    })
}

/// Of each action whose release this run makes: where that release's process is read from.
fn made_of_news(plan: &Plan) -> Vec<Option<&GitSource>> {
    let created = running(plan).find_map(|(_, it)| match &it.work {
        Work::Create(options) => Some(&options.git),
        _ => None,
    });
    let ties = ties(&plan.actions, |feeder, promotion, later| {
        feeds_in_words(&plan.actions, feeder, promotion, later)
    });
    let mut news: Vec<Option<&GitSource>> = vec![None; plan.actions.len()];
    for (at, action) in running(plan) {
        news[at] = match &action.work {
            Work::Create(_) => created,
            Work::Deploy(deploy) => {
                created.filter(|_| matches!(deploy.release, PlannedRelease::ThisBuild(_)))
            }
            Work::Promote(_) => ties
                .iter()
                .find(|it| it.promotion == at)
                .and_then(|it| news.get(it.feeder).copied().flatten()),
        };
    }
    news
}

fn needs_of<'a>(action: &'a PlannedAction, new_from: Option<&'a GitSource>) -> Needs<'a> {
    match &action.work {
        Work::Create(create) => Needs {
            notes_from: create.notes.is_none().then_some(&create.git),
            channel: create.channel.as_ref(),
            packages: &create.packages,
            new_from,
            ..Needs::of(&create.project)
        },
        Work::Deploy(deploy) => Needs {
            channel: match &deploy.release {
                PlannedRelease::LatestOfChannel(channel) => channel.as_ref(),
                PlannedRelease::Exact(_) | PlannedRelease::ThisBuild(_) => deploy.channel.as_ref(),
            },
            to: deploy.to.iter().collect(),
            tenants: &deploy.tenants,
            options: Some(&deploy.deployment),
            new_from,
            ..Needs::of(&deploy.project)
        },
        Work::Promote(promote) => Needs {
            channel: promote.channel.as_ref(),
            from: Some(&promote.from),
            to: promote.to.iter().collect(),
            tenants: &promote.tenants,
            options: Some(&promote.deployment),
            new_from,
            ..Needs::of(&promote.project)
        },
    }
}

/// Answered from memory, since all words were resolved.
async fn reach(
    action: &PlannedAction,
    session: &Session<'_>,
    time_limit: Duration,
) -> Result<Option<Reach>, ActionError> {
    match &action.work {
        Work::Create(_) => Ok(None),
        Work::Deploy(it) => {
            let to = session.targets_of(&it.project, &it.to, &it.tenants, time_limit).await?;
            Ok(Some(Reach { to, from: None }))
        }
        Work::Promote(it) => {
            let to = session.targets_of(&it.project, &it.to, &it.tenants, time_limit).await?;
            let from = Targets::one(it.from.clone());
            let environment =
                session.targets_of(&it.project, &from, &Tenants::Untenanted, time_limit).await?;
            let tenants = match it.tenants {
                Tenants::Untenanted => None,
                // Whoever is meant in a target, or only in the source: what it has there is what it gets.
                Tenants::All | Tenants::Some { .. } => {
                    let there = session.targets_of(&it.project, &from, &it.tenants, time_limit).await?;
                    Some(there.into_iter().chain(to.iter().cloned()).filter_map(|it| it.tenant).collect())
                }
            };
            let environment = environment.into_iter().next().map(|it| it.environment);
            let from = environment.map(|environment| Source { environment, word: it.from.clone(), tenants });
            Ok(Some(Reach { to, from }))
        }
    }
}

impl Meanings {
    fn of(&self, at: usize) -> Option<&Reach> {
        self.0.get(at).and_then(Option::as_ref)
    }

    /// Whether one action deploys to the source of another, for a tenant of both where there are tenants, and none of the
    /// `later` ones does so for the same.
    fn feeds(&self, feeder: usize, promotion: usize, later: &[usize]) -> bool {
        let source = self.of(promotion).and_then(|it| it.from.as_ref());
        let to = self.of(feeder).map(|it| it.to.as_slice()).unwrap_or_default();
        let comes_again =
            |it: &TargetId| later.iter().any(|at| self.of(*at).is_some_and(|later| later.to.contains(it)));
        source.is_some_and(|source| to.iter().any(|it| source.holds(it) && !comes_again(it)))
    }

    /// What the actions before a promotion brought to its source, tenant by tenant. The last one that goes to a target
    /// counts for it. An outcome that is missing is that of an action that failed or was skipped, which is tolerated
    /// wherever anything after it runs.
    pub(super) fn feed(
        &self,
        at: usize,
        plan: &Plan,
        outcomes: &[Option<Outcome>],
        backend: &Backend,
    ) -> Feed {
        let Some((reach, source)) = self.of(at).and_then(|it| Some((it, it.from.as_ref()?))) else {
            return Feed::Free(Fed::default());
        };
        let mut there: BTreeMap<TargetId, Arrived> = BTreeMap::new();
        let mut untold: BTreeMap<TargetId, String> = BTreeMap::new();
        for (place, planned) in plan.actions.iter().enumerate().take(at) {
            let to = self.of(place).map(|it| it.to.as_slice()).unwrap_or_default();
            let mut meant: BTreeSet<&TargetId> = to.iter().filter(|it| source.holds(it)).collect();
            if meant.is_empty() {
                continue;
            }
            let Some(outcome) = outcomes.get(place).and_then(Option::as_ref) else {
                let because = format!("nothing was deployed to {} in this run", source.word);
                for target in meant {
                    untold.remove(target);
                    there.insert(target.clone(), Arrived::Nothing(because.clone()));
                }
                continue;
            };
            let mut is_all_told = true;
            for result in &outcome.deployments {
                let Some((target, release)) = backend.destination(&result.deployment) else {
                    is_all_told = false;
                    continue;
                };
                if !source.holds(&target) {
                    continue;
                }
                let release = outcome.releases.iter().find(|it| it.id == release);
                let place = &result.deployment.target;
                let arrived = match (result.end, release) {
                    (End::Succeeded, Some(release)) => Arrived::Release(release.clone()),
                    (End::Succeeded, None) => Arrived::Untold(format!(
                        "the server did not tell which release the deployment to {place} in this run brought"
                    )),
                    (End::NotAwaited, _) => Arrived::Untold(format!(
                        "the deployment to {place} in this run was not waited for, so it is not known whether it \
                         succeeded; take `wait = false` away from it, or promote on a later event"
                    )),
                    (
                        End::Failed
                        | End::Cancelled
                        | End::TimedOut
                        | End::NeedsPerson
                        | End::OutOfTime
                        | End::Interrupted
                        | End::Unknown,
                        _,
                    ) => {
                        Arrived::Nothing(format!("the deployment to {place} in this run was not successful"))
                    }
                };
                meant.remove(&target);
                untold.remove(&target);
                there.insert(target, arrived);
            }
            // A tenant that the action left out keeps what it had, which is taken for it.
            for target in meant.into_iter().filter(|it| !is_all_told || it.tenant.is_none()) {
                untold.insert(target.clone(), planned.title.clone());
            }
        }
        if let Some((_, title)) = untold.first_key_value() {
            return Feed::Cannot(format!(
                "the server did not tell which of the deployments of \"{title}\" went to the source of this \
                 promotion, so what this run brought there is not known"
            ));
        }
        let mut fed = Fed::default();
        for (target, arrived) in there {
            match (arrived, target.tenant) {
                (Arrived::Release(release), tenant) => fed.delivered.push(Delivered { tenant, release }),
                (Arrived::Untold(because), _) => return Feed::Cannot(because),
                // Without tenants there is one target, and nothing else to promote.
                (Arrived::Nothing(because), None) => return Feed::NeedNot(because),
                (Arrived::Nothing(because), Some(tenant)) => fed.left_out.push(LeftOut { tenant, because }),
            }
        }
        let is_left_out =
            |it: &TargetId| fed.left_out.iter().any(|out| Some(&out.tenant) == it.tenant.as_ref());
        match fed.left_out.first() {
            Some(first) if reach.to.iter().all(is_left_out) => Feed::NeedNot(first.because.clone()),
            _ => Feed::Free(fed),
        }
    }
}
