//! What the commands of releases report: a release, a list of them, and the news of one, in words and for machines.

mod activities;
mod advice;
mod course;
mod list;
mod news;
mod people;
mod picture;
mod record;
mod show;
mod waits;
mod whole;

pub use advice::command_for;
pub use list::{ListRow, columns, row};
pub use news::{news, warning};
pub use picture::graph;
pub use record::{
    ActivityReport, CandidateReport, CheckResult, DeploymentLink, DetailsReport, FindingReport,
    OutcomeReport, PersonReport, PromotionResult, ReleaseEnvironmentReport, ReleaseReport, ReleasesResult,
    WaitReport,
};
pub(crate) use record::{check_schema, list_schema, schema};
pub use show::{ending, lines, progress, title};

#[cfg(test)]
mod tests;
