//! Everything that a folder of definitions says, and what its reader should know.

use std::collections::BTreeMap;

use super::environment::Environment;
use super::flow::Flow;
use super::product::Product;
use crate::document::Origin;
use crate::model::{EnvironmentName, FlowName, ProductName, SpaceName};

/// The flows, environments and products of a folder. Every name in them that refers to another document has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions {
    /// The flows by name.
    pub flows: BTreeMap<FlowName, Flow>,
    /// The environments by name.
    pub environments: BTreeMap<EnvironmentName, Environment>,
    /// The products by name.
    pub products: BTreeMap<ProductName, Product>,
}

/// Definitions without a problem, and the notes on them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The definitions.
    pub definitions: Definitions,
    /// What is no problem and may surprise, in the order of the locations.
    pub notes: Vec<Note>,
}

/// Something that is allowed and may surprise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What it is about.
    pub origin: Origin,
    /// What the reader should know, without a full stop.
    pub message: String,
}

impl Note {
    pub(super) fn new(origin: &Origin, message: impl Into<String>) -> Self {
        Self { origin: origin.clone(), message: message.into() }
    }
}

/// What the settings say of a connection, as far as it decides whether two environments are the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownConnection {
    /// The server's address; `None` = it is not known here, so that the connection's name stands for it.
    pub address: Option<String>,
    /// The space of an environment that names none.
    pub space: Option<SpaceName>,
}
