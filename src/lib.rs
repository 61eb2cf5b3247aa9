//! Creates, deploys and promotes releases when a build's status changes, waits for the result, and
//! says whether the build passes.

pub mod actions;
pub mod backend;
pub mod ci;
pub mod model;
pub mod octopus;
pub mod sandbox;
