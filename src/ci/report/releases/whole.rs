//! Everything about one release, put together from what the store has of it.

use crate::driver::start::Content;
use crate::flow::time::Time;
use crate::store::{Admission, Entry, Whole};

use super::record::{DetailsReport, OutcomeReport, ReleaseReport, outcome};
use super::{activities, advice, course, people, waits};

impl ReleaseReport {
    /// Everything about a release. `now` is when it is looked at.
    #[must_use]
    pub fn whole(whole: &Whole, journal: &[Entry], admission: &Admission, now: Time) -> Self {
        let mut report = Self::listed(&whole.release);
        let promotion = whole.promotion.as_ref().ok();
        let content = Content::read(&whole.content).ok();
        let names = |stop: &crate::flow::course::Stop| course::depends_on(&whole.course, &stop.node);
        let outcome = promotion.and_then(|it| outcome(&whole.course, it));
        let mut details = DetailsReport {
            round: promotion.map_or(0, |it| it.round),
            outcome: outcome.as_ref().map(OutcomeReport::of),
            branch: content.as_ref().and_then(|it| it.branch.clone()),
            build: content.and_then(|it| it.build),
            depends_on: whole.course.environments.iter().map(names).collect(),
            activities: activities::of(&whole.course, journal, now),
            waits: promotion.map(|it| waits::of(whole, it, admission)).unwrap_or_default(),
            people: people::of(journal),
            advice: Vec::new(),
        };
        details.advice = advice::of(&report, &details);
        report.details = Some(details);
        report
    }
}
