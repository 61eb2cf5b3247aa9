//! Checks beyond the schema: what documents say of each other.

mod applications;
mod graph;
mod homes;
mod places;
mod references;
mod steps;
mod twice;

use super::definitions::KnownConnection;
use super::draft::Drafts;
use super::found::Found;
use crate::model::ConnectionName;
use std::collections::BTreeMap;

/// Everything that is wrong between the documents. `connections` are those of the settings; `None` = they are not
/// known, so that their names are not checked.
pub(super) fn all(
    drafts: &Drafts<'_>,
    connections: Option<&BTreeMap<ConnectionName, KnownConnection>>,
    found: &mut Found,
) {
    twice::documents(drafts, found);
    references::all(drafts, connections, found);
    for flow in &drafts.flows {
        steps::flow(flow, found);
        steps::actions(flow, drafts, found);
        graph::flow(flow, found);
    }
    for product in &drafts.products {
        applications::product(product, found);
    }
    homes::all(drafts, found);
    places::environments(drafts, connections, found);
    places::products(drafts, connections, found);
}
