//! What the actions of a run brought to the source of a promotion, target by target.

use std::collections::{BTreeMap, BTreeSet};

use crate::actions::{DeploymentResult, End, Outcome};
use crate::backend::{Backend, DeliveredRelease, OmittedTenant, TargetId};
use crate::ci::plan::{Decision, Plan, Planned, Work};
use crate::model::Release;

use super::reach::{ActionTargets, Reaches, Source};

/// What a run brought to the source of a promotion.
#[derive(Debug, Default)]
pub(super) struct SourceState {
    /// What is there now, tenant by tenant.
    pub(super) delivered: Vec<DeliveredRelease>,
    /// The tenants for which what the promotion waits for did not happen, which is tolerated.
    pub(super) left_out: Vec<OmittedTenant>,
}

/// What a promotion has to do with the actions before it.
#[derive(Debug)]
pub(super) enum FeedDecision {
    /// It can be carried out; this is what the run brought to its source.
    Free(SourceState),
    /// What it waits for did not happen, and that is tolerated.
    NeedNot(String),
    /// It should be carried out, and cannot be.
    Cannot(String),
}

/// What the actions before the one at this place brought to its source. An outcome that is missing is that of an action
/// that failed or was skipped, which is tolerated wherever anything after it runs.
pub(super) fn feed(
    at: usize,
    plan: &Plan,
    reaches: &Reaches,
    outcomes: &[Option<Outcome>],
    backend: &Backend,
) -> FeedDecision {
    let Some((reach, source)) = reaches.of(at).and_then(|it| Some((it, it.from.as_ref()?))) else {
        return FeedDecision::Free(SourceState::default());
    };
    let mut arrivals = Arrivals { source, backend, there: BTreeMap::new(), unidentified: BTreeMap::new() };
    for (place, planned) in plan.actions.iter().enumerate().take(at) {
        let meant: BTreeSet<&TargetId> =
            reaches.targets_of(place).iter().filter(|it| source.holds(it)).collect();
        if meant.is_empty() {
            continue;
        }
        match outcomes.get(place).and_then(Option::as_ref) {
            Some(outcome) => arrivals.add(planned, outcome, meant),
            None => arrivals.add_nothing(meant),
        }
    }
    arrivals.into_feed(reach)
}

/// What became of a target in the source of a promotion.
enum Arrival {
    Release(Release),
    /// Nothing came, which is tolerated; why.
    Nothing(String),
    /// It is not known whether it came; why.
    Unknown(String),
}

/// What became of the targets in the source of a promotion. The last action that goes to a target counts for it.
struct Arrivals<'a> {
    source: &'a Source,
    backend: &'a Backend,
    there: BTreeMap<TargetId, Arrival>,
    /// Targets that an action went to, where the server did not say which of its deployments was theirs; by the action's
    /// title.
    unidentified: BTreeMap<TargetId, String>,
}

impl Arrivals<'_> {
    fn set(&mut self, target: TargetId, arrival: Arrival) {
        self.unidentified.remove(&target);
        self.there.insert(target, arrival);
    }

    /// Adds an action without an outcome.
    fn add_nothing(&mut self, meant: BTreeSet<&TargetId>) {
        let because = format!("nothing was deployed to {} in this run", self.source.word);
        for target in meant {
            self.set(target.clone(), Arrival::Nothing(because.clone()));
        }
    }

    /// Adds what an action deployed that goes to these targets.
    fn add(&mut self, planned: &Planned, outcome: &Outcome, mut meant: BTreeSet<&TargetId>) {
        let mut are_all_identified = true;
        for result in &outcome.deployments {
            let Some((target, release)) = self.backend.destination(&result.deployment) else {
                are_all_identified = false;
                continue;
            };
            if self.source.holds(&target) {
                let release = outcome.releases.iter().find(|it| it.id == release);
                meant.remove(&target);
                self.set(target, arrival(planned, result, release));
            }
        }
        // A tenant that the action left out keeps what it had, which is taken for it.
        for target in meant.into_iter().filter(|it| !are_all_identified || it.tenant.is_none()) {
            self.unidentified.insert(target.clone(), planned.title.clone());
        }
    }

    fn into_feed(self, reach: &ActionTargets) -> FeedDecision {
        if let Some((_, title)) = self.unidentified.first_key_value() {
            return FeedDecision::Cannot(format!(
                "the server did not tell which of the deployments of \"{title}\" went to the source of this \
                 promotion, so what this run brought there is not known"
            ));
        }
        let mut fed = SourceState::default();
        for (target, arrival) in self.there {
            match (arrival, target.tenant) {
                (Arrival::Release(release), tenant) => {
                    fed.delivered.push(DeliveredRelease { tenant, release })
                }
                (Arrival::Unknown(because), _) => return FeedDecision::Cannot(because),
                // Without tenants there is one target, and nothing else to promote.
                (Arrival::Nothing(because), None) => return FeedDecision::NeedNot(because),
                (Arrival::Nothing(because), Some(tenant)) => {
                    fed.left_out.push(OmittedTenant { tenant, because })
                }
            }
        }
        let is_left_out =
            |it: &TargetId| fed.left_out.iter().any(|out| Some(&out.tenant) == it.tenant.as_ref());
        match fed.left_out.first() {
            Some(first) if reach.to.iter().all(is_left_out) => FeedDecision::NeedNot(first.because.clone()),
            _ => FeedDecision::Free(fed),
        }
    }
}

/// What a deployment of an action brought; `release` is the one that the server says it was of.
fn arrival(planned: &Planned, result: &DeploymentResult, release: Option<&Release>) -> Arrival {
    let place = &result.deployment.target;
    match (result.end, release) {
        // What left something out is not what the source holds as a whole.
        (End::Succeeded, _) if leaves_out(planned) => Arrival::Unknown(format!(
            "the deployment to {place} in this run left out machines or steps, so the whole of it does not hold that \
             release"
        )),
        (End::Succeeded, Some(release)) => Arrival::Release(release.clone()),
        (End::Succeeded, None) => Arrival::Unknown(format!(
            "the server did not tell which release the deployment to {place} in this run brought"
        )),
        (End::NotAwaited, _) => Arrival::Unknown(format!(
            "the deployment to {place} in this run was not waited for, so it is not known whether it succeeded; take \
             `wait = false` away from it, or promote on a later event"
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
        ) => Arrival::Nothing(format!("the deployment to {place} in this run was not successful")),
    }
}

/// Whether an action leaves out machines or steps of its targets.
fn leaves_out(planned: &Planned) -> bool {
    let Decision::Run(action) = &planned.decision else { return false };
    let options = match &action.work {
        Work::Create(_) => return false,
        Work::Deploy(_, it) => &it.deployment,
        Work::Promote(_, it) => &it.deployment,
    };
    !(options.machines.is_empty() && options.excluded_machines.is_empty() && options.skip_steps.is_empty())
}
