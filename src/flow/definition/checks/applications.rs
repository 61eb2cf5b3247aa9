//! The applications of a product, one by one.

use super::twice;
use crate::document::Node;
use crate::flow::definition::draft::ProductDraft;
use crate::flow::definition::found::Found;
use crate::flow::definition::spot::Spot;

/// What is wrong with the applications of a product.
pub(super) fn product(product: &ProductDraft<'_>, found: &mut Found) {
    let names = product.applications.iter().filter_map(|it| it.name);
    twice::names(&format!("application of the product `{}`:", product.name.text), names, found);
    for application in &product.applications {
        match (application.octopus, application.name) {
            (Some(octopus), _) => tenants(octopus, found),
            (None, Some(name)) => {
                let message =
                    format!("no environment has the application `{}`: it has no `octopus`", name.text);
                found.problem(application.origin, message, "add `octopus: { project: … }` to it");
            }
            (None, None) => {}
        }
    }
}

fn tenants(octopus: &Node, found: &mut Found) {
    let (tenants, tags) = (Spot::all(octopus.get("tenants")), Spot::all(octopus.get("tenantTags")));
    if let Some(all) = tenants.iter().find(|it| it.text == "*")
        && tenants.len() + tags.len() > 1
    {
        found.problem(all.origin, "`*` already stands for every tenant", "use it alone, or name tenants");
    }
    for tag in tags {
        let is_tag = tag
            .text
            .split_once('/')
            .is_some_and(|(set, tag)| !set.trim().is_empty() && !tag.trim().is_empty());
        if !is_tag {
            let message = format!("`{}` is not a tenant tag", tag.text);
            found.problem(tag.origin, message, "write it as `Set name/Tag name`");
        }
    }
}
