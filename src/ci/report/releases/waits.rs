//! Why a release has not gone on yet.

use std::collections::BTreeMap;

use crate::flow::admission::Verdict;
use crate::flow::course::{Attempt, Kind};
use crate::flow::promotion::{At, Promotion, Standing};
use crate::store::{Admission, Whole};

use super::course::{depends_on, environment};
use super::record::{WaitReport, outcome, stamp};

/// The reasons, environment by environment; none once it has ended.
pub(super) fn of(whole: &Whole, promotion: &Promotion, admission: &Admission) -> Vec<WaitReport> {
    if outcome(&whole.course, promotion).is_some() {
        return Vec::new();
    }
    let mut found = at_work(whole, promotion);
    for (of, verdict) in admission.verdicts(&whole.release.id) {
        found.entry(name(whole, &of)).or_default().extend(reasons(&verdict));
    }
    for stop in &whole.course.environments {
        if let Some(reason) = dependencies(whole, promotion, stop) {
            found.entry(stop.environment.to_string()).or_default().push(reason);
        }
    }
    let ordered = whole.course.environments.iter().map(|it| it.environment.to_string());
    ordered
        .filter_map(|it| found.remove(&it).map(|reasons| WaitReport { environment: it, reasons }))
        .collect()
}

fn name(whole: &Whole, of: &Attempt) -> String {
    environment(&whole.course, &of.node).unwrap_or_default().to_owned()
}

/// What admission says, in words.
pub(super) fn reasons(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Granted => vec!["its places are free, and it is about to enter".to_owned()],
        Verdict::Waits(reasons) => reasons.iter().map(ToString::to_string).collect(),
        Verdict::Never(reason) => vec![reason.to_string()],
    }
}

/// What keeps work that has begun.
fn at_work(whole: &Whole, promotion: &Promotion) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, standing) in &promotion.nodes {
        let is_join = matches!(whole.course.nodes.get(id).map(|it| &it.kind), Some(Kind::Join(_)));
        if let Some(reason) = keeps(standing).filter(|_| !is_join) {
            found
                .entry(environment(&whole.course, id).unwrap_or_default().to_owned())
                .or_default()
                .push(reason);
        }
    }
    found
}

fn keeps(standing: &Standing) -> Option<String> {
    let because = |text: String| match &standing.reason {
        Some(reason) => format!("{text}: {reason}"),
        None => text,
    };
    match standing.at {
        At::Due(until) => Some(because(format!("it is tried again at {}", stamp(until)))),
        At::Running(_) if standing.suspended.is_some() => Some(because("it needs a person".to_owned())),
        At::Stopping(since, _) => Some(format!("it is being stopped since {}", stamp(since))),
        At::Waiting | At::Running(_) | At::Ended(..) => None,
    }
}

/// The environments that an environment which has not begun waits for.
fn dependencies(whole: &Whole, promotion: &Promotion, stop: &crate::flow::course::Stop) -> Option<String> {
    let ended = |name: &String| {
        let of = whole.course.environments.iter().find(|it| it.environment.as_str() == name)?;
        promotion.nodes.get(&of.node)?.end()
    };
    if promotion.nodes.get(&stop.node)?.end().is_some() {
        return None;
    }
    let open: Vec<String> =
        depends_on(&whole.course, &stop.node).into_iter().filter(|it| ended(it).is_none()).collect();
    (!open.is_empty()).then(|| format!("it waits for {}", open.join(", ")))
}
