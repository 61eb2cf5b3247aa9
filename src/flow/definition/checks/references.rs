//! Names that refer to another document, or to the settings.

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::definition::definitions::KnownConnection;
use crate::flow::definition::draft::Drafts;
use crate::flow::definition::found::Found;
use crate::flow::definition::spot::Spot;
use crate::model::ConnectionName;
use crate::text::choices;

/// How many names a message lists.
const MOST_NAMES: usize = 20;

/// Each name that refers to nothing.
pub(super) fn all(
    drafts: &Drafts<'_>,
    connections: Option<&BTreeMap<ConnectionName, KnownConnection>>,
    found: &mut Found,
) {
    // Otherwise what is missing may stand where nothing could be read.
    if !drafts.is_partial {
        environments(drafts, found);
        flows(drafts, found);
    }
    match connections {
        Some(known) => connections_of(drafts, known, found),
        None => not_checked(drafts, found),
    }
}

fn environments(drafts: &Drafts<'_>, found: &mut Found) {
    let known: Vec<_> = drafts.environments.iter().map(|it| it.name.text).collect();
    for name in drafts.flows.iter().flat_map(|it| it.environments()) {
        if drafts.environment(name.text).is_none() {
            let otherwise = "add a document of kind Environment with this name";
            unknown("environment", name, &known, otherwise, found);
        }
    }
}

fn flows(drafts: &Drafts<'_>, found: &mut Found) {
    let known: Vec<_> = drafts.flows.iter().map(|it| it.name.text).collect();
    for product in &drafts.products {
        for name in product.flows.iter().filter(|it| drafts.flow(it.text).is_none()) {
            unknown("flow", *name, &known, "add a document of kind PromotionFlow with this name", found);
        }
    }
    let listed: BTreeSet<&str> = drafts.products.iter().flat_map(|it| &it.flows).map(|it| it.text).collect();
    for flow in &drafts.flows {
        if !listed.contains(flow.name.text) {
            let message = format!("no product lists the flow `{}`, so nothing can start it", flow.name.text);
            found.note(flow.name.origin, message);
        }
    }
}

fn connections_of(drafts: &Drafts<'_>, known: &BTreeMap<ConnectionName, KnownConnection>, found: &mut Found) {
    let names: Vec<_> = known.keys().map(ConnectionName::as_str).collect();
    for environment in &drafts.environments {
        let Some(octopus) = environment.octopus else { continue };
        match Spot::of(octopus.get("connection")) {
            Some(name) if !names.contains(&name.text) => {
                let otherwise = format!("add `[connections.{}]` to the settings", name.text);
                unknown("connection", name, &names, &otherwise, found);
            }
            None if !names.contains(&"default") && octopus.get("connection").is_none() => {
                let message = format!(
                    "environment `{}` is on the connection `default`, which the settings do not have",
                    environment.name.text
                );
                let remedy =
                    format!("add `connection` to it: {}", choices(names.iter().copied().take(MOST_NAMES)));
                found.problem(&octopus.origin, message, remedy);
            }
            _ => {}
        }
    }
}

fn not_checked(drafts: &Drafts<'_>, found: &mut Found) {
    let named = |it: &&crate::document::Node| it.get("connection").is_some();
    if let Some(first) = drafts.environments.iter().filter_map(|it| it.octopus).find(named) {
        found.note(&first.origin, "without settings the names of connections are not checked");
    }
}

fn unknown(kind: &str, name: Spot<'_>, known: &[&str], otherwise: &str, found: &mut Found) {
    let remedy = match found.nearest(name.text, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() || known.len() > MOST_NAMES => otherwise.to_owned(),
        None => format!("{otherwise}; known are {}", choices(known.iter().copied())),
    };
    found.problem(name.origin, format!("unknown {kind} `{}`", name.text), remedy);
}
