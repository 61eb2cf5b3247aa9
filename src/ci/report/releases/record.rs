//! Releases for machines: what `--json` prints, as `schemas/release.json`, `schemas/releases.json` and
//! `schemas/store-check.json` describe it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ci::report::result::{ReportedProblem, RunVerdict};
use crate::document::schema;
use crate::driver::start::Candidate;
use crate::flow::course::Course;
use crate::flow::engine;
use crate::flow::outcome::Outcome;
use crate::flow::promotion::Promotion;
use crate::flow::time::Time;
use crate::store::{Finding, Release};

/// The result of a command about one release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "promenade release")]
pub struct PromotionResult {
    /// What the command came to. With `--wait`, how the release ended.
    pub verdict: RunVerdict,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What the user should know although nothing failed.
    pub warnings: Vec<String>,
    /// Why nothing was done.
    pub problems: Vec<ReportedProblem>,
    /// The release; missing where nothing was started or found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release: Option<ReleaseReport>,
    /// The applications to choose from with `--application`, where several could be meant.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub candidates: Vec<CandidateReport>,
}

/// A page of a list of releases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "promenade releases")]
pub struct ReleasesResult {
    /// What the command came to.
    pub verdict: RunVerdict,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What the user should know although nothing failed.
    pub warnings: Vec<String>,
    /// Why nothing was listed.
    pub problems: Vec<ReportedProblem>,
    /// The names of the columns of environments, in their order.
    pub environments: Vec<String>,
    /// The releases, the newest first, without details.
    pub releases: Vec<ReleaseReport>,
    /// The value of `--after` for the next page; missing on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// The result of `promenade store check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "promenade store check")]
pub struct CheckResult {
    /// `passed`, or `failed` where something does not fit together.
    pub verdict: RunVerdict,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Always empty.
    pub warnings: Vec<String>,
    /// Always empty.
    pub problems: Vec<ReportedProblem>,
    /// The file of the store.
    pub store: String,
    /// What does not fit together.
    pub findings: Vec<FindingReport>,
}

/// Something that does not fit together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingReport {
    /// The name of the release.
    pub release: String,
    /// The store's id of it.
    pub id: String,
    /// What does not fit.
    pub what: String,
}

/// An application that could be promoted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateReport {
    /// Its name.
    pub application: String,
    /// The version that the trigger environment has.
    pub version: String,
    /// Whether that is something else than what was promoted last.
    pub has_changes: bool,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseReport {
    /// Its name: the product and the number.
    pub name: String,
    /// The product.
    pub product: String,
    /// Its number among the releases of its product.
    pub number: u64,
    /// The store's id of it.
    pub id: String,
    /// The flow; missing for a single promotion by hand.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flow: Option<String>,
    /// The application.
    pub application: String,
    /// The version.
    pub version: String,
    /// The commit that it was built from, where the home shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Who started it.
    pub by: String,
    /// Whether a server confirmed that name.
    pub verified: bool,
    /// When it started.
    pub started: String,
    /// When it ended; missing while it has not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<String>,
    /// How it ended (`passed`, `failed`, `refused`, `cancelled`, `skipped`, `unknown`), or what it does (`running`,
    /// `waiting`, `stopping`).
    pub status: String,
    /// Why it ended so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Why it is driven no further until `promenade release repair`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trouble: Option<String>,
    /// Its environments in the order of the flow, the trigger environment first.
    pub environments: Vec<ReleaseEnvironmentReport>,
    /// Everything else about it; missing in lists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<DetailsReport>,
}

/// A release in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseEnvironmentReport {
    /// The environment.
    pub name: String,
    /// As the status of the release, and `pending` where nothing has begun.
    pub status: String,
    /// Since when it is so.
    pub since: String,
}

/// Everything about a release that lists do not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DetailsReport {
    /// How often a person has started it again.
    pub round: u32,
    /// What its end means; missing while it has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<OutcomeReport>,
    /// The branch that it was built from, where the home shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch: Option<String>,
    /// The page of its build, where the home shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub build: Option<String>,
    /// For each environment those that must have passed before.
    pub depends_on: Vec<Vec<String>>,
    /// The work for it, in the order in which it began.
    pub activities: Vec<ActivityReport>,
    /// Why it has not gone on yet.
    pub waits: Vec<WaitReport>,
    /// Who did what, the first first.
    pub people: Vec<PersonReport>,
    /// What to do about it.
    pub advice: Vec<String>,
}

