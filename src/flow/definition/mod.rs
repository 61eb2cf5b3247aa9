//! The definitions of promotion flows: what people write into a folder of YAML documents, checked as a whole.

mod definitions;
mod environment;
mod flow;
mod product;

pub use definitions::{Checked, Definitions, KnownConnection, Note};
pub use environment::{Environment, EnvironmentDeploy, OctopusEnvironment, Retry, WhenPersonNeeded};
pub use flow::{DEFAULT_FLOW_LIMIT, Flow, Hooks, Step, StepAction, Unsupported};
pub use product::{Application, OctopusApplication, Product};
