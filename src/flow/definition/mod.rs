//! The definitions of promotion flows: what people write into a folder of YAML documents, checked as a whole.
//!
//! [`read`] turns the files of a folder into [`Definitions`], or reports every problem in them together.

mod checks;
mod definitions;
mod documents;
mod draft;
mod environment;
mod flow;
mod found;
mod kinds;
mod made;
mod made_flow;
mod product;
mod read;
mod spot;
mod wire;

pub use definitions::{Checked, Definitions, KnownConnection, Note};
pub use environment::{Environment, EnvironmentDeploy, OctopusEnvironment, Retry, WhenPersonNeeded};
pub use flow::{DEFAULT_FLOW_LIMIT, Flow, Hooks, Step, StepAction, Unsupported};
pub use product::{Application, OctopusApplication, Product};
pub use read::{MOST_BYTES, MOST_FILES, read};
pub(crate) use wire::documents_schema;

#[cfg(test)]
mod tests {
    mod documents;
    mod graph;
    mod names;
    mod support;
    mod typed;
}
