//! Starts a promotion: chooses the application, pins the release that the trigger environment has, resolves the names of
//! all environments, and writes it down. Nothing is changed on any server.

mod call;
mod candidate;
mod candidates;
mod content;
mod error;
mod pinning;
mod wanted;

use crate::store::{NewRelease, Started, Store};

use super::clock::now;
use super::homes::Homes;
use candidates::Candidates;

pub use candidate::Candidate;
pub use content::{Content, PinnedRelease};
pub use error::StartProblem;
pub use wanted::{NewPromotion, Route};

/// A promotion that was started, and what it takes along.
#[derive(Debug, Clone)]
pub struct NewlyStarted {
    /// Its id and number.
    pub started: Started,
    /// What it takes along.
    pub content: Content,
}

/// Starts a promotion.
///
/// # Errors
///
/// Nothing was started.
pub async fn start(
    store: &Store,
    homes: &Homes,
    new: &NewPromotion<'_>,
) -> Result<NewlyStarted, StartProblem> {
    if let Route::Flow(flow) = new.route
        && !flow.unsupported.is_empty()
    {
        return Err(StartProblem::Unsupported(flow.unsupported.iter().map(|it| it.what.clone()).collect()));
    }
    let candidates = Candidates { store, homes, new };
    let (application, current) = candidates.choose().await?;
    if let Some(wanted) = new.version
        && wanted.compare(&current.release.version).is_ne()
    {
        let (environment, there) = (new.trigger()?.name.clone(), current.release.version.clone());
        return Err(StartProblem::OtherVersion { environment, there, wanted: wanted.clone() });
    }
    let course = new.course(application)?;
    let content = pinning::pin(homes, new, application, &current, &course).await?;
    let text = content.text().map_err(StartProblem::Bug)?;
    let release = NewRelease {
        product: new.product.name.clone(),
        flow: match new.route {
            Route::Flow(flow) => Some(flow.name.clone()),
            Route::Manual { .. } => None,
        },
        application: application.name.clone(),
        version: current.release.version.clone(),
        commit: pinning::commit(&current),
        by: new.by.clone(),
        verified: new.verified,
        request: new.request.clone(),
        course,
        content: text,
    };
    let started = store.start(&release, now()).await?;
    Ok(NewlyStarted { started, content })
}
