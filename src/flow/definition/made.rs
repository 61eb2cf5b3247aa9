//! From documents that fit their schema to typed definitions.

use super::definitions::Definitions;
use super::documents::{Document, Documents};
use super::environment::{Environment, EnvironmentDeploy, OctopusEnvironment, Retry, WhenPersonNeeded};
use super::found::Found;
use super::kinds::Kind;
use super::made_flow::{codefresh_flow, own_flow};
use super::product::{Application, OctopusApplication, Product};
use super::wire::{Deploy, EnvironmentDocument, Guided, OctopusProject, Person, ProductDocument};
use crate::document::Origin;
use crate::model::{
    EnvironmentName, FlowName, FreezeOverride, GuidedFailure, ProjectName, SpaceName, StepName, TenantName,
    TenantTag, Tenants,
};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The longest pause before something is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The definitions of documents without a problem.
pub(super) fn definitions(documents: &Documents, found: &mut Found) -> Definitions {
    let mut made = Definitions::default();
    for document in &documents.list {
        if add(&mut made, document, documents, found).is_none() {
            let origin = &document.node.origin;
            found.problem(origin, "the document cannot be read", "compare it with schemas/promotions.json");
        }
    }
    made
}

fn add(made: &mut Definitions, document: &Document, documents: &Documents, found: &mut Found) -> Option<()> {
    let node = &document.node;
    let origin = &node.get("metadata")?.get("name")?.origin;
    match document.kind {
        Kind::CodefreshPromotionFlow | Kind::PromotionFlow => {
            let mut flow = match document.kind {
                Kind::CodefreshPromotionFlow => codefresh_flow(&read(document)?, node, origin)?,
                _ => own_flow(&read(document)?, node, origin)?,
            };
            let policies = documents.policies.iter().cloned();
            flow.unsupported.extend(policies.map(|it| super::flow::Unsupported {
                what:
                    "a PromotionPolicy of this folder, which may set actions and workflows for it".to_owned(),
                origin: it,
            }));
            for it in &flow.unsupported {
                let message = format!(
                    "{} is read, and not carried out yet: the flow `{}` refuses to start",
                    it.what, flow.name
                );
                found.note(&it.origin, message);
            }
            made.flows.insert(flow.name.clone(), flow);
        }
        Kind::Environment => {
            let it = environment(&read(document)?, origin);
            made.environments.insert(it.name.clone(), it);
        }
        Kind::Product => {
            let it = product(&read(document)?, origin);
            made.products.insert(it.name.clone(), it);
        }
    }
    Some(())
}

fn read<T: DeserializeOwned>(document: &Document) -> Option<T> {
    serde_json::from_value(document.node.to_json()).ok()
}

fn environment(wire: &EnvironmentDocument, origin: &Origin) -> Environment {
    let name = EnvironmentName::new(wire.metadata.name.trim());
    let spec = &wire.spec;
    let octopus = spec.octopus.as_ref().map(|it| OctopusEnvironment {
        connection: it.connection.trim().into(),
        space: it.space.as_deref().map(|it| SpaceName::new(it.trim())),
        environment: it.environment.as_deref().map_or_else(|| name.clone(), |it| it.trim().into()),
    });
    Environment {
        name,
        order: spec.order,
        production: spec.production,
        octopus,
        deploy: deploy(&spec.deploy),
        origin: origin.clone(),
    }
}

fn deploy(wire: &Deploy) -> EnvironmentDeploy {
    let freeze = wire.freeze_override.as_ref().map(|it| FreezeOverride {
        freezes: it.freezes.iter().map(|it| it.trim().to_owned()).collect(),
        reason: it.reason.clone(),
    });
    let first = wire.retry_after.0;
    EnvironmentDeploy {
        when_person_needed: person(wire.when_person_needed),
        time_limit: wire.time_limit.0,
        stop_limit: wire.stop_limit.0,
        person_limit: wire.person_limit.0,
        retry: Retry { tries: wire.tries, first, factor: 2, most: first.max(LONGEST_PAUSE) },
        guided_failure: match wire.guided_failure {
            Guided::Default => GuidedFailure::Default,
            Guided::On => GuidedFailure::On,
            Guided::Off => GuidedFailure::Off,
        },
        skip_steps: wire.skip_steps.iter().map(|it| StepName::new(it.trim())).collect(),
        force_package_download: wire.force_package_download,
        force_redeployment: wire.force_redeployment,
        freeze_override: freeze,
        notes: wire.notes.clone().filter(|it| !it.trim().is_empty()),
    }
}

fn person(wire: Person) -> WhenPersonNeeded {
    match wire {
        Person::Wait => WhenPersonNeeded::Wait,
        Person::Fail => WhenPersonNeeded::Fail,
        Person::Proceed => WhenPersonNeeded::Proceed,
        Person::Abort => WhenPersonNeeded::Abort,
        Person::FailStep => WhenPersonNeeded::FailStep,
        Person::Retry => WhenPersonNeeded::Retry,
        Person::Ignore => WhenPersonNeeded::Ignore,
        Person::Exclude => WhenPersonNeeded::Exclude,
    }
}

fn product(wire: &ProductDocument, origin: &Origin) -> Product {
    let mut flows: Vec<FlowName> = Vec::new();
    for name in wire.spec.flows.iter().map(|it| FlowName::new(it.trim())) {
        if !flows.contains(&name) {
            flows.push(name);
        }
    }
    let applications = wire.spec.applications.iter().map(|it| Application {
        name: it.name.trim().into(),
        octopus: it.octopus.as_ref().map(octopus_application),
    });
    Product {
        name: wire.metadata.name.trim().into(),
        flows,
        applications: applications.collect(),
        origin: origin.clone(),
    }
}

fn octopus_application(wire: &OctopusProject) -> OctopusApplication {
    let names: Vec<TenantName> = wire.tenants.iter().map(|it| TenantName::new(it.trim())).collect();
    let tags: Vec<TenantTag> = wire.tenant_tags.iter().map(|it| TenantTag::new(it.trim())).collect();
    let tenants = match (names.as_slice(), tags.as_slice()) {
        ([], []) => Tenants::Untenanted,
        ([all], []) if all.as_str() == "*" => Tenants::All,
        _ => Tenants::Some { names, tags },
    };
    OctopusApplication {
        project: ProjectName::new(wire.project.trim()),
        channel: wire.channel.as_deref().map(|it| it.trim().into()),
        tenants,
    }
}
