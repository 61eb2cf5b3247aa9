//! What is to be done, for which project, on which server.

pub(crate) mod wire;
