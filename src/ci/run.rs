//! Carries out a plan: the actions in order, what one hands to the next, and the verdict.

mod names;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use futures_util::FutureExt as _;

use crate::actions::{
    ActionError, DeployOptions, Outcome, PromotionChoice, ReleaseChoice, Session, Verdict, create, deploy,
    edit_variables, promote, release_of_this_build, release_of_version,
};
use crate::backend::{Backend, BackendError, Deployment, Notice, Proof};
use crate::model::{
    BuildIdentity, DeploymentOptions, ProjectName, PromptedValue, Release, ReleaseVersion, VersionMask,
};

use super::plan::{
    Decision, EarlierCreate, Plan, Planned, PlannedAction, PlannedPromotion, PlannedRelease, Work,
};
use super::report::{self, Line};
use super::result::{ActionResult, RunOrSkipped, RunResult, RunVerdict};
use crate::model::ActionKind;
use names::{Fed, Feed, Meanings};

/// Something to tell while a plan is carried out.
#[derive(Debug)]
pub enum Said<'a> {
    /// An action begins; the line that says so heads everything until it is closed.
    Opens(&'a Group),
    /// The action is over.
    Closes(&'a Group),
    /// Lines for the log.
    Lines(&'a [Line]),
    /// What happened, for those who draw progress. Its lines are told as well.
    Notice(&'a Notice),
}

/// What is told of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// A name that is the same only for this action of the run: letters, digits and dashes.
    pub name: String,
    /// The line that heads it.
    pub title: Line,
}

/// What a run needs beside its plan.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Where releases live.
    pub backend: &'a Backend,
    /// The project, for the variables that are edited.
    pub project: &'a ProjectName,
    /// The build that asks.
    pub build: Option<&'a BuildIdentity>,
    /// The word to stop.
    pub stop: &'a crate::actions::Stop,
    /// The exit code of a pass with warnings.
    pub warnings_exit: u8,
    /// Where it is told.
    pub say: &'a (dyn Fn(Said<'_>) + Send + Sync),
}

/// What is known of the words of the actions that run.
enum Names {
    /// Nothing was asked yet.
    Unknown,
    /// Each means one thing.
    Known(Meanings),
    /// What is wrong, by the action's place; nothing is begun.
    Wrong(BTreeMap<usize, ActionError>),
}

/// What the actions so far came to, for those after them.
#[derive(Default)]
struct Past {
    outcomes: Vec<Option<Outcome>>,
    created: Option<Release>,
    /// A create ran and did not succeed, so that no release is this build's, whatever has its version.
    create_failed: bool,
    earlier_create: Option<EarlierCreate>,
    results: Vec<ActionResult>,
    warnings: Vec<String>,
    verdict: Option<RunVerdict>,
}

/// Carries out a plan. After the first failure that counts, nothing more is begun.
pub async fn run(plan: &Plan, run: Run<'_>) -> RunResult {
    let mut past = Past { earlier_create: plan.earlier_create.clone(), ..Past::default() };
    let mut variables_pending = !plan.edit_project_variables.is_empty();
    let mut names = Names::Unknown;
    for (at, planned) in plan.actions.iter().enumerate() {
        let action = match &planned.decision {
            Decision::Skip(reason) => {
                past.skip(planned, &reason.to_string(), run);
                continue;
            }
            Decision::Run(action) => action,
        };
        if past.verdict.is_some() && !matches!(names, Names::Wrong(_)) {
            past.skip(planned, "an action before it failed", run);
            continue;
        }
        let feed = match &mut names {
            Names::Unknown => Feed::Free(Fed::default()),
            Names::Known(meanings) => meanings.feed(at, plan, &past.outcomes, run.backend),
            Names::Wrong(errors) => {
                past.refuse(planned, action, errors.remove(&at), run);
                continue;
            }
        };
        let fed = match feed {
            Feed::Free(fed) => Ok(fed),
            Feed::Cannot(reason) => Err(reason),
            Feed::NeedNot(reason) => {
                past.skip(planned, &reason, run);
                continue;
            }
        };
        let name = format!("{}-{}", planned.kind.name(), at + 1);
        let group = action.log.then(|| Group { name, title: report::begins(planned.kind, &planned.title) });
        if let Some(group) = &group {
            (run.say)(Said::Opens(group));
        }
        let told = Told::new(planned.kind, action.log);
        let say = |notice: Notice| told.tell(&notice, run);
        let session = Session { backend: run.backend, build: run.build, say: &say, stop: run.stop };
        let clock = Clock { began: Instant::now(), limit: action.time_limit() };
        if matches!(names, Names::Unknown) {
            // Before anything is changed, and so before the variables are edited.
            names = match Box::pin(names::find_out(plan, &session, clock.left())).await {
                Ok(meanings) => Names::Known(meanings),
                Err(errors) => Names::Wrong(errors),
            };
        }
        if let Names::Wrong(errors) = &mut names {
            past.warnings.extend(told.warnings());
            past.refuse(planned, action, errors.remove(&at), run);
            if let Some(group) = &group {
                (run.say)(Said::Closes(group));
            }
            continue;
        }
        let values = &plan.edit_project_variables;
        // On the heap: the stack of a server's thread is small.
        let work = Box::pin(async {
            let edited = if variables_pending {
                edit_variables(&session, run.project, values, clock.left()).await
            } else {
                Ok(())
            };
            variables_pending &= edited.is_err();
            edited?;
            let fed = fed.map_err(BackendError::Impossible)?;
            carry_out(action, &past, fed, values, clock, &session).await
        });
        // A bug of ours ends the action and not the process: what was accepted is in the result.
        let done = AssertUnwindSafe(work).catch_unwind().await;
        let done = done.unwrap_or_else(|_| Err(ActionError::Bug { accepted: told.accepted() }));
        past.warnings.extend(told.warnings());
        past.take(planned, action, done, run);
        if let Some(group) = &group {
            (run.say)(Said::Closes(group));
        }
    }
    past.end(run)
}