/// What the end of a release means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeReport {
    /// `passed`, `failed`, `refused`, `flow-limit`, `unknown`, `terminated`, `replaced`, `cancelled` or `nothing`.
    pub name: String,
    /// The same in words.
    pub words: String,
    /// The exit code of a command that waited for it.
    pub exit_code: u8,
}

/// One attempt at something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityReport {
    /// Its name, such as `qa/web/deploy#2`: what `promenade release settle` takes.
    pub name: String,
    /// The environment.
    pub environment: String,
    /// `verify`, `deploy`, `enter`, `approval` or `soak`.
    pub kind: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// When it began.
    pub began: String,
    /// When it ended; missing while it has not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<String>,
    /// How long it took, or has taken so far.
    pub seconds: f64,
    /// How it ended: as a status, or `again-later` where it failed and is tried again. Missing while it has not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<String>,
    /// Why it ended so, or what a person is asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Whether it waits for a person.
    pub needs_person: bool,
    /// The deployments that it made or took over.
    pub deployments: Vec<DeploymentLink>,
}

/// A deployment of an activity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentLink {
    /// The server's id of it.
    pub id: String,
    /// The server's id of its task.
    pub task: String,
    /// The environment and the tenant.
    pub target: String,
    /// The task's page.
    pub url: String,
    /// Whether it was there already.
    pub adopted: bool,
}

/// Why an environment has not gone on yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitReport {
    /// The environment.
    pub environment: String,
    /// The reasons, all of which count.
    pub reasons: Vec<String>,
}

/// Something that a person did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PersonReport {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// Whether a server confirmed that name.
    pub verified: bool,
    /// What.
    pub what: String,
}

/// The schema of a result about one release.
pub(crate) fn schema() -> serde_json::Value {
    schema::of_output::<PromotionResult>()
}

/// The schema of a list.
pub(crate) fn list_schema() -> serde_json::Value {
    schema::of_output::<ReleasesResult>()
}

/// The schema of a check of the store.
pub(crate) fn check_schema() -> serde_json::Value {
    schema::of_output::<CheckResult>()
}

impl PromotionResult {
    /// A result with this verdict and nothing else.
    #[must_use]
    pub fn new(verdict: RunVerdict) -> Self {
        let exit_code = verdict.exit_code();
        let (warnings, problems, candidates) = (Vec::new(), Vec::new(), Vec::new());
        Self { verdict, exit_code, warnings, problems, release: None, candidates }
    }
}

impl ReleaseReport {
    /// A release as lists show it.
    #[must_use]
    pub fn listed(it: &Release) -> Self {
        let environments = it.environments.iter().map(|it| ReleaseEnvironmentReport {
            name: it.name.clone(),
            status: it.status.clone(),
            since: stamp(it.since),
        });
        Self {
            name: format!("{} {}", it.product, it.number),
            product: it.product.to_string(),
            number: it.number,
            id: it.id.to_string(),
            flow: it.flow.as_ref().map(ToString::to_string),
            application: it.application.to_string(),
            version: it.version.to_string(),
            commit: it.commit.clone(),
            by: it.by.0.clone(),
            verified: it.verified,
            started: stamp(it.started),
            ended: it.ended.map(stamp),
            status: it.status.clone(),
            reason: it.reason.clone(),
            trouble: it.trouble.clone(),
            environments: environments.collect(),
            details: None,
        }
    }
}

/// What the end of a promotion means; `None` while it has none.
pub(super) fn outcome(course: &Course, promotion: &Promotion) -> Option<Outcome> {
    engine::ending(course, promotion).map(|it| Outcome::of(course, &it))
}

impl OutcomeReport {
    pub(super) fn of(outcome: &Outcome) -> Self {
        Self { name: outcome.name().to_owned(), words: outcome.words(), exit_code: outcome.exit_code() }
    }
}

impl From<&Candidate> for CandidateReport {
    fn from(it: &Candidate) -> Self {
        let (application, version) = (it.application.to_string(), it.version.to_string());
        Self { application, version, has_changes: it.has_changes }
    }
}

impl From<&Finding> for FindingReport {
    fn from(it: &Finding) -> Self {
        Self { release: it.title.clone(), id: it.promotion.to_string(), what: it.what.clone() }
    }
}

impl From<&Outcome> for RunVerdict {
    fn from(outcome: &Outcome) -> Self {
        match outcome.exit_code() {
            0 => Self::Passed,
            4 => Self::NoAnswer,
            5 => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

/// A moment to the second.
pub(super) fn stamp(time: Time) -> String {
    match time.timestamp() {
        Some(at) => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        None => time.to_string(),
    }
}
