//! Documents as the checks look at them: each name with its location, and parts that do not fit the schema left out.

use std::collections::BTreeMap;

use super::documents::{Document, Documents};
use super::kinds::Kind;
use super::spot::Spot;
use crate::document::{Node, Origin};

/// A folder as the checks look at it.
#[derive(Debug, Default)]
pub(super) struct Drafts<'a> {
    pub(super) flows: Vec<FlowDraft<'a>>,
    pub(super) environments: Vec<EnvironmentDraft<'a>>,
    pub(super) products: Vec<ProductDraft<'a>>,
    /// Whether a name that is not here may stand in a document that could not be read.
    pub(super) is_partial: bool,
    environment_numbers: BTreeMap<&'a str, usize>,
    flow_numbers: BTreeMap<&'a str, usize>,
}

/// A promotion flow.
#[derive(Debug)]
pub(super) struct FlowDraft<'a> {
    pub(super) name: Spot<'a>,
    pub(super) trigger: Option<Spot<'a>>,
    pub(super) steps: Vec<StepDraft<'a>>,
    /// Whether the trigger and the environment of every step could be read.
    pub(super) is_readable: bool,
    /// Whether Codefresh wrote the format.
    pub(super) is_codefresh: bool,
}

/// A step of a flow whose environment can be read.
#[derive(Debug)]
pub(super) struct StepDraft<'a> {
    pub(super) environment: Spot<'a>,
    pub(super) depends_on: Vec<Spot<'a>>,
    pub(super) action: Option<Spot<'a>>,
}

/// An environment.
#[derive(Debug)]
pub(super) struct EnvironmentDraft<'a> {
    pub(super) name: Spot<'a>,
    pub(super) octopus: Option<&'a Node>,
    pub(super) is_sound: bool,
}

/// A product.
#[derive(Debug)]
pub(super) struct ProductDraft<'a> {
    pub(super) name: Spot<'a>,
    pub(super) flows: Vec<Spot<'a>>,
    pub(super) applications: Vec<ApplicationDraft<'a>>,
    pub(super) is_sound: bool,
}

/// An application of a product.
#[derive(Debug)]
pub(super) struct ApplicationDraft<'a> {
    pub(super) name: Option<Spot<'a>>,
    pub(super) origin: &'a Origin,
    pub(super) octopus: Option<&'a Node>,
}

impl<'a> Drafts<'a> {
    /// Looks at the documents. One without a name is left out; the schema has reported it.
    pub(super) fn of(documents: &'a Documents) -> Self {
        let mut drafts = Self { is_partial: documents.is_partial, ..Self::default() };
        documents.list.iter().for_each(|it| drafts.add(it));
        drafts.environment_numbers = numbers(drafts.environments.iter().map(|it| it.name));
        drafts.flow_numbers = numbers(drafts.flows.iter().map(|it| it.name));
        drafts
    }

    fn add(&mut self, document: &'a Document) {
        let Document { kind, node, is_sound } = document;
        let Some(name) = Spot::of(node.get("metadata").and_then(|it| it.get("name"))) else {
            self.is_partial = true;
            return;
        };
        let get = |key: &str| node.get("spec").and_then(|it| it.get(key));
        match kind {
            Kind::CodefreshPromotionFlow | Kind::PromotionFlow => {
                let trigger = Spot::of(get("triggerEnvironment"));
                let steps: Vec<_> = items(get("steps")).filter_map(step).collect();
                let is_readable = trigger.is_some() && steps.len() == items(get("steps")).count();
                let is_codefresh = *kind == Kind::CodefreshPromotionFlow;
                self.flows.push(FlowDraft { name, trigger, steps, is_readable, is_codefresh });
            }
            Kind::Environment => {
                let octopus = get("octopus");
                self.environments.push(EnvironmentDraft { name, octopus, is_sound: *is_sound });
            }
            Kind::Product => self.products.push(ProductDraft {
                name,
                flows: Spot::all(get("flows")),
                applications: items(get("applications")).map(application).collect(),
                is_sound: *is_sound,
            }),
        }
    }

    /// The environment of this name.
    pub(super) fn environment(&self, name: &str) -> Option<&EnvironmentDraft<'a>> {
        self.environments.get(*self.environment_numbers.get(name)?)
    }

    /// The flow of this name.
    pub(super) fn flow(&self, name: &str) -> Option<&FlowDraft<'a>> {
        self.flows.get(*self.flow_numbers.get(name)?)
    }
}

impl<'a> FlowDraft<'a> {
    /// All environments that it names, its trigger first.
    pub(super) fn environments(&self) -> impl Iterator<Item = Spot<'a>> {
        self.trigger.into_iter().chain(self.steps.iter().map(|it| it.environment))
    }
}

/// The position of each name; of one that comes twice the first.
fn numbers<'a>(names: impl Iterator<Item = Spot<'a>>) -> BTreeMap<&'a str, usize> {
    let mut numbers = BTreeMap::new();
    for (number, name) in names.enumerate() {
        numbers.entry(name.text).or_insert(number);
    }
    numbers
}

fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    node.and_then(Node::list).into_iter().flatten()
}

fn step(node: &Node) -> Option<StepDraft<'_>> {
    Some(StepDraft {
        environment: Spot::of(node.get("environment"))?,
        depends_on: Spot::all(node.get("dependsOn")),
        action: Spot::of(node.get("policy").and_then(|it| it.get("action"))),
    })
}

fn application(node: &Node) -> ApplicationDraft<'_> {
    ApplicationDraft { name: Spot::of(node.get("name")), origin: &node.origin, octopus: node.get("octopus") }
}