/// What is told of one action, and the warnings among it.
struct Told {
    kind: ActionKind,
    log: bool,
    warnings: std::sync::Mutex<Vec<String>>,
    accepted: std::sync::Mutex<Vec<Deployment>>,
    quiet_trouble: AtomicBool,
}

impl Told {
    fn new(kind: ActionKind, log: bool) -> Self {
        Self {
            kind,
            log,
            warnings: std::sync::Mutex::default(),
            accepted: std::sync::Mutex::default(),
            quiet_trouble: AtomicBool::new(false),
        }
    }

    fn tell(&self, notice: &Notice, run: Run<'_>) {
        if let Notice::Deployment(it) = notice {
            self.accepted.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(it.clone());
        }
        (run.say)(Said::Notice(notice));
        if let Notice::Warning(text) = notice {
            self.warnings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(text.clone());
        }
        // Trouble is said once until something else happens; the server's minutes of upgrade fill no log.
        let trouble = matches!(notice, Notice::Trouble(_));
        if self.quiet_trouble.swap(trouble, Ordering::Relaxed) && trouble {
            return;
        }
        let mut lines = report::notice(self.kind, notice);
        if !self.log {
            lines.retain(Line::is_always_told);
        }
        (run.say)(Said::Lines(&lines));
    }

    /// The deployments that were told of.
    fn accepted(&self) -> Vec<Deployment> {
        self.accepted.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn warnings(self) -> Vec<String> {
        self.warnings.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The time limit of one action, which holds from the first request made for it to the last.
#[derive(Clone, Copy)]
struct Clock {
    began: Instant,
    limit: Duration,
}

impl Clock {
    fn left(self) -> Duration {
        self.limit.saturating_sub(self.began.elapsed())
    }
}

/// Carries out one action. `edited` are the project's variables that were edited before.
async fn carry_out(
    action: &PlannedAction,
    past: &Past,
    fed: Fed,
    edited: &BTreeMap<String, PromptedValue>,
    clock: Clock,
    session: &Session<'_>,
) -> Result<Outcome, ActionError> {
    match &action.work {
        Work::Create(options) => {
            let mut options = options.clone();
            options.time_limit = clock.left();
            create(session, &options).await
        }
        Work::Deploy(planned) => {
            let release = match &planned.release {
                PlannedRelease::Exact(version) => ReleaseChoice::Exact(version.clone()),
                PlannedRelease::LatestOfChannel(channel) => ReleaseChoice::Latest(channel.clone()),
                PlannedRelease::ThisBuild(version) => ReleaseChoice::This(
                    this_builds(&planned.project, version.as_ref(), Proof::Version, past, clock, session)
                        .await?,
                ),
            };
            let mut options: DeployOptions = planned.options(release);
            options.time_limit = clock.left();
            take_in(&mut options.deployment, edited);
            deploy(session, &options).await
        }
        Work::Promote(planned) => {
            let release = match &planned.release {
                PlannedPromotion::LatestSuccessful => PromotionChoice::LatestSuccessful,
                PlannedPromotion::Exact(version) => PromotionChoice::Exact(version.clone()),
                PlannedPromotion::OnlyThisBuild(version) => {
                    let found =
                        this_builds(&planned.project, version.as_ref(), Proof::Marker, past, clock, session);
                    PromotionChoice::Only(found.await?.version)
                }
            };
            let mut options = planned.options(release);
            options.delivered = fed.delivered;
            options.left_out = fed.left_out;
            options.time_limit = clock.left();
            take_in(&mut options.deployment, edited);
            promote(session, &options).await
        }
    }
}

/// Has a deployment take in the project's variables that were edited, also where its release was made before.
fn take_in(options: &mut DeploymentOptions, edited: &BTreeMap<String, PromptedValue>) {
    options.refresh_variables |= !edited.is_empty();
    options.edited_variables.clone_from(edited);
}

/// The release that this build made: in this run, or in an earlier one by its version or its marker.
async fn this_builds(
    project: &ProjectName,
    version: Option<&ReleaseVersion>,
    proof: Proof,
    past: &Past,
    clock: Clock,
    session: &Session<'_>,
) -> Result<Release, ActionError> {
    if let Some(release) = &past.created {
        return Ok(release.clone());
    }
    if past.create_failed {
        return Err(BackendError::Impossible(
            "the create of this run did not succeed, so there is no release of this build to go on with"
                .to_owned(),
        )
        .into());
    }
    let create = match past.earlier_create.as_ref().map(|it| &it.asks) {
        Some(Ok(options)) => Some(&**options),
        Some(Err(because)) => {
            (session.say)(Notice::Warning(format!(
                "the release of this build is taken as it is: what `[create]` asks for cannot be told on this event \
                 ({because})"
            )));
            None
        }
        None => None,
    };
    let mask = version.and_then(VersionMask::of);
    if let Some(version) = version.filter(|_| mask.is_none()) {
        let proof = match (proof, session.build) {
            (Proof::Marker, None) => {
                return Err(BackendError::Impossible(
                    "no build is known whose release alone may be promoted; hand the build's event over, or leave \
                     only-this-build out"
                        .to_owned(),
                )
                .into());
            }
            (Proof::Marker, Some(_)) => Proof::Marker,
            (_, Some(_)) if !past.earlier_create.as_ref().is_some_and(|it| it.reuse) => Proof::Version,
            _ => Proof::Nothing,
        };
        return release_of_version(session, project, version, proof, create, clock.left()).await;
    }
    let missing = || {
        BackendError::Impossible(
            "this build's release was not found: no release was created in this run, its version is not given, and \
             no release carries this build's marker; give the create a version"
                .to_owned(),
        )
    };
    let found = release_of_this_build(session, project, mask.as_ref(), create, clock.left()).await?;
    Ok(found.ok_or_else(missing)?)
}

impl Past {
    /// Takes in that nothing is begun, since words of the actions are wrong: this one's, or those of another. No such
    /// mistake is tolerated.
    fn refuse(
        &mut self,
        planned: &Planned,
        action: &PlannedAction,
        error: Option<ActionError>,
        run: Run<'_>,
    ) {
        let Some(error) = error else {
            self.skip(planned, "nothing is begun, since names of another action are wrong", run);
            return;
        };
        let verdict = report::run_verdict(error.verdict());
        self.take(planned, action, Err(error), run);
        self.verdict.get_or_insert(verdict);
    }

    fn skip(&mut self, planned: &Planned, reason: &str, run: Run<'_>) {
        (run.say)(Said::Lines(&report::skipped(planned.kind, &planned.title, reason)));
        self.outcomes.push(None);
        self.results.push(ActionResult {
            decision: RunOrSkipped::Skipped,
            reason: Some(reason.to_owned()),
            ..report::planned(planned)
        });
    }

    /// Takes in what an action came to.
    fn take(
        &mut self,
        planned: &Planned,
        action: &PlannedAction,
        done: Result<Outcome, ActionError>,
        run: Run<'_>,
    ) {
        let mut result = report::planned(planned);
        let verdict = match &done {
            Ok(outcome) => {
                (run.say)(Said::Lines(&report::outcome(planned.kind, outcome)));
                result.releases = outcome.releases.iter().map(report::release_result).collect();
                result.deployments = outcome.deployments.iter().map(report::deployment_report).collect();
                outcome.verdict()
            }
            Err(error) => {
                (run.say)(Said::Lines(&report::error(planned.kind, error)));
                result.deployments = error.deployments().iter().map(report::deployment_report).collect();
                result.error = Some(report::error_report(error));
                error.verdict()
            }
        };
        result.verdict = Some(report::run_verdict(verdict));
        self.results.push(result);
        let outcome = done.ok();
        if let Some(outcome) = &outcome {
            if outcome.has_warnings() {
                self.warnings.push(format!("{}: the server recorded warnings", planned.title));
            }
            if planned.kind == ActionKind::Create {
                self.created = outcome.releases.first().cloned();
            }
        } else if planned.kind == ActionKind::Create {
            self.create_failed = true;
        }
        self.outcomes.push(outcome);
        match (verdict, action.fail_build) {
            (Verdict::Passed, _) => {}
            // Being told to stop ends the run, whatever is tolerated.
            (_, true) => self.verdict = Some(report::run_verdict(verdict)),
            (_, false) => {
                self.warnings.push(format!("{}: did not succeed, which is tolerated", planned.title));
                if run.stop.is_told() {
                    self.verdict = Some(report::run_verdict(verdict));
                }
            }
        }
    }

    fn end(self, run: Run<'_>) -> RunResult {
        let verdict = self.verdict.unwrap_or(RunVerdict::Passed);
        let mut result = RunResult {
            verdict,
            exit_code: verdict.exit_code(),
            warnings: self.warnings,
            problems: Vec::new(),
            actions: self.results,
        };
        let with_warnings = result.passed_with_warnings();
        if with_warnings {
            result.exit_code = run.warnings_exit;
        }
        (run.say)(Said::Lines(&report::verdict(verdict, with_warnings, result.exit_code)));
        result
    }
}
