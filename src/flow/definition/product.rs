//! A product: the applications that are promoted together, and the flows that they take.

use crate::document::Origin;
use crate::model::{ApplicationName, ChannelName, FlowName, ProductName, ProjectName, Tenants};

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its name, unique in the folder.
    pub name: ProductName,
    /// The flows that its releases may take, each once.
    pub flows: Vec<FlowName>,
    /// Its applications, at least one, in the order of the document.
    pub applications: Vec<Application>,
    /// Where its name was written.
    pub origin: Origin,
}

/// An application of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// Its name, unique in the product.
    pub name: ApplicationName,
    /// What it is on Octopus Deploy; `None` = it is not there.
    pub octopus: Option<OctopusApplication>,
}

/// A project of an Octopus server. Which server and space is said by the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OctopusApplication {
    /// The project by id, slug or name.
    pub project: ProjectName,
    /// The channel that a release must be of; `None` = any.
    pub channel: Option<ChannelName>,
    /// The tenants that it is deployed for.
    pub tenants: Tenants,
}
