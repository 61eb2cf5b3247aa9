//! What must, may and must not come of a request, said by what was asked for and what ran alone.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use promenade::actions::Verdict;

use crate::play::Author;
use crate::steps::{Place, Request, Trouble, What};
use crate::world::Ran;

/// The server tells its time in whole seconds, so what is as near as this to its time may count as due.
const SLACK: SignedDuration = SignedDuration::from_secs(3);

/// A request and all that came of it.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) request: &'a Request,
    pub(crate) troubles: &'a [Trouble],
    pub(crate) hides_values: bool,
    pub(crate) run_at: Option<Timestamp>,
    pub(crate) asked_at: Timestamp,
    pub(crate) told_at: Timestamp,
    pub(crate) limit: Duration,
    pub(crate) verdict: Verdict,
    pub(crate) error: String,
    /// The ids of the deployments in the result.
    pub(crate) results: Vec<String>,
    pub(crate) said: Vec<String>,
    pub(crate) before: Vec<Ran>,
    pub(crate) after: Vec<Ran>,
}

/// What is wrong with it; nothing where all is well.
pub(crate) fn judge(told: &Told<'_>, authors: &HashMap<String, Author>) -> Vec<String> {
    let mut judge = Judge { told, authors, wrong: Vec::new() };
    judge.what_was_made();
    match told.verdict {
        Verdict::Passed => judge.green(),
        Verdict::NoAnswer => {
            judge.check(told.may_have_no_answer(), "without an answer, and nothing was hidden")
        }
        Verdict::Failed => judge.check(told.may_fail(), "failed, and nothing did"),
        Verdict::Undecided => judge.check(told.may_be_undecided(), "undecided, and everything had ended"),
        Verdict::Cancelled => {
            let is_cancelled = told.result_is(|it| matches!(it.state.as_str(), "Canceled" | "Cancelling"));
            judge.check(is_cancelled, "cancelled, and nothing was");
        }
        Verdict::TimedOut => judge.check(false, "no task of these sequences times out"),
    }
    judge.wrong
}

struct Judge<'a> {
    told: &'a Told<'a>,
    authors: &'a HashMap<String, Author>,
    wrong: Vec<String>,
}

