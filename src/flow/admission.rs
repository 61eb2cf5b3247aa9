//! Admission: who enters an environment next, and why others do not yet.
//!
//! A hold is one place in use. Whoever waits for one holds none below it, so nobody waits in a ring.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::ReleaseVersion;

use super::course::{Attempt, Place, PlaceTenant};

/// The id of a promotion in its store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PromotionId(pub String);

impl fmt::Display for PromotionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Hold {
    /// The place.
    pub place: Place,
    /// By which promotion.
    pub promotion: PromotionId,
    /// Its name for people, such as `shop 12`.
    pub title: String,
    /// What nobody knows the end of; `None` = it is at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<String>,
}

/// A promotion that waits at an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The promotion.
    pub promotion: PromotionId,
    /// Its name for people, such as `shop 12`.
    pub title: String,
    /// Its number: who has the lower one comes first.
    pub number: u64,
    /// The entry.
    pub of: Attempt,
    /// The places that it needs, all at once.
    pub places: BTreeSet<Place>,
    /// The version that it brings to each place.
    pub version: ReleaseVersion,
    /// Whether it may bring an older version than the one that is there.
    pub allow_backwards: bool,
}

/// What admission knows.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The places in use.
    pub holds: &'a [Hold],
    /// Everybody who waits, in any order.
    pub waiting: &'a [Entry],
    /// The version of the last success at each place.
    pub versions: &'a BTreeMap<Place, ReleaseVersion>,
}

/// Whether an entry is granted now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its places are free, and it is the first in line.
    Granted,
    /// It waits for all of these.
    Waits(Vec<Reason>),
    /// It is not allowed.
    Never(Reason),
}

/// Why an entry is not granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The place is in use.
    Held(Hold),
    /// Another promotion with a lower number waits for the same place.
    Behind {
        /// The other promotion's name for people.
        title: String,
        /// The place.
        place: Place,
    },
    /// A newer version is there.
    Backwards {
        /// The place.
        place: Place,
        /// The version that succeeded there last.
        there: ReleaseVersion,
        /// The version that would have come.
        brings: ReleaseVersion,
    },
}

/// What admission decides for one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// It enters.
    Grant(PromotionId, Attempt),
    /// It does not, for this reason.
    Deny(PromotionId, Attempt, Reason),
}

/// Whether the entry is granted, and if not, why.
#[must_use]
pub fn verdict(world: World<'_>, entry: &Entry) -> Verdict {
    let mut reasons: Vec<Reason> = world
        .holds
        .iter()
        .filter(|hold| hold.promotion != entry.promotion || hold.stuck.is_some())
        .filter(|hold| entry.places.iter().any(|it| it.overlaps(&hold.place)))
        .map(|hold| Reason::Held(hold.clone()))
        .collect();
    let before =
        world.waiting.iter().filter(|it| it.number < entry.number && it.promotion != entry.promotion);
    for other in before {
        if let Some(place) = entry.places.iter().find(|it| other.places.iter().any(|of| of.overlaps(it))) {
            reasons.push(Reason::Behind { title: other.title.clone(), place: place.clone() });
        }
    }
    if !reasons.is_empty() {
        return Verdict::Waits(reasons);
    }
    match backwards(world.versions, entry) {
        Some(reason) => Verdict::Never(reason),
        None => Verdict::Granted,
    }
}

/// The newest version at an overlapping place, if the entry would bring an older one.
fn backwards(versions: &BTreeMap<Place, ReleaseVersion>, entry: &Entry) -> Option<Reason> {
    if entry.allow_backwards {
        return None;
    }
    let at = |place: &Place| entry.places.iter().any(|it| it.overlaps(place));
    let newer = versions.iter().filter(|(place, there)| at(place) && there.compare(&entry.version).is_gt());
    let (place, there) = newer.max_by(|a, b| a.1.compare(b.1))?;
    Some(Reason::Backwards { place: place.clone(), there: there.clone(), brings: entry.version.clone() })
}

