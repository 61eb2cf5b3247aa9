//! What a promotion holds, waits for and has reached: places, read from where it stands.

use std::collections::BTreeSet;

use crate::flow::course::{Action, Attempt, Course, End, Enter, Kind, NodeId, Place, PlaceTenant, Target};
use crate::flow::promotion::{At, Event, Promotion};
use crate::model::Tenants;

/// A place that a promotion holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) place: Place,
    pub(super) node: NodeId,
    /// What nobody knows the end of; `None` = it is at work.
    pub(super) stuck: Option<String>,
}

/// An entry at which a promotion waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) of: Attempt,
    pub(super) places: BTreeSet<Place>,
    pub(super) allow_backwards: bool,
}

/// The key of a place: the same for names that servers do not tell apart.
pub(super) fn resource(place: &Place) -> String {
    let space = place.space.as_ref().map(|it| it.as_str().to_lowercase());
    let tenant = match &place.tenant {
        PlaceTenant::Untenanted => ("untenanted", None),
        PlaceTenant::One(tenant) => ("one", Some(tenant.as_str().to_lowercase())),
        PlaceTenant::Any => ("any", None),
    };
    serde_json::json!([spot(place), space, tenant.0, tenant.1]).to_string()
}

/// What all places have in common that can overlap: connection, project and environment.
pub(super) fn spot(place: &Place) -> String {
    let lower = |it: &str| it.to_lowercase();
    let parts = [lower(place.project.as_str()), lower(place.environment.as_str())];
    serde_json::json!([place.connection.as_str(), parts[0], parts[1]]).to_string()
}

/// Everything that the promotion holds: the places of each entry that was granted, until the end of its environment is
/// known, and for as long as nobody knows the end of work at the place.
pub(super) fn holds(course: &Course, promotion: &Promotion) -> Vec<Held> {
    let mut found: Vec<Held> = Vec::new();
    for (node, enter) in entries(course) {
        if end(promotion, node) != Some(End::Passed) {
            continue;
        }
        for place in &enter.places {
            let stuck = stuck(course, promotion, enter, place);
            let at_work = promotion.nodes.get(&enter.until).is_some_and(|it| it.end().is_none());
            let known = found.iter().any(|it| resource(&it.place) == resource(place));
            if (at_work || stuck.is_some()) && !known {
                found.push(Held { place: place.clone(), node: node.clone(), stuck });
            }
        }
    }
    found
}

/// What nobody knows the end of at a place.
fn stuck(course: &Course, promotion: &Promotion, enter: &Enter, place: &Place) -> Option<String> {
    let unknown = |id: &NodeId| end(promotion, id) == Some(End::Unknown);
    let mut lost = actions(course).filter(|(id, action)| unknown(id) && concerns(action.target(), place));
    let name = |(id, _): (&NodeId, &Action)| {
        let standing = promotion.nodes.get(id);
        let attempt = standing.map_or(0, |it| it.attempt);
        let reference = standing.and_then(|it| it.reference.clone());
        reference.unwrap_or_else(|| Attempt { node: id.clone(), number: attempt }.to_string())
    };
    lost.next().map(name).or_else(|| unknown(&enter.until).then(|| enter.until.to_string()))
}

/// Everything that the promotion waits to enter.
pub(super) fn waiting(course: &Course, promotion: &Promotion) -> Vec<Waiting> {
    let found = entries(course).filter_map(|(node, enter)| {
        let standing = promotion.nodes.get(node)?;
        matches!(standing.at, At::Running(_)).then(|| Waiting {
            of: Attempt { node: node.clone(), number: standing.attempt },
            places: enter.places.clone(),
            allow_backwards: allow_backwards(course, enter),
        })
    });
    found.collect()
}

/// Whether all that is deployed to the places of an entry may be older than what is there.
fn allow_backwards(course: &Course, enter: &Enter) -> bool {
    let concerned = |target: &Target| enter.places.iter().any(|it| concerns(target, it));
    let mut allowed = actions(course).filter_map(|(_, action)| match action {
        Action::Deploy { target, options } if concerned(target) => Some(options.allow_backwards),
        Action::Deploy { .. } | Action::Verify(_) => None,
    });
    allowed.next().is_some_and(|first| first && allowed.all(|it| it))
}

/// The places where these events let the release arrive.
pub(super) fn arrivals(course: &Course, events: &[Event]) -> BTreeSet<Place> {
    let passed = events.iter().filter_map(|event| match event {
        Event::Ended { of, end: End::Passed, .. } | Event::Learned { of, end: End::Passed, .. } => {
            Some(&of.node)
        }
        _ => None,
    });
    let mut found = BTreeSet::new();
    for node in passed {
        let Some(Kind::Act(Action::Deploy { target, .. })) = course.nodes.get(node).map(|it| &it.kind) else {
            continue;
        };
        let places = entries(course).flat_map(|(_, enter)| &enter.places);
        found.extend(places.filter(|it| concerns(target, it)).cloned());
    }
    found
}

fn entries(course: &Course) -> impl Iterator<Item = (&NodeId, &Enter)> {
    course.nodes.iter().filter_map(|(id, node)| match &node.kind {
        Kind::Enter(enter) => Some((id, enter)),
        _ => None,
    })
}

fn actions(course: &Course) -> impl Iterator<Item = (&NodeId, &Action)> {
    course.nodes.iter().filter_map(|(id, node)| match &node.kind {
        Kind::Act(action) => Some((id, action)),
        _ => None,
    })
}

fn end(promotion: &Promotion, node: &NodeId) -> Option<End> {
    promotion.nodes.get(node)?.end()
}

/// Whether work on a target is work at a place.
fn concerns(target: &Target, place: &Place) -> bool {
    let tenant = match (&target.tenants, &place.tenant) {
        (Tenants::Untenanted, tenant) => *tenant == PlaceTenant::Untenanted,
        (_, PlaceTenant::Untenanted) => false,
        (Tenants::All, _) | (Tenants::Some { .. }, PlaceTenant::Any) => true,
        (Tenants::Some { names, tags }, PlaceTenant::One(tenant)) => {
            !tags.is_empty() || names.iter().any(|it| it.is(tenant.as_str()))
        }
    };
    let same_space = match (&target.space, &place.space) {
        (Some(one), Some(two)) => one.is(two.as_str()),
        // The default space may have that name.
        _ => true,
    };
    tenant
        && same_space
        && target.connection == place.connection
        && target.project.is(place.project.as_str())
        && target.environment.is(place.environment.as_str())
}
