//! What is asked for at one target, and whether a deployment was asked for the same. Pure.
//!
//! | | unfinished | finished |
//! | --- | --- | --- |
//! | machines, excluded machines, skipped steps, prompted values | equal | equal |
//! | guided failure, schedule | equal; a due schedule equals now | do not count |
//! | orders: forced download and redeployment, fresh variables, `again` | this build carried the same | this build carried the same |
//! | notes, freeze override | do not count | do not count |
//!
//! What the server does not tell is unknown, and unknown is never equal: such a deployment is taken over only where
//! this build's marker says that it was asked for the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use crate::model::{BuildIdentity, DeploymentOptions, GuidedFailure, Marker, PromptedValue, Schedule};
use crate::octopus::MachineId;
use crate::octopus::deployment::Deployment;

use super::form::Form;
use super::history::{DeploymentState, KnownDeployment, SCHEDULED};

/// Times on the wire are whole seconds in places.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// What differs where the time does.
const SCHEDULE: &str = "the schedule";

/// The key of a marker that says what a deployment does.
const DOES: &str = "does";
/// The key of a marker that says when a deployment is to begin.
const WHEN: &str = "when";
/// The key of a marker that says which orders a deployment carried.
const ORDERS: &str = "orders";

/// The machines that options name, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Machines {
    /// Only these; empty = all.
    pub(super) only: BTreeSet<MachineId>,
    /// Not these.
    pub(super) excluded: BTreeSet<MachineId>,
}

/// What is asked for at one target, in the server's ids.
#[derive(Debug, Clone, Default)]
pub(super) struct DeploymentSpec {
    pub(super) machines: BTreeSet<MachineId>,
    pub(super) excluded: BTreeSet<MachineId>,
    /// The ids of the actions that are left out; `None` where they could not be learned.
    pub(super) skipped: Option<BTreeSet<String>>,
    /// Prompted values by the form's elements; `None` where the form could not be read.
    pub(super) values: Option<BTreeMap<String, PromptedValue>>,
    /// Whether a failing step asks a person; `None` where the usual is meant and could not be learned.
    pub(super) guided: Option<bool>,
    pub(super) schedule: Option<Schedule>,
    pub(super) orders: BTreeSet<&'static str>,
    /// Variables of the project that were edited before, which no document tells of.
    pub(super) edited: BTreeMap<String, PromptedValue>,
}

/// Whether a deployment was asked for the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comparison {
    /// It was.
    Same,
    /// It was not; what differs.
    Other(&'static str),
    /// The server does not tell; what is missing.
    Unknown(&'static str),
}

impl Comparison {
    /// Both: what differs tells more than what is not known.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Other(what), _) | (_, Self::Other(what)) => Self::Other(what),
            (Self::Unknown(what), _) | (_, Self::Unknown(what)) => Self::Unknown(what),
            (Self::Same, Self::Same) => Self::Same,
        }
    }

    fn of(is_same: Option<bool>, what: &'static str) -> Self {
        match is_same {
            Some(true) => Self::Same,
            Some(false) => Self::Other(what),
            None => Self::Unknown(what),
        }
    }
}

/// The orders among the options: what has to be carried out for its own sake.
pub(super) fn orders(options: &DeploymentOptions) -> BTreeSet<&'static str> {
    let all = [
        (options.force_package_download, "force-package-download"),
        (options.force_redeployment, "force-redeployment"),
        (options.refresh_variables, "refresh-variables"),
        (options.again, "again"),
    ];
    all.into_iter().filter_map(|(is_given, name)| is_given.then_some(name)).collect()
}

impl DeploymentSpec {
    /// What options ask for at one target, on these machines; `form` is what a deployment there asks for, where it could
    /// be read.
    pub(super) fn new(options: &DeploymentOptions, machines: Machines, form: Option<&Form>) -> Self {
        let skipped = match form {
            _ if options.skip_steps.is_empty() => Some(BTreeSet::new()),
            Some(form) => Some(form.skipped.iter().cloned().collect()),
            None => None,
        };
        let values = match form {
            _ if options.variables.is_empty() => Some(BTreeMap::new()),
            Some(form) => Some(form.values(options)),
            None => None,
        };
        Self {
            machines: machines.only,
            excluded: machines.excluded,
            skipped,
            values,
            guided: match options.guided_failure {
                GuidedFailure::On => Some(true),
                GuidedFailure::Off => Some(false),
                GuidedFailure::Default => form.and_then(|it| it.guided_failure),
            },
            schedule: options.schedule,
            orders: orders(options),
            edited: options.edited_variables.clone(),
        }
    }