impl Judge<'_> {
    fn check(&mut self, is_right: bool, otherwise: impl Into<String>) {
        if !is_right {
            self.wrong.push(otherwise.into());
        }
    }

    /// At most one deployment for each target, as it was asked for, and none that was there already.
    fn what_was_made(&mut self) {
        let told = self.told;
        for place in told.request.places() {
            let count = told.made().filter(|it| it.is_at(place)).count();
            self.check(count <= 1, format!("{count} deployments to {place}"));
        }
        for made in told.made() {
            let place = told.request.places().into_iter().find(|it| made.is_at(*it));
            self.check(place.is_some(), format!("{} was not asked for there", made.id));
            let is_asked = told.is_of_the_release(made)
                && told.does_what_was_asked(made)
                && made.guided == told.request.how.guided.unwrap_or(false)
                && is_near(made.run_at, told.run_at)
                && made.download == told.request.orders.download
                && made.redeploy == told.request.orders.redeploy;
            self.check(is_asked, format!("{} is not what was asked for", made.id));
            if let Some(needed) = place.and_then(|it| self.is_there_already(it, &made.version)) {
                self.check(false, format!("{} was made, and {needed} is there", made.id));
            }
        }
    }

    /// Green: at each target what was asked for ran, and is there.
    fn green(&mut self) {
        let told = self.told;
        for place in told.request.places() {
            let all: Vec<_> =
                told.after.iter().filter(|it| told.results.contains(&it.id) && it.is_at(place)).collect();
            let [result] = all.as_slice() else {
                self.check(false, format!("{} results for {place}", all.len()));
                continue;
            };
            let id = &result.id;
            self.check(told.is_of_the_release(result), format!("{id} is of another release"));
            if told.waits() {
                self.check(result.succeeded(), format!("{id} did not succeed"));
            }
            // What is taken over moves nothing.
            let is_made = told.before.iter().all(|it| it.id != *id);
            if let What::Promote { backwards: false, .. } = told.request.what
                && is_made
            {
                self.forwards(place, result);
            }
            if let Some(before) = told.before.iter().find(|it| it.id == *id) {
                self.taken_over(place, before, result);
            } else if let Some(run_at) = told.run_at {
                self.check(run_at > told.asked_at - SLACK, format!("{id} was made for a time that was over"));
            }
        }
        self.check(told.results.len() == told.request.places().len(), "results for more than was asked for");
    }

    /// What is taken over is what was asked for, and nothing came after it.
    fn taken_over(&mut self, place: Place, before: &Ran, after: &Ran) {
        let told = self.told;
        let id = &before.id;
        let is_asked = told.does_what_was_asked(before) || self.may_pass_for(before);
        self.check(is_asked, format!("{id} was taken over, which did something else"));
        self.check(self.carried_the_orders(before), format!("{id} was taken over, without the orders"));
        let others = || told.before.iter().filter(|it| it.is_at(place) && it.id != *id);
        let is_to_come = |it: &&Ran| !it.is_finished() && it.due() <= told.asked_at;
        if before.is_finished() {
            self.check(before.succeeded(), format!("{id} was taken over, which did not succeed"));
            for other in others().filter(|it| it.ran() && it.completed > before.completed || is_to_come(it)) {
                self.check(false, format!("{id} was taken over, and {} came after it", other.id));
            }
        } else {
            let is_as_asked =
                before.guided == told.request.how.guided.unwrap_or(false) && told.may_be_for_the_time(before);
            // Of one that ended meanwhile it does not count how and when it was to run.
            self.check(
                is_as_asked || after.succeeded(),
                format!("{id} was taken over, unfinished and asked for otherwise"),
            );
            let is_behind = |it: &&Ran| it.due() > before.due() && !told.does_what_was_asked(it);
            for other in others().filter(is_to_come).filter(is_behind) {
                self.check(false, format!("{id} was taken over, and {} is behind it", other.id));
            }
            let is_well = !after.is_finished() || after.succeeded() || !told.waits();
            self.check(is_well, format!("{id} was taken over and did not succeed"));
        }
        if told.run_at.is_some_and(|it| it < told.asked_at - SLACK) {
            let is_own = is_near(before.run_at, told.run_at) && self.is_of_this_build(before);
            self.check(is_own, format!("{id} was taken over for a time that is over"));
        }
    }

    fn forwards(&mut self, place: Place, result: &Ran) {
        let told = self.told;
        let there = || told.before.iter().filter(|it| it.is_at(place));
        // What was there when ours was made, which may be later than when it was asked for.
        let was_there = |it: &&Ran| it.succeeded() && it.completed.is_some_and(|end| end <= result.created);
        let at_place =
            told.after.iter().chain(&told.before).filter(|it| it.is_at(place) && it.id != result.id);
        let last = at_place.filter(was_there).max_by_key(|it| it.completed);
        // What ended before ours was made is not coming any more.
        let is_gone = |it: &Ran| {
            let ended = told.after.iter().find(|after| after.id == it.id);
            ended.and_then(|it| it.completed).is_some_and(|end| end <= result.created)
        };
        let coming = there().filter(|it| !it.is_finished() && it.due() <= told.asked_at && !is_gone(it));
        for other in coming.chain(last).filter(|it| is_higher(&it.version, &result.version)) {
            self.check(false, format!("{} moves {place} backwards from {}", result.id, other.id));
        }
    }

    fn is_of_this_build(&self, it: &Ran) -> bool {
        let build = self.told.request.build;
        build.is_some() && self.authors.get(&it.id).is_some_and(|author| author.build == build)
    }

    fn carried_the_orders(&self, it: &Ran) -> bool {
        let orders = self.told.request.orders;
        !orders.is_any()
            || self.is_of_this_build(it)
                && self.authors.get(&it.id).is_some_and(|it| orders.are_among(it.orders))
    }

    /// Whether values that were not asked for cannot be seen by anybody: the server does not give them back, and no
    /// build that could leave a word of them asked for them.
    fn may_pass_for(&self, it: &Ran) -> bool {
        let Told { request, .. } = self.told;
        let is_marked = self.authors.get(&it.id).is_some_and(|it| it.build.is_some())
            && !self.told.troubles.contains(&Trouble::Lacking { field: "Comments" });
        let approver = request.how.approver.unwrap_or_default();
        let hides_approver = self.told.hides_values || self.told.troubles.contains(&Trouble::Blank);
        !is_marked
            && self.told.does_what_was_asked_but_for_values(it)
            && (approver == it.approver || approver.is_empty() && hides_approver)
            && (request.how.token.is_none() || it.token == request.how.token.unwrap_or_default())
    }

    /// The id of a deployment of this version by which the request is met already, as anybody can see.
    fn is_there_already(&self, place: Place, version: &str) -> Option<&str> {
        let told = self.told;
        let how = &told.request.how;
        if told.troubles.iter().any(|it| matches!(it, Trouble::Lacking { .. } | Trouble::Blank)) {
            return None;
        }
        let others = |of: &Ran| {
            let id = of.id.clone();
            told.before.iter().filter(move |it| it.is_at(place) && it.id != id)
        };
        let may_come = |it: &&Ran| !it.is_finished() && it.due() <= told.told_at + SLACK;
        let values_show = how.token.is_none() && (how.approver.is_none() || !told.hides_values);
        let meets = |it: &&Ran| {
            let is_the_last = if it.is_finished() {
                it.succeeded() && !others(it).any(|other| other.completed > it.completed || may_come(&other))
            } else {
                told.is_for_the_time(it)
                    && told.run_at.is_none_or(|it| it > told.told_at + SLACK)
                    && it.guided == how.guided.unwrap_or(false)
                    && told.after.iter().any(|now| now.id == it.id && (!now.is_finished() || now.succeeded()))
                    && !others(it).any(|other| may_come(&other))
            };
            is_the_last
                && told.run_at.is_none_or(|it| it > told.told_at + SLACK)
                && it.version == version
                && told.does_what_was_asked(it)
                && self.carried_the_orders(it)
                && (values_show || self.is_of_this_build(it))
        };
        told.before.iter().filter(|it| it.is_at(place)).find(meets).map(|it| it.id.as_str())
    }
}

