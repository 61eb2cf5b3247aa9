//! Prints what happens to promotions: the news of their journals, and what does not work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use promenade::backend::Notice;
use promenade::ci::report::releases;
use promenade::driver::DriverEvent;
use promenade::flow::admission::PromotionId;
use promenade::flow::course::{Attempt, Course};
use promenade::flow::time::Time;
use promenade::store::{Store, StoreError};

use crate::cli::output::Output;

/// The most promotions that something is remembered of. Beyond it, a line may be printed twice.
const MOST: usize = 1000;

/// After how long the same trouble is printed again: a day of it must not fill the log, nor look as if it were over.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// What is printed: about which promotion and attempt, and the text.
type Said = (Option<PromotionId>, Option<Attempt>, String);

/// What was printed, and when.
#[derive(Default)]
struct Printed(BTreeMap<Said, Instant>);

impl Printed {
    /// Whether it is printed now. Troubles that alternate, such as those of two servers, are each printed once.
    fn is_news(&mut self, said: Said, now: Instant) -> bool {
        if self.0.get(&said).is_some_and(|it| now.duration_since(*it) < AGAIN) {
            return false;
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(said, now);
        true
    }

    /// The promotion moved: what stood in its way does no more.
    fn forget(&mut self, promotion: &PromotionId) {
        self.0.retain(|(of, ..), _| of.as_ref() != Some(promotion));
    }
}

/// Prints what a driver reports beside the journals.
pub(crate) struct Reporter {
    output: Arc<Output>,
    titles: Mutex<BTreeMap<PromotionId, String>>,
    printed: Mutex<Printed>,
}

impl Reporter {
    pub(crate) fn new(output: &Arc<Output>) -> Arc<Self> {
        let (titles, printed) = (Mutex::default(), Mutex::default());
        Arc::new(Self { output: Arc::clone(output), titles, printed })
    }

    /// Prints what is not in the journals. Gives back the promotion whose journal has news.
    pub(crate) fn hear(&self, event: DriverEvent) -> Option<PromotionId> {
        match event {
            DriverEvent::Moved { promotion, .. } => {
                self.printed.lock().unwrap_or_else(PoisonError::into_inner).forget(&promotion);
                Some(promotion)
            }
            DriverEvent::Notice { promotion, attempt, notice } => {
                if let Some(message) = worth(&notice) {
                    self.warn(Some(promotion), Some(attempt), message, None);
                }
                None
            }
            DriverEvent::Trouble { promotion, attempt, message, advice } => {
                self.warn(promotion, attempt, format!("{message}; trying again"), advice.as_deref());
                None
            }
        }
    }

    fn warn(&self, of: Option<PromotionId>, attempt: Option<Attempt>, message: String, advice: Option<&str>) {
        let title = of.as_ref().map(|it| self.title(it));
        let text = releases::warning(title.as_deref(), attempt.as_ref(), &message, advice);
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        if printed.is_news((of, attempt, message), Instant::now()) {
            self.output.lines(&text);
        }
    }

    fn title(&self, of: &PromotionId) -> String {
        let titles = self.titles.lock().unwrap_or_else(PoisonError::into_inner);
        titles.get(of).cloned().unwrap_or_else(|| of.to_string())
    }

    fn names(&self, of: &PromotionId, title: &str) {
        let mut titles = self.titles.lock().unwrap_or_else(PoisonError::into_inner);
        if titles.len() >= MOST {
            titles.clear();
        }
        titles.insert(of.clone(), title.to_owned());
    }
}

/// What a notice says that no journal does.
fn worth(notice: &Notice) -> Option<String> {
    Some(match notice {
        Notice::Warning(text) | Notice::AnswerLost(text) => text.clone(),
        Notice::Retrying(text) => format!("{text}; trying again"),
        Notice::DeployingAgain { target, because } => format!("{target} is deployed to again: {because}"),
        Notice::Answered { question, answer, .. } => format!("'{question}' was answered with {answer}"),
        _ => return None,
    })
}

/// Prints the news of journals, each line once.
pub(crate) struct Follower {
    store: Arc<Store>,
    reporter: Arc<Reporter>,
    /// Older news are not printed.
    since: Option<Time>,
    followed: BTreeMap<PromotionId, Followed>,
}

struct Followed {
    title: String,
    version: String,
    course: Course,
    seq: u64,
}

impl Follower {
    /// Prints what is news from this moment on; `None` = from the beginning of each journal.
    pub(crate) fn new(store: &Arc<Store>, reporter: &Arc<Reporter>, since: Option<Time>) -> Self {
        let (store, reporter) = (Arc::clone(store), Arc::clone(reporter));
        Self { store, reporter, since, followed: BTreeMap::new() }
    }

    /// Passes over the news of a promotion so far.
    pub(crate) async fn skip(&mut self, id: &PromotionId) -> Result<(), StoreError> {
        self.read(id, false).await
    }

    /// Prints the news of a promotion.
    pub(crate) async fn tell(&mut self, id: &PromotionId) -> Result<(), StoreError> {
        self.read(id, true).await
    }

    async fn read(&mut self, id: &PromotionId, prints: bool) -> Result<(), StoreError> {
        if !self.followed.contains_key(id) {
            let Some(whole) = self.store.promotion(id).await? else { return Ok(()) };
            if self.followed.len() >= MOST {
                self.followed.clear();
                self.since = Some(promenade::driver::now());
            }
            let title = format!("{} {}", whole.release.product, whole.release.number);
            self.reporter.names(id, &title);
            let version = whole.release.version.to_string();
            self.followed.insert(id.clone(), Followed { title, version, course: whole.course, seq: 0 });
        }
        let Some(it) = self.followed.get_mut(id) else { return Ok(()) };
        for entry in self.store.journal_after(id, it.seq).await? {
            it.seq = entry.seq;
            if prints && self.since.is_none_or(|since| entry.at >= since) {
                self.reporter.output.lines(&releases::news(&it.title, &it.version, &it.course, &entry));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_that_alternate_are_printed_once_and_again_after_an_hour() {
        let mut printed = Printed::default();
        let start = Instant::now();
        let said = |text: &str| (None, None, text.to_owned());
        for second in 0..3599 {
            let now = start + Duration::from_secs(second);
            assert_eq!(printed.is_news(said("one server is away"), now), second == 0);
            assert_eq!(printed.is_news(said("another server is away"), now), second == 0);
        }
        assert!(printed.is_news(said("one server is away"), start + AGAIN));
        let promotion = PromotionId("a".to_owned());
        let of = || (Some(promotion.clone()), None, "x".to_owned());
        assert!(printed.is_news(of(), start) && !printed.is_news(of(), start));
        printed.forget(&promotion);
        assert!(printed.is_news(of(), start), "it moved in between");
        assert!(!printed.is_news(said("another server is away"), start), "and nothing else is forgotten");
    }
}