    /// Whether a deployment does what is asked for: on the same machines, without the same steps, with the same
    /// values.
    pub(super) fn does_the_same(&self, seen: &KnownDeployment) -> Comparison {
        let Some(document) = &seen.document else { return Comparison::Unknown("its document") };
        if !(document.specific_target_tag_ids.is_empty() && document.excluded_target_tag_ids.is_empty()) {
            return Comparison::Other("the target tags");
        }
        let machines = |asked: &BTreeSet<MachineId>, had: &Option<Vec<MachineId>>| {
            had.as_ref().map(|had| had.iter().collect::<BTreeSet<_>>() == asked.iter().collect())
        };
        let skipped = document.skip_actions.as_ref().zip(self.skipped.as_ref());
        let skipped =
            skipped.map(|(had, asked)| had.iter().collect::<BTreeSet<_>>() == asked.iter().collect());
        Comparison::of(machines(&self.machines, &document.specific_machine_ids), "the machines")
            .and(Comparison::of(
                machines(&self.excluded, &document.excluded_machine_ids),
                "the excluded machines",
            ))
            .and(Comparison::of(skipped, "the skipped steps"))
            .and(self.has_the_same_values(document))
            .and(self.agrees_with_the_marker(document))
    }

    /// Whether an unfinished deployment is what is asked for: what it does, and how and when.
    pub(super) fn is_the_same(&self, seen: &KnownDeployment, now: Timestamp) -> Comparison {
        let recorded = seen.document.as_ref().and_then(|it| it.use_guided_failure);
        let guided = self.guided.zip(recorded).map(|(asked, had)| asked == had);
        let scheduled = match self.schedule {
            None => Comparison::of(Some(seen.is_due(now)), SCHEDULE),
            Some(asked) => is_scheduled(seen, asked),
        };
        self.does_the_same(seen).and(Comparison::of(guided, "guided failure")).and(scheduled)
    }

    /// Whether a deployment that appeared after this was asked for was asked for the same. Whether a schedule is due
    /// does not matter, as it was sent with the request; where guided failure is meant as usual, and what is usual may
    /// not be known, it does not either.
    pub(super) fn may_be_the_same(&self, seen: &KnownDeployment) -> Comparison {
        let recorded = seen.document.as_ref().and_then(|it| it.use_guided_failure);
        let guided = self.guided.or(recorded).zip(recorded).map(|(asked, had)| asked == had);
        let scheduled = match (self.schedule, seen.due) {
            (None, due) => {
                let at_once = due
                    .zip(seen.created)
                    .is_none_or(|(due, created)| due.duration_since(created) < SCHEDULED);
                Comparison::of(Some(at_once), SCHEDULE)
            }
            (Some(asked), _) => is_scheduled(seen, asked),
        };
        self.does_the_same(seen)
            .and(Comparison::of(guided, "guided failure"))
            .and(scheduled)
            .and(self.carries_the_orders(seen.document.as_ref()))
    }

    /// Whether a deployment that appeared after an unmarked request carries its orders. One with a marker is of another
    /// request. That variables were refreshed stands in no document.
    fn carries_the_orders(&self, document: Option<&Deployment>) -> Comparison {
        const WHAT: &str = "the orders";
        let Some(document) = document else { return Comparison::Unknown(WHAT) };
        if document.comments.as_deref().and_then(Marker::read).is_some() {
            return Comparison::Other("the marker");
        }
        let carried = |order: &&str| match *order {
            "force-package-download" => Comparison::of(document.force_package_download, WHAT),
            "force-redeployment" => Comparison::of(document.force_package_redeployment, WHAT),
            "refresh-variables" => Comparison::Unknown(WHAT),
            _ => Comparison::Same,
        };
        self.orders.iter().map(carried).fold(Comparison::Same, Comparison::and)
    }

    /// A value that the server hides is neither equal nor different.
    fn has_the_same_values(&self, document: &Deployment) -> Comparison {
        const WHAT: &str = "the prompted values";
        let (Some(asked), Some(had)) = (&self.values, &document.form_values) else {
            let none_asked = self.values.as_ref().is_some_and(BTreeMap::is_empty);
            let none_had = document.form_values.as_ref().is_some_and(|it| it.shown().next().is_none());
            return if none_asked && none_had { Comparison::Same } else { Comparison::Unknown(WHAT) };
        };
        let had: BTreeMap<_, _> = had.shown().collect();
        let asked: BTreeMap<_, _> = asked.iter().filter(|it| !it.1.expose().is_empty()).collect();
        let differs = had.iter().any(|(name, value)| {
            let given = asked.iter().find(|it| it.0.as_str() == *name);
            given.is_none_or(|(_, given)| given.expose() != *value)
        });
        if differs {
            return Comparison::Other(WHAT);
        }
        if asked.keys().all(|it| had.contains_key(it.as_str())) {
            Comparison::Same
        } else {
            Comparison::Unknown(WHAT)
        }
    }