/// Everybody who enters or is denied now, in the order of their numbers. Each grant counts for those after it.
#[must_use]
pub fn admit(world: World<'_>) -> Vec<Order> {
    let mut line: Vec<&Entry> = world.waiting.iter().collect();
    line.sort_by(|a, b| (a.number, &a.of).cmp(&(b.number, &b.of)));
    let mut holds = world.holds.to_vec();
    let mut waiting = world.waiting.to_vec();
    let mut orders = Vec::new();
    for entry in line {
        let order = match verdict(World { holds: &holds, waiting: &waiting, ..world }, entry) {
            Verdict::Waits(_) => continue,
            Verdict::Granted => {
                holds.extend(entry.places.iter().map(|place| Hold {
                    place: place.clone(),
                    promotion: entry.promotion.clone(),
                    title: entry.title.clone(),
                    stuck: None,
                }));
                Order::Grant(entry.promotion.clone(), entry.of.clone())
            }
            Verdict::Never(reason) => Order::Deny(entry.promotion.clone(), entry.of.clone(), reason),
        };
        waiting.retain(|it| (&it.promotion, &it.of) != (&entry.promotion, &entry.of));
        orders.push(order);
    }
    orders
}

impl Place {
    /// Whether a deployment at one of the two is a deployment at the other, as far as names show. Servers ignore the
    /// case of names.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let same_space = match (&self.space, &other.space) {
            (Some(one), Some(two)) => one.is(two.as_str()),
            (None, None) => true,
            // The default space may have that name.
            (None, Some(_)) | (Some(_), None) => true,
        };
        self.connection == other.connection
            && same_space
            && self.project.is(other.project.as_str())
            && self.environment.is(other.environment.as_str())
            && self.tenant.overlaps(&other.tenant)
    }

    /// The environment with the tenant, for people.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.tenant {
            PlaceTenant::Untenanted => format!("{} in {}", self.project, self.environment),
            PlaceTenant::One(tenant) => format!("{} in {} for {tenant}", self.project, self.environment),
            PlaceTenant::Any => format!("{} in {} for its tenants", self.project, self.environment),
        }
    }
}

impl PlaceTenant {
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Untenanted, Self::Untenanted) => true,
            (Self::One(one), Self::One(two)) => one.is(two.as_str()),
            (Self::Any, Self::One(_) | Self::Any) | (Self::One(_), Self::Any) => true,
            (Self::Untenanted, Self::One(_) | Self::Any) | (Self::One(_) | Self::Any, Self::Untenanted) => {
                false
            }
        }
    }
}

