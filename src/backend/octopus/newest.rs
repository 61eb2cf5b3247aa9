//! The newest releases of a project, page by page.

use futures_util::stream::{self, StreamExt as _};

use crate::backend::{BackendError, Context};
use crate::octopus::release::{self, Release};
use crate::octopus::{Page, ProjectId, SpaceId};

use super::Octopus;

/// How many releases one answer holds at most.
pub(super) const PAGE: u32 = 100;

/// The most releases that are looked through, the newest first, so that the cost does not grow with the project's age;
/// and how many pages are read in parallel. A build's own release is hardly ever older than that.
pub(super) const NEWEST: u32 = 500;
const AT_ONCE: usize = 8;

/// The newest releases of a project.
pub(super) struct NewestReleases {
    /// The releases, the latest first.
    pub(super) releases: Vec<Release>,
    /// Whether these are all releases.
    pub(super) are_all: bool,
}

impl Octopus {
    /// The newest releases whose version contains `search`; `newest` are read already.
    pub(super) async fn releases(
        &self,
        space: &SpaceId,
        project: &ProjectId,
        search: &str,
        newest: Page<Release>,
        context: Context<'_>,
    ) -> Result<NewestReleases, BackendError> {
        // A server may return fewer than requested; the next page is counted from what it returned.
        let step = u32::try_from(newest.items.len()).unwrap_or(PAGE).clamp(1, PAGE);
        let Some(total) = newest.total_results else {
            return self.releases_one_by_one(space, project, search, newest.items, context).await;
        };
        let mut releases = newest.items;
        let read = u32::try_from(total).unwrap_or(NEWEST).min(NEWEST);
        let pages = read.div_ceil(step);
        let more: Vec<_> =
            (1..pages).map(|it| release::after(space, project, some(search), it * step, step)).collect();
        let mut answers = stream::iter(more)
            .map(|request| async move { self.look("looking through the releases", &request, context).await })
            .buffered(AT_ONCE);
        while let Some(page) = answers.next().await {
            releases.extend(page?.items);
        }
        Ok(NewestReleases { releases, are_all: total <= u64::from(NEWEST) })
    }

    /// Does the same if the answer lacks the total: page after page, until one is not full.
    async fn releases_one_by_one(
        &self,
        space: &SpaceId,
        project: &ProjectId,
        search: &str,
        newest: Vec<Release>,
        context: Context<'_>,
    ) -> Result<NewestReleases, BackendError> {
        let (mut releases, mut last) = (Vec::new(), newest);
        for page in 1..=NEWEST / PAGE {
            let is_full = last.len() >= PAGE as usize;
            releases.append(&mut last);
            if !is_full {
                return Ok(NewestReleases { releases, are_all: true });
            }
            if page == NEWEST / PAGE {
                break;
            }
            let request = release::after(space, project, some(search), page * PAGE, PAGE);
            last = self.look("looking through the releases", &request, context).await?.items;
        }
        Ok(NewestReleases { releases, are_all: false })
    }
}

/// The search of a request; `None` if the text is empty.
pub(super) fn some(search: &str) -> Option<&str> {
    Some(search).filter(|it| !it.is_empty())
}
