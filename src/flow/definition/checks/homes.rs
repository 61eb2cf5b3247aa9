//! Every environment of a flow has the applications of the products that take it.

use std::collections::BTreeSet;

use crate::flow::definition::draft::Drafts;
use crate::flow::definition::found::Found;

/// Each environment that a product's flow needs and that is nowhere.
pub(super) fn all(drafts: &Drafts<'_>, found: &mut Found) {
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    for product in &drafts.products {
        for flow in product.flows.iter().filter_map(|it| drafts.flow(it.text)) {
            for environment in flow.environments().filter_map(|it| drafts.environment(it.text)) {
                let name = environment.name.text;
                if environment.octopus.is_none() && reported.insert(name) {
                    let message = format!(
                        "environment `{name}` of the flow `{}` has no application of the product `{}`: it has no \
                         `octopus`",
                        flow.name.text, product.name.text
                    );
                    let remedy = format!(
                        "add `octopus` to its `spec`; `octopus: {{}}` is the environment `{name}` of the connection \
                         `default`"
                    );
                    found.problem(environment.name.origin, message, remedy);
                }
            }
        }
    }
}
