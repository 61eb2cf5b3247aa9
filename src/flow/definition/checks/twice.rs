//! Two documents of a kind with the same name.

use std::collections::BTreeMap;

use crate::document::Origin;
use crate::flow::definition::draft::Drafts;
use crate::flow::definition::found::Found;
use crate::flow::definition::spot::{Spot, place};

/// Each name that two documents of a kind have, also where upper and lower case differ.
pub(super) fn documents(drafts: &Drafts<'_>, found: &mut Found) {
    names("promotion flow", drafts.flows.iter().map(|it| it.name), found);
    names("environment", drafts.environments.iter().map(|it| it.name), found);
    names("product", drafts.products.iter().map(|it| it.name), found);
}

/// Each name that comes a second time. `kind` is what the names are of.
pub(super) fn names<'a>(kind: &str, names: impl Iterator<Item = Spot<'a>>, found: &mut Found) {
    let mut seen: BTreeMap<String, &Origin> = BTreeMap::new();
    for name in names {
        match seen.get(&name.key()) {
            Some(first) => {
                let message = format!("a second {kind} `{}`; the first is at {}", name.text, place(first));
                found.problem(name.origin, message, "rename one of them, or remove one");
            }
            None => drop(seen.insert(name.key(), name.origin)),
        }
    }
}