impl Told<'_> {
    /// What the request made.
    pub(crate) fn made(&self) -> impl Iterator<Item = &Ran> {
        self.after.iter().filter(|it| self.before.iter().all(|had| had.id != it.id))
    }

    fn waits(&self) -> bool {
        self.request.waits && self.request.how.run_at.is_none_or(|it| it < 10_000)
    }

    fn result_is(&self, holds: impl Fn(&Ran) -> bool) -> bool {
        self.after.iter().any(|it| self.results.contains(&it.id) && holds(it))
    }

    fn does_what_was_asked(&self, it: &Ran) -> bool {
        let how = &self.request.how;
        self.does_what_was_asked_but_for_values(it)
            && it.approver == how.approver.unwrap_or_default()
            && it.token == how.token.unwrap_or_default()
    }

    fn does_what_was_asked_but_for_values(&self, it: &Ran) -> bool {
        let how = &self.request.how;
        let is = |had: &std::collections::BTreeSet<String>, asked: Option<&str>| {
            had.iter().map(String::as_str).eq(asked)
        };
        is(&it.machines, how.machine) && is(&it.excluded, how.excluded) && is(&it.skipped, how.skips)
    }

    /// Whether an unfinished deployment may count as one for the time of the request: what is as good as due, and for
    /// now, are the same.
    fn may_be_for_the_time(&self, it: &Ran) -> bool {
        match self.run_at {
            None => it.due() <= self.told_at + SLACK,
            Some(run_at) => it.due().duration_since(run_at).abs() < SLACK,
        }
    }

    /// Whether an unfinished deployment is for the time of the request.
    fn is_for_the_time(&self, it: &Ran) -> bool {
        match self.run_at {
            None => it.due() <= self.asked_at,
            Some(_) => is_near(it.run_at, self.run_at),
        }
    }

    /// Whether it is of the release that was asked for: what is in the source of a promotion is what ran there last,
    /// before the request or, where something ended meanwhile, after it.
    fn is_of_the_release(&self, it: &Ran) -> bool {
        match self.request.what {
            What::Deploy(version) => it.version == version,
            What::Promote { from, .. } => {
                self.sources(from).iter().any(|source| source.as_ref() == Some(&it.version))
            }
        }
    }

    /// The versions that a promotion may take; none where there is nothing whole to take, or not the last thing.
    fn sources(&self, from: &'static str) -> Vec<Option<String>> {
        let source = Place { environment: from, tenant: self.request.tenant };
        let of = |all: &[Ran], until: Timestamp| {
            let ended =
                all.iter().filter(|it| it.is_at(source) && it.completed.is_some_and(|it| it <= until));
            let successes = ended.filter(|it| it.succeeded());
            successes.max_by_key(|it| it.completed).filter(|it| it.is_whole()).map(|it| it.version.clone())
        };
        // Something may have ended between any two moments of the request.
        let mut moments = vec![self.asked_at];
        moments.extend(self.after.iter().filter_map(|it| it.completed).filter(|it| *it > self.asked_at));
        moments.push(self.told_at);
        moments.into_iter().map(|it| of(&self.after, it)).collect()
    }

    /// No answer, only where something was hidden: a task, a field, what became of a lost request.
    fn may_have_no_answer(&self) -> bool {
        let how = &self.request.how;
        // That variables were refreshed stands in no document.
        let refreshes = self.request.orders.refresh;
        let values_are_hidden =
            how.token.is_some() || how.approver.is_some() && self.hides_values || refreshes;
        // Nobody answers in time on a machine that has no time for it either.
        self.used_its_limit()
            || self.troubles.iter().any(|it| match it {
                Trouble::TaskHidden { .. } => true,
                Trouble::Lost { times, carried_out: crate::steps::Carried::No, .. } => *times > 1,
                Trouble::Lost { .. } => {
                    self.request.build.is_none() && values_are_hidden
                        || self
                            .troubles
                            .iter()
                            .any(|it| matches!(it, Trouble::Lacking { .. } | Trouble::Blank))
                }
                Trouble::Lacking { .. } | Trouble::Blank => matches!(self.request.what, What::Promote { .. }),
            })
    }

    /// A failure, only where a deployment failed, or where what was asked for cannot be.
    fn may_fail(&self) -> bool {
        let is_backwards = |version: &str| {
            let is_target = |it: &&Ran| self.request.places().iter().any(|place| it.is_at(*place));
            let there = self.after.iter().filter(is_target).filter(|it| it.succeeded() || !it.is_finished());
            there.chain(self.before.iter().filter(is_target)).any(|it| is_higher(&it.version, version))
        };
        let is_impossible = match self.request.what {
            What::Deploy(_) => false,
            What::Promote { from, backwards } => self.sources(from).iter().any(|source| match source {
                None => true,
                Some(version) => !backwards && is_backwards(version),
            }),
        };
        is_impossible
            || self.result_is(|it| it.state == "Failed")
            || self.run_at.is_some_and(|it| it <= self.told_at + SLACK)
    }

    /// Undecided, only where something goes on, or where the limit was used up before the last look.
    fn may_be_undecided(&self) -> bool {
        self.used_its_limit() || self.result_is(|it| !it.is_finished())
    }

    fn used_its_limit(&self) -> bool {
        let limit = SignedDuration::try_from(self.limit).expect("seconds");
        self.told_at >= self.asked_at + limit - SignedDuration::from_millis(100)
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:?} {} {:?}", self.verdict, self.error, self.results)?;
        self.said.iter().try_for_each(|it| writeln!(f, "  said {it}"))?;
        writeln!(f, "asked at {}, before:", self.asked_at)?;
        self.before.iter().try_for_each(|it| writeln!(f, "  {it:?}"))?;
        writeln!(f, "told at {}, made or changed:", self.told_at)?;
        let is_new = |it: &&Ran| !self.before.contains(it);
        self.after.iter().filter(is_new).try_for_each(|it| writeln!(f, "  {it:?}"))
    }
}

fn is_near(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.duration_since(other).abs() < SignedDuration::from_secs(1),
        (one, other) => one == other,
    }
}

/// The versions of these sequences differ in the second number.
fn is_higher(one: &str, other: &str) -> bool {
    let second = |it: &str| it.split('.').nth(1).and_then(|it| it.parse::<u32>().ok());
    second(one) > second(other)
}
