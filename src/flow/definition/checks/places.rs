//! Two names for one place: releases of both would overwrite each other, and neither would know.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Node, Origin};
use crate::flow::definition::definitions::KnownConnection;
use crate::flow::definition::draft::{ApplicationDraft, Drafts, EnvironmentDraft, ProductDraft};
use crate::flow::definition::found::Found;
use crate::flow::definition::spot::{Spot, place};
use crate::model::ConnectionName;

type Connections<'a> = Option<&'a BTreeMap<ConnectionName, KnownConnection>>;

/// A server and a space, as far as they are known without asking the server.
type Space = (String, String);

/// The space of an environment that fits the schema and is on a server.
fn space_of(environment: &EnvironmentDraft<'_>, connections: Connections<'_>) -> Option<Space> {
    let octopus = environment.octopus.filter(|_| environment.is_sound)?;
    let name = Spot::of(octopus.get("connection")).map_or("default", |it| it.text);
    let known = connections.and_then(|it| it.get(&ConnectionName::new(name)));
    let address = known.and_then(|it| it.address.as_deref()).map(plain_address);
    let own = Spot::of(octopus.get("space")).map(|it| it.key());
    let space = own.or_else(|| Some(known?.space.as_ref()?.as_str().trim().to_lowercase()));
    Some((address.unwrap_or_else(|| format!("connection {name}")), space.unwrap_or_default()))
}

/// An address without the differences that mean nothing.
fn plain_address(address: &str) -> String {
    let plain = address.trim().to_lowercase();
    let plain = plain.trim_end_matches('/');
    plain.strip_suffix("/api").unwrap_or(plain).trim_end_matches('/').to_owned()
}

/// Each environment that is where another one is.
pub(super) fn environments(drafts: &Drafts<'_>, connections: Connections<'_>, found: &mut Found) {
    let mut seen: BTreeMap<(Space, String), Spot<'_>> = BTreeMap::new();
    for environment in &drafts.environments {
        let Some(space) = space_of(environment, connections) else { continue };
        let written = environment.octopus.and_then(|it| Spot::of(it.get("environment")));
        let there = written.unwrap_or(environment.name);
        match seen.get(&(space.clone(), there.key())) {
            // The same name twice is reported as that.
            Some(first) if first.key() == environment.name.key() => {}
            Some(first) => {
                let message = format!(
                    "environment `{}` is where `{}` is (see {}): the same connection, space and environment `{}`",
                    environment.name.text,
                    first.text,
                    place(first.origin),
                    there.text
                );
                let remedy = "correct `octopus` of one of them, or remove one";
                found.problem(there.origin, message, remedy);
            }
            None => drop(seen.insert((space, there.key()), environment.name)),
        }
    }
}

/// An application while it is compared with others.
#[derive(Clone, Copy)]
struct Occupant<'a> {
    product: Spot<'a>,
    application: Spot<'a>,
}

/// The projects that applications are, by space and project.
#[derive(Default)]
struct Occupied<'a> {
    /// The first that is there for a tenant or a tag, or without tenants.
    by_tenant: BTreeMap<(Space, String, String), Occupant<'a>>,
    /// The first that is there for every tenant.
    for_all: BTreeMap<(Space, String), Occupant<'a>>,
    /// The first that is there for some tenant.
    for_some: BTreeMap<(Space, String), Occupant<'a>>,
}

/// Each application that is a project which another one is in the same space, for tenants of both.
pub(super) fn products(drafts: &Drafts<'_>, connections: Connections<'_>, found: &mut Found) {
    let mut occupied = Occupied::default();
    for product in drafts.products.iter().filter(|it| it.is_sound) {
        let spaces = spaces(product, drafts, connections);
        for application in &product.applications {
            let (Some(name), Some(octopus)) = (application.name, application.octopus) else { continue };
            let Some(project) = Spot::of(octopus.get("project")) else { continue };
            let this = Occupant { product: product.name, application: name };
            let other = spaces.iter().filter_map(|it| occupied.take(it, project, octopus, this)).next();
            if let Some(other) = other {
                report(application, project.origin, this, other, found);
            }
        }
    }
}

/// Where a product may be: in the environments of its flows; without flows, in any.
fn spaces(product: &ProductDraft<'_>, drafts: &Drafts<'_>, connections: Connections<'_>) -> BTreeSet<Space> {
    let of = |it: &EnvironmentDraft<'_>| space_of(it, connections);
    if product.flows.is_empty() {
        return drafts.environments.iter().filter_map(of).collect();
    }
    let flows = product.flows.iter().filter_map(|it| drafts.flow(it.text));
    let names = flows.flat_map(|it| it.environments());
    names.filter_map(|it| drafts.environment(it.text)).filter_map(of).collect()
}

impl<'a> Occupied<'a> {
    /// Notes that an application is there, and returns another one that is there already.
    fn take(
        &mut self,
        space: &Space,
        project: Spot<'_>,
        octopus: &Node,
        this: Occupant<'a>,
    ) -> Option<Occupant<'a>> {
        let (tenants, tags) = (Spot::all(octopus.get("tenants")), Spot::all(octopus.get("tenantTags")));
        let here = (space.clone(), project.key());
        if tenants.iter().any(|it| it.text == "*") {
            let other = self.for_all.get(&here).or_else(|| self.for_some.get(&here)).copied();
            self.for_all.entry(here).or_insert(this);
            return other;
        }
        let tags = tags.iter().map(|it| format!("tag {}", it.key()));
        let mut keys: Vec<_> = tenants.iter().map(|it| format!("tenant {}", it.key())).chain(tags).collect();
        let is_tenanted = !keys.is_empty();
        let mut other = None;
        if is_tenanted {
            other = self.for_all.get(&here).copied();
            self.for_some.entry(here).or_insert(this);
        } else {
            keys.push(String::new());
        }
        for key in keys {
            let slot = (space.clone(), project.key(), key);
            other = other.or_else(|| self.by_tenant.get(&slot).copied());
            self.by_tenant.entry(slot).or_insert(this);
        }
        other
    }
}

fn report(
    application: &ApplicationDraft<'_>,
    at: &Origin,
    this: Occupant<'_>,
    other: Occupant<'_>,
    found: &mut Found,
) {
    let project = application.octopus.and_then(|it| Spot::of(it.get("project"))).map_or("", |it| it.text);
    let message = format!(
        "application `{}` of the product `{}` is where `{}` of `{}` is (see {}): the same space, project `{project}` \
         and tenants",
        this.application.text,
        this.product.text,
        other.application.text,
        other.product.text,
        place(other.application.origin)
    );
    found.problem(at, message, "correct `octopus` of one of them, or remove one");
}