/// Writes it as a clause, such as `Shop in QA is in use by shop 12`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(Hold { place, title, stuck: None, .. }) => {
                write!(f, "{} is in use by {title}", place.title())
            }
            Self::Held(Hold { place, title, stuck: Some(what), .. }) => write!(
                f,
                "{} is held by {title}, since nobody knows what became of {what}; settle it with `promenade release settle`",
                place.title()
            ),
            Self::Behind { title, place } => write!(f, "{title} comes first at {}", place.title()),
            Self::Backwards { place, there, brings } => write!(
                f,
                "{} has {there} already, which is newer than {brings}; --allow-backwards permits it",
                place.title()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(environment: &str, tenant: PlaceTenant) -> Place {
        Place {
            connection: "default".into(),
            space: None,
            project: "Shop".into(),
            environment: environment.into(),
            tenant,
        }
    }

    fn entry(number: u64, environments: &[&str], version: &str) -> Entry {
        Entry {
            promotion: PromotionId(format!("p{number}")),
            title: format!("shop {number}"),
            number,
            of: Attempt { node: "qa/enter".into(), number: 1 },
            places: environments.iter().map(|it| place(it, PlaceTenant::Untenanted)).collect(),
            version: ReleaseVersion::new(version),
            allow_backwards: false,
        }
    }

    fn hold(number: u64, environment: &str, stuck: Option<&str>) -> Hold {
        Hold {
            place: place(environment, PlaceTenant::Untenanted),
            promotion: PromotionId(format!("p{number}")),
            title: format!("shop {number}"),
            stuck: stuck.map(str::to_owned),
        }
    }

    fn granted(orders: &[Order]) -> Vec<&str> {
        let name = |it: &Order| match it {
            Order::Grant(id, _) => Some(id.0.clone()),
            Order::Deny(..) => None,
        };
        let all = ["p1", "p2", "p3", "p4"];
        let names: Vec<String> = orders.iter().filter_map(name).collect();
        names.iter().filter_map(|it| all.into_iter().find(|known| known == it)).collect()
    }

    #[test]
    fn the_lowest_number_enters_first_and_the_others_know_why_they_wait() {
        let waiting = [entry(3, &["QA"], "1.0"), entry(2, &["qa"], "1.0"), entry(4, &["Prod"], "1.0")];
        let versions = BTreeMap::new();
        let world = World { holds: &[], waiting: &waiting, versions: &versions };
        assert_eq!(granted(&admit(world)), ["p2", "p4"], "places compare without case");
        let Verdict::Waits(reasons) = verdict(world, &waiting[0]) else { panic!("it waits") };
        assert_eq!(reasons[0].to_string(), "shop 2 comes first at Shop in QA");
        let holds = [hold(1, "QA", Some("task ServerTasks-9"))];
        let Verdict::Waits(reasons) = verdict(World { holds: &holds, ..world }, &waiting[1]) else {
            panic!("it waits")
        };
        assert!(reasons[0].to_string().contains("ServerTasks-9"), "{reasons:?}");
    }

    #[test]
    fn who_needs_two_places_gets_both_or_none_and_nobody_passes() {
        let waiting = [entry(2, &["QA", "Prod"], "1.0"), entry(3, &["QA"], "1.0")];
        let versions = BTreeMap::new();
        let holds = [hold(1, "Prod", None)];
        let orders = admit(World { holds: &holds, waiting: &waiting, versions: &versions });
        assert!(orders.is_empty(), "{orders:?}");
    }

    #[test]
    fn what_it_holds_itself_is_in_its_way_only_while_nobody_knows_what_became_of_it() {
        let waiting = [entry(1, &["QA"], "1.0")];
        let versions = BTreeMap::new();
        for (stuck, entered) in [(None, 1), (Some("a task"), 0)] {
            let holds = [hold(1, "QA", stuck)];
            let orders = admit(World { holds: &holds, waiting: &waiting, versions: &versions });
            assert_eq!(orders.len(), entered, "{stuck:?}");
        }
    }

    #[test]
    fn an_older_version_is_denied_unless_that_is_allowed_and_the_same_one_enters() {
        let versions = BTreeMap::from([(place("QA", PlaceTenant::Untenanted), ReleaseVersion::new("1.10"))]);
        for (version, allow, enters) in
            [("1.9", false, false), ("1.9", true, true), ("1.10", false, true), ("1.11", false, true)]
        {
            let mut entry = entry(1, &["qa"], version);
            entry.allow_backwards = allow;
            let waiting = [entry];
            let orders = admit(World { holds: &[], waiting: &waiting, versions: &versions });
            assert_eq!(matches!(orders[..], [Order::Grant(..)]), enters, "{version} {allow}: {orders:?}");
            assert_eq!(orders.len(), 1);
        }
    }

    #[test]
    fn a_denied_entry_is_in_nobodys_way() {
        let versions = BTreeMap::from([(place("QA", PlaceTenant::Untenanted), ReleaseVersion::new("2.0"))]);
        let waiting = [entry(1, &["QA"], "1.0"), entry(2, &["QA"], "2.1")];
        let orders = admit(World { holds: &[], waiting: &waiting, versions: &versions });
        assert_eq!(granted(&orders), ["p2"]);
        assert_eq!(orders.len(), 2);
    }

    #[test]
    fn tenants_are_places_of_their_own_and_unnamed_ones_are_any() {
        let one = |name: &str| PlaceTenant::One(TenantName::new(name));
        use crate::model::TenantName;
        for (a, b, overlap) in [
            (PlaceTenant::Untenanted, PlaceTenant::Untenanted, true),
            (PlaceTenant::Untenanted, PlaceTenant::Any, false),
            (PlaceTenant::Untenanted, one("Acme"), false),
            (one("Acme"), one("acme"), true),
            (one("Acme"), one("Other"), false),
            (one("Acme"), PlaceTenant::Any, true),
            (PlaceTenant::Any, PlaceTenant::Any, true),
        ] {
            let (a, b) = (place("QA", a), place("QA", b));
            assert_eq!((a.overlaps(&b), b.overlaps(&a)), (overlap, overlap), "{a:?} {b:?}");
        }
        let (mut named, unnamed) = (place("QA", PlaceTenant::Any), place("QA", PlaceTenant::Any));
        named.space = Some("Default".into());
        assert!(named.overlaps(&unnamed), "the default space may have that name");
    }
}