    /// A marker says what was asked for, whoever's it is: where it says something else, so was it.
    fn agrees_with_the_marker(&self, document: &Deployment) -> Comparison {
        let marker = document.comments.as_deref().and_then(Marker::read);
        match marker.as_ref().and_then(|it| it.get(DOES)) {
            Some(does) if does != self.digest() => Comparison::Other("what its marker says of it"),
            _ => Comparison::Same,
        }
    }

    /// Whether this build's marker says that the deployment was asked for the same, whatever the server hides.
    ///
    /// When it was to begin counts while it has not finished.
    pub(super) fn is_marked(&self, seen: &KnownDeployment, build: Option<&BuildIdentity>) -> bool {
        let marker = seen.document.as_ref().and_then(|it| Marker::read(it.comments.as_deref()?));
        let Some((build, marker)) = build.zip(marker) else { return false };
        let carried =
            |order: &&str| marker.get(ORDERS).is_some_and(|it| it.split(',').any(|it| it == *order));
        marker.is_of(build)
            && marker.get(DOES).is_some_and(|it| it == self.digest())
            && self.orders.iter().all(carried)
            && (seen.fate != DeploymentState::Unfinished
                || marker.get(WHEN).map(str::to_owned) == self.when())
    }

    /// What this build's marker says of a deployment beside the build.
    pub(super) fn marks(&self) -> Vec<(&'static str, String)> {
        let orders = self.orders.iter().copied().collect::<Vec<_>>().join(",");
        let mut marks = vec![(DOES, self.digest())];
        marks.extend(self.when().map(|it| (WHEN, it)));
        if !orders.is_empty() {
            marks.push((ORDERS, orders));
        }
        marks
    }

    /// When it is to begin, in words for the marker.
    fn when(&self) -> Option<String> {
        let schedule = self.schedule?;
        let expiry = schedule.no_run_after.map(|it| it.to_string()).unwrap_or_default();
        Some(format!("{}/{expiry}", schedule.run_at))
    }

    /// A digest of what the deployment does, guided failure and schedule left out. Of a secret value it holds the
    /// name alone: a digest of a guessable secret would give it away.
    fn digest(&self) -> String {
        let mut text = String::new();
        let mut field = |name: &str, value: &str| {
            // Lengths keep one list of fields from reading as another.
            let _ = write!(text, "{}:{name}{}:{value}", name.len(), value.len());
        };
        self.machines.iter().for_each(|it| field("machine", it.as_str()));
        self.excluded.iter().for_each(|it| field("excluded", it.as_str()));
        self.skipped.iter().flatten().for_each(|it| field("skipped", it));
        let prompted = self.values.iter().flatten().map(|(name, value)| ("variable", name, value));
        let edited = self.edited.iter().map(|(name, value)| ("edited", name, value));
        for (kind, name, value) in prompted.chain(edited) {
            field(kind, name);
            match value {
                PromptedValue::Plain(value) => field("value", value),
                PromptedValue::Secret(_) => field("secret", ""),
            }
        }
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        digest.as_ref().iter().take(12).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// Whether a deployment was asked for this time. Where nobody asked for an expiry, the server may have set one.
pub(super) fn is_scheduled(seen: &KnownDeployment, asked: Schedule) -> Comparison {
    let document = seen.document.as_ref();
    let due = document.and_then(|it| it.queue_time).or(seen.due);
    let close = |one: Timestamp, other: Timestamp| one.duration_since(other).abs() < SECOND;
    let expiry = match (asked.no_run_after, document.and_then(|it| it.queue_time_expiry)) {
        (Some(asked), Some(had)) => Some(close(asked, had)),
        (Some(_), None) => Some(false),
        (None, Some(_)) => None,
        (None, None) => Some(true),
    };
    let begins = due.map(|it| close(it, asked.run_at));
    Comparison::of(begins, SCHEDULE).and(Comparison::of(expiry, SCHEDULE))
}
